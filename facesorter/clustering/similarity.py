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
from facesorter.clustering.proposal import Ints, Singles

STEPS = 4096
"""Steps in a cosine of 1."""

DOUBT = 4e-6
"""Cosine. Largest error of a float32 dot product of unit vectors that is allowed for; measured
errors at 512 dimensions stay below 5e-7."""

_ROWS = 1024
_COLUMNS = 4096
"""Block of the similarity matrix: 16 MB, in the last-level cache or near it, and well under
0.1 s of one call."""

INDEX_BITS = 25
"""Faces per library that fit into packed edges: 33 million."""
INDEX_MASK = (1 << INDEX_BITS) - 1
STEP_BITS = 13


def to_steps(cosine: float) -> int:
    """The lowest step that is at or above a cosine."""
    return int(np.ceil(round(cosine * STEPS, 6)))


def distance(steps: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Euclidean distance of unit vectors whose similarity is given in steps."""
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * np.asarray(steps, np.float64) / STEPS))


def digests(embeddings: Singles) -> npt.NDArray[np.uint64]:
    """uint64[n], a number for each embedding that depends on its content alone."""
    bits = np.ascontiguousarray(embeddings, np.float32).view(np.uint32)
    odd = np.random.default_rng(20240229).integers(0, 1 << 63, bits.shape[1], dtype=np.uint64) | 1
    result = np.zeros(len(bits), np.uint64)
    for start in range(0, len(bits), _COLUMNS):
        block = bits[start : start + _COLUMNS]
        # Zeros of either sign are the same number and must get the same place.
        block = np.where(block == np.uint32(0x80000000), np.uint32(0), block).astype(np.uint64)
        result[start : start + _COLUMNS] = (block * odd).sum(axis=1, dtype=np.uint64)
    return result


def content_order(digest: npt.NDArray[np.uint64], *tie_breakers: npt.NDArray[np.generic]) -> Ints:
    """An order of the faces that depends on what they are and not on when they arrived.

    Args:
        digest: uint64[n], as `digests` gives them.
        tie_breakers: arrays of length n that order faces with equal embeddings, first one first.

    Returns:
        int64[n], positions; the order is arbitrary but the same for any permutation of the rows.
    """
    order = np.argsort(digest, kind="stable").astype(np.int64)
    ahead = digest[order[1:]] == digest[order[:-1]]
    if ahead.any():
        order = np.lexsort((*reversed(tie_breakers), digest)).astype(np.int64)
    return order


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


@dataclass(frozen=True)
class Vectors:
    """The embeddings of a library's faces, in content order, wherever their rows are."""

    matrix: Singles
    """float32[slots, d], unit length."""
    order: Ints
    """int64[n], the slot of each face."""
    digest: npt.NDArray[np.uint64]
    """uint64[slots], as `digests` gives them."""

    def __len__(self) -> int:
        return len(self.order)

    def take(self, faces: Ints) -> Singles:
        """float32[len(faces), d]."""
        return self.matrix[self.order[faces]]

    def cosines(self, a: Ints, b: Ints) -> npt.NDArray[np.float64]:
        """`fixed_cosines` of pairs of faces."""
        return fixed_cosines(self.matrix, self.order[a], self.order[b])


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


def pairs_of(
    embeddings: Singles, faces: Ints, lowest: int, *, token: CancelToken | None = None
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield every pair of some faces with any other at or above a similarity.

    Args:
        embeddings: float32[n, d], unit length.
        faces: positions of the faces asked about.
        lowest: least similarity, in steps.
        token: polled between blocks; raises `Cancelled`.

    Yields:
        ``(face, other, steps)`` of int64; a pair of two of ``faces`` comes twice.
    """
    bar = np.float32((lowest - 0.5) / STEPS - DOUBT)
    for top in range(0, len(faces), _ROWS):
        asked = faces[top : top + _ROWS]
        rows = embeddings[asked]
        for left in range(0, len(embeddings), _COLUMNS):
            if token is not None:
                token.check()
            block = rows @ embeddings[left : left + _COLUMNS].T
            flat = np.flatnonzero(block >= bar)
            row, column = np.divmod(flat, block.shape[1])
            face, other, cosines = asked[row], column + left, block.ravel()[flat]
            there = face != other
            face, other = face[there], other[there]
            steps = _round(embeddings, face, other, cosines[there])
            kept = steps >= lowest
            if kept.any():
                yield face[kept], other[kept], steps[kept]


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
    return ((STEPS - steps) << 2 * INDEX_BITS) | (lo << INDEX_BITS) | hi


def unpack(edges: Ints) -> tuple[Ints, Ints, Ints]:
    """The ``(lo, hi, steps)`` of packed edges."""
    return (
        (edges >> INDEX_BITS) & INDEX_MASK,
        edges & INDEX_MASK,
        STEPS - (edges >> 2 * INDEX_BITS),
    )


def merged(*edges: Ints) -> Ints:
    """Packed edges of several arrays, sorted, each once."""
    everything = np.sort(np.concatenate(edges))
    first = np.r_[True, everything[1:] != everything[:-1]][: len(everything)]
    once: Ints = everything[first]
    return once
