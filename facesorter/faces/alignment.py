"""Alignment of faces to small upright squares, for the recognizer and for the second look.

All points are pixel coordinates with the origin at the top left corner of the photo and pixel
centers at halves (a photo of width w spans 0 to w), so that scaling a photo scales its points.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.images import convert

CROP = 112
"""Side in pixels of the aligned crops that recognizers are trained on."""

TEMPLATE: NDArray[np.float32] = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    np.float32,
)
"""Landmarks in the aligned crop, as defined by ArcFace (Deng et al., 2019)."""


def similarity(source: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float64]:
    """Estimate the rotation, uniform scale and shift that best map points to others.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    1991, in the closed form for two dimensions.

    Args:
        source: (N, K, 2) points.
        target: (K, 2) points, or (N, K, 2).

    Returns:
        (N, 2, 3) matrices; the scale is zero for rows whose points coincide.
    """
    a = source.astype(np.float64)
    b = np.broadcast_to(target.astype(np.float64), a.shape)
    mean_a, mean_b = a.mean(1), b.mean(1)
    a, b = a - mean_a[:, None], b - mean_b[:, None]
    # In the plane the best rotation and scale are one complex factor: sum(conj(a) b) / sum|a|^2.
    power = np.maximum((a**2).sum((1, 2)), 1e-12)
    real = (a * b).sum((1, 2)) / power
    imaginary = (a[:, :, 0] * b[:, :, 1] - a[:, :, 1] * b[:, :, 0]).sum(1) / power
    matrices = np.empty((len(a), 2, 3))
    matrices[:, 0, 0] = matrices[:, 1, 1] = real
    matrices[:, 1, 0] = imaginary
    matrices[:, 0, 1] = -imaginary
    matrices[:, :, 2] = mean_b - np.einsum("nij,nj->ni", matrices[:, :, :2], mean_a)
    return matrices


def invert(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert a (2, 3) matrix."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def apply(matrix: NDArray[np.float64], points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Transform (..., 2) points by a (2, 3) matrix."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved, np.float32)


def sample(pixels: NDArray[np.uint8], matrix: NDArray[np.float64], side: int) -> NDArray[np.uint8]:
    """Crop a square from a photo by a similarity transform, without aliasing.

    A warp alone samples single pixels when shrinking, which turns fine texture into noise. So the
    required part of the photo is first shrunk by area averaging to the scale of the square.

    Args:
        pixels: (H, W, 3) uint8 photo.
        matrix: (2, 3), from photo to square.
        side: Side of the square in pixels.

    Returns:
        (side, side, 3) uint8, black outside the photo.
    """
    height, width = pixels.shape[:2]
    scale = max(math.hypot(matrix[0, 0], matrix[1, 0]), 1e-6)
    corners = np.array([[0, 0], [side, 0], [0, side], [side, side]], np.float32)
    there = apply(invert(matrix), corners)
    # A margin, so that filtering at the edge of the part sees the same neighbors as in the photo.
    margin = 2 * max(1.0, 1 / scale) + 1
    left, top = np.floor(there.min(0) - margin).astype(int)
    right, bottom = np.ceil(there.max(0) + margin).astype(int)
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, width), min(bottom, height)
    if right <= left or bottom <= top:
        return np.zeros((side, side, 3), np.uint8)
    if scale < 1 / 3:  # what can be halved twice; that leaves out less than the margin
        right = left + max((right - left) // 4 * 4, 1)
        bottom = top + max((bottom - top) // 4 * 4, 1)
    part = pixels[top:bottom, left:right]
    if scale < 1:
        size = (
            max(1, round((right - left) * scale)),
            max(1, round((bottom - top) * scale)),
        )
        part = convert.shrink(part, *size)
    # From the part's own pixels to the photo, then to the square.
    grow_x = (right - left) / part.shape[1]
    grow_y = (bottom - top) / part.shape[0]
    full = matrix[:, :2] * np.array([grow_x, grow_y])
    shift = matrix[:, :2] @ np.array([left, top], float) + matrix[:, 2]
    # OpenCV's coordinates start at pixel centers, half a pixel off from ours on both sides.
    shift = shift + full @ np.array([0.5, 0.5]) - 0.5
    return np.asarray(
        cv2.warpAffine(
            part,
            np.column_stack([full, shift]),
            (side, side),
            flags=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(0, 0, 0),
        ),
        np.uint8,
    )


def align(pixels: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Crop faces from a photo, aligned for the recognizer. Thread: any.

    Args:
        pixels: (H, W, 3) uint8 photo; the color order is kept.
        landmarks: (N, 5, 2) float32 pixel coordinates: eyes, nose, mouth corners.

    Returns:
        (N, 112, 112, 3) uint8.
    """
    matrices = similarity(landmarks, TEMPLATE)
    crops = [sample(pixels, matrix, CROP) for matrix in matrices]
    return np.stack(crops) if crops else np.empty((0, CROP, CROP, 3), np.uint8)
