"""Names on the map: choosing those that fit, and painting them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPalette, QPen, QPolygonF

from facesorter.gui.base import theme
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.map.camera import Camera
from facesorter.images.marks import SHAPES, mark_of

if TYPE_CHECKING:
    from facesorter.library.face_map import Cloud

MOST: Final = 90
"""Maximum number of visible names; more would be noise."""
LOOKED_AT: Final = 300
"""Number of clouds to try, largest first: those without room by then are small."""
WIDEST: Final = 180.0
"""Maximum width of a name, logical px."""
BEYOND: Final = 0.25
"""As in `gui.map.frames`: names scroll into view together with the frame."""
FEWEST: Final = 4
"""Minimum number of faces for an unnamed group to have a label."""
WIDE: Final = 7.0
"""Its minimum radius in logical px: else small groups would crowd the map with marks."""
ABOVE: Final = 70.0
"""Logical px up to which a name is above its cloud; on a larger cloud it is centered."""
GLYPH: Final = 9.0
"""Size of the mark before a name, logical px."""


class Label(NamedTuple):
    """A name and its position in logical px, relative to the center of its cloud."""

    cloud: Cloud
    text: str
    middle: QPointF
    """In map units."""
    size: QSizeF


def text_of(cloud: Cloud) -> str:
    """Return the person's name, or how many unnamed faces there are."""
    if cloud.name is not None:
        return cloud.name
    return translate("Map", "? {n}").format(n=words.number(cloud.faces))


def choose(
    clouds: Sequence[Cloud], camera: Camera, metrics: QFontMetricsF, widths: dict[str, float]
) -> list[Label]:
    """Choose the labels that fit, most important first, including a margin around the visible area.

    ``widths`` caches text widths; measuring is most of the work.
    """
    view, scale = camera.view(), camera.scale
    more = BEYOND * view.width(), BEYOND * view.height()
    left, right = view.left() - more[0], view.right() + more[0]
    top, bottom = view.top() - more[1], view.bottom() + more[1]
    height = max(22.0, metrics.height() + 6)
    taken: list[QRectF] = []
    chosen: list[Label] = []
    tried = 0
    for cloud in clouds:
        if not (left <= cloud.x <= right and top <= cloud.y <= bottom):
            continue
        if cloud.name is None and (cloud.faces < FEWEST or cloud.radius * scale < WIDE):
            continue
        tried += 1
        if tried > LOOKED_AT or len(chosen) == MOST:
            break
        text = text_of(cloud)
        if text not in widths:
            widths[text] = min(WIDEST, metrics.horizontalAdvance(text))
        size = QSizeF(widths[text] + GLYPH + 3 * theme.GRID, height)
        label = Label(cloud, text, QPointF(cloud.x, cloud.y), size)
        rect = place(label, camera)
        if any(rect.intersects(other) for other in taken):
            continue
        taken.append(rect.adjusted(-4, -3, 4, 3))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, WIDEST + 1)
        chosen.append(label._replace(text=shown))
    return chosen


def place(label: Label, camera: Camera) -> QRectF:
    """Return a label's rectangle in the widget."""
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
) -> None:
    """Paint the labels, each with its person's mark."""
    ground = QColor(palette.color(QPalette.ColorRole.Base))
    ground.setAlpha(225)
    text = palette.color(QPalette.ColorRole.Text)
    edge = theme.mix(palette.color(QPalette.ColorRole.Base), text, 0.25)
    for label in labels:
        rect = place(label, camera)
        named = label.cloud.name is not None
        painter.setFont(theme.body_font(bold=named))
        painter.setPen(QPen(edge, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        tone, shape = mark_of(label.cloud.person_id)
        colour = QColor.fromRgb(tones[tone])
        glyph = QPointF(rect.left() + theme.GRID + GLYPH / 2, rect.center().y())
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if named else Qt.BrushStyle.NoBrush)
        painter.drawPath(mark(SHAPES[shape], glyph, GLYPH / 2))
        painter.setPen(text)
        room = rect.adjusted(2 * theme.GRID + GLYPH - 4, 0, -theme.GRID / 2, 0)
        painter.drawText(
            room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label.text
        )


def mark(shape: str, middle: QPointF, radius: float) -> QPainterPath:
    """Return the outline of a person's mark, as drawn by `images.dots`."""
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
