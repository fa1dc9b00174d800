"""Backups of a library: make and verify copies, decide which to keep, restore one.

A backup is one file in SQLite's plain form, without a log. It may also replace
``library.db`` by hand, see [Note: stamps] in `storage.wal`.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facesorter.errors import Remedy, Value
from facesorter.files import replacing
from facesorter.storage import wal
from facesorter.storage.database import (
    DATABASE_NAME,
    DamagedError,
    LibraryError,
    is_damage,
    plain_words,
    quick_verdict,
    refuse_foreign,
)
from facesorter.storage.graph_file import GRAPH_NAME

SNAPSHOTS_NAME = "snapshots"
MAP_NAME = "map.npz"
"""The map of faces, which `library.face_map` keeps beside the library."""
KEPT_NEWEST = 7
"""Newest backups, always kept: a week of daily ones."""
KEPT_WEEKS = 4
"""Weeks before that for which the last backup is kept."""
KEPT_MONTHS = 12
"""Months before that for which the last backup is kept: at most 23 copies in all, 90 MB each
for a library of 100,000 photos."""
COPY = "copy"
"""Reason of a backup that the program did not name: the user made or copied it."""
_STAMP = "%Y%m%d-%H%M%S"
_NAME = re.compile(r"(\d{8}-\d{6})-(.+)\.db")


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much a library holds, for comparing backups."""

    photos: int
    faces: int
    people: int
    """Persons with a name."""
    decisions: int

    def beyond(self, other: Holdings) -> Holdings:
        """Return how much more this is: what is lost when the other takes its place."""
        return Holdings(
            max(0, self.photos - other.photos),
            max(0, self.faces - other.faces),
            max(0, self.people - other.people),
            max(0, self.decisions - other.decisions),
        )


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy of a library."""

    path: Path
    made_at: str
    """Local time, "2026-11-28T15:04:05"."""
    reason: str
    """Why it was made: daily, before-upgrade, before-repair, before-restore; copy if unknown."""
    bytes: int
    holdings: Holdings | None
    """None: it can't be read."""


class UnwritableBackupError(LibraryError):
    """A backup can't be written: its disk is full, read-only or gone."""

    def __init__(self, path: Path, error: Exception) -> None:
        super().__init__("{file} can’t be written ({error}).", file=path, error=error)


def backups(directory: Path) -> list[Backup]:
    """Return the backups in a library's folder, newest first.

    Reads each file. Thread: any but the window's.
    """
    found = [(describe(path), path.stat().st_mtime_ns) for path in _files(directory)]
    return [each for each, _ in sorted(found, key=lambda it: (it[0].made_at, it[1]), reverse=True)]


def describe(path: Path) -> Backup:
    """Describe a possible backup file; ``holdings`` is None if it can't be read.

    Raises:
        OSError: there is no such file.
    """
    about = path.stat()
    made, reason = datetime.datetime.fromtimestamp(about.st_mtime), COPY
    if (found := _NAME.fullmatch(path.name)) is not None:
        with contextlib.suppress(ValueError):  # a name of the user's: no date has these digits
            made, reason = datetime.datetime.strptime(found[1], _STAMP), found[2]
    holdings = None
    with contextlib.suppress(sqlite3.Error, LibraryError), _reading(path) as connection:
        holdings = holdings_of(connection)
    return Backup(path, made.isoformat(timespec="seconds"), reason, about.st_size, holdings)


def holdings_of(connection: sqlite3.Connection) -> Holdings:
    """Count what the open library holds, whatever schema it has."""
    # Rows of earlier versions are no photos, and go when their version is back.
    (versions,) = connection.execute(
        "SELECT count(*) FROM pragma_table_info('photo') WHERE name = 'version_of'"
    ).fetchone()
    photos = "photo WHERE version_of IS NULL" if versions else "photo"
    (row,) = connection.execute(
        f"SELECT (SELECT count(*) FROM {photos}), (SELECT count(*) FROM face), "
        "(SELECT count(*) FROM person WHERE name IS NOT NULL), (SELECT count(*) FROM decision)"
    )
    return Holdings(*row)


