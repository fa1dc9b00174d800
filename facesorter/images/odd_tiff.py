"""TIFF files that Pillow doesn't read, such as big-endian BigTIFF, by OpenCV's reader."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.images import tiff


@dataclass(frozen=True, slots=True, eq=False)
class OddTiff:
    """The first page of such a file."""

    pixels: NDArray[np.uint8]
    """(h, w, 3) uint8 RGB, C-contiguous, upright."""
    orientation: int
    """EXIF orientation, 1 to 8, already applied."""
    icc: bytes | None
    """Color profile of the pixels."""


def load(data: bytes) -> OddTiff | None:
    """Decode the first page, at full size; None if OpenCV can't read it either.

    Thread: any; blocks. `dimensions.declared` tells its size before.
    """
    page = next(tiff.pages(data), None)
    if page is None:
        return None
    # Turned by OpenCV in any case: its flag to leave that out does nothing for TIFF.
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        return None
    turned = page.one(tiff.ORIENTATION, 1)
    icc = bytes(page.tags.get(tiff.ICC, ()))
    return OddTiff(np.asarray(pixels, np.uint8), turned if 1 <= turned <= 8 else 1, icc or None)
