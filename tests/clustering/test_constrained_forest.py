"""The constrained forest joins what a slow and simple Kruskal over all links joins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from facesorter.clustering import groups
from facesorter.clustering.constrained_forest import chains, grow
from facesorter.clustering.constraints import PHOTO_CLASH, SAME_PICTURE, Constraints, Photos
from facesorter.clustering.engine import propose
from facesorter.clustering.forest import components
from facesorter.clustering.graph import Graph
from facesorter.clustering.kernels import at_least, sorted_edges, unpack
from facesorter.clustering.proposal import Snapshot
from tests.support.examples import examples

from .libraries import crowd_of_relatives, islands, random_library, same_partition

seeds = st.integers(0, 2**32 - 1)


class Side:
    """One component of the simple walk."""

    def __init__(self, face: int, constraints: Constraints) -> None:
        self.faces = [face]
        self.person = int(constraints.person[face])
        self.rejected = set(constraints.rejected.get(face, ()))
        self.earliest = np.inf if self.person >= 0 else constraints.day[face]


def refused(a: Side, b: Side, steps: int, photos: Photos, born: np.ndarray) -> bool:
    persons = {a.person, b.person} - {-1}
    if len(persons) == 2:
        return True
    for one, other in ((a, b), (b, a)):
        if one.person >= 0 and (one.person in other.rejected or other.earliest < born[one.person]):
            return True
    if steps >= SAME_PICTURE or (persons and a.person == b.person):
        return False
    common = {
        int(photos.of[one])
        for one in a.faces
        for other in b.faces
        if photos.of[one] == photos.of[other] >= 0 and photos.look[one] != photos.look[other]
    }
    return len(common) > PHOTO_CLASH * min(len(a.faces), len(b.faces))


def phases(
    graph: Graph, constraints: Constraints, ceiling: int, floor: int, join: int
) -> Iterator[tuple[int, int, int]]:
    """Confirmed links, then ordinary edges, then those of rejected and odd faces at the floor."""
    confirmed = chains(constraints.person)
    yield from zip(*(each.tolist() for each in unpack(confirmed)), strict=True)
    block = components(graph.n, confirmed, at_least(graph.forest, floor))
    late = constraints.photos.odd & (constraints.person < 0)
    late[list(constraints.rejected)] = True
    for face in np.flatnonzero(constraints.person < 0).tolist():
        mates = np.flatnonzero((block == block[face]) & (constraints.person >= 0))
        late[face] |= any(constraints.day[face] < constraints.born[constraints.person[mates]])
    whole = components(graph.n, confirmed, at_least(graph.forest, ceiling))
    early = np.array([is_early(face, whole, constraints) for face in range(graph.n)])
    for face in np.flatnonzero(early).tolist():
        near = nearest(graph, face)
        late[face] |= sum(steps >= join and not early[other] for other, steps in near) >= 2
    everything = sorted_edges(
        at_least(graph.forest, ceiling), graph.links(ceiling, np.arange(graph.n))
    )
    lo, hi, steps = unpack(everything)
    last = late[lo] | late[hi]
    for some in (~last, last & (steps >= floor)):
        yield from zip(lo[some].tolist(), hi[some].tolist(), steps[some].tolist(), strict=True)


def is_early(face: int, component: np.ndarray, constraints: Constraints) -> bool:
    """Whether it is from before the birth of somebody confirmed whom it hangs together with."""
    mates = np.flatnonzero((component == component[face]) & (constraints.person >= 0))
    born = constraints.born[constraints.person[mates]]
    return bool(constraints.person[face] < 0 and (constraints.day[face] < born).any())


def nearest(graph: Graph, face: int) -> list[tuple[int, int]]:
    """The three nearest faces and how similar they are, normalised."""
    lists, found = graph.lists, []
    slot = lists.order[face]
    for other, steps in zip(lists.column[slot].tolist(), lists.steps[slot].tolist(), strict=True):
        if steps >= lists.lowest and lists.rank[other] >= 0 and len(found) < 3:
            taken_off = (graph.penalties[slot] + graph.penalties[other] + 1) // 2
            found.append((int(lists.rank[other]), steps - int(taken_off)))
    return found


def simply(
    graph: Graph, constraints: Constraints, ceiling: int, floor: int, join: int
) -> np.ndarray:
    """int64[n], the component of each face."""
    sides = [Side(face, constraints) for face in range(graph.n)]
    for lo, hi, steps in phases(graph, constraints, ceiling, floor, join):
        a, b = sides[lo], sides[hi]
        if a is b or refused(a, b, steps, constraints.photos, constraints.born):
            continue
        a.faces += b.faces
        a.person = max(a.person, b.person)
        a.rejected |= b.rejected
        a.earliest = min(a.earliest, b.earliest)
        for face in b.faces:
            sides[face] = a
    return np.array([min(side.faces) for side in sides])


def compare(snapshot: Snapshot) -> None:
    seen: list[Any] = []

    def spy(graph: Graph, constraints: Constraints, **how: Any) -> np.ndarray:
        edges = grow(graph, constraints, **how)
        found = components(graph.n, edges)
        expected = simply(graph, constraints, how["ceiling"], how["floor"], how["join"])
        seen.append(same_partition(found, expected))
        return edges

    with patch.object(groups, "grow", spy):
        propose(snapshot)
    assert seen == [True]


@settings(max_examples=examples(30), deadline=None)
@given(seeds, st.booleans())
def test_relatives_on_many_photos(seed: int, decided: bool) -> None:
    compare(crowd_of_relatives(seed, decided=decided))


@settings(max_examples=examples(30), deadline=None)
@given(seeds, st.booleans())
def test_families_apart(seed: int, decided: bool) -> None:
    compare(islands(seed, decided=decided))


@settings(max_examples=examples(30), deadline=None)
@given(seeds, st.sampled_from([0, 1, 2]))
def test_small_libraries_with_ties(seed: int, grid: int) -> None:
    compare(random_library(seed, grid=grid)[0])


def test_a_chain_links_each_persons_confirmed_faces() -> None:
    lo, hi, steps = unpack(chains(np.array([5, -1, 3, 5, 3, 5, -1])))
    assert sorted(zip(lo.tolist(), hi.tolist(), strict=True)) == [(0, 3), (2, 4), (3, 5)]
    assert set(steps.tolist()) == {4096}
