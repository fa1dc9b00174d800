"""Exact cosine similarities of all pairs that matter, in blocks of bounded memory.

[Note: similarity steps] Similarities are whole steps of 1/4096. BLAS may round the last bits of a
dot product differently for another block shape, so a value that lies within `DOUBT` of the border
between two steps is computed again in an order fixed by us. Hence the same pair always has the
same step, whatever block it came in, and "equal to a recompute" can be meant bit by bit. A step is
forty times finer than the finest threshold that was ever told apart by quality.

No index: exact dot products beat approximate ones at every size measured (clustering is thousands
of tiny islands, the worst case of graph indexes), and only exact ones make the incremental forest
equal to the batch one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.proposal import Bools, Ints, Singles

STEPS = 4096
"""Steps in a cosine of 1."""

DOUBT = 4e-6
"""Cosine. Largest error of a float32 dot product of unit vectors that is allowed for; measured
errors at 512 dimensions stay below 5e-7."""

_ROWS = 1024
_COLUMNS = 4096
"""Block of the similarity matrix: 16 MB, in the last-level cache or near it, and well under
0.1 s of one call."""

_INDEX_BITS = 25
"""Faces per library that fit into packed edges: 33 million."""
_INDEX_MASK = (1 << _INDEX_BITS) - 1
_STEP_BITS = 13

_PENDING = 2_000_000
"""Candidates gathered before they are boiled down: 16 MB, sorted in under 0.1 s."""


def to_steps(cosine: float) -> int:
    """The lowest step that is at or above a cosine."""
    return int(np.ceil(round(cosine * STEPS, 6)))


def distance(steps: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Euclidean distance of unit vectors whose similarity is given in steps."""
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * np.asarray(steps, np.float64) / STEPS))


def content_order(embeddings: Singles, *tie_breakers: npt.NDArray[np.generic]) -> Ints:
    """An order of the faces that depends on what they are and not on when they arrived.

    Args:
        embeddings: float32[n, d].
        tie_breakers: arrays of length n that order faces with equal embeddings, first one first.

    Returns:
        int64[n], positions; the order is arbitrary but the same for any permutation of the rows.
    """
    bits = np.ascontiguousarray(embeddings, np.float32).view(np.uint32)
    # Zeros of either sign are the same number and must get the same place.
    bits = np.where(bits == np.uint32(0x80000000), np.uint32(0), bits)
    odd = np.random.default_rng(20240229).integers(0, 1 << 63, bits.shape[1], dtype=np.uint64) | 1
    digest = np.zeros(len(bits), np.uint64)
    for start in range(0, len(bits), _COLUMNS):
        block = bits[start : start + _COLUMNS].astype(np.uint64)
        digest[start : start + _COLUMNS] = (block * odd).sum(axis=1, dtype=np.uint64)
    return np.lexsort((*reversed(tie_breakers), digest)).astype(np.int64)


def fixed_cosines(embeddings: Singles, a: Ints, b: Ints) -> npt.NDArray[np.float64]:
    """Cosines of the pairs (a, b), in an order of operations that nothing can change.

    Products of float32 are exact in float64; the sum folds halves onto each other, elementwise.
    """
    d = embeddings.shape[1]
    width = 1 << max(0, d - 1).bit_length()
    result = np.empty(len(a), np.float64)
    for start in range(0, len(a), _COLUMNS):
        part = slice(start, start + _COLUMNS)
        folded = np.zeros((len(a[part]), width), np.float64)
        np.multiply(embeddings[a[part]], embeddings[b[part]], out=folded[:, :d], dtype=np.float64)
        while folded.shape[1] > 1:
            half = folded.shape[1] // 2
            folded = folded[:, :half] + folded[:, half:]
        result[part] = folded[:, 0]
    return result


