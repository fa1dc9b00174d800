"""Crowded neighbourhoods: similarities that count less where everybody looks alike.

Babies, siblings, blurred faces lie so close together that one threshold for all either joins them
or shatters everyone else. A face's own crowd says how crowded it is: the mean similarity to its
nearest faces of *other* people. What two faces have above the usual crowd is taken off
their similarity (cohort normalisation as in speaker verification, Auckenthaler et al. 2000; here
with the library as cohort and one vote per provisional person, or a person with hundreds of
photos would be their own crowd).

The crowd is a function of the neighbour lists and of who hangs together for certain, hence of the
similarity graph alone, and adjusting a graph gives a graph: whatever keeps the plain graph exact
keeps the adjusted one exact too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.crossing import Crossing
from facesorter.clustering.following import Counts, Followed, listing
from facesorter.clustering.forest import (
    Graph,
    Numbering,
    at_least,
    components,
    components_at,
    renumbered,
    spanning_forest,
)
from facesorter.clustering.members import sizes
from facesorter.clustering.neighbours import Lists, Table16, Table32, grown
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import (
    INDEX_BITS,
    INDEX_MASK,
    inserted,
    pack,
    to_steps,
    unpack,
)

STRENGTH = 1.0
"""Share of the excess crowd that is taken off; 0 turns it off."""

STRANGERS = 10
"""Nearest other people whose mean similarity is a face's crowd."""

SKIPPED = 5
"""The very nearest strangers, left out: they are often the person itself, in faces too unlike to
be linked provisionally. Without it large persons are taken for crowded and fall apart."""

USUAL = 0.78
"""Share of the ceiling that is the usual crowd; only what lies above it counts as crowded. The
ceiling is where the nearest of all strangers is expected, and the tenth nearest lay at 0.71 to
0.75 of it in real and synthetic libraries of 3,000 to 30,000 faces, so that 0.78 leaves ordinary
people alone. Over eight seeds of a crowded cap, wrong companions fell to 19 % of the plain
engine's at equal recall, 33 % in the worst; with three quarters of what lies above 0.74 taken off
to 26 %, 47 % in the worst. Tied to the ceiling and not to the library's median, it stands still
while single faces come and go."""

_MOST_CHANGED = 0.25
"""Share of changed faces from which on the whole forest is as quickly found anew."""

_PROVISIONAL = to_steps(0.60)
"""Steps. Faces linked at this are one person where strangers are counted."""

_LARGE = 16
"""Faces of a provisional person from which on the neighbour lists hold too few strangers."""


class Crowds:
    """The crowds of the last refresh, by slot: most of them are those of the next one."""

    def __init__(self) -> None:
        self.followed = Followed()
        self.usual = -1
        self.result, self.known = np.zeros(0, np.int64), np.zeros(0, np.int32)
        self._reach = np.zeros(0, np.uint8)
        self.row = self.large = np.zeros(0, np.int32)
        """Which faces are near to which large persons, an entry for each face of theirs."""

    def update(self, lists: Lists, person: Table32, usual: int, changed: Bools) -> Bools:
        """Look at the faces for which something changed; returns bool[persons], who is large."""
        if usual != self.usual:
            self.followed, self.usual = Followed(), usual
        slots = len(lists.rank)
        self._reach = grown(self._reach, slots, 0)
        large = sizes(person) >= _LARGE
        moved, old_ones = self.followed.follow(lists, person, large.astype(np.int8))
        again = lists.by_slot(changed, True) | moved
        if old_ones:
            rows = np.flatnonzero(lists.rank >= 0)
            again[rows] |= listing(lists, rows, self._reach, moved)
        self.result, self.known = grown(self.result, slots, 0), grown(self.known, slots, 0)
        count = _drop(self.row, self.large, again)
        rows = np.flatnonzero(again & (lists.rank >= 0))
        # Memory that nothing is written to costs nothing.
        row, large_one = (np.empty(len(rows) * lists.width, np.int32) for _ in range(2))

        def loop(start: int, end: int) -> tuple[Table32, Table32]:
            some = slice(start * lists.width, end * lists.width)
            table = lists.column, lists.steps, lists.width, self.followed.label
            about = self.followed.kind > 0, usual, rows[start:end]
            out = row[some], large_one[some]
            found = _crowd(*table, *about, self.result, self.known, self._reach, *out)
            return row[some][:found], large_one[some][:found]

        parts = in_parts(loop, len(rows))
        self.row = np.concatenate([self.row[:count], *(part[0] for part in parts)])
        self.large = np.concatenate([self.large[:count], *(part[1] for part in parts)])
        return large


