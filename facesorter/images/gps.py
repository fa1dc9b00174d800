"""Coordinates from a photo's EXIF tags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4


def location(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees, north and east positive; None if missing or broken.

    Exactly 0, 0 is what cameras write that have no position yet; nobody takes photos there.

    Args:
        gps: The GPS directory, by tag.
    """
    latitude = _degrees(gps.get(_LATITUDE), gps.get(_LATITUDE_REF), "S", 90)
    longitude = _degrees(gps.get(_LONGITUDE), gps.get(_LONGITUDE_REF), "W", 180)
    if latitude is None or longitude is None or (latitude, longitude) == (0.0, 0.0):
        return None
    return latitude, longitude


def _degrees(parts: object, ref: object, negative: str, most: float) -> float | None:
    try:
        degrees, minutes, seconds = (*map(float, parts), 0.0, 0.0)[:3]  # type: ignore[call-overload]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = float(degrees + minutes / 60 + seconds / 3600)
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    said = ref.decode("ascii", "replace") if isinstance(ref, bytes) else str(ref or "")
    return -value if said.strip("\0 ").upper().startswith(negative) else value
