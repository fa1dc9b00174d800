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
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.compiled import compiled
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

_SCAN = 64
"""Products looked at together; nearly always none of them matters."""

Marks = npt.NDArray[np.uint64]

INDEX_BITS = 25
"""Faces per library that fit into packed edges: 33 million."""
INDEX_MASK = (1 << INDEX_BITS) - 1
PAIR_MASK = (1 << 2 * INDEX_BITS) - 1
"""The bits of a packed edge that say between which faces it is."""


def to_steps(cosine: float) -> int:
    """The lowest step that is at or above a cosine."""
    return int(np.ceil(round(cosine * STEPS, 6)))


def distance(steps: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Euclidean distance of unit vectors whose similarity is given in steps."""
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * np.asarray(steps, np.float64) / STEPS))


def digests(embeddings: Singles) -> npt.NDArray[np.uint64]:
    """uint64[n], a number for each embedding that depends on its content alone."""
    bits = np.ascontiguousarray(embeddings, np.float32).view(np.uint32)
    odd = _odd_numbers(bits.shape[1])
    result = np.zeros(len(bits), np.uint64)
    for start in range(0, len(bits), _COLUMNS):
        block = bits[start : start + _COLUMNS]
        # Zeros of either sign are the same number and must get the same place.
        block = np.where(block == np.uint32(0x80000000), np.uint32(0), block).astype(np.uint64)
        result[start : start + _COLUMNS] = (block * odd).sum(axis=1, dtype=np.uint64)
    return result


@cache
def _odd_numbers(count: int) -> npt.NDArray[np.uint64]:
    odd = np.random.default_rng(20240229).integers(0, 1 << 63, count, dtype=np.uint64)
    return odd | np.uint64(1)


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


def content_places(digest: Marks, order: Ints, new: Ints) -> tuple[Ints, bool]:
    """Where in an order of slots by digest others belong, and whether one of theirs is in it."""
    place = np.empty(len(new), np.int64)
    return place, _find_places(digest, order, new, place)


@compiled
def _find_places(digest: Marks, order: Ints, new: Ints, place: Ints) -> bool:
    """Write where in an order some slots belong; whether a digest is there already."""
    found = False
    for at in range(len(new)):
        low, high = 0, len(order)
        while low < high:
            middle = (low + high) // 2
            if digest[order[middle]] < digest[new[at]]:
                low = middle + 1
            else:
                high = middle
        place[at] = low
        found |= low < len(order) and digest[order[low]] == digest[new[at]]
    return found


def fixed_cosines(embeddings: Singles, a: Ints, b: Ints) -> npt.NDArray[np.float64]:
    """Cosines of the pairs (a, b), in an order of operations that nothing can change.

    Products of float32 are exact in float64; the sum folds halves onto each other.
    """
    return fixed_products(embeddings, a, embeddings, b)


def fixed_products(one: Singles, a: Ints, other: Singles, b: Ints) -> npt.NDArray[np.float64]:
    """Scalar products of rows ``a`` of one matrix and rows ``b`` of another, likewise."""
    result = np.empty(len(a), np.float64)
    _fixed_products(one, a, other, b, result)
    return result


@compiled
def _fixed_product(x: Singles, y: Singles, folded: npt.NDArray[np.float64]) -> float:
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
def _fixed_products(
    one: Singles, a: Ints, other: Singles, b: Ints, result: npt.NDArray[np.float64]
) -> None:
    width = 1
    while width < one.shape[1]:
        width *= 2
    folded = np.empty(width, np.float64)
    for pair in range(len(a)):
        result[pair] = _fixed_product(one[a[pair]], other[b[pair]], folded)


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

    def steps(self, face: int, others: Ints) -> Ints:
        """Similarities of one face to others, in steps, as in the graph."""
        cosines = self.cosines(np.full(len(others), face), others)
        return np.rint(cosines * STEPS).astype(np.int64)

    def keys(self, label: Ints, mask: Marks) -> tuple[Marks, Ints]:
        """Tell who is in each of some groups.

        Args:
            label: int64[n], group of each face, -1 for none.
            mask: uint64[groups]; faces whose mark has one of these bits do not count.

        Returns:
            uint64[groups], a number that is another one when others count; int64[groups], how many
            do.
        """
        key, count = np.zeros(len(mask) + 1, np.uint64), np.zeros(len(mask) + 1, np.int64)
        # The last one is for those in no group.
        _add_marks(self.marks, label, np.append(mask, np.uint64(0)), key, count)
        return key[:-1], count[:-1]

    @cached_property
    def marks(self) -> Marks:
        """uint64[n], the digests mixed: the sums of two pairs differ whatever their digests are."""
        mixed = self.digest[self.order]
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
        return mixed


@compiled
def _add_marks(marks: Marks, label: Ints, mask: Marks, key: Marks, count: Ints) -> None:
    for face in range(len(label)):
        at = label[face]
        counts = marks[face] & mask[at] == 0
        key[at] += marks[face] if counts else np.uint64(0)
        count[at] += counts


class Memo:
    """Numbers found out before, by keys that say all they depend on."""

    def __init__(self) -> None:
        self._keys = np.zeros(0, np.uint64)
        self._values = np.zeros(0, np.float64)

    def get(self, keys: Marks) -> npt.NDArray[np.float64]:
        """float64[len(keys)], NaN where unknown."""
        result = np.full(len(keys), np.nan)
        if len(self._keys):
            place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            known = self._keys[place] == keys
            result[known] = self._values[place[known]]
        return result

    def put(self, keys: Marks, values: npt.NDArray[np.float64]) -> None:
        """Remember these and forget all others."""
        order = np.argsort(keys)
        self._keys, self._values = keys[order], values[order]


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
        ``(lo, hi, steps)`` of int64, lo < hi. The arrays are good until the next ones come.
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
        good until the next ones come.
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
    # Memory that nothing is written to costs nothing: most blocks hold few pairs.
    found = np.empty((3, product.size), np.int64)
    for left in range(0, end, columns):
        if token is not None:
            token.check()
        right = min(left + columns, end)
        block = product.ravel()[: len(rows) * (right - left)].reshape(len(rows), -1)
        if len(rows) == 1:
            np.dot(embeddings[left:right], rows[0], out=block[0])
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
    """Write pairs at or above ``lowest`` into ``found``; returns how many."""
    bar = np.float32((lowest - 0.5) / STEPS - DOUBT)
    width = 1
    while width < embeddings.shape[1]:
        width *= 2
    folded = np.empty(width, np.float64)
    count = 0
    for row in range(block.shape[0]):
        face = asked[row]
        line = block[row]
        for start in range(0, len(line), _SCAN):
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
                if abs(abs(scaled - step) - 0.5) < DOUBT * STEPS:
                    cosine = _fixed_product(embeddings[face], embeddings[other], folded)
                    step = np.rint(cosine * STEPS)
                if step < lowest:
                    continue
                found[0, count] = face
                found[1, count] = other
                found[2, count] = min(step, STEPS)
                count += 1
    return count


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


def inserted(edges: Ints, more: Ints) -> Ints:
    """Packed, sorted edges with some more among them, sorted, each once."""
    if 8 * len(more) > len(edges):
        return merged(edges, more)
    more = np.sort(more)
    place = np.searchsorted(edges, more)
    new = np.r_[True, more[1:] != more[:-1]][: len(more)]
    if len(edges):
        new &= edges[np.minimum(place, len(edges) - 1)] != more
    return np.insert(edges, place[new], more[new])
