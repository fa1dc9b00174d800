"""One number per face: how probably it is recognised beside a clear photo of the same person.

[Note: what quality means] A product of five factors, each 1 for an ordinary good face and small
for a poor one, so that one serious fault is enough; times a share that goes on telling good from
better, for covers. `CURVE` turns the product into the share of faces like this one whose
similarity to a clear face of the person is one that a stranger in a thousand reaches. So a
threshold is a chance: faces below 0.05 are recognised once in twenty times, and form no groups. On
2,787 portraits the length of the embedding before normalising and the detector's score foretell
best how similar a face is to others of its person (rank correlation .36 and .34); pose, sharpness
and size matter where they are poor.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.faces.detection import Detections

SIZE = (10.0, 44.0)
"""Longer side of the box in source pixels: no use, and enough. Shrunk copies of portraits of 131
pixels have a similarity to them of .98 at 66, .88 at 33 and .69 at 22."""

TURN = (1.0, 0.35)
"""How far the nose is off the middle, over the distance of the eyes: profile, and half turned.
Similarity to other photos of the person is .66 up to 0.3, .63 up to 0.55, .54 beyond."""

SHARP = (0.02, 0.11)
"""Spread of the crop's Laplacian over the spread of its grey: smeared, and usual."""

SCORE = (0.5, 0.88)
"""Detector's score: hardly a face, and what 99 in 100 portraits reach."""

COVER_SIZE = 200.0
"""Size in pixels beyond which a face makes no better cover."""

COVER_TURN = 0.55
"""Turn at which a face is no better a cover than in profile."""

COVER_SHARE = 0.4
"""Part of quality that tells good faces from better ones."""

LEAST = 0.02
"""No factor falls below, so that poor faces still have an order."""

CURVE = (
    (0.0, 0.005),
    (0.05, 0.09),
    (0.1, 0.13),
    (0.2, 0.31),
    (0.3, 0.57),
    (0.4, 0.65),
    (0.5, 0.70),
    (0.6, 0.74),
    (0.7, 0.845),
    (0.8, 0.94),
    (0.9, 0.99),
    (1.0, 0.998),
)
"""Product of the factors, and share recognised. Fitted to portraits of half of 371 people, as they
are and shrunk, blurred, darkened and compressed; on the others it is off by 0.8 points on average,
nowhere by more than 3 (tests/benchmarks/quality.py)."""


def measure(
    found: Detections,
    crops: NDArray[np.uint8],
    norms: NDArray[np.float32],
    usual_norms: tuple[float, float] | None,
) -> NDArray[np.float32]:
    """Quality of faces, 0 to 1; see [Note: what quality means]. Thread: any.

    Args:
        found: In pixels of the photo.
        crops: (N, 112, 112, 3) uint8 aligned crops.
        norms: (N,) lengths of the embeddings before normalising.
        usual_norms: A length that tells of a useless crop and one of a good crop, where the
            recogniser's lengths tell anything.

    Returns:
        (N,) float32.
    """
    if not len(found):
        return np.empty(0, np.float32)
    side = found.boxes[:, 2:].max(1)
    turn, sharp = _turn(found.landmarks), _sharpness(crops)
    quality = np.asarray(
        _ramp(side, SIZE) * _ramp(turn, TURN) * _ramp(sharp, SHARP) * _ramp(found.scores, SCORE)
    )
    if usual_norms is not None:
        quality = quality * _ramp(norms, usual_norms)
    better = (
        np.minimum(side / COVER_SIZE, 1)
        + np.clip(1 - turn / COVER_TURN, 0, 1)
        + np.minimum(sharp / 0.3, 1)
    ) / 3
    product = quality * (1 - COVER_SHARE + COVER_SHARE * better)
    products, shares = np.array(CURVE).T
    return np.asarray(np.interp(product, products, shares), np.float32)


def _ramp(values: NDArray[np.float32], ends: tuple[float, float]) -> NDArray[np.float32]:
    """From LEAST at the first end to 1 at the second."""
    poor, good = ends
    return np.asarray(np.clip((values - poor) / (good - poor), LEAST, 1), np.float32)


def _turn(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far noses are off the line between eyes and mouth, over the distance of the eyes."""
    eyes = landmarks[:, 1] - landmarks[:, 0]
    middle = (landmarks[:, :2].mean(1) + landmarks[:, 3:].mean(1)) / 2
    square = np.maximum((eyes**2).sum(1), 1e-6)
    return np.asarray(np.abs(((landmarks[:, 2] - middle) * eyes).sum(1)) / square, np.float32)


def _sharpness(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Fine detail over contrast, so that dark photos are not taken for blurred ones."""
    values = []
    for crop in crops:
        grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
        # The middle of the crop: hair and background have detail of their own.
        detail = cv2.Laplacian(grey, cv2.CV_32F)[24:104, 24:88]
        values.append(float(detail.std()) / max(float(grey[24:104, 24:88].std()), 4.0))
    return np.array(values, np.float32)
