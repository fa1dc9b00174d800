"""Search for small faces at a photo's full resolution, in overlapping tiles.

[Note: closer search] The usual search shrinks a photo to 1,280 pixels, where a face of 60 pixels of
a 12-megapixel photo has 19 and half of them are missed: YuNet detects 79 % of faces of 24 pixels
and all of 32. Searching the full size takes ten times as long, so it is a second round over the
library, except for photos whose usual search shows a crowd. With thousands of places more, a low
bar for candidates and a high one for the last closer look together decide best: on heads of half of
the people of our portraits, pasted into photos, the least look of a true face of 20 pixels or more
is 0.86, while in 374 tiles without people the best of a false one is 0.82. A score of 0.3 in the
tile, not 0.5, gives 92 % of faces of 24 pixels instead of 79 %.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from facesorter.cancel import CancelToken
from facesorter.faces.detection import (
    MIN_FACE,
    PASS_SIDES,
    Detections,
    Detector,
    join,
    moved,
    refine,
    same_faces,
    scaled,
    suppress,
)
from facesorter.faces.tiles import Rect, cover, detailed
from facesorter.images import convert

SMALL = 24.0
"""Longer side in pixels, in the picture searched, of faces that are found four times in five."""

SURE = 28.0
"""The same for 95 in 100."""

TILE = 1280
"""Longest side of a tile in pixels: memory of the network, against faces searched twice."""

OVERLAP = 128
"""Pixels that neighboring tiles share, and the largest face that is surely whole in one; larger
ones are searched at half the size, unless the usual search is sure to find them."""

CROWD = 6
"""Faces that are small in the usual search from which the photo is searched closely at once: a
group has more of them, further back. Families around a table have fewer."""

CROWD_SIDE = 40.0
"""Longer side in pixels, at the size of the usual search, up to which such a face is small."""


def covered(longest: int, smallest: float = MIN_FACE) -> bool:
    """Return whether the usual search finds all that this one can, by the photo's longer side."""
    return longest * SMALL / max(smallest, SMALL) <= PASS_SIDES[-1]


def is_crowd(found: Detections, longest: int) -> bool:
    """Return whether the usual search of a photo shows many small faces."""
    size = found.boxes[:, 2:].max(1, initial=0) * PASS_SIDES[-1] / longest
    return int((size < CROWD_SIDE).sum()) >= CROWD


def search(
    pixels: NDArray[np.uint8],
    detector: Detector,
    known: NDArray[np.float32],
    *,
    smallest: float = MIN_FACE,
    longest: int | None = None,
    token: CancelToken | None = None,
) -> Detections:
    """Find the small faces of an upright photo or a part of it; see [Note: closer search].

    Thread: any; blocks for 50 ms a megapixel.

    Args:
        pixels: (H, W, 3) uint8 RGB, full size.
        detector: The pack's detector.
        known: (N, 4) float32 boxes of faces already known, in pixels; none of them is returned.
        smallest: Longer side in pixels of the smallest face to keep.
        longest: Longer side of the whole photo in pixels; that of ``pixels`` if None.
        token: Polled between the tiles.

    Raises:
        Cancelled: By the token.
    """
    parts: list[Detections] = []
    for shrunk, scale in _sizes(pixels, smallest, longest or max(pixels.shape[:2])):
        for tile in cover(shrunk.shape[1], shrunk.shape[0], (TILE, TILE), OVERLAP):
            if token is not None:
                token.check()
            part = detailed(shrunk, tile)
            if part is not None:
                parts.append(scaled(_in_tile(shrunk, part, detector), scale))
    found = _others(suppress(join(parts)), known)
    seen = refine(pixels, found, detector)
    large = seen.boxes[:, 2:].max(1, initial=0) >= smallest
    fits = np.flatnonzero(large & (seen.scores >= detector.thresholds.small))
    return _others(suppress(join([seen.take(fits)])), known)


def _in_tile(pixels: NDArray[np.uint8], part: Rect, detector: Detector) -> Detections:
    left, top, width, height = part
    tile = np.ascontiguousarray(pixels[top : top + height, left : left + width])
    (found,) = detector.run(tile[None], detector.thresholds.weak)
    return moved(suppress(found), left, top)


def _sizes(
    pixels: NDArray[np.uint8], smallest: float, longest: int
) -> Iterator[tuple[NDArray[np.uint8], tuple[float, float]]]:
    """Yield the picture at each size to search, and its scale in width and height."""
    height, width = pixels.shape[:2]
    factor = 1
    while smallest / factor >= 2 * SMALL:
        factor *= 2
    while True:
        size = max(1, width // factor), max(1, height // factor)
        shrunk = pixels if factor == 1 else convert.shrink(pixels, *size)
        yield shrunk, (size[0] / width, size[1] / height)
        if OVERLAP * factor >= SURE * longest / PASS_SIDES[-1]:
            return
        factor *= 2


def _others(found: Detections, known: NDArray[np.float32]) -> Detections:
    """Drop what shows a known face or a part of it."""
    if not len(found) or not len(known):
        return found
    return found.take(np.flatnonzero(~same_faces(found.boxes, known).any(1)))
