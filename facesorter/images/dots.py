"""Fast rendering of 100,000 and more small marks into a picture.

A mark has a color and a shape, so that marks never differ by color alone, and is filled or hollow.
Antialiased edges fade into the background and are drawn before all cores: no mark reads the pixels
below it, so each pixel of the stencil takes a few vectorized assignments for all marks.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from facesorter.images.marks import SHAPES

_LEVELS = 8
"""Coverage levels for antialiasing."""
_FINER = 6
"""Subpixels per direction from which coverage is counted."""
_HOLE = 0.5
"""Share of a hollow mark's radius that is empty."""

Whole = npt.NDArray[np.int64]
Picture = npt.NDArray[np.uint32]


def draw(
    picture: Picture,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    colour: npt.NDArray[np.uint32],
    shape: Whole,
    hollow: npt.NDArray[np.bool_],
    radius: float,
) -> None:
    """Draw marks into a picture, in place.

    Args:
        picture: uint32[height, width], 0xffRRGGBB. Edges fade into the color of its first pixel.
        x: float64[n], centers in pixels; marks not wholly inside the picture are skipped.
        y: float64[n].
        colour: uint32[n], 0xffRRGGBB.
        shape: int64[n], index into `marks.SHAPES`.
        hollow: bool[n].
        radius: Radius of all marks, in pixels.
    """
    height, width = picture.shape
    reach = int(np.ceil(radius)) + 1
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    inside = (column >= reach) & (column < width - reach)
    inside &= (row >= reach) & (row < height - reach)
    at, colour, kind = (row * width + column)[inside], colour[inside], shape[inside]
    kind = kind * 2 + hollow[inside]
    flat = picture.reshape(-1)
    ground = int(flat[0]) if len(flat) else 0
    chosen = [(each, np.flatnonzero(kind == each)) for each in np.unique(kind).tolist()]
    for soft in (True, False):
        for each, marks in chosen:
            shades: dict[int, npt.NDArray[np.uint32]] = {}
            for down, right, level in _stencil(SHAPES[each // 2], bool(each % 2), radius):
                if (level < _LEVELS) is not soft:
                    continue
                if level not in shades:
                    shades[level] = _faded(colour[marks], ground, level / _LEVELS)
                flat[at[marks] + (down * width + right)] = shades[level]


@lru_cache(maxsize=256)
def _stencil(shape: str, hollow: bool, radius: float) -> tuple[tuple[int, int, int], ...]:
    """Return the pixels of a mark: row and column offset, and coverage from 1 to `_LEVELS`."""
    reach = int(np.ceil(radius)) + 1
    side = 2 * reach + 1
    fine = (np.arange(side * _FINER) + 0.5) / _FINER - reach - 0.5
    u, v = np.meshgrid(fine, fine)
    covered = _within(shape, u, v, radius)
    if hollow:
        covered &= ~_within(shape, u, v, max(radius * _HOLE, radius - 2.5))
    share = covered.reshape(side, _FINER, side, _FINER).mean(axis=(1, 3))
    level = np.rint(share * _LEVELS).astype(int)
    return tuple(
        (down - reach, right - reach, int(level[down, right]))
        for down, right in np.argwhere(level > 0).tolist()
    )


def _within(
    shape: str, u: npt.NDArray[np.float64], v: npt.NDArray[np.float64], radius: float
) -> npt.NDArray[np.bool_]:
    """Return which points lie in a mark around 0; all shapes look equally large."""
    found: npt.NDArray[np.bool_]
    match shape:
        case "disc":
            found = u * u + v * v <= radius * radius
        case "square":
            found = np.maximum(abs(u), abs(v)) <= 0.85 * radius
        case "diamond":
            found = abs(u) + abs(v) <= 1.2 * radius
        case "cross":
            arm, thick = 1.05 * radius, 0.45 * radius
            found = (np.maximum(abs(u), abs(v)) <= arm) & (np.minimum(abs(u), abs(v)) <= thick)
        case _:
            rise = v if shape == "up" else -v
            found = (rise <= 0.8 * radius) & (2 * abs(u) - rise <= 1.25 * radius)
    return found


def _faded(colour: npt.NDArray[np.uint32], ground: int, share: float) -> npt.NDArray[np.uint32]:
    """Blend colors over the background by a share of coverage."""
    if share >= 1:
        return colour
    result = np.full(len(colour), 0xFF000000, np.uint32)
    for shift in (0, 8, 16):
        over = (colour >> np.uint32(shift)) & np.uint32(255)
        under = (ground >> shift) & 255
        result |= (under + (over.astype(np.float64) - under) * share + 0.5).astype(
            np.uint32
        ) << np.uint32(shift)
    return result
