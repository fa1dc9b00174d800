"""The write-ahead log: checkpointed at every clean exit, never applied to another database.

SQLite applies any log it finds beside a database, whichever database wrote it. A backup copied over
``library.db`` while the old file's log is still there would gain changes that it never had.

[Note: stamps] So every database file carries a stamp in its header (``PRAGMA user_version``),
renewed each time it is opened for writing, and a small file beside it names the stamps whose log
this may be. A backup has its own stamp.

The lowest bit of a stamp says that the file is open for writing: changes may be in the log alone.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Final

from facesorter.files import write_atomically

log = logging.getLogger(__name__)

OWNER_SUFFIX = "-owner"
"""Of the file beside the database that names the stamps whose log lies there."""
_STAMP_AT = 60
"""Where SQLite's file format keeps ``user_version``: 4 bytes, big-endian."""
_STAMPS = 2**30
"""Stamps are below it, so that with the open bit they fit a signed 32-bit integer."""


def log_path(path: Path) -> Path:
    """Return the path of a database's log. SQLite keeps it beside the file a link points to."""
    return _beside(path, "-wal")


def index_path(path: Path) -> Path:
    """Return the path of the index of a database's log."""
    return _beside(path, "-shm")


def owner_path(path: Path) -> Path:
    """Return the path of the file that names the stamps a database's log belongs to."""
    return _beside(path, OWNER_SUFFIX)


def _beside(path: Path, suffix: str) -> Path:
    real = path.resolve()
    return real.with_name(real.name + suffix)


def has_log(path: Path) -> bool:
    """Return whether some changes to the database at ``path`` may be in its log only."""
    try:
        return log_path(path).stat().st_size > 0
    except OSError:
        return False


def is_foreign(path: Path) -> bool:
    """Return whether another database wrote the log beside the database at ``path``.

    Only reads files, so call it before SQLite opens anything. A log without an owner file counts as
    the database's own: earlier versions wrote none.
    """
    owners, stamp = _owners(path), _stamp(path)
    return has_log(path) and owners is not None and stamp is not None and stamp >> 1 not in owners


def is_missing(path: Path) -> bool:
    """Return whether the database at ``path`` was not closed and its log is gone.

    Also true of a copy of the database alone, made while the program was running.
    """
    stamp = _stamp(path)
    return stamp is not None and bool(stamp & 1) and not log_path(path).exists()


def move_foreign_log_aside(path: Path) -> Path | None:
    """Rename a foreign log, so that SQLite doesn't apply it; return its new path.

    The caller holds the library's lock.
    """
    if not is_foreign(path):
        return None
    written = log_path(path)
    aside = written.with_name(f"{written.name}.{datetime.now():%Y%m%d-%H%M%S}")
    written.replace(aside)
    # The index of that log; SQLite creates a new one.
    index_path(path).unlink(missing_ok=True)
    log.warning("a log that belongs to another library file was set aside as %s", aside.name)
    return aside


def begin(connection: sqlite3.Connection, path: Path) -> None:
    """Give the database a new stamp, which the log belongs to from now on.

    The caller holds the library's lock. Thread: the connection's.

    Raises:
        OSError, sqlite3.Error: the disk can't be written.
    """
    former, new = _stamp(path) or 0, new_stamp()
    # Both, until the new stamp is in the file itself rather than its log.
    _write_owners(path, [former >> 1, new >> 1])
    connection.execute(f"PRAGMA user_version = {new | 1}")
    if fold(connection):
        _write_owners(path, [new >> 1])


def end(connection: sqlite3.Connection) -> None:
    """Mark the database as closed and checkpoint its log. Thread: the connection's.

    Raises:
        sqlite3.Error: the disk can't be written; the log keeps all changes.
    """
    (stamp,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {stamp & ~1}")
    if not fold(connection):
        log.warning("the log could not be folded in: another program reads the library")


def leave(connection: sqlite3.Connection, path: Path) -> None:
    """Close a connection without touching the database or its log, which others write now.

    The last connection of a process checkpoints the log when it is closed, and deletes it: a
    read-only one, which can't, stays open until the process ends. Thread: the connection's.
    """
    connection.rollback()
    last = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    last.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    _left_open.append(last)
    connection.close()


_left_open: Final[list[sqlite3.Connection]] = []


def fold(connection: sqlite3.Connection) -> bool:
    """Checkpoint and empty the log; return False while a reader holds an old snapshot.

    Thread: the connection's.
    """
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def new_stamp() -> int:
    """Return a stamp for a database that isn't open."""
    return (1 + secrets.randbelow(_STAMPS - 1)) << 1


def _stamp(path: Path) -> int | None:
    """Return the stamp in the file itself, ignoring its log; None if it isn't a database."""
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
