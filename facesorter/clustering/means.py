"""Loose faces that are like a group as a whole, though like no three of its faces in particular.

What a single photo adds to a face, light, pose and expression, is noise between any two photos,
and cancels out in the mean of several. As with votes, groups are taken as they stand, all at once:
the outcome does not depend on an order, and a face that is placed never brings another along.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.attach import place
from facesorter.clustering.closeness import members_of
from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.constraints import Photos
from facesorter.clustering.forest import Graph
from facesorter.clustering.neighbours import Table16, Table32
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import STEPS, Memo, Vectors
from facesorter.clustering.votes import MARGIN

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
    lists = graph.lists
    slots, labels = lists.order[asking], lists.by_slot(groups, -1)
    limits = lists.width, max(lowest, lists.lowest)
    near = np.full((len(asking), _GROUPS), -1, np.int32)

    def loop(start: int, end: int) -> None:
        part = slice(start, end)
        _nearest_groups(lists.column, lists.steps, labels, slots[part], limits, near[part])

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
    column: Table32,
    how: Table16,
    label: Ints,
    slots: Ints,
    limits: tuple[int, int],
    near: Table32,
) -> None:
    """The groups that the neighbours of some faces are in, nearest first."""
    width, lowest = limits
    for row in range(len(slots)):
        slot = slots[row]
        count = 0
        for rank in range(width):
            if how[slot, rank] < lowest:
                break
            group = label[column[slot, rank]]
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
