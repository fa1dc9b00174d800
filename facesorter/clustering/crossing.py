"""Links between different parts of a library, without going through all neighbour lists.

Whatever parts are asked about, most of a library's links are between photos of one person, who are
all in one part. So the library is divided into blocks, and links that cross from one block into
another are kept by themselves: of 100,000 synthetic faces' links 28 % where blocks are what is
linked for certain, 16 % once they are groups. Between the faces of one block links are only looked
for where the block is in several parts. It does not matter what the blocks are, as long as the
links kept are those that cross between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.neighbours import Lists, Table16, Table32, grown
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import INDEX_BITS, STEPS

_WORTH = 500
"""Faces in blocks that are in several parts from which on the blocks are divided further: what is
in several parts once mostly is so at the next refresh as well."""

_NEW = 0.1
"""Share of blocks made for single new faces from which on the library is divided anew."""

_JOIN = 0.02
"""Share of blocks that come, from which on it is worth looking which of them are in one group."""


@dataclass(frozen=True)
class _Near:
    """Those of the kept links that reach the lowest similarity with crowds taken off.

    6 % of 100,000 synthetic faces' did. One refresh asks for several kinds of parts under the same
    crowds.
    """

    penalty: Ints
    row: Table32
    other: Table32
    left: Table16
    """int16, steps that crowds left."""


class Crossing:
    """Links that cross between blocks, by slot; they are those of one library as it grows."""

    def __init__(self) -> None:
        self._lowest = -1
        self._block: Table32 | None = None
        """int32[slots]; None is one block for all."""
        self._blocks = self._divided = 0
        self._join_from = 0
        """Blocks from which on `join` looks at them."""
        self._row = self._other = np.zeros(0, np.int32)
        self._steps = np.zeros(0, np.int16)
        self._near: _Near | None = None

    def fits(self, slots: int, lowest: int) -> bool:
        """Whether it can follow a library of so many slots, and knows links from ``lowest`` on."""
        return (
            self._block is not None
            and self._lowest == lowest
            and self._blocks + slots - len(self._block) < (1 + _NEW) * self._divided + 100
        )

    def divide(self, lists: Lists, block: Table32, lowest: int) -> None:
        """Begin anew.

        Args:
            lists: nearest faces; only links of core faces count.
            block: int32[n], the block of each face from 0 on.
            lowest: least similarity of links, in steps.
        """
        self._lowest = lowest
        self._block = lists.by_slot(block, -1)
        self._blocks = self._divided = int(block.max(initial=-1)) + 1
        self._join_from = 0
        self._row = self._other = np.zeros(0, np.int32)
        self._steps = np.zeros(0, np.int16)
        self._look(lists, lists.order)

    def follow(self, lists: Lists, changed: Bools) -> None:
        """Take in what changed.

        Args:
            lists: nearest faces; only links of core faces count.
            changed: bool[n], faces whose list is other than last time.
        """
        assert self._block is not None
        slots, before = len(lists.rank), len(self._block)
        self._block = grown(self._block, slots, 0)
        self._block[before:] = np.arange(self._blocks, self._blocks + slots - before)
        self._blocks += slots - before
        self._look_again(lists, lists.by_slot(changed, True))

    def join(self, lists: Lists, group: Ints) -> None:
        """Make one block of all that are in one group: the next refresh will ask for such parts.

        Args:
            lists: as in the last call of `follow` or `divide`.
            group: int[n], the group of each face from 0 on, -1 for none.
        """
        if self._block is None or self._blocks < self._join_from:
            return
        groups = lists.by_slot(group.astype(np.int32), -1)
        number = np.full(self._blocks, -1, np.int32)
        self._blocks = self._divided = _number_joined(self._block, groups, lists.rank, number)
        self._join_from = int((1 + _JOIN) * self._blocks) + 100
        self._block = np.where(self._block >= 0, number[self._block], np.int32(-1))
        count = _drop_inner(self._row, self._other, self._steps, self._block)
        self._near = None
        self._row, self._other = self._row[:count].copy(), self._other[:count].copy()
        self._steps = self._steps[:count].copy()

    def _divide_further(self, lists: Lists, inner: Ints, part: Table32) -> None:
        """Make blocks of the parts of some blocks, of which these are the core faces."""
        assert self._block is not None
        parted = np.zeros(self._blocks, bool)
        parted[self._block[inner]] = True
        slots = np.flatnonzero(parted[self._block] & (lists.rank >= 0))
        keys = self._block[slots].astype(np.int64) << 32 | (part[slots] + 1)
        number = np.unique(keys, return_inverse=True)[1]
        self._block[slots] = self._blocks + number
        self._blocks += int(number.max()) + 1
        self._divided += int(number.max()) + 1
        changed = np.zeros(len(lists.rank), bool)
        changed[slots] = True
        self._look_again(lists, changed)

    def _look_again(self, lists: Lists, other: Bools) -> None:
        """Replace the links of lists in some slots."""
        count = _drop(self._row, self._other, self._steps, other)
        self._row, self._other = self._row[:count], self._other[:count]
        self._steps = self._steps[:count]
        self._look(lists, np.flatnonzero(other & (lists.rank >= 0)))

    def _look(self, lists: Lists, slots: Ints) -> None:
        """Add the crossing links of some lists."""
        assert self._block is not None
        self._near = None
        # Memory that nothing is written to costs nothing.
        size = len(slots) * lists.width
        row, other = np.empty(size, np.int32), np.empty(size, np.int32)
        steps = np.empty(size, np.int16)
        count = _look(
            lists.column,
            lists.steps,
            lists.width,
            self._lowest,
            slots,
            lists.core,
            self._block,
            row,
            other,
            steps,
        )
        start = len(self._row)
        self._row = grown(self._row, start + count, 0)
        self._other = grown(self._other, start + count, 0)
        self._steps = grown(self._steps, start + count, 0)
        self._row[start:], self._other[start:] = row[:count], other[:count]
        self._steps[start:] = steps[:count]

    def links(
        self,
        lists: Lists,
        penalty: Ints,
        lowest: int,
        part: npt.NDArray[np.integer],
        *,
        lasting: bool,
    ) -> Ints:
        """Packed, sorted edges of the neighbour lists between different parts.

        Args:
            lists: nearest faces.
            penalty: int64[slots], steps that crowds take off; a pair loses the mean of its two.
            lowest: least similarity with that taken off, in steps.
            part: int[n], the part that each face is in; links of faces with -1 are left out.
            lasting: whether the next refresh will probably ask about nearly the same parts.
        """
        parts = lists.by_slot(part.astype(np.int32), -1)
        block = self._block
        kept = block is not None and lowest >= self._lowest
        if block is None or not kept:
            block, lasting = np.zeros(len(lists.rank), np.int32), False
        inner = _in_several(block, parts, lists.core, max(self._blocks, 1))
        if lasting and len(inner) > _WORTH:
            self._divide_further(lists, inner, parts)
            inner = inner[:0]
        width = lists.width
        # Memory that nothing is written to costs nothing: few are links between parts.
        edges = np.empty(len(inner) * width, np.int64)

        def inside(start: int, end: int) -> Ints:
            out = edges[start * width : end * width]
            some = lists.column, lists.steps, width, inner[start:end], block
            return out[: _within(*some, parts, penalty, lists.rank, lowest, out)]

        found = in_parts(inside, len(inner))
        if kept:
            near = self._reaching(penalty)
            between = np.empty(len(near.row), np.int64)
            count = _between(near.row, near.other, near.left, parts, lists.rank, lowest, between)
            found.append(between[:count])
        together = np.sort(np.concatenate(found))
        # Most pairs are in both lists.
        first = np.r_[True, together[1:] != together[:-1]] if len(together) else slice(None)
        once: Ints = together[first]
        return once

    def _reaching(self, penalty: Ints) -> _Near:
        if self._near is None or not np.array_equal(self._near.penalty, penalty):
            place, left = np.empty(len(self._row), np.int32), np.empty(len(self._row), np.int16)
            kept = self._row, self._other, self._steps
            count = _reach(*kept, penalty, self._lowest, place, left)
            place = place[:count]
            self._near = _Near(penalty, self._row[place], self._other[place], left[:count].copy())
        return self._near


@compiled
def _drop(row: Table32, other: Table32, steps: Table16, changed: Bools) -> int:
    count = 0
    for link in range(len(row)):
        stays = not changed[np.uint32(row[link])]
        row[count], other[count], steps[count] = row[link], other[link], steps[link]
        count += stays
    return count


@compiled
def _drop_inner(row: Table32, other: Table32, steps: Table16, block: Table32) -> int:
    count = 0
    for link in range(len(row)):
        if block[row[link]] != block[other[link]]:
            row[count], other[count], steps[count] = row[link], other[link], steps[link]
            count += 1
    return count


@compiled
def _number_joined(block: Table32, group: Table32, rank: Ints, number: Table32) -> int:
    """Number blocks anew, those whose faces are all in one group alike; returns how many."""
    for slot in range(len(block)):
        at = block[slot]
        if at < 0 or rank[slot] < 0:
            continue
        # -1 is not seen yet, -2 in several groups or none.
        if number[at] == -1:
            number[at] = group[slot] if group[slot] >= 0 else -2
        elif number[at] != group[slot]:
            number[at] = -2
    of_group = np.full(len(block), -1, np.int32)
    count = 0
    for at in range(len(number)):
        here = number[at]
        if here >= 0 and of_group[here] >= 0:
            number[at] = of_group[here]
            continue
        if here >= 0:
            of_group[here] = count
        number[at] = count
        count += 1
    return count


@compiled
def _look(
    column: Table32,
    how: Table16,
    width: int,
    lowest: int,
    slots: Ints,
    core: Bools,
    block: Table32,
    row: Table32,
    other: Table32,
    steps: Table16,
) -> int:
    count = 0
    for slot in slots:
        if not core[slot]:
            continue
        for place in range(width):
            if how[slot, place] < lowest:
                break
            listed = column[slot, place]
            if block[listed] != block[slot]:
                row[count], other[count], steps[count] = slot, listed, how[slot, place]
                count += 1
    return count


@compiled
def _in_several(block: Table32, part: Table32, core: Bools, blocks: int) -> Ints:
    """Slots of core faces in blocks whose faces are in several parts."""
    most = np.iinfo(np.int32).max
    least, last = np.full(blocks, most, np.int32), np.full(blocks, -1, np.int32)
    for slot in range(len(part)):
        here, at = part[slot], block[slot]
        # Without branches, nothing foretells who is in no part: without its sign -1 is the highest.
        least[at] = min(least[at], here & most)
        last[at] = max(last[at], here)
    several = False
    for at in range(blocks):
        several |= least[at] < last[at]
    inner = np.empty(len(part), np.int64)
    count = 0
    if not several:
        return inner[:0]
    for slot in range(len(part)):
        at = block[slot]
        if least[at] < last[at] and part[slot] >= 0 and core[slot]:
            inner[count] = slot
            count += 1
    return inner[:count]


@compiled
def _reach(
    row: Table32,
    other: Table32,
    steps: Table16,
    penalty: Ints,
    lowest: int,
    place: Table32,
    left: Table16,
) -> int:
    count = 0
    for link in range(len(row)):
        takes = penalty[np.uint32(row[link])] + penalty[np.uint32(other[link])] + 1
        here = np.int64(steps[link]) - (takes >> 1)
        # Without branches: nothing foretells which.
        place[count], left[count] = link, max(here, 0)
        count += here >= lowest
    return count


@compiled
def _packed(a: np.int64, b: np.int64, steps: np.int64) -> np.int64:
    return ((STEPS - steps) << 2 * INDEX_BITS) | (min(a, b) << INDEX_BITS) | max(a, b)


@compiled
def _between(
    row: Table32,
    other: Table32,
    left: Table16,
    part: Table32,
    rank: Ints,
    lowest: int,
    edges: Ints,
) -> int:
    count = 0
    for link in range(len(row)):
        one, two, steps = row[link], other[link], np.int64(left[link])
        a, b = part[one], part[two]
        if a != b and a >= 0 and b >= 0 and steps >= lowest:
            edges[count] = _packed(rank[one], rank[two], steps)
            count += 1
    return count


@compiled
def _within(
    column: Table32,
    how: Table16,
    width: int,
    slots: Ints,
    block: Table32,
    part: Table32,
    penalty: Ints,
    rank: Ints,
    lowest: int,
    edges: Ints,
) -> int:
    count = 0
    for a in slots:
        own, within, takes = block[a], part[a], penalty[a]
        for place in range(width):
            if how[a, place] < lowest:
                break
            b = column[a, place]
            if part[b] == within or part[b] < 0 or block[b] != own:
                continue
            left = np.int64(how[a, place]) - (takes + penalty[b] + 1) // 2
            if left >= lowest:
                edges[count] = _packed(rank[a], rank[b], left)
                count += 1
    return count
