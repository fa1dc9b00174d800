"""Crowded neighbourhoods: similarities that count less where everybody looks alike.

Babies, siblings, blurred faces lie so close together that one threshold for all either joins them
or shatters everyone else. A face's own crowd says how crowded it is: the mean similarity to its
nearest faces of *other* people. Most of what two faces have above the usual crowd is taken off
their similarity (cohort normalisation as in speaker verification, Auckenthaler et al. 2000; here
with the library as cohort and one vote per provisional person, or a person with hundreds of
photos would be their own crowd).

The crowd is a function of the similarity graph alone, and adjusting a graph gives a graph, so
whatever keeps the plain graph exact keeps the adjusted one exact too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.forest import Graph, components_at, spanning_forest
from facesorter.clustering.proposal import Ints, Singles
from facesorter.clustering.similarity import (
    DOUBT,
    STEPS,
    Neighbours,
    fixed_cosines,
    pack,
    to_steps,
    unpack,
)

STRENGTH = 0.75
"""Share of the excess crowd that is taken off; 0 turns it off. At 0.75 wrong joins in a crowded
cap fall to a fifth and nobody else notices; at 1 children lose a further 5 % of recall."""

STRANGERS = 10
"""Nearest other people whose mean similarity is a face's crowd."""

SKIPPED = 5
SKIPPED_SHARE = 0.10
"""The very nearest strangers left out, plus this share of the faces of the provisional person:
they are often the person itself, in faces too unlike to be linked provisionally. Without it large
persons are taken for crowded and fall apart (pairwise recall 0.90 to 0.79)."""

USUAL = 0.74
"""Share of the ceiling that is the usual crowd; only what lies above it counts as crowded. The
ceiling is where the nearest of all strangers is expected, and the tenth nearest lay at 0.71 to
0.75 of it in real and synthetic libraries of 3,000 to 30,000 faces. Tied to the ceiling and not
to the library's median, it stands still while single faces come and go."""

_PROVISIONAL = to_steps(0.60)
"""Steps. Faces linked at this are one person where strangers are counted."""

_LARGE = 16
"""Faces of a provisional person from which on the neighbour lists hold too few strangers."""

_SPOKESMEN = 4
"""Faces that are compared with the whole library on behalf of such a person."""

_ROWS = 64
"""Faces compared with the library at a time: 26 MB for 100,000 faces."""


def crowd(
    embeddings: Singles, graph: Graph, ceiling: float, token: CancelToken | None = None
) -> Ints:
    """Find how crowded the neighbourhood of each face is.

    Args:
        embeddings: float32[n, d], unit length.
        graph: their similarities.
        ceiling: cosine below which faces are never linked.
        token: polled between blocks; raises `Cancelled`.

    Returns:
        int64[n], by how much the mean similarity to the nearest strangers is above the usual, in
        steps, never negative.
    """
    usual = to_steps(USUAL * ceiling)
    person = components_at(graph, _PROVISIONAL).astype(np.int64)
    result = _from_lists(person, graph, usual)
    order = np.argsort(person, kind="stable")
    size = np.bincount(person)
    starts = np.cumsum(size) - size
    large = [order[starts[p] : starts[p] + size[p]] for p in np.flatnonzero(size >= _LARGE)]
    speakers = [members[:_SPOKESMEN] for members in large]
    owner = np.repeat(np.arange(len(large)), _SPOKESMEN)
    faces = np.concatenate([*speakers, np.zeros(0, np.int64)])
    crowds = np.empty(len(faces), np.float64)
    for start in range(0, len(faces), _ROWS):
        if token is not None:
            token.check()
        rows = faces[start : start + _ROWS]
        block = (embeddings[rows] @ embeddings.T)[:, order]
        block[:, ~graph.core[order]] = -1
        best = np.maximum.reduceat(block, starts, axis=1)
        for row, face in enumerate(rows.tolist()):
            skipped = SKIPPED + int(SKIPPED_SHARE * size[person[face]])
            best[row, person[face]] = -1
            count = min(skipped + STRANGERS, len(size))
            least = np.partition(best[row], len(size) - count)[len(size) - count]
            near = order[block[row] >= least - 4 * DOUBT]
            near = near[(person[near] != person[face]) & graph.core[near]]
            exact = np.rint(fixed_cosines(embeddings, np.full(len(near), face), near) * STEPS)
            crowds[start + row] = _mean_of_next(person[near], exact, skipped, usual)
    for number, members in enumerate(large):
        result[members] = round(float(crowds[owner == number].mean()))
    return result - usual


def _from_lists(person: Ints, graph: Graph, usual: int) -> Ints:
    """The crowd as the neighbour lists know it, for every face."""
    lists, n = graph.neighbours, graph.n
    rows = lists.rows()
    other = person[lists.column]
    stranger = other != person[rows]
    rows, other = rows[stranger], other[stranger]
    steps = np.maximum(lists.steps[stranger], usual)
    # Nearest first, so the first entry of a face for a person is that person's best.
    first = np.sort(np.unique(rows * n + other, return_index=True)[1])
    rows, steps = rows[first], steps[first]
    place = np.arange(len(rows)) - np.searchsorted(rows, np.arange(n))[rows]
    counted = (place >= SKIPPED) & (place < SKIPPED + STRANGERS)
    total = np.bincount(rows[counted], weights=steps[counted], minlength=n)
    found = np.bincount(rows[counted], minlength=n)
    # What lies beyond a list counts as usual. It may be nearer; but such a list is mostly one
    # large person's, and the face most often a loose one of theirs, which must not be pushed off.
    rest = (STRANGERS - found) * usual
    return np.rint((total + rest) / STRANGERS).astype(np.int64)


def _mean_of_next(person: Ints, steps: npt.NDArray[np.float64], skipped: int, usual: int) -> float:
    """Mean over people of their best face, leaving out the nearest people."""
    order = np.lexsort((-steps, person))
    first = np.r_[True, np.diff(person[order]) != 0] if len(order) else np.zeros(0, bool)
    best = np.sort(np.maximum(steps[order][first], usual))[::-1][skipped : skipped + STRANGERS]
    return float((best.sum() + (STRANGERS - len(best)) * usual) / STRANGERS)


def adjust(graph: Graph, excess: Ints) -> Graph:
    """Take off what a crowd adds to the similarity of two faces.

    Args:
        graph: plain similarities.
        excess: int64[n], as `crowd` finds it.

    Returns:
        The graph of adjusted similarities, over the plain forest's edges and the neighbour lists.
    """
    if not excess.any():
        return graph

    def off(a: Ints, b: Ints) -> Ints:
        return np.rint(STRENGTH * (excess[a] + excess[b]) / 2).astype(np.int64)

    lists = graph.neighbours
    edges = np.union1d(lists.edges(graph.lowest, graph.core), graph.forest)
    lo, hi, steps = unpack(edges)
    adjusted = np.sort(pack(lo, hi, np.clip(steps - off(lo, hi), 0, STEPS)))
    rows = lists.rows()
    steps = np.clip(lists.steps - off(rows, lists.column), 0, STEPS)
    order = np.lexsort((lists.column, -steps, rows))
    neighbours = Neighbours(lists.start, lists.column[order], steps[order])
    return replace(graph, forest=spanning_forest(graph.n, adjusted), neighbours=neighbours)
