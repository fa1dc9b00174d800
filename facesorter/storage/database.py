"""Open the library file for reading, check it, and explain its faults in plain words.

Readers use only the standard library: the window reads before heavy modules are imported.
[Note: one writer] One thread of one process holds the only read-write connection; a lock file
beside the database keeps a second program out.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from facesorter.errors import Message, UserError
from facesorter.storage import wal
from facesorter.storage.schema import STEPS

DATABASE_NAME = "library.db"
BUSY_TIMEOUT_MS = 5_000
"""Milliseconds a statement waits for another connection; only readers and the writer compete."""


class LibraryError(UserError):
    """The library can't be opened; nothing in it was changed."""


class DamagedError(LibraryError):
    """The file is damaged, or isn't a library."""


def open_reader(directory: Path) -> sqlite3.Connection:
    """Open the library in ``directory`` read-only.

    Thread: any; the connection belongs to the caller's.

    Raises:
        LibraryError: there is no library, or it is damaged or newer than this program.
    """
    path = directory / DATABASE_NAME
    if not path.exists():
        raise LibraryError(
            "There’s no library in {folder}. Add a photo folder to create one.", folder=directory
        )
    with plain_words(path):
        refuse_empty(path)
        if wal.is_foreign(path):
            # The log isn't this file's; the next writer moves it away.
            return _reader(path, "mode=ro&immutable=1")
        try:
            return _reader(path, "mode=ro")
        except sqlite3.OperationalError as error:
            # On a disk that is read-only or full SQLite can't create the files it shares with
            # writers. Without writers it can do without them, unless a writer left a log.
            if _code(error) not in (*_READ_ONLY, *_NO_ROOM) or wal.has_log(path):
                raise
            return _reader(path, "mode=ro&immutable=1")


@contextlib.contextmanager
def consistent(connection: sqlite3.Connection) -> Iterator[None]:
    """Run several reads on one snapshot, unaffected by the writer."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def integrity_problems(connection: sqlite3.Connection) -> list[str]:
    """Return SQLite's own findings: broken pages and broken references."""
    found: list[str] = []
    try:
        for (text,) in connection.execute("PRAGMA integrity_check"):
            if text != "ok":
                found.append(" ".join(text.split()))
    except sqlite3.DatabaseError as error:
        # SQLite may stumble over the damage that it reports; keep what it reported.
        if _code(error) not in _DAMAGED:
            raise
        found.append(str(error))
    if found:
        return found  # a broken file answers further queries with errors
    found += [
        f"{row[0]} row {row[1]} points to a {row[2]} that is not there"
        for row in connection.execute("PRAGMA foreign_key_check")
    ]
    return found


@contextlib.contextmanager
def plain_words(path: Path) -> Iterator[None]:
    """Turn SQLite errors about the file at ``path`` into a `LibraryError` for the user.

    Programming errors (a violated constraint, a misspelled table) pass through.
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
            raise _damaged(path, str(error)) from error
        else:
            raise
        raise LibraryError(message) from error


_READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary error code, or -1 for Python's own errors."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF


def _damaged(path: Path, reason: str | Message) -> DamagedError:
    return DamagedError(
        "The library {library} is damaged or isn’t a facesorter library ({reason}). Nothing was "
        "changed. Restore a backup, or move the file elsewhere to start over.",
        library=path,
        reason=reason,
    )


def _reader(path: Path, how: str) -> sqlite3.Connection:
    # as_uri escapes '#', '?', and '%' in folder names.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=BUSY_TIMEOUT_MS / 1000,
        check_same_thread=False,  # used by one thread, but closed by whoever stops the work
    )
    try:
        connection.execute("PRAGMA query_only = on")
        refuse_foreign(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def quick_verdict(connection: sqlite3.Connection) -> str:
    """Run SQLite's quick check of the whole file; return 'ok' or the first fault.

    Raises:
        sqlite3.Error: the file can't be read, for a reason other than damage.
    """
    try:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return str(error)
        raise
    return " ".join(verdict.split())


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Return whether the error means that the file is damaged or not a database."""
    return _code(error) in _DAMAGED


def refuse_empty(path: Path) -> None:
    """Refuse an empty file, which SQLite would silently turn into a new database.

    Raises:
        LibraryError: it is empty.
    """
    if path.stat().st_size == 0:
        raise _damaged(path, Message("the file is empty"))


def is_older(connection: sqlite3.Connection) -> bool:
    """Return whether an earlier version of this program left the library, so it must be upgraded.

    Opening it for writing does that.
    """
    return not STEPS.keys() <= _applied(connection)


def _applied(connection: sqlite3.Connection) -> set[str]:
    tables = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if not connection.execute(tables).fetchone():
        return set()
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = 'facesorter'"
    )
    return {row[0] for row in rows}


def refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse another program's database, or one from a newer version of this program.

    Raises:
        LibraryError: it is one.
    """
    applied = _applied(connection)
    if not applied:
        raise _damaged(path, Message("it belongs to another program"))
    if applied - STEPS.keys():
        raise LibraryError(
            "The library {library} was created by a newer version of facesorter. Nothing was "
            "changed. Install that version or open another library.",
            library=path,
        )
