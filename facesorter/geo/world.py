"""Land and borders of the world, as lines to draw.

Data of Natural Earth, packed by packaging/places.py; see resources/places/README.md.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from facesorter import paths

TOP: Final = 85.0511
"""Latitude at which Web Mercator's square ends, degrees."""
_SCALE: Final = 100
"""Units per degree in the file: 1 km, less than what a map of 1:50m shows."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """Lines in Web Mercator: x and y from 0 to 1, origin top left; x may go on beyond either."""

    land: tuple[NDArray[np.float64], ...]
    """Closed rings, (n, 2) each; lakes are rings inside others."""
    borders: tuple[NDArray[np.float64], ...]
    """Lines, (n, 2) each."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of the map, in the coordinates of `mercator`; x may go on beyond 0 and 1."""

    left: float
    top: float
    right: float
    bottom: float

    def contains(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points, (n, 2), are in it or in a copy of it beside the world."""
        middle, half = (self.left + self.right) / 2, (self.right - self.left) / 2
        across = np.abs((points[:, 0] - middle + 0.5) % 1 - 0.5) <= half
        return across & (points[:, 1] >= self.top) & (points[:, 1] <= self.bottom)


@functools.cache
def outlines(scale: str) -> Outlines:
    """Return the lines of Natural Earth's ``50m``, or ``110m`` for the whole world at a glance."""
    with np.load(paths.resources() / "places" / "world.npz") as file:
        return Outlines(
            _lines(file[f"land_{scale}"], file[f"land_{scale}_points"]),
            _lines(file[f"borders_{scale}"], file[f"borders_{scale}_points"]),
        )


def _lines(steps: NDArray[np.int16], points: NDArray[np.int32]) -> tuple[NDArray[np.float64], ...]:
    ends = np.cumsum(points)
    # Each line begins with its first point, and goes on with differences.
    found = []
    for first, last in zip(ends - points, ends, strict=True):
        line = np.cumsum(steps[first:last].astype(np.int64), axis=0) / _SCALE
        found.append(mercator(line[:, 1], line[:, 0]))
    return tuple(found)


def mercator(latitude: Any, longitude: Any) -> NDArray[np.float64]:
    """Project to Web Mercator, (…, 2): 0 to 1, origin top left; latitudes stop at `TOP`."""
    north = np.radians(np.clip(latitude, -TOP, TOP))
    x = np.asarray(longitude, np.float64) / 360 + 0.5
    y = 0.5 - np.arctanh(np.sin(north)) / (2 * np.pi)
    return np.stack([x, y], -1)
