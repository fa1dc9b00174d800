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

from facesorter.errors import Message, Remedy, UserError

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

    The caller holds the library's lock. An existing file is snapshotted before a migration.
    Thread: writer; the result belongs to it.

    Raises:
        LibraryError: damaged, newer than this program, or not writable; the text says what to do.
    """
    from sqlite_utils import Database

    from facesorter.storage.migrations import migrations

    path = directory / DATABASE_NAME
    with plain_words(path):
        if not path.exists():
            _create(directory)
        _refuse_empty(path)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, cached_statements=512)
        try:
            _refuse_foreign(connection, path)
            connection.execute("PRAGMA journal_mode = wal")
            # Full: what the user was told is done outlives a power cut too, for one fsync each.
            connection.execute("PRAGMA synchronous = full")
            connection.execute("PRAGMA foreign_keys = on")
            database = Database(connection, recursive_triggers=False)
            if migrations.pending(database):
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
            "There’s no library in {folder}. Add a photo folder to create one.", folder=directory
        )
    with plain_words(path):
        _refuse_empty(path)
        try:
            return _reader(path, "mode=ro")
        except sqlite3.OperationalError as error:
            # On a read-only disk SQLite can't make the files it shares with writers. There are
            # none then, so it may read without; but not past a log that a writer left.
            if _code(error) not in _READ_ONLY or _has_log(path):
                raise
            return _reader(path, "mode=ro&immutable=1")


@contextlib.contextmanager
def consistent(connection: sqlite3.Connection) -> Iterator[None]:
    """Read several things as they were at one moment, whatever the writer does meanwhile."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def snapshot(connection: sqlite3.Connection, directory: Path, reason: str) -> Path:
    """Copy the library, consistently, into its snapshots folder and drop the oldest copies.

    The copy is checked before it counts. Thread: the connection's.

    Raises:
        LibraryError: the library is damaged, so that no copy of it is worth keeping.
        OSError, sqlite3.OperationalError: the copy can't be written.
    """
    folder = directory / SNAPSHOTS_NAME
    folder.mkdir(exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    target = folder / f"{stamp}-{reason}.db"
    for unfinished in folder.glob("*.partial*"):  # left by a kill in the middle
        unfinished.unlink()
    partial = target.with_suffix(".partial")
    try:
        verdict = _copy(connection, partial)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    if verdict != "ok":
        partial.unlink()
        raise LibraryError(
            "The library in {library} is damaged ({error}), so it wasn’t backed up. Earlier "
            "backups are in {backups}.",
            library=directory,
            error=verdict,
            backups=folder,
            remedy=Remedy.CHECK,
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
    found: list[str] = []
    try:
        for (text,) in connection.execute("PRAGMA integrity_check"):
            if text != "ok":
                found.append(" ".join(text.split()))
    except sqlite3.DatabaseError as error:
        # After what it found it may stumble over it; what it said before counts.
        if _code(error) not in _DAMAGED:
            raise
        found.append(str(error))
    if found:
        return found  # more questions to a broken file are answered by errors
    found += [
        f"{row[0]} row {row[1]} points to a {row[2]} that is not there"
        for row in connection.execute("PRAGMA foreign_key_check")
    ]
    return found


def known_migrations() -> frozenset[str]:
    """The names of all schema steps that this program knows."""
    return _KNOWN


# Named here too, so that a reader needs no sqlite_utils; a test compares it with the real list.
_KNOWN = frozenset(
    {
        "m001_library",
        "m002_covering_indexes",
        "m003_questions",
        "m004_search_indexes",
        "m005_person_facts",
        "m006_tags_albums",
        "m007_two_models",
    }
)


@contextlib.contextmanager
def plain_words(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file at ``path`` into a `LibraryError` for the user.

    Errors that are our own fault (a broken constraint, a misspelt table) pass as they are.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = _code(error)
        if code in _READ_ONLY:
            message = Message(
                "Can’t save to the library {library}: the folder or disk is read-only. Nothing was "
                "changed. Change its permissions or choose another library folder.",
                library=path,
            )
        elif code in _NO_ROOM:
            message = Message(
                "Can’t save to the library {library}: the disk is full or failing ({error}). "
                "Everything saved earlier is safe. Free up space or check the disk, then restart "
                "facesorter.",
                library=path,
                error=error,
            )
        elif code in _IN_USE:
            message = Message(
                "The library {library} is in use by another program. Close that program and try "
                "again.",
                library=path,
            )
        elif code in _DAMAGED:
            message = _damaged(path, str(error))
        else:
            raise
        raise LibraryError(message) from error


_READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary error code; -1 where the error is Python's own."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF


def _damaged(path: Path, reason: str | Message) -> Message:
    return Message(
        "The library {library} is damaged or isn’t a facesorter library ({reason}). Nothing was "
        "changed. Replace it with a backup from the “{backups}” folder next to it, or move it "
        "elsewhere to start over.",
        library=path,
        reason=reason,
        backups=SNAPSHOTS_NAME,
    )


def _create(directory: Path) -> None:
    """Make a library under another name first: one that is there is always whole."""
    from sqlite_utils import Database

    from facesorter.storage.migrations import migrations

    path, partial = directory / DATABASE_NAME, directory / f"{DATABASE_NAME}.new"
    partial.unlink(missing_ok=True)
    partial.with_name(f"{partial.name}-journal").unlink(missing_ok=True)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        # Of a library that was moved away; SQLite would play it into the new one.
        log.replace(log.with_name(f"{log.name}.old"))
    connection = sqlite3.connect(partial)
    try:
        migrations.apply(Database(connection, recursive_triggers=False))
    finally:
        connection.close()
    partial.replace(path)


def _reader(path: Path, how: str) -> sqlite3.Connection:
    # as_uri escapes what is special in a URI ('#', '?', '%') in folder names.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=BUSY_TIMEOUT_MS / 1000,
        check_same_thread=False,  # used by one thread, but closed by whoever stops the work
    )
    try:
        connection.execute("PRAGMA query_only = on")
        _refuse_foreign(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _copy(connection: sqlite3.Connection, target: Path) -> str:
    """Copy the library to ``target`` and check the copy; returns 'ok' or what is wrong."""
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if _code(error) in _DAMAGED:
            return str(error)
        raise
    finally:
        copy.close()
    return " ".join(verdict.split())


def _refuse_empty(path: Path) -> None:
    # SQLite takes an empty file for a new database, and would fill it without a word.
    if path.stat().st_size == 0:
        raise LibraryError(_damaged(path, Message("the file is empty")))


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    applied: set[str] = set()
    if connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    ).fetchone():
        rows = connection.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = 'facesorter'"
        )
        applied = {row[0] for row in rows}
    if not applied:
        raise LibraryError(_damaged(path, Message("it belongs to another program")))
    if applied - _KNOWN:
        raise LibraryError(
            "The library {library} was created by a newer version of facesorter. Nothing was "
            "changed. Install that version or open another library.",
            library=path,
        )
