"""The similarity graph of a library: its minimum spanning forest and nearest-neighbour lists.

The forest holds all that single linkage needs. By the cycle property an edge that is not in the
forest of a graph is in no forest of a larger one, so edges can be boiled down as they come, in
any portions and order, and the result is the forest of them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled
from facesorter.clustering.crossing import Crossing
from facesorter.clustering.neighbours import Lists, Table32
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import INDEX_BITS, INDEX_MASK, STEPS, inserted

_PENDING = 1_000_000
"""Candidate edges gathered before the forest takes them in: 8 MB, sorted in 0.05 s."""

_SIEVE = np.linspace(0.02, 0.9, 12)
"""Quantiles of the forest's similarities at which candidates are sieved against it."""


@dataclass(frozen=True)
class Graph:
    """Everything about the similarities of ``n`` faces that grouping looks at."""

    n: int
    lowest: int
    """Neighbours below this many steps are not in it."""
    core: Bools
    """bool[n]: faces good enough to form and bridge groups; only they have forest edges."""
    forest: Ints
    """Packed edges of the minimum spanning forest, most similar first."""
    lists: Lists
    """The nearest of every face; only core faces are listed as somebody's. Never adjusted."""
    penalty: Ints | None = None
    """int64[n]: what crowds take off, in steps; a pair loses the mean of its two. None for nothing.
    The forest is without it already."""
    crossing: Crossing | None = None
    """Where to find links; None looks for them everywhere."""

    @cached_property
    def penalties(self) -> Ints:
        """int64[slots], the penalty by slot; zeros for None."""
        if self.penalty is None:
            return np.zeros(len(self.lists.rank), np.int64)
        return self.lists.by_slot(self.penalty, 0)

    def links(self, lowest: int, part: npt.NDArray[np.integer], *, lasting: bool = False) -> Ints:
        """Packed, sorted edges of the neighbour lists between different parts of the library.

        Args:
            lowest: least similarity, in steps, with crowds taken off.
            part: int[n], the part that each face is in; links of faces with -1 are left out.
            lasting: whether the next refresh will probably ask about nearly the same parts.
        """
        crossing = self.crossing or Crossing()
        return crossing.links(self.lists, self.penalties, lowest, part, lasting=lasting)


@dataclass(frozen=True)
class Numbering:
    """Where the faces of a graph are kept, to find them again at the next refresh."""

    slots: object
    """As long as this is the same thing, a slot holds the same face, or none."""
    order: Ints
    """int64[n], the slot of each face."""
    rank: Ints
    """int64[slots], the face in each slot, -1 for none."""


class GrowingForest:
    """A forest that takes candidate edges in portions."""

    def __init__(self, rank: Ints, edges: Ints) -> None:
        """Start with a forest of faces with these ranks, as packed, sorted edges of ranks."""
        self._rank = rank
        self._n = int(rank.max(initial=-1)) + 1
        self._edges = edges
        self._pending: list[Ints] = []
        self._waiting = 0
        self._levels = np.zeros(0, np.int64)
        self._component = np.zeros((0, self._n), np.int32)

    def add(self, a: Ints, b: Ints, steps: Ints, core: Bools, lowest: int) -> None:
        """Offer edges between slots; the same edge may come again.

        Only those at or above ``lowest`` steps between ``core`` faces are looked at.
        """
        # Most pairs within a large person are already linked by closer ones: drop them unsorted.
        edges = np.empty(len(a), np.int64)
        count = _sift(a, b, steps, core, lowest, self._rank, self._levels, self._component, edges)
        self._pending.append(edges[:count].copy())
        self._waiting += count
        if self._waiting > _PENDING:
            self._take_in()
            levels = np.quantile(STEPS - (self._edges >> 2 * INDEX_BITS), _SIEVE)
            self._levels = np.unique(levels.astype(np.int64))
            self._component = np.stack(
                [
                    components(self._n, at_least(self._edges, level))
                    for level in self._levels.tolist()
                ]
            )

    def finish(self) -> Ints:
        """The forest of all edges so far, packed and sorted."""
        if self._pending:
            self._take_in()
        return self._edges

    def _take_in(self) -> None:
        edges = inserted(self._edges, np.concatenate(self._pending))
        self._pending, self._waiting = [], 0
        self._edges = spanning_forest(self._n, edges)


@compiled
def _sift(
    a: Ints,
    b: Ints,
    steps: Ints,
    core: Bools,
    lowest: int,
    rank: Ints,
    levels: Ints,
    component: npt.NDArray[np.int32],
    edges: Ints,
) -> int:
    count = 0
    for offered in range(len(a)):
        step = steps[offered]
        if step < lowest or not core[a[offered]] or not core[b[offered]]:
            continue
        lo, hi = rank[a[offered]], rank[b[offered]]
        level = 0
        while level < len(levels) and levels[level] <= step:
            level += 1
        if level < len(levels) and component[level, lo] == component[level, hi]:
            continue
        if lo > hi:
            lo, hi = hi, lo
        edges[count] = ((STEPS - step) << 2 * INDEX_BITS) | (lo << INDEX_BITS) | hi
        count += 1
    return count


