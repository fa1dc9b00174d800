"""Merge candidates: persons or groups that might be the same. Asked, never done silently."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.centroids import Centroids
from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import Constraints, Photos
from facesorter.clustering.graph import Graph
from facesorter.clustering.kernels import members_of, unpack
from facesorter.clustering.proposal import Bools, Floats, Ints, Question, Thresholds
from facesorter.clustering.similarity import Vectors, fixed_products, to_steps

BELOW_FLOOR = 0.15
"""Cosine below the floor down to which the mean similarity of two groups is worth a question."""

MOST_QUESTIONS = 2_000
"""Questions in a proposal. Nobody answers that many, but questions about hidden people are filtered
out later and must not crowd out the others."""


def ask(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    group: Ints,
    person: Ints,
    found: Thresholds,
    divided: Ints,
) -> tuple[Question, ...]:
    """Find pairs of groups that may be one person, likeliest first.

    Only groups with near neighbours in each other are compared. Pairs that share a photo, or of
    which one was rejected from the other, are not asked about.

    Args:
        vectors: the embeddings.
        graph: normalised similarities.
        constraints: what may not be broken.
        group: int64[n], the group of each face from 0 on, -1 for none.
        person: int64[groups], who each group is.
        found: thresholds.
        divided: int64[p, 2], pairs of faces whose groups are asked about however unlike they are.
    """
    lo, hi, _ = unpack(graph.links(to_steps(found.ceiling), group))
    lo, hi = group[lo], group[hi]
    pairs = np.unique(np.minimum(lo, hi) * len(person) + np.maximum(lo, hi))
    one, other = np.sort(group[divided], axis=1).T
    kept = (one * len(person) + other)[(one >= 0) & (one != other)]
    pairs = np.union1d(pairs, kept)
    a, b = np.divmod(pairs, max(len(person), 1))
    similarity = likeness(vectors, group, len(person), a, b)
    likely = np.flatnonzero((similarity >= found.floor - BELOW_FLOOR) | np.isin(pairs, kept))
    likely = likely[np.lexsort((pairs[likely], -similarity[likely]))]
    members = members_of(group, len(person))
    asked = likely[~_share_photo(a[likely], b[likely], group, members, constraints.photos)]
    refused: dict[int, set[int]] = {}
    for face, persons in constraints.rejected.items():
        if group[face] >= 0:
            refused.setdefault(int(person[group[face]]), set()).update(persons)
    questions: list[Question] = []
    first, second = person[a[asked]].tolist(), person[b[asked]].tolist()
    for one, other, alike in zip(first, second, similarity[asked].tolist(), strict=True):
        if other not in refused.get(one, ()) and one not in refused.get(other, ()):
            questions.append(Question("same_person", one, other, alike))
        if len(questions) == MOST_QUESTIONS:
            break
    return tuple(questions)


def likeness(vectors: Vectors, label: Ints, groups: int, a: Ints, b: Ints) -> Floats:
    """float64[len(a)], mean cosine over all pairs of sampled faces of groups ``a`` and ``b``."""
    # The mean over all pairs is the product of the two means.
    wanted, place = np.unique(np.stack([a, b]), return_inverse=True)
    mean = Centroids(vectors, label, groups).of(wanted)
    return fixed_products(mean, place[0], mean, place[1])


@compiled
def _share_photo(
    a: Ints, b: Ints, group: Ints, members: tuple[Ints, Ints], photos: Photos
) -> Bools:
    """Whether a photo shows that the two groups of each pair are different people."""
    start, faces = members
    result = np.zeros(len(a), np.bool_)
    for pair in range(len(a)):
        small, large = a[pair], b[pair]
        if start[small + 1] - start[small] > start[large + 1] - start[large]:
            small, large = large, small
        for i in range(start[small], start[small + 1]):
            photo = photos.of[faces[i]]
            if photo < 0:
                continue
            for k in range(photos.start[photo], photos.start[photo + 1]):
                other = photos.faces[k]
                if group[other] == large and photos.look[other] != photos.look[faces[i]]:
                    result[pair] = True
            if result[pair]:
                break
    return result
