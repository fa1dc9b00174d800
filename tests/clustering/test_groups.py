"""Who is in a group: a clear face has to resemble a quarter of a person's photos, two at least."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.clustering.confidence import CLEAR
from facesorter.clustering.engine import propose
from facesorter.clustering.groups import VISIBLE
from facesorter.clustering.proposal import NOBODY

from .libraries import make_snapshot

PHOTOS = 20
LIKE, LINKED, UNLIKE = 0.42, 0.46, 0.25
"""Cosines in the made-up libraries: a little above the ceiling, enough to be linked and to win a
vote, and far below."""


def a_person_and_somebody(cosines_to_photos: list[float]) -> np.ndarray:
    """Photos of one person, all as alike, and a last face that is like some of them."""
    n = len(cosines_to_photos)
    cosines = np.full((n + 1, n + 1), 0.65)
    cosines[-1, :-1] = cosines[:-1, -1] = cosines_to_photos
    np.fill_diagonal(cosines, 1.0)
    return np.linalg.cholesky(cosines)


def joins(cosines_to_photos: list[float], quality: float) -> bool:
    """Whether the last face is with the person, whose photos stay together."""
    qualities = np.full(len(cosines_to_photos) + 1, 0.99, np.float32)
    qualities[-1] = np.float32(quality)
    faces = a_person_and_somebody(cosines_to_photos)
    person = propose(make_snapshot(faces, quality=qualities)).person
    assert len(set(person[:-1].tolist())) == 1
    return bool(person[-1] == person[0])


@pytest.mark.parametrize("likeness", [LIKE, LINKED])
@pytest.mark.parametrize(
    ("alike", "quality", "expected"),
    [(3, CLEAR, False), (3, CLEAR - 0.01, True), (5, CLEAR, True), (2, 0.5, False)],
)
def test_a_clear_face_joins_whoever_it_resembles_in_a_quarter_of_the_photos(
    likeness: float, alike: int, quality: float, expected: bool
) -> None:
    # Two that win a vote are enough for a blurred face.
    expected |= alike == 2 and likeness == LINKED
    assert joins([likeness] * alike + [UNLIKE] * (PHOTOS - alike), quality) == expected


@pytest.mark.parametrize(
    ("cosines", "quality", "expected"),
    [
        ([0.55, 0.39, 0.39], CLEAR, False),
        ([0.55, 0.39, 0.39], CLEAR - 0.01, True),
        ([0.55, 0.41, 0.37], CLEAR, True),
        ([0.55, 0.39], CLEAR, True),
    ],
)
def test_one_photo_alone_brings_no_clear_face_to_three(
    cosines: list[float], quality: float, expected: bool
) -> None:
    assert joins(cosines, quality) == expected


@pytest.mark.parametrize(("second", "expected"), [(0.41, True), (0.25, False)])
def test_a_clear_face_needs_the_vote_of_both_photos_of_a_pair(
    second: float, expected: bool
) -> None:
    # Too little to be linked, enough to win a vote alone.
    assert joins([0.448, second], CLEAR) == expected
    assert joins([0.448, second], CLEAR - 0.01)


@pytest.mark.parametrize(
    ("qualities", "confirmed", "grouped"),
    [
        ((VISIBLE / 2, VISIBLE / 2), -1, True),
        ((0.48, 0.09), -1, False),
        ((0.19, 0.19, 0.19), -1, False),
        ((0.9, 0.1), -1, True),
        ((0.48, 0.09), 7, True),
    ],
)
def test_a_group_can_be_seen_or_has_a_face_that_is_known(
    qualities: tuple[float, ...], confirmed: int, grouped: bool
) -> None:
    n = len(qualities)
    cosines = np.full((n, n), 0.7)
    np.fill_diagonal(cosines, 1.0)
    known = np.full(n, -1)
    known[0] = confirmed
    person = propose(
        make_snapshot(
            np.linalg.cholesky(cosines),
            quality=np.array(qualities, np.float32),
            confirmed=known,
            shown=known,
            owned=known[known >= 0],
        )
    ).person
    assert set(person.tolist()) == {int(person[0])}
    assert (person[0] != NOBODY) == grouped


def test_strangers_alone_make_no_group() -> None:
    person = propose(make_snapshot(np.eye(3))).person
    assert (person == NOBODY).all()