def crowd(
    graph: Graph, ceiling: float, changed: Bools | None = None, last: Crowds | None = None
) -> Ints:
    """Find how crowded the neighbourhood of each face is.

    What lies beyond a list counts as usual. It may be nearer; but such a list is mostly one large
    person's, and the face most often a loose one of theirs, which must not be pushed off. (The
    exact crowds of large persons, found by comparing some of their faces with the whole library,
    changed no figure for the better and doubled the time.)

    Args:
        graph: plain similarities.
        ceiling: cosine below which faces are never linked.
        changed: bool[n], faces whose list is other than at the last refresh.
        last: of the last refresh; the new ones are remembered in it.

    Returns:
        int64[n], by how much the mean similarity to the nearest strangers is above the usual, in
        steps, never negative.
    """
    last = last or Crowds()
    changed = np.ones(graph.n, bool) if changed is None else changed
    lists = graph.lists
    person = components_at(graph, _PROVISIONAL)
    large = last.update(lists, person, to_steps(USUAL * ceiling), changed)
    # The lists of large persons hold few strangers: they get the crowd of their neighbours.
    total, count = np.zeros(last.followed.end, np.int64), np.zeros(last.followed.end, np.int64)
    _sum_up(last.row, last.large, last.result, total, count)
    total, count = total[last.followed.number], count[last.followed.number]
    mean = np.where(count >= STRANGERS, total // np.maximum(count, 1), 0)
    result = np.empty(graph.n, np.int64)
    _with_neighbours(person, large, mean, lists.order, last.result, last.known, result)
    return result


@compiled
def _with_neighbours(
    person: Table32,
    large: Bools,
    mean: Ints,
    order: Ints,
    own: Ints,
    known: Table32,
    result: Ints,
) -> None:
    for face in range(len(person)):
        slot, who = np.uint64(order[face]), np.uint32(person[face])
        theirs = large[who] & (known[slot] < SKIPPED + STRANGERS)
        result[face] = max(own[slot], mean[who] * np.int64(theirs))


@compiled
def _drop(row: Table32, large: Table32, again: Bools) -> int:
    count = 0
    for entry in range(len(row)):
        row[count], large[count] = row[entry], large[entry]
        count += not again[np.uint32(row[entry])]
    return count


@compiled
def _sum_up(row: Table32, large: Table32, result: Ints, total: Ints, count: Ints) -> None:
    for entry in range(len(row)):
        total[large[entry]] += result[row[entry]]
        count[large[entry]] += 1


@compiled
def _crowd(
    column: Table32,
    how: Table16,
    width: int,
    person: Table32,
    large: Bools,
    usual: int,
    rows: Ints,
    result: Ints,
    known: Table32,
    reach: Counts,
    near_row: Table32,
    near: Table32,
) -> int:
    """Mean excess of the nearest strangers of each face, a person each; how many are near.

    And entries for those that are near to a large person; returns how many.
    """
    seen = np.empty(SKIPPED + STRANGERS, np.int32)
    entries = 0
    for row in rows:
        count, above, strange = 0, 0, 0
        reach[row] = width
        for place in range(width):
            steps = how[row, place]
            # Nearest first: nothing that follows is above the usual either.
            if steps <= usual:
                reach[row] = place
                break
            who = person[column[row, place]]
            if who == person[row]:
                continue
            strange += 1
            if large[who]:
                near_row[entries], near[entries] = row, who
                entries += 1
            at = 0
            while at < count and seen[at] != who:
                at += 1
            if at == count and count < len(seen):
                seen[count] = who
                count += 1
                if count > SKIPPED:
                    above += steps - usual
        known[row] = strange
        result[row] = (2 * above + STRANGERS) // (2 * STRANGERS)
    return entries


@dataclass(frozen=True)
class Ready:
    """What `adjust` needs that does not depend on the crowds."""

    numbering: Numbering
    lowest: int
    """The ceiling, in steps."""
    plain: Ints
    """The plain forest, down to it."""
    before: Ints | None
    """The adjusted forest of the last refresh, of the faces that are still there. None if it can't
    help."""
    changed: Bools
    """bool[n], faces with other lists, or other edges of the plain forest, than then."""
    unmoved: bool = False
    """Whether nothing is other than then."""
    gone: bool = False
    """Whether faces are gone since then."""


class Adjusted:
    """The adjusted forest of the last refresh: most of it is that of the next one."""

    def __init__(self) -> None:
        self._slots: object = None
        self._lowest = -1
        self._penalty = np.zeros(0, np.int64)
        self._packed: tuple[Ints, Ints, Graph] | None = None
        self.crossing = Crossing()

    def keep(self, ready: Ready, fair: Graph) -> None:
        """Remember a forest, and what it came from."""
        numbering = ready.numbering
        self._slots, self._lowest = numbering.slots, ready.lowest
        self._penalty = np.full(len(numbering.rank), -1)
        assert fair.penalty is not None
        self._penalty[numbering.order] = fair.penalty
        self._packed = numbering.order, ready.plain, fair

    def prepare(self, graph: Graph, ceiling: float, numbering: Numbering, changed: Bools) -> Ready:
        """Do what can be done before the crowds are known.

        Args:
            graph: plain similarities.
            ceiling: cosine below which faces are never linked.
            numbering: where the faces are kept.
            changed: bool[n], faces whose list is other than at the last refresh.
        """
        lowest = to_steps(ceiling)
        plain = at_least(graph.forest, lowest)
        if numbering.slots is self._slots and self.crossing.fits(len(numbering.rank), lowest):
            self.crossing.follow(graph.lists, changed)
        else:
            self.crossing.divide(graph.lists, components_at(graph, _PROVISIONAL), lowest)
        last = self._packed
        if last is None or numbering.slots is not self._slots or self._lowest != lowest:
            return Ready(numbering, lowest, plain, None, changed)
        order, plain_before, fair_before = last
        unmoved = not changed.any() and np.array_equal(order, numbering.order)
        unmoved &= np.array_equal(plain, plain_before)
        changed, number = changed.copy(), numbering.rank[order]
        # A link that left or joined the plain forest may have left or joined the graph.
        _mark_difference(renumbered(plain_before, number), plain, changed)
        before = renumbered(fair_before.forest, number)
        return Ready(numbering, lowest, plain, before, changed, unmoved, bool((number < 0).any()))

    def steady(self, ready: Ready, penalty: Ints) -> tuple[Ints, Bools] | None:
        """Edges that are still in the forest if no others beat them, and faces that changed.

        None where too much did.
        """
        if ready.before is None:
            return None
        before = np.full(len(ready.numbering.rank), -1)
        before[: len(self._penalty)] = self._penalty
        changed = ready.changed | (before[ready.numbering.order] != penalty)
        if changed.sum() > _MOST_CHANGED * len(changed):
            return None
        lo, hi, _ = unpack(ready.before)
        return ready.before[~changed[lo] & ~changed[hi]], changed


@compiled
def _mark_difference(one: Ints, other: Ints, changed: Bools) -> None:
    """Mark the ends of edges that only one of two sorted arrays holds."""
    i = k = 0
    while i < len(one) or k < len(other):
        if i < len(one) and k < len(other) and one[i] == other[k]:
            i += 1
            k += 1
            continue
        if k == len(other) or (i < len(one) and one[i] < other[k]):
            edge = one[i]
            i += 1
        else:
            edge = other[k]
            k += 1
        changed[(edge >> INDEX_BITS) & INDEX_MASK] = True
        changed[edge & INDEX_MASK] = True


def adjust(graph: Graph, excess: Ints, ready: Ready, last: Adjusted) -> tuple[Graph, Bools | None]:
    """Take off what a crowd adds to the similarity of two faces.

    Args:
        graph: plain similarities.
        excess: int64[n], as `crowd` finds it.
        ready: what ``last`` prepared for this.
        last: of the last refresh; the new forest is remembered in it.

    Returns:
        The graph of adjusted similarities, over the plain forest's edges and the neighbour lists.
        Its forest ends at the ceiling. And bool[n], faces of which a similarity, a list or an edge
        of the forest is other than at the last refresh; None where all may be.
    """
    forest, lowest = ready.plain, ready.lowest
    penalty = np.rint(STRENGTH * excess).astype(np.int64)
    fair = replace(graph, forest=forest, penalty=penalty, crossing=last.crossing)
    steady = last.steady(ready, penalty)
    if steady is None:
        # Similarities only fall, so an edge of the forest that keeps its own stays in it.
        changed = penalty > 0
        lo, hi, _ = unpack(forest)
        kept = forest[~changed[lo] & ~changed[hi]]
    else:
        kept, changed = steady
        if ready.unmoved and not changed.any():
            return replace(fair, forest=kept), changed
    # By the cycle property only links of what changed, and between what the kept edges do not hold
    # together, can be in the forest as well.
    part = np.where(changed, graph.n + np.arange(graph.n), components(graph.n, kept))
    lo, hi, steps = unpack(forest)
    other = part[lo] != part[hi]
    lo, hi, steps = lo[other], hi[other], fair.fair(lo[other], hi[other], steps[other])
    near = steps >= lowest
    more = [pack(lo[near], hi[near], steps[near]), fair.links(lowest, part)]
    edges = inserted(kept, np.concatenate(more))
    fair = replace(fair, forest=spanning_forest(graph.n, edges))
    last.keep(ready, fair)
    if steady is None or ready.before is None or ready.gone:
        return fair, None
    _mark_difference(ready.before, fair.forest, changed)
    return fair, changed
