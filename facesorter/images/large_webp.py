"""Large WebP pictures by OpenCV, which needs less than half as much memory as Pillow.

Pillow reads every WebP file as an animation, with two pictures more, a copy as bytes, and its own
with four bytes a pixel: 15 bytes a pixel. OpenCV has the decoder write to the array that is
returned: 7 bytes a pixel, measured with 47 and 100 megapixels. (Of AVIF, it takes twice as much as
Pillow.)
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


class ArrayImage(Image.Image):
    """An image whose pixels are in an array, and are copied only part by part."""

    def __init__(self, pixels: NDArray[np.uint8], mode: str) -> None:
        """Take (h, w, 3) or (h, w, 4) uint8 in OpenCV's order, BGR or BGRA."""
        super().__init__()
        self._mode, self._size = mode, (pixels.shape[1], pixels.shape[0])
        self._pixels = pixels

    def crop(self, box: tuple[float, float, float, float] | None = None) -> Image.Image:
        """Copy a part: left, top, right and bottom, within the picture."""
        left, top, right, bottom = map(int, box or (0, 0, *self.size))
        part = self._pixels[top:bottom, left:right]
        order = cv2.COLOR_BGRA2RGBA if self.mode == "RGBA" else cv2.COLOR_BGR2RGB
        return Image.fromarray(np.asarray(cv2.cvtColor(part, order), np.uint8))


def load(data: bytes, image: Image.Image) -> ArrayImage | None:
    """Decode a picture that Pillow has opened, not turned; None if OpenCV can't. Thread: any.

    Pillow's image can't be loaded any more.
    """
    transparent = image.mode == "RGBA"
    # Pillow's decoder holds 8 bytes a pixel from the moment it opens a file: let go of it.
    image._decoder = None  # type: ignore[attr-defined]
    flags = cv2.IMREAD_UNCHANGED if transparent else cv2.IMREAD_COLOR
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:  # pixels beyond its own limit, or memory
        return None
    if pixels is None or pixels.shape[1::-1] != image.size or pixels.ndim != 3:
        return None
    if pixels.dtype != np.uint8 or pixels.shape[2] != (4 if transparent else 3):
        return None
    return ArrayImage(np.asarray(pixels, np.uint8), "RGBA" if transparent else "RGB")
