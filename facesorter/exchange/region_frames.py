"""Conversion of regions between the upright picture and the stored, unrotated pixels."""

from __future__ import annotations

from collections.abc import Callable

from facesorter.domain import Region

_STORED: dict[int, Callable[[float, float], tuple[float, float]]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (y, 1 - x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (1 - y, x),
}
"""Where a point of the upright picture is in the stored one, by EXIF orientation; fractions."""
_BACK = {6: 8, 8: 6}
"""Orientations that aren't their own inverse."""


def is_sideways(orientation: int) -> bool:
    """Return whether width and height are swapped between the stored and the upright picture."""
    return orientation >= 5


def stored(region: Region, orientation: int) -> Region:
    """Return where a region of the upright picture is in the stored one.

    Args:
        region: Fractions of the upright picture.
        orientation: The file's, as in EXIF, 1 to 8.
    """
    point = _STORED[orientation]
    (x0, y0), (x1, y1) = (
        point(region.x, region.y),
        point(region.x + region.w, region.y + region.h),
    )
    return Region(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))


def upright(region: Region, orientation: int) -> Region:
    """Return where a region of the stored picture is in the upright one. Inverse of `stored`."""
    return stored(region, _BACK.get(orientation, orientation))
