"""Confidence is the mean of the nearest group-mates, whether or not neighbour lists hold them."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.clustering.candidates import likeness
from facesorter.clustering.confidence import (
    LEAST_NEAR,
    NEARBY,
    TOP,
    confidence,
    evidence,
    resembles_few,
)
from facesorter.clustering.similarity import STEPS, fixed_cosines

from .libraries import faces_of_people, in_order, taken_in


@pytest.mark.parametrize("lowest", [400, 2600])
def test_confidence_is_that_of_a_full_comparison(lowest: int) -> None:
    embeddings = in_order(faces_of_people(120, 16))
    state = taken_in(embeddings, np.ones(120, bool), lowest)
    label = np.random.default_rng(3).integers(-1, 20, 120)
    label[0] = 20  # alone
    label[[5, 9]] = 21  # a pair
    found = confidence(state.vectors(), state.graph(lowest).lists, label)
    every = np.divmod(np.arange(120 * 120), 120)
    steps = np.rint(fixed_cosines(embeddings, *every) * STEPS).reshape(120, 120)
    for face in range(120):
        mates = np.flatnonzero((label == label[face]) & (np.arange(120) != face))
        if label[face] < 0 or not len(mates):
            assert found[face] == 0
        else:
            nearest = np.sort(steps[face, mates])[-TOP:]
            assert found[face] == np.float32(nearest.mean() / STEPS)
    some = np.array([5, 9, 40])
    only = confidence(state.vectors(), state.graph(lowest).lists, label, some)
    assert np.array_equal(only[some], found[some])
    assert not np.delete(only, some).any()


def test_evidence_says_where_lists_end() -> None:
    embeddings = in_order(faces_of_people(120, 16))
    graph = taken_in(embeddings, np.ones(120, bool), 2600).graph(2600)
    label = np.zeros(120, np.int64)
    steps, known = evidence(graph, label, np.arange(120))
    listed = (graph.lists.neighbours().steps >= 0).sum(axis=1)
    assert np.array_equal(known, listed >= TOP)
    assert known.any() and not known.all()
    assert (steps[known] >= 2600).all()


def test_a_face_resembles_few_of_a_group_as_a_full_comparison_says() -> None:
    least = 2600
    embeddings = in_order(faces_of_people(120, 16))
    graph = taken_in(embeddings, np.ones(120, bool), least).graph(least)
    every = np.divmod(np.arange(120 * 120), 120)
    steps = np.rint(fixed_cosines(embeddings, *every) * STEPS).reshape(120, 120)
    # Everybody is with the nearest of twenty; asked are members and others.
    faces, label = np.arange(120), steps[:, :20].argmax(axis=1)
    group = np.where(faces % 2, label, np.random.default_rng(3).integers(0, 20, 120))
    expected = np.zeros(120, bool)
    for face in faces.tolist():
        others = np.flatnonzero((label == group[face]) & (faces != face))
        needed = max(int(np.ceil(NEARBY * len(others))), min(len(others) - 1, LEAST_NEAR))
        expected[face] = (steps[face, others] >= least).sum() < needed
    # Whoever has a full list may resemble more than it shows.
    full = (graph.lists.neighbours().steps >= least).sum(axis=1) == graph.lists.width
    found = resembles_few(graph, label, faces, group, least)
    assert np.array_equal(found, expected & ~full)
    assert 10 < found.sum() < 110


def test_two_groups_are_as_alike_as_all_pairs_on_average() -> None:
    embeddings = in_order(faces_of_people(90, 16))
    vectors = taken_in(embeddings, np.ones(90, bool), 1000).vectors()
    label = np.arange(90) % 3
    found = likeness(vectors, label, 3, np.array([0, 1]), np.array([2, 2]))
    for row, (a, b) in enumerate(((0, 2), (1, 2))):
        cosines = embeddings[label == a].astype(float) @ embeddings[label == b].astype(float).T
        assert found[row] == pytest.approx(cosines.mean(), abs=1e-6)