def spanning_forest(n: int, edges: Ints) -> Ints:
    """The minimum spanning forest of packed, sorted edges; unique, as their order is."""
    return edges[tree_places(np.arange(n, dtype=np.int32), edges)]


def tree_places(part: Table32, edges: Ints) -> Ints:
    """Places of those packed edges, best first, that join parts of the library to a forest.

    Args:
        part: int32[n], the part that each face is in.
        edges: packed, in the order in which they are taken.
    """
    places = np.empty(min(len(edges), len(part)), np.int64)
    return places[: _kruskal(part, edges, places)]


# Unsigned numbers: an index that could be negative is asked for its sign each time.
_Parents = npt.NDArray[np.uint32]


@compiled
def _find(parent: _Parents, at: np.uint32) -> np.uint32:
    up = parent[at]
    while up != at:
        parent[at] = at = parent[up]
        up = parent[at]
    return at


@compiled
def _kruskal(part: Table32, edges: Ints, places: Ints) -> int:
    parent = np.arange(len(part)).astype(np.uint32)
    count = 0
    for place in range(len(edges)):
        lo, hi = np.uint64(edges[place] >> INDEX_BITS & INDEX_MASK), edges[place] & INDEX_MASK
        a = _find(parent, np.uint32(part[lo]))
        b = _find(parent, np.uint32(part[np.uint64(hi)]))
        if a != b:
            parent[max(a, b)] = min(a, b)
            places[count] = place
            count += 1
    return count


def components(n: int, *edges: Ints) -> Table32:
    """int32[n]: the connected component of each of ``n`` faces by packed edges, from 0 on.

    Numbered in the order of their first faces.
    """
    return nested_components(n, [edges])[0]


def nested_components(n: int, portions: Sequence[Iterable[Ints]]) -> list[Table32]:
    """`components` by the first portion of packed edges, by the first two, and so on."""
    parent = np.arange(n, dtype=np.uint32)
    result = []
    for edges in portions:
        for some in edges:
            _unite(parent, some)
        result.append(np.empty(n, np.int32))
        _number(parent, result[-1])
    return result


@compiled
def _unite(parent: _Parents, edges: Ints) -> None:
    for edge in edges:
        a = _find(parent, np.uint32(edge >> INDEX_BITS & INDEX_MASK))
        b = _find(parent, np.uint32(edge & INDEX_MASK))
        # The smaller number is the root, so that components can be numbered in one pass.
        parent[max(a, b)] = min(a, b)


@compiled
def _number(parent: _Parents, label: Table32) -> None:
    count = 0
    for face in range(len(parent)):
        # Smaller numbers come first and point to their roots by now.
        root = parent[parent[face]]
        parent[face] = root
        # Without branches: nothing foretells who is a root.
        label[face] = count
        label[face] = label[root]
        count += root == face


def renumbered(edges: Ints, number: Ints) -> Ints:
    """Packed, sorted edges of faces that got other numbers.

    Args:
        edges: packed, sorted.
        number: int64, the new number of each face, in the same order as before; -1 for those that
            are gone, whose edges go along.
    """
    result = np.empty(len(edges), np.int64)
    return result[: _renumber(edges, number, result)]


@compiled
def _renumber(edges: Ints, number: Ints, result: Ints) -> int:
    count = 0
    for edge in edges:
        a, b = number[(edge >> INDEX_BITS) & INDEX_MASK], number[edge & INDEX_MASK]
        if a >= 0 and b >= 0:
            steps = edge >> 2 * INDEX_BITS << 2 * INDEX_BITS
            result[count] = steps | a << INDEX_BITS | b
            count += 1
    return count


def at_least(edges: Ints, lowest: int) -> Ints:
    """The packed, sorted edges at or above a similarity in steps."""
    behind = STEPS - max(lowest, 0) + 1
    near: Ints = edges[: np.searchsorted(edges, behind << 2 * INDEX_BITS)]
    return near


def components_at(graph: Graph, lowest: int) -> Table32:
    """int32[n]: components of the faces linked at or above a similarity in steps."""
    return components(graph.n, at_least(graph.forest, lowest))


def nearest_link(n: int, edges: Ints) -> Ints:
    """int64[n]: the most similar of some packed edges of each face in steps, 0 where none."""
    best = np.zeros(n, np.int64)
    _nearest_link(edges, best)
    return best


@compiled
def _nearest_link(edges: Ints, best: Ints) -> None:
    for edge in edges:
        steps = STEPS - (edge >> 2 * INDEX_BITS)
        lo, hi = (edge >> INDEX_BITS) & INDEX_MASK, edge & INDEX_MASK
        best[lo] = max(best[lo], steps)
        best[hi] = max(best[hi], steps)
