"""Faces and groups, one at a time: how close a face is to its group, and where loose faces go.

A loose face votes with its three nearest neighbours in each group. Votes are counted over the
groups as they stand, all at once, so the outcome does not depend on an order, and an attached
face never brings another along: it can not bridge groups.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.constraints import SAME_PICTURE, Photos
from facesorter.clustering.forest import Graph
from facesorter.clustering.neighbours import Lists, Table16, Table32
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
    lists: Lists,
    label: Ints,
    memo: Memo,
    faces: Ints | None = None,
) -> Singles:
    """How sure each membership is: the mean of the highest `TOP` cosines to its group.

    Args:
        vectors: the embeddings.
        lists: nearest faces of each face.
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
    extent = lists.width, lists.lowest
    table = lists.column, lists.steps, extent, lists.order, lists.by_slot(label, -1)
    _nearest_of_group(*table, no_penalty, faces, total, found)
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
    extent: tuple[int, int],
    order: Ints,
    label: Ints,
    penalty: Ints,
    faces: Ints,
    total: Ints,
    found: Ints,
) -> None:
    """Sum, in steps, and number of the `TOP` nearest listed faces of each face's own group.

    Labels and penalties are by slot.
    """
    width, lowest = extent
    for face in faces:
        slot = order[face]
        if label[slot] < 0:
            continue
        for place in range(width):
            steps, other = np.int64(how[slot, place]), column[slot, place]
            if steps < lowest or found[face] == TOP:
                break
            if label[other] == label[slot]:
                if len(penalty):
                    steps -= (penalty[other] + penalty[slot] + 1) // 2
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
    lists = graph.lists
    penalty = np.zeros(0, np.int64)
    if graph.penalty is not None:
        penalty = lists.by_slot(graph.penalty, 0)
    extent = lists.width, lists.lowest
    table = lists.column, lists.steps, extent, lists.order, lists.by_slot(label, -1)
    _nearest_of_group(*table, penalty, faces, total, found)
    total, found = total[faces], found[faces]
    size = np.bincount(label[label >= 0], minlength=1)
    wanted = np.minimum(size[label[faces]] - 1, TOP)
    return total // np.maximum(found, 1), found == wanted


def vote(
    graph: Graph,
    label: Ints,
    photos: Photos,
    loose: Bools,
    *,
    least: Ints,
    lowest: int,
    born: Floats,
    day: Floats,
) -> Ints:
    """Give loose faces to the groups that their nearest neighbours are in.

    Args:
        graph: similarities, adjusted for crowds.
        label: int64[n], group of each face, -1 for none.
        photos: who shares a photo.
        loose: bool[n], the faces to place; all have label -1.
        least: int64[groups], mean similarity that each group asks for, in steps.
        lowest: neighbours below this many steps have no vote.
        born: float64[groups], day before which no face can belong to a group.
        day: float64[n], day of each face.

    Returns:
        int64[n], the new labels. A group never gets a face from a photo that it has one of.
    """
    result = label.copy()
    asking = np.flatnonzero(loose)
    if not len(least) or not len(asking):
        return result
    lists = graph.lists
    penalty = np.zeros(graph.n, np.int64) if graph.penalty is None else graph.penalty
    penalty, labels = lists.by_slot(penalty, 0), lists.by_slot(label, -1)
    slots = lists.order[asking]
    group = np.empty(len(asking), np.int64)
    mean = np.empty(len(asking), np.float64)
    limits = (lists.width, max(lowest, lists.lowest), MARGIN * STEPS)

    def loop(start: int, end: int) -> None:
        part = slice(start, end)
        some = slots[part], least, limits, group[part], mean[part]
        _vote(lists.column, lists.steps, labels, penalty, *some)

    in_parts(loop, len(asking))
    placed = group >= 0
    face, group, mean = asking[placed], group[placed], mean[placed]
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
def _vote(
    column: Table32,
    how: Table16,
    label: Ints,
    penalty: Ints,
    asking: Ints,
    least: Ints,
    limits: tuple[int, int, float],
    chosen: Ints,
    mean: Floats,
) -> None:
    width, lowest, margin = limits
    groups = np.empty(width, np.int64)
    votes = np.empty((width, TOP), np.int64)
    for row in range(len(asking)):
        face = asking[row]
        count = 0
        for place in range(width):
            steps, other = np.int64(how[face, place]), column[face, place]
            if steps < lowest:
                break
            group = label[other]
            steps -= (penalty[face] + penalty[other] + 1) // 2
            if group < 0 or steps < lowest:
                continue
            at = 0
            while at < count and groups[at] != group:
                at += 1
            if at == count:
                groups[at] = group
                votes[at] = -1
                count += 1
            # The highest votes of each group stay, in falling order.
            for k in range(TOP):
                if steps > votes[at, k]:
                    steps, votes[at, k] = votes[at, k], steps
        best, second, winner = -1.0, -float(STEPS), -1
        for at in range(count):
            total, number = 0, 0
            for k in range(TOP):
                if votes[at, k] >= 0:
                    total += votes[at, k]
                    number += 1
            value = total / number
            if value > best:
                best, second, winner = value, max(best, second), at
            elif value > second:
                second = value
        if count == 1:
            second = -float(STEPS)
        chosen[row], mean[row] = -1, best
        if winner >= 0 and best >= least[groups[winner]] and best - second >= margin:
            chosen[row] = groups[winner]


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
