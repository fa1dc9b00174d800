"""Exact cosine similarities of all pairs that matter, in blocks of bounded memory.

[Note: similarity steps] Similarities are quantised to steps of 1/4096. BLAS rounds the last bits of
a dot product differently for different block shapes, so a value within `DOUBT` of the border
between two steps is computed again in a fixed order of operations. The same pair therefore always
has the same step, whatever block it came in, and "a refresh equals a recompute" holds to the bit.
A step is forty times finer than the finest threshold that ever made a difference in quality.

No approximate index: exact dot products beat one at every size measured (faces are thousands of
tiny islands, the worst case for graph indexes), and only exact ones make the incremental forest
equal to the batch one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.compiled import compiled, compiled_unless
from facesorter.clustering.proposal import Floats, Hashes, Ints, Singles

STEPS = 4096
"""Steps in a cosine of 1."""

DOUBT = 4e-6
"""Cosine. Assumed bound on the error of a float32 dot product of unit vectors; measured errors at
512 dimensions stay below 5e-7."""

_ROWS = 1024
_COLUMNS = 4096
"""Block of the similarity matrix: 16 MB, about the last-level cache, and well under 0.1 s a call,
so that cancelling is quick."""

_PAIRS = 128
"""Products found together where nothing is compiled: half a megabyte at 512 dimensions."""

_SCAN = 64
"""Products tested together; nearly always none of them matters."""


def to_steps(cosine: float) -> int:
    """The lowest step that is at or above a cosine."""
    return int(np.ceil(round(cosine * STEPS, 6)))


def distance(steps: npt.ArrayLike) -> Floats:
    """Euclidean distance of unit vectors whose similarity is given in steps."""
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * np.asarray(steps, np.float64) / STEPS))


def digests(embeddings: Singles) -> Hashes:
    """uint64[n], a hash of each embedding's content."""
    bits = np.ascontiguousarray(embeddings, np.float32).view(np.uint32)
    odd = _odd_numbers(bits.shape[1])
    result = np.zeros(len(bits), np.uint64)
    for start in range(0, len(bits), _COLUMNS):
        block = bits[start : start + _COLUMNS]
        # Positive and negative zero are equal and must hash alike.
        block = np.where(block == np.uint32(0x80000000), np.uint32(0), block).astype(np.uint64)
        result[start : start + _COLUMNS] = (block * odd).sum(axis=1, dtype=np.uint64)
    return result


@cache
def _odd_numbers(count: int) -> Hashes:
    odd = np.random.default_rng(20240229).integers(0, 1 << 63, count, dtype=np.uint64)
    return odd | np.uint64(1)


def content_order(digest: Hashes, *tie_breakers: npt.NDArray[np.generic]) -> Ints:
    """Sort faces by content, so that their order does not depend on when they arrived.

    Args:
        digest: uint64[n], from `digests`.
        tie_breakers: arrays of length n that order faces with equal embeddings, first one first.

    Returns:
        int64[n], positions; the order is arbitrary but the same for any permutation of the rows.
    """
    order = np.argsort(digest)
    if (digest[order[1:]] == digest[order[:-1]]).any():
        order = np.lexsort((*reversed(tie_breakers), digest)).astype(np.int64)
    return order


def fixed_cosines(embeddings: Singles, a: Ints, b: Ints) -> Floats:
    """Compute the cosines of the pairs (a, b) in a fixed order of operations.

    Products of float32 are exact in float64; they are summed pairwise.
    """
    return fixed_products(embeddings, a, embeddings, b)


def fixed_products(one: Singles, a: Ints, other: Singles, b: Ints) -> Floats:
    """Compute dot products of rows ``a`` of one matrix and rows ``b`` of another, likewise."""
    result = np.empty(len(a), np.float64)
    _fixed_products(one, a, other, b, result)
    return result


def _array_product(x: Singles, y: Singles, folded: Floats) -> float:
    """`fixed_product` by array operations."""
    d, width = len(x), len(folded)
    np.multiply(x, y, out=folded[:d], dtype=np.float64)
    folded[d:] = 0.0
    while width > 1:
        width //= 2
        folded[:width] += folded[width : 2 * width]
    total: float = folded[0]
    return total


@compiled_unless(_array_product)
def fixed_product(x: Singles, y: Singles, folded: Floats) -> float:
    """The dot product of two rows, likewise; ``folded`` from `folding` is scratch space."""
    d, width = len(x), len(folded)
    for k in range(d):
        folded[k] = np.float64(x[k]) * np.float64(y[k])
    folded[d:] = 0.0
    while width > 1:
        width //= 2
        for k in range(width):
            folded[k] += folded[width + k]
    total: float = folded[0]
    return total


@compiled
def folding(dimension: int) -> Floats:
    """Scratch space for `fixed_product`: the next power of two."""
    width = 1
    while width < dimension:
        width *= 2
    return np.empty(width, np.float64)


