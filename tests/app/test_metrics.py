"""The measures against values worked out by hand."""

from __future__ import annotations

import pytest

from facesorter.app.evaluation.metrics import bcubed, clicks, fragments, pairwise


def test_a_perfect_grouping() -> None:
    truth = ["a", "a", "b", "c"]
    assert bcubed(truth, [0, 0, 1, -1]).f == 1
    assert pairwise(truth, [0, 0, 1, -1]).f == 1
    assert clicks(truth, [0, 0, -1, -1]) == 1


def test_two_people_in_one_group() -> None:
    truth, found = [0, 0, 1, 1], [5, 5, 5, 5]
    assert bcubed(truth, found).precision == pytest.approx(0.5)
    assert bcubed(truth, found).recall == 1
    assert pairwise(truth, found).precision == pytest.approx(2 / 6)
    assert pairwise(truth, found).recall == 1
    assert clicks(truth, found) == 3


def test_faces_without_a_group_count_one_by_one() -> None:
    truth, found = [0, 0, 0, 1], [-1, -1, -1, -1]
    assert bcubed(truth, found).recall == pytest.approx((1 / 3 * 3 + 1) / 4)
    assert bcubed(truth, found).precision == 1
    assert pairwise(truth, found).recall == 0
    assert clicks(truth, found) == 3


def test_fragments_of_a_large_person() -> None:
    assert fragments([0] * 6, [1, 1, 1, 2, 2, 2]) == 2
    assert fragments([0] * 6, [1] * 6) == 1
