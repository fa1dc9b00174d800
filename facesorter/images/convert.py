"""Conversion of decoded images of any mode to upright 8-bit RGB arrays of bounded size."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facesorter.images import colour

BAND = 250_000
"""Pixels converted to RGB at a time. A band of 1 MB stays in the CPU cache and its memory is
reused: 12 megapixels take 12 ms, but 75 ms in bands of 4 MB."""

_PHOTOMETRIC, _CIELAB = 262, 8

HUGE = 24_000_000
"""Pixels above which images are shrunk as far as possible band by band, to save memory."""

SMOOTHING = 0.5
"""Standard deviation, in pixels, of the filter after shrinking bilinearly; see `resize`."""


def to_rgb(
    image: Image.Image, long_side: int | None, described: colour.Colour
) -> NDArray[np.uint8]:
    """Convert a loaded image of any mode to RGB, its longer side at most ``long_side``.

    Thread: any. Bands are converted and shrunk one by one, see [Note: bounded memory] in `decode`.

    Returns:
        (h, w, 3) uint8, C-contiguous, in the orientation of the file.
    """
    width, height = image.size
    ratio = 1.0 if long_side is None else max(1.0, max(width, height) / long_side)
    # Bands shrink by an integer factor; the rest follows at the end, best by a factor of 2 or more.
    factor = max(1, int(ratio if width * height > HUGE else ratio / 2))
    convert = _converter(image, described)
    rows = max(factor, BAND // width // factor * factor)
    small = np.empty((-(-height // factor), -(-width // factor), 3), np.uint8)
    for top in range(0, height, rows):
        band = convert(image.crop((0, top, width, min(top + rows, height))))
        at = top // factor
        size = small.shape[1], -(-len(band) // factor)
        if factor > 1:
            band = cv2.resize(band, size, interpolation=cv2.INTER_AREA)
        small[at : at + size[1]] = band
    target = max(1, round(width / ratio)), max(1, round(height / ratio))
    if target == (small.shape[1], small.shape[0]):
        return small
    return np.asarray(cv2.resize(small, target, interpolation=cv2.INTER_AREA), np.uint8)


def fit(pixels: NDArray[np.uint8], long_side: int | None) -> NDArray[np.uint8]:
    """Shrink a picture of less than twice that size to a longer side of at most ``long_side``.

    Bilinear, which then counts every pixel: from 24 megapixels to 4,096 pixels 37 ms in place of
    210 by area. Thread: any.
    """
    height, width = pixels.shape[:2]
    if long_side is None or max(width, height) <= long_side:
        return pixels
    scale = long_side / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _converter(
    image: Image.Image, described: colour.Colour
) -> Callable[[Image.Image], NDArray[np.uint8]]:
    """Return the function that converts a band of this image to (h, w, 3) uint8 RGB."""
    mode = image.mode
    if mode.startswith("I;16"):
        return lambda band: _grey(np.asarray(band).astype(np.uint16) >> 8)
    if mode in ("I", "F"):
        low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]
        scale = _depth_scale(mode, low, high)
        return lambda band: _grey(np.nan_to_num(np.asarray(band, np.float32)) * scale)
    if mode == "CMYK" and described.icc is not None:
        icc = described.icc
        return lambda band: np.asarray(colour.convert_profile(band, icc) or band.convert("RGB"))
    if "transparency" in image.info or mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        return _on_white
    if described.hdr:
        return lambda band: colour.to_srgb(np.asarray(band.convert("RGB")), described)
    if _is_deep_lab(image):
        return _from_lab
    if mode == "RGB":
        return np.asarray
    return lambda band: np.asarray(band.convert("RGB"))


def _is_deep_lab(image: Image.Image) -> bool:
    """Return whether the pixels are CIELab that Pillow read as if they were RGB."""
    tags = getattr(image, "tag_v2", None) or {}
    return image.mode == "RGB" and tags.get(_PHOTOMETRIC) == _CIELAB


def _from_lab(band: Image.Image) -> NDArray[np.uint8]:
    # As bytes a and b are signed, in Pillow's memory not: reading them again puts that right.
    return np.asarray(Image.frombytes("LAB", band.size, band.tobytes()).convert("RGB"))


def _depth_scale(mode: str, low: float, high: float) -> float:
    """Return the factor that scales a deep gray image to 0-255, judging by its maximum."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= 0:
        return 1.0
    if mode == "F" and high <= 1.0:
        return 255.0
    if high <= 255:
        return 1.0
    return 255 / 65535 if high <= 65535 else 255 / high


