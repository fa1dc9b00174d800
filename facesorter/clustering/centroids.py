"""Centroids of groups: the mean embedding of a sample that depends on content alone.

What a single photo adds to a face, light, pose and expression, is noise between any two photos and
cancels out in the mean of several hundred faces as well as in that of thousands. Which faces of a
large group are in the sample follows from their content, each by itself.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.kernels import members_of, sizes
from facesorter.clustering.proposal import Floats, Hashes, Ints, Singles
from facesorter.clustering.similarity import Vectors

MOST_SAMPLED = 500
"""Most faces in the sample of a group, half of that to all of it on average; the mean of more stays
the same."""

_FEW = 500
"""Groups whose centroids are found in about 1 ms."""


class Centroids:
    """Means of groups, computed when asked for."""

    def __init__(self, vectors: Vectors, label: Ints, groups: int) -> None:
        """Choose the samples.

        Args:
            vectors: the embeddings.
            label: int64[n], group of each face, -1 for none.
            groups: how many groups there are.
        """
        self._vectors, self._members = vectors, members_of(label, groups)
        size = sizes(label, groups)
        # A face of a large group is in its sample if these bits of its mark are zero.
        self._mask = np.zeros(groups, np.uint64)
        many = size > MOST_SAMPLED
        bits = np.ceil(np.log2(size[many] / MOST_SAMPLED)).astype(np.uint64)
        self._mask[many] = (np.uint64(1) << bits) - np.uint64(1)
        # Chance samples faces that differ; but copies of one picture are all in or all out.
        self._mask[many & (4 * self.sampled(label) < MOST_SAMPLED)] = 0

    def sampled(self, label: Ints) -> Ints:
        """int64[groups], the number of faces in each sample."""
        inside = np.flatnonzero(label >= 0)
        group = label[inside]
        chosen = (self._vectors.marks[inside] & self._mask[group]) == 0
        return np.bincount(group[chosen], minlength=len(self._mask))

    def of(self, groups: Ints) -> Singles:
        """float32[len(groups), d], the centroids of some groups; not of unit length."""
        vectors, (start, members) = self._vectors, self._members
        result = np.empty((len(groups), vectors.matrix.shape[1]), np.float32)
        listed = vectors.order[members], vectors.marks[members]

        def loop(first: int, end: int) -> None:
            part = slice(first, end)
            _average(vectors.matrix, *listed, self._mask, start, groups[part], result[part])

        in_parts(loop, len(groups), _FEW)
        return result


def lengths(means: Singles) -> Floats:
    """float64[groups], the lengths of centroids, not quite 0."""
    square: Floats = np.square(means, dtype=np.float64).sum(axis=1)
    return np.maximum(np.sqrt(square), 1e-12)


@compiled
def _average(
    matrix: Singles,
    slots: Ints,
    marks: Hashes,
    mask: Hashes,
    start: Ints,
    groups: Ints,
    result: Singles,
) -> None:
    total = np.empty(matrix.shape[1], np.float64)
    for row in range(len(groups)):
        group = groups[row]
        total[:] = 0
        count = 0
        for at in range(start[group], start[group + 1]):
            if marks[at] & mask[group] != 0:
                continue
            count += 1
            # Looked up once, or the compiler would make no vector instructions of the loop.
            vector = matrix[slots[at]]
            for k in range(len(total)):
                total[k] += vector[k]
        for k in range(len(total)):
            result[row, k] = total[k] / count
