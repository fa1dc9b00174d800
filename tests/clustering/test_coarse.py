"""Coarse copies find every pair that an exact look would, and no other."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from facesorter.clustering.coarse import Coarse
from facesorter.clustering.similarity import pairs_above, pairs_of

from .libraries import unit


def rows(d: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    people = random.normal(size=(40, d)) * random.exponential(size=(40, d))
    made = unit(people[random.integers(0, 40, 500)] + 0.8 * random.normal(size=(500, d)))
    # Nobody, the same twice, and the least that a byte can tell: all in a single coordinate.
    made[7], made[8] = 0, made[9]
    made[10], made[11] = 0, 0
    made[10, 0], made[11, 0] = 1, -1
    return made


@pytest.mark.parametrize("d", [1, 3, 128, 512])
@pytest.mark.parametrize("lowest", [300, 1200, 2900])
def test_no_pair_is_missed(d: int, lowest: int) -> None:
    matrix = rows(d, d + lowest)
    coarse = Coarse(d)
    # Faces come in portions.
    for count in (200, 200, 490, 500):
        coarse.follow(matrix[:count])
    asked = np.array([10, 7, 8, 499, 250])
    expected = [
        np.concatenate(x) for x in zip(*copied(pairs_of(matrix, asked, lowest)), strict=True)
    ]
    found = coarse.pairs(matrix, asked, lowest, earlier=False)
    assert listed(*found) == listed(*expected)
    new = np.arange(490, 500)
    expected = [
        np.concatenate(x) for x in zip(*copied(pairs_above(matrix, lowest, start=490)), strict=True)
    ]
    hi, lo, steps = coarse.pairs(matrix, new, lowest, earlier=True)
    assert listed(lo, hi, steps) == listed(*expected)


def copied(parts: Iterable[tuple[np.ndarray, ...]]) -> list[list[np.ndarray]]:
    return [[x.copy() for x in part] for part in parts] or [[np.zeros(0, np.int64)] * 3]


def listed(face: np.ndarray, other: np.ndarray, steps: np.ndarray) -> list[tuple[int, int, int]]:
    return sorted(zip(face.tolist(), other.tolist(), steps.tolist(), strict=True))
