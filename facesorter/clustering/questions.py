"""Which persons or groups might be the same: asked, never done silently."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facesorter.clustering.attach import members_of
from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import Constraints
from facesorter.clustering.forest import Graph
from facesorter.clustering.proposal import Bools, Ints, Question, Singles, Thresholds
from facesorter.clustering.similarity import Vectors, to_steps, unpack

BELOW_FLOOR = 0.15
"""Cosine below the floor down to which the mean similarity of two groups is worth a question."""

MOST = 2_000
"""Questions in a proposal. Nobody answers that many, but those about people who were set aside
are told from them, and must not be crowded out."""


class Likeness:
    """Mean similarities of pairs of groups, kept for groups that stay as they are."""

    def __init__(self) -> None:
        self._keys = np.zeros(0, np.uint64)
        self._known = np.zeros(0, np.float32)

    def of(self, vectors: Vectors, group: Ints, a: Ints, b: Ints) -> Singles:
        """float32[len(a)], mean cosine over all pairs of faces between groups ``a`` and ``b``."""
        groups = int(group.max(initial=-1)) + 1
        # Who is in a group is told by the sum of the digests: 64 bits.
        key = np.zeros(groups, np.uint64)
        _add_digests(vectors.digest, vectors.order, group, key)
        low, high = np.minimum(key[a], key[b]), np.maximum(key[a], key[b])
        pair = low * np.uint64(0x9E3779B97F4A7C15) ^ high
        result = np.zeros(len(a), np.float32)
        if len(self._keys):
            place = np.minimum(np.searchsorted(self._keys, pair), len(self._keys) - 1)
            known = self._keys[place] == pair
            result[known] = self._known[place[known]]
        else:
            known = np.zeros(len(a), bool)
        new = np.flatnonzero(~known)
        if len(new):
            # The mean over all pairs of faces is the product of the two means.
            start, members = members_of(group, groups)
            wanted, place = np.unique(np.stack([a[new], b[new]]), return_inverse=True)
            mean = np.empty((len(wanted), vectors.matrix.shape[1]), np.float32)
            for row, each in enumerate(wanted.tolist()):
                faces = members[start[each] : start[each + 1]]
                mean[row] = vectors.take(faces).mean(axis=0)
            result[new] = np.einsum("ij,ij->i", mean[place[0]], mean[place[1]])
        order = np.argsort(pair)
        self._keys, self._known = pair[order], result[order]
        return result


@compiled
def _add_digests(
    digest: npt.NDArray[np.uint64], order: Ints, group: Ints, key: npt.NDArray[np.uint64]
) -> None:
    for face in range(len(group)):
        if group[face] >= 0:
            # Spread once more, so that groups of the same two halves differ.
            mixed = digest[order[face]]
            mixed ^= mixed >> np.uint64(29)
            key[group[face]] += mixed * np.uint64(0xBF58476D1CE4E5B9)


def ask(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    group: Ints,
    person: Ints,
    found: Thresholds,
    likeness: Likeness,
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
        likeness: what was found out before.
    """
    lo, hi, _ = unpack(graph.links(to_steps(found.ceiling), group))
    known = (group[lo] >= 0) & (group[hi] >= 0)
    lo, hi = group[lo[known]], group[hi[known]]
    pairs = np.sort(np.minimum(lo, hi) * len(person) + np.maximum(lo, hi))
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]]] if len(pairs) else pairs
    a, b = np.divmod(pairs, max(len(person), 1))
    similarity = likeness.of(vectors, group, a, b)
    likely = np.flatnonzero(similarity >= found.floor - BELOW_FLOOR)
    likely = likely[np.lexsort((pairs[likely], -similarity[likely]))]
    photos = constraints.photos
    start, members = members_of(group, len(person))
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
