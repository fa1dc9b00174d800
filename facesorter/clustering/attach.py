"""Faces and groups, one at a time: who is one too many in a photo, and where loose faces go.

A loose face votes with its three nearest neighbours in each group. Votes are counted over the
groups as they stand, all at once, so the outcome does not depend on an order, and an attached
face never brings another along: it can not bridge groups.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.closeness import TOP, closeness
from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import SAME_PICTURE, Photos
from facesorter.clustering.forest import Graph
from facesorter.clustering.neighbours import Lists
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import Memo, Vectors
from facesorter.clustering.votes import MARGIN, Votes

ALIKE_MARGIN = 2 * MARGIN
"""Cosine by which a face must be nearer to one of two persons who are said to look alike: twice
what a vote needs. Not measured, for want of an open set of twins."""

_BLOCK = 1024
"""Faces compared with a person in one go."""


def vote(
    graph: Graph,
    label: Ints,
    photos: Photos,
    loose: Bools,
    *,
    least: Ints,
    owned: Bools,
    lowest: int,
    born: Floats,
    day: Floats,
    votes: Votes,
) -> Ints:
    """Give loose faces to the groups that their nearest neighbours are in.

    Args:
        graph: similarities, adjusted for crowds.
        label: int64[n], group of each face, -1 for none.
        photos: who shares a photo.
        loose: bool[n], the faces to place; all have label -1.
        least: int64[groups], mean similarity that each group asks for, in steps.
        owned: bool[groups], which groups are persons of the user.
        lowest: neighbours below this many steps have no vote.
        born: float64[groups], day before which no face can belong to a group.
        day: float64[n], day of each face.
        votes: of the last refresh.

    Returns:
        int64[n], the new labels. A group never gets a face from a photo that it has one of.
    """
    asking = graph.lists.by_place(loose)
    if not len(least) or not len(asking):
        return label.copy()
    group, mean = votes.of(graph, label, asking, least, owned, lowest)
    placed = group >= 0
    return place(label, photos, born, day, asking[placed], group[placed], mean[placed])


def place(
    label: Ints, photos: Photos, born: Floats, day: Floats, face: Ints, group: Ints, mean: Floats
) -> Ints:
    """Put loose faces into groups, unless that contradicts a date or a photo.

    Args:
        label: int64[n], group of each face, -1 for none.
        photos: who shares a photo.
        born: float64[groups], day before which no face can belong to a group.
        day: float64[n], day of each face.
        face: int64[k], the faces to place.
        group: int64[k], where each is to go.
        mean: float64[k], how like its group each is.

    Returns:
        int64[n], the new labels. A group never gets a face from a photo that it has one of.
    """
    result = label.copy()
    free = day[face] >= born[group]
    free &= ~_has_one(face, group, label, photos.of, photos.start, photos.faces)
    face, group, mean = face[free], group[free], mean[free]
    # Of several faces of a photo the nearest gets the place.
    photo = photos.of[face]
    place = np.where(photo < 0, -1 - face, group * (len(photos.start) + 1) + photo)
    order = np.lexsort((face, -mean, place))
    best = order[np.r_[True, np.diff(place[order]) != 0]] if len(order) else order
    result[face[best]] = group[best]
    return result


@compiled
def _has_one(
    face: Ints, group: Ints, label: Ints, photo_of: Ints, photo_start: Ints, photo_faces: Ints
) -> Bools:
    """Whether the photo of a face shows a member of the group already."""
    result = np.zeros(len(face), np.bool_)
    for row in range(len(face)):
        photo = photo_of[face[row]]
        if photo >= 0:
            for k in range(photo_start[photo], photo_start[photo + 1]):
                result[row] |= label[photo_faces[k]] == group[row]
    return result


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
    lists: Lists,
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
    sureness = closeness(vectors, lists, label, memo, shared)
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
                if (label[a] >= 0) & (label[a] == label[b]):
                    result[a] = result[b] = True
    return result


def drop_single(label: Ints, confirmed: Ints) -> Ints:
    """Labels without the groups of one, unless the one is confirmed.

    Numbered from 0 on in the order of first faces, however they were before.
    """
    result = label.copy()
    _renumber(result, confirmed, int(label.max(initial=-1)) + 1)
    return result


@compiled
def _renumber(label: Ints, confirmed: Ints, groups: int) -> None:
    # Place 0 is for those in no group: nothing foretells who is.
    size = np.zeros(groups + 1, np.int64)
    for face in range(len(label)):
        # Nobody takes a confirmed one out: it counts as two.
        size[np.uint64(label[face] + 1)] += 2 if confirmed[face] >= 0 else 1
    number = np.full(groups + 1, -1, np.int64)
    size[0] = 0
    count = 0
    for face in range(len(label)):
        at = np.uint64(label[face] + 1)
        if (size[at] >= 2) & (number[at] < 0):
            number[at] = count
            count += 1
        label[face] = number[at]
