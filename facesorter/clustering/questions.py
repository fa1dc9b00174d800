"""Which persons or groups might be the same: asked, never done silently."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.constraints import Constraints
from facesorter.clustering.forest import Graph
from facesorter.clustering.proposal import NOBODY, Ints, Question, Thresholds
from facesorter.clustering.similarity import Vectors, to_steps, unpack

BELOW_FLOOR = 0.15
"""Cosine below the floor down to which the mean similarity of two groups is worth a question."""

MOST = 200
"""Questions in a proposal; nobody answers more in one sitting."""


def ask(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    person: Ints,
    found: Thresholds,
) -> tuple[Question, ...]:
    """Find pairs of groups that may be one person, likeliest first.

    Only pairs with at least one pair of near neighbours between them are looked at. Pairs whose
    faces share photos, or of which one was rejected from the other, are not asked.
    """
    numbers, group, size = np.unique(person, return_inverse=True, return_counts=True)
    lo, hi, _ = unpack(graph.links(to_steps(found.ceiling), group))
    a, b = np.minimum(group[lo], group[hi]), np.maximum(group[lo], group[hi])
    known = (person[lo] != NOBODY) & (person[hi] != NOBODY)
    pairs = np.unique(a[known] * len(numbers) + b[known])
    a, b = np.divmod(pairs, len(numbers))
    if not len(pairs):
        return ()
    # The mean over all pairs of faces is the product of the two sums over the two sizes.
    order = np.argsort(group, kind="stable")
    sums = np.add.reduceat(vectors.take(order), np.r_[0, np.cumsum(size)[:-1]], axis=0)
    means = sums / size[:, None]
    similarity = np.einsum("ij,ij->i", means[a], means[b])
    likely = np.flatnonzero(similarity >= found.floor - BELOW_FLOOR)
    likely = likely[np.argsort(-similarity[likely], kind="stable")]

    photos: dict[int, set[int]] = {}
    refused: dict[int, set[int]] = {}
    shared = np.flatnonzero(constraints.photo >= 0)
    for number, photo in zip(
        group[shared].tolist(), constraints.photo[shared].tolist(), strict=True
    ):
        photos.setdefault(number, set()).add(photo)
    for face, persons in constraints.rejected.items():
        refused.setdefault(int(group[face]), set()).update(persons)
    questions: list[Question] = []
    for pair in likely.tolist():
        first, second = int(a[pair]), int(b[pair])
        ids = int(numbers[first]), int(numbers[second])
        if photos.get(first, set()) & photos.get(second, set()):
            continue
        if ids[1] in refused.get(first, ()) or ids[0] in refused.get(second, ()):
            continue
        questions.append(Question("same_person", ids[0], ids[1], float(similarity[pair])))
        if len(questions) == MOST:
            break
    return tuple(questions)
