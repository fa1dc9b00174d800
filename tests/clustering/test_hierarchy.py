"""The tree and its selection equal the reference implementation where that is defined."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from facesorter.clustering.forest import spanning_forest
from facesorter.clustering.hierarchy import select
from facesorter.clustering.kernels import pack
from facesorter.clustering.similarity import STEPS, distance, fixed_cosines

from .libraries import same_partition, unit


def tie_free(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps of all pairs of ``n`` < 90 random faces, no two alike, and their forest."""
    random = np.random.default_rng(seed)
    people = random.normal(size=(n // 4, 10))
    rows = people[random.integers(0, n // 4, n)] + random.normal(size=(n, 10)) * 0.6
    a, b = np.triu_indices(n, 1)
    steps = np.empty(len(a), np.int64)
    steps[np.argsort(fixed_cosines(unit(rows), a, b))] = STEPS - len(a) + np.arange(len(a))
    return steps, spanning_forest(n, np.sort(pack(a, b, steps)))


@pytest.mark.parametrize("n", [12, 40, 90])
def test_equal_to_hdbscan_without_a_band(n: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of itself while it is imported
        hdbscan = pytest.importorskip("hdbscan")
    for seed in range(40):
        steps, forest = tie_free(seed, n)
        matrix = np.zeros((n, n))
        matrix[np.triu_indices(n, 1)] = distance(steps)
        matrix += matrix.T
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = hdbscan.HDBSCAN(
                min_cluster_size=2, min_samples=1, metric="precomputed", algorithm="generic"
            ).fit_predict(matrix)
        found = select(n, forest, ceiling=-STEPS, floor=STEPS, whole=False, large=n)
        assert same_partition(found, expected)


def test_nothing_is_split_above_the_floor_nor_linked_below_the_ceiling() -> None:
    lo, hi = np.array([0, 1, 2, 3, 4]), np.array([1, 2, 3, 4, 5])
    steps = np.array([4000, 2500, 3900, 1000, 3800])
    together = select(6, pack(lo, hi, steps), ceiling=1200, floor=2400)
    assert same_partition(together, np.array([0, 0, 0, 0, 1, 1]))
    split = select(6, pack(lo, hi, steps), ceiling=1200, floor=4000)
    assert not same_partition(split, np.array([0, 0, 0, 0, 1, 1]))


def test_tied_edges_make_one_node_in_any_order() -> None:
    random = np.random.default_rng(5)
    n = 30
    lo, hi = np.zeros(n - 1, np.int64), np.arange(1, n)
    steps = random.integers(1, 4, n - 1) * 1000
    expected = select(n, pack(lo, hi, steps), ceiling=500, floor=3500)
    edges = pack(lo, hi, steps)
    for _ in range(20):
        order = random.permutation(n - 1)
        again = select(n, edges[order], ceiling=500, floor=3500)
        assert same_partition(expected, again)


def test_two_large_branches_stay_apart_and_both_grow_on() -> None:
    # Two people of thirty faces, linked a little below the floor; then five faces more of each,
    # which are less like theirs than the two people are like each other.
    lo, hi, steps = [], [], []
    for first in (0, 35):
        lo += [first] * 34
        hi += list(range(first + 1, first + 35))
        steps += [3800] * 29 + [2200] * 5
    edges = pack(np.array([*lo, 0]), np.array([*hi, 35]), np.array([*steps, 2390]))
    found = select(70, edges, ceiling=2000, floor=2400)
    assert same_partition(found, np.repeat([0, 1], 35))
    small = select(70, edges, ceiling=2000, floor=2400, large=31)
    assert same_partition(small, np.zeros(70, np.int64))


def test_a_long_chain_needs_no_recursion() -> None:
    n = 20_000
    lo = np.arange(n - 1)
    steps = 1500 + np.arange(n - 1) % 1000
    label = select(n, pack(lo, lo + 1, steps), ceiling=1000, floor=3000)
    assert len(label) == n
