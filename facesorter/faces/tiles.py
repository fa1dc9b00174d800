"""Overlapping tiles that cover a picture, and which of them show any detail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

FLAT = 20
"""Least difference of gray values, 0 to 255, within `CELL` x `CELL` pixels where a face may be. Of
150 portraits shrunk to 24 pixels, 99 in 100 have 67 or more, blurred ones 64, and ones darkened to
30 % still 20."""

CELL = 20
"""Side in pixels of the places compared: less than a face of 24 pixels."""

_SHRINK = 4  # averages the noise of a sky
_MARGIN = 32


class Rect(NamedTuple):
    """A part of a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int


def cover(width: int, height: int, side: tuple[int, int], overlap: int) -> Iterator[Rect]:
    """Yield tiles of one size, evenly spread, that cover a picture, row by row.

    Args:
        width: Width of the picture in pixels.
        height: Its height.
        side: Width and height of a tile; smaller if the picture is.
        overlap: Least pixels that neighbors share: what is no larger is whole in one of them.
    """
    for top, high in _spans(height, side[1], overlap):
        for left, wide in _spans(width, side[0], overlap):
            yield Rect(left, top, wide, high)


def _spans(length: int, side: int, overlap: int) -> list[tuple[int, int]]:
    """Return first pixel and length of each of a line's parts."""
    if length <= side:
        return [(0, length)]
    count = -(-(length - overlap) // (side - overlap))
    starts = np.linspace(0, length - side, count).round().astype(int)
    return [(int(start), side) for start in starts]


def detailed(pixels: NDArray[np.uint8], tile: Rect) -> Rect | None:
    """Return the part of a tile that shows detail; None if it is flat or blurred throughout.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        tile: A part of ``pixels``.
    """
    left, top, width, height = tile
    grey = cv2.cvtColor(pixels[top : top + height, left : left + width], cv2.COLOR_RGB2GRAY)
    size = max(1, width // _SHRINK), max(1, height // _SHRINK)
    grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    cell = np.ones((CELL // _SHRINK, CELL // _SHRINK), np.uint8)
    rows, columns = np.nonzero(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, cell) >= FLAT)
    if not len(rows):
        return None
    # A place of detail stands for the cell around it; the margin is for the rest of the face.
    x0 = max(0, int(columns.min()) * _SHRINK - _MARGIN)
    y0 = max(0, int(rows.min()) * _SHRINK - _MARGIN)
    x1 = min(width, (int(columns.max()) + 1) * _SHRINK + _MARGIN)
    y1 = min(height, (int(rows.max()) + 1) * _SHRINK + _MARGIN)
    return Rect(left + x0, top + y0, x1 - x0, y1 - y0)
