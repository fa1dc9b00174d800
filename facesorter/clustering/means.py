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
from facesorter.clustering.neighbours import Table16, Table32, grown
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import STEPS, Marks, Vectors
from facesorter.clustering.votes import MARGIN, Votes

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


class Means:
    """How like groups faces were found to be, by slot: most of it holds for the next refresh."""

    def __init__(self) -> None:
        # Each says by a number which face and which members it was found with.
        self._key = np.zeros((0, _GROUPS), np.uint64)
        self._value = np.zeros((0, _GROUPS))
        self._near = np.zeros((0, _GROUPS), np.int32)
        self._asked = np.zeros(0, bool)

    def rest(self) -> None:
        """Nobody asks in this refresh, so it is not known who is near whom in the next one."""
        self._asked[:] = False

    def near(
        self,
        vectors: Vectors,
        graph: Graph,
        groups: Ints,
        size: Ints,
        asking: Ints,
        lowest: int,
        votes: Votes,
    ) -> tuple[Table32, Floats]:
        """The nearest groups of some faces, and how like the mean of each they are.

        Args:
            vectors: the embeddings.
            graph: similarities, adjusted for crowds.
            groups: int64[n], group of each face, -1 for none.
            size: int64[groups], their faces; those of one are not looked at.
            asking: the faces.
            lowest: groups without a neighbour at this many steps or more are not looked at.
            votes: what these faces were asked before, about the same groups.

        Returns:
            int32[len(asking), 8], nearest first, -1 for none; and float64, the cosines.
        """
        lists = graph.lists
        slots, labels = lists.order[asking], lists.by_slot(groups, -1)
        limits = lists.width, max(lowest, lists.lowest)
        self._key = grown(self._key, len(lists.rank), 0)
        self._value = grown(self._value, len(lists.rank), 0)
        self._near = grown(self._near, len(lists.rank), -1)
        again = votes.again.copy()
        again[: len(self._asked)] |= ~self._asked
        again[len(self._asked) :] = True
        changed = slots[again[slots]]
        self._asked = np.zeros(len(lists.rank), bool)
        self._asked[slots] = True
        found = np.full((len(changed), _GROUPS), -1, np.int32)

        def look(start: int, end: int) -> None:
            part = slice(start, end)
            _nearest_groups(lists.column, lists.steps, labels, changed[part], limits, found[part])

        in_parts(look, len(changed))
        self._near[changed] = votes.numbers(found)
        held = votes.groups(len(size)), size, vectors.keys(groups, len(size)), vectors.digest
        near = np.full((len(asking), _GROUPS), -1, np.int32)
        value = np.full((len(asking), _GROUPS), np.nan)

        def recall(start: int, end: int) -> None:
            some, part = slots[start:end], slice(start, end)
            _recall(some, self._near, held, self._key, self._value, near[part], value[part])

        in_parts(recall, len(asking))
        row, rank = np.nonzero((near >= 0) & np.isnan(value))
        if len(row):
            group = near[row, rank].astype(np.int64)
            like = _like_mean(vectors, groups, len(size), asking[row], group)
            value[row, rank] = self._value[slots[row], rank] = like
        return near, value


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
    votes: Votes,
    means: Means,
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
        votes: what the same faces were asked before, about the same groups.
        means: what was found out before.

    Returns:
        int64[n], the new labels. A group never gets a face from a photo that it has one of.
    """
    asking = np.flatnonzero(loose)
    if not len(born) or not len(asking):
        means.rest()
        return label.copy()
    held = groups >= 0
    size = np.bincount(groups[held], minlength=len(born))
    near, value = means.near(vectors, graph, groups, size, asking, lowest, votes)
    penalty = np.zeros(len(groups), np.int64) if graph.penalty is None else graph.penalty
    total = np.bincount(groups[held], weights=penalty[held], minlength=len(born))
    crowd = total / np.maximum(size, 1)
    best = np.full(len(asking), -1)
    how = np.zeros(len(asking))

    def loop(start: int, end: int) -> None:
        part = slice(start, end)
        _leaders(near[part], value[part], penalty[asking[part]], crowd, lowest, best[part],
                 how[part])  # fmt: skip

    in_parts(loop, len(asking))
    sure = best >= 0
    sure &= owned[best] | (size[best] >= FACES_OF_ITS_OWN)
    return place(label, photos, born, day, asking[sure], best[sure], how[sure])


@compiled
def _nearest_groups(
    column: Table32, how: Table16, label: Ints, slots: Ints, limits: tuple[int, int], near: Table32
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
            if group < 0:
                continue
            at = 0
            while at < count and near[row, at] != group:
                at += 1
            if at == count:
                near[row, count] = group
                count += 1
                if count == near.shape[1]:
                    break


@compiled
def _recall(
    slots: Ints,
    number: Table32,
    held: tuple[Ints, Ints, Marks, Marks],
    key: Marks,
    known: Floats,
    near: Table32,
    value: Floats,
) -> None:
    """Write near groups with what is known of them already, and keys for the rest; 0 ends a row."""
    which, size, contents, digest = held
    most = near.shape[1]
    before, then = np.empty(most, np.uint64), np.empty(most)
    for row in range(len(slots)):
        slot = slots[row]
        keys = 0
        while keys < most and key[slot, keys] > 0:
            before[keys], then[keys] = key[slot, keys], known[slot, keys]
            keys += 1
        count = 0
        for at in range(most):
            if number[slot, at] < 0:
                break
            group = which[number[slot, at]]
            if group < 0 or size[group] < 2:
                continue
            wanted = contents[group] ^ (digest[slot] << np.uint64(1))
            near[row, count], key[slot, count] = group, wanted
            for other in range(keys):
                if before[other] == wanted:
                    value[row, count] = known[slot, count] = then[other]
                    break
            count += 1
        if count < most:
            key[slot, count] = 0


@compiled
def _leaders(
    near: Table32,
    value: Floats,
    penalty: Ints,
    crowd: Floats,
    lowest: int,
    best: Ints,
    how: Floats,
) -> None:
    """Write which group of each row is the best by a lead, and by how many steps it is like it."""
    for row in range(len(near)):
        second = float(lowest)
        first, most = -1, -np.inf
        for at in range(near.shape[1]):
            group = near[row, at]
            if group < 0:
                break
            steps = value[row, at] * STEPS - (penalty[row] + crowd[group]) / 2
            if first < 0:
                first, most = group, steps
            elif steps > most:
                second = max(second, most)
                first, most = group, steps
            else:
                second = max(second, steps)
        if first >= 0 and most - second >= LEAD * STEPS:
            best[row], how[row] = first, most


def _like_mean(vectors: Vectors, label: Ints, groups: int, face: Ints, group: Ints) -> Floats:
    """float64[len(face)], cosine of each face to the mean of a group."""
    result = np.empty(len(face))
    start, members = members_of(label, groups)
    order = np.argsort(group, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        theirs = members[start[group[part[0]]] : start[group[part[0]] + 1]]
        some = np.linspace(0, len(theirs) - 1, min(len(theirs), FACES_OF_MEAN)).astype(np.int64)
        mean = vectors.take(theirs[some]).astype(np.float64).sum(axis=0)
        mean /= max(np.sqrt((mean * mean).sum()), 1e-12)
        result[part] = (vectors.take(face[part]) * mean).sum(axis=1)
    return result
