"""Minimum spanning forests of packed edges, and the connected components they describe.

A forest holds all that single linkage needs to know of a graph. By the cycle property an edge that
is not in the forest of a graph is in no forest of a larger graph either, so candidate edges can be
reduced as they come, in any batches and any order, and the result is the forest of them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.kernels import (
    INDEX_BITS,
    Parents,
    at_least,
    ends,
    find,
    packed,
    sorted_edges,
    steps_of,
)
from facesorter.clustering.proposal import Bools, Ints, Ints32
from facesorter.clustering.similarity import STEPS

_PENDING = 1_000_000
"""Candidate edges gathered before they are reduced: 8 MB, sorted in 0.05 s."""

_SIEVE = np.linspace(0.02, 0.9, 12)
"""Quantiles of the forest's similarities at which candidates are sieved."""


class _Sieve(NamedTuple):
    """Components of the forest so far at several similarities."""

    levels: Ints
    """Steps, ascending."""
    component: Ints32
    """int32[levels, n]"""


class GrowingForest:
    """Kruskal's algorithm (1956) for edges that arrive in batches."""

    def __init__(self, rank: Ints, edges: Ints) -> None:
        """Start with a forest of packed, sorted edges between the ranks of slots."""
        self._rank = rank
        self._n = int(rank.max(initial=-1)) + 1
        self._edges = edges
        self._pending: list[Ints] = []
        self._waiting = 0
        self._sieve = _Sieve(np.zeros(0, np.int64), np.zeros((0, self._n), np.int32))

    def add(self, a: Ints, b: Ints, steps: Ints, core: Bools, lowest: int) -> None:
        """Offer edges between slots; the same edge may come again.

        Only those at or above ``lowest`` steps between ``core`` faces count.
        """
        edges = np.empty(len(a), np.int64)
        count = _sieve(a, b, steps, core, lowest, self._rank, self._sieve, edges)
        self._pending.append(edges[:count].copy())
        self._waiting += count
        if self._waiting > _PENDING:
            self._reduce()
            levels = np.quantile(STEPS - (self._edges >> 2 * INDEX_BITS), _SIEVE)
            levels = np.unique(levels.astype(np.int64))
            tables = [
                components(self._n, at_least(self._edges, level)) for level in levels.tolist()
            ]
            self._sieve = _Sieve(levels, np.stack(tables))

    def finish(self) -> Ints:
        """Return the forest of all edges so far, packed and sorted."""
        if self._pending:
            self._reduce()
        return self._edges

    def _reduce(self) -> None:
        edges = sorted_edges(self._edges, *self._pending)
        self._pending, self._waiting = [], 0
        self._edges = spanning_forest(self._n, edges)


@compiled
def _sieve(
    a: Ints,
    b: Ints,
    steps: Ints,
    core: Bools,
    lowest: int,
    rank: Ints,
    sieve: _Sieve,
    edges: Ints,
) -> int:
    """Pack the edges that may be in the forest; return how many.

    Most pairs within a large person are linked by more similar edges already. Dropping them here
    saves sorting them.
    """
    count = 0
    for offered in range(len(a)):
        step = steps[offered]
        if step < lowest or not core[a[offered]] or not core[b[offered]]:
            continue
        one, other = rank[a[offered]], rank[b[offered]]
        level = 0
        while level < len(sieve.levels) and sieve.levels[level] <= step:
            level += 1
        if (
            level < len(sieve.levels)
            and sieve.component[level, one] == sieve.component[level, other]
        ):
            continue
        edges[count] = packed(one, other, step)
        count += 1
    return count


def spanning_forest(n: int, edges: Ints) -> Ints:
    """The minimum spanning forest of packed, sorted edges; unique, since their order is.

    An edge may come several times.
    """
    kept = np.empty(min(len(edges), n), np.int64)
    return kept[: _kruskal(n, edges, kept)]


@compiled
def _kruskal(n: int, edges: Ints, kept: Ints) -> int:
    parent = np.arange(n).astype(np.uint32)
    count = 0
    for edge in edges:
        lo, hi = ends(edge)
        a, b = find(parent, lo), find(parent, hi)
        if a != b:
            parent[max(a, b)] = min(a, b)
            kept[count] = edge
            count += 1
    return count


def components(n: int, *edges: Ints) -> Ints32:
    """Find the connected components of ``n`` faces linked by packed edges.

    Returns:
        int32[n], numbered from 0 on in the order of their first faces.
    """
    return nested_components(n, [edges])[0]


def nested_components(n: int, portions: Sequence[Iterable[Ints]]) -> list[Ints32]:
    """`components` by the first portion of edges, by the first two, and so on."""
    parent = np.arange(n, dtype=np.uint32)
    result = []
    for edges in portions:
        for some in edges:
            _unite(parent, some)
        result.append(np.empty(n, np.int32))
        _number(parent, result[-1])
    return result


@compiled
def _unite(parent: Parents, edges: Ints) -> None:
    for edge in edges:
        lo, hi = ends(edge)
        a, b = find(parent, lo), find(parent, hi)
        # The lower number is the root, so that components can be numbered in one pass.
        parent[max(a, b)] = min(a, b)


@compiled
def _number(parent: Parents, label: Ints32) -> None:
    count = 0
    for face in range(len(parent)):
        # Lower numbers came first and point to their roots by now.
        root = parent[parent[face]]
        parent[face] = root
        if root == face:
            label[face] = count
            count += 1
        else:
            label[face] = label[root]


def renumbered(edges: Ints, number: Ints) -> Ints:
    """Give the faces of packed, sorted edges other numbers.

    Args:
        edges: packed, sorted.
        number: int64, the new number of each face, in the same order as before; -1 for faces that
            are gone, whose edges are dropped.
    """
    result = np.empty(len(edges), np.int64)
    return result[: _renumber(edges, number, result)]


@compiled
def _renumber(edges: Ints, number: Ints, result: Ints) -> int:
    count = 0
    for edge in edges:
        lo, hi = ends(edge)
        if number[lo] >= 0 and number[hi] >= 0:
            result[count] = packed(number[lo], number[hi], steps_of(edge))
            count += 1
    return count


def nearest_link(n: int, edges: Ints) -> Ints:
    """int64[n]: the similarity of each face's best edge in steps, 0 where it has none."""
    best = np.zeros(n, np.int64)
    _nearest_link(edges, best)
    return best


@compiled
def _nearest_link(edges: Ints, best: Ints) -> None:
    for edge in edges:
        lo, hi = ends(edge)
        best[lo] = max(best[lo], steps_of(edge))
        best[hi] = max(best[hi], steps_of(edge))
