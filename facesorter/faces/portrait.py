"""Portraits with the eyes always in the same position: the frames of a playback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.faces.alignment import CROP, TEMPLATE, apply, sample, similarity
from facesorter.images import decode

SIDE = 640
"""Side in pixels: fits a window of 800 at 100 %, and few photos show a face any larger."""
SHARE = 0.5
"""Share of the frame filled by the recognizer's crop: leaves room for hair, chin and neck."""
EYES = (0.5, 0.43)
"""Midpoint between the eyes, as fractions of the frame from its top left."""


def portrait(
    source: bytes | Path,
    landmarks: Sequence[tuple[float, float]],
    side: int = SIDE,
    moment: int | None = None,
) -> NDArray[np.uint8]:
    """Crop a face from a photo file, upright, with the eyes at a fixed position.

    Turned and scaled by all five landmarks, since in a face turned aside the eyes are close
    together; then shifted by the eyes. Blocks. Thread: any.

    Args:
        source: The file or its bytes.
        landmarks: Five points as fractions of the upright photo: eyes, nose, mouth corners.
        side: Side of the frame in pixels.
        moment: As `Face.moment`, if the file is a video.

    Returns:
        (side, side, 3) uint8 RGB; outside the photo, its blurred edge continues.

    Raises:
        UnreadablePhoto: The photo can't be read.
    """
    data = source if isinstance(source, bytes) else decode.read_picture(source, moment)
    points = np.array(landmarks, np.float32)
    spread = float(np.ptp(points, axis=0).max())
    target = (TEMPLATE / CROP - 0.5) * SHARE * side
    # No larger than the frame needs, with a factor of two since the photo's other side is shorter.
    wanted = 2 * float(np.ptp(target, axis=0).max()) / max(spread, 1e-3)
    pixels = decode.load_upright(data, long_side=max(side, min(round(wanted), 8_000))).pixels
    points = points * np.array([pixels.shape[1], pixels.shape[0]], np.float32)
    matrix = similarity(points[None], target.astype(np.float32))[0]
    between = points[:2].mean(axis=0)
    matrix[:, 2] = np.array(EYES) * side - matrix[:, :2] @ between
    return _go_on(sample(pixels, matrix, side), pixels, matrix)


def _go_on(
    frame: NDArray[np.uint8], pixels: NDArray[np.uint8], matrix: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Fill the area outside the photo with its blurred edge, as thumbnails do.

    In a playback, black corners that rotate from picture to picture would distract from the face.
    """
    side = frame.shape[0]
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    within = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(within, np.round(apply(matrix, corners)).astype(np.int32), 255)
    # The outermost pixels of the photo are blended with the outside.
    within = np.asarray(cv2.erode(within, np.ones((7, 7), np.uint8)), np.uint8)
    if within.all():
        return frame
    beyond = cv2.warpAffine(pixels, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    beyond = cv2.GaussianBlur(beyond, (0, 0), max(side / 16, 0.5))
    share = cv2.GaussianBlur(within, (0, 0), 1.5)[..., None].astype(np.float32) / 255
    return np.asarray(frame * share + beyond * (1 - share) + 0.5, np.uint8)
