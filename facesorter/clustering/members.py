"""Who is in which group, out of one label a face."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.following import Labels
from facesorter.clustering.proposal import Ints


def sizes(label: Labels, groups: int | None = None) -> Ints:
    """int64[groups]: the faces of each group; -1 in ``label`` is no group.

    Without ``groups`` as many as there are, at least one.
    """
    count = int(label.max(initial=0)) + 1 if groups is None else groups
    size = np.zeros(count + 1, np.int64)
    _count(label, size)
    return size[1:]


@compiled
def _count(label: Labels, size: Ints) -> None:
    # Who is in no group is counted too: a condition that nothing can foretell takes longer.
    for face in range(len(label)):
        size[label[face] + 1] += 1


def totals(label: Ints, values: Ints, groups: int) -> Ints:
    """int64[groups]: the sum of the values, int64[n], of each group's faces."""
    total = np.zeros(groups + 1, np.int64)
    _add_up(label, values, total)
    return total[1:]


@compiled
def _add_up(label: Ints, values: Ints, total: Ints) -> None:
    for face in range(len(label)):
        total[label[face] + 1] += values[face]


def members_of(label: Ints, groups: int) -> tuple[Ints, Ints]:
    """Where each group starts in a list of the faces of all groups, and that list."""
    start = np.zeros(groups + 1, np.int64)
    np.cumsum(sizes(label, groups), out=start[1:])
    members = np.empty(int(start[-1]), np.int64)
    _fill_members(label, start.copy(), members)
    return start, members


@compiled
def _fill_members(label: Ints, place: Ints, members: Ints) -> None:
    for face in range(len(label)):
        if label[face] >= 0:
            members[place[label[face]]] = face
            place[label[face]] += 1


def same_groups(one: Ints, other: Ints) -> bool:
    """Whether the same faces are together by both, whatever the numbers; one alone is as none."""
    size = sizes(one)
    return bool(_same(one, other, size, np.full(int(other.max(initial=-1)) + 1, -1)))


@compiled
def _same(one: Ints, other: Ints, size: Ints, seen: Ints) -> bool:
    where = np.full(len(size), -2, np.int64)
    for face in range(len(one)):
        group, there = one[face], other[face]
        if group < 0 or size[group] < 2:
            if there >= 0:
                return False
            continue
        if where[group] == -2:
            if there < 0 or seen[there] >= 0:
                return False
            where[group], seen[there] = there, group
        elif where[group] != there:
            return False
    return True
