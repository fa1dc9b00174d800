"""Offers to import names from the photos of a folder that was just added and scanned."""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path

from facesorter.app import jobs
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
        self.found = Event[Names]()

    def on_changed(self, changes: Changes) -> None:
        """Note folders that were added. Thread: any."""
        with self._lock:
            self._new |= changes.unscanned

    def on_scanned(self, folder_id: FolderId, _differences: int) -> None:
        """Look for names in a folder that was added, now that its photos are known. Thread: any."""
        with self._lock:
            if folder_id not in self._new:
                return
            self._new.discard(folder_id)
        jobs.run(self._look, folder_id)

    def stop(self) -> None:
        """Stop looking."""
        self._token.cancel()

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
