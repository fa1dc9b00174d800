"""Coordinates are read as cameras write them, and nonsense is none."""

from __future__ import annotations

import pytest
from PIL.TiffImagePlugin import IFDRational

from facesorter.images.gps import location


def gps(*values: object) -> dict[int, object]:
    return dict(zip((1, 2, 3, 4), values, strict=True))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (gps("N", (41, 53, 24), "E", (12, 29, 32)), (41.89, 12.4922)),
        (gps("S", (33.0, 51.0, 25.2), "W", (70.0, 40.0, 0.0)), (-33.857, -70.6667)),
        (gps(b"s\0", (33, 51.42), b"e", (151, 12.6)), (-33.857, 151.21)),
        (gps(None, (IFDRational(1, 2), 0, 0), None, (IFDRational(3, 2), 0, 0)), (0.5, 1.5)),
    ],
)
def test_coordinates_are_degrees(tags: dict[int, object], expected: tuple[float, float]) -> None:
    assert location(tags) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        gps("N", (0, 0, 0), "E", (0, 0, 0)),
        gps("N", (91, 0, 0), "E", (12, 0, 0)),
        gps("N", (IFDRational(0, 0), 0, 0), "E", (12, 0, 0)),
        gps("N", (), "E", (12, 0, 0)),
        gps("N", "41", "E", None),
        {2: (41, 0, 0)},
    ],
)
def test_nonsense_is_no_place(tags: dict[int, object]) -> None:
    assert location(tags) is None or (tags.get(4) is not None and location(tags) != (0.0, 0.0))
