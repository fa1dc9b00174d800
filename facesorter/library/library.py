"""An open library: its lock, its database, one transaction at a time."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from facesorter.domain import Changes, PersonId
from facesorter.errors import UserError
from facesorter.files import remove_partials
from facesorter.library import erase, relocation
from facesorter.library.erase import Plan
from facesorter.library.transaction import Transaction
from facesorter.storage import persons, stacks, wal
from facesorter.storage.backups import UnwritableBackupError, snapshot_if_due
from facesorter.storage.database import DATABASE_NAME, plain_words
from facesorter.storage.lock import TakenOverError, take_lock
from facesorter.storage.opening import open_writer

log = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")


class Library:
    """The only way to write to a library. Thread: the one that made it (the writer)."""

    def __init__(self, directory: Path) -> None:
        """Open the library, creating it if needed.

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
        remove_partials(directory)
        self._finish_erasing()
        if self.transact(relocation.has_moved, directory)[0]:
            self.transact(relocation.relocate_folders, directory)

    @property
    def connection(self) -> sqlite3.Connection:
        """The read-write connection; for reading between transactions."""
        return self._database.conn  # type: ignore[no-any-return] # sqlite_utils is untyped here

    def transact(
        self,
        function: Callable[Concatenate[Transaction, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> tuple[T, Changes]:
        """Run ``function(txn, *args, **kwargs)`` in one transaction, all or nothing.

        Raises:
            TakenOverError: another computer has the library now.
            LibraryError: the disk is full, read-only or the file is damaged.
        """
        self._lock.refuse_if_lost()
        with plain_words(self.directory / DATABASE_NAME), self._database.atomic():
            txn = Transaction(self._database)
            result = function(txn, *args, **kwargs)
            changes = txn.changes()
            persons.keep_covers(txn.connection, changes.persons)
            if changes.photos:
                stacks.forget_searched(txn.connection)
            self._lock.refuse_if_lost()  # the computer may have slept since
        return result, changes

    def snapshot_if_due(self) -> None:
        """Take a daily snapshot if one is due; failures are only logged.

        Raises:
            TakenOverError: another computer has the library now.
            LibraryError: the snapshot showed that the library is damaged.
        """
        self._lock.refuse_if_lost()
        try:
            snapshot_if_due(self.connection, self.directory)
        except (OSError, sqlite3.Error, UnwritableBackupError):
            # Everything is committed; a full disk must not make that look like an error.
            log.warning("no snapshot of the library could be kept", exc_info=True)

    def erase(self, person_id: PersonId | None, cache: Path, *, keep_texts: bool = False) -> Plan:
        """Erase a person, or all face data (None), for good; return what went.

        Nobody else may read the library. ``cache`` is the folder of its thumbnails.

        Raises:
            UserError: there is no such person, or a file is in use; the rest is erased then.
        """
        what = erase.plan(self.connection, self.directory, person_id, keep_texts=keep_texts)
        self.transact(erase.begin, what, self.directory, cache)
        erase.finish(self.connection, self.directory)
        return what

    def _finish_erasing(self) -> None:
        """Clean up what an erasure left that was interrupted, or had readers beside it."""
        try:
            if erase.finish(self.connection, self.directory):
                log.info("what was erased is gone from all files")
        except (UserError, OSError, sqlite3.Error):
            log.warning("what was erased isn't gone from all files yet", exc_info=True)

    def close(self, *, snapshot: bool = True) -> None:
        """Close and checkpoint the log, so that the file alone is the library.

        Close readers first, or the log stays. Takes a daily snapshot if one is due. A library that
        another computer took over is left as it is.

        Raises:
            LibraryError: as `snapshot_if_due`; the library is closed anyway.
        """
        if self._lost():
            wal.leave(self.connection, self.directory / DATABASE_NAME)
            self._lock.release()
            return
        try:
            self._finish_erasing()
            if snapshot:
                self.snapshot_if_due()
        finally:
            try:
                wal.end(self.connection)
            except sqlite3.Error:  # every commit is on disk already, in the log
                log.warning("the library's log could not be folded in", exc_info=True)
            self.connection.close()
            self._lock.release()

    def _lost(self) -> bool:
        try:
            self._lock.refuse_if_lost()
        except TakenOverError:
            return True
        return False
