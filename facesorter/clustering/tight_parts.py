"""Divide groups made of tight parts that are far less alike than each is in itself.

Of the few photos of a brother one or another may reach one of hundreds of faces, and single linkage
joins them. The parts linked at the floor still tell the two apart. So do the years of a life, but
each of those is like the next: parts that are alike stay together, and those alike to the same one.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.centroids import Centroids, lengths
from facesorter.clustering.forest import components
from facesorter.clustering.kernels import pack, sizes, unpack
from facesorter.clustering.proposal import Bools, Ints, Singles
from facesorter.clustering.similarity import Vectors, fixed_products

SECOND = 5
"""Faces from which a part of a group says something about itself."""

GAP = 0.18
"""Cosine by which the mean similarity between two parts of a group must be below that within either
for them to look like two people. Of 34 people with 8 photos or more, cut where they are least
alike, the largest gap is .14; two brothers in one group (.71 and .69 within, .45 between) had
.24."""

BETWEEN = 0.50
"""Cosine below which the mean similarity between the two must be. Photos of one hour resemble each
other so much that a person's other photos seem far away: at .6, usually."""


def divide(vectors: Vectors, label: Ints, edges: Ints, floor: int) -> tuple[Ints, Ints]:
    """Divide groups whose tight parts look like several people.

    Of eleven synthetic libraries of 10,000 faces, in which one person in seven grows up, it divided
    five groups, all of two people; of the labelled photos none.

    Args:
        vectors: the embeddings.
        label: int64[n], group of each face from 0 on, -1 for none.
        edges: the forest that the groups were chosen from, packed.
        floor: faces linked at or above it are one part, in steps.

    Returns:
        int64[n], the new labels, and int64[p, 2], a face of each of two parts that were divided.
    """
    atom = components(len(label), edges[unpack(edges)[2] >= floor]).astype(np.int64)
    tight = (label >= 0) & (sizes(atom)[atom] >= SECOND)
    _, first, place = np.unique(atom[tight], return_index=True, return_inverse=True)
    group = label[tight][first]
    several = np.bincount(group, minlength=1)[group] > 1
    if not several.any():
        return label, np.zeros((0, 2), np.int64)
    part = np.full(len(label), -1)
    part[tight] = np.where(several, np.cumsum(several) - 1, -1)[place]
    first, group = np.flatnonzero(tight)[first[several]], group[several]
    centroids = Centroids(vectors, part, len(group))
    mean, number = centroids.of(np.arange(len(group))), centroids.sampled(part)
    a, b = np.nonzero(np.triu(group[:, None] == group, 1))
    alike = ~_are_two(mean, number, a, b)
    piece = components(len(group), pack(a[alike], b[alike], np.zeros(int(alike.sum()), np.int64)))
    apart = piece[a] != piece[b]
    result, base = label.copy(), int(label.max()) + 1
    for divided in np.unique(group[a[apart]]).tolist():
        parts = np.flatnonzero(group == divided)
        members = np.flatnonzero(label == divided)
        loose = members[part[members] < 0]
        inside = members[part[members] >= 0]
        result[inside] = base + piece[part[inside]]
        result[loose] = base + piece[_nearest(vectors, loose, mean, parts)]
    return result, np.column_stack([first[a[apart]], first[b[apart]]])


def _are_two(mean: Singles, number: Ints, a: Ints, b: Ints) -> Bools:
    """bool[len(a)]: whether two parts look like two people, by centroids and numbers of faces."""
    between, rows = fixed_products(mean, a, mean, b), np.arange(len(mean))
    # The square of a centroid is the mean over all pairs, each face with itself included.
    within = (number * fixed_products(mean, rows, mean, rows) - 1) / (number - 1)
    two: Bools = (between < BETWEEN) & (np.minimum(within[a], within[b]) - between >= GAP)
    return two


def _nearest(vectors: Vectors, faces: Ints, mean: Singles, parts: Ints) -> Ints:
    """int64[len(faces)], the one of some parts whose centroid each face is nearest to."""
    row, column = np.indices((len(faces), len(parts))).reshape(2, -1)
    products = fixed_products(vectors.matrix, vectors.order[faces][row], mean, parts[column])
    cosine = products.reshape(len(faces), len(parts)) / lengths(mean)[parts]
    nearest: Ints = parts[cosine.argmax(axis=1)]
    return nearest
