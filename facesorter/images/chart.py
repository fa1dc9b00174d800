"""The map of faces as a single image with names, for export to files."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from facesorter.images import dots
from facesorter.images.marks import mark_of

SIDE = 2_400
"""Longer side in pixels."""
EDGE = 120
"""Margin in pixels; names near the rim need it."""
TYPE = 22
FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "segoeui.ttf",
    "arial.ttf",
    "Arial Unicode.ttf",
    "Helvetica.ttc",
)
"""Tried in this order; nearly every system has one of them."""
GROUND = 0xFFFFFFFF
NOBODY = 0xFF8A8A8E
COLOURS = (
    0xFFC4262E,
    0xFF2368B0,
    0xFF1F8A3B,
    0xFF7A3FB8,
    0xFFB9600C,
    0xFF0E8284,
    0xFFC12C86,
    0xFF73740F,
)
"""Mark colors, 0xffRRGGBB; each has a contrast of at least 4 to 1 against white."""


def draw(
    xy: npt.NDArray[np.float64],
    person: npt.NDArray[np.int64],
    sure: npt.NDArray[np.bool_],
    names: Sequence[tuple[str, int, float, float]],
) -> Image.Image:
    """Draw faces as marks, and the names of people over them.

    Args:
        xy: float64[n, 2], positions of the faces, in any unit.
        person: int64[n], person id of each face, negative if unassigned.
        sure: bool[n], whether the mark is filled rather than hollow.
        names: Name, person id, x and y, most important first; names without room are skipped.
    """
    low = xy.min(axis=0) if len(xy) else np.zeros(2)
    wide, high = np.maximum((xy.max(axis=0) if len(xy) else np.ones(2)) - low, 1e-9)
    scale = (SIDE - 2 * EDGE) / max(wide, high)
    size = (round(high * scale) + 2 * EDGE, round(wide * scale) + 2 * EDGE)
    pixels = np.full(size, GROUND, np.uint32)
    x, y = ((xy - low) * scale + EDGE).reshape(-1, 2).T
    known = person >= 0
    tones = np.array(COLOURS, np.uint32)
    single = np.flatnonzero(~known)
    grey, disc = np.full(len(single), NOBODY, np.uint32), np.zeros(len(single), np.int64)
    dots.draw(pixels, x[single], y[single], grey, disc, np.zeros(len(single), bool), 2.5)
    marks = np.flatnonzero(known)
    colour, shape = mark_of(person[marks])
    dots.draw(pixels, x[marks], y[marks], tones[colour], shape, ~sure[marks], 5.0)
    colours = pixels.view(np.uint8).reshape(*size, 4)
    colours = colours[..., 2::-1] if sys.byteorder == "little" else colours[..., 1:]
    picture = Image.fromarray(np.ascontiguousarray(colours))
    _write(
        picture,
        [
            (name, (px - low[0]) * scale + EDGE, (py - low[1]) * scale + EDGE)
            for name, _, px, py in names
        ],
    )
    return picture


def _write(picture: Image.Image, names: Sequence[tuple[str, float, float]]) -> None:
    """Write names in white boxes, skipping those that would cover an earlier one."""
    pen = ImageDraw.Draw(picture)
    font, plain = _font()
    taken: list[tuple[float, float, float, float]] = []
    for name, x, y in names:
        name = _in_ascii(name) if plain else name
        left, top, right, bottom = pen.textbbox((x, y), name, font=font, anchor="mm")
        box = (left - 6, top - 4, right + 6, bottom + 4)
        if any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for other in taken
        ):
            continue
        taken.append(box)
        pen.rounded_rectangle(box, 8, fill="white", outline="#b0b0b4")
        pen.text((x, y), name, fill="#1c1c1e", font=font, anchor="mm")


def _font() -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    """Return a system font, or Pillow's own and True; that one covers little beyond ASCII."""
    for name in FONTS:
        try:
            return ImageFont.truetype(name, TYPE), False
        except OSError:
            continue
    return ImageFont.load_default(TYPE), True


def _in_ascii(text: str) -> str:
    """Strip diacritics from text; remaining non-ASCII characters become ``?``."""
    apart = unicodedata.normalize("NFKD", text)
    base = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return base.encode("ascii", "replace").decode()
