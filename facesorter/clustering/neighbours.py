"""The nearest faces of each face: tables that grow and shrink and stay exact.

Every list is an exact prefix of the list of *all* faces at or above the lowest similarity, nearest
first. A list longer than `KEPT` is cut and marked as cut; from then on a face is taken in only if
it is nearer than the last one kept, since nobody knows what was cut off behind that. A face that
goes leaves a shorter prefix, and only when fewer than `NEIGHBOURS` are left must the list be asked
for again. Hence what is read, the first `NEIGHBOURS`, is always what a recompute would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled
from facesorter.clustering.proposal import Bools, Ints, Singles

NEIGHBOURS = 32
"""Nearest faces looked at for each face. 64 changed no figure in the measurements, 16 lost
attached faces of large families."""

KEPT = NEIGHBOURS + 8
"""Neighbours kept: with some to spare, so that a face that goes does not make its 32 neighbours
compare themselves with the whole library again."""

EMPTY = -1
"""Steps of an entry that is not there; such entries are at the end of a row, with column 0."""

_T = TypeVar("_T", bound=np.generic)
Table32 = npt.NDArray[np.int32]
Table16 = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Neighbours:
    """The nearest faces of each of ``n`` faces, nearest first."""

    column: Table32
    """int32[n, k], positions of the neighbours."""
    steps: Table16
    """int16[n, k], how similar they are, `EMPTY` behind the last one."""


@dataclass(frozen=True)
class Lists:
    """The nearest faces of each face where they are kept, by slot: good until the next change.

    Not copied: a face more changes a few lists, and all others stay where they are.
    """

    column: Table32
    """int32[slots, width or more], slots of the neighbours, nearest first."""
    steps: Table16
    """int16, how similar they are, `EMPTY` behind the last one."""
    core: Bools
    """bool[slots], who is listed in others' lists."""
    order: Ints
    """int64[n], the slot of each face."""
    rank: Ints
    """int64[slots], the face in each slot, -1 for none."""
    width: int
    """Entries of a row that count; those behind it are there for when others go."""
    lowest: int
    """Entries below this many steps do not count."""

    def by_slot(self, values: npt.NDArray[_T], fill: float) -> npt.NDArray[_T]:
        """Values of faces put by slots, with others where nobody is."""
        result = np.full(len(self.rank), fill, values.dtype)
        result[self.order] = values
        return result

    def by_place(self, chosen: Bools) -> Ints:
        """Some of the faces, bool[n], in the order in which their rows lie in memory."""
        return self.rank[np.flatnonzero(self.by_slot(chosen, False))]

    def neighbours(self) -> Neighbours:
        """A copy by face instead of slot."""
        column = np.zeros((len(self.order), self.width), np.int32)
        steps = np.full((len(self.order), self.width), EMPTY, np.int16)
        rank = self.rank.astype(np.int32)
        _copy_lists(self.order, rank, self.column, self.steps, self.lowest, column, steps)
        return Neighbours(column, steps)


@dataclass(frozen=True)
class Likeness:
    """Who looks like whom in a library, for a map of it."""

    face_ids: Ints
    """int64[n], ascending."""
    neighbours: Neighbours
    """Positions are those in ``face_ids``."""
    vectors: Singles
    """float32[n, d], unit length."""


class NeighbourTables:
    """Gathers pairs and keeps the nearest of every slot. Thread: the one that made it."""

    def __init__(self) -> None:
        self.column = np.zeros((0, KEPT), np.int32)
        self.steps = np.full((0, KEPT), EMPTY, np.int16)
        self.cut = np.zeros(0, bool)
        self.changed = np.zeros(0, bool)
        """bool[slots]: whose list changed since this was last cleared."""
        self._rank = np.zeros(0, np.int64)

    def resize(self, slots: int) -> None:
        """Make room for further slots, with empty lists."""
        self.column = grown(self.column, slots, 0)
        self.steps = grown(self.steps, slots, EMPTY)
        self.cut = grown(self.cut, slots, 0)
        self.changed = grown(self.changed, slots, 1)

    def use_order(self, rank: Ints) -> None:
        """Break ties by this rank of slots from now on; it must agree with the one before."""
        self._rank = rank

    def keep(self, slots: Ints) -> None:
        """Throw all other slots away and number these from 0 on; none may be listed elsewhere."""
        place = np.zeros(len(self.cut), np.int32)
        place[slots] = np.arange(len(slots), dtype=np.int32)
        self.column, self.steps = place[self.column[slots]], self.steps[slots]
        self.cut, self.changed = self.cut[slots], self.changed[slots]

    def remove(self, gone: Bools) -> Ints:
        """Take faces out of all lists; returns the slots whose lists must be asked for again."""
        again = np.zeros(len(gone), bool)
        _take_out(NEIGHBOURS, gone, self.column, self.steps, self.cut, self.changed, again)
        return np.flatnonzero(again)

    def forget(self, slots: Ints) -> None:
        """Empty some lists, to be filled anew."""
        self.column[slots], self.steps[slots], self.cut[slots] = 0, EMPTY, False
        self.changed[slots] = True

    def add(self, slot: Ints, other: Ints, steps: Ints, core: Bools) -> None:
        """Offer those of ``other`` that are ``core`` to the lists of ``slot``, a pair once."""
        tables = self.column, self.steps, self.cut, self.changed
        _offer(slot, other, steps, core, self._rank, *tables)


def grown(rows: npt.NDArray[_T], count: int, fill: int) -> npt.NDArray[_T]:
    """An array with ``count`` rows, the further ones filled; moved only now and then.

    It may share memory with the one given, which must not be used any more.
    """
    held = rows.base
    if held is None or held.shape[1:] != rows.shape[1:] or count > len(held):
        # By a fifth more than needed, so that a scan's portions do not each move everything.
        # Memory that nothing is written to costs nothing.
        held = np.empty((count + count // 5, *rows.shape[1:]), rows.dtype)
        held[: len(rows)] = rows
    held[len(rows) : count] = fill
    return held[:count]


@compiled
def _copy_lists(
    order: Ints,
    rank: Table32,
    column: Table32,
    how: Table16,
    lowest: int,
    to_column: Table32,
    to_how: Table16,
) -> None:
    for row in range(len(order)):
        slot = order[row]
        for place in range(to_how.shape[1]):
            steps = how[slot, place]
            if steps < lowest:
                break
            to_column[row, place], to_how[row, place] = rank[column[slot, place]], steps


@compiled
def _take_out(
    needed: int,
    gone: Bools,
    column: Table32,
    how: Table16,
    cut: Bools,
    changed: Bools,
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
            changed[row] |= kept < end
            again[row] = kept < end and kept < needed and cut[row]
        else:
            cut[row] = False
        for place in range(kept, room):
            column[row, place], how[row, place] = 0, EMPTY


@compiled
def _offer(
    slot: Ints,
    other: Ints,
    steps: Ints,
    core: Bools,
    rank: Ints,
    column: Table32,
    how: Table16,
    cut: Bools,
    changed: Bools,
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
        changed[row] = True
        # A list that is just full counts as cut: nobody knows what would come behind it.
        if end >= room - 1:
            cut[row] = True
