"""Backups of a library: verified copies beside it, which of them stay, and the way back.

A backup is one file in SQLite's plain form, without a log. It may be put in the place of
``library.db`` by hand as well, see [Note: stamps] in `storage.wal`.
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

from facesorter.errors import Remedy
from facesorter.files import replacing
from facesorter.storage import wal
from facesorter.storage.database import (
    DATABASE_NAME,
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
"""The newest backups stay whatever they hold: a week of daily ones."""
KEPT_WEEKS = 4
"""Weeks before that of which the last backup stays."""
KEPT_MONTHS = 12
"""Months before that of which the last backup stays. With the others at most 23 copies, 90 MB each
for a library of 100,000 photos."""
_STAMP = "%Y%m%d-%H%M%S"
_NAME = re.compile(r"(\d{8}-\d{6})-(.+)\.db")


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much a library holds; what a person compares backups by."""

    photos: int
    faces: int
    people: int
    """Persons with a name."""
    decisions: int


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy of a library."""

    path: Path
    made_at: str
    """Local time, "2026-11-28T15:04:05"."""
    reason: str
    """Why it was made: daily, before-upgrade, before-repair, before-restore; copy: not known."""
    bytes: int
    holdings: Holdings | None
    """None: it can't be read."""


def backups(directory: Path) -> list[Backup]:
    """The backups in a library's folder, newest first. Reads each; not for the window's thread."""
    return [describe(path) for path in sorted(_files(directory), key=_age, reverse=True)]


def describe(path: Path) -> Backup:
    """What a file holds that may be a backup; without holdings where it can't be read.

    Raises:
        OSError: there is no such file.
    """
    about = path.stat()
    found = _NAME.fullmatch(path.name)
    if found is not None:
        made, reason = datetime.datetime.strptime(found[1], _STAMP), found[2]
    else:
        made, reason = datetime.datetime.fromtimestamp(about.st_mtime), "copy"
    holdings = None
    with contextlib.suppress(sqlite3.Error, LibraryError), _reading(path) as connection:
        holdings = holdings_of(connection)
    return Backup(path, made.isoformat(timespec="seconds"), reason, about.st_size, holdings)


def holdings_of(connection: sqlite3.Connection) -> Holdings:
    """How much the open library holds."""
    (row,) = connection.execute(
        "SELECT (SELECT count(*) FROM photo), (SELECT count(*) FROM face), "
        "(SELECT count(*) FROM person WHERE name IS NOT NULL), (SELECT count(*) FROM decision)"
    )
    return Holdings(*row)


def back_up(connection: sqlite3.Connection, target: Path) -> Backup:
    """Copy the open library, consistently, to ``target``, and verify the copy before it counts.

    What was at ``target`` is replaced. Thread: the connection's.

    Raises:
        LibraryError: the library is damaged, so that no copy of it is worth keeping.
        OSError, sqlite3.OperationalError: the copy can't be written.
    """
    with replacing(target, sync=True, private=True) as partial:
        verdict = _copy(connection, partial)
        if verdict != "ok":
            raise LibraryError(
                "The library is damaged ({error}), so it wasn’t backed up. Earlier backups are "
                "unchanged.",
                error=verdict,
                remedy=Remedy.CHECK,
            )
    return describe(target)


def snapshot(connection: sqlite3.Connection, directory: Path, reason: str) -> Path:
    """Back the open library up into its snapshots folder, and drop copies that are needed no more.

    Thread: the connection's.

    Raises:
        As `back_up`.
    """
    folder = directory / SNAPSHOTS_NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    for unfinished in folder.glob("*.partial*"):  # left by a kill in the middle
        unfinished.unlink()
    target = folder / f"{datetime.datetime.now().strftime(_STAMP)}-{reason}.db"
    back_up(connection, target)
    for old in superfluous(backups(directory)):
        old.path.unlink()
    return target


def snapshot_if_due(connection: sqlite3.Connection, directory: Path) -> Path | None:
    """Snapshot when the newest one is older than a day and the disk has room for it twice over."""
    newest = max(_files(directory), default=None)
    today = datetime.datetime.now().strftime("%Y%m%d")
    if newest is not None and newest.name >= today:
        return None
    size = (directory / DATABASE_NAME).stat().st_size
    if shutil.disk_usage(directory).free < 2 * size:
        return None
    return snapshot(connection, directory, "daily")


