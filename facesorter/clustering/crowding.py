"""Crowded neighbourhoods: similarities that count less where everybody looks alike.

Babies, siblings, blurred faces lie so close together that one threshold for all either joins them
or shatters everyone else. A face's own crowd says how crowded it is: the mean similarity to its
nearest faces of *other* people. Most of what two faces have above the usual crowd is taken off
their similarity (cohort normalisation as in speaker verification, Auckenthaler et al. 2000; here
with the library as cohort and one vote per provisional person, or a person with hundreds of
photos would be their own crowd).

The crowd is a function of the neighbour lists and of who hangs together for certain, hence of the
similarity graph alone, and adjusting a graph gives a graph: whatever keeps the plain graph exact
keeps the adjusted one exact too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.forest import Graph, at_least, components, components_at, tree_places
from facesorter.clustering.neighbours import Table16, Table32
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import merged, pack, to_steps, unpack

STRENGTH = 0.75
"""Share of the excess crowd that is taken off; 0 turns it off. At 0.75 wrong joins in a crowded
cap fall to a fifth and nobody else notices; at 1 children lose a further 5 % of recall."""

STRANGERS = 10
"""Nearest other people whose mean similarity is a face's crowd."""

SKIPPED = 5
"""The very nearest strangers, left out: they are often the person itself, in faces too unlike to
be linked provisionally. Without it large persons are taken for crowded and fall apart."""

USUAL = 0.74
"""Share of the ceiling that is the usual crowd; only what lies above it counts as crowded. The
ceiling is where the nearest of all strangers is expected, and the tenth nearest lay at 0.71 to
0.75 of it in real and synthetic libraries of 3,000 to 30,000 faces. Tied to the ceiling and not
to the library's median, it stands still while single faces come and go."""

_PROVISIONAL = to_steps(0.60)
"""Steps. Faces linked at this are one person where strangers are counted."""

_LARGE = 16
"""Faces of a provisional person from which on the neighbour lists hold too few strangers."""


def crowd(graph: Graph, ceiling: float) -> Ints:
    """Find how crowded the neighbourhood of each face is.

    What lies beyond a list counts as usual. It may be nearer; but such a list is mostly one large
    person's, and the face most often a loose one of theirs, which must not be pushed off. (The
    exact crowds of large persons, found by comparing some of their faces with the whole library,
    changed no figure for the better and doubled the time.)

    Args:
        graph: plain similarities.
        ceiling: cosine below which faces are never linked.

    Returns:
        int64[n], by how much the mean similarity to the nearest strangers is above the usual, in
        steps, never negative.
    """
    usual = to_steps(USUAL * ceiling)
    person = components_at(graph, _PROVISIONAL)
    lists = graph.neighbours
    result = np.zeros(graph.n, np.int64)
    large = np.bincount(person) >= _LARGE
    known = np.zeros(graph.n, np.int32)
    _crowd(lists.column, lists.steps, person, usual, result, known)
    if large.any():
        mean = np.zeros(len(large), np.int64)
        _crowd_of_large(lists.column, lists.steps, person, large, usual, result, mean)
        unsure = large[person] & (known < SKIPPED + STRANGERS)
        result = np.where(unsure, np.maximum(result, mean[person]), result)
    return result


@compiled
def _crowd(
    column: Table32, how: Table16, person: Table32, usual: int, result: Ints, known: Table32
) -> None:
    """Mean excess of the nearest strangers of each face, a person each; how many are near."""
    seen = np.empty(SKIPPED + STRANGERS, np.int32)
    for row in range(len(how)):
        count = 0
        above = 0
        for place in range(how.shape[1]):
            steps, who = how[row, place], person[column[row, place]]
            # Nearest first: nothing that follows is above the usual either.
            if steps <= usual:
                break
            if who == person[row]:
                continue
            known[row] += 1
            if count < len(seen) and not (seen[:count] == who).any():
                seen[count] = who
                count += 1
                if count > SKIPPED:
                    above += steps - usual
        result[row] = (2 * above + STRANGERS) // (2 * STRANGERS)


@compiled
def _crowd_of_large(
    column: Table32,
    how: Table16,
    person: Table32,
    large: Bools,
    usual: int,
    excess: Ints,
    mean: Ints,
) -> None:
    """The neighbours' crowd for large persons, whose lists hold few strangers."""
    count = np.zeros(len(large), np.int64)
    for row in range(len(how)):
        for place in range(how.shape[1]):
            who = person[column[row, place]]
            if how[row, place] <= usual:
                break
            if who != person[row] and large[who]:
                mean[who] += excess[row]
                count[who] += 1
    for who in range(len(large)):
        mean[who] = mean[who] // count[who] if count[who] >= STRANGERS else 0


def adjust(graph: Graph, excess: Ints, ceiling: float) -> Graph:
    """Take off what a crowd adds to the similarity of two faces.

    Args:
        graph: plain similarities.
        excess: int64[n], as `crowd` finds it.
        ceiling: cosine below which faces are never linked.

    Returns:
        The graph of adjusted similarities, over the plain forest's edges and the neighbour lists.
        Its forest ends at the ceiling.
    """
    lowest = to_steps(ceiling)
    forest = at_least(graph.forest, lowest)
    penalty = np.rint(STRENGTH * excess).astype(np.int64)
    lo, hi, steps = unpack(forest)
    untouched = (penalty[lo] == 0) & (penalty[hi] == 0)
    fair = replace(graph, forest=forest, penalty=penalty)
    if untouched.all():
        return fair
    # Similarities only fall, so an edge of the forest that keeps its own stays in the forest: only
    # what these edges do not hold together must be linked anew.
    sure = components(graph.n, forest[untouched])
    lo, hi, steps = lo[~untouched], hi[~untouched], steps[~untouched]
    steps = fair.fair(lo, hi, steps)
    near = steps >= lowest
    edges = merged(pack(lo[near], hi[near], steps[near]), fair.links(lowest, sure))
    joined = edges[tree_places(sure, edges)]
    return replace(fair, forest=np.sort(np.concatenate([forest[untouched], joined])))
