"""The graph with what crowds add taken off; most of its forest is that of the last refresh."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.crossing import Crossing
from facesorter.clustering.crowding import PROVISIONAL
from facesorter.clustering.forest import (
    Graph,
    Numbering,
    at_least,
    components,
    components_at,
    renumbered,
    spanning_forest,
)
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import (
    INDEX_BITS,
    INDEX_MASK,
    PAIR_MASK,
    STEPS,
    inserted,
    to_steps,
)

STRENGTH = 1.0
"""Share of the excess crowd that is taken off; 0 turns it off."""

_MOST_CHANGED = 0.25
"""Share of changed faces from which on the whole forest is as quickly found anew."""


@dataclass(frozen=True)
class Ready:
    """What `adjust` needs that does not depend on the crowds."""

    numbering: Numbering
    lowest: int
    """The ceiling, in steps."""
    plain: Ints
    """The plain forest, down to it."""
    before: Ints | None
    """The adjusted forest of the last refresh, of the faces that are still there. None if it can't
    help."""
    changed: Bools
    """bool[n], faces with other lists, or other edges of the plain forest, than then."""
    gone: bool = False
    """Whether faces are gone since then."""


class Adjusted:
    """The adjusted forest of the last refresh: most of it is that of the next one."""

    def __init__(self) -> None:
        self._slots: object = None
        self._lowest = -1
        self._penalty = np.zeros(0, np.int64)
        self._packed: tuple[Ints, Ints, Graph] | None = None
        self.crossing = Crossing()

    def keep(self, ready: Ready, fair: Graph) -> None:
        """Remember a forest, and what it came from."""
        numbering = ready.numbering
        self._slots, self._lowest = numbering.slots, ready.lowest
        self._penalty = np.full(len(numbering.rank), -1)
        assert fair.penalty is not None
        self._penalty[numbering.order] = fair.penalty
        self._packed = numbering.order, ready.plain, fair

    def prepare(self, graph: Graph, ceiling: float, numbering: Numbering, changed: Bools) -> Ready:
        """Do what can be done before the crowds are known.

        Args:
            graph: plain similarities.
            ceiling: cosine below which faces are never linked.
            numbering: where the faces are kept.
            changed: bool[n], faces whose list is other than at the last refresh.
        """
        lowest = to_steps(ceiling)
        plain = at_least(graph.forest, lowest)
        if numbering.slots is self._slots and self.crossing.fits(len(numbering.rank), lowest):
            self.crossing.follow(graph.lists, changed)
        else:
            self.crossing.divide(graph.lists, components_at(graph, PROVISIONAL), lowest)
        last = self._packed
        if last is None or numbering.slots is not self._slots or self._lowest != lowest:
            return Ready(numbering, lowest, plain, None, changed)
        order, plain_before, fair_before = last
        changed, number = changed.copy(), numbering.rank[order]
        # A link that left or joined the plain forest may have left or joined the graph.
        _mark_difference(renumbered(plain_before, number), plain, changed)
        before = renumbered(fair_before.forest, number)
        return Ready(numbering, lowest, plain, before, changed, bool((number < 0).any()))

    def steady(self, ready: Ready, penalty: Ints) -> tuple[Ints, Bools] | None:
        """Edges that are still in the forest if no others beat them, and faces that changed.

        None where too much did.
        """
        if ready.before is None:
            return None
        before = np.full(len(ready.numbering.rank), -1)
        before[: len(self._penalty)] = self._penalty
        changed = ready.changed | (before[ready.numbering.order] != penalty)
        if changed.sum() > _MOST_CHANGED * len(changed):
            return None
        return _between_others(ready.before, changed), changed


def _between_others(edges: Ints, faces: Bools) -> Ints:
    """Those packed edges that meet none of some faces."""
    result = np.empty(len(edges), np.int64)
    return result[: _leave_out(edges, faces, result)]


@compiled
def _leave_out(edges: Ints, faces: Bools, result: Ints) -> int:
    count = 0
    for edge in edges:
        lo, hi = np.uint64(edge >> INDEX_BITS & INDEX_MASK), np.uint64(edge & INDEX_MASK)
        result[count] = edge
        count += not (faces[lo] | faces[hi])
    return count


def _adjusted(edges: Ints, part: Ints, penalty: Ints, lowest: int) -> Ints:
    """Packed edges between different parts with crowds taken off, those that reach a similarity."""
    result = np.empty(len(edges), np.int64)
    return result[: _take_off(edges, part, penalty, lowest, result)]


@compiled
def _take_off(edges: Ints, part: Ints, penalty: Ints, lowest: int, result: Ints) -> int:
    count = 0
    for edge in edges:
        lo, hi = np.uint64(edge >> INDEX_BITS & INDEX_MASK), np.uint64(edge & INDEX_MASK)
        steps = STEPS - (edge >> 2 * INDEX_BITS) - ((penalty[lo] + penalty[hi] + 1) >> 1)
        result[count] = ((STEPS - steps) << 2 * INDEX_BITS) | (edge & PAIR_MASK)
        count += (part[lo] != part[hi]) & (steps >= lowest)
    return count


@compiled
def _mark_difference(one: Ints, other: Ints, changed: Bools) -> None:
    """Mark the ends of edges that only one of two sorted arrays holds."""
    i = k = 0
    while i < len(one) or k < len(other):
        if i < len(one) and k < len(other) and one[i] == other[k]:
            i += 1
            k += 1
            continue
        if k == len(other) or (i < len(one) and one[i] < other[k]):
            edge = one[i]
            i += 1
        else:
            edge = other[k]
            k += 1
        changed[(edge >> INDEX_BITS) & INDEX_MASK] = True
        changed[edge & INDEX_MASK] = True


def adjust(graph: Graph, excess: Ints, ready: Ready, last: Adjusted) -> tuple[Graph, Bools | None]:
    """Take off what a crowd adds to the similarity of two faces.

    Args:
        graph: plain similarities.
        excess: int64[n], as `crowd` finds it.
        ready: what ``last`` prepared for this.
        last: of the last refresh; the new forest is remembered in it.

    Returns:
        The graph of adjusted similarities, over the plain forest's edges and the neighbour lists.
        Its forest ends at the ceiling. And bool[n], faces of which a similarity, a list or an edge
        of the forest is other than at the last refresh; None where all may be.
    """
    forest, lowest = ready.plain, ready.lowest
    penalty = np.rint(STRENGTH * excess).astype(np.int64)
    fair = replace(graph, forest=forest, penalty=penalty, crossing=last.crossing)
    steady = last.steady(ready, penalty)
    if steady is None:
        # Similarities only fall, so an edge of the forest that keeps its own stays in it.
        changed = penalty > 0
        kept = _between_others(forest, changed)
    else:
        kept, changed = steady
        if not ready.gone and not changed.any():
            return replace(fair, forest=kept), changed
    # By the cycle property only links of what changed, and between what the kept edges do not hold
    # together, can be in the forest as well.
    part = np.where(changed, graph.n + np.arange(graph.n), components(graph.n, kept))
    more = [_adjusted(forest, part, penalty, lowest), fair.links(lowest, part)]
    edges = inserted(kept, np.concatenate(more))
    fair = replace(fair, forest=spanning_forest(graph.n, edges))
    last.keep(ready, fair)
    if steady is None or ready.before is None or ready.gone:
        return fair, None
    _mark_difference(ready.before, fair.forest, changed)
    return fair, changed
