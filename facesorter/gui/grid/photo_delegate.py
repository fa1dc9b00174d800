"""Delegate for photos: the picture, grayed out when unplugged, and a star on favorites."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem

from facesorter.domain import PhotoStatus
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.hover import HoverPlayback
from facesorter.gui.grid.photo_model import PhotoRow
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb
from facesorter.gui.grid.tile_delegate import PALE, TileDelegate
from facesorter.gui.i18n import words

PHOTO_TILE: Final = 168
"""Initial preferred width of a photo tile, logical px: about six per row on a small laptop."""


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
            self.paint_label(painter, square, words.length(row.photo.duration))
        elif row.photo.is_video:
            self.paint_badge(painter, square, "play", Qt.Corner.BottomRightCorner)
        if row.photo.unplugged:
            self.paint_badge(painter, square, "eject")
        if row.photo.favourite:
            self.paint_badge(painter, square, "star", Qt.Corner.BottomLeftCorner)
