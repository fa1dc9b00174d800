"""Detection of faces drawn by the user, at known places and with a much lower threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facesorter.domain import Region
from facesorter.faces import alignment
from facesorter.faces.detection import NOTHING, TURN_MARGIN, Detections, Detector, join, look_again

LEAST_SCORE = 0.3
"""Least detector score of a face in a drawn region. A search over a whole photo needs far more,
since nearly all of its thousands of places hold no face."""

CROP = 320
"""Side in pixels of the crop around a drawn region."""

REGION_SIDES = (160.0, 100.0, 240.0)
"""Longer side of the region in the crop, in pixels, in the order tried: people draw heads, faces,
or just eyes to chin, so the face may be considerably smaller or larger than the region."""

GUESS = np.array([[0.31, 0.40], [0.69, 0.40], [0.50, 0.58], [0.35, 0.77], [0.65, 0.77]], np.float32)
"""Landmarks of a frontal face as fractions of its box."""


def from_regions(
    pixels: NDArray[np.uint8], regions: Sequence[Region], detector: Detector
) -> Detections:
    """Find the face in each region. Thread: any; blocks for 5 to 40 ms a region.

    Args:
        pixels: (H, W, 3) uint8 RGB, the upright photo.
        regions: Drawn regions of faces.
        detector: The pack's detector.

    Returns:
        One face per region in the same order, in pixels; boxes are the regions. A face that the
        detector misses has guessed landmarks and the score 0.
    """
    height, width = pixels.shape[:2]
    if not regions:
        return NOTHING
    rows = [find(pixels, region, detector) for region in regions]
    return Detections(
        np.stack([_box(region, width, height) for region in regions]),
        np.concatenate([row.landmarks for row in rows]),
        np.concatenate([row.scores for row in rows]),
    )


def _box(region: Region, width: int, height: int) -> NDArray[np.float32]:
    box = np.array([region.x, region.y, region.w, region.h]) * (width, height, width, height)
    box[2:] = np.maximum(box[2:], 1)
    return box.astype(np.float32)


def find(pixels: NDArray[np.uint8], region: Region, detector: Detector) -> Detections:
    """Find the face in one region, with its own box; as `from_regions` otherwise."""
    box = _box(region, pixels.shape[1], pixels.shape[0])
    best = _best(pixels, box, detector, 0)
    if not len(best) or best.scores[0] < detector.thresholds.certain:
        for turns in (1, 2, 3):  # upright, a face on its side gets random landmarks
            turned = _best(pixels, box, detector, turns)
            if len(turned) and (not len(best) or turned.scores[0] > best.scores[0] + TURN_MARGIN):
                best = turned
    if len(best):
        return look_again(pixels, best, detector)
    points = box[:2] + GUESS * box[2:]
    return Detections(box[None], points[None].astype(np.float32), np.zeros(1, np.float32))


def _best(
    pixels: NDArray[np.uint8], box: NDArray[np.float32], detector: Detector, turns: int
) -> Detections:
    """Return the best detection over all sizes of the region, or None."""
    seen = join([_seen(pixels, box, detector, side, turns) for side in REGION_SIDES])
    return seen.take(np.arange(len(seen)) < 1)


def _seen(
    pixels: NDArray[np.uint8],
    box: NDArray[np.float32],
    detector: Detector,
    side: float,
    turns: int,
) -> Detections:
    """Return the best-scored face at a region, in pixels of the photo, or None."""
    scale = side / float(box[2:].max())
    angle = -np.pi / 2 * turns
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos, -sin], [sin, cos]])
    middle = (box[:2] + box[2:] / 2).astype(np.float64)
    matrix = np.column_stack([linear, CROP / 2 - linear @ middle])
    crop = alignment.sample(pixels, matrix, CROP)
    found = join(detector.run(crop[None], LEAST_SCORE))
    if not len(found):
        return NOTHING
    centre = found.boxes[:, :2] + found.boxes[:, 2:] / 2
    size = found.boxes[:, 2:].max(1)
    off = np.abs(centre - CROP / 2).max(1)
    # Its center must lie in the middle half of the region, its side be 1/3 to 2 times the region's.
    fits = (off < side / 4) & (size > side / 3) & (size < side * 2)
    worth = np.where(fits, found.scores * (1 - off / side), 0)
    best = int(worth.argmax())
    if worth[best] <= 0:
        return NOTHING
    back = alignment.invert(matrix)
    extent = found.boxes[best, 2:][:: -1 if turns % 2 else 1] / scale
    there = alignment.apply(back, centre[best]) - extent / 2
    return Detections(
        np.concatenate([there, extent]).astype(np.float32)[None],
        alignment.apply(back, found.landmarks[best])[None],
        found.scores[best : best + 1],
    )
