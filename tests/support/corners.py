"""Pictures whose corners tell how they were turned."""

from __future__ import annotations

import numpy as np
from PIL import Image

INVERSE = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What turns an upright picture into one that is stored with an orientation, by that."""


def corner_colours(pixels: np.ndarray) -> list[str]:
    """Names of the colours at top left, top right, bottom left, bottom right."""
    names = {(1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 1): "white"}
    places = [pixels[5, 5], pixels[5, -6], pixels[-6, 5], pixels[-6, -6]]
    return [names[tuple(int(v > 127) for v in place)] for place in places]
