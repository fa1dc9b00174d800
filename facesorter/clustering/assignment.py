"""Assign the remaining faces: by a vote of their nearest neighbours, then to a nearest centroid.

Both look at the groups as they stand, all faces at once: the outcome depends on no order, and an
assigned face never brings another along, so it can't bridge groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.centroids import Centroids, lengths
from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.confidence import CLEAR, TOP, resembles_few
from facesorter.clustering.constraints import Constraints, Photos
from facesorter.clustering.graph import Graph
from facesorter.clustering.kernels import sizes
from facesorter.clustering.neighbours import Lists
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import STEPS, Vectors, fixed_products

VOTE_MARGIN = 0.05
"""Cosine by which the best group of a vote must lead the next one."""

CENTROID_MARGIN = 2 * VOTE_MARGIN
"""Cosine by which a face must be nearer to the centroid of a group than to any other. Groups that
none of its neighbours is in count as `thresholds.BELOW_CEILING` below the ceiling, so this above
that is also the least. With it the decisions to complete everybody fell by 2 of 238 on the labelled
photos and by 1 to 3 % in eight synthetic libraries of 10,000 faces, and BCubed F rose by up to
.0007 in each. With 0.08 it would be another 1 to 2 % in those, but 3 decisions more and .0006 less
on the labelled photos."""

LEAST_MEMBERS = 5
"""Faces that a group needs for its centroid to count, unless the user named them: a smaller
one that the machine made may be mixed itself. Of the faces that came to groups of two to four 70 %
were right, to larger ones 90 %."""

_COMPARED = 8
"""Nearest groups of a face whose centroids it is compared with."""


@dataclass(frozen=True)
class Targets:
    """The groups that take faces in."""

    label: Ints
    """int64[n], group of each face before any is assigned, -1 for none."""
    owned: Bools
    """bool[groups], which are persons of the user."""
    needed: Ints
    """int64[groups], mean similarity that a vote for the group needs, in steps."""
    born: Floats
    """float64[groups], day before which no face can belong to the group."""
    lowest: int
    """Neighbours below this many steps don't count."""
    ceiling: int
    """Similarity at which two faces resemble each other, in steps."""


def by_vote(
    graph: Graph, targets: Targets, asking: Bools, constraints: Constraints, quality: Singles
) -> Ints:
    """Assign faces by a k-nearest-neighbour vote of their `TOP` nearest in each group.

    For a person of the user with that many faces, all have to vote: one of hundreds is always near
    by chance. In a group that is nobody's yet, fewer may where no more are near, but not on a clear
    face: it joins only what it would not be released from (`confidence.resembles_few`).

    Args:
        graph: normalised similarities.
        targets: the groups.
        asking: bool[n], the faces to assign, all without a group.
        constraints: photos and dates, which no assignment contradicts.
        quality: float32[n].

    Returns:
        int64[n], the new labels.
    """
    faces, lists = np.flatnonzero(asking), graph.lists
    if not len(targets.owned) or not len(faces):
        return targets.label.copy()
    slots, labels = lists.order[faces], lists.by_slot(targets.label, -1)
    size, clear = sizes(targets.label, len(targets.owned)), quality[faces] >= CLEAR
    usual = np.where(targets.owned & (size >= TOP), TOP, 1)
    voters = np.stack([usual, np.where(targets.owned, usual, np.minimum(size, TOP))])
    lowest = max(targets.lowest, lists.lowest)
    best, mean = np.empty(len(faces), np.int64), np.empty(len(faces), np.float64)

    def loop(start: int, end: int) -> None:
        some = slice(start, end)
        table = lists, labels, graph.penalties, lowest
        rules = clear[some], voters, targets.needed
        _vote(*table, slots[some], rules, best[some], mean[some])

    in_parts(loop, len(faces))
    sure = best >= 0
    judged = np.flatnonzero(sure & clear & ~targets.owned[best])
    few = resembles_few(graph, targets.label, faces[judged], best[judged], targets.ceiling)
    sure[judged[few]] = False
    return _place(targets.label, targets.born, constraints, faces[sure], best[sure], mean[sure])


