"""Land, borders and city names behind the photos."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QPolygonF,
)

from facesorter.gui.base import theme
from facesorter.gui.world.camera import WorldCamera

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from facesorter.geo.gazetteer import Label

FINE_FROM: Final = 3000.0
"""Side of the world from which the finer lines are drawn, logical px; below, they'd be noise."""
NAMES: Final = 60
"""Most names of cities tried; about half of them find room on a screen."""
DOT: Final = 2.5
"""Radius of a city's dot, logical px."""


class Piece(NamedTuple):
    """A ring of land or a border, with the area it covers."""

    path: QPainterPath
    area: QRectF


class Outline(NamedTuple):
    """What `geo.world.Outlines` has, ready to be painted."""

    land: list[Piece]
    borders: list[Piece]


@functools.cache
def outline(scale: str) -> Outline:
    """Prepare the lines of a scale, as in `geo.world.outlines`; 0.1 s. Thread: not the GUI's."""
    from facesorter.geo import world

    lines = world.outlines(scale)
    return Outline(
        [_piece(line, closed=True) for line in lines.land],
        [_piece(line, closed=False) for line in lines.borders],
    )


def _piece(line: NDArray[np.float64], *, closed: bool) -> Piece:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
    if closed:
        path.closeSubpath()
    return Piece(path, path.boundingRect())


def draw(area: QRectF, scale: float, palette: QPalette, ratio: float) -> QImage:
    """Draw sea, land and borders of a part of the map. Thread: any but the GUI's; 0.1 s.

    Args:
        area: The part, in map coordinates.
        scale: Side of the whole world, logical px.
        palette: The colors.
        ratio: Device pixels in a logical one.
    """
    size = QSizeF(area.width() * scale, area.height() * scale)
    image = QImage((size * ratio).toSize(), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(sea_colour(palette))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lines = outline("50m" if scale >= FINE_FROM else "110m")
    _paint(painter, lines, WorldCamera(size, area.center(), scale), palette)
    painter.end()
    return image


def _paint(painter: QPainter, lines: Outline, camera: WorldCamera, palette: QPalette) -> None:
    land, border = land_colour(palette), border_colour(palette)
    view = camera.view()
    for shift in range(math.floor(view.left()) - 1, math.ceil(view.right()) + 1):
        seen = view.translated(-shift, 0)
        painter.save()
        painter.translate(camera.to_screen(shift, 0))
        painter.scale(camera.scale, camera.scale)
        # One path, so that lakes and the land around them fill by the odd-even rule.
        whole = QPainterPath()
        whole.setFillRule(Qt.FillRule.OddEvenFill)
        for piece in lines.land:
            if piece.area.intersects(seen):
                whole.addPath(piece.path)
        coast = QPen(border, 1)
        coast.setCosmetic(True)
        painter.setPen(coast)
        painter.setBrush(land)
        painter.drawPath(whole)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Dots or dashes would take three times as long.
        line = QPen(theme.mix(border, land, 0.5), 1)
        line.setCosmetic(True)
        painter.setPen(line)
        for piece in lines.borders:
            # A border due north has no width, and so no area to intersect.
            if piece.area.adjusted(-1e-9, -1e-9, 1e-9, 1e-9).intersects(seen):
                painter.drawPath(piece.path)
        painter.restore()


def sea_colour(palette: QPalette) -> QColor:
    """Return the color of the sea."""
    base = palette.color(QPalette.ColorRole.Base)
    return theme.mix(base, QColor(70, 130, 180), 0.22)


def land_colour(palette: QPalette) -> QColor:
    """Return the color of land."""
    base = palette.color(QPalette.ColorRole.Base)
    return theme.mix(base, palette.color(QPalette.ColorRole.Text), 0.06)


def border_colour(palette: QPalette) -> QColor:
    """Return the color of coasts and borders."""
    base = palette.color(QPalette.ColorRole.Base)
    return theme.mix(base, palette.color(QPalette.ColorRole.Text), 0.38)


def paint_names(
    painter: QPainter,
    labels: Sequence[Label],
    camera: WorldCamera,
    palette: QPalette,
    taken: list[QRectF],
) -> None:
    """Paint the names of the cities that find room beside what is ``taken``, largest first."""
    font = theme.caption_font()
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    land = land_colour(palette)
    text = palette.color(QPalette.ColorRole.Text)
    tone = theme.mix(text, land, 0.2)
    for label in labels:
        at = nearest_copy(label.x, label.y, camera)
        width, height = metrics.horizontalAdvance(label.name), metrics.height()
        rect = QRectF(at.x() + DOT + 3, at.y() - height / 2, width, height)
        around = rect.adjusted(-2 * DOT - 6, -2, 4, 2)
        if any(around.intersects(other) for other in taken):
            continue
        taken.append(around)
        # The land's color around the letters keeps them readable on a border or a coast.
        letters = QPainterPath()
        letters.addText(QPointF(rect.left(), rect.top() + metrics.ascent()), font, label.name)
        painter.strokePath(letters, QPen(land, 3, Qt.PenStyle.SolidLine))
        painter.fillPath(letters, tone)
        painter.setPen(QPen(land, 1))
        painter.setBrush(tone)
        painter.drawEllipse(at, DOT, DOT)


def nearest_copy(x: float, y: float, camera: WorldCamera) -> QPointF:
    """Return where a point is in the widget, on the copy of the world nearest to the middle."""
    return camera.to_screen(x + round(camera.middle.x() - x), y)
