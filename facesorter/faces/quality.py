"""One number per face: how much its embedding can be trusted, and how good a cover it makes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.faces.detection import Detections


def measure(
    found: Detections, crops: NDArray[np.uint8], norms: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Quality of each face, 0 (useless) to 1 (large, frontal, sharp and certain)."""
    if not len(found):
        return np.empty(0, np.float32)
    parts = components(found, crops)
    return np.prod(np.stack(list(parts.values())), 0).astype(np.float32)


def components(found: Detections, crops: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    side = found.boxes[:, 2:].max(1)
    points = found.landmarks.astype(np.float64)
    eyes = points[:, 1] - points[:, 0]
    across = np.maximum(np.linalg.norm(eyes, axis=1), 1e-6)
    eye_middle, mouth_middle = points[:, :2].mean(1), points[:, 3:].mean(1)
    centre = (eye_middle + mouth_middle) / 2
    turn = np.abs(((points[:, 2] - centre) * eyes).sum(1)) / across**2
    down = np.maximum(np.linalg.norm(mouth_middle - eye_middle, axis=1), 1e-6)
    narrow = across / down
    grey = [cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops]
    sharp = np.array([cv2.Laplacian(g, cv2.CV_32F).std() / max(float(g.std()), 1.0) for g in grey])
    return {
        "size": np.clip((side - 16) / (80 - 16), 0.05, 1),
        "turn": np.clip(1 - turn / 0.5, 0.05, 1),
        "narrow": np.clip(narrow / 0.8, 0.05, 1),
        "sharp": np.clip(sharp / 0.25, 0.05, 1),
        "score": np.clip((found.scores - 0.5) / 0.4, 0.05, 1),
    }
