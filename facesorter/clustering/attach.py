"""Faces and groups, one at a time: how close a face is to its group, and who has to leave it.

A photo shows a person once, a group has two faces, and a face that could be either of two persons
who look alike is with neither.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import SAME_PICTURE, Photos
from facesorter.clustering.forest import Graph
from facesorter.clustering.neighbours import EMPTY, Neighbours, Table16, Table32
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import STEPS, Memo, Vectors

TOP = 3
"""Neighbours that speak for a group: one may be a chance, and the mean of all punishes looks."""

MARGIN = 0.05
"""Cosine by which the best group must lead the next one."""


ALIKE_MARGIN = 2 * MARGIN
"""Cosine by which a face must be nearer to one of two persons who are said to look alike: twice
what a vote needs. Not measured, for want of an open set of twins."""

_BLOCK = 1024
"""Faces compared with a person in one go."""


def closeness(
    vectors: Vectors,
    neighbours: Neighbours,
    label: Ints,
    memo: Memo,
    faces: Ints | None = None,
) -> Singles:
    """How sure each membership is: the mean of the highest `TOP` cosines to its group.

    Args:
        vectors: the embeddings.
        neighbours: nearest faces of each face.
        label: int64[n], group of each face from 0 on, -1 for none.
        memo: what was found out about faces whose group lies beyond their lists.
        faces: those to look at; all when None.

    Returns:
        float32[n], 0 for faces without a group, alone in one, or not looked at.
    """
    if faces is None:
        faces = np.arange(len(label))
    total, found = np.zeros(len(label), np.int64), np.zeros(len(label), np.int64)
    no_penalty = np.zeros(0, np.int64)
    _nearest_of_group(neighbours.column, neighbours.steps, label, no_penalty, faces, total, found)
    mean = total / np.maximum(found, 1)
    size = np.bincount(label[label >= 0], minlength=1)
    # The lists end somewhere; the few faces whose group lies beyond them are compared in full.
    wanted = np.minimum(size[np.maximum(label[faces], 0)] - 1, TOP)
    short = faces[(label[faces] >= 0) & (found[faces] < wanted)]
    if len(short):
        digest = vectors.digest[vectors.order[short]]
        keys = vectors.keys(label, len(size))[label[short]] ^ (digest << np.uint64(1))
        known = memo.get(keys)
        start, members = members_of(label, len(size))
        for row in np.flatnonzero(np.isnan(known)).tolist():
            face = short[row]
            others = members[start[label[face]] : start[label[face] + 1]]
            known[row] = np.sort(vectors.steps(face, others[others != face]))[-TOP:].mean()
        memo.put(keys, known)
        mean[short] = known
    sure: Singles = (mean / STEPS).astype(np.float32)
    return sure


def members_of(label: Ints, groups: int) -> tuple[Ints, Ints]:
    """Where each group starts in a list of the faces of all groups, and that list."""
    start = np.zeros(groups + 1, np.int64)
    np.cumsum(np.bincount(label[label >= 0], minlength=groups), out=start[1:])
    members = np.empty(int(start[-1]), np.int64)
    _fill_members(label, start.copy(), members)
    return start, members


@compiled
def _fill_members(label: Ints, place: Ints, members: Ints) -> None:
    for face in range(len(label)):
        if label[face] >= 0:
            members[place[label[face]]] = face
            place[label[face]] += 1


@compiled
def _nearest_of_group(
    column: Table32,
    how: Table16,
    label: Ints,
    penalty: Ints,
    faces: Ints,
    total: Ints,
    found: Ints,
) -> None:
    """Sum, in steps, and number of the `TOP` nearest listed faces of each face's own group."""
    for face in faces:
        if label[face] < 0:
            continue
        for place in range(how.shape[1]):
            steps, other = np.int64(how[face, place]), column[face, place]
            if steps == EMPTY or found[face] == TOP:
                break
            if label[other] == label[face]:
                if len(penalty):
                    steps -= (penalty[other] + penalty[face] + 1) // 2
                total[face] += steps
                found[face] += 1


def evidence(graph: Graph, label: Ints, faces: Ints) -> tuple[Ints, Bools]:
    """How much speaks for some faces being in their groups, without crowds.

    Args:
        graph: similarities, adjusted for crowds.
        label: int64[n], group of each face, -1 for none.
        faces: those to look at, all in groups of two and more.

    Returns:
        int64[len(faces)], the mean similarity to the `TOP` nearest of the own group, or to all
        others where they are fewer, in steps; and bool[len(faces)], whether that many are known:
        neighbour lists end somewhere.
    """
    total, found = np.zeros(graph.n, np.int64), np.zeros(graph.n, np.int64)
    lists = graph.neighbours
    penalty = np.zeros(0, np.int64) if graph.penalty is None else graph.penalty
    _nearest_of_group(lists.column, lists.steps, label, penalty, faces, total, found)
    total, found = total[faces], found[faces]
    size = np.bincount(label[label >= 0], minlength=1)
    wanted = np.minimum(size[label[faces]] - 1, TOP)
    return total // np.maximum(found, 1), found == wanted