def pairs_above(
    embeddings: Singles, lowest: int, *, start: int = 0, token: CancelToken | None = None
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield every pair of faces at or above a similarity, each exactly once.

    Args:
        embeddings: float32[n, d], unit length.
        lowest: least similarity, in steps.
        start: only pairs whose later face is at this position or after: the new ones.
        token: polled between blocks; raises `Cancelled`.

    Yields:
        ``(lo, hi, steps)`` of int64, lo < hi.
    """
    n = len(embeddings)
    bar = np.float32((lowest - 0.5) / STEPS - DOUBT)
    for top in range(start, n, _ROWS):
        rows = embeddings[top : min(top + _ROWS, n)]
        for left in range(0, top + len(rows), _COLUMNS):
            if token is not None:
                token.check()
            right = min(left + _COLUMNS, top + len(rows))
            block = rows @ embeddings[left:right].T
            flat = np.flatnonzero(block >= bar)
            row, column = np.divmod(flat, right - left)
            hi, lo = row + top, column + left
            cosines = block.ravel()[flat]
            if right > top:
                below = lo < hi
                lo, hi, cosines = lo[below], hi[below], cosines[below]
            steps = _round(embeddings, lo, hi, cosines)
            kept = steps >= lowest
            if kept.any():
                yield lo[kept], hi[kept], steps[kept]


def _round(embeddings: Singles, lo: Ints, hi: Ints, cosines: Singles) -> Ints:
    scaled = cosines.astype(np.float64) * STEPS
    steps = np.rint(scaled)
    doubtful = np.flatnonzero(np.abs(np.abs(scaled - steps) - 0.5) < DOUBT * STEPS)
    if len(doubtful):
        again = fixed_cosines(embeddings, lo[doubtful], hi[doubtful])
        steps[doubtful] = np.rint(again * STEPS)
    return np.minimum(steps, STEPS).astype(np.int64)


def pack(lo: Ints, hi: Ints, steps: Ints) -> Ints:
    """Edges as one int64 each, whose order is: most similar first, then by the two faces."""
    return ((STEPS - steps) << 2 * _INDEX_BITS) | (lo << _INDEX_BITS) | hi


def unpack(edges: Ints) -> tuple[Ints, Ints, Ints]:
    """The ``(lo, hi, steps)`` of packed edges."""
    return (
        (edges >> _INDEX_BITS) & _INDEX_MASK,
        edges & _INDEX_MASK,
        STEPS - (edges >> 2 * _INDEX_BITS),
    )


@dataclass(frozen=True)
class Neighbours:
    """The nearest faces of each face, nearest first, as a compressed sparse table.

    ``column[start[i]:start[i + 1]]`` are the neighbours of face i and ``steps`` how similar.
    """

    start: Ints
    column: Ints
    steps: Ints

    def rows(self) -> Ints:
        """The face that each entry belongs to."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int64), np.diff(self.start))

    def edges(self, lowest: int, allowed: Bools) -> Ints:
        """Packed, sorted, unique edges at or above ``lowest`` steps between allowed faces."""
        rows = self.rows()
        kept = (self.steps >= lowest) & allowed[rows] & allowed[self.column]
        rows, column, steps = rows[kept], self.column[kept], self.steps[kept]
        edges = np.sort(pack(np.minimum(rows, column), np.maximum(rows, column), steps))
        return edges[np.r_[True, edges[1:] != edges[:-1]]] if len(edges) else edges


class NeighbourLists:
    """Gathers pairs and keeps the ``k`` nearest of every face. Thread: the one that made it."""

    def __init__(self, n: int, k: int, listed: Bools) -> None:
        """Start with no neighbours.

        Args:
            n: number of faces.
            k: neighbours kept for each.
            listed: bool[n], which faces may be somebody's neighbour.
        """
        self._n, self._k, self._listed = n, k, listed
        self._kept = np.zeros(0, np.int64)
        self._worst = np.zeros(n, np.int64)
        self._pending: list[Ints] = []
        self._waiting = 0

    def add(self, lo: Ints, hi: Ints, steps: Ints) -> None:
        """Offer pairs to the lists of both faces."""
        for row, column in ((lo, hi), (hi, lo)):
            useful = self._listed[column] & (steps >= self._worst[row])
            row, column, how = row[useful], column[useful], steps[useful]
            self._pending.append(
                (row << (_INDEX_BITS + _STEP_BITS)) | ((STEPS - how) << _INDEX_BITS) | column
            )
            self._waiting += len(row)
        if self._waiting > _PENDING:
            self._boil_down()

    def finish(self) -> Neighbours:
        """The lists so far."""
        self._boil_down()
        rows = self._kept >> (_INDEX_BITS + _STEP_BITS)
        start = np.zeros(self._n + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=self._n), out=start[1:])
        steps = STEPS - ((self._kept >> _INDEX_BITS) & ((1 << _STEP_BITS) - 1))
        return Neighbours(start, self._kept & _INDEX_MASK, steps)

    def _boil_down(self) -> None:
        everything = np.sort(np.concatenate([self._kept, *self._pending]))
        self._pending, self._waiting = [], 0
        rows = everything >> (_INDEX_BITS + _STEP_BITS)
        first = np.searchsorted(rows, np.arange(self._n))
        place = np.arange(len(rows)) - first[rows]
        self._kept = everything[place < self._k]
        last = everything[place == self._k - 1]
        full = last >> (_INDEX_BITS + _STEP_BITS)
        self._worst[full] = STEPS - ((last >> _INDEX_BITS) & ((1 << _STEP_BITS) - 1))
