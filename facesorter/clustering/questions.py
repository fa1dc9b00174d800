"""Which persons or groups might be the same: asked, never done silently."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import Constraints
from facesorter.clustering.forest import Graph
from facesorter.clustering.proposal import Bools, Floats, Ints, Question, Singles, Thresholds
from facesorter.clustering.similarity import Marks, Memo, Vectors, to_steps, unpack

BELOW_FLOOR = 0.15
"""Cosine below the floor down to which the mean similarity of two groups is worth a question."""

MOST = 2_000
"""Questions in a proposal. Nobody answers that many, but those about people who were set aside
are told from them, and must not be crowded out."""


class Likenesses:
    """Mean similarities of pairs of groups, and mean faces of groups, of the last refresh."""

    def __init__(self) -> None:
        self.pairs = Memo()
        self._keys = np.zeros(0, np.uint64)
        self._means = np.zeros((0, 0), np.float32)

    def means(
        self, vectors: Vectors, key: Marks, wanted: Ints, start: Ints, members: Ints
    ) -> Singles:
        """float32[len(wanted), d], the mean of the faces of each of some groups."""
        result = np.empty((len(wanted), vectors.matrix.shape[1]), np.float32)
        place = np.searchsorted(self._keys, key[wanted])
        place = np.minimum(place, max(len(self._keys) - 1, 0))
        known = np.zeros(len(wanted), bool)
        if len(self._keys):
            known = self._keys[place] == key[wanted]
            result[known] = self._means[place[known]]
        for row in np.flatnonzero(~known).tolist():
            each = wanted[row]
            slots = vectors.order[members[start[each] : start[each + 1]]]
            _mean_face(vectors.matrix, slots, result[row])
        # Others may be asked for again, as long as they are there.
        still = np.isin(self._keys, key) & ~np.isin(self._keys, key[wanted])
        keys = np.concatenate([self._keys[still], key[wanted]])
        means = result
        if still.any():
            means = np.concatenate([self._means[still], result])
        order = np.argsort(keys)
        self._keys, self._means = keys[order], means[order]
        return result


@compiled
def _mean_face(matrix: Singles, slots: Ints, mean: Singles) -> None:
    total = np.zeros(matrix.shape[1], np.float64)
    for slot in slots:
        for k in range(len(total)):
            total[k] += matrix[slot, k]
    for k in range(len(total)):
        mean[k] = total[k] / len(slots)


def likeness(
    vectors: Vectors,
    group: Ints,
    start: Ints,
    members: Ints,
    a: Ints,
    b: Ints,
    last: Likenesses,
) -> Floats:
    """float64[len(a)], mean cosine over all pairs of faces between groups ``a`` and ``b``.

    ``start`` and ``members`` are those that `closeness.members_of` gives for ``group``.
    """
    memo = last.pairs
    key = vectors.keys(group, len(start) - 1)
    low, high = np.minimum(key[a], key[b]), np.maximum(key[a], key[b])
    pair = low * np.uint64(0x9E3779B97F4A7C15) ^ high
    result = memo.get(pair)
    new = np.flatnonzero(np.isnan(result))
    if len(new):
        # The mean over all pairs of faces is the product of the two means.
        wanted, place = np.unique(np.stack([a[new], b[new]]), return_inverse=True)
        mean = last.means(vectors, key, wanted, start, members)
        result[new] = np.einsum("ij,ij->i", mean[place[0]], mean[place[1]])
    memo.put(pair, result)
    return result


def ask(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    group: Ints,
    person: Ints,
    found: Thresholds,
    members_of: tuple[Ints, Ints],
    last: Likenesses,
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
        members_of: the faces of each group, as `closeness.members_of` gives them.
        last: mean similarities found out before.
    """
    lo, hi, _ = unpack(graph.links(to_steps(found.ceiling), group, lasting=True))
    lo, hi = group[lo], group[hi]
    pairs = np.sort(np.minimum(lo, hi) * len(person) + np.maximum(lo, hi))
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]]] if len(pairs) else pairs
    a, b = np.divmod(pairs, max(len(person), 1))
    start, members = members_of
    similarity = likeness(vectors, group, start, members, a, b, last)
    likely = np.flatnonzero(similarity >= found.floor - BELOW_FLOOR)
    likely = likely[np.lexsort((pairs[likely], -similarity[likely]))]
    photos = constraints.photos
    asked = likely[
        ~_share_photo(
            a[likely], b[likely], group, start, members, photos.of, photos.start, photos.faces
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
