"""Similarities are exact steps, whatever block they were computed in."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.clustering import similarity
from facesorter.clustering.forest import components, spanning_forest
from facesorter.clustering.graph import Graph
from facesorter.clustering.kernels import pack, unpack
from facesorter.clustering.similarity import (
    DOUBT,
    STEPS,
    content_order,
    digests,
    fixed_cosines,
    pairs_above,
)

from .libraries import faces_of_people, in_order, taken_in


def all_pairs(embeddings: np.ndarray, lowest: int) -> set[tuple[int, int, int]]:
    a, b = np.triu_indices(len(embeddings), 1)
    steps = np.rint(fixed_cosines(embeddings, a, b) * STEPS).astype(int)
    found = steps >= lowest
    return set(zip(a[found].tolist(), b[found].tolist(), steps[found].tolist(), strict=True))


@pytest.mark.parametrize("d", [3, 128, 512])
def test_every_pair_is_found_once_and_exactly(d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = faces_of_people(300, d)
    expected = all_pairs(embeddings, 1200)
    for rows, columns in ((1024, 4096), (7, 13), (64, 1), (1, 300)):
        monkeypatch.setattr(similarity, "_ROWS", rows)
        monkeypatch.setattr(similarity, "_COLUMNS", columns)
        found = [
            pair
            for part in pairs_above(embeddings, 1200)
            for pair in zip(*(x.tolist() for x in part), strict=True)
        ]
        assert len(found) == len(set(found))
        assert set(found) == expected


def test_the_allowance_for_rounding_is_ample() -> None:
    embeddings = faces_of_people(2000, 512)
    a, b = np.divmod(np.arange(2000 * 2000), 2000)
    error = np.abs((embeddings @ embeddings.T).ravel() - fixed_cosines(embeddings, a, b))
    assert error.max() < DOUBT / 3


def test_new_pairs_are_those_of_the_new_faces() -> None:
    embeddings = faces_of_people(200, 32)
    old = {p for p in all_pairs(embeddings[:150], 1500)}
    new = {
        pair
        for part in pairs_above(embeddings, 1500, start=150)
        for pair in zip(*(x.tolist() for x in part), strict=True)
    }
    assert new == all_pairs(embeddings, 1500) - old


def build(embeddings: np.ndarray, core: np.ndarray, lowest: int, portions: int = 1) -> Graph:
    """The graph of such faces."""
    return taken_in(embeddings, core, lowest, portions).graph(lowest)


def test_neighbour_lists_hold_the_nearest_and_only_listed_faces() -> None:
    embeddings = in_order(faces_of_people(400, 16))
    core = np.random.default_rng(2).random(400) < 0.8
    lists = build(embeddings, core, 1000).lists.neighbours()
    cosines = np.rint(
        fixed_cosines(embeddings, *np.divmod(np.arange(400 * 400), 400)).reshape(400, 400) * STEPS
    )
    np.fill_diagonal(cosines, -STEPS)
    cosines[:, ~core] = -STEPS
    for face in range(400):
        best = np.sort(cosines[face])[::-1][:32]
        best = best[best >= 1000]
        mine = face, lists.steps[face] >= 0
        assert lists.steps[mine].tolist() == best.tolist()
        assert cosines[face][lists.column[mine]].tolist() == best.tolist()


def test_the_forest_spans_what_the_whole_graph_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facesorter.clustering.forest._PENDING", 50)
    embeddings = in_order(faces_of_people(300, 16))
    graph = build(embeddings, np.ones(300, bool), 1000, portions=3)
    everything = np.array(sorted(all_pairs(embeddings, 1000))).T
    whole = spanning_forest(300, np.sort(pack(*everything)))
    assert np.array_equal(graph.forest, whole)
    for level in (1000, 2000, 3000):
        near = everything[2] >= level
        steps = unpack(graph.forest)[2]
        mine = components(300, graph.forest[steps >= level])
        assert np.array_equal(mine, components(300, pack(*everything[:, near])))
        assert level < 3000 or mine.max() > 0


def test_content_order_is_the_same_for_any_arrival() -> None:
    embeddings = faces_of_people(50, 8)
    embeddings[10] = embeddings[20]
    taken = np.arange(50.0)
    order = content_order(digests(embeddings), taken)
    shuffle = np.random.default_rng(0).permutation(50)
    again = content_order(digests(embeddings[shuffle]), taken[shuffle])
    assert np.array_equal(shuffle[again], order)
