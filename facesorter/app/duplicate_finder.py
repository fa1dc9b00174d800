"""Background search for stacks and near duplicates: fingerprints, then comparison.

New photos are compared with all others; pairs of known ones never again. The analysis has left a
thumbnail of each photo, so that this reads no originals, except where the cache was emptied.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.app.events import Event
from facesorter.app.priority import lower_priority
from facesorter.app.reads import Reads
from facesorter.app.stack_finder import StackFinder
from facesorter.app.worker import Worker
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled
from facesorter.domain import Changes, Photo, PhotoId
from facesorter.errors import UserError
from facesorter.files import modified_ns
from facesorter.images.thumbnails import Kind, ThumbnailCache, photo_key
from facesorter.library import duplicates
from facesorter.storage import fingerprints, photos
from facesorter.storage.fingerprints import Fingerprint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.images.likeness import Picture

log = logging.getLogger(__name__)

QUIET = 3.0
"""Seconds without changed photos before a search."""
AFTER_START = 20.0
"""Seconds without a search after the start, when folders are read and photos listed."""
LONGEST_WAIT = 120.0
"""Seconds after which a search begins though photos keep changing, as for hours during an analysis:
each search passes over all photos, in 1 to 2 s for 100,000 of them."""
REST = 10.0
"""Pause after each search, as a multiple of its duration."""
BATCH = 200
"""Fingerprints per transaction."""
PICTURES = 2000
"""Thumbnails kept for comparison, 40 kB each: most photos have candidates near them in time."""


class DuplicateFinder(Worker):
    """The thread that finds stacks and near duplicates while nothing else changes.

    Event, in that thread: found(), pairs were recorded or all photos are compared.
    """

    def __init__(
        self, reads: Reads, writer: Writer, cache: ThumbnailCache, stacks: StackFinder
    ) -> None:
        """Start nothing yet."""
        super().__init__({"duplicates": self._run})
        self._reads, self._writer, self._cache = reads, writer, cache
        self._stacks = stacks
        self._one_at_a_time = threading.Lock()
        self._since: float | None = None
        """When the first change since the last search was noted; None without any."""
        self._last = self._not_before = 0.0
        self._unreadable: set[str] = set()
        self.found = Event[()]()

    def on_changed(self, changes: Changes) -> None:
        """Note changed photos, to be compared soon. Thread: any."""
        if changes.folders:
            self._unreadable.clear()  # a drive may have been connected
        self._stacks.on_changed(changes)
        if changes.photos or changes.folders or changes.stacks:
            with self.wake:
                self._last = time.monotonic()
                self._since = self._since or self._last
                self.wake.notify_all()

    def find(self) -> None:
        """Find all stacks and near duplicates now. Blocks; thread: any but the writer.

        Raises:
            Cancelled: `stop` was called.
        """
        with self._one_at_a_time:
            # Most stacks are told by names, before the first fingerprint.
            self._find_stacks()
            if self._fingerprint():
                self._find_stacks()
            self._stacks.settle()
            self._compare()

    def _find_stacks(self) -> None:
        self._stacks.find(self.token)
        if fingerprints.copies_differ(self._reads.connection()):
            self._writer.submit_machine(duplicates.record_copies).result()

    def search_stacks(self) -> None:
        """Search for stacks everywhere, soon, as after the user turned them on or off."""
        self._stacks.search_everywhere()
        with self.wake:
            self._last = time.monotonic()
            self._since = self._since or self._last
            self.wake.notify_all()

    def _run(self) -> None:
        lower_priority()
        self._since = self._last = time.monotonic()
        self._not_before = self._last + AFTER_START
        while self._wait():
            started = time.monotonic()
            try:
                self.find()
            except Cancelled:
                return
            except Exception:  # the next search may succeed; the thread must live
                log.exception("the search for duplicates failed")
            self._not_before = time.monotonic() + REST * (time.monotonic() - started)

    def _wait(self) -> bool:
        with self.wake:
            while not self.token.cancelled:
                present = time.monotonic()
                wait = None
                if self._since is not None:
                    due = max(min(self._last + QUIET, self._since + LONGEST_WAIT), self._not_before)
                    if due <= present:
                        self._since = None
                        return True
                    wait = due - present
                self.wake.wait(wait)
            return False

    def _fingerprint(self) -> bool:
        """Make the fingerprints that are missing; return whether there are new ones."""
        from facesorter.images import fingerprint

        connection, last, some = self._reads.connection(), "", False
        while found := fingerprints.without(connection, BATCH, last):
            last = found[-1][1]
            ids = [photo_id for photo_id, content in found if content not in self._unreadable]
            made = []
            for photo in photos.by_ids(connection, ids):
                self.token.check()
                pixels = self._pixels(photo)
                if pixels is not None and photo.content_hash:
                    made.append(Fingerprint(photo.content_hash, fingerprint.make(pixels)))
                elif photo.content_hash:
                    self._unreadable.add(photo.content_hash)
            if made:
                some = True
                self._writer.submit_machine(duplicates.record_prints, made).result()
                self._stacks.note(ids)
        return some

    def _compare(self) -> None:
        connection = self._reads.connection()
        new = fingerprints.every(connection, compared=False)
        if not new:
            return
        from facesorter.images import fingerprint
        from facesorter.images.likeness import SAME, likeness

        known = fingerprints.every(connection, compared=True)
        contents = [each.content_hash for each in (*known, *new)]
        near = fingerprint.candidates(
            fingerprint.as_rows([each.pixels for each in known]),
            fingerprint.as_rows([each.pixels for each in new]),
            self.token,
        )
        where = fingerprints.with_content(
            connection, sorted({contents[i] for p in near for i in p})
        )
        pictures: dict[str, Picture | None] = {}
        pairs = []
        for a, b in near:
            self.token.check()
            one, other = (self._picture(contents[i], where, pictures) for i in (a, b))
            if one is not None and other is not None:
                value = likeness(one, other)
                if value >= SAME:
                    pairs.append((contents[a], contents[b], round(value, 4)))
        compared = [each.content_hash for each in new]
        self._writer.submit_machine(duplicates.record_pairs, pairs, compared).result()
        self.found.emit()

    def _picture(
        self, content: str, where: dict[str, PhotoId], pictures: dict[str, Picture | None]
    ) -> Picture | None:
        from facesorter.images import likeness

        if content not in pictures:
            while len(pictures) >= PICTURES:
                del pictures[next(iter(pictures))]
            ids = [where[content]] if content in where else []
            pixels = [self._pixels(p) for p in photos.by_ids(self._reads.connection(), ids)]
            found = pixels[0] if pixels else None
            pictures[content] = None if found is None else likeness.prepare(found)
        return pictures[content]

    def _pixels(self, photo: Photo) -> NDArray[np.uint8] | None:
        """Return a photo's thumbnail, (h, w, 3) uint8 RGB; None if its file can't be read now."""
        import cv2
        import numpy as np

        from facesorter.images import thumbnails

        key = photo_key(photo.id, photo.mtime_ns, photo.size)
        data = self._cache.read(key, Kind.PHOTO)
        if data is not None:
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            if decoded is not None:
                return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
        try:
            stat = os.stat(photo.path)
            if (stat.st_size, modified_ns(stat)) != (photo.size, photo.mtime_ns):
                return None
            pixels = thumbnails.make_photo(Path(photo.path))
        except (OSError, UserError, MemoryError):
            return None
        self._cache.store_photo(key, pixels)
        return pixels
