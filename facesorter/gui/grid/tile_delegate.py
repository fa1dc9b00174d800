"""Base of all tile delegates: a rounded square picture with a frame and marks."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QStaticText,
    QTransform,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from facesorter.gui.base import icons, theme
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.id_list_model import Role
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb

Index = QModelIndex | QPersistentModelIndex

FRAME: Final = 3
"""Width of the selection frame, px."""
CAPTION: Final = 20
"""Height of the line under a picture, px."""
PALE: Final = 0.35
"""Opacity of unplugged photos."""


class TileDelegate(QStyledItemDelegate):
    """Paints a tile from a row of an `IdListModel`; subclasses choose picture and text."""

    def __init__(self, pixmaps: PixmapStore, view: GridView[Any]) -> None:
        super().__init__(view)
        self._pixmaps = pixmaps
        self._view = view
        self.caption: Callable[[Any], str] | None = None
        """Returns the line below a row's picture, if the view has a footer."""
        pixmaps.arrived.connect(self._on_arrived)

    def thumb(self, row: Any) -> Thumb | None:
        """Return the thumbnail of a row."""
        return None

    def picture(self, thumb: Thumb, side: int) -> QPixmap | None:
        """Return the picture for a square of ``side`` device px, or request it.

        Until it is there, one of another size stands in, so that tiles that are resized, as by the
        year bar appearing, don't go blank; None without one.
        """
        found = self._pixmaps.get(thumb, side)
        return self._pixmaps.any_size(thumb) if found is None else found

    def paint_tile(
        self, painter: QPainter, option: QStyleOptionViewItem, row: Any, square: QRect
    ) -> None:
        """Paint the parts on and below the picture."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(Role.ROW)
        rect = option.rect
        square = QRect(rect.x(), rect.y(), rect.width(), rect.width())
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if row is None:
            self.paint_picture(painter, option, square, None)
        else:
            self.paint_tile(painter, option, row, square)
            if self.caption is not None and rect.height() > rect.width():
                under = QRect(rect.x(), square.bottom() + 3, rect.width(), CAPTION - 3)
                quiet = theme.secondary_colour(option.palette)
                self.paint_line(painter, self.caption(row), under, theme.caption_font(), quiet)
        self.paint_frame(painter, option, square)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._view.layout_.cell, self._view.layout_.line)

    def paint_picture(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        square: QRect,
        thumb: Thumb | None,
        *,
        opacity: float = 1.0,
    ) -> None:
        """Paint the picture with rounded corners, or a placeholder while it is loading."""
        palette = option.palette
        pixmap = None
        if thumb is not None:
            ratio = painter.device().devicePixelRatio()
            pixmap = self.picture(thumb, round(square.width() * ratio))
        painter.setPen(Qt.PenStyle.NoPen)
        if pixmap is None:
            painter.setBrush(theme.placeholder(palette))
        else:
            brush = QBrush(pixmap)
            scale = square.width() / pixmap.width()
            brush.setTransform(QTransform.fromTranslate(square.x(), square.y()).scale(scale, scale))
            painter.setBrush(brush)
            painter.setOpacity(opacity)
        painter.drawRoundedRect(square, theme.RADIUS, theme.RADIUS)
        painter.setOpacity(1.0)
        if pixmap is None and thumb is not None and self._pixmaps.failed(thumb):
            self.paint_mark(painter, square, "image-broken-variant", palette)

    def paint_frame(self, painter: QPainter, option: QStyleOptionViewItem, square: QRect) -> None:
        """Paint selection, focus and hover around the picture."""
        state, palette = option.state, option.palette
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        outer = QRectF(square).adjusted(-1, -1, 1, 1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if selected:
            painter.setPen(QPen(theme.accent(palette), FRAME))
            painter.drawRoundedRect(outer, theme.RADIUS + 1, theme.RADIUS + 1)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(
                QPen(
                    theme.mix(
                        palette.color(QPalette.ColorRole.Base),
                        palette.color(QPalette.ColorRole.Text),
                        0.3,
                    ),
                    1.5,
                )
            )
            painter.drawRoundedRect(outer, theme.RADIUS + 1, theme.RADIUS + 1)
        if focused:
            pen = QPen(palette.color(QPalette.ColorRole.Text), 1, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            around = outer.adjusted(-2.5, -2.5, 2.5, 2.5)
            painter.drawRoundedRect(around, theme.RADIUS + 3, theme.RADIUS + 3)

    def paint_mark(self, painter: QPainter, square: QRect, icon: str, palette: QPalette) -> None:
        """Paint a glyph in the center of a picture's area."""
        size = max(24, square.width() // 4)
        glyph = icons.pixmap(
            icon, size, theme.secondary_colour(palette), painter.device().devicePixelRatio()
        )
        painter.drawPixmap(square.center().x() - size // 2, square.center().y() - size // 2, glyph)

    def paint_badge(
        self,
        painter: QPainter,
        square: QRect,
        icon: str,
        corner: Qt.Corner = Qt.Corner.TopRightCorner,
    ) -> QRect:
        """Paint a glyph on a dark disc in a corner of the picture; return the disc's rectangle."""
        disc = badge_rect(square, corner)
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(disc.topLeft(), icons.badge(icon, disc.width(), ratio))
        return disc

    def paint_label(
        self, painter: QPainter, square: QRect, text: str, left: int | None = None
    ) -> None:
        """Paint a short text on a dark pill at the lower edge of the picture.

        In its right corner, or from ``left`` on.
        """
        painter.setFont(theme.caption_font())
        metrics, air = painter.fontMetrics(), theme.GRID // 2
        width = metrics.horizontalAdvance(text) + 2 * air
        height = metrics.height() + air
        if left is None:
            left = square.right() - width - air
        pill = QRect(left, square.bottom() - height - air, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.SHADE)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(theme.ON_DARK)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def paint_line(
        self, painter: QPainter, text: str, rect: QRect, font: QFont, colour: QColor
    ) -> None:
        """Paint one centered line of text, elided if it does not fit."""
        painter.setFont(font)
        painter.setPen(colour)
        line, size = _laid_out(text, font, rect.width())
        x, y = rect.width() - size.width(), rect.height() - size.height()
        painter.drawStaticText(QPointF(rect.x() + x / 2, rect.y() + y / 2), line)

    def _on_arrived(self, kind: str, id_: int) -> None:
        # Check only the visible tiles, and repaint only this one.
        view = self._view
        if not view.isVisible() or view.model() is None:
            return
        model = view.ids_model()
        for at in view.rows_in_sight():
            row = model.known_row(at)
            if row is None:
                continue
            thumb = self.thumb(row)
            if thumb is not None and thumb.kind == kind and thumb.id == id_:
                view.update(model.index(at))


# Most tiles show a line of text, and to lay it out each time takes as long as to paint the picture.
@lru_cache(maxsize=512)
def _laid_out(text: str, font: QFont, width: int) -> tuple[QStaticText, QSizeF]:
    """Return a line of text as it is painted, elided if it does not fit, and its size."""
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
    line = QStaticText(shown)
    line.setTextFormat(Qt.TextFormat.PlainText)
    line.prepare(QTransform(), font)
    return line, line.size()


def badge_rect(square: QRect, corner: Qt.Corner) -> QRect:
    """Return the rectangle of a corner badge: a disc large enough to press."""
    side = min(theme.TARGET, max(22, square.width() // 4))
    air = theme.GRID // 2
    x = (
        square.x() + air
        if corner in (Qt.Corner.TopLeftCorner, Qt.Corner.BottomLeftCorner)
        else square.x() + square.width() - side - air
    )
    y = (
        square.y() + air
        if corner in (Qt.Corner.TopLeftCorner, Qt.Corner.TopRightCorner)
        else square.y() + square.height() - side - air
    )
    return QRect(x, y, side, side)
