"""Who stays in a group: a clear face has to resemble more than three of a person's photos."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.clustering.engine import propose
from facesorter.clustering.groups import CLEAR, VISIBLE
from facesorter.clustering.proposal import NOBODY

from .libraries import make_snapshot

PHOTOS = 20
LIKE, UNLIKE = 0.42, 0.25
"""A little above the ceiling of the made-up libraries, and far below it."""


def a_person_and_somebody(alike: int) -> np.ndarray:
    """Twenty photos of one person, and a last face that is like some of them."""
    cosines = np.full((PHOTOS + 1, PHOTOS + 1), 0.65)
    cosines[-1] = cosines[:, -1] = UNLIKE
    cosines[-1, :alike] = cosines[:alike, -1] = LIKE
    np.fill_diagonal(cosines, 1.0)
    return np.linalg.cholesky(cosines)


@pytest.mark.parametrize(
    ("alike", "quality", "joins"),
    [(3, CLEAR, False), (3, CLEAR - 0.01, True), (7, CLEAR, True), (2, 0.5, False)],
)
def test_a_clear_face_joins_whoever_it_resembles_in_a_third_of_the_photos(
    alike: int, quality: float, joins: bool
) -> None:
    qualities = np.full(PHOTOS + 1, 0.99, np.float32)
    qualities[-1] = np.float32(quality)
    person = propose(make_snapshot(a_person_and_somebody(alike), quality=qualities)).person
    assert len(set(person[:PHOTOS].tolist())) == 1
    assert (person[-1] == person[0]) == joins


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
