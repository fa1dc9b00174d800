"""Whom the nearest faces of a loose face speak for."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.closeness import TOP
from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.following import Counts, Followed, Labels, listing
from facesorter.clustering.forest import Graph
from facesorter.clustering.members import sizes
from facesorter.clustering.neighbours import Table16, Table32, grown
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import STEPS

MARGIN = 0.05
"""Cosine by which the best group must lead the next one."""


class Votes:
    """The votes of the last refresh, by slot: most of them are those of the next one."""

    def __init__(self) -> None:
        self._followed = Followed()
        self._changed = np.zeros(0, bool)
        self._settings = (0, 0, 0, 0)
        self._penalty = self._chosen = np.zeros(0, np.int64)
        self._mean = np.zeros(0)
        self._reach = np.zeros(0, np.uint8)
        self._asked = np.zeros(0, bool)
        self._used = False
        self.again = np.zeros(0, bool)
        """bool[slots]: those asked about whose list is other than last time, or a label in it."""

    def numbers(self, groups: Labels) -> Table32:
        """Return numbers of groups that hold from one refresh to the next; of -1, -1."""
        return np.append(self._followed.number, np.int32(-1))[groups]

    def groups(self, count: int) -> Ints:
        """int64: the group, of so many, that has each number now; the last entry is -1."""
        which = np.full(self._followed.end + 1, -1)
        which[self._followed.number] = np.arange(count)
        return which

    def follow(self, changed: Bools) -> None:
        """Begin a refresh: say whose lists, bool[n], are other than at the last one."""
        if not self._used and self._changed.any():
            self._followed = Followed()
        self._changed, self._used = changed, False

    def of(
        self, graph: Graph, label: Ints, asking: Ints, least: Ints, owned: Bools, lowest: int
    ) -> tuple[Ints, Floats]:
        """The group that each of some faces should be in, by its `TOP` nearest in each group.

        In a group that is nobody's yet, fewer may speak where no more are near. For a person of
        the user with so many faces all have to: one of hundreds is always near by chance.

        Args:
            graph: similarities, adjusted for crowds.
            label: int64[n], group of each face, -1 for none.
            asking: the faces, all with label -1.
            least: int64[groups], mean similarity that each group asks for, in steps: one for
                the persons of the user, one for the others.
            owned: bool[groups], which groups are persons of the user.
            lowest: neighbours below this many steps have no vote.

        Returns:
            int64[len(asking)], -1 for none; and float64[len(asking)], the mean similarity to the
            three nearest in it.
        """
        self._used = True
        lists = graph.lists
        slots, lowest = len(lists.rank), max(lowest, lists.lowest)
        penalty = graph.penalties
        settings = int(least.min()), int(least.max()), lowest, lists.width
        if settings != self._settings:
            self._followed, self._settings = Followed(), settings
        strict = owned & (sizes(label, len(least)) >= TOP)
        kind = owned.astype(np.int8) + strict
        marked, old_ones = self._followed.follow(lists, label, kind)
        other = penalty[: len(self._penalty)] != self._penalty
        marked[: len(other)] |= other
        self._penalty = penalty
        self._reach = grown(self._reach, slots, 0)
        at = lists.order[asking]
        again = marked | lists.by_slot(self._changed, True)
        again[: len(self._asked)] |= ~self._asked
        again = again[at]
        if old_ones or other.any():
            again |= listing(lists, at, self._reach, marked)
        self._chosen, self._mean = grown(self._chosen, slots, -1), grown(self._mean, slots, 0)
        about = least, strict, lowest, self._reach
        group, mean = _votes(graph, label, penalty, at[again], *about)
        self._chosen[at[again]], self._mean[at[again]] = self.numbers(group), mean
        self._asked, self.again = np.zeros(slots, bool), np.zeros(slots, bool)
        self._asked[at], self.again[at] = True, again
        return self.groups(len(least))[self._chosen[at]], self._mean[at]


def _votes(
    graph: Graph,
    label: Ints,
    penalty: Ints,
    slots: Ints,
    least: Ints,
    strict: Bools,
    lowest: int,
    reach: Counts,
) -> tuple[Ints, Floats]:
    lists = graph.lists
    labels = lists.by_slot(label, -1)
    limits = lists.width, lowest, MARGIN * STEPS
    group, mean = np.empty(len(slots), np.int64), np.empty(len(slots), np.float64)

    def loop(start: int, end: int) -> None:
        part = slice(start, end)
        some = slots[part], least, strict, limits, group[part], mean[part], reach
        _vote(lists.column, lists.steps, labels, penalty, *some)

    in_parts(loop, len(slots))
    return group, mean


@compiled
def _vote(
    column: Table32,
    how: Table16,
    label: Ints,
    penalty: Ints,
    asking: Ints,
    least: Ints,
    strict: Bools,
    limits: tuple[int, int, float],
    chosen: Ints,
    mean: Floats,
    reach: Counts,
) -> None:
    width, lowest, margin = limits
    groups = np.empty(width, np.int64)
    votes = np.empty((width, TOP), np.int64)
    for row in range(len(asking)):
        face = asking[row]
        count = 0
        last = np.int64(lowest)
        reach[face] = width
        for place in range(width):
            steps, other = np.int64(how[face, place]), column[face, place]
            if steps < lowest:
                last = np.int64(lowest)
                reach[face] = place
                break
            last = steps
            group = label[other]
            steps -= (penalty[face] + penalty[other] + 1) // 2
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
        best, second, winner = -1.0, -float(STEPS), -1
        for at in range(count):
            total, number = 0, 0
            for k in range(TOP):
                if votes[at, k] >= 0:
                    total += votes[at, k]
                    number += 1
            if strict[groups[at]]:
                # Faces that are not listed are at most as near as the last one that is.
                total += (TOP - number) * int(last)
                number = max(number, TOP)
            value = total / number
            if value > best:
                best, second, winner = value, max(best, second), at
            elif value > second:
                second = value
        if count == 1:
            second = -float(STEPS)
        chosen[row], mean[row] = -1, best
        if winner >= 0 and best >= least[groups[winner]] and best - second >= margin:
            chosen[row] = groups[winner]
