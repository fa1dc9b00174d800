"""Adaptive score normalisation: similarities count less where everybody looks alike.

Children, siblings and blurred faces lie so close together that a single threshold either joins them
or shatters everybody else. How crowded a face's neighbourhood is shows in its mean similarity to
its nearest faces of *other* people. What two faces have above the usual there is taken off their
similarity: adaptive score normalisation (AS-norm) as in speaker verification (Auckenthaler et al.
2000; Matějka et al. 2017), with the library itself as cohort. Every provisional person counts once,
or a person with hundreds of photos would be their own crowd.

Crowding is a function of the neighbour lists and of certain links, hence of the similarity graph
alone, and normalising a graph gives a graph. So whatever keeps the plain graph exact keeps the
normalised one exact, too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.forest import components, spanning_forest
from facesorter.clustering.graph import Graph
from facesorter.clustering.kernels import at_least, pack, sizes, sorted_edges, unpack
from facesorter.clustering.neighbours import Lists
from facesorter.clustering.proposal import Bools, Ints, Ints32
from facesorter.clustering.similarity import to_steps

STRENGTH = 1.0
"""Share of the crowding that is subtracted; 0 disables it."""

STRANGERS = 10
"""Nearest other people whose mean similarity measures a face's crowding."""

SKIPPED = 5
"""The very nearest strangers, left out: they are often the person itself, in faces too unlike to
be linked provisionally. Without it large persons count as crowded and fall apart."""

USUAL = 0.78
"""Share of the ceiling up to which similarity to strangers is usual; only what lies above it is
crowding. The ceiling is where the nearest of all strangers is expected, and the tenth nearest lay
at 0.71 to 0.75 of it in real and synthetic libraries of 3,000 to 30,000 faces, so 0.78 leaves
ordinary people alone. Over eight seeds of a library with a crowded part, wrong companions fell to
19 % of the plain engine's at equal recall, 33 % in the worst; with three quarters of what lies
above 0.74 taken off to 26 %, 47 % in the worst. Tied to the ceiling and not to the library's
median, it does not move with single faces."""

PROVISIONAL = to_steps(0.60)
"""Steps. Faces linked at this are provisionally one person where strangers are counted."""

_LARGE = 16
"""Faces of a provisional person from which on their neighbour lists hold too few strangers."""


def crowding(graph: Graph, ceiling: float) -> Ints:
    """Find how crowded the neighbourhood of each face is.

    What lies beyond a neighbour list counts as usual. It may be nearer; but a list without enough
    strangers is mostly one large person's, and the face most often a stray of theirs, which must
    not be pushed away. (Comparing some faces of large persons with the whole library instead
    improved no figure and doubled the time.)

    Args:
        graph: plain similarities.
        ceiling: cosine below which faces are never linked.

    Returns:
        int64[n], by how much the mean similarity to the nearest strangers is above the usual, in
        steps, never negative.
    """
    lists, usual = graph.lists, to_steps(USUAL * ceiling)
    person = graph.components_at(PROVISIONAL)
    large = sizes(person) >= _LARGE
    persons = lists.by_slot(person, -1)
    excess, strangers = np.zeros(len(persons), np.int64), np.zeros(len(persons), np.int32)

    def loop(start: int, end: int) -> tuple[Ints, Ints]:
        total, count = np.zeros(len(large), np.int64), np.zeros(len(large), np.int64)
        _crowding(lists, persons, large, usual, start, end, (excess, strangers, total, count))
        return total, count

    parts = in_parts(loop, len(persons))
    total, count = (np.sum([part[which] for part in parts], axis=0) for which in (0, 1))
    # The lists of large persons hold few strangers: such a face gets the mean crowding of the
    # strangers who list its person.
    mean = np.where(count >= STRANGERS, total // np.maximum(count, 1), 0)
    own = excess[lists.order]
    theirs = large[person] & (strangers[lists.order] < SKIPPED + STRANGERS)
    result: Ints = np.where(theirs, np.maximum(own, mean[person]), own)
    return result


@compiled
def _crowding(
    lists: Lists,
    person: Ints32,
    large: Bools,
    usual: int,
    start: int,
    end: int,
    out: tuple[Ints, Ints32, Ints, Ints],
) -> None:
    """Write the crowding by the faces' own lists, for some slots.

    ``out`` takes, by slot, the mean excess of the nearest strangers and the number of listed
    strangers; and by person, for the large ones, the sum and number of the excesses of strangers
    who list their faces.
    """
    excess, strangers, total, number = out
    seen = np.empty(SKIPPED + STRANGERS, np.int32)
    for slot in range(start, end):
        if lists.rank[slot] < 0:
            continue
        count, reach, near_large, above = 0, 0, False, np.int64(0)
        while reach < lists.width:
            steps = np.int64(lists.steps[slot, reach])
            # Nearest first: nothing that follows is above the usual either.
            if steps <= usual:
                break
            who = person[lists.column[slot, reach]]
            reach += 1
            # Copies of others are nobody of their own.
            if who == person[slot] or who < 0:
                continue
            strangers[slot] += 1
            near_large |= large[who]
            at = 0
            while at < count and seen[at] != who:
                at += 1
            if at == count and count < len(seen):
                seen[count] = who
                count += 1
                if count > SKIPPED:
                    above += steps - usual
        # Rounded. Missing strangers count as usual.
        excess[slot] = (2 * above + STRANGERS) // (2 * STRANGERS)
        if near_large:
            for place in range(reach):
                who = person[lists.column[slot, place]]
                if who >= 0 and who != person[slot] and large[who]:
                    total[who] += excess[slot]
                    number[who] += 1


def normalise(graph: Graph, excess: Ints, ceiling: float) -> Graph:
    """Take crowding off the similarities of a graph.

    Args:
        graph: plain similarities.
        excess: int64[n], from `crowding`.
        ceiling: cosine below which faces are never linked.

    Returns:
        The graph of normalised similarities. Its forest ends at the ceiling.
    """
    lowest = to_steps(ceiling)
    penalty = np.rint(STRENGTH * excess).astype(np.int64)
    plain = at_least(graph.forest, lowest)
    lo, hi, steps = unpack(plain)
    steps = steps - (penalty[lo] + penalty[hi] + 1) // 2
    # Similarities only fall, so an edge that keeps its own stays in the forest (cycle property).
    # Others can join only what those edges leave apart.
    touched = penalty > 0
    keeps = ~(touched[lo] | touched[hi])
    kept = plain[keeps]
    fallen = ~keeps & (steps >= lowest)
    lowered = pack(lo[fallen], hi[fallen], steps[fallen])
    part = components(graph.n, kept)
    fair = replace(graph, penalty=penalty)
    edges = sorted_edges(kept, lowered, fair.links(lowest, part))
    return replace(fair, forest=spanning_forest(graph.n, edges))
