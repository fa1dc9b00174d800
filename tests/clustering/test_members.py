"""Who is in which group, and who stands for it."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.clustering.mean_faces import FACES_OF_MEAN, MeanFaces, samples
from facesorter.clustering.members import members_of, same_groups, sizes, totals
from facesorter.clustering.similarity import Vectors, digests

from .libraries import unit


def vectors_of(rows: np.ndarray) -> Vectors:
    rows = unit(rows)
    digest = digests(rows)
    return Vectors(rows, np.argsort(digest, kind="stable"), digest)


def test_sizes_totals_and_members_are_those_of_the_labels() -> None:
    random = np.random.default_rng(1)
    label = random.integers(-1, 30, 500)
    values = random.integers(0, 100, 500)
    start, members = members_of(label, 40)
    for group in range(40):
        theirs = np.flatnonzero(label == group)
        assert sizes(label, 40)[group] == len(theirs)
        assert totals(label, values, 40)[group] == values[theirs].sum()
        assert members[start[group] : start[group + 1]].tolist() == theirs.tolist()
    assert len(sizes(label)) == label.max() + 1
    assert sizes(np.full(3, -1)).tolist() == [0]


def test_all_of_a_small_group_stand_for_it() -> None:
    random = np.random.default_rng(2)
    vectors = vectors_of(random.normal(size=(300, 16)))
    label = np.arange(300) % 3 - 1
    chosen = samples(vectors, label, 2)
    mean = MeanFaces().of(vectors, chosen, np.array([1, 0]))
    for row, group in enumerate((1, 0)):
        rows = vectors.take(np.flatnonzero(label == group)).astype(float)
        assert np.abs(mean[row] - rows.mean(axis=0)).max() < 1e-6


def test_the_sample_of_a_large_group_rarely_changes_and_is_like_all() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(4000, 64)) + 3 * random.normal(size=64)
    label = np.zeros(4000, np.int64)
    whole = MeanFaces().of(vectors_of(rows), samples(vectors_of(rows), label, 1), np.array([0]))[0]
    exact = unit(rows).mean(axis=0)
    assert whole @ exact / np.linalg.norm(whole) / np.linalg.norm(exact) > 0.999
    before = samples(vectors_of(rows), label, 1)
    assert FACES_OF_MEAN / 4 < vectors_of(rows).keys(label, before.mask)[1][0] < FACES_OF_MEAN * 1.2
    same = 0
    for face in range(40):
        without = vectors_of(np.delete(rows, face, axis=0))
        same += int(samples(without, label[1:], 1).key[0] == before.key[0])
    assert same >= 25


@pytest.mark.parametrize("count", [501, 3000])
def test_copies_of_one_picture_stand_for_themselves(count: int) -> None:
    rows = np.tile(np.random.default_rng(4).normal(size=16), (count, 1))
    vectors = vectors_of(rows)
    chosen = samples(vectors, np.zeros(count, np.int64), 1)
    assert (
        np.abs(MeanFaces().of(vectors, chosen, np.array([0]))[0] - vectors.matrix[0]).max() < 1e-6
    )


def test_mean_faces_that_are_known_are_not_found_again() -> None:
    random = np.random.default_rng(5)
    vectors = vectors_of(random.normal(size=(60, 16)))
    chosen = samples(vectors, np.arange(60) % 20, 20)
    means = MeanFaces()
    first = means.of(vectors, chosen, np.arange(20))
    elsewhere = Vectors(np.zeros_like(vectors.matrix), vectors.order, vectors.digest)
    assert (means.of(elsewhere, chosen, np.arange(20)) == first).all()
    # Those of groups that are gone are forgotten.
    for seed in range(3):
        others = vectors_of(np.random.default_rng(seed).normal(size=(60, 16)))
        means.of(others, samples(others, np.arange(60) % 20, 20), np.arange(20))
    assert not (means.of(elsewhere, chosen, np.arange(20)) == first).any()


def test_means_are_of_the_samples_whichever_are_known() -> None:
    random = np.random.default_rng(7)
    vectors = vectors_of(random.normal(size=(3040, 16)))
    label = np.where(np.arange(3040) < 3000, 0, 1 + np.arange(3040) % 2)
    chosen = samples(vectors, label, 3)
    means = MeanFaces()
    means.of(vectors, chosen, np.array([1]))
    found = means.of(vectors, chosen, np.array([2, 1, 0, 2]))
    for row, group in enumerate((2, 1, 0, 2)):
        stands = (label == group) & (vectors.marks & chosen.mask[group] == 0)
        assert (stands.sum() < 1000) and (group > 0) == (stands.sum() == 20)
        rows = vectors.take(np.flatnonzero(stands)).astype(float)
        assert np.abs(found[row] - rows.mean(axis=0)).max() < 1e-6


def test_groups_are_the_same_whatever_their_numbers() -> None:
    random = np.random.default_rng(6)
    one = random.integers(-1, 30, 400)
    number = random.permutation(30)
    other = np.where(one >= 0, number[one], -1)
    assert same_groups(one, other) and same_groups(other, one)
    # One alone is as in no group.
    alone = np.append(one, 30)
    assert same_groups(alone, np.append(other, -1))
    for face in random.integers(0, 400, 20):
        for group in (-1, int(other[face]) + 1):
            wrong = other.copy()
            wrong[face] = group
            assert not same_groups(one, wrong)
    # Two groups that became one, and one that became two.
    joined = np.where(other == 1, 2, other)
    assert not same_groups(one, joined) and not same_groups(joined, one)
