"""The queue of photos to analyze; suspects of a crash come first, one at a time."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from facesorter.app.crash_guard import CrashGuard
from facesorter.app.progress import Rate
from facesorter.app.schedule import AnalysisOrder
from facesorter.domain import FolderId, PhotoId
from facesorter.errors import Message
from facesorter.storage import pending, photos
from facesorter.storage.pending import Pending

CLOSER_AHEAD = 4
"""Photos read ahead for the closer search: each takes a second, and others come before them."""
READ_AHEAD = 64
"""Photos read from the library per query; a query for one costs about as much."""
SET_ASIDE = Message(
    "The analysis of this photo crashed twice, so the photo was skipped. The file may be damaged."
)
PATIENCE = 5
"""Consecutive scans that the pipeline requests because a file changed since the last one. A file
that keeps changing is then skipped until a scan is requested for another reason."""


class AnalysisQueue:
    """The photos waiting and in progress. Thread: any, holding the pipeline's lock.

    Only `in_works` is called without that lock.
    """

    def __init__(self, notes: Path) -> None:
        self._guard = CrashGuard(notes)
        self._waiting: deque[Pending] = deque()
        self._sampler = AnalysisOrder()
        self._in_works: dict[PhotoId, Pending] = {}
        self._begun: dict[PhotoId, float] = {}
        self._alone: PhotoId | None = None
        self._left_over: set[PhotoId] = set()
        self._failed: list[tuple[Pending, Message]] = []
        self._skipped: dict[PhotoId, int] = {}
        self._staleness: Counter[PhotoId] = Counter()
        self._resting = True
        self.searches = True
        """Whether photos are searched closely when no others are left."""
        self.searching = False
        """Whether the photos in progress are those."""
        self.exhausted = False
        """Whether the last query found no pending photos."""

    def open(self) -> None:
        """Read the notes of the last run."""
        self._guard.begin()
        self._left_over = set(self._guard.suspects)

    def close(self) -> None:
        """Note that no photo is in progress."""
        self._guard.end()

    @property
    def busy(self) -> bool:
        """Whether photos are in progress or about to be."""
        return bool(self._waiting or self._in_works or self._failed)

    @property
    def working(self) -> bool:
        """Whether photos are in progress."""
        return bool(self._in_works)

    def longest(self) -> tuple[Pending, float] | None:
        """Return the photo that has been in progress longest, and for how many seconds."""
        if not self._begun:
            return None
        photo_id = min(self._begun, key=self._begun.__getitem__)
        return self._in_works[photo_id], time.monotonic() - self._begun[photo_id]

    def has(self, photo_id: PhotoId) -> bool:
        """Whether a photo is in progress."""
        return photo_id in self._in_works

    def earlier(self, photo: Pending) -> list[Pending]:
        """Return photos of the same file size whose analysis began before this one's."""
        found = []
        for other in self._in_works.values():
            if other.id == photo.id:
                break
            if other.size == photo.size:
                found.append(other)
        return found

    def failures(self) -> list[tuple[Pending, Message]]:
        """Return photos to mark as failed, with reasons; each is returned only once."""
        found, self._failed = self._failed, []
        self._in_works.update((photo.id, photo) for photo, _ in found)
        return found

    def is_suspect(self, photo_id: PhotoId) -> bool:
        """Whether a photo has to be analyzed in a process of its own."""
        return photo_id in self._guard.suspects

    def suspect(self, photo_ids: Collection[PhotoId]) -> None:
        """Have photos analyzed in a process of their own."""
        self._guard.suspect(photo_ids)

    def crashed(self, photo_id: PhotoId) -> bool:
        """Record that a photo crashed its process; return whether to set it aside."""
        return self._guard.crashed(photo_id)

    def clear_suspicion(self, photo_id: PhotoId) -> None:
        """Record that a photo needs no process of its own any more."""
        self._guard.forget([photo_id])

    def next(self, connection: sqlite3.Connection, rate: Rate) -> Pending | None:
        """Return the photo to analyze now, or None if the caller has to wait."""
        if self._alone is not None:
            return None
        if self._guard.suspects:
            self._sort(connection)
            busy = self._busy()
            suspects = pending.among(connection, list(self._guard.suspects))
            suspects = [photo for photo in suspects if photo.id not in busy]
            if suspects and self._in_works:
                return None
            if suspects:
                self._alone = suspects[0].id
                return self._start(suspects[0])
        if not self._waiting and not self.exhausted:
            skip = self._busy() | self._guard.suspects.keys()
            self._waiting.extend(self._sampler.draw(connection, READ_AHEAD, frozenset(skip)))
            self.searching = False
            if not self._waiting and self.searches:
                closer = pending.unsearched(connection, CLOSER_AHEAD, frozenset(skip))
                self._waiting.extend(closer)
                self.searching = bool(closer) or any(p.closer for p in self._in_works.values())
            self.exhausted = not self._waiting
            if self._resting and self._waiting:
                rate.restart()
            self._resting = not self._waiting and not self._in_works
        return self._start(self._waiting.popleft()) if self._waiting else None

    @contextmanager
    def in_works(self, photo_id: PhotoId) -> Iterator[None]:
        """Record, for the next start, that a photo is being analyzed inside this context."""
        self._guard.enter(photo_id)
        try:
            yield
        finally:
            self._guard.leave(photo_id)

    def release(self, photo_id: PhotoId) -> None:
        """Note that a photo is no longer in progress."""
        self._in_works.pop(photo_id, None)
        self._begun.pop(photo_id, None)
        if self._alone == photo_id:
            self._alone = None
        self.exhausted = False

    def skip(self, photo: Pending) -> bool:
        """Skip a photo until its folder has been scanned.

        Returns:
            False if that was tried too often already, so that requesting a scan is no use.
        """
        self._skipped[photo.id] = photo.folder_id
        self._staleness[photo.id] += 1
        return self._staleness[photo.id] <= PATIENCE

    def mark_failed(self, photo: Pending, message: Message) -> None:
        """Have a photo marked as failed, because its result can't be stored."""
        self._failed.append((photo, message))

    def reset_retries(self) -> None:
        """Reset the retry counts of all photos."""
        self._staleness.clear()

    def scanned(self, folder_ids: Collection[FolderId]) -> None:
        """Stop skipping photos of these folders."""
        self._skipped = {
            photo_id: folder_id
            for photo_id, folder_id in self._skipped.items()
            if folder_id not in folder_ids or self._staleness[photo_id] > PATIENCE
        }
        # Discard photos read ahead, so that a newly added photo needn't wait for them.
        self._waiting.clear()
        self._sampler.look_again()
        self.exhausted = False

    def look_again(self) -> None:
        """Query the library again, because new photos may be pending."""
        self._sampler.look_again()
        self._waiting = deque(photo for photo in self._waiting if not photo.closer)
        self.exhausted = False

    def clear(self) -> None:
        """Discard waiting photos; they stay pending in the library."""
        self._waiting.clear()

    def _start(self, photo: Pending) -> Pending:
        self._in_works[photo.id] = photo
        self._begun[photo.id] = time.monotonic()
        return photo

    def _sort(self, connection: sqlite3.Connection) -> None:
        """Clear, once, the suspects that are no longer pending: their analysis was completed."""
        left, self._left_over = self._left_over, set()
        versions = {photo: photos.file_version(connection, photo) for photo in left}
        self._guard.forget(
            photo for photo, known in versions.items() if known is None or known[2] != "pending"
        )

    def _busy(self) -> set[PhotoId]:
        return self._in_works.keys() | self._skipped.keys()
