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

from facesorter.clustering.forest import Graph, components, components_at, tree_places
from facesorter.clustering.neighbours import EMPTY
from facesorter.clustering.proposal import Ints
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

_ROWS = 16_384
"""Lists looked at in one go: 4 MB, and no call of a tenth of a second."""


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
    person = components_at(graph, _PROVISIONAL).astype(np.int64)
    lists = graph.neighbours
    result = np.zeros(graph.n, np.int64)
    if lists.steps.shape[1] <= SKIPPED:
        return result
    crowded = np.flatnonzero(lists.steps[:, SKIPPED] > usual)
    for start in range(0, len(crowded), _ROWS):
        rows = crowded[start : start + _ROWS]
        steps, place = lists.steps[rows], np.arange(lists.steps.shape[1])
        other = person[lists.column[rows]]
        stranger = (other != person[rows, None]) & (steps != EMPTY)
        # Nearest first, so the first entry of a list for a person is that person's best: sorted
        # by person and then by place, it follows another person's.
        keys = np.sort(np.where(stranger, other, graph.n) * len(place) + place, axis=1)
        who, where = np.divmod(keys, len(place))
        first = who < graph.n
        first[:, 1:] &= who[:, 1:] != who[:, :-1]
        best = np.zeros(steps.shape, bool)
        np.put_along_axis(best, where, first, axis=1)
        count = np.cumsum(best, axis=1)
        counted = best & (count > SKIPPED) & (count <= SKIPPED + STRANGERS)
        above = np.where(counted, np.maximum(steps.astype(np.int64) - usual, 0), 0).sum(axis=1)
        result[rows] = (2 * above + STRANGERS) // (2 * STRANGERS)
    return _with_large(result, graph, person, usual)


def _with_large(excess: Ints, graph: Graph, person: Ints, usual: int) -> Ints:
    """Give the faces of large persons, whose lists hold few strangers, their neighbours' crowd."""
    lists = graph.neighbours
    large = np.bincount(person) >= _LARGE
    if not large.any():
        return excess
    total = np.zeros(len(large), np.int64)
    count = np.zeros(len(large), np.int64)
    known = np.zeros(graph.n, np.int64)
    for start in range(0, graph.n, _ROWS):
        part = slice(start, start + _ROWS)
        other = person[lists.column[part]]
        near = (other != person[part, None]) & (lists.steps[part] > usual)
        known[part] = near.sum(axis=1)
        rows, columns = np.nonzero(near & large[other])
        whose = other[rows, columns]
        total += np.bincount(whose, weights=excess[rows + start], minlength=len(large)).astype(
            np.int64
        )
        count += np.bincount(whose, minlength=len(large))
    mean = np.where(count >= STRANGERS, total // np.maximum(count, 1), 0)
    unsure = large[person] & (known < SKIPPED + STRANGERS)
    return np.where(unsure, np.maximum(excess, mean[person]), excess)


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
    lo, hi, steps = unpack(graph.forest)
    near = steps >= lowest
    penalty = np.rint(STRENGTH * excess).astype(np.int64)
    untouched = near & (penalty[lo] == 0) & (penalty[hi] == 0)
    fair = replace(graph, forest=graph.forest[near], penalty=penalty)
    if untouched.sum() == near.sum():
        return fair
    # Similarities only fall, so an edge of the forest that keeps its own stays in the forest: only
    # what these edges do not hold together must be linked anew.
    sure = components(graph.n, lo[untouched], hi[untouched])
    again = near & ~untouched
    lo, hi, steps = lo[again], hi[again], steps[again]
    steps = fair.fair(lo, hi, steps)
    near = steps >= lowest
    edges = merged(pack(lo[near], hi[near], steps[near]), fair.links(lowest, sure))
    joined = _between(sure, edges)
    return replace(fair, forest=np.sort(np.concatenate([graph.forest[untouched], joined])))


def _between(part: np.ndarray[tuple[int], np.dtype[np.int32]], edges: Ints) -> Ints:
    """Those of some sorted edges that join the parts of a library to a minimum spanning forest."""
    lo, hi, _ = unpack(edges)
    a, b = part[lo].astype(np.int64), part[hi].astype(np.int64)
    a, b = np.minimum(a, b), np.maximum(a, b)
    count = int(part.max(initial=-1)) + 1
    # Of several edges between two parts only the first can be in the forest.
    best = np.sort(np.unique(a * count + b, return_index=True)[1])
    joined: Ints = edges[best[tree_places(count, a[best], b[best])]]
    return joined