def back_up(connection: sqlite3.Connection, target: Path) -> Backup:
    """Write a consistent, verified copy of the open library to ``target``.

    Replaces an existing ``target``. Thread: the connection's.

    Raises:
        DamagedError: the library is damaged, so a copy would be worthless.
        UnwritableBackupError: the copy can't be written.
    """
    try:
        with replacing(target, sync=True, private=True) as partial:
            verdict = _copy(connection, partial)
            if verdict != "ok":
                raise DamagedError(
                    "The library is damaged ({error}), so it wasn’t backed up. Earlier backups are "
                    "unchanged.",
                    error=verdict,
                    remedy=Remedy.CHECK,
                )
    except (OSError, sqlite3.OperationalError) as error:
        raise UnwritableBackupError(target, error) from error
    return describe(target)


def snapshot(connection: sqlite3.Connection, directory: Path, reason: str) -> Path:
    """Back up the open library into its snapshots folder and delete expired copies.

    Thread: the connection's.

    Raises:
        As `back_up`.
    """
    folder = directory / SNAPSHOTS_NAME
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for unfinished in folder.glob("*.partial*"):  # left by a killed backup
            unfinished.unlink()
    except OSError as error:
        raise UnwritableBackupError(folder, error) from error
    target = folder / f"{datetime.datetime.now().strftime(_STAMP)}-{reason}.db"
    back_up(connection, target)
    for old in expired(backups(directory)):
        with contextlib.suppress(
            OSError
        ):  # in use by another program; the next snapshot tries again
            old.path.unlink()
    return target


def snapshot_if_due(connection: sqlite3.Connection, directory: Path) -> Path | None:
    """Take a snapshot if there is none of today yet and the disk has room for two."""
    # Not those of other names, which the user put there.
    names = [path.name for path in _files(directory) if _NAME.fullmatch(path.name)]
    today = datetime.datetime.now().strftime("%Y%m%d")
    # Only today's: a clock that once was years ahead must not put backups off until then.
    if any(name.startswith(today) for name in names):
        return None
    size = (directory / DATABASE_NAME).stat().st_size
    if shutil.disk_usage(directory).free < 2 * size:
        return None
    return snapshot(connection, directory, "daily")


def expired(found: Sequence[Backup]) -> list[Backup]:
    """Return the backups to delete; ``found`` is newest first.

    The newest are kept, then the last of each week, then the last of each month. Others are deleted
    only if a newer backup that is kept holds as many photos and decisions: an emptied library never
    displaces a full one. Unreadable backups are judged by age alone. Files that the user put there
    are kept.
    """
    found = [backup for backup in found if backup.reason != COPY]
    staying = list(found[:KEPT_NEWEST])
    weeks: set[tuple[int, int]] = set()
    months: set[tuple[int, int]] = set()
    going = []
    for backup in found[KEPT_NEWEST:]:
        day = datetime.datetime.fromisoformat(backup.made_at)
        week, month = day.isocalendar()[:2], (day.year, day.month)
        if len(weeks) < KEPT_WEEKS and week not in weeks:
            weeks.add(week)
        elif len(weeks) >= KEPT_WEEKS and len(months) < KEPT_MONTHS and month not in months:
            months.add(month)
        elif backup.holdings is None or any(
            _holds_as_much(newer.holdings, backup.holdings) for newer in staying
        ):
            going.append(backup)
            continue
        staying.append(backup)
    return going


def restore(directory: Path, source: Path) -> Backup:
    """Replace the library with a backup, after backing up the current library.

    The caller holds the library's lock, and no connection is open. A library too damaged to copy
    is moved into a sibling folder instead.

    Returns:
        The restored backup.

    Raises:
        LibraryError: the backup is damaged, no backup, or newer than this program.
        OSError: it can't be read, or the disk is full; the library is as it was.
    """
    path = directory / DATABASE_NAME
    found = verified(source)
    # A link to a library stays one; a link that leads nowhere is moved aside.
    target = path.resolve() if path.exists() else path
    with replacing(target, sync=True, private=True) as partial:
        shutil.copyfile(source, partial)
        with contextlib.closing(sqlite3.connect(partial)) as connection:
            connection.execute(f"PRAGMA user_version = {wal.new_stamp()}")
        if os.path.lexists(path):
            _keep_present(directory)
    return found


