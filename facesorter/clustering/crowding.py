"""Crowded neighbourhoods: similarities that count less where everybody looks alike.

Babies, siblings, blurred faces lie so close together that one threshold for all either joins them
or shatters everyone else. A face's own crowd says how crowded it is: the mean similarity to its
nearest faces of *other* people. What two faces have above the usual crowd is taken off their
similarity in `adjusting` (cohort normalisation as in speaker verification, Auckenthaler et al.
2000; here with the library as cohort and one vote per provisional person, or a person with hundreds
of photos would be their own crowd).

The crowd is a function of the neighbour lists and of who hangs together for certain, hence of the
similarity graph alone, and adjusting a graph gives a graph: whatever keeps the plain graph exact
keeps the adjusted one exact too.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.following import Counts, Followed, listing
from facesorter.clustering.forest import Graph, components_at
from facesorter.clustering.members import sizes
from facesorter.clustering.neighbours import Lists, Table16, Table32, grown
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import to_steps

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

PROVISIONAL = to_steps(0.60)
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
    person = components_at(graph, PROVISIONAL)
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