def _grey(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    grey = np.clip(values.astype(np.float32), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, 2)


def _on_white(band: Image.Image) -> NDArray[np.uint8]:
    """Composite on white, so that logos and cutouts look as they do in a browser."""
    values = np.asarray(band.convert("RGBA")).astype(np.uint16)
    alpha = values[:, :, 3:]
    return ((values[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def shrink(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Shrink a picture by area averaging; the size must not exceed the picture's. Thread: any.

    Halves first where possible: that is the same filter and several times faster than an odd
    factor. A factor of at least 1.5 is left for the last step.
    """
    while (
        pixels.shape[1] >= 3 * width
        and pixels.shape[0] >= 3 * height
        and pixels.shape[0] % 2 == pixels.shape[1] % 2 == 0
    ):
        pixels = _half(pixels)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def resize(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Scale a picture for detection, several times as fast as `shrink`. Thread: any.

    By halves, then bilinear, and slightly smoothed: from 12 megapixels to 1,280 pixels in 11 ms in
    place of 26 by area. Of 640 faces of 56 to 68 pixels in such photos a pass then finds 383, 355
    without smoothing, 365 by area. A last odd row or column is left out.
    """
    while pixels.shape[1] >= 2 * width and pixels.shape[0] >= 2 * height:
        pixels = _half(pixels)
    if pixels.shape[:2] == (height, width):
        return pixels
    shrinks = pixels.shape[1] > width
    pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR))
    if shrinks:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (3, 3), SMOOTHING))
    return np.asarray(pixels, np.uint8)


def _half(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    width, height = pixels.shape[1] // 2, pixels.shape[0] // 2
    even = pixels[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def turn(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn a picture of EXIF orientation 1 to 8 upright; the result is C-contiguous."""
    if orientation in (5, 7):
        pixels = np.asarray(cv2.transpose(pixels), np.uint8)
    if orientation == 2:
        return np.asarray(cv2.flip(pixels, 1), np.uint8)
    if orientation in (3, 7):
        return np.asarray(cv2.rotate(pixels, cv2.ROTATE_180), np.uint8)
    if orientation == 4:
        return np.asarray(cv2.flip(pixels, 0), np.uint8)
    if orientation == 6:
        return np.asarray(cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE), np.uint8)
    if orientation == 8:
        return np.asarray(cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE), np.uint8)
    return np.ascontiguousarray(pixels)


TURNED = {0: 1, 90: 6, 180: 3, 270: 8}
"""EXIF orientations by the degrees clockwise that `turn` turns a picture."""


def turn_back(
    box: tuple[int, int, int, int], size: tuple[int, int], orientation: int
) -> tuple[int, int, int, int]:
    """Return where a part of the upright picture is in the file's picture, before `turn`.

    Args:
        box: Left, top, right, bottom in pixels of the upright picture.
        size: Width and height of the file's picture.
        orientation: EXIF orientation, 1 to 8.
    """
    left, top, right, bottom = box
    width, height = size
    if orientation >= 5:  # the upright picture's axes are swapped
        left, top, right, bottom = top, left, bottom, right
    if orientation in (2, 3, 7, 8):
        left, right = width - right, width - left
    if orientation in (3, 4, 6, 7):
        top, bottom = height - bottom, height - top
    return left, top, right, bottom
