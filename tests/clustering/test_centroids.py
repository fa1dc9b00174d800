"""The mean of a group is that of a sample which depends on content alone."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.clustering.centroids import MOST_SAMPLED, Centroids
from facesorter.clustering.similarity import Vectors, digests

from .libraries import unit


def vectors_of(rows: np.ndarray) -> Vectors:
    rows = unit(rows)
    digest = digests(rows)
    return Vectors(rows, np.argsort(digest, kind="stable"), digest)


def test_all_faces_of_a_small_group_are_in_its_mean() -> None:
    random = np.random.default_rng(2)
    vectors = vectors_of(random.normal(size=(300, 16)))
    label = np.arange(300) % 3 - 1
    mean = Centroids(vectors, label, 2).of(np.array([1, 0]))
    for row, group in enumerate((1, 0)):
        rows = vectors.take(np.flatnonzero(label == group)).astype(float)
        assert np.abs(mean[row] - rows.mean(axis=0)).max() < 1e-6


def test_the_sample_of_a_large_group_rarely_changes_and_resembles_all() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(4000, 64)) + 3 * random.normal(size=64)
    label = np.zeros(4000, np.int64)
    centroids = Centroids(vectors_of(rows), label, 1)
    whole = centroids.of(np.array([0]))[0]
    exact = unit(rows).mean(axis=0)
    assert whole @ exact / np.linalg.norm(whole) / np.linalg.norm(exact) > 0.999
    assert MOST_SAMPLED / 4 < centroids.sampled(label)[0] < MOST_SAMPLED * 1.2
    same = 0
    for face in range(40):
        without = vectors_of(np.delete(rows, face, axis=0))
        same += int((Centroids(without, label[1:], 1).of(np.array([0]))[0] == whole).all())
    assert same >= 25


@pytest.mark.parametrize("count", [501, 3000])
def test_copies_of_one_picture_are_not_all_left_out(count: int) -> None:
    rows = np.tile(np.random.default_rng(4).normal(size=16), (count, 1))
    vectors = vectors_of(rows)
    mean = Centroids(vectors, np.zeros(count, np.int64), 1).of(np.array([0]))[0]
    assert np.abs(mean - vectors.matrix[0]).max() < 1e-6


def test_any_groups_may_be_asked_for_in_any_order() -> None:
    random = np.random.default_rng(7)
    vectors = vectors_of(random.normal(size=(3040, 16)))
    label = np.where(np.arange(3040) < 3000, 0, 1 + np.arange(3040) % 2)
    centroids = Centroids(vectors, label, 3)
    assert centroids.sampled(label)[0] < 1000 and centroids.sampled(label)[1:].tolist() == [20, 20]
    found = centroids.of(np.array([2, 1, 0, 2]))
    assert np.array_equal(found[0], found[3])
    for row, group in enumerate((2, 1)):
        rows = vectors.take(np.flatnonzero(label == group)).astype(float)
        assert np.abs(found[row] - rows.mean(axis=0)).max() < 1e-6
