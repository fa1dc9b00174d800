"""What one refresh leaves to the next one: it saves time and changes nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.adjusting import Adjusted
from facesorter.clustering.closeness import Closeness
from facesorter.clustering.constraints import Constraints
from facesorter.clustering.crowding import Crowds
from facesorter.clustering.forest import Graph, Numbering
from facesorter.clustering.mean_faces import MeanFaces
from facesorter.clustering.means import Means
from facesorter.clustering.neighbours import grown
from facesorter.clustering.proposal import Bools, Floats, Ints, Question, Singles, Thresholds
from facesorter.clustering.similarity import Memo, Vectors, pack, unpack
from facesorter.clustering.votes import Votes
from facesorter.clustering.walked import Walked


class Memory:
    """All that grouping remembers but the similarities. Thread: one at a time.

    One that a refresh began to use and did not finish with must be thrown away.
    """

    def __init__(self) -> None:
        self.doubled = Memo()
        self.likeness = Memo()
        self.mean_faces = MeanFaces()
        self._slots: object = None
        self._forget()

    def _forget(self) -> None:
        self.crowds = Crowds()
        self.adjusted = Adjusted()
        self.walked = Walked()
        self.votes = Votes()
        self.means = Means()
        self.closeness = Closeness()
        self._refused = (np.zeros(0, np.int64),) * 3
        self._word: _Word | None = None
        self._steady = self._unmoved = False
        self._order = np.zeros(0, np.int64)
        self._gathered: _Gathered | None = None
        self._grouped: _Grouped | None = None
        self._told: _Told | None = None

    def begin(self, numbering: Numbering, changed: Bools) -> None:
        """Begin a refresh: say where the faces are now, and whose lists, bool[n], are others."""
        if numbering.slots is not self._slots:
            self._forget()
            self._slots = numbering.slots
        self._unmoved = not changed.any() and np.array_equal(self._order, numbering.order)
        self._order = numbering.order
        self.votes.follow(changed)

    def hear(self, numbering: Numbering, constraints: Constraints) -> None:
        """Say what is said of the faces now."""
        word = _Word.of(numbering, constraints)
        self._steady = self._word is not None and self._word.stands(word, numbering)
        self._word = word
        self.walked.follow(numbering, steady=self._steady)

    def grouped(self, graph: Graph, alike: Ints, found: Thresholds) -> Ints | None:
        """The groups of the last refresh, if nothing that they come from is other than then."""
        last = self._grouped
        same = (
            self._steady
            and self._unmoved
            and last is not None
            and last.found == found
            and np.array_equal(last.alike, alike)
            and np.array_equal(last.graph.forest, graph.forest)
            and np.array_equal(last.graph.penalties, graph.penalties)
        )
        if not same:
            self._grouped = self._told = None
        return last.label if same and last is not None else None

    def gathered(self, graph: Graph, numbering: Numbering, found: Thresholds) -> Ints | None:
        """The groups of the last refresh, int64[n], before loose faces were placed.

        None where something else was said of a face, or other thresholds held, or lists were read
        down to another similarity.
        """
        last = self._gathered
        if not self._steady or last is None:
            return None
        if last.found != found or last.lowest != graph.lists.lowest:
            return None
        label = grown(last.label, len(numbering.rank), -1)
        return label[numbering.order]

    def keep_gathered(
        self, graph: Graph, numbering: Numbering, found: Thresholds, label: Ints
    ) -> None:
        """Remember groups before loose faces are placed."""
        by_slot = np.full(len(numbering.rank), -1)
        by_slot[numbering.order] = label
        self._gathered = _Gathered(found, graph.lists.lowest, by_slot)

    def keep_groups(self, graph: Graph, alike: Ints, found: Thresholds, label: Ints) -> None:
        """Remember groups, and what they come from."""
        self._grouped = _Grouped(graph, alike, found, label)

    @property
    def has_told(self) -> bool:
        """Whether something was told of groups that may be those of this refresh."""
        return self._told is not None

    def told(self, together: Ints, persons: Ints) -> tuple[Singles, tuple[Question, ...]] | None:
        """What was told of the same groups last time: how sure each face is, and questions."""
        last = self._told
        if last is None or not np.array_equal(last.together, together):
            return None
        return (last.sure, last.questions) if np.array_equal(last.persons, persons) else None

    def keep_told(
        self, together: Ints, persons: Ints, sure: Singles, questions: tuple[Question, ...]
    ) -> None:
        """Remember what was told of groups."""
        self._told = _Told(together, persons, sure, questions)

    def refused(self, vectors: Vectors) -> Ints:
        """The edges refused last time, packed, of faces that are still there."""
        a, b, steps = self._refused
        position = np.full(len(vectors.matrix), -1)
        position[vectors.order] = np.arange(len(vectors))
        a, b = position[a], position[b]
        there = (a >= 0) & (b >= 0)
        a, b, steps = a[there], b[there], steps[there]
        return pack(np.minimum(a, b), np.maximum(a, b), steps)

    def keep_refused(self, vectors: Vectors, edges: Ints, *, part: bool) -> None:
        """Remember the edges that were refused, of all faces or a part that has these vectors."""
        lo, hi, steps = unpack(edges)
        now = vectors.order[lo], vectors.order[hi], steps
        if part:
            inside = np.zeros(len(vectors.matrix), bool)
            inside[vectors.order] = True
            others = ~inside[self._refused[0]]
            a, b, steps = (
                np.concatenate([then[others], here])
                for then, here in zip(self._refused, now, strict=True)
            )
            now = a, b, steps
        self._refused = now


@dataclass(frozen=True)
class _Gathered:
    found: Thresholds
    lowest: int
    label: Ints
    """int64[slots], -1 for no group."""


@dataclass(frozen=True)
class _Grouped:
    graph: Graph
    alike: Ints
    found: Thresholds
    label: Ints


@dataclass(frozen=True)
class _Told:
    together: Ints
    persons: Ints
    sure: Singles
    questions: tuple[Question, ...]


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