def superfluous(found: Sequence[Backup]) -> list[Backup]:
    """Which backups may go. ``found`` is newest first.

    The newest stay, then the last of each week, then the last of each month. Beyond that a backup
    goes only where a newer one that stays holds as many photos and decisions: an emptied library
    never pushes a full one out. One that can't be read goes by its age alone.
    """
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
    """Put a backup in the place of the library; the library as it was is backed up first.

    The caller holds the library's lock, and nobody has the library open. What is there but can't
    be copied, being damaged, is moved into a folder beside it instead.

    Returns:
        What was restored.

    Raises:
        LibraryError: the backup is damaged, no backup, or newer than this program.
        OSError: it can't be read, or the disk is full; the library is as it was.
    """
    path = directory / DATABASE_NAME
    found = verified(source)
    with replacing(path, sync=True, private=True) as partial:
        shutil.copyfile(source, partial)
        with contextlib.closing(sqlite3.connect(partial)) as connection:
            connection.execute(f"PRAGMA user_version = {wal.new_stamp()}")
        if os.path.lexists(path):
            _keep_present(directory)
    return found


def start_over(directory: Path) -> Path:
    """Move what is left of a library into a folder beside it, so that a new one may be made.

    The caller holds the library's lock.

    Returns:
        The folder. Its backups can be restored from there at any time.
    """
    aside = directory / f"former-{datetime.datetime.now().strftime(_STAMP)}"
    aside.mkdir(mode=0o700)
    for part in _parts(directory):
        part.rename(aside / part.name)
    return aside


def verified(source: Path) -> Backup:
    """Read a backup from end to end.

    Raises:
        LibraryError: it is damaged, no backup, or newer than this program.
        OSError: there is no such file.
    """
    source.stat()
    with plain_words(source), _reading(source) as connection:
        refuse_foreign(connection, source)
        verdict = quick_verdict(connection)
    found = describe(source)
    if verdict != "ok" or found.holdings is None:
        raise LibraryError(
            "The backup {file} is damaged ({error}). Nothing was changed.",
            file=source,
            error=verdict,
        )
    return found


def remains(directory: Path) -> list[Path]:
    """What is in a library's folder of a library whose database is gone, or on a drive that is.

    Snapshots, a log, what grouping compared, the map, and a link that leads nowhere.
    """
    return [] if (directory / DATABASE_NAME).exists() else _parts(directory)


def _parts(directory: Path) -> list[Path]:
    path = directory / DATABASE_NAME
    found = [directory / SNAPSHOTS_NAME] if _files(directory) else []
    beside = (
        path,
        wal.log_path(path),
        path.with_name(f"{path.name}-shm"),
        wal.owner_path(path),
        directory / GRAPH_NAME,
        directory / MAP_NAME,
    )
    return found + [part for part in beside if os.path.lexists(part)]


def _keep_present(directory: Path) -> None:
    """Back up what is about to be replaced, with what its log holds; else move it aside."""
    path = directory / DATABASE_NAME
    wal.set_foreign_aside(path)
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            refuse_foreign(connection, path)
            snapshot(connection, directory, "before-restore")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except (LibraryError, sqlite3.DatabaseError, OSError):
        aside = directory / f"damaged-{datetime.datetime.now().strftime(_STAMP)}"
        aside.mkdir(mode=0o700)
        path.rename(aside / path.name)
        if wal.log_path(path).exists():
            wal.log_path(path).rename(aside / wal.log_path(path).name)
    wal.log_path(path).unlink(missing_ok=True)
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)


def _holds_as_much(newer: Holdings | None, older: Holdings) -> bool:
    return newer is not None and newer.photos >= older.photos and newer.decisions >= older.decisions


def _age(path: Path) -> tuple[str, int]:
    """What orders backups: when they were made, by the file's time within one second."""
    return path.name[:15], path.stat().st_mtime_ns


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
    """Copy the library to ``target`` and check the copy; returns 'ok' or what is wrong."""
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
        # One file, without a log, and with a stamp of its own.
        copy.execute("PRAGMA journal_mode = delete")
        copy.execute(f"PRAGMA user_version = {wal.new_stamp()}")
        return quick_verdict(copy)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return str(error)
        raise
    finally:
        copy.close()
