"""Face quality: the probability of recognition next to a clear photo of the same person.

[Note: what quality means] A product of five factors, each 1 for an ordinary good face and small
for a poor one, so that one serious fault is enough; times a factor that still distinguishes good
from better, for covers. `CURVE` maps the product to the share of such faces whose similarity to a
clear face of the person is one that only one stranger in a thousand reaches. So thresholds are
probabilities: faces below 0.05 are recognized one time in twenty and form no groups. On 2,787
portraits the length of the embedding before normalizing and the detector's score best predict how
similar a face is to others of its person (rank correlation .36 and .34); pose, sharpness and size
matter if they are poor.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.faces.detection import Detections

SIZE = (10.0, 44.0)
"""Longer side of the box in source pixels: useless, and sufficient. Portraits of 131 pixels have a
similarity to their shrunk copies of .98 at 66, .88 at 33 and .69 at 22 pixels."""

TURN = (1.0, 0.35)
"""Offset of the nose from the middle, relative to the distance of the eyes: profile, and half
turned. Similarity to other photos of the person is .66 up to 0.3, .63 up to 0.55, .54 beyond."""

SHARP = (0.02, 0.11)
"""Spread of the crop's Laplacian relative to the spread of its gray values: blurred, and usual."""

SCORE = (0.5, 0.88)
"""Detector score: barely a face, and reached by 99 in 100 portraits."""

COVER_SIZE = 200.0
"""Size in pixels above which a face makes no better cover."""

COVER_TURN = 0.55
"""Turn from which a face makes no better cover than a profile."""

COVER_SHARE = 0.4
"""Share of quality that distinguishes good faces from better ones."""

LEAST = 0.02
"""Minimum of every factor, so that poor faces still have an order."""

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
"""Product of the factors, and share recognized. Fitted to portraits of half of 371 people, original
and shrunk, blurred, darkened and compressed; on the other half the error is 0.8 percentage points
on average and at most 3 (tests/benchmarks/quality.py)."""


def measure(
    found: Detections,
    crops: NDArray[np.uint8],
    norms: NDArray[np.float32],
    usual_norms: tuple[float, float] | None,
) -> NDArray[np.float32]:
    """Rate the quality of faces, 0 to 1; see [Note: what quality means]. Thread: any.

    Args:
        found: Faces in pixels of the photo.
        crops: (N, 112, 112, 3) uint8 aligned crops.
        norms: (N,) lengths of the embeddings before normalizing.
        usual_norms: Lengths of a useless and of a good crop; None if the recognizer's lengths are
            not informative.

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
    """Map values linearly from `LEAST` at the first end to 1 at the second."""
    poor, good = ends
    return np.asarray(np.clip((values - poor) / (good - poor), LEAST, 1), np.float32)


def _turn(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return offsets of noses from the line between eyes and mouth, in eye distances."""
    eyes = landmarks[:, 1] - landmarks[:, 0]
    middle = (landmarks[:, :2].mean(1) + landmarks[:, 3:].mean(1)) / 2
    square = np.maximum((eyes**2).sum(1), 1e-6)
    return np.asarray(np.abs(((landmarks[:, 2] - middle) * eyes).sum(1)) / square, np.float32)


def _sharpness(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return fine detail relative to contrast, so that dark photos don't pass for blurred ones."""
    values = []
    for crop in crops:
        grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
        # The middle of the crop: hair and background have detail of their own.
        detail = cv2.Laplacian(grey, cv2.CV_32F)[24:104, 24:88]
        values.append(float(detail.std()) / max(float(grey[24:104, 24:88].std()), 4.0))
    return np.array(values, np.float32)
