"""The lines of the map are where the world's are, and marks of photos where these are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from facesorter.geo.clusters import cluster
from facesorter.geo.world import mercator, outlines


def is_land(latitude: float, longitude: float, scale: str) -> bool:
    """By the odd-even rule, on all three copies of the world."""
    x, y = mercator(latitude, longitude)
    crossings = 0
    for ring in outlines(scale).land:
        for shift in (-1.0, 0.0, 1.0):
            crossings += _crossings(ring + np.array([shift, 0.0]), x, y)
    return bool(crossings % 2)


def _crossings(ring: NDArray[np.float64], x: float, y: float) -> int:
    (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
    between = (y0 > y) != (y1 > y)
    at = x0[between] + (y - y0[between]) / (y1 - y0)[between] * (x1 - x0)[between]
    return int((at > x).sum())


@pytest.mark.parametrize("scale", ["50m", "110m"])
@pytest.mark.parametrize(
    ("latitude", "longitude", "land"),
    [
        (46.0, 25.0, True),
        (64.7, -18.0, True),
        (67.0, -175.0, True),
        (-80.0, 0.0, True),
        (-80.0, 150.0, True),
        (0.0, -30.0, False),
        (42.0, 51.0, False),
        (-60.0, 180.0, False),
    ],
)
def test_land_is_land_and_sea_is_sea(
    latitude: float, longitude: float, land: bool, scale: str
) -> None:
    assert is_land(latitude, longitude, scale) is land


def test_lines_have_no_jumps_and_borders_are_on_land() -> None:
    lines = outlines("50m")
    assert len(lines.land) > 1000 and len(lines.borders) > 100
    for line in (*lines.land, *lines.borders):
        assert np.isfinite(line).all()
        assert np.abs(np.diff(line[:, 0])).max() < 0.3


def test_mercator_is_the_square_of_the_world() -> None:
    assert mercator(0.0, 0.0) == pytest.approx([0.5, 0.5])
    assert mercator(90.0, 180.0) == pytest.approx([1.0, 0.0], abs=1e-4)
    assert mercator(-90.0, -180.0) == pytest.approx([0.0, 1.0], abs=1e-4)


def test_every_photo_is_in_one_mark_and_near_it() -> None:
    points = np.random.default_rng(3).random((2000, 2))
    found = cluster(points, 0.1)
    assert found.count.sum() == 2000
    assert sorted(found.order) == list(range(2000))
    for mark in range(len(found.count)):
        members = found.members(mark)
        assert list(members) == sorted(members)
        assert found.first[mark] == members[0]
        middle = points[members].mean(axis=0)
        assert (found.x[mark], found.y[mark]) == pytest.approx(tuple(middle))
        assert np.ptp(np.floor(points[members] / 0.1), axis=0).tolist() == [0, 0]


def test_no_photos_make_no_marks() -> None:
    assert len(cluster(np.empty((0, 2)), 0.1).count) == 0
