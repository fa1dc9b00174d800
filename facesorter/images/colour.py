"""Color conversion of wide-gamut and HDR photos to sRGB, which all other modules expect."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

PQ, HLG = 16, 18
_BT2020, _P3 = 9, 12
"""Code points of ITU-T H.273: transfers 16 and 18 are PQ and HLG; primaries 9 and 12 are BT.2020
and Display P3."""

# Matrices from linear RGB of those primaries to linear sRGB, both D65 (derived from the
# chromaticities in ITU-R BT.2020 and SMPTE EG 432-1).
_TO_SRGB = {
    _BT2020: np.array(
        [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
    ),
    _P3: np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]),
}

WHITE_NITS = 203.0
"""Luminance of paper white in HDR photos, in nits (ITU-R BT.2408)."""

KNEE = 0.8
"""Share of white above which highlights are compressed rather than clipped."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Color description of a photo; the defaults mean sRGB."""

    icc: bytes | None = None
    primaries: int = 1
    transfer: int = 13

    @property
    def hdr(self) -> bool:
        """Whether the pixels are PQ or HLG values, too dark and flat to show without conversion."""
        return self.transfer in (PQ, HLG)


def find(data: bytes, icc: bytes | None) -> Colour:
    """Read the color description of a photo; only HEIC and AVIF have code points."""
    if data[4:8] == b"ftyp":
        at = data.find(b"colrnclx", 0, 1 << 18)
        if at > 0:
            primaries = int.from_bytes(data[at + 8 : at + 10], "big")
            return Colour(icc, primaries, int.from_bytes(data[at + 10 : at + 12], "big"))
    return Colour(icc)


def to_srgb(pixels: NDArray[np.uint8], colour: Colour) -> NDArray[np.uint8]:
    """Convert a picture to sRGB. Thread: any.

    An unusable profile is ignored: slightly wrong colors are better than no picture.

    Args:
        pixels: (H, W, 3) uint8 RGB as decoded.
        colour: From `find`.

    Returns:
        (H, W, 3) uint8; ``pixels`` itself if no conversion is needed.
    """
    if colour.hdr or (colour.icc is None and colour.primaries in _TO_SRGB):
        return _from_code_points(pixels, colour)
    if colour.icc is None or _is_srgb(colour.icc):
        return pixels
    image = Image.fromarray(pixels)
    converted = convert_profile(image, colour.icc)
    return pixels if converted is None else np.asarray(converted)


def convert_profile(image: Image.Image, icc: bytes) -> Image.Image | None:
    """Convert an L, RGB or CMYK image with its own profile to sRGB; None if that fails."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, SyntaxError):
        return None


def _is_srgb(icc: bytes) -> bool:
    # Most files carry some vendor's sRGB profile, with "sRGB" in its name, in either encoding.
    head = icc[:8192]
    return b"sRGB" in head or "sRGB".encode("utf-16-be") in head


def _from_code_points(pixels: NDArray[np.uint8], colour: Colour) -> NDArray[np.uint8]:
    """Linearize by table, convert primaries, tone-map if HDR, encode as sRGB."""
    code = np.arange(256, dtype=np.float64) / 255
    linearise = {PQ: _pq_to_linear, HLG: _hlg_to_linear}.get(colour.transfer, _srgb_to_linear)
    table = linearise(code).astype(np.float32)
    matrix = _TO_SRGB.get(colour.primaries)
    result = np.empty_like(pixels)
    rows = max(1, (1 << 20) // max(1, pixels.shape[1]))  # bands of 2^20 pixels bound memory
    for top in range(0, len(pixels), rows):
        linear = table[pixels[top : top + rows]]
        if matrix is not None:
            linear = cv2.transform(linear, matrix)
        if colour.hdr:
            over = np.maximum(linear - KNEE, 0)
            pressed = KNEE + (1 - KNEE) * (1 - np.exp(-over / (1 - KNEE)))
            linear = np.where(linear > KNEE, pressed, linear)
        # Indexed by square root, a table of 4096 steps is finer than 8 bits everywhere.
        step = np.sqrt(np.clip(linear, 0, 1)) * 4095 + 0.5
        result[top : top + rows] = _ENCODE[step.astype(np.uint16)]
    return result


def _srgb_to_linear(code: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _pq_to_linear(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linearize PQ codes (SMPTE ST 2084) to multiples of paper white."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = code ** (1 / m2)
    nits = 10000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return np.asarray(nits / WHITE_NITS)


def _hlg_to_linear(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linearize HLG codes (ITU-R BT.2100) to multiples of paper white on a display of 1,000 nits.

    The system gamma is applied to each channel, which is near enough for a picture in SDR.
    """
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return np.asarray(1000 * scene**1.2 / WHITE_NITS)


def _encode_table() -> NDArray[np.uint8]:
    linear = (np.arange(4096) / 4095) ** 2
    code = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(np.clip(code, 0, 1) * 255).astype(np.uint8)


_ENCODE = _encode_table()
