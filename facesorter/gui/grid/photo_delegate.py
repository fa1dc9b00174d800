"""Delegate for photos: the picture, grayed out when unplugged, and marks such as a rating."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem

from facesorter.domain import PhotoStatus
from facesorter.gui.base import icons, theme
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.hover import HoverPlayback
from facesorter.gui.grid.photo_model import PhotoModel, PhotoRow
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb
from facesorter.gui.grid.tile_delegate import PALE, TileDelegate
from facesorter.gui.i18n import words

PHOTO_TILE: Final = 168
"""Initial preferred width of a photo tile, logical px: about six per row on a small laptop."""
SHORTEST: Final = 1_000
"""Least length of a video on its tile, in ms: "0:00" would say that there is nothing to see."""


class PhotoDelegate(TileDelegate):
    """Delegate for tiles of `PhotoModel`; animations play while the pointer rests on them."""

    def __init__(self, pixmaps: PixmapStore, view: GridView[Any]) -> None:
        super().__init__(pixmaps, view)
        self.hover = HoverPlayback(view)

    def picture(self, thumb: Thumb, side: int) -> QPixmap | None:
        if thumb.id == self.hover.photo_id and self.hover.pixmap is not None:
            return self.hover.pixmap
        return super().picture(thumb, side)

    def thumb(self, row: PhotoRow) -> Thumb | None:
        return None if row.photo.status is PhotoStatus.FAILED else row.thumb

    def paint_tile(
        self, painter: QPainter, option: QStyleOptionViewItem, row: PhotoRow, square: QRect
    ) -> None:
        opacity = PALE if row.photo.unplugged else 1.0
        self.paint_picture(painter, option, square, self.thumb(row), opacity=opacity)
        if row.photo.status is PhotoStatus.FAILED:
            palette = option.palette
            self.paint_mark(painter, square, "image-broken-variant", palette)
        if row.photo.duration:
            self.paint_label(painter, square, words.length(max(SHORTEST, row.photo.duration)))
        elif row.photo.is_video:
            self.paint_badge(painter, square, "play", Qt.Corner.BottomRightCorner)
        if row.photo.unplugged:
            self.paint_badge(painter, square, "eject")
        self._paint_stack(painter, option, row, square)
        left = square.left() + theme.GRID // 2
        if row.photo.favourite:
            star = self.paint_badge(painter, square, "star", Qt.Corner.BottomLeftCorner)
            left = star.right() + theme.GRID // 2
        if row.photo.rating:
            self.paint_label(painter, square, "★" * row.photo.rating, left)

    def _paint_stack(
        self, painter: QPainter, option: QStyleOptionViewItem, row: PhotoRow, square: QRect
    ) -> None:
        """Paint the badge of the photo on top, and a line under all photos of an unfolded stack."""
        model = self._view.ids_model()
        if not isinstance(model, PhotoModel) or len(stack := model.stack_of(row.photo.id)) < 2:
            return
        unfolded = model.is_unfolded(row.photo.id)
        if unfolded:
            painter.setPen(QPen(theme.accent(option.palette), 3))
            below, gap = square.bottom() + 5, self._view.layout_.gap // 2
            left = square.left() if row.photo.id == stack[0] else square.left() - gap
            right = square.right() if row.photo.id == stack[-1] else square.right() + gap
            painter.drawLine(left, below, right, below)
        if row.photo.id != stack[0]:
            return
        pill, ratio = stack_rect(square, len(stack)), painter.device().devicePixelRatio()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent(option.palette) if unfolded else theme.SHADE)
        painter.drawRoundedRect(QRectF(pill), pill.height() / 2, pill.height() / 2)
        side = pill.height() * 5 // 8
        glyph = icons.pixmap("image-multiple-outline", side, theme.ON_DARK, ratio)
        air = (pill.height() - side) // 2
        painter.drawPixmap(pill.x() + air + 2, pill.y() + air, glyph)
        painter.setFont(theme.caption_font())
        painter.setPen(theme.ON_DARK)
        text = pill.adjusted(air + 2 + side, 0, -air, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignCenter, words.number(len(stack)))


def stack_rect(square: QRect, count: int) -> QRect:
    """Return the rectangle of a stack's badge, large enough to press."""
    height = min(theme.TARGET, max(22, square.width() // 5))
    digits = QFontMetrics(theme.caption_font()).horizontalAdvance(words.number(count))
    air = theme.GRID // 2
    return QRect(square.x() + air, square.y() + air, height + digits + theme.GRID, height)