def _array_products(one: Singles, a: Ints, other: Singles, b: Ints, result: Floats) -> None:
    """`_fixed_products` by array operations."""
    d = one.shape[1]
    folded = np.empty((min(len(a), _PAIRS), len(folding(d))))
    for start in range(0, len(a), _PAIRS):
        pairs = slice(start, start + _PAIRS)
        x, y = one[a[pairs]], other[b[pairs]]
        part = folded[: len(x)]
        np.multiply(x, y, out=part[:, :d], dtype=np.float64)
        part[:, d:] = 0.0
        while part.shape[1] > 1:
            half = part.shape[1] // 2
            part[:, :half] += part[:, half:]
            part = part[:, :half]
        result[pairs] = part[:, 0]


@compiled_unless(_array_products)
def _fixed_products(one: Singles, a: Ints, other: Singles, b: Ints, result: Floats) -> None:
    folded = folding(one.shape[1])
    for pair in range(len(a)):
        result[pair] = fixed_product(one[a[pair]], other[b[pair]], folded)


@dataclass(frozen=True)
class Vectors:
    """The embeddings of a library's faces, numbered in content order."""

    matrix: Singles
    """float32[slots, d], unit length."""
    order: Ints
    """int64[n], the slot of each face."""
    digest: Hashes
    """uint64[slots], from `digests`."""

    def __len__(self) -> int:
        return len(self.order)

    def take(self, faces: Ints) -> Singles:
        """float32[len(faces), d]."""
        return self.matrix[self.order[faces]]

    def cosines(self, a: Ints, b: Ints) -> Floats:
        """`fixed_cosines` of pairs of faces."""
        return fixed_cosines(self.matrix, self.order[a], self.order[b])

    def steps(self, face: int, others: Ints) -> Ints:
        """Similarities of one face to others, in steps; the same as in the graph."""
        cosines = self.cosines(np.full(len(others), face), others)
        return np.rint(cosines * STEPS).astype(np.int64)

    @cached_property
    def marks(self) -> Hashes:
        """uint64[n], the digests with their bits mixed: random numbers that depend on content."""
        mixed = self.digest[self.order]
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
        return mixed


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
        ``(lo, hi, steps)`` of int64, lo < hi. The arrays are overwritten by the next ones.
    """
    n = len(embeddings)
    for top in range(start, n, _ROWS):
        asked = np.arange(top, min(top + _ROWS, n))
        for hi, lo, steps in _blocks(embeddings, asked, int(asked[-1]) + 1, lowest, True, token):
            yield lo, hi, steps


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
        ``(face, other, steps)`` of int64; a pair of two of ``faces`` comes twice. The arrays are
        overwritten by the next ones.
    """
    for top in range(0, len(faces), _ROWS):
        asked = faces[top : top + _ROWS]
        yield from _blocks(embeddings, asked, len(embeddings), lowest, False, token)


def _blocks(
    embeddings: Singles,
    asked: Ints,
    end: int,
    lowest: int,
    earlier: bool,
    token: CancelToken | None,
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Pairs of some faces with those before ``end``, or with those before each of them."""
    rows = np.ascontiguousarray(embeddings[asked])
    columns = min(_COLUMNS, end)
    product = np.empty((len(rows), columns), np.float32)
    # np.empty is lazy: untouched pages are never allocated, and most blocks hold few pairs.
    found = np.empty((3, product.size), np.int64)
    for left in range(0, end, columns):
        if token is not None:
            token.check()
        right = min(left + columns, end)
        block = product.ravel()[: len(rows) * (right - left)].reshape(len(rows), -1)
        if len(rows) == 1:
            # On one thread: it is bound by memory, and BLAS would wait for threads that others keep
            # from running, up to five times as long on a busy computer.
            np.vecdot(embeddings[left:right], rows[0], out=block[0])
        else:
            np.matmul(rows, embeddings[left:right].T, out=block)
        count = _near(block, embeddings, asked, left, lowest, earlier, found)
        if count:
            yield found[0, :count], found[1, :count], found[2, :count]


@compiled
def _near(
    block: Singles,
    embeddings: Singles,
    asked: Ints,
    left: int,
    lowest: int,
    earlier: bool,
    found: Ints,
) -> int:
    """Write pairs at or above ``lowest`` into ``found``; return how many."""
    bar = np.float32((lowest - 0.5) / STEPS - DOUBT)
    folded = folding(embeddings.shape[1])
    count = 0
    for row in range(block.shape[0]):
        face = asked[row]
        line = block[row]
        for start in range(0, len(line), _SCAN):
            # A loop without branches, which the compiler turns into vector instructions.
            part = line[start : start + _SCAN]
            hits = 0
            for k in range(len(part)):
                hits += part[k] >= bar
            if hits == 0:
                continue
            for k in range(len(part)):
                other = left + start + k
                if part[k] < bar or other == face or (earlier and other > face):
                    continue
                scaled = np.float64(part[k]) * STEPS
                step = np.rint(scaled)
                # [Note: similarity steps]
                if abs(abs(scaled - step) - 0.5) < DOUBT * STEPS:
                    cosine = fixed_product(embeddings[face], embeddings[other], folded)
                    step = np.rint(cosine * STEPS)
                if step < lowest:
                    continue
                found[0, count] = face
                found[1, count] = other
                found[2, count] = min(step, STEPS)
                count += 1
    return count
