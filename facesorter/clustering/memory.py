"""What one refresh leaves to the next one: it saves time and changes nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.constraints import Constraints
from facesorter.clustering.crowding import Adjusted
from facesorter.clustering.forest import Numbering
from facesorter.clustering.proposal import Floats, Ints
from facesorter.clustering.similarity import Memo, Vectors, pack, unpack
from facesorter.clustering.walk import Walked


class Memory:
    """All that grouping remembers but the similarities. Thread: one at a time.

    One that a refresh began to use and did not finish with must be thrown away.
    """

    def __init__(self) -> None:
        self.sure = Memo()
        self.doubled = Memo()
        self.likeness = Memo()
        self.means = Memo()
        self._slots: object = None
        self._forget()

    def _forget(self) -> None:
        self.adjusted = Adjusted()
        self.walked = Walked()
        self._refused = (np.zeros(0, np.int64),) * 3
        self._word: _Word | None = None

    def follow(self, numbering: Numbering, constraints: Constraints) -> None:
        """Begin a refresh: say where the faces are now, and what is said of them."""
        if numbering.slots is not self._slots:
            self._forget()
            self._slots = numbering.slots
        word = _Word.of(numbering, constraints)
        steady = self._word is not None and self._word.stands(word, numbering)
        self._word = word
        self.walked.follow(numbering, steady=steady)

    def refused(self, vectors: Vectors) -> Ints:
        """The edges refused last time, packed and sorted, of faces that are still there."""
        a, b, steps = self._refused
        position = np.full(len(vectors.matrix), -1)
        position[vectors.order] = np.arange(len(vectors))
        a, b = position[a], position[b]
        there = (a >= 0) & (b >= 0)
        a, b, steps = a[there], b[there], steps[there]
        return np.sort(pack(np.minimum(a, b), np.maximum(a, b), steps))

    def keep_refused(self, vectors: Vectors, edges: Ints) -> None:
        """Remember the edges that were refused."""
        lo, hi, steps = unpack(edges)
        self._refused = vectors.order[lo], vectors.order[hi], steps


@dataclass(frozen=True)
class _Word:
    """What the user and the photos said of each face, by slot."""

    person: Ints
    """-2 for slots that hold nobody."""
    day: Floats
    photo: Ints
    rejected: Ints
    """int64[m, 2], pairs of slot and person, sorted."""
    born: Floats

    @classmethod
    def of(cls, numbering: Numbering, constraints: Constraints) -> _Word:
        """Put it by slots."""
        order, slots = numbering.order, len(numbering.rank)
        person, day, photo = np.full(slots, -2), np.zeros(slots), np.zeros(slots, np.int64)
        person[order], day[order] = constraints.person, constraints.day
        photo[order] = constraints.photos.ids
        rejected = [
            (int(order[face]), other)
            for face, persons in constraints.rejected.items()
            for other in persons
        ]
        pairs = np.array(sorted(rejected), np.int64).reshape(-1, 2)
        return cls(person, day, photo, pairs, constraints.born)

    def stands(self, now: _Word, numbering: Numbering) -> bool:
        """Whether nothing else is said of those who were there before and are there now."""
        both = np.flatnonzero((self.person > -2) & (now.person[: len(self.person)] > -2))
        same = all(
            np.array_equal(then[both], here[both])
            for then, here in (
                (self.person, now.person),
                (self.day, now.day),
                (self.photo, now.photo),
            )
        )
        there = numbering.rank[self.rejected[:, 0]] >= 0
        same &= np.array_equal(self.rejected[there], now.rejected)
        longer, shorter = sorted((self.born, now.born), key=len, reverse=True)
        same &= np.array_equal(longer[: len(shorter)], shorter)
        return same and not np.isfinite(longer[len(shorter) :]).any()
