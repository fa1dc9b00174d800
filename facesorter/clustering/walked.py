"""What a walk over the edges decided, for the next one: by slot, since faces get other numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled
from facesorter.clustering.forest import Numbering
from facesorter.clustering.members import sizes
from facesorter.clustering.neighbours import Table32
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import INDEX_BITS, STEPS, unpack

_PART = 0.3
"""Share of the edges of a remembered walk below which another walk does not take its place."""

UNKNOWN, JOINED, TAKEN, REFUSED = -1, 0, 1, 2
"""Verdicts; joined are the ends of an edge that others joined before."""

Verdicts = npt.NDArray[np.int8]


class Walked:
    """A walk of the last refresh, by slot."""

    def __init__(self, numbering: Numbering | None = None, *, steady: bool = False) -> None:
        self._numbering, self._steady = numbering, steady
        self._last: _Record | None = None

    def follow(self, numbering: Numbering, *, steady: bool) -> None:
        """Say where the faces are now, and whether all that was said of them is as it was."""
        self._numbering = numbering
        if not steady:
            self.forget()

    def forget(self) -> None:
        """Do not help the next walk."""
        self._last = None

    def clean(self, node: Table32, count: int) -> Bools:
        """bool[count]: nodes that hold the same faces as one of the last walk."""
        if self._last is None or self._numbering is None:
            return np.zeros(count, bool)
        before = self._last.node
        if len(before) < len(self._numbering.rank):
            more = np.full(len(self._numbering.rank) - len(before), -1, np.int32)
            before = np.concatenate([before, more])
        faces = np.flatnonzero(node >= 0)
        return _same_nodes(node, faces, count, self._numbering.order, before, self._last.size)

    def verdicts(self, edges: Ints, phase: Verdicts) -> tuple[Verdicts, Ints]:
        """What was said of some edges, and edges that were taken and are not among them.

        Args:
            edges: packed, in the order of a walk.
            phase: int8[len(edges)], never falling; the edges of each phase are sorted.

        Returns:
            int8[len(edges)]; and int64[m, 2], pairs of a place and a face: before that place an
            edge of that face is missing.
        """
        before = np.full(len(edges), UNKNOWN, np.int8)
        last = self._last
        if last is None or self._numbering is None:
            return before, np.zeros((0, 2), np.int64)
        rank = self._numbering.rank
        missing = np.empty((2 * len(last.a), 2), np.int64)
        then = rank[last.a], rank[last.b], last.steps, last.phase, last.verdict
        return before, missing[: _align(*then, edges, phase, before, missing)]

    def keep(
        self, node: Table32, count: int, edges: Ints, phase: Verdicts, verdict: Verdicts
    ) -> None:
        """Remember a walk, unless it is a small part of the one that is remembered.

        What was said of an edge holds as long as its components are the same, whenever that was.
        """
        if self._numbering is None or (
            self._last is not None and len(edges) < _PART * len(self._last.a)
        ):
            return
        order = self._numbering.order
        by_slot = np.full(len(self._numbering.rank), -1, np.int32)
        by_slot[order] = node
        lo, hi, steps = unpack(edges)
        size = sizes(node, count)
        self._last = _Record(by_slot, size, order[lo], order[hi], steps, phase, verdict)


class _Record:
    """Nodes, and edges between slots, in the order of the walk."""

    def __init__(
        self,
        node: Table32,
        size: Ints,
        a: Ints,
        b: Ints,
        steps: Ints,
        phase: Verdicts,
        verdict: Verdicts,
    ) -> None:
        self.node, self.size = node, size
        self.a, self.b, self.steps, self.phase, self.verdict = a, b, steps, phase, verdict


@compiled
def _same_nodes(
    node: Table32, those: Ints, count: int, order: Ints, before: Table32, size: Ints
) -> Bools:
    then = np.full(count, -2, np.int32)
    faces = np.zeros(count, np.int64)
    same = np.ones(count, np.bool_)
    for face in those:
        at, old = node[face], before[order[face]]
        faces[at] += 1
        if then[at] == -2:
            then[at] = old
        elif then[at] != old:
            same[at] = False
    for at in range(count):
        same[at] &= then[at] >= 0 and size[max(then[at], 0)] == faces[at]
    return same


@compiled
def _align(
    lo: Ints,
    hi: Ints,
    steps: Ints,
    phase: Verdicts,
    verdict: Verdicts,
    edges: Ints,
    phase_now: Verdicts,
    before: Verdicts,
    missing: Ints,
) -> int:
    """Find edges of a walk in an earlier one; both run in the same order."""
    count, at = 0, 0
    for place in range(len(edges) + 1):
        while at < len(lo):
            if lo[at] >= 0 and hi[at] >= 0 and place < len(edges):
                edge = ((STEPS - steps[at]) << 2 * INDEX_BITS) | (lo[at] << INDEX_BITS) | hi[at]
                if phase[at] == phase_now[place] and edge == edges[place]:
                    before[place] = verdict[at]
                    at += 1
                    break
                if phase[at] > phase_now[place]:
                    break
                if phase[at] == phase_now[place] and edge > edges[place]:
                    break
            if verdict[at] == TAKEN:
                for face in (lo[at], hi[at]):
                    if face >= 0:
                        missing[count, 0], missing[count, 1] = place, face
                        count += 1
            at += 1
    return count
