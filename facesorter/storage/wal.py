"""The write-ahead log: folded in at every orderly end, never played into another database.

SQLite plays whatever log lies beside a database into it, without asking which database wrote it. A
backup that is put in the place of ``library.db`` while the log of the old file still lies there
would come back with changes that it never had. [Note: stamps] So every database file carries a
stamp in its header (``PRAGMA user_version``), renewed each time it is opened for writing, and a
small file beside it names the stamps whose log this may be. A backup has a stamp of its own.

The lowest bit of a stamp says that the file is open for writing: changes may be in the log alone.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
from datetime import datetime
from pathlib import Path

from facesorter.files import write_atomically

log = logging.getLogger(__name__)

OWNER_SUFFIX = "-owner"
"""Of the file beside the database that names the stamps whose log lies there."""
_STAMP_AT = 60
"""Where SQLite's file format keeps ``user_version``: 4 bytes, big-endian."""
_STAMPS = 2**30
"""Stamps are below it, so that with the open bit they fit a signed 32-bit integer."""


def log_path(path: Path) -> Path:
    """The log of the database at ``path``."""
    return path.with_name(f"{path.name}-wal")


def owner_path(path: Path) -> Path:
    """The file beside the database at ``path`` that says whose log lies there."""
    return path.with_name(path.name + OWNER_SUFFIX)


def has_log(path: Path) -> bool:
    """Whether changes of the database at ``path`` may be in its log alone."""
    try:
        return log_path(path).stat().st_size > 0
    except OSError:
        return False


def is_foreign(path: Path) -> bool:
    """Whether the log beside the database at ``path`` was written by another database.

    Reads files only, so it may be asked before SQLite opens anything. A log without a file that
    names its owner counts as the database's own: versions up to 0.9 wrote none.
    """
    owners, stamp = _owners(path), _stamp(path)
    return has_log(path) and owners is not None and stamp is not None and stamp >> 1 not in owners


def is_missing(path: Path) -> bool:
    """Whether the database at ``path`` was left open, by a crash say, and its log is gone since.

    Also true of a copy of the database alone that was made while the program was running.
    """
    stamp = _stamp(path)
    return stamp is not None and bool(stamp & 1) and not log_path(path).exists()


def set_foreign_aside(path: Path) -> Path | None:
    """Rename a foreign log, so that SQLite does not play it; returns its new path.

    The caller holds the library's lock.
    """
    if not is_foreign(path):
        return None
    written = log_path(path)
    aside = written.with_name(f"{written.name}.{datetime.now():%Y%m%d-%H%M%S}")
    written.replace(aside)
    # The index of that log; SQLite makes a new one.
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    log.warning("a log that belongs to another library file was set aside as %s", aside.name)
    return aside


def begin(connection: sqlite3.Connection, path: Path) -> None:
    """Give the database a new stamp, which is what the log beside it belongs to from now on.

    The caller holds the library's lock. Thread: the connection's.

    Raises:
        OSError, sqlite3.Error: the disk refuses it.
    """
    former, new = _stamp(path) or 0, new_stamp()
    # Both, until the new one is in the file itself and not in its log.
    _write_owners(path, [former >> 1, new >> 1])
    connection.execute(f"PRAGMA user_version = {new | 1}")
    if fold(connection):
        _write_owners(path, [new >> 1])


def end(connection: sqlite3.Connection) -> None:
    """Mark the database as closed in order, and fold its log in. Thread: the connection's.

    Raises:
        sqlite3.Error: the disk refuses it; nothing is lost, the log stays beside the database.
    """
    (stamp,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {stamp & ~1}")
    if not fold(connection):
        log.warning("the log could not be folded in: another program reads the library")


def fold(connection: sqlite3.Connection) -> bool:
    """Write all of the log into the database and empty it; False while somebody reads an old state.

    Thread: the connection's.
    """
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def new_stamp() -> int:
    """A stamp for a database that nobody has open."""
    return (1 + secrets.randbelow(_STAMPS - 1)) << 1


def _stamp(path: Path) -> int | None:
    """What the file itself says, whatever its log does; None where it is no database."""
    try:
        with path.open("rb") as file:
            header = file.read(_STAMP_AT + 4)
    except OSError:
        return None
    if len(header) < _STAMP_AT + 4 or not header.startswith(b"SQLite format 3\0"):
        return None
    return int.from_bytes(header[_STAMP_AT:], "big")


def _owners(path: Path) -> list[int] | None:
    try:
        held = json.loads(owner_path(path).read_bytes())
        return [int(stamp) for stamp in held["log_of"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_owners(path: Path, stamps: list[int]) -> None:
    content = json.dumps({"log_of": stamps}).encode()
    write_atomically(owner_path(path), content, sync=True, private=True)
