"""Which photo is analysed next: what the sampler draws, suspects alone and before all others."""

from __future__ import annotations

import sqlite3
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from facesorter.app.crash_guard import Guard
from facesorter.app.progress import Rate
from facesorter.app.schedule import Sampler
from facesorter.cancel import Cancelled
from facesorter.domain import FolderId, PhotoId
from facesorter.errors import Message
from facesorter.storage import pending, photos
from facesorter.storage.pending import Pending

READ_AHEAD = 64
"""Photos taken from the library at once; a query costs about as much as one for a single photo."""
KILLED_TWICE = Message(
    "facesorter quit unexpectedly each time it analyzed this photo, so it was skipped. "
    "The file may be damaged."
)
PATIENCE = 5
"""Scans in a row that the pipeline itself asks for because a file is not as the last one saw it. A
file that never comes to rest is left alone then, until somebody else asks for a scan."""


class Feed:
    """The photos that wait and those in the works. Thread: any, under the pipeline's lock.

    `in_works` alone is called without it.
    """

    def __init__(self, notes: Path) -> None:
        self._guard = Guard(notes)
        self._waiting: deque[Pending] = deque()
        self._sampler = Sampler()
        self._in_works: dict[PhotoId, Pending] = {}
        self._alone: PhotoId | None = None
        self._quarantined: set[PhotoId] = set()
        self._failed: list[tuple[Pending, Message]] = []
        self._sorted_out = False
        self._skipped: dict[PhotoId, int] = {}
        self._staleness: Counter[PhotoId] = Counter()
        self._resting = True
        self.exhausted = False
        """Nothing waited at the last look."""

    def open(self) -> None:
        """Read what the last run left."""
        self._quarantined = set(self._guard.begin())

    def close(self) -> None:
        """Note that nothing is in the works."""
        self._guard.end()

    @property
    def busy(self) -> bool:
        """Whether photos are in the works, or about to be."""
        return bool(self._waiting or self._in_works or self._failed)

    @property
    def working(self) -> bool:
        """Whether photos are in the works."""
        return bool(self._in_works)

    def has(self, photo_id: PhotoId) -> bool:
        """Whether a photo is in the works."""
        return photo_id in self._in_works

    def earlier(self, photo: Pending) -> list[Pending]:
        """Photos of the same size that are in the works for longer than this one."""
        found = []
        for other in self._in_works.values():
            if other.id == photo.id:
                break
            if other.size == photo.size:
                found.append(other)
        return found

    def quarantined(self, connection: sqlite3.Connection) -> list[tuple[Pending, Message]]:
        """Photos to be failed and why, each given out once."""
        found, self._failed = self._failed, []
        if self._quarantined:
            quarantined = pending.among(connection, sorted(self._quarantined))
            self._guard.forget(photo.id for photo in quarantined)
            self._quarantined.clear()
            found += [(photo, KILLED_TWICE) for photo in quarantined]
        self._in_works.update((photo.id, photo) for photo, _ in found)
        return found

    def next(self, connection: sqlite3.Connection, rate: Rate) -> Pending | None:
        """The photo to be analysed now, or None when the caller has to wait."""
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
            self.exhausted = not self._waiting
            if self._resting and self._waiting:
                rate.restart()
            self._resting = not self._waiting and not self._in_works
        return self._start(self._waiting.popleft()) if self._waiting else None

    @contextmanager
    def in_works(self, photo_id: PhotoId) -> Iterator[None]:
        """Note, for the next start, that a photo is being analysed while this holds."""
        alone = self._alone == photo_id
        self._guard.enter(photo_id, alone=alone)
        survived = True
        try:
            yield
        except Cancelled:
            survived = False  # not looked at to the end, so nothing is proven
            raise
        finally:
            self._guard.leave(photo_id, survived=survived)

    def release(self, photo_id: PhotoId) -> None:
        """Note that a photo was dealt with."""
        self._in_works.pop(photo_id, None)
        if self._alone == photo_id:
            self._alone = None
        self.exhausted = False

    def skip(self, photo: Pending) -> bool:
        """Leave a photo alone until its folder was scanned; False if that was asked in vain."""
        self._skipped[photo.id] = photo.folder_id
        self._staleness[photo.id] += 1
        return self._staleness[photo.id] <= PATIENCE

    def mark_failed(self, photo: Pending, message: Message) -> None:
        """Have a photo failed: what it gave can't be stored."""
        self._failed.append((photo, message))

    def reset_retries(self) -> None:
        """Have patience with every photo again."""
        self._staleness.clear()

    def scanned(self, folder_ids: Collection[FolderId]) -> None:
        """Look at the skipped photos of these folders again."""
        self._skipped = {
            photo_id: folder_id
            for photo_id, folder_id in self._skipped.items()
            if folder_id not in folder_ids or self._staleness[photo_id] > PATIENCE
        }
        # What was read ahead is drawn again, so that a photo dropped now need not wait for it.
        self._waiting.clear()
        self._sampler.look_again()
        self.exhausted = False

    def look_again(self) -> None:
        """Something may be waiting now."""
        self._sampler.look_again()
        self.exhausted = False

    def clear(self) -> None:
        """Forget what waits; the library knows it."""
        self._waiting.clear()

    def _start(self, photo: Pending) -> Pending:
        self._in_works[photo.id] = photo
        return photo

    def _sort(self, connection: sqlite3.Connection) -> None:
        """Acquit, once, the suspects that are no longer waiting: they were seen to their end."""
        if not self._sorted_out:
            self._sorted_out = True
            versions = {p: photos.file_version(connection, p) for p in self._guard.suspects}
            self._guard.forget(
                p for p, known in versions.items() if known is None or known[2] != "pending"
            )

    def _busy(self) -> set[PhotoId]:
        return self._in_works.keys() | self._skipped.keys() | self._quarantined
