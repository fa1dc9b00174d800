"""Background search for stacks: once in all folders, then where photos changed.

Runs in the thread that also searches for duplicates (`app.duplicate_finder`), which makes the
fingerprints that tell bursts.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable

from facesorter.app.events import Event
from facesorter.app.reads import Reads
from facesorter.app.writer import Writer
from facesorter.cancel import CancelToken
from facesorter.domain import Changes, FaceId, FolderId, PhotoId
from facesorter.library import stacks
from facesorter.library.transaction import Transaction
from facesorter.storage import folders
from facesorter.storage import stacks as rows
from facesorter.storage.stacks import Place

MOST_PLACES = 200
"""Changed folders searched one by one; beyond that, all folders at once are as fast."""
BATCH = 2_000
"""Photos written per transaction, 20 to 40 ms."""


class StackFinder:
    """Finds stacks. Thread of `find`: one at a time.

    Event, in that thread: counterparts_found(), faces in files of one picture were found to be the
    same, which grouping counts once.
    """

    def __init__(self, reads: Reads, writer: Writer, wanted: Callable[[], bool]) -> None:
        """``wanted`` returns whether the user wants photos stacked."""
        self._reads, self._writer, self._wanted = reads, writer, wanted
        self._lock = threading.Lock()
        self._everything = False
        self._folders: frozenset[FolderId] | None = None
        """Those in which all stacks are found, but for changed photos; None before a search."""
        self._folders_changed = False
        self._photos: set[PhotoId] = set()
        self._cleared = False
        self.counterparts_found = Event[()]()

    def on_changed(self, changes: Changes) -> None:
        """Note where stacks may differ. Thread: any."""
        with self._lock:
            self._folders_changed = self._folders_changed or bool(changes.folders)
            self._photos |= changes.photos

    def note(self, photo_ids: Iterable[PhotoId]) -> None:
        """Note photos that are known better, as by a fingerprint. Thread: any."""
        with self._lock:
            self._photos.update(photo_ids)

    def search_everywhere(self) -> None:
        """Let the next search look in all folders, as after the user turned stacks on or off."""
        with self._lock:
            self._everything = True
            self._cleared = False

    def find(self, token: CancelToken) -> None:
        """Find stacks where something changed; forget them if they aren't wanted.

        Raises:
            Cancelled: By the token.
        """
        with self._lock:
            everything, self._everything = self._is_other_folders() or self._everything, False
            photos, self._photos = self._photos, set()
            clear, self._cleared = not self._wanted() and not self._cleared, not self._wanted()
        if not self._wanted():
            if clear and rows.rows(self._reads.connection()):
                self._writer.submit_machine(stacks.clear).result()
            return
        try:
            self._search(everything, photos, token)
        except BaseException:
            with self._lock:  # what wasn't searched is due again
                self._everything = self._everything or everything
                self._photos |= photos
            raise

    def settle(self) -> None:
        """Store that all stacks are found, so that the next start needn't search everywhere."""
        if self._wanted() and rows.searched(self._reads.connection()) != self._folders:
            self._writer.submit_machine(self._settle).result()

    def _settle(self, txn: Transaction) -> None:
        # In the writer's thread, where each earlier change was noted; one in the same transaction
        # makes it forget this at its end.
        with self._lock:
            due = self._everything or self._photos
            if not due and self._folders == _watched(txn.connection):
                rows.set_searched(txn.connection, self._folders)

    def _is_other_folders(self) -> bool:
        """Return whether other folders are watched than before; each scan touches its folder."""
        if self._folders and not self._folders_changed:
            return False
        connection = self._reads.connection()
        before, self._folders_changed = self._folders, False
        if before is None:
            before = rows.searched(connection)
        self._folders = _watched(connection)
        return self._folders != before

    def _search(self, everything: bool, photos: set[PhotoId], token: CancelToken) -> None:
        connection = self._reads.connection()
        places: list[Place | None] = [None]
        if not everything:
            found = rows.places_of(connection, sorted(photos))
            if len(found) <= MOST_PLACES:
                places = [*sorted(found)]
        counterparts = 0
        for place in places:
            gone, new = stacks.search(connection, place, token)
            for start in range(0, max(len(gone), len(new)), BATCH):
                part = slice(start, start + BATCH)
                self._writer.submit_machine(stacks.record, gone[part], new[part]).result()
        for place in places:
            counterparts += self._record_counterparts(
                *stacks.search_counterparts(connection, place, token)
            )
        if counterparts:
            self.counterparts_found.emit()

    def _record_counterparts(self, gone: list[FaceId], new: list[tuple[FaceId, FaceId]]) -> int:
        for start in range(0, max(len(gone), len(new)), BATCH):
            part = slice(start, start + BATCH)
            self._writer.submit_machine(stacks.record_counterparts, gone[part], new[part]).result()
        return len(gone) + len(new)


def _watched(connection: sqlite3.Connection) -> frozenset[FolderId]:
    return frozenset(folder.id for folder in folders.every(connection, watched_only=True))
