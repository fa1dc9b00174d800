"""Faces and groups, one at a time: how close a face is to its group, and where loose faces go.

A loose face votes with its three nearest neighbours in each group. Votes are counted over the
groups as they stand, all at once, so the outcome does not depend on an order, and an attached
face never brings another along: it can not bridge groups.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.constraints import SAME_PICTURE
from facesorter.clustering.forest import Graph
from facesorter.clustering.neighbours import EMPTY, Neighbours
from facesorter.clustering.proposal import Bools, Ints, Singles
from facesorter.clustering.similarity import STEPS, Vectors

TOP = 3
"""Neighbours that speak for a group: one may be a chance, and the mean of all punishes looks."""

MARGIN = 0.05
"""Cosine by which the best group must lead the next one."""

_ROWS = 16_384
"""Lists looked at in one go, so that they stay in cache."""


def closeness(vectors: Vectors, neighbours: Neighbours, label: Ints) -> Singles:
    """How sure each membership is: the mean of the highest `TOP` cosines to its group.

    Args:
        vectors: the embeddings.
        neighbours: nearest faces of each face.
        label: int64[n], group of each face, -1 for none.

    Returns:
        float32[n], 0 for faces without a group or alone in one.
    """
    total, found = _nearest_of_group(neighbours, label)
    size = np.bincount(label[label >= 0], minlength=1)
    wanted = np.where(label >= 0, np.minimum(size[np.maximum(label, 0)] - 1, TOP), 0)
    members = _members(label) if (found < wanted).any() else {}
    # The lists end somewhere; the few faces whose group lies beyond them are compared in full.
    for face in np.flatnonzero(found < wanted).tolist():
        others = members[int(label[face])]
        others = others[others != face]
        cosines = vectors.cosines(np.full(len(others), face), others)
        best = np.sort(np.rint(cosines * STEPS))[::-1][:TOP]
        total[face], found[face] = best.sum(), len(best)
    mean: Singles = (total / np.maximum(found, 1) / STEPS).astype(np.float32)
    return mean


def _nearest_of_group(
    neighbours: Neighbours, label: Ints, penalty: Ints | None = None
) -> tuple[Ints, Ints]:
    """Sum, in steps, and number of the `TOP` nearest listed faces of each face's own group."""
    n = len(label)
    small = label.astype(np.int32)
    total, found = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for start in range(0, n, _ROWS):
        part = slice(start, start + _ROWS)
        steps, column = neighbours.steps[part], neighbours.column[part]
        same = (small[column] == small[part, None]) & (steps != EMPTY)
        same &= small[part, None] >= 0
        same &= np.cumsum(same, axis=1, dtype=np.int8) <= TOP
        found[part] = same.sum(axis=1)
        if penalty is not None:
            steps = steps - (penalty[column] + penalty[part, None] + 1) // 2
        total[part] = np.where(same, steps, 0).sum(axis=1)
    return total, found


