"""Sunglasses, masks and caps drawn on portraits, and what must not be taken for them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]


class Face:
    """A portrait to draw on; (0, 0) is between the eyes, (0.5, 0) an eye, y grows to the mouth."""

    def __init__(self, pixels: Pixels, landmarks: NDArray[np.float32]) -> None:
        self.pixels = pixels.astype(np.float32)
        eyes, mouth = landmarks[:2].astype(float), landmarks[3:].mean(0).astype(float)
        self.centre = eyes.mean(0)
        self.right = eyes[1] - eyes[0]
        down = np.array([-self.right[1], self.right[0]])
        # Of a turned face the eyes are near to each other, but not to the mouth.
        length = max(float((mouth - self.centre) @ down) / float(down @ down), 1.0)
        self.down = down * length / 1.1

    def points(self, coordinates: list[tuple[float, float]] | Points) -> Points:
        """Convert to pixels."""
        at = np.asarray(coordinates, float)
        return np.asarray(self.centre + at[:, :1] * self.right + at[:, 1:] * self.down)

    def fill(self, outline: list[tuple[float, float]] | Points, tone: float, cover: float) -> None:
        """Fill a closed curve with a grey tone that covers a share of what is below."""
        mask = np.zeros(self.pixels.shape[:2], np.uint8)
        corners = np.round(self.points(outline) * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
        share = mask[..., None].astype(np.float32) / 255 * cover
        self.pixels = np.asarray(self.pixels * (1 - share) + tone * share, np.float32)

    def line(self, ends: list[tuple[float, float]], tone: float, width: float) -> None:
        """Draw a line; the width is in distances of the eyes."""
        mask = np.zeros(self.pixels.shape[:2], np.uint8)
        corners = np.round(self.points(ends) * 16).astype(np.int32)
        thick = max(1, round(width * float(np.hypot(*self.right))))
        cv2.polylines(mask, [corners], False, 255, thick, cv2.LINE_AA, 4)
        share = mask[..., None].astype(np.float32) / 255
        self.pixels = np.asarray(self.pixels * (1 - share) + tone * share, np.float32)

    def done(self) -> Pixels:
        """Return the drawn portrait."""
        return np.clip(self.pixels, 0, 255).astype(np.uint8)


def _oval(x: float, y: float, wide: float, high: float, square: float = 2.0) -> Points:
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.column_stack(
        [
            x + wide * np.sign(cos) * np.abs(cos) ** (2 / square),
            y + high * np.sign(sin) * np.abs(sin) ** (2 / square),
        ]
    )


def _lenses(rng: np.random.Generator) -> tuple[list[Points], float]:
    wide, high = rng.uniform(0.36, 0.47), rng.uniform(0.24, 0.38)
    square, y = rng.choice([2.0, 2.5, 4.0]), rng.uniform(0.0, 0.1)
    return [_oval(side * 0.5, y, wide, high, square) for side in (-1, 1)], float(y)


def sunglasses(face: Face, rng: np.random.Generator) -> None:
    """Dark lenses, some lighter below or with a reflection, in a frame."""
    lenses, y = _lenses(rng)
    tone, cover = rng.uniform(10, 60), rng.uniform(0.9, 1.0)
    for lens in lenses:
        face.fill(lens, tone, cover)
        if rng.random() < 0.5:
            low = lens[lens[:, 1] > y]
            face.fill(low, tone + rng.uniform(10, 50), 0.6)
    if rng.random() < 0.5:
        shine = rng.uniform(0.1, 0.25)
        for side in (-0.5, 0.5):
            face.fill(_oval(side - 0.12, y - 0.08, shine, 0.06), tone + 110, 0.5)
    _frame(face, lenses, y, tone * rng.uniform(0.3, 1.5))


def glasses(face: Face, rng: np.random.Generator) -> None:
    """Clear lenses in a frame, some with a slight reflection."""
    lenses, y = _lenses(rng)
    for lens in lenses:
        face.fill(lens, 255, rng.uniform(0, 0.12))
    _frame(face, lenses, y, rng.uniform(10, 120))


def _frame(face: Face, lenses: list[Points], y: float, tone: float) -> None:
    for lens in lenses:
        face.line([*map(tuple, lens), tuple(lens[0])], tone, 0.05)
    face.line([(-0.15, y - 0.08), (0.15, y - 0.08)], tone, 0.06)
    for side in (-1, 1):
        face.line([(side * 0.9, y - 0.1), (side * 1.25, y - 0.12)], tone, 0.06)


def mask(face: Face, rng: np.random.Generator) -> None:
    """A mask over nose, mouth and chin, white to black, plain, pleated or patterned."""
    tone, top = float(rng.choice([25, 70, 130, 190, 235])), rng.uniform(0.28, 0.5)
    outline = [(0.0, top), (0.45, top + 0.12), (0.95, 0.5), (0.9, 1.2), (0.5, 1.75), (0.0, 1.9)]
    shape = [*outline, *((-x, y) for x, y in reversed(outline[1:-1]))]
    face.fill(shape, tone, 1.0)
    face.fill(_oval(0.45, 1.1, 0.45, 0.6), max(tone - 25, 0), 0.5)
    kind = rng.integers(3)
    if kind == 1:
        for y in (0.8, 1.05, 1.3):
            face.line([(-0.85, y), (0.0, y + 0.08), (0.85, y)], max(tone - 40, 10), 0.04)
    elif kind == 2:
        for x, y in zip(rng.uniform(-0.7, 0.7, 25), rng.uniform(0.6, 1.5, 25), strict=True):
            face.fill(_oval(x, y, 0.06, 0.06), rng.uniform(10, 245), 0.8)
    for side in (-1, 1):
        face.line([(side * 0.9, 0.55), (side * 1.25, 0.1)], tone, 0.04)


def cap(face: Face, rng: np.random.Generator) -> None:
    """A cap low on the forehead whose peak shades the eyes, or a helmet with a strap."""
    tone, low = float(rng.choice([20, 60, 120, 180, 225])), rng.uniform(-0.42, -0.22)
    crown = [(-1.2, low - 0.1), (-1.15, -1.2), (-0.7, -1.9), (0.0, -2.1)]
    face.fill([*crown, *((-x, y) for x, y in reversed(crown[:-1]))], tone, 1.0)
    if rng.random() < 0.5:
        face.fill(_oval(0.0, 0.0, 1.1, 0.45), 0, rng.uniform(0.3, 0.6))
        face.fill(_oval(0.0, low - 0.12, 1.15, 0.2), tone * 0.7, 1.0)
        return
    for side in (-1, 1):
        flap = [(side * x, y) for x, y in [(1.3, low - 0.2), (0.85, low), (0.8, 0.9), (1.3, 0.8)]]
        face.fill(flap, tone, 1.0)
        face.line([(side * 0.85, 0.9), (side * 0.4, 1.75)], tone * 0.7, 0.1)
    face.fill(_oval(0.0, low - 0.1, 1.1, 0.12), tone * 0.7, 1.0)


def scarf(face: Face, rng: np.random.Generator) -> None:
    """A scarf up to the chin."""
    top = rng.uniform(1.5, 1.7)
    edge = [(-1.3, top - 0.1), (-0.5, top + 0.1), (0.0, top + 0.12), (0.5, top + 0.1)]
    face.fill([*edge, (1.3, top - 0.1), (1.4, 3.0), (-1.4, 3.0)], rng.uniform(20, 235), 1.0)


OCCLUSIONS: dict[str, Callable[[Face, np.random.Generator], None]] = {
    "sunglasses": sunglasses,
    "mask": mask,
    "cap": cap,
}
HARMLESS: dict[str, Callable[[Face, np.random.Generator], None]] = {
    "glasses": glasses,
    "scarf": scarf,
}


def draw(
    pixels: Pixels, landmarks: NDArray[np.float32], kind: str, rng: np.random.Generator
) -> Pixels:
    """Draw one of `OCCLUSIONS` or `HARMLESS` on a face; landmarks in pixels."""
    face = Face(pixels, landmarks)
    (OCCLUSIONS | HARMLESS)[kind](face, rng)
    return face.done()