def by_centroid(
    vectors: Vectors,
    graph: Graph,
    targets: Targets,
    label: Ints,
    asking: Bools,
    constraints: Constraints,
) -> Ints:
    """Assign faces to the nearest centroid among the groups of their neighbours.

    What a single photo adds to a face, light, pose and expression, cancels out in a mean: some
    faces resemble a group as a whole, though no three of its faces in particular.

    Args:
        vectors: the embeddings.
        graph: normalised similarities.
        targets: the groups; centroids are of their members before any face was assigned.
        label: int64[n], group of each face, with those already assigned.
        asking: bool[n], the faces to assign, all without a group.
        constraints: photos and dates, which no assignment contradicts.

    Returns:
        int64[n], the new labels.
    """
    faces, lists = np.flatnonzero(asking), graph.lists
    if not len(targets.owned) or not len(faces):
        return label.copy()
    slots, labels = lists.order[faces], lists.by_slot(targets.label, -1)
    lowest = max(targets.lowest, lists.lowest)
    near = np.full((len(faces), _COMPARED), -1)

    def look(start: int, end: int) -> None:
        _nearest_groups(lists, labels, lowest, slots[start:end], near[start:end])

    in_parts(look, len(faces))
    groups = len(targets.owned)
    size = sizes(targets.label, groups)
    # The centroid of a group of one, which is a confirmed face, says no more than a vote.
    near[(near >= 0) & (size[near] < 2)] = -1
    takes = targets.owned | (size >= LEAST_MEMBERS)
    # Half of the faces are near no group that takes any.
    some = ((near >= 0) & takes[near]).any(axis=1)
    faces, near = faces[some], near[some]
    row, place = np.nonzero(near >= 0)
    group = near[row, place]
    cosine = np.full(near.shape, -np.inf)
    cosine[row, place] = _to_centroids(vectors, targets.label, groups, faces[row], group)
    # Normalised as a pair of faces is, the group with the mean penalty of its members.
    penalty = np.zeros(len(vectors), np.int64) if graph.penalty is None else graph.penalty
    members = targets.label >= 0
    total = np.bincount(targets.label[members], penalty[members], groups)
    mean_penalty = total / np.maximum(size, 1)
    steps = cosine * STEPS - (penalty[faces][:, None] + mean_penalty[near]) / 2
    rows, nearest = np.arange(len(faces)), steps.argmax(axis=1)
    best, winner = steps[rows, nearest], near[rows, nearest]
    steps[rows, nearest] = -np.inf
    # Groups that no neighbour is in are at most about as similar as neighbours must be.
    second = np.maximum(steps.max(axis=1), float(targets.lowest))
    sure = (winner >= 0) & (best - second >= CENTROID_MARGIN * STEPS)
    sure &= takes[winner]
    return _place(label, targets.born, constraints, faces[sure], winner[sure], best[sure])


def _to_centroids(vectors: Vectors, label: Ints, groups: int, faces: Ints, group: Ints) -> Floats:
    """float64[len(faces)], the cosine of each face to the centroid of a group."""
    wanted = np.zeros(groups, bool)
    wanted[group] = True
    place = (np.cumsum(wanted) - 1)[group]
    mean = Centroids(vectors, label, groups).of(np.flatnonzero(wanted))
    length = lengths(mean)
    slots, result = vectors.order[faces], np.empty(len(faces))

    def loop(start: int, end: int) -> None:
        part = slice(start, end)
        result[part] = fixed_products(vectors.matrix, slots[part], mean, place[part])

    in_parts(loop, len(faces))
    cosine: Floats = result / length[place]
    return cosine