def start_over(directory: Path) -> Path:
    """Move the remains of a library into a sibling folder, so that a new one can be created.

    The caller holds the library's lock.

    Returns:
        The folder. Its backups can be restored from there at any time.
    """
    aside = directory / f"former-{datetime.datetime.now().strftime(_STAMP)}"
    aside.mkdir(mode=0o700)
    # Again without the link, if the library was one: an earlier library may have left files.
    while parts := _parts(directory):
        for part in parts:
            part.rename(aside / part.name)
    return aside


def verified(source: Path) -> Backup:
    """Read a backup from end to end and describe it.

    Raises:
        LibraryError: it is damaged, no backup, or newer than this program.
        OSError: there is no such file.
    """
    with source.open("rb"):
        pass  # SQLite wouldn't say what is wrong with a folder or a file of somebody else
    verdict: Value
    try:
        with plain_words(source), _reading(source) as connection:
            refuse_foreign(connection, source)
            verdict = quick_verdict(connection)
    except DamagedError as error:
        verdict = error.message.values["reason"]
    if verdict == "ok" and (found := describe(source)).holdings is not None:
        return found
    raise LibraryError(
        "The backup {file} is damaged ({error}). Nothing was changed.",
        file=source,
        error=verdict,
    )


def leftovers(directory: Path) -> list[Path]:
    """Return the files left by a library whose database is missing, empty or on a missing drive.

    Snapshots, a log, the similarity graph, the map, an empty file, and a dangling link.
    """
    return [] if _has_content(directory / DATABASE_NAME) else _parts(directory)


def _parts(directory: Path) -> list[Path]:
    path = directory / DATABASE_NAME
    found = [directory / SNAPSHOTS_NAME] if _files(directory) else []
    beside = (
        path,
        wal.log_path(path),
        wal.index_path(path),
        wal.owner_path(path),
        directory / GRAPH_NAME,
        directory / MAP_NAME,
    )
    return found + [part for part in beside if _is_in(part, directory)]


def _keep_present(directory: Path) -> None:
    """Back up the library about to be replaced, log included, or move it aside if damaged."""
    path = directory / DATABASE_NAME
    if not _has_content(path):
        # SQLite would create the file that a dangling link points to, and fill an empty one.
        _move_aside(path, directory)
        return
    wal.move_foreign_log_aside(path)
    try:
        with plain_words(path), contextlib.closing(sqlite3.connect(path)) as connection:
            refuse_foreign(connection, path)
            snapshot(connection, directory, "before-restore")
            wal.fold(connection)
    except DamagedError:
        _move_aside(path, directory)
    else:
        wal.log_path(path).unlink(missing_ok=True)
        wal.index_path(path).unlink(missing_ok=True)


def _move_aside(path: Path, directory: Path) -> None:
    aside = directory / f"damaged-{datetime.datetime.now().strftime(_STAMP)}"
    aside.mkdir(mode=0o700)
    for part in (wal.log_path(path), path):
        if _is_in(part, directory):
            # A link to a library stays one; only what it leads to goes.
            shutil.move(part.resolve() if part.exists() else part, aside / part.name)


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _is_in(part: Path, directory: Path) -> bool:
    """Return whether a file is in a folder; the log of a linked library is elsewhere."""
    return os.path.lexists(part) and part.parent.samefile(directory)


def _holds_as_much(newer: Holdings | None, older: Holdings) -> bool:
    return newer is not None and newer.photos >= older.photos and newer.decisions >= older.decisions


def _files(directory: Path) -> list[Path]:
    return list((directory / SNAPSHOTS_NAME).glob("*.db"))


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def _copy(connection: sqlite3.Connection, target: Path) -> str:
    """Copy the library to ``target`` and check the copy; return 'ok' or the first fault."""
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
        # A single file without a log, with its own stamp.
        copy.execute("PRAGMA journal_mode = delete")
        copy.execute(f"PRAGMA user_version = {wal.new_stamp()}")
        return quick_verdict(copy)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return str(error)
        raise
    finally:
        copy.close()
