"""Where loose faces go: to the group of their nearest faces, or to one they are like as a whole.

A loose face votes with its three nearest neighbours in each group (`vote`). A face that is like no
three of a group in particular may still be like all of them (`by_mean`): what a single photo adds
to a face, light, pose and expression, is noise between any two photos, and cancels out in the mean
of several.

Both look at the groups as they stand, all at once, so the outcome does not depend on an order, and
a face that is placed never brings another along: it can not bridge groups.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.attach import MARGIN, TOP, members_of
from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.constraints import Photos
from facesorter.clustering.forest import Graph
from facesorter.clustering.neighbours import EMPTY, Table16, Table32
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import STEPS, Memo, Vectors

LEAD = 2 * MARGIN
"""Cosine by which a face must be more like the mean of a group than like that of any other. Groups
that none of its neighbours is in count as `thresholds.BELOW_CEILING` below the ceiling, so this
above that is also the least. With it the decisions to complete everybody fell by 2 of 238 on the
labelled photos and by 1 to 3 % in eight synthetic libraries of 10,000 faces, and BCubed F rose by
up to .0007 in each. With 0.08 it would be another 1 to 2 % in those, but 3 decisions more and .0006
less on the labelled photos."""

FACES_OF_ITS_OWN = 5
"""Faces that a group needs unless the user said who they are: a smaller one that the machine made
may be mixed itself. Of the faces that came to groups of two to four 70 % were right, to larger ones
90 %."""

FACES_OF_MEAN = 500
"""Faces of a group that make up its mean, evenly chosen; with more it stays the same."""

_GROUPS = 8
"""Nearest groups of a face that are compared with it."""


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
) -> Ints:
    """Give loose faces to the groups that their nearest neighbours are in.

    In a group that is nobody's yet, fewer than `TOP` may speak where no more are near. For a
    person of the user as many as there are have to: one of hundreds is always near by chance.

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

    Returns:
        int64[n], the new labels. A group never gets a face from a photo that it has one of.
    """
    result = label.copy()
    asking = np.flatnonzero(loose)
    if not len(least) or not len(asking):
        return result
    penalty = np.zeros(graph.n, np.int64) if graph.penalty is None else graph.penalty
    lists = graph.neighbours
    group = np.empty(len(asking), np.int64)
    mean = np.empty(len(asking), np.float64)
    limits = (lowest, MARGIN * STEPS)
    # Votes that each group needs; those of members that are not near count as the last listed.
    size = np.bincount(label[label >= 0], minlength=len(least))
    needed = np.where(owned, np.minimum(size, TOP), 0)

    def loop(start: int, end: int) -> None:
        part = slice(start, end)
        some = asking[part], least, needed, limits, group[part], mean[part]
        _vote(lists.column, lists.steps, label, penalty, *some)

    in_parts(loop, len(asking))
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
def _vote(
    column: Table32,
    how: Table16,
    label: Ints,
    penalty: Ints,
    asking: Ints,
    least: Ints,
    needed: Ints,
    limits: tuple[int, float],
    chosen: Ints,
    mean: Floats,
) -> None:
    lowest, margin = limits
    groups = np.empty(how.shape[1], np.int64)
    votes = np.empty((how.shape[1], TOP), np.int64)
    for row in range(len(asking)):
        face = asking[row]
        count = 0
        last = np.int64(lowest)
        for place in range(how.shape[1]):
            steps, other = np.int64(how[face, place]), column[face, place]
            if steps < lowest:
                last = np.int64(lowest)
                break
            last = steps
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
            if number < needed[groups[at]]:
                total += (needed[groups[at]] - number) * last
                number = int(needed[groups[at]])
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


def by_mean(
    vectors: Vectors,
    graph: Graph,
    groups: Ints,
    label: Ints,
    loose: Bools,
    photos: Photos,
    *,
    owned: Bools,
    lowest: int,
    born: Floats,
    day: Floats,
    memo: Memo,
) -> Ints:
    """Give loose faces to the groups whose mean they are like.

    Args:
        vectors: the embeddings.
        graph: similarities, adjusted for crowds.
        groups: int64[n], group of each face before any was placed, -1 for none.
        label: int64[n], the same with those that are placed already.
        loose: bool[n], the faces to place; all have label -1.
        photos: who shares a photo.
        owned: bool[groups], which groups are persons of the user.
        lowest: groups without a neighbour at this many steps or more are not looked at.
        born: float64[groups], day before which no face can belong to a group.
        day: float64[n], day of each face.
        memo: what was found out before.

    Returns:
        int64[n], the new labels. A group never gets a face from a photo that it has one of.
    """
    asking = np.flatnonzero(loose)
    if not len(born) or not len(asking):
        return label.copy()
    lists = graph.neighbours
    near = np.full((len(asking), _GROUPS), -1, np.int32)

    def loop(start: int, end: int) -> None:
        _nearest_groups(
            lists.column, lists.steps, groups, asking[start:end], lowest, near[start:end]
        )

    in_parts(loop, len(asking))
    row, rank = np.nonzero(near >= 0)
    face, group = asking[row], near[row, rank].astype(np.int64)
    size = np.bincount(groups[groups >= 0], minlength=len(born))
    several = size[group] > 1
    row, face, group = row[several], face[several], group[several]
    value = _like_mean(vectors, groups, len(born), face, group, memo) * STEPS
    if graph.penalty is not None:
        held = groups >= 0
        total = np.bincount(groups[held], weights=graph.penalty[held], minlength=len(born))
        value -= (graph.penalty[face] + total[group] / size[group]) / 2
    sure = _leaders(row, value, lowest, LEAD * STEPS)
    sure &= owned[group] | (size[group] >= FACES_OF_ITS_OWN)
    return place(label, photos, born, day, face[sure], group[sure], value[sure])


@compiled
def _leaders(row: Ints, value: Floats, lowest: int, lead: float) -> Bools:
    """Which entries are the best of their row, in which they stand together, by a lead."""
    result = np.zeros(len(row), np.bool_)
    start = 0
    while start < len(row):
        best, second, end = start, float(lowest), start + 1
        while end < len(row) and row[end] == row[start]:
            if value[end] > value[best]:
                best, second = end, max(second, value[best])
            else:
                second = max(second, value[end])
            end += 1
        result[best] = value[best] - second >= lead
        start = end
    return result


@compiled
def _nearest_groups(
    column: Table32, how: Table16, label: Ints, asking: Ints, lowest: int, near: Table32
) -> None:
    """The groups that the neighbours of some faces are in, nearest first."""
    for row in range(len(asking)):
        face = asking[row]
        count = 0
        for rank in range(how.shape[1]):
            if how[face, rank] == EMPTY or how[face, rank] < lowest:
                break
            group = label[column[face, rank]]
            at = 0
            while at < count and near[row, at] != group:
                at += 1
            if group >= 0 and at == count and count < near.shape[1]:
                near[row, count] = group
                count += 1


def _like_mean(
    vectors: Vectors, label: Ints, groups: int, face: Ints, group: Ints, memo: Memo
) -> Floats:
    """float64[len(face)], cosine of each face to the mean of a group."""
    digest = vectors.digest[vectors.order[face]]
    keys = vectors.keys(label, groups)[group] ^ (digest << np.uint64(1))
    # Sorted, they are found three times as fast.
    order = np.argsort(keys)
    result = np.empty(len(keys))
    result[order] = memo.get(keys[order])
    new = np.flatnonzero(np.isnan(result))
    if len(new):
        start, members = members_of(label, groups)
        new = new[np.argsort(group[new], kind="stable")]
    for part in np.split(new, np.flatnonzero(np.diff(group[new])) + 1):
        if not len(part):
            continue
        theirs = members[start[group[part[0]]] : start[group[part[0]] + 1]]
        some = np.linspace(0, len(theirs) - 1, min(len(theirs), FACES_OF_MEAN)).astype(np.int64)
        mean = vectors.take(theirs[some]).astype(np.float64).sum(axis=0)
        mean /= max(np.sqrt((mean * mean).sum()), 1e-12)
        result[part] = (vectors.take(face[part]) * mean).sum(axis=1)
    memo.put(keys[order], result[order])
    return result
