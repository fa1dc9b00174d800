"""Which persons or groups might be the same: asked, never done silently."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.constraints import Constraints
from facesorter.clustering.forest import Graph
from facesorter.clustering.proposal import NOBODY, Ints, Question, Singles, Thresholds
from facesorter.clustering.similarity import Vectors, to_steps, unpack

BELOW_FLOOR = 0.15
"""Cosine below the floor down to which the mean similarity of two groups is worth a question."""

MOST = 2_000
"""Questions in a proposal. Nobody answers that many, but those about people who were set aside
are told from them, and must not be crowded out."""


class Means:
    """Mean embeddings of groups, kept for groups that stay as they are."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Singles] = {}

    def of(self, vectors: Vectors, group: Ints, wanted: Ints) -> Singles:
        """float32[len(wanted), d], the means of some groups; ``group`` is of each face."""
        order = np.argsort(group, kind="stable")
        start = np.searchsorted(group[order], wanted)
        end = np.searchsorted(group[order], wanted + 1)
        # Who is in a group is told by the sum of the digests: 64 bits, and the number of faces.
        total = np.r_[np.zeros(1, np.uint64), np.cumsum(vectors.digest[vectors.order[order]])]
        keys = zip((total[end] - total[start]).tolist(), (end - start).tolist(), strict=True)
        used: dict[tuple[int, int], Singles] = {}
        found = np.empty((len(wanted), vectors.matrix.shape[1]), np.float32)
        for row, key in enumerate(keys):
            mean = self._known.get(key)
            if mean is None:
                mean = vectors.take(order[start[row] : end[row]]).mean(axis=0)
            found[row] = used[key] = mean
        self._known = used
        return found


def ask(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    person: Ints,
    found: Thresholds,
    means: Means,
) -> tuple[Question, ...]:
    """Find pairs of groups that may be one person, likeliest first.

    Only pairs with at least one pair of near neighbours between them are looked at. Pairs whose
    faces share photos, or of which one was rejected from the other, are not asked.
    """
    numbers, group = np.unique(person, return_inverse=True)
    lo, hi, _ = unpack(graph.links(to_steps(found.ceiling), group))
    a, b = np.minimum(group[lo], group[hi]), np.maximum(group[lo], group[hi])
    known = (person[lo] != NOBODY) & (person[hi] != NOBODY)
    pairs = np.unique(a[known] * len(numbers) + b[known])
    a, b = np.divmod(pairs, len(numbers))
    if not len(pairs):
        return ()
    # The mean over all pairs of faces is the product of the two means.
    wanted, place = np.unique(np.stack([a, b]), return_inverse=True)
    mean = means.of(vectors, group, wanted)
    similarity = np.einsum("ij,ij->i", mean[place[0]], mean[place[1]])
    likely = np.flatnonzero(similarity >= found.floor - BELOW_FLOOR)
    likely = likely[np.argsort(-similarity[likely], kind="stable")]

    photos: dict[int, set[int]] = {}
    refused: dict[int, set[int]] = {}
    shared = np.flatnonzero(constraints.photo >= 0)
    near = np.zeros(len(numbers), bool)
    near[a[likely]] = near[b[likely]] = True
    shared = shared[near[group[shared]]]
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
