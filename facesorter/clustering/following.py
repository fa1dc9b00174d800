"""Labels followed from one refresh to the next, to find the faces for which something changed.

What is said of a face (how crowded it is, who it votes for, how close it is to its group) follows
from its list and from the labels of itself and of those in it. So it has to be found out again
only where the list changed, or a label in it. Numbers of groups mean nothing from one refresh to
the next; here a group that keeps most of its faces keeps its number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.neighbours import Lists, Table32, grown
from facesorter.clustering.proposal import Bools, Ints

Labels = npt.NDArray[np.integer[Any]]
Kinds = npt.NDArray[np.int8]
Counts = npt.NDArray[np.uint8]

_NOT_THERE = -2
"""The label of a slot that holds nobody; -1 is a face without a group."""

_MOST_NUMBERS = 4
"""Numbers given away for each slot before they begin at 0 again."""


class Followed:
    """The labels of the last refresh, by slot."""

    def __init__(self) -> None:
        self.label = np.zeros(0, np.int32)
        """int32[slots]: groups from 0 on, -1 for none, -2 where nobody is."""
        self.number = np.zeros(0, np.int32)
        """int32[groups]: the number in `label` of each group of this refresh."""
        self.end = 0
        """No number in `label` is as high."""
        self.kind = np.zeros(0, np.int8)
        """int8[end or more], of what kind the group with each number is."""

    def follow(self, lists: Lists, label: Labels, kind: Kinds) -> tuple[Bools, bool]:
        """Take in the labels of this refresh.

        Args:
            lists: where the faces are.
            label: int[n], the group of each face from 0 on, -1 for none.
            kind: int8[groups]; a group whose kind changed is another one.

        Returns:
            bool[slots], faces that are new or whose label changed; and whether there is one that
            is not new.
        """
        slots = len(lists.rank)
        if self.end > _MOST_NUMBERS * slots:
            self.label, self.end = np.zeros(0, np.int32), 0
        before = np.full(slots, _NOT_THERE, np.int32)
        before[: len(self.label)] = self.label
        kind_before = grown(self.kind, self.end + len(kind), 0)
        self.number = np.full(len(kind), -1, np.int32)
        self.end = _number_groups(
            label, kind, lists.order, before, self.end, kind_before, self.number
        )
        self.label = np.full(slots, _NOT_THERE, np.int32)
        moved = np.zeros(slots, bool)
        old_ones = _put(label, self.number, lists.order, before, self.label, moved)
        self.kind = kind_before
        self.kind[self.number] = kind
        return moved, old_ones


@compiled
def _number_groups(
    label: Labels,
    kind: Kinds,
    order: Ints,
    before: Table32,
    end: int,
    kind_before: Kinds,
    number: Table32,
) -> int:
    """Give each group the number that most of its faces had, if that is free."""
    # The candidate of each group that outweighs all others, if one does (Boyer and Moore). Place 0
    # is for those in no group: nothing foretells who is, so that asking takes longer than counting.
    weight = np.zeros(len(number) + 1, np.int32)
    candidate = np.full(len(number) + 1, -1, np.int32)
    for face in range(len(label)):
        at, old = np.uint32(label[face] + 1), before[np.uint64(order[face])]
        same, empty = candidate[at] == old, weight[at] == 0
        candidate[at] = old if empty & (old >= 0) else candidate[at]
        weight[at] += (np.int32(1) if same | empty else np.int32(-1)) * np.int32(old >= 0)
    number[:] = candidate[1:]
    taken = np.zeros(end, np.bool_)
    for group in range(len(number)):
        old = number[group]
        if old >= 0 and not taken[old] and kind_before[old] == kind[group]:
            taken[old] = True
        else:
            number[group] = end
            end += 1
    return end


@compiled
def _put(
    label: Labels, number: Table32, order: Ints, before: Table32, now: Table32, moved: Bools
) -> bool:
    old_ones = False
    shifted = np.append(np.full(1, -1, np.int32), number)
    for face in range(len(label)):
        slot = np.uint64(order[face])
        then = before[slot]
        now[slot] = shifted[np.uint32(label[face] + 1)]
        moved[slot] = now[slot] != then
        old_ones |= moved[slot] & (then != -2)
    return old_ones


def listing(lists: Lists, rows: Ints, reach: Counts, marked: Bools) -> Bools:
    """Find lists with something marked in the part of them that was looked at.

    Args:
        lists: nearest faces.
        rows: slots.
        reach: uint8[slots], how many entries of each list were.
        marked: bool[slots].

    Returns:
        bool[len(rows)].
    """
    found = np.zeros(len(rows), bool)

    def loop(start: int, end: int) -> None:
        some = slice(start, end)
        _mark(lists.column, rows[some], reach, marked, found[some])

    in_parts(loop, len(rows))
    return found


@compiled
def _mark(column: Table32, rows: Ints, reach: Counts, marked: Bools, found: Bools) -> None:
    for at in range(len(rows)):
        row = np.uint64(rows[at])
        for place in range(reach[row]):
            if marked[np.uint32(column[row, place])]:
                found[at] = True
                break
