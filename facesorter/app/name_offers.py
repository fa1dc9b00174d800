"""Offers to import names from the photos of a folder that was just added and scanned."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from pathlib import Path

from facesorter.app.events import Event
from facesorter.app.name_importer import NameImporter, Names
from facesorter.app.reads import Reads
from facesorter.cancel import Cancelled, CancelToken
from facesorter.domain import Changes, FolderId
from facesorter.errors import UserError
from facesorter.storage import folders

log = logging.getLogger(__name__)


class NameOffers:
    """Looks for names in new folders, in a thread of its own for each.

    Event, in that thread: found(Names). Never emitted for names that are known already.
    """

    def __init__(self, reads: Reads, importer: NameImporter) -> None:
        """Look for nothing yet."""
        self._reads, self._importer = reads, importer
        self._new: set[FolderId] = set()
        self._lock = threading.Lock()
        self._token = CancelToken()
        self._threads: set[threading.Thread] = set()
        """At work; guarded by the lock, as the above."""
        self.found = Event[Names]()

    def on_changed(self, changes: Changes) -> None:
        """Note folders that were added. Thread: any."""
        with self._lock:
            self._new |= changes.unscanned

    def on_scanned(self, folder_id: FolderId, _differences: int) -> None:
        """Look for names in a folder that was added, now that its photos are known. Thread: any."""
        with self._lock:
            if folder_id not in self._new or self._token.cancelled:
                return
            self._new.discard(folder_id)
            thread = threading.Thread(target=self._run, args=(folder_id,), name="name offers")
            thread.daemon = True
            self._threads.add(thread)
            thread.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Stop looking; return False if that took too long. The library may be closed after it."""
        with self._lock:
            self._token.cancel()
            waiting = list(self._threads)
        deadline = None if timeout is None else time.monotonic() + timeout
        for thread in waiting:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in waiting)

    def _run(self, folder_id: FolderId) -> None:
        try:
            self._look(folder_id)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _look(self, folder_id: FolderId) -> None:
        try:
            folder = folders.by_id(self._reads.connection(), folder_id)
            if folder is None or not folder.watched:
                return
            names = self._importer.read([Path(folder.path)], token=self._token)
        except (Cancelled, UserError, OSError, sqlite3.Error) as error:
            log.info("no names were looked for: %s", type(error).__name__)
            return
        if names.preview.new_faces or names.preview.unplaced:
            self.found.emit(names)
