"""Two look-alikes stay two: a small tight group that lies well away from a large one.

A brother's few photos reach one or another of hundreds of somebody's faces at the floor, where
nothing is split any more. But his photos resemble each other far more than they resemble the rest:
the mean similarity between the two lies well below that within either. One person's photos of
different years don't, because years run into each other. So such a link is passed over, both stay,
and "the same person?" is asked (`candidates`).
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.kernels import Parents, ends, find, steps_of
from facesorter.clustering.proposal import Bools, Ints, Ints32, Singles
from facesorter.clustering.similarity import STEPS, Vectors

SMALL = 5
LARGE = 20
"""Faces in the smaller and the larger of two look-alikes: fewer say little about themselves, and a
wrong join of two small groups is soon seen."""

GAP = 0.18
"""Cosine by which the mean similarity between two groups must be below that within either. Of 34
people with 8 photos or more, cut where they are least alike, the largest gap is .14; brothers (.71
and .69 within, .45 between) have .24 (`tests/benchmarks/look_alikes.py`)."""

BETWEEN = 0.50
"""Cosine below which the mean similarity between two groups must be. Photos of one hour resemble
each other so much that a person's other photos seem far away: at .6, usually."""

UNIT = 4096
"""Steps of a coordinate in sums of embeddings: integers, whose sum no order can change."""


def keep_apart(vectors: Vectors, edges: Ints) -> Ints:
    """Drop the edges of a forest that join look-alikes.

    Args:
        vectors: the embeddings.
        edges: the constrained forest's edges, packed, in any order.

    Returns:
        The edges that stay, packed and sorted. Those of confirmed faces (cosine 1) all do.
    """
    edges = np.sort(edges)
    n, dimension = len(vectors), vectors.matrix.shape[1]
    sums = np.zeros((n // SMALL + 1, dimension), np.int32)
    keeps = np.ones(len(edges), bool)
    if n >= SMALL + LARGE:
        _walk(edges, vectors.matrix, vectors.order, np.arange(n, dtype=np.uint32), sums, keeps)
    result: Ints = edges[keeps]
    return result


@compiled
def is_apart(between: float, within: float) -> bool:
    """Whether two groups look like two people, by mean cosines between and within them.

    Args:
        between: of all pairs between the two.
        within: of all pairs within the group whose faces are less alike.
    """
    return bool(between < BETWEEN and within - between >= GAP)


@compiled
def _walk(
    edges: Ints, matrix: Singles, order: Ints, root: Parents, sums: Ints32, keeps: Bools
) -> None:
    """Unite faces, most similar first, and write which edges don't join look-alikes."""
    n = len(order)
    size, beside, row = np.ones(n, np.int64), np.arange(n), np.full(n, -1)
    rows = 0
    # What lay apart while it grew need not when it is complete, so a second round asks again.
    for visit in range(2 * len(edges)):
        place = visit % len(edges)
        if keeps[place] != (visit < len(edges)):
            continue
        lo, hi = ends(edges[place])
        a, b = find(root, lo), find(root, hi)
        if a == b:
            continue
        if size[a] < size[b]:
            a, b = b, a
        many = size[b] >= SMALL and size[a] >= LARGE
        if many and steps_of(edges[place]) < STEPS and _far(sums, row[a], row[b], size[a], size[b]):
            keeps[place] = False
            continue
        keeps[place] = True
        if row[a] >= 0 and row[b] >= 0:
            sums[row[a]] += sums[row[b]]
        elif row[a] >= 0:
            _add(matrix, order, beside, b, sums[row[a]])
        elif size[a] + size[b] >= SMALL:
            row[a] = rows
            rows += 1
            _add(matrix, order, beside, a, sums[row[a]])
            _add(matrix, order, beside, b, sums[row[a]])
        root[b] = a
        size[a] += size[b]
        beside[a], beside[b] = beside[b], beside[a]


@compiled
def _add(matrix: Singles, order: Ints, beside: Ints, first: int, total: Ints32) -> None:
    """Add the embeddings of a component, a ring of faces."""
    face = first
    while True:
        total += np.rint(matrix[order[face]] * np.float32(UNIT)).astype(np.int32)
        face = beside[face]
        if face == first:
            break


@compiled
def _far(sums: Ints32, a: int, b: int, size_a: int, size_b: int) -> bool:
    """Whether two components look like two people; see `is_apart`."""
    one, other = sums[a].astype(np.int64), sums[b].astype(np.int64)
    unit = float(UNIT * UNIT)
    between = (one * other).sum() / unit / (size_a * size_b)
    within_a = ((one * one).sum() / unit - size_a) / (size_a * (size_a - 1))
    within_b = ((other * other).sum() / unit - size_b) / (size_b * (size_b - 1))
    return is_apart(between, min(within_a, within_b))
