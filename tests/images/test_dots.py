"""Marks in a picture: where they are, how they differ, and that none is half outside."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.images import chart, dots
from facesorter.images.marks import COLOURS, SHAPES, mark_of

GROUND = 0xFFFFFFFF
RED = 0xFFC02030


def drawn(shape: int = 0, *, hollow: bool = False, x: float = 20, y: float = 20) -> np.ndarray:
    picture = np.full((41, 41), GROUND, np.uint32)
    one = np.ones(1)
    dots.draw(
        picture,
        x * one,
        y * one,
        np.array([RED], np.uint32),
        np.array([shape]),
        np.array([hollow]),
        8.0,
    )
    return picture


def test_a_mark_is_where_it_should_be() -> None:
    picture = drawn()
    assert picture[20, 20] == RED and picture[20, 27] == RED and picture[20, 31] == GROUND
    rows, columns = np.nonzero(picture != GROUND)
    assert abs(rows.mean() - 20) < 0.1 and abs(columns.mean() - 20) < 0.1
    # Soft edges lie between the two colours.
    assert len(np.unique(picture)) > 3


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_each_shape_is_like_no_other_and_can_be_hollow(shape: int) -> None:
    picture = drawn(shape)
    assert all((picture != drawn(other)).any() for other in range(6) if other != shape)
    inked, hollow = (picture != GROUND).sum(), (drawn(shape, hollow=True) != GROUND).sum()
    assert 0.25 * inked < hollow < 0.9 * inked
    assert 100 < inked < 320


@pytest.mark.parametrize(("x", "y"), [(-50, 20), (0, 0), (40.9, 20), (1e6, 1e6), (20, 39)])
def test_nothing_is_drawn_across_an_edge(x: float, y: float) -> None:
    assert (drawn(x=x, y=y) == GROUND).all()


def test_no_marks_are_no_marks() -> None:
    picture = np.full((5, 5), GROUND, np.uint32)
    none = np.zeros(0)
    dots.draw(picture, none, none, none.astype(np.uint32), none.astype(int), none > 0, 3.0)
    assert (picture == GROUND).all()


def test_marks_of_persons_differ() -> None:
    """In a small family both colour and shape differ; 48 people all have a mark of their own."""
    marks = [mark_of(person) for person in range(100, 148)]
    assert len(set(marks)) == 48 == COLOURS * len(SHAPES)
    for number, (colour, shape) in enumerate(marks[:-1]):
        assert colour != marks[number + 1][0] and shape != marks[number + 1][1]
    many = mark_of(np.arange(100, 148))
    assert [(int(colour), int(shape)) for colour, shape in zip(*many, strict=True)] == marks
    assert len(chart.COLOURS) == COLOURS
