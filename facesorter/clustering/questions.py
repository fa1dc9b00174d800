"""Which persons or groups might be the same: asked, never done silently."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import Constraints
from facesorter.clustering.forest import Graph
from facesorter.clustering.mean_faces import MeanFaces, Samples, samples
from facesorter.clustering.proposal import Bools, Floats, Ints, Question, Thresholds
from facesorter.clustering.similarity import Memo, Vectors, fixed_products, to_steps, unpack

BELOW_FLOOR = 0.15
"""Cosine below the floor down to which the mean similarity of two groups is worth a question."""

MOST = 2_000
"""Questions in a proposal. Nobody answers that many, but those about people who were set aside
are told from them, and must not be crowded out."""


def likeness(
    vectors: Vectors,
    groups: Samples,
    members: tuple[Ints, Ints],
    a: Ints,
    b: Ints,
    memo: Memo,
    mean_faces: MeanFaces,
) -> Floats:
    """float64[len(a)], mean cosine over all pairs of faces that stand for groups ``a`` and ``b``.

    ``members`` are those that `members.members_of` gives for the groups.
    """
    key = groups.key
    low, high = np.minimum(key[a], key[b]), np.maximum(key[a], key[b])
    pair = low * np.uint64(0x9E3779B97F4A7C15) ^ high
    result = memo.get(pair)
    new = np.flatnonzero(np.isnan(result))
    if len(new):
        # The mean over all pairs of faces is the product of the two means.
        wanted, place = np.unique(np.stack([a[new], b[new]]), return_inverse=True)
        mean = mean_faces.of(vectors, groups, wanted, members)
        result[new] = fixed_products(mean, place[0], mean, place[1])
    memo.put(pair, result)
    return result


def ask(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    group: Ints,
    person: Ints,
    found: Thresholds,
    members: tuple[Ints, Ints],
    memo: Memo,
    mean_faces: MeanFaces,
) -> tuple[Question, ...]:
    """Find pairs of groups that may be one person, likeliest first.

    Only pairs with at least one pair of near neighbours between them are looked at. Pairs whose
    faces share photos, or of which one was rejected from the other, are not asked.

    Args:
        vectors: the embeddings.
        graph: similarities, adjusted for crowds.
        constraints: what may not be broken.
        group: int64[n], the group of each face from 0 on, -1 for none.
        person: int64[groups], who each group is.
        found: thresholds.
        members: the faces of each group, as `members.members_of` gives them.
        memo: mean similarities found out before.
        mean_faces: those found before.
    """
    lo, hi, _ = unpack(graph.links(to_steps(found.ceiling), group, lasting=True))
    lo, hi = group[lo], group[hi]
    pairs = np.sort(np.minimum(lo, hi) * len(person) + np.maximum(lo, hi))
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]]] if len(pairs) else pairs
    a, b = np.divmod(pairs, max(len(person), 1))
    start, listed = members
    stand = samples(vectors, group, len(person))
    similarity = likeness(vectors, stand, members, a, b, memo, mean_faces)
    likely = np.flatnonzero(similarity >= found.floor - BELOW_FLOOR)
    likely = likely[np.lexsort((pairs[likely], -similarity[likely]))]
    photos = constraints.photos
    asked = likely[
        ~_share_photo(
            a[likely], b[likely], group, start, listed, photos.of, photos.start, photos.faces
        )
    ]
    refused: dict[int, set[int]] = {}
    for face, persons in constraints.rejected.items():
        if group[face] >= 0:
            refused.setdefault(int(person[group[face]]), set()).update(persons)
    questions: list[Question] = []
    first, second = person[a[asked]].tolist(), person[b[asked]].tolist()
    for one, other, alike in zip(first, second, similarity[asked].tolist(), strict=True):
        if other not in refused.get(one, ()) and one not in refused.get(other, ()):
            questions.append(Question("same_person", one, other, alike))
        if len(questions) == MOST:
            break
    return tuple(questions)


@compiled
def _share_photo(
    a: Ints,
    b: Ints,
    group: Ints,
    start: Ints,
    members: Ints,
    photo_of: Ints,
    photo_start: Ints,
    photo_faces: Ints,
) -> Bools:
    result = np.zeros(len(a), np.bool_)
    for pair in range(len(a)):
        small, large = a[pair], b[pair]
        if start[small + 1] - start[small] > start[large + 1] - start[large]:
            small, large = large, small
        for i in range(start[small], start[small + 1]):
            photo = photo_of[members[i]]
            if photo < 0:
                continue
            for k in range(photo_start[photo], photo_start[photo + 1]):
                if group[photo_faces[k]] == large:
                    result[pair] = True
            if result[pair]:
                break
    return result
