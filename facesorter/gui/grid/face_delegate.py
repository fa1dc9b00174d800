"""Delegate for face crops, with ✓ and ✗ buttons on suggested faces."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractItemModel, QEvent, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from facesorter.gui.grid.face_model import FaceRow, is_suggested
from facesorter.gui.grid.id_list_model import Role
from facesorter.gui.grid.pixmaps import Thumb
from facesorter.gui.grid.tile_delegate import PALE, Index, TileDelegate, badge_rect

YES: Final = Qt.Corner.BottomLeftCorner
NO: Final = Qt.Corner.BottomRightCorner


class FaceDelegate(TileDelegate):
    """Delegate for tiles of `FaceModel`.

    Signals:
        confirmed: a face's ✓ was pressed.
        rejected: a face's ✗ was pressed.
    """

    confirmed = Signal(int)
    rejected = Signal(int)

    def thumb(self, row: FaceRow) -> Thumb | None:
        return row.thumb

    def paint_tile(
        self, painter: QPainter, option: QStyleOptionViewItem, row: FaceRow, square: QRect
    ) -> None:
        opacity = PALE if row.photo.unplugged else 1.0
        self.paint_picture(painter, option, square, row.thumb, opacity=opacity)
        if row.face.moment is not None:
            self.paint_badge(painter, square, "play")
        state = option.state
        if is_suggested(row) and state & (
            QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus
        ):
            self.paint_badge(painter, square, "check", YES)
            self.paint_badge(painter, square, "close", NO)
        elif is_suggested(row):
            self.paint_badge(painter, square, "face-recognition" if row.face.sure else "help", YES)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            row = index.data(Role.ROW)
            if row is not None and is_suggested(row):
                rect = option.rect
                square = QRect(rect.x(), rect.y(), rect.width(), rect.width())
                for corner, signal in ((YES, self.confirmed), (NO, self.rejected)):
                    if badge_rect(square, corner).contains(event.position().toPoint()):
                        if event.type() == QEvent.Type.MouseButtonRelease:
                            signal.emit(row.face.id)
                        return True
        return super().editorEvent(event, model, option, index)
