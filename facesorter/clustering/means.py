"""Loose faces that are like a group as a whole, though like no three of its faces in particular.

A mean has less of what single photos add to a face (`mean_faces`). As with votes, groups are taken
as they stand, all at once: the outcome does not depend on an order, and a face that is placed
never brings another along.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facesorter.clustering.attach import place
from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.constraints import Photos
from facesorter.clustering.forest import Graph
from facesorter.clustering.mean_faces import MeanFaces, Samples
from facesorter.clustering.members import totals
from facesorter.clustering.neighbours import Table16, Table32, grown
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import STEPS, Marks, Vectors, fixed_products
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

_GROUPS = 8
"""Nearest groups of a face that are compared with it."""


Places = npt.NDArray[np.int8]
_ODD = np.uint64(0x9E3779B97F4A7C15)

_Held = tuple[Ints, Ints, Marks, Marks]
"""The group that has each number, the size of each group, what it holds, and what faces are."""


class Means:
    """How like groups faces were found to be, by slot: most of it holds for the next refresh."""

    def __init__(self) -> None:
        self._near = np.zeros((0, _GROUPS), np.int32)
        """Numbers of the nearest groups, nearest first, -1 behind the last one."""
        # Each says by a number which face and which members it was found with.
        self._key = np.zeros((0, _GROUPS), np.uint64)
        self._value = np.zeros((0, _GROUPS))
        # What came out, and a number that says what all of it came from.
        self._from = np.zeros(0, np.uint64)
        self._place, self._how = np.zeros(0, np.int8), np.zeros(0)
        self._asked = np.zeros(0, bool)

    def rest(self) -> None:
        """Nobody asks in this refresh, so it is not known who is near whom in the next one."""
        self._asked[:] = False

    def leaders(
        self,
        vectors: Vectors,
        graph: Graph,
        groups: Samples,
        asking: Ints,
        lowest: int,
        votes: Votes,
        mean_faces: MeanFaces,
    ) -> tuple[Ints, Floats]:
        """The group that each of some faces is like, by a lead over all other groups near it.

        Args:
            vectors: the embeddings.
            graph: similarities, adjusted for crowds.
            groups: their samples; groups of one are not looked at.
            asking: the faces.
            lowest: groups without a neighbour at this many steps or more are not looked at.
            votes: what these faces were asked before, about the same groups.
            mean_faces: those found before.

        Returns:
            int64[len(asking)], -1 for none; and float64, how like its mean the face is, in steps.
        """
        lists = graph.lists
        slots, count = lists.order[asking], len(groups.size)
        again = votes.again.copy()
        again[: len(self._asked)] |= ~self._asked
        again[len(self._asked) :] = True
        changed = slots[again[slots]]
        self._asked = np.zeros(len(lists.rank), bool)
        self._asked[slots] = True
        self._key = grown(self._key, len(lists.rank), 0)
        self._value = grown(self._value, len(lists.rank), 0)
        self._near = grown(self._near, len(lists.rank), -1)
        penalty = 0 if graph.penalty is None else graph.penalty
        total = totals(groups.label, np.broadcast_to(penalty, len(vectors)), count)
        crowd: Floats = total / np.maximum(groups.size, 1)
        held = votes.groups(count), groups.size, groups.key, vectors.digest
        if len(changed):
            self._look(graph, groups, changed, lowest, votes, held)
        self._from = grown(self._from, len(lists.rank), 0)
        self._place = grown(self._place, len(lists.rank), -1)
        self._how = grown(self._how, len(lists.rank), 0)
        what = np.append(groups.key + crowd.view(np.uint64) * _ODD, np.uint64(0))[held[0]]
        known = self._near, self._key, self._value, graph.penalties, crowd
        last = what, self._from, self._place, self._how
        best, how = np.empty(len(asking), np.int64), np.empty(len(asking))
        # Memory that nothing is written to costs nothing.
        unknown = np.empty((len(asking) * _GROUPS, 3), np.int32)

        def lead(start: int, end: int) -> Table32:
            out = unknown[start * _GROUPS : end * _GROUPS]
            part = best[start:end], how[start:end], start, out
            return out[: _lead(slots[start:end], held, *known, lowest, *last, *part)]

        row, place, group = np.concatenate(in_parts(lead, len(asking))).T
        if len(row):
            like = _like_mean(vectors, groups, slots[row], group, mean_faces)
            self._value[slots[row], place] = like
            rows = np.unique(row)
            parts = np.empty(len(rows), np.int64), np.empty(len(rows))
            _lead(slots[rows], held, *known, lowest, *last, *parts, 0, unknown)
            best[rows], how[rows] = parts
        return best, how

    def _look(
        self, graph: Graph, groups: Samples, slots: Ints, lowest: int, votes: Votes, held: _Held
    ) -> None:
        """Find the nearest groups of some faces, and keep what is known about them."""
        lists = graph.lists
        labels, limits = lists.by_slot(groups.label, -1), (lists.width, max(lowest, lists.lowest))
        found = np.full((len(slots), _GROUPS), -1, np.int32)

        def look(start: int, end: int) -> None:
            part = slice(start, end)
            _nearest_groups(lists.column, lists.steps, labels, slots[part], limits, found[part])

        in_parts(look, len(slots))
        numbers = votes.numbers(found)

        def carry(start: int, end: int) -> None:
            part = slice(start, end)
            _carry(slots[part], numbers[part], held, self._near, self._key, self._value)

        in_parts(carry, len(slots))


def by_mean(
    vectors: Vectors,
    graph: Graph,
    groups: Samples,
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
    mean_faces: MeanFaces,
) -> Ints:
    """Give loose faces to the groups whose mean they are like.

    Args:
        vectors: the embeddings.
        graph: similarities, adjusted for crowds.
        groups: samples of the groups before any face was placed.
        label: int64[n], group of each face with those that are placed already, -1 for none.
        loose: bool[n], the faces to place; all have label -1.
        photos: who shares a photo.
        owned: bool[groups], which groups are persons of the user.
        lowest: groups without a neighbour at this many steps or more are not looked at.
        born: float64[groups], day before which no face can belong to a group.
        day: float64[n], day of each face.
        votes: what the same faces were asked before, about the same groups.
        means: what was found out before.
        mean_faces: those found before.

    Returns:
        int64[n], the new labels. A group never gets a face from a photo that it has one of.
    """
    asking = graph.lists.by_place(loose)
    if not len(born) or not len(asking):
        means.rest()
        return label.copy()
    best, how = means.leaders(vectors, graph, groups, asking, lowest, votes, mean_faces)
    sure = best >= 0
    sure &= owned[best] | (groups.size[best] >= FACES_OF_ITS_OWN)
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
def _carry(
    slots: Ints, number: Table32, held: _Held, near: Table32, key: Marks, known: Floats
) -> None:
    """Write near groups, and what is known of them already where the new ones stand."""
    which, _, contents, digest = held
    most = near.shape[1]
    before, then = np.empty(most, np.uint64), np.empty(most)
    for row in range(len(slots)):
        slot = slots[row]
        for at in range(most):
            before[at], then[at] = key[slot, at], known[slot, at]
            near[slot, at], key[slot, at] = number[row, at], 0
        for at in range(most):
            if number[row, at] < 0:
                break
            group = which[number[row, at]]
            if group >= 0:
                wanted = contents[group] ^ (digest[slot] << np.uint64(1))
                for other in range(most):
                    if before[other] == wanted:
                        key[slot, at], known[slot, at] = wanted, then[other]


@compiled
def _lead(
    slots: Ints,
    held: _Held,
    near: Table32,
    key: Marks,
    known: Floats,
    penalty: Ints,
    crowd: Floats,
    lowest: int,
    what: Marks,
    came_from: Marks,
    place_before: Places,
    how_before: Floats,
    best: Ints,
    how: Floats,
    first_row: int,
    unknown: Table32,
) -> int:
    """Write which group of each face is the best by a lead, and by how many steps it is like it.

    And a row, a place in the tables and a group for each similarity that has to be found out
    first, and whose key is written already; returns how many.
    """
    which, size, contents, digest = held
    open_ones = 0
    for row in range(len(slots)):
        slot = np.uint64(slots[row])
        # As a rule nothing is other than last time.
        now = np.uint64(lowest) + np.uint64(penalty[slot]) * _ODD
        for at in range(near.shape[1]):
            if near[slot, at] < 0:
                break
            now = now * _ODD + what[near[slot, at]]
        if now == came_from[slot]:
            place = place_before[slot]
            best[row] = which[near[slot, place]] if place >= 0 else -1
            how[row] = how_before[slot]
            continue
        second = float(lowest)
        first, most, leader, sure = -1, -np.inf, -1, True
        for at in range(near.shape[1]):
            if near[slot, at] < 0:
                break
            group = which[near[slot, at]]
            if group < 0 or size[group] < 2:
                continue
            wanted = contents[group] ^ (digest[slot] << np.uint64(1))
            if key[slot, at] != wanted:
                key[slot, at] = wanted
                unknown[open_ones, 0], unknown[open_ones, 1] = first_row + row, at
                unknown[open_ones, 2] = group
                open_ones += 1
                sure = False
                continue
            steps = known[slot, at] * STEPS - (penalty[slot] + crowd[group]) / 2
            if first >= 0:
                second = max(second, min(most, steps))
            if first < 0 or steps > most:
                first, most, leader = group, steps, at
        best[row], how[row] = -1, most
        place_before[slot] = -1
        if first >= 0 and most - second >= LEAD * STEPS:
            best[row], place_before[slot] = first, leader
        how_before[slot], came_from[slot] = most, now if sure else np.uint64(0)
    return open_ones


def _like_mean(
    vectors: Vectors, groups: Samples, slots: Ints, group: Table32, mean_faces: MeanFaces
) -> Floats:
    """float64[len(slots)], cosine of the face in each slot to the mean of a group."""
    wanted, place = np.unique(group, return_inverse=True)
    mean = mean_faces.of(vectors, groups, wanted.astype(np.int64))
    length = np.sqrt((mean.astype(np.float64) ** 2).sum(axis=1))
    result = np.empty(len(slots))

    def loop(start: int, end: int) -> None:
        part = slice(start, end)
        result[part] = fixed_products(vectors.matrix, slots[part], mean, place[part])

    in_parts(loop, len(slots))
    like: Floats = result / np.maximum(length, 1e-12)[place]
    return like
