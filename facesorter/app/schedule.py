"""The order of analysis: newest first within a year, alternating between years and folders.

A family's groups form from photos of many years. Strictly newest first, the first hour of a large
library would show only the latest vacation; alternating, it shows everyone.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Sequence

from facesorter.domain import FolderId, PhotoId
from facesorter.storage import pending
from facesorter.storage.pending import Group, Pending

FRESH = 64
"""Up to this many photos added after the others count as new and go first; more mean that a folder
is being added."""
PLANNED = 1_024
"""Photos drawn between counts of the pending ones; counting takes up to 0.2 s for 100,000."""


class AnalysisOrder:
    """The scheduler of pending photos. Thread: any, holding the pipeline's lock.

    The years of each folder take turns, weighted by the square root of their pending photos, so
    that a small year is neither swamped by a large one nor finished at once. The first round draws
    one photo of each. (Stride scheduling: Waldspurger and Weihl, 1995.)
    """

    def __init__(self) -> None:
        self._groups: list[Group] = []
        self._passes: dict[tuple[FolderId, str], float] = {}
        self._planned = 0
        self._top: PhotoId | None = None

    def look_again(self) -> None:
        """Plan again, because other photos may be pending."""
        self._groups = []

    def draw(
        self, connection: sqlite3.Connection, count: int, skip: frozenset[PhotoId]
    ) -> list[Pending]:
        """Return up to ``count`` photos to analyze, in order, without those to ``skip``.

        Empty if no others are pending.
        """
        if self._top is not None:
            fresh = pending.above(connection, self._top, FRESH + 1 + len(skip))
            if len(fresh) > FRESH:
                self._top = pending.last(connection)
            elif new := [photo for photo in fresh if photo.id not in skip]:
                return new[:count]
        if not self._groups or self._planned <= 0:
            self._plan(connection)
        wanted = self._turns(count)
        found: dict[tuple[FolderId, str], list[Pending]] = {}
        for group, number in Counter(wanted).items():
            found[group] = pending.newest_of(connection, *group, number, skip)[::-1]
        drawn = [found[group].pop() for group in wanted if found[group]]
        self._planned -= len(drawn)
        if not drawn:
            # The planned photos were analyzed meanwhile, or are to be skipped.
            self._groups = []
            drawn = pending.newest(connection, count, skip)
        return drawn

    def _plan(self, connection: sqlite3.Connection) -> None:
        self._groups = pending.groups(connection)
        self._planned = PLANNED
        there = {(group.folder_id, group.year) for group in self._groups}
        self._passes = {key: at for key, at in self._passes.items() if key in there}
        behind = min(self._passes.values(), default=0.0)
        for key in there:
            # A year added later doesn't make up for the turns that it missed.
            self._passes.setdefault(key, behind)
        if self._top is None:
            self._top = pending.last(connection)

    def _turns(self, count: int) -> list[tuple[FolderId, str]]:
        """Return the next years in turn, each at most as often as it has photos."""
        left = {(group.folder_id, group.year): group.photos for group in self._groups}
        strides = {key: 1 / math.sqrt(photos) for key, photos in left.items()}
        turns: list[tuple[FolderId, str]] = []
        while left and len(turns) < count:
            key = min(left, key=lambda each: (self._passes[each], _newest_first(each)))
            turns.append(key)
            self._passes[key] += strides[key]
            left[key] -= 1
            if not left[key]:
                del left[key]
        return turns


def _newest_first(group: tuple[FolderId, str]) -> tuple[Sequence[int], int]:
    folder, year = group
    return [-ord(letter) for letter in year], folder
