"""Hold a library open for writing: the lock, the database, one transaction at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from facesorter.domain import Changes
from facesorter.library.transaction import Transaction
from facesorter.storage.database import open_writer, plain_words, snapshot_if_due
from facesorter.storage.lock import take_lock

T = TypeVar("T")


class Library:
    """The only way to write to a library. Thread: the one that made it (the writer)."""

    def __init__(self, directory: Path) -> None:
        """Open, making it if need be.

        Raises:
            LibraryError: in use elsewhere, damaged, too new, or not writable; the text says so.
        """
        self.directory = directory
        self._lock = take_lock(directory)
        try:
            self._database = open_writer(directory)
        except BaseException:
            self._lock.release()
            raise

    @property
    def connection(self) -> sqlite3.Connection:
        """The read-write connection; for reading between transactions."""
        return self._database.conn  # type: ignore[no-any-return] # sqlite_utils is untyped here

    def transact(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> tuple[T, Changes]:
        """Run ``function(txn, *args, **kwargs)`` in one transaction; all of it holds, or nothing.

        Raises:
            LibraryError: the disk is full, read-only or the file is damaged.
        """
        with plain_words(self.directory), self._database.atomic():
            txn = Transaction(self._database)
            result = function(txn, *args, **kwargs)
        return result, txn.changes()

    def close(self, *, snapshot: bool = True) -> None:
        """Close; with a daily snapshot when one is due."""
        try:
            if snapshot:
                snapshot_if_due(self.connection, self.directory)
        finally:
            self.connection.close()
            self._lock.release()
