"""Plots of an evaluation as PNG files, drawn with Pillow: lines, points and bars in a frame.

A plotting library would do this better, but would add 50 MB to the installation for a few plots.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]

SIZE = 1280, 800
_LEFT, _TOP, _RIGHT, _BOTTOM = 120, 110, 40, 100
_PAPER, _INK, _FAINT = "#ffffff", "#222222", "#dddddd"
BLUE, ORANGE, GREEN, GREY = "#2166ac", "#d95f02", "#1b7837", "#888888"


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a plot."""

    title: str
    low: float
    high: float
    ticks: Sequence[float]
    label: Callable[[float], str] = "{:g}".format
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return the position of a value: 0 at ``low``, 1 at ``high``, clamped."""
        scale = math.log10 if self.logarithmic else float
        low, high = scale(self.low), scale(self.high)
        value = min(max(value, self.low), self.high)
        return (scale(value) - low) / (high - low)


class Plot:
    """An image of one frame with axes, to draw into and save. Thread: one at a time."""

    def __init__(self, title: str, below: str, x: Axis, y: Axis) -> None:
        """Draw the empty frame; ``below`` is a line of explanation under the title."""
        from PIL import Image, ImageDraw

        self._x, self._y = x, y
        self._image: Image.Image = Image.new("RGB", SIZE, _PAPER)
        self._draw: ImageDraw.ImageDraw = ImageDraw.Draw(self._image)
        self._legend = 0
        self._draw.text((_LEFT, 24), title, _INK, _font(30))
        self._draw.text((_LEFT, 66), below, GREY, _font(19))
        for value in x.ticks:
            across, _ = self._at((value, y.low))
            self._draw.line((across, _TOP, across, SIZE[1] - _BOTTOM), _FAINT, 1)
            self._draw.text((across, SIZE[1] - _BOTTOM + 8), x.label(value), _INK, _font(19), "ma")
        for value in y.ticks:
            _, down = self._at((x.low, value))
            self._draw.line((_LEFT, down, SIZE[0] - _RIGHT, down), _FAINT, 1)
            self._draw.text((_LEFT - 10, down), y.label(value), _INK, _font(19), "rm")
        middle = (_LEFT + SIZE[0] - _RIGHT) / 2
        self._draw.text((middle, SIZE[1] - 50), x.title, _INK, _font(22), "ma")
        self._sideways(y.title)
        self._draw.rectangle((_LEFT, _TOP, SIZE[0] - _RIGHT, SIZE[1] - _BOTTOM), None, _INK, 2)

    def line(self, points: Sequence[Point], colour: str, name: str = "", width: int = 4) -> None:
        """Connect points by straight lines."""
        for a, b in itertools.pairwise(points):
            self._draw.line((*self._at(a), *self._at(b)), colour, width)
        self._name(colour, name)

    def points(self, points: Sequence[Point], colour: str, name: str = "") -> None:
        """Mark points by discs."""
        for point in points:
            across, down = self._at(point)
            self._draw.ellipse((across - 7, down - 7, across + 7, down + 7), colour)
        self._name(colour, name)

    def bars(self, bars: Sequence[tuple[float, float, float]], colour: str, name: str) -> None:
        """Draw the outline of a histogram; each bar is its two ends and its height."""
        outline: list[Point] = []
        for low, high, value in bars:
            outline += [(low, value), (high, value)]
        self.line(outline, colour, name, 3)

    def mark(self, x: float, colour: str, label: str, row: int = 0) -> None:
        """Draw a dashed vertical line at ``x``; a label in a higher ``row`` is placed lower."""
        across, _ = self._at((x, self._y.low))
        for top in range(_TOP, SIZE[1] - _BOTTOM, 14):
            self._draw.line((across, top, across, min(top + 8, SIZE[1] - _BOTTOM)), colour, 2)
        self._draw.text((across + 6, _TOP + 8 + 24 * row), label, colour, _font(19))

    def save(self, path: Path) -> None:
        """Write the picture as PNG."""
        self._image.save(path, "PNG")

    def _at(self, point: Point) -> Point:
        across, down = self._x.place(point[0]), self._y.place(point[1])
        return (
            _LEFT + across * (SIZE[0] - _RIGHT - _LEFT),
            SIZE[1] - _BOTTOM - down * (SIZE[1] - _BOTTOM - _TOP),
        )

    def _name(self, colour: str, name: str) -> None:
        """Add a line to the legend in the upper left corner."""
        if not name:
            return
        down = _TOP + 24 + 30 * self._legend
        self._draw.line((_LEFT + 20, down, _LEFT + 56, down), colour, 6)
        self._draw.text((_LEFT + 66, down), name, _INK, _font(20), "lm")
        self._legend += 1

    def _sideways(self, title: str) -> None:
        from PIL import Image, ImageDraw

        width = int(_font(22).getlength(title)) + 8
        strip = Image.new("RGB", (width, 34), _PAPER)
        ImageDraw.Draw(strip).text((4, 2), title, _INK, _font(22))
        upright = strip.rotate(90, expand=True)
        self._image.paste(upright, (14, (_TOP + SIZE[1] - _BOTTOM - width) // 2))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, so that the plots look alike everywhere."""
    from PIL import ImageFont

    return ImageFont.load_default(size)
