"""Open the library for writing: create, back up before an upgrade, migrate."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.errors import Message
from facesorter.storage import wal
from facesorter.storage.backups import Backup, backups, leftovers, snapshot
from facesorter.storage.database import (
    BUSY_TIMEOUT_MS,
    DATABASE_NAME,
    LibraryError,
    open_reader,
    plain_words,
    refuse_empty,
)

if TYPE_CHECKING:
    from sqlite_utils import Database


log = logging.getLogger(__name__)


class MissingLibraryError(LibraryError):
    """The library file is missing but its other files exist, so none is created."""

    def __init__(self, directory: Path) -> None:
        path = directory / DATABASE_NAME
        if path.is_symlink():
            message = Message(
                "The library {library} is a link to {target}, which doesn’t exist. Nothing was "
                "changed. Connect its drive, restore a backup, or start over.",
                library=path,
                target=path.readlink(),
            )
        else:
            message = Message(
                "The library {library} is missing, but other parts of it are there. Nothing was "
                "changed. Connect its drive, restore a backup, or start over.",
                library=path,
            )
        self.directory = directory
        super().__init__(message)

    def backups(self) -> list[Backup]:
        """Return the backups to restore from, newest first.

        Reads each file. Thread: any but the window's.
        """
        return backups(self.directory)


WRITER_CACHE_KB = 64 * 1024
"""Pages that the writer keeps in memory at most. A decision about many faces touches nearly all
pages again for each person; with SQLite's 2 MB they are written out and read again each time. To
undo 200,000 imported names takes 5.5 s of processor time instead of 10.6."""


def open_writer(directory: Path) -> Database:
    """Open or create the library in ``directory`` for writing, at the newest schema.

    The caller holds the library's lock. An existing file is backed up before a migration.
    Thread: writer; the connection belongs to it.

    Raises:
        MissingLibraryError: the file is missing, but backups or other files of a library exist.
        LibraryError: damaged, newer than this program, or not writable; the text says what to do.
    """
    from sqlite_utils import Database

    from facesorter.storage.migrations import migrations

    path = directory / DATABASE_NAME
    with plain_words(path):
        if not path.exists():
            if leftovers(directory):
                raise MissingLibraryError(directory)
            _create(directory)
        refuse_empty(path)
        wal.move_foreign_log_aside(path)
        # A connection that can write folds the log into the file when it is closed, even if what
        # the log makes of the library is refused; one that only reads leaves both as they are.
        open_reader(directory).close()
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, cached_statements=512)
        try:
            connection.execute("PRAGMA journal_mode = wal")
            # FULL: confirmed changes survive a power cut, at one fsync each.
            connection.execute("PRAGMA synchronous = full")
            connection.execute("PRAGMA foreign_keys = on")
            connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KB}")
            _begin_log(connection, path)
            database = Database(connection, recursive_triggers=False)
            if migrations.pending(database):
                snapshot(connection, directory, "before-upgrade")
                # Steps that update all rows would keep what undoes them in a folder of the system:
                # outside the library, and maybe with less room. In memory it is 0.3 kB per photo.
                connection.execute("PRAGMA temp_store = memory")
                migrations.apply(database)
                connection.execute("PRAGMA temp_store = default")
        except BaseException:
            connection.close()
            raise
    return database


def _begin_log(connection: sqlite3.Connection, path: Path) -> None:
    if wal.is_missing(path):
        log.warning("the library was not closed in order, and its log is gone")
    try:
        wal.begin(connection, path)
    except OSError as error:
        raise LibraryError(
            "Can’t save to the library {library} ({error}). Nothing was changed.",
            library=path,
            error=error,
        ) from error


def _create(directory: Path) -> None:
    """Create a library under a temporary name, so that an existing one is always complete."""
    from sqlite_utils import Database

    from facesorter.storage.migrations import migrations

    path, partial = directory / DATABASE_NAME, directory / f"{DATABASE_NAME}.new"
    partial.unlink(missing_ok=True)
    partial.with_name(f"{partial.name}-journal").unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(partial)
    database = Database(connection, recursive_triggers=False)
    try:
        # Else SQLite writes what undoes a single statement to a folder of the system.
        connection.execute("PRAGMA temp_store = memory")
        # In one transaction: each would wait for the disk several times.
        with database.atomic():
            migrations.apply(database)
    finally:
        connection.close()
    partial.replace(path)
