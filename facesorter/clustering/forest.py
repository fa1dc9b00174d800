"""The similarity graph of a library: its minimum spanning forest and nearest-neighbour lists.

The forest holds all that single linkage needs. By the cycle property an edge that is not in the
forest of a graph is in no forest of a larger one, so edges can be boiled down as they come, in
any portions and order, and the result is the forest of them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from facesorter.clustering.neighbours import Neighbours
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import pack, unpack

_PENDING = 1_000_000
"""Candidate edges gathered before the forest takes them in; one call of a sixth of a second that
releases the interpreter."""

_SIEVE = 12
"""Levels at which candidates are sieved against the forest so far."""


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
    neighbours: Neighbours
    """Of every face; only core faces are listed as somebody's neighbour. Never adjusted."""
    penalty: Ints | None = None
    """int64[n]: what crowds take off, in steps; a pair loses the mean of its two. None for nothing.
    The forest is without it already."""

    def fair(self, a: Ints, b: Ints, steps: Ints) -> Ints:
        """Similarities of pairs with what crowds add taken off, in steps."""
        if self.penalty is None:
            return steps
        return np.maximum(steps - (self.penalty[a] + self.penalty[b] + 1) // 2, 0)

    def links(self, lowest: int, part: npt.NDArray[np.integer]) -> Ints:
        """Packed, sorted edges of the neighbour lists between different parts of the library.

        Args:
            lowest: least similarity, in steps, with crowds taken off.
            part: int[n], the part that each face is in.
        """
        small = part.astype(np.int32)
        lists = self.neighbours
        kept = (lists.steps >= lowest) & (small[lists.column] != small[:, None])
        lo, hi, steps = lists.once(kept, self.core)
        steps = self.fair(lo, hi, steps)
        near = steps >= lowest
        return np.sort(pack(lo[near], hi[near], steps[near]))


class GrowingForest:
    """A forest that takes candidate edges in portions."""

    def __init__(self, n: int, edges: Ints) -> None:
        """Start with a forest of ``n`` faces, as packed, sorted edges."""
        self._n = n
        self._edges = edges
        self._pending: list[Ints] = []
        self._waiting = 0
        self._sieve: list[tuple[int, npt.NDArray[np.int32]]] = []

    def add(self, lo: Ints, hi: Ints, steps: Ints) -> None:
        """Offer edges, lo < hi; the same edge may come again."""
        # Most pairs within a large person are already linked by closer ones: drop them unsorted.
        for level, component in self._sieve:
            useful = (steps > level) | (component[lo] != component[hi])
            lo, hi, steps = lo[useful], hi[useful], steps[useful]
        self._pending.append(pack(lo, hi, steps))
        self._waiting += len(lo)
        if self._waiting > _PENDING:
            self._take_in()

    def finish(self) -> Ints:
        """The forest of all edges so far, packed and sorted."""
        if self._pending:
            self._take_in()
        return self._edges

    def _take_in(self) -> None:
        edges = np.sort(np.concatenate([self._edges, *self._pending]))
        edges = edges[np.r_[True, edges[1:] != edges[:-1]]] if len(edges) else edges
        self._pending, self._waiting = [], 0
        self._edges = spanning_forest(self._n, edges)
        lo, hi, steps = unpack(self._edges)
        self._sieve = []
        if len(steps):
            levels = np.unique(np.quantile(steps, np.linspace(0.02, 0.9, _SIEVE)).astype(np.int64))
            for level in levels.tolist():
                closer = steps >= level
                self._sieve.append((level - 1, components(self._n, lo[closer], hi[closer])))


def spanning_forest(n: int, edges: Ints) -> Ints:
    """The minimum spanning forest of packed, sorted, unique edges; unique, as their order is."""
    lo, hi, _ = unpack(edges)
    return edges[tree_places(n, lo, hi)]


def tree_places(n: int, a: Ints, b: Ints) -> Ints:
    """Places of the edges of a minimum spanning forest; edges are unique and come best first."""
    # The place in the order is the weight, so that equal similarities cannot be told apart by
    # anything but our own order. Weight 0 would mean "no edge".
    place = np.arange(1, len(a) + 1, dtype=np.float64)
    matrix = coo_array((place, (a, b)), shape=(n, n)).tocsr()
    tree = minimum_spanning_tree(matrix, overwrite=True)
    return np.sort(tree.data).astype(np.int64) - 1


def components(n: int, lo: Ints, hi: Ints) -> npt.NDArray[np.int32]:
    """int32[n]: the connected component of each of ``n`` faces, numbered from 0."""
    matrix = coo_array((np.ones(len(lo), np.int8), (lo, hi)), shape=(n, n))
    labels: npt.NDArray[np.int32] = connected_components(matrix, directed=False)[1]
    return labels


def components_at(graph: Graph, lowest: int) -> npt.NDArray[np.int32]:
    """int32[n]: components of the faces linked at or above a similarity in steps."""
    lo, hi, steps = unpack(graph.forest)
    near = steps >= lowest
    return components(graph.n, lo[near], hi[near])


def nearest_link(n: int, lo: Ints, hi: Ints, steps: Ints) -> Ints:
    """int64[n]: the most similar edge of each face in steps, 0 where it has none."""
    best = np.zeros(n, np.int64)
    order = np.argsort(steps, kind="stable")
    for end in (lo, hi):
        strongest = np.zeros(n, np.int64)
        # Ascending, so the last assignment to a face is its best.
        strongest[end[order]] = steps[order]
        best = np.maximum(best, strongest)
    return best
