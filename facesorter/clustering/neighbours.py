"""Nearest-neighbour lists of all faces, which grow and shrink and stay exact.

Every list is an exact prefix of the list of *all* faces at or above the lowest similarity, nearest
first. A list longer than `KEPT` is truncated and marked so; from then on a face is inserted only if
it is nearer than the last one kept, because what lay behind that is unknown. Removing a face leaves
a shorter prefix, and only when fewer than `NEIGHBOURS` are left is the list computed again. What is
read, the first `NEIGHBOURS`, is therefore always what a recompute would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled
from facesorter.clustering.proposal import Bools, Ints, Ints16, Ints32, Singles

NEIGHBOURS = 32
"""Neighbours that grouping reads. 64 changed no figure in the measurements, 16 lost faces of large
families."""

KEPT = NEIGHBOURS + 8
"""Neighbours kept: some to spare, so that one face removed does not have its 32 neighbours compared
with the whole library again."""

EMPTY = -1
"""Steps of an unused entry; such entries are at the end of a row, with column 0."""

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True)
class Neighbours:
    """The nearest faces of each of ``n`` faces, nearest first."""

    column: Ints32
    """int32[n, k], positions of the neighbours."""
    steps: Ints16
    """int16[n, k], how similar they are, `EMPTY` behind the last one."""


class Lists(NamedTuple):
    """Neighbour lists where they are kept, by slot: a view, valid until the graph changes.

    A named tuple, so that compiled loops can take it whole.
    """

    column: Ints32
    """int32[slots, width or more], slots of the neighbours, nearest first."""
    steps: Ints16
    """int16, how similar they are, `EMPTY` behind the last one."""
    core: Bools
    """bool[slots], who is listed in others' lists."""
    order: Ints
    """int64[n], the slot of each face."""
    rank: Ints
    """int64[slots], the face in each slot, -1 for none."""
    width: int
    """Entries of a row to read; those behind it are spare."""
    lowest: int
    """Entries below this many steps are not read."""

    def by_slot(self, values: npt.NDArray[_T], fill: float) -> npt.NDArray[_T]:
        """Reorder values of faces by slot, with ``fill`` in empty slots."""
        result = np.full(len(self.rank), fill, values.dtype)
        result[self.order] = values
        return result

    def neighbours(self) -> Neighbours:
        """Copy the lists, by face instead of slot."""
        column = np.zeros((len(self.order), self.width), np.int32)
        steps = np.full((len(self.order), self.width), EMPTY, np.int16)
        _copy_lists(self, column, steps)
        return Neighbours(column, steps)


@dataclass(frozen=True)
class Likeness:
    """The neighbour lists of a library, for a map of its faces."""

    face_ids: Ints
    """int64[n], ascending."""
    neighbours: Neighbours
    """Positions are those in ``face_ids``."""
    vectors: Singles
    """float32[n, d], unit length."""


class NeighbourTables:
    """Keeps the nearest neighbours of every slot. Thread: the one that made it."""

    def __init__(self) -> None:
        self.column = np.zeros((0, KEPT), np.int32)
        self.steps = np.full((0, KEPT), EMPTY, np.int16)
        self.cut = np.zeros(0, bool)
        self._rank = np.zeros(0, np.int64)

    def resize(self, slots: int) -> None:
        """Make room for further slots, with empty lists."""
        self.column = grown(self.column, slots, 0)
        self.steps = grown(self.steps, slots, EMPTY)
        self.cut = grown(self.cut, slots, 0)

    def use_order(self, rank: Ints) -> None:
        """Break ties by this rank of slots from now on; it must agree with the previous one."""
        self._rank = rank

    def keep(self, slots: Ints) -> None:
        """Drop all other slots, which no list may mention, and number these from 0 on."""
        place = np.zeros(len(self.cut), np.int32)
        place[slots] = np.arange(len(slots), dtype=np.int32)
        self.column, self.steps = place[self.column[slots]], self.steps[slots]
        self.cut = self.cut[slots]

    def remove(self, gone: Bools) -> Ints:
        """Remove faces from all lists; return the slots whose lists have become too short."""
        again = np.zeros(len(gone), bool)
        _take_out(NEIGHBOURS, gone, self.column, self.steps, self.cut, again)
        return np.flatnonzero(again)

    def forget(self, slots: Ints) -> None:
        """Empty some lists, to be filled again."""
        self.column[slots], self.steps[slots], self.cut[slots] = 0, EMPTY, False

    def add(self, slot: Ints, other: Ints, steps: Ints, core: Bools) -> None:
        """Insert the ``core`` ones of ``other`` into the lists of ``slot``; each pair only once."""
        _insert(slot, other, steps, core, self._rank, self.column, self.steps, self.cut)


def grown(rows: npt.NDArray[_T], count: int, fill: float) -> npt.NDArray[_T]:
    """Extend an array to ``count`` rows, new ones filled; amortised, like a list's append.

    The result may share memory with the array given, which must not be used any more.
    """
    held = rows.base
    if held is None or held.shape[1:] != rows.shape[1:] or count > len(held):
        # A fifth to spare, so that not every batch of a scan copies everything. np.empty is lazy:
        # untouched pages are never allocated.
        held = np.empty((count + count // 5, *rows.shape[1:]), rows.dtype)
        held[: len(rows)] = rows
    held[len(rows) : count] = fill
    return held[:count]


@compiled
def _copy_lists(lists: Lists, column: Ints32, steps: Ints16) -> None:
    for face in range(len(lists.order)):
        slot = lists.order[face]
        for place in range(lists.width):
            if lists.steps[slot, place] < lists.lowest:
                break
            column[face, place] = lists.rank[lists.column[slot, place]]
            steps[face, place] = lists.steps[slot, place]


@compiled
def _take_out(
    needed: int,
    gone: Bools,
    column: Ints32,
    how: Ints16,
    cut: Bools,
    again: Bools,
) -> None:
    room = how.shape[1]
    for row in range(len(gone)):
        kept = 0
        if not gone[row]:
            end = 0
            while end < room and how[row, end] != EMPTY:
                if not gone[column[row, end]]:
                    column[row, kept], how[row, kept] = column[row, end], how[row, end]
                    kept += 1
                end += 1
            again[row] = kept < end and kept < needed and cut[row]
        else:
            cut[row] = False
        for place in range(kept, room):
            column[row, place], how[row, place] = 0, EMPTY


@compiled
def _insert(
    slot: Ints,
    other: Ints,
    steps: Ints,
    core: Bools,
    rank: Ints,
    column: Ints32,
    how: Ints16,
    cut: Bools,
) -> None:
    room = how.shape[1]
    for offered in range(len(slot)):
        row, who, step = slot[offered], other[offered], steps[offered]
        if not core[who]:
            continue
        columns, similar = column[row], how[row]
        end = 0
        if similar[room - 1] != EMPTY:
            end = room
        else:
            while similar[end] != EMPTY:
                end += 1
        if cut[row] and end > 0:
            last = similar[end - 1]
            if step < last or (step == last and rank[who] > rank[columns[end - 1]]):
                continue
        place = min(end, room - 1)
        while place > 0:
            before = similar[place - 1]
            if step < before or (step == before and rank[who] > rank[columns[place - 1]]):
                break
            columns[place], similar[place] = columns[place - 1], before
            place -= 1
        columns[place], similar[place] = who, step
        # A list that has just become full counts as cut: what would follow is unknown.
        if end >= room - 1:
            cut[row] = True
