"""The names on the map: where there is room for them, and how they look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPalette, QPen, QPolygonF

from facesorter.gui import theme, words
from facesorter.gui.map_camera import Camera
from facesorter.gui.words import translate

if TYPE_CHECKING:
    from facesorter.library.face_map import Cloud

MOST: Final = 80
"""Names in sight at once; more are noise."""
LOOKED_AT: Final = 3_000
"""People tried, largest first: what has not found room by then is small."""
FEWEST: Final = 4
"""Faces from which a group without a name is asked about."""
WIDE: Final = 7.0
"""Radius in logical px from which it is: in a crowd of small groups marks would be all there is."""
ABOVE: Final = 70.0
"""Logical px up to which a name stands above its cloud; that of a larger one is in its middle."""
GLYPH: Final = 9.0
"""Size of the mark before a name, logical px."""


class Label(NamedTuple):
    """A name and where it stands, in logical px around the middle of its cloud."""

    cloud: Cloud
    text: str
    middle: QPointF
    """In the map's units."""
    size: QSizeF


def text_of(cloud: Cloud) -> str:
    """Say who it is, or how many faces ask for a name."""
    if cloud.name is not None:
        return cloud.name
    return translate("Map", "? {n}").format(n=words.number(cloud.faces))


def choose(clouds: Sequence[Cloud], camera: Camera, metrics: QFontMetricsF) -> list[Label]:
    """Choose those that have room, the most important first."""
    view = camera.view()
    height = max(22.0, metrics.height() + 6)
    taken: list[QRectF] = []
    chosen: list[Label] = []
    for cloud in clouds[:LOOKED_AT]:
        small = cloud.faces < FEWEST or cloud.radius * camera.scale < WIDE
        if not view.contains(cloud.x, cloud.y) or (cloud.name is None and small):
            continue
        middle = QPointF(cloud.x, cloud.y)
        text = text_of(cloud)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, 180)
        width = metrics.horizontalAdvance(shown) + GLYPH + 3 * theme.GRID
        label = Label(cloud, shown, middle, QSizeF(width, height))
        rect = place(label, camera)
        if any(rect.intersects(other) for other in taken):
            continue
        taken.append(rect.adjusted(-4, -3, 4, 3))
        chosen.append(label)
        if len(chosen) == MOST:
            break
    return chosen


def place(label: Label, camera: Camera) -> QRectF:
    """Return where a label stands in the widget."""
    at = camera.to_screen(label.middle)
    above = label.cloud.radius * camera.scale + label.size.height() / 2 + theme.GRID
    if above < ABOVE:
        at -= QPointF(0, above)
    return QRectF(at - QPointF(label.size.width() / 2, label.size.height() / 2), label.size)


def paint(
    painter: QPainter,
    labels: Sequence[Label],
    camera: Camera,
    palette: QPalette,
    tones: Sequence[int],
    shapes: Sequence[str],
) -> None:
    """Paint the labels, each with the mark of its person."""
    ground = QColor(palette.color(QPalette.ColorRole.Base))
    ground.setAlpha(225)
    text = palette.color(QPalette.ColorRole.Text)
    edge = theme.mix(palette.color(QPalette.ColorRole.Base), text, 0.25)
    for label in labels:
        rect = place(label, camera)
        named = label.cloud.name is not None
        person = label.cloud.person_id
        painter.setFont(theme.body_font(bold=named))
        painter.setPen(QPen(edge, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        colour = QColor.fromRgb(tones[person % len(tones)])
        glyph = QPointF(rect.left() + theme.GRID + GLYPH / 2, rect.center().y())
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if named else Qt.BrushStyle.NoBrush)
        painter.drawPath(mark(shapes[person // len(tones) % len(shapes)], glyph, GLYPH / 2))
        painter.setPen(text)
        room = rect.adjusted(2 * theme.GRID + GLYPH - 4, 0, -theme.GRID / 2, 0)
        painter.drawText(
            room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label.text
        )


def mark(shape: str, middle: QPointF, radius: float) -> QPainterPath:
    """Return the outline of a person's mark, as `images.dots` draws it."""
    path = QPainterPath()
    match shape:
        case "disc":
            path.addEllipse(middle, radius, radius)
        case "square":
            side = 0.85 * radius
            path.addRect(QRectF(middle - QPointF(side, side), QSizeF(2 * side, 2 * side)))
        case "cross":
            arm, thick = 1.05 * radius, 0.4 * radius
            across = QRectF(middle - QPointF(arm, thick), QSizeF(2 * arm, 2 * thick))
            upright = QRectF(middle - QPointF(thick, arm), QSizeF(2 * thick, 2 * arm))
            path.addRect(across)
            path.addRect(upright)
            path = path.simplified()
        case _:
            wide = {"diamond": 1.2, "up": 1.02, "down": 1.02}[shape] * radius
            points = {
                "diamond": ((0, -wide), (wide, 0), (0, wide), (-wide, 0)),
                "up": ((0, -1.25 * radius), (wide, 0.8 * radius), (-wide, 0.8 * radius)),
                "down": ((0, 1.25 * radius), (wide, -0.8 * radius), (-wide, -0.8 * radius)),
            }[shape]
            path.addPolygon(QPolygonF([middle + QPointF(*point) for point in points]))
            path.closeSubpath()
    return path