def _place(
    label: Ints, born: Floats, constraints: Constraints, faces: Ints, group: Ints, how: Floats
) -> Ints:
    """Assign faces to groups, unless that contradicts a date or a photo.

    Args:
        label: int64[n], group of each face, -1 for none.
        born: float64[groups], day before which no face can belong to a group.
        constraints: photos and dates.
        faces: int64[k], the faces to assign.
        group: int64[k], where each is to go.
        how: float64[k], how similar it is to the group.

    Returns:
        int64[n], the new labels. A group never gets a second face of a photo, unless the two may be
        one person.
    """
    result, photos = label.copy(), constraints.photos
    free = constraints.day[faces] >= born[group]
    free &= ~_is_taken(faces, group, label, photos)
    faces, group, how = faces[free], group[free], how[free]
    # Of several faces of a photo the most similar gets the place, and those who may be the same.
    photo = photos.of[faces]
    place = np.where(photo < 0, -1 - faces, group * len(photos.start) + photo)
    order = np.lexsort((faces, -how, place))
    first = np.flatnonzero(np.r_[True, np.diff(place[order]) != 0]) if len(order) else order
    best = order[np.repeat(first, np.diff(np.r_[first, len(order)]))]
    placed = order[photos.look[faces[order]] == photos.look[faces[best]]]
    result[faces[placed]] = group[placed]
    return result


@compiled
def _is_taken(faces: Ints, group: Ints, label: Ints, photos: Photos) -> Bools:
    """Whether the photo of each face shows somebody else of the group already."""
    result = np.zeros(len(faces), np.bool_)
    for row in range(len(faces)):
        photo = photos.of[faces[row]]
        if photo >= 0:
            for k in range(photos.start[photo], photos.start[photo + 1]):
                other = photos.faces[k]
                if photos.look[other] != photos.look[faces[row]]:
                    result[row] |= label[other] == group[row]
    return result


@compiled
def _vote(
    lists: Lists,
    label: Ints,
    penalty: Ints,
    lowest: int,
    slots: Ints,
    rules: tuple[Bools, Ints, Ints],
    chosen: Ints,
    mean: Floats,
) -> None:
    """Write the group that each slot's neighbours vote for, -1 for none, and their similarity.

    ``rules`` are, by row, whether the face is clear; by that and group, how many have to vote; and
    by group, what they need.
    """
    clear, voters, needed = rules
    groups = np.empty(lists.width, np.int64)
    votes = np.empty((lists.width, TOP), np.int64)
    for row in range(len(slots)):
        count, last = _collect_votes(lists, label, penalty, lowest, slots[row], groups, votes)
        best, second, winner = -1.0, -float(STEPS), -1
        for at in range(count):
            total, number = np.int64(0), 0
            for k in range(TOP):
                if votes[at, k] >= 0:
                    total += votes[at, k]
                    number += 1
            wanted = voters[int(clear[row]), groups[at]]
            if number < wanted:
                # Faces that are not listed are at most as near as the last one that is.
                total += (wanted - number) * last
                number = wanted
            value = total / number
            if value > best:
                if winner >= 0:
                    second = best
                best, winner = value, at
            elif value > second:
                second = value
        chosen[row], mean[row] = -1, best
        if winner >= 0 and best >= needed[groups[winner]] and best - second >= VOTE_MARGIN * STEPS:
            chosen[row] = groups[winner]


@compiled
def _collect_votes(
    lists: Lists, label: Ints, penalty: Ints, lowest: int, slot: int, groups: Ints, votes: Ints
) -> tuple[int, np.int64]:
    """Collect the `TOP` highest similarities to each group among the neighbours of a face.

    Returns:
        How many groups there are, and the similarity of the last neighbour or the lowest.
    """
    count, last = 0, np.int64(lowest)
    for place in range(lists.width):
        steps, other = np.int64(lists.steps[slot, place]), lists.column[slot, place]
        if steps < lowest:
            last = np.int64(lowest)
            break
        last = steps
        group = label[other]
        steps -= (penalty[slot] + penalty[other] + 1) // 2
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
    return count, last


@compiled
def _nearest_groups(lists: Lists, label: Ints, lowest: int, slots: Ints, near: Ints) -> None:
    """Write the groups of each slot's neighbours, nearest first, as many as there is room for."""
    for row in range(len(slots)):
        slot = slots[row]
        count = 0
        for place in range(lists.width):
            if lists.steps[slot, place] < lowest or count == near.shape[1]:
                break
            group = label[lists.column[slot, place]]
            if group < 0:
                continue
            at = 0
            while at < count and near[row, at] != group:
                at += 1
            if at == count:
                near[row, count] = group
                count += 1