def tell_apart(vectors: Vectors, label: Ints, confirmed: Ints, whose: Ints, alike: Ints) -> Ints:
    """Take undecided faces away from persons who look alike, unless one is clearly nearer.

    Args:
        vectors: the embeddings.
        label: int64[n], group of each face, -1 for none.
        confirmed: int64[n], the confirmed person, or -1.
        whose: int64[groups], the confirmed person of each group, or -1.
        alike: int64[r, 2], pairs of persons.

    Returns:
        int64[n], labels with the faces that could be either at -1.
    """
    result = label.copy()
    for pair in alike.tolist():
        groups = [np.flatnonzero(whose == person) for person in pair]
        if not all(len(each) for each in groups):
            continue
        first, second = (np.flatnonzero(label == each[0]) for each in groups)
        for own, other in ((first, second), (second, first)):
            asked = own[confirmed[own] < 0]
            nearer = _nearest_mean(vectors, asked, own) - _nearest_mean(vectors, asked, other)
            result[asked[nearer < ALIKE_MARGIN]] = -1
    return result


def _nearest_mean(vectors: Vectors, faces: Ints, group: Ints) -> Floats:
    """Mean of the `TOP` highest cosines of each face to others of a group."""
    rows, mean = vectors.take(group), np.full(len(faces), -1.0)
    for start in range(0, len(faces), _BLOCK):
        part = faces[start : start + _BLOCK]
        cosines = (vectors.take(part) @ rows.T).astype(np.float64)
        cosines[part[:, None] == group] = -np.inf
        best = np.sort(cosines, axis=1)[:, -TOP:]
        there = np.isfinite(best)
        total = np.where(there, best, 0).sum(axis=1)
        mean[start : start + _BLOCK] = np.where(
            there.any(axis=1), total / np.maximum(there.sum(axis=1), 1), -1.0
        )
    return mean


def one_per_photo(
    vectors: Vectors,
    neighbours: Neighbours,
    label: Ints,
    photos: Photos,
    confirmed: Ints,
    memo: Memo,
) -> Ints:
    """Leave each group at most one face of a photo, the surest; confirmed faces all stay.

    Faces at least as similar as `constraints.SAME_PICTURE` to all that stay are the same face
    seen twice, and stay too. ``memo`` is for `closeness`.

    Returns:
        int64[n], labels with the surplus faces at -1.
    """
    result = label.copy()
    shared = np.flatnonzero(doubled(label, photos))
    if not len(shared):
        return result
    sureness = closeness(vectors, neighbours, label, memo, shared)
    photo = photos.of
    order = np.lexsort(
        (shared, -sureness[shared], confirmed[shared] < 0, photo[shared], label[shared])
    )
    kept: list[int] = []
    place = (-1, -1)
    for face in shared[order].tolist():
        here = (int(label[face]), int(photo[face]))
        if here != place:
            place, kept = here, [face]
        elif confirmed[face] >= 0 or vectors.steps(face, np.asarray(kept)).min() >= SAME_PICTURE:
            kept.append(face)
        else:
            result[face] = -1
    return result


def doubled(label: Ints, photos: Photos) -> Bools:
    """bool[n]: the faces that share both their group and their photo with another."""
    return _doubled(label, photos.start, photos.faces)


@compiled
def _doubled(label: Ints, photo_start: Ints, photo_faces: Ints) -> Bools:
    result = np.zeros(len(label), np.bool_)
    for photo in range(len(photo_start) - 1):
        for i in range(photo_start[photo], photo_start[photo + 1]):
            for k in range(photo_start[photo], i):
                a, b = photo_faces[i], photo_faces[k]
                if label[a] >= 0 and label[a] == label[b]:
                    result[a] = result[b] = True
    return result


def drop_single(label: Ints, confirmed: Ints) -> Ints:
    """Labels without the groups of one, unless the one is confirmed; numbered from 0."""
    size = np.bincount(label[label >= 0], minlength=1)
    alone = (label >= 0) & (size[np.maximum(label, 0)] < 2) & (confirmed < 0)
    return numbered(np.where(alone, -1, label))


def numbered(label: Ints) -> Ints:
    """Labels from -1 on, without gaps in the numbers."""
    used = np.bincount(label[label >= 0], minlength=1) > 0
    number = np.cumsum(used) - 1
    return np.where(label >= 0, number[np.maximum(label, 0)], -1)
