"""The nearest faces of each face: tables that grow and shrink and stay exact.

Every list is an exact prefix of the list of *all* faces at or above the lowest similarity, nearest
first. A list longer than `KEPT` is cut and marked as cut; from then on a face is taken in only if
it is nearer than the last one kept, since nobody knows what was cut off behind that. A face that
goes leaves a shorter prefix, and only when fewer than `NEIGHBOURS` are left must the list be asked
for again. Hence what is read, the first `NEIGHBOURS`, is always what a recompute would give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facesorter.clustering.proposal import Bools, Ints, Singles
from facesorter.clustering.similarity import INDEX_BITS, INDEX_MASK, STEP_BITS, STEPS, pack

NEIGHBOURS = 32
"""Nearest faces looked at for each face. 64 changed no figure in the measurements, 16 lost
attached faces of large families."""

KEPT = NEIGHBOURS + 8
"""Neighbours kept: with some to spare, so that a face that goes does not make its 32 neighbours
compare themselves with the whole library again."""

EMPTY = -1
"""Steps of an entry that is not there; such entries are at the end of a row, with column 0."""

_PENDING = 2_000_000
"""Candidates gathered before the lists take them in: 16 MB, sorted in under 0.1 s."""

Table32 = npt.NDArray[np.int32]
Table16 = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Neighbours:
    """The nearest faces of each of ``n`` faces, nearest first."""

    column: Table32
    """int32[n, k], positions of the neighbours."""
    steps: Table16
    """int16[n, k], how similar they are, `EMPTY` behind the last one."""

    def entries(self, kept: Bools) -> tuple[Ints, Ints, Ints]:
        """``(face, neighbour, steps)`` of the entries chosen by bool[n, k], row by row."""
        flat = np.flatnonzero(kept)
        return (
            flat // self.steps.shape[1],
            self.column.ravel()[flat].astype(np.int64),
            self.steps.ravel()[flat].astype(np.int64),
        )

    def once(self, kept: Bools, core: Bools) -> tuple[Ints, Ints, Ints]:
        """``(lo, hi, steps)`` of chosen entries between core faces, each pair a single time.

        ``kept`` must not tell the two directions of a pair apart.
        """
        rows, column, steps = self.entries(kept)
        core_row = core[rows]
        rows, column, steps = rows[core_row], column[core_row], steps[core_row]
        # The pair is in the other's list too, unless that is full and ends before it: no sort.
        last = self.steps[:, -1].astype(np.int64)
        end = np.where(last == EMPTY, -1, last)
        tie = np.where(last == EMPTY, len(last), self.column[:, -1])
        back = steps > end[column]
        back |= (steps == end[column]) & (rows <= tie[column])
        single = (rows < column) | ~back
        rows, column, steps = rows[single], column[single], steps[single]
        return np.minimum(rows, column), np.maximum(rows, column), steps

    def edges(self, lowest: int, core: Bools) -> Ints:
        """Packed, sorted, unique edges at or above ``lowest`` steps between core faces."""
        return np.sort(pack(*self.once(self.steps >= lowest, core)))


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
        self._pending: list[Ints] = []
        self._waiting = 0
        self._rank = np.zeros(0, np.int64)
        self._order = np.zeros(0, np.int64)
        self.changed = np.zeros(0, bool)
        """bool[slots]: whose list changed since this was last cleared."""

    def resize(self, slots: int) -> None:
        """Make room for further slots, with empty lists."""
        more = slots - len(self.cut)
        self.column = np.concatenate([self.column, np.zeros((more, KEPT), np.int32)])
        self.steps = np.concatenate([self.steps, np.full((more, KEPT), EMPTY, np.int16)])
        self.cut = np.concatenate([self.cut, np.zeros(more, bool)])
        self.changed = np.concatenate([self.changed, np.ones(more, bool)])

    def use_order(self, order: Ints, rank: Ints) -> None:
        """Break ties by this order of slots from now on; it must agree with the one before."""
        self._order, self._rank = order, rank

    def keep(self, slots: Ints) -> None:
        """Throw all other slots away and number these from 0 on; none may be listed elsewhere."""
        place = np.zeros(len(self.cut), np.int32)
        place[slots] = np.arange(len(slots), dtype=np.int32)
        self.column, self.steps = place[self.column[slots]], self.steps[slots]
        self.cut, self.changed = self.cut[slots], self.changed[slots]

    def remove(self, gone: Bools) -> Ints:
        """Take faces out of all lists; returns the slots whose lists must be asked for again."""
        hit = gone[self.column] & (self.steps != EMPTY)
        rows = np.flatnonzero(hit.any(axis=1))
        steps = np.where(hit[rows], np.int16(EMPTY), self.steps[rows])
        # A stable sort by "is empty" closes the gaps.
        packed = np.argsort(steps == EMPTY, axis=1, kind="stable")
        self.column[rows] = np.take_along_axis(self.column[rows], packed, axis=1)
        self.steps[rows] = np.take_along_axis(steps, packed, axis=1)
        self.column[rows] = np.where(self.steps[rows] == EMPTY, 0, self.column[rows])
        self.changed[rows] = True
        self.steps[gone] = EMPTY
        self.column[gone] = 0
        self.cut[gone] = False
        short = self.cut[rows] & (self.steps[rows, NEIGHBOURS - 1] == EMPTY) & ~gone[rows]
        again: Ints = rows[short]
        return again

    def forget(self, slots: Ints) -> None:
        """Empty some lists, to be filled anew."""
        self.column[slots], self.steps[slots], self.cut[slots] = 0, EMPTY, False

    def add(self, slot: Ints, other: Ints, steps: Ints) -> None:
        """Offer ``other`` to the lists of ``slot``."""
        last = self.steps[:, -1] if len(self.steps) else np.zeros(0, np.int16)
        useful = steps >= last[slot]
        slot, other, steps = slot[useful], other[useful], steps[useful]
        self._pending.append(
            (slot << (INDEX_BITS + STEP_BITS)) | ((STEPS - steps) << INDEX_BITS) | self._rank[other]
        )
        self._waiting += len(slot)
        if self._waiting > _PENDING:
            self.take_in()

    def take_in(self) -> None:
        """Merge what was offered into the lists."""
        if not self._pending:
            return
        offered = np.concatenate(self._pending)
        self._pending, self._waiting = [], 0
        touched = np.zeros(len(self.cut), bool)
        touched[offered >> (INDEX_BITS + STEP_BITS)] = True
        rows = np.flatnonzero(touched)
        count = (self.steps[rows] != EMPTY).sum(axis=1)
        there = np.arange(KEPT) < count[:, None]
        steps = self.steps[rows].astype(np.int64)
        old = (rows[:, None] << (INDEX_BITS + STEP_BITS)) | ((STEPS - steps) << INDEX_BITS)
        old |= self._rank[self.column[rows]]
        last = np.full(len(rows), np.iinfo(np.int64).max)
        held = self.cut[rows] & (count > 0)
        last[held] = old[held, count[held] - 1]
        everything = np.sort(np.concatenate([old[there], offered]))
        row = np.searchsorted(rows, everything >> (INDEX_BITS + STEP_BITS))
        first = np.searchsorted(row, np.arange(len(rows)))
        place = np.arange(len(row)) - first[row]
        kept = (everything <= last[row]) & (place < KEPT)
        # A list that is just full counts as cut: `add` no longer looks at what comes behind it.
        self.cut[rows[row[kept & (place == KEPT - 1)]]] = True
        row, place, everything = row[kept], place[kept], everything[kept]
        column = np.zeros((len(rows), KEPT), np.int32)
        how = np.full((len(rows), KEPT), EMPTY, np.int16)
        column[row, place] = self._order[everything & INDEX_MASK]
        how[row, place] = STEPS - ((everything >> INDEX_BITS) & ((1 << STEP_BITS) - 1))
        self.column[rows], self.steps[rows] = column, how
        self.changed[rows] = True
