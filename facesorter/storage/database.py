"""Open the library file for writing or reading, snapshot it, check it.

Readers use only the standard library, because the window reads before anything heavy may be
imported. [Note: one writer] One thread of one process holds the only read-write connection; a
lock file beside the database keeps a second program out.
"""

from __future__ import annotations

import contextlib
import datetime
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.errors import UserError

if TYPE_CHECKING:
    from sqlite_utils import Database

DATABASE_NAME = "library.db"
SNAPSHOTS_NAME = "snapshots"
KEPT_SNAPSHOTS = 7
"""How many snapshots stay; the oldest go. A week of daily ones."""
BUSY_TIMEOUT_MS = 5_000
"""How long a statement waits for another connection; only readers and the writer share the file."""


class LibraryError(UserError):
    """The library can't be opened as it is; nothing in it was changed."""


def open_writer(directory: Path) -> Database:
    """Open (making it if need be) the library in ``directory`` for writing, at the newest schema.

    An existing file is snapshotted before a migration. Thread: writer; the result belongs to it.

    Raises:
        LibraryError: damaged, newer than this program, or not writable; the text says what to do.
    """
    from sqlite_utils import Database

    from facesorter.storage.migrations import migrations

    path = directory / DATABASE_NAME
    existed = path.exists()
    with plain_words(path):
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, cached_statements=512)
        try:
            database = Database(connection, recursive_triggers=False)
            _refuse_newer(database.conn, path)
            connection.execute("PRAGMA journal_mode = wal")
            connection.execute("PRAGMA synchronous = normal")
            connection.execute("PRAGMA foreign_keys = on")
            pending = migrations.pending(database)
            if pending:
                if existed and migrations.applied(database):
                    snapshot(connection, directory, "before-upgrade")
                migrations.apply(database)
        except BaseException:
            connection.close()
            raise
    return database


def open_reader(directory: Path) -> sqlite3.Connection:
    """Open the library in ``directory`` read-only. Thread: any; the result belongs to the caller's.

    Raises:
        LibraryError: there is no library, or it is damaged or newer than this program.
    """
    path = directory / DATABASE_NAME
    if not path.exists():
        raise LibraryError(
            f"There is no library in {directory}. Add a folder of photos to make one."
        )
    with plain_words(path):
        # as_uri escapes what is special in a URI ('#', '?', '%') in folder names.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=BUSY_TIMEOUT_MS / 1000,
            check_same_thread=False,  # used by one thread, but closed by whoever stops the work
        )
        try:
            connection.execute("PRAGMA query_only = on")
            _refuse_newer(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def snapshot(connection: sqlite3.Connection, directory: Path, reason: str) -> Path:
    """Copy the library, consistently, into its snapshots folder and drop the oldest copies.

    The copy is checked before it counts. Thread: the connection's.
    """
    folder = directory / SNAPSHOTS_NAME
    folder.mkdir(exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    target = folder / f"{stamp}-{reason}.db"
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    copy = sqlite3.connect(partial)
    try:
        connection.backup(copy)
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        copy.close()
    if verdict != "ok":
        partial.unlink()
        raise LibraryError(
            f"The library in {directory} is damaged ({verdict}), so no snapshot of it was kept. "
            f"Run 'facesorter check' and see the earlier snapshots in {folder}."
        )
    partial.replace(target)
    for old in sorted(folder.glob("*.db"))[:-KEPT_SNAPSHOTS]:
        old.unlink()
    return target


def snapshot_if_due(connection: sqlite3.Connection, directory: Path) -> Path | None:
    """Snapshot when the newest one is older than a day and the disk has room for it twice over."""
    newest = max((directory / SNAPSHOTS_NAME).glob("*.db"), default=None)
    today = datetime.datetime.now().strftime("%Y%m%d")
    if newest is not None and newest.name >= today:
        return None
    size = (directory / DATABASE_NAME).stat().st_size
    if shutil.disk_usage(directory).free < 2 * size:
        return None
    return snapshot(connection, directory, "daily")


def integrity_problems(connection: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong with the file: broken pages, broken references."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    found += [
        f"{row[0]} row {row[1]} points to a {row[2]} that is not there"
        for row in connection.execute("PRAGMA foreign_key_check")
    ]
    return found


def known_migrations() -> frozenset[str]:
    """The names of all schema steps that this program knows."""
    return _KNOWN


# Named here too, so that a reader needs no sqlite_utils; a test compares it with the real list.
_KNOWN = frozenset({"m001_library"})


def _refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    table = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    ).fetchone()
    if table is None:
        return
    applied = {
        row[0]
        for row in connection.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = 'facesorter'"
        )
    }
    if applied - _KNOWN:
        raise LibraryError(
            f"The library {path} was written by a newer version of facesorter. "
            "Nothing was changed. Install that version, or open another library."
        )


@contextlib.contextmanager
def plain_words(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file at ``path`` into a `LibraryError` for the user."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        if "readonly" in text or "unable to open" in text or "read-only" in text:
            raise LibraryError(
                f"The library {path} can't be written: the folder or the disk is read-only. "
                "Nothing was changed. Allow writing there, or choose another library folder."
            ) from error
        if "full" in text:
            raise LibraryError(
                f"The disk that holds the library {path} is full. Nothing was lost. "
                "Make room and start again."
            ) from error
        if "locked" in text or "busy" in text:
            raise LibraryError(
                f"The library {path} is in use by another program. Close it and try again."
            ) from error
        raise LibraryError(
            f"The library {path} is damaged or is not a facesorter library ({text}). Nothing was "
            f"changed. Put a copy from the folder '{SNAPSHOTS_NAME}' beside it in its place, or "
            "move it away to start anew."
        ) from error