def evidence(graph: Graph, label: Ints) -> Ints:
    """int64[n]: mean similarity to the `TOP` nearest of the own group, without crowds, in steps.

    0 where the lists hold fewer.
    """
    total, found = _nearest_of_group(graph.neighbours, label, graph.penalty)
    return np.where(found == TOP, total // TOP, 0)


def vote(
    graph: Graph,
    label: Ints,
    photo: Ints,
    loose: Bools,
    *,
    least: Ints,
    lowest: int,
) -> Ints:
    """Give loose faces to the groups that their nearest neighbours are in.

    Args:
        graph: similarities, adjusted for crowds.
        label: int64[n], group of each face, -1 for none.
        photo: int64[n], photo of each face, -1 where it is the only one.
        loose: bool[n], the faces to place; all have label -1.
        least: int64[groups], mean similarity that each group asks for, in steps.
        lowest: neighbours below this many steps have no vote.

    Returns:
        int64[n], the new labels. A group never gets a face from a photo that it has one of.
    """
    result = label.copy()
    asking = np.flatnonzero(loose)
    lists = Neighbours(graph.neighbours.column[asking], graph.neighbours.steps[asking])
    rows, column, steps = lists.entries(lists.steps >= lowest)
    rows = asking[rows]
    steps = graph.fair(rows, column, steps)
    votes = (label[column] >= 0) & (steps >= lowest)
    rows, column, steps = rows[votes], column[votes], steps[votes]
    if not len(rows):
        return result
    groups = int(label.max()) + 1
    key, inverse = np.unique(rows * groups + label[column], return_inverse=True)
    total, found = _top_sums(inverse, steps, len(key))
    mean = total / found
    face, group = np.divmod(key, groups)
    order = np.lexsort((group, -mean, face))
    face, group, mean = face[order], group[order], mean[order]
    first = np.flatnonzero(np.r_[True, face[1:] != face[:-1]])
    second = np.minimum(first + 1, len(face) - 1)
    rival = np.where((second > first) & (face[second] == face[first]), mean[second], -STEPS)
    sure = (mean[first] >= least[group[first]]) & (mean[first] - rival >= MARGIN * STEPS)
    face, group, mean = face[first][sure], group[first][sure], mean[first][sure]

    photos = int(photo.max(initial=0)) + 1
    settled = np.flatnonzero((label >= 0) & (photo >= 0))
    taken = label[settled] * photos + photo[settled]
    alone = photo[face] < 0
    place = np.where(alone, -1 - face, group * photos + photo[face])
    free = alone | ~np.isin(place, taken)
    face, group, mean, place = face[free], group[free], mean[free], place[free]
    order = np.lexsort((face, -mean, place))
    best = order[np.r_[True, np.diff(place[order]) != 0]] if len(order) else order
    result[face[best]] = group[best]
    return result


def one_per_photo(
    vectors: Vectors, label: Ints, photo: Ints, confirmed: Ints, sureness: Singles
) -> Ints:
    """Leave each group at most one face of a photo, the surest; confirmed faces all stay.

    Faces at least as similar as `constraints.SAME_PICTURE` to all that stay are the same face
    seen twice, and stay too.

    Returns:
        int64[n], labels with the surplus faces at -1.
    """
    result = label.copy()
    shared = np.flatnonzero((label >= 0) & (photo >= 0))
    order = np.lexsort(
        (shared, -sureness[shared], confirmed[shared] < 0, photo[shared], label[shared])
    )
    shared = shared[order]
    kept: list[int] = []
    place = (-1, -1)
    for face in shared.tolist():
        here = (int(label[face]), int(photo[face]))
        if here != place:
            place, kept = here, [face]
        elif confirmed[face] >= 0:
            kept.append(face)
        else:
            cosines = vectors.cosines(np.full(len(kept), face), np.asarray(kept))
            if np.rint(cosines * STEPS).min() >= SAME_PICTURE:
                kept.append(face)
            else:
                result[face] = -1
    return result


def drop_single(label: Ints, confirmed: Ints) -> Ints:
    """Labels without the groups of one, unless the one is confirmed; numbered from 0."""
    size = np.bincount(label[label >= 0], minlength=1)
    alone = (label >= 0) & (size[np.maximum(label, 0)] < 2) & (confirmed < 0)
    kept = np.where(alone, -1, label)
    groups, inverse = np.unique(kept, return_inverse=True)
    renumbered: Ints = inverse - int(len(groups) > 0 and groups[0] < 0)
    return renumbered


def _top_sums(
    rows: Ints, steps: Ints, n: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], Ints]:
    """Sum and number of the `TOP` highest entries of each row."""
    order = np.lexsort((-steps, rows))
    rows, steps = rows[order], steps[order]
    top = np.arange(len(rows)) - np.searchsorted(rows, np.arange(n))[rows] < TOP
    total = np.bincount(rows[top], weights=steps[top], minlength=n).astype(np.float64)
    return total, np.bincount(rows[top], minlength=n)


def _members(label: Ints) -> dict[int, Ints]:
    order = np.argsort(label, kind="stable")
    numbers, first = np.unique(label[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, first[1:]), strict=True))
