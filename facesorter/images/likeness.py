"""Decide whether two photos are the same picture: scaled, re-saved, lightened, or cropped.

Press photos of one scene and frames of a burst have the same large shapes, so their plain
correlation is as high as that of a copy (up to .99). What differs is detail. So the pictures are
aligned to a fraction of a pixel (enhanced correlation coefficient, Evangelidis and Psarakis 2008)
and compared by their middle frequencies, without what is burnt out in either.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 96
"""Side at which pictures are compared, stretched to a square. At 64 the nearest strangers come
within .04 of the farthest copies, at 96 only within .13."""
SAME = 0.85
"""Likeness from which two photos are the same picture: a little less than the middle between the
least of a copy, .91, and .80 of a picture in which a head moved by a fiftieth of its side. Found
with half of the people of `tests/benchmarks/duplicates.py` (``--half 0 --seed 31``), of whom two
photos of one moment have .68 and others less. With the other half (``--half 1 --seed 32``), 4,499
of 4,500 copies have more, the last one .846; no others do."""
SHAPES = 0.85
"""Plain correlation below which nothing is aligned: copies that differ least have .97."""
_SMALL = 32
"""Side at which the crop is estimated."""
_WHITE = 250
_LEAST = 0.3
"""Share of the picture that must be left to compare."""
_BAND = (0.7, 3.0)
"""Standard deviations, in pixels, of the blurs whose difference is compared."""
_PARTS = 6
"""Parts along each side. With 8, the least of a copy falls as much as that of a moved face."""
_PLAIN = 0.5
"""Detail added to each part, relative to the mean, so that noise in plain parts doesn't count."""
_STEADY = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)
_CROPS = (
    (0.0, 0.0, 0.0, 0.0),
    (0.025, 0.025, 0.025, 0.025),
    (0.05, 0.05, 0.05, 0.05),
    (0.05, 0.05, 0.0, 0.0),
    (0.05, 0.0, 0.0, 0.05),
    (0.0, 0.05, 0.05, 0.0),
    (0.0, 0.0, 0.05, 0.05),
)
"""Where alignment begins: shares cut off at the top, left, bottom, and right."""

Grey = NDArray[np.float32]


class Picture(NamedTuple):
    """A photo prepared for comparison."""

    small: Grey
    large: Grey


def prepare(pixels: NDArray[np.uint8]) -> Picture:
    """Prepare an upright photo, (h, w, 3) uint8 RGB; a thumbnail is large enough. Thread: any."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return Picture(_stretch(grey, _SMALL), _stretch(grey, SIDE))


def likeness(one: Picture, other: Picture) -> float:
    """Return how alike two pictures are where they are least alike, up to 1. Takes 2 to 10 ms.

    The correlation of details in the worst of 6 × 6 parts once the pictures are aligned: in frames
    of a burst, all is equal but a face. 0 if they are too different for that, or too plain.
    """
    forth, back = _start(one.small, other.small), _start(other.small, one.small)
    if max(forth[0], back[0]) < SHAPES:
        return 0.0
    whole, part, crop = one.large, other.large, forth[1]
    if back[0] > forth[0]:
        whole, part, crop = part, whole, back[1]
    warp = _warp(crop, SIDE)
    try:
        _, warp = cv2.findTransformECC(
            part, whole, warp, cv2.MOTION_AFFINE, _STEADY, np.full(part.shape, 255, np.uint8), 3
        )
    except cv2.error:
        return 0.0  # nothing to hold on to: it didn't converge
    there = _apply(warp, whole)
    inside = _apply(warp, np.ones_like(whole), cv2.BORDER_CONSTANT) > 0.99
    seen = inside & (there < _WHITE) & (part < _WHITE)
    if seen.mean() < _LEAST:
        return 0.0
    return _worst_part(_band(there) * seen, _band(part) * seen)


def _worst_part(one: Grey, other: Grey) -> float:
    """Return the lowest correlation of a part; parts without detail count as the same."""

    def summed(values: Grey) -> Grey:
        side = SIDE // _PARTS
        parts = values.reshape(_PARTS, side, _PARTS, side)
        return np.asarray(parts.sum(axis=(1, 3)), np.float32)

    first, second, shared = summed(one * one), summed(other * other), summed(one * other)
    if min(first.sum(), second.sum()) < 1e-3:
        return 0.0
    gain = float(np.sqrt(first.sum() / second.sum()))
    detail = (first + gain * gain * second) / 2
    floor = _PLAIN * float(detail.mean())
    return float(((gain * shared + floor) / (detail + floor)).min())


def _stretch(grey: NDArray[np.uint8], side: int) -> Grey:
    large = grey.shape[0] >= side and grey.shape[1] >= side
    how = cv2.INTER_AREA if large else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (side, side), interpolation=how), np.float32)


def _start(whole: Grey, part: Grey) -> tuple[float, tuple[float, float, float, float]]:
    """Return the crop of one picture that the other is most like, and their correlation."""
    part = cv2.GaussianBlur(part, (0, 0), 0.9)
    return max(
        (
            _correlation(cv2.GaussianBlur(_apply(_warp(crop, _SMALL), whole), (0, 0), 0.9), part),
            crop,
        )
        for crop in _CROPS
    )


def _warp(crop: tuple[float, float, float, float], side: int) -> Grey:
    """Return the 2 × 3 matrix from a cropped picture's pixels to the whole picture's."""
    top, left, bottom, right = crop
    across, down = 1 - left - right, 1 - top - bottom
    # Pixel centers are at halves.
    x, y = left * side + 0.5 * across - 0.5, top * side + 0.5 * down - 0.5
    return np.array([[across, 0, x], [0, down, y]], np.float32)


def _apply(warp: Grey, picture: Grey, border: int = cv2.BORDER_REPLICATE) -> Grey:
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, warp, size, flags=how, borderMode=border), np.float32)


def _band(picture: Grey) -> Grey:
    fine, coarse = _BAND
    blurred = cv2.GaussianBlur(picture, (0, 0), fine)
    return np.asarray(blurred - cv2.GaussianBlur(picture, (0, 0), coarse), np.float32)


def _correlation(one: Grey, other: Grey) -> float:
    a, b = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 1e-3 else 0.0
