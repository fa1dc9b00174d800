"""List of the sidebar's entries: painting, and drops of photos."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetrics,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from facesorter.gui.base import icons, theme
from facesorter.gui.base.drag import PHOTOS, ids_from_mime

LEAST_ROWS: Final = 4
"""Entries in sight in the smallest window."""
KEY: Final = Qt.ItemDataRole.UserRole
BADGE: Final = Qt.ItemDataRole.UserRole + 1
ICON: Final = Qt.ItemDataRole.UserRole + 2
PALE: Final = Qt.ItemDataRole.UserRole + 3
MARK: Final = Qt.ItemDataRole.UserRole + 4
"""Icon at the right edge, such as "eject"; None for none."""
DROP: Final = Qt.ItemDataRole.UserRole + 5
"""Drop target of an entry, such as "album:3"; empty if it accepts no drops."""
HINT: Final = Qt.ItemDataRole.UserRole + 6
"""A placeholder sentence where there are no entries yet."""
INDENT: Final = Qt.ItemDataRole.UserRole + 7
"""Space before the icon, logical px; None for none."""


class EntryDelegate(QStyledItemDelegate):
    """Paints an entry: icon, name, and a badge or the eject mark on the right."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        height = option.fontMetrics.height() + 2 * theme.GRID
        return QSize(0, max(theme.TARGET, height))

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect: QRect = option.rect
        editor.setGeometry(rect.adjusted(theme.GRID // 2 + 30, 1, -theme.GRID // 2, -1))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect: QRect = option.rect.adjusted(theme.GRID // 2, 1, -theme.GRID // 2, -1)
        palette = QPalette(option.palette)
        # The heading can't be selected, but must be readable: no disabled colors.
        palette.setCurrentColorGroup(QPalette.ColorGroup.Active)
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        quiet = theme.secondary_colour(palette, QPalette.ColorRole.Window)
        colour = palette.color(QPalette.ColorRole.WindowText)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent(palette))
            painter.drawRoundedRect(rect, 6, 6)
            colour = quiet = palette.color(QPalette.ColorRole.HighlightedText)
        elif index.data(PALE):
            colour = quiet
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(colour)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), 5, 5)
        view = option.widget
        if isinstance(view, EntryList) and index.data(DROP) and index.row() == view.target:
            painter.setPen(QPen(theme.accent(palette), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        if not index.data(KEY):
            painter.setFont(theme.caption_font())
            painter.setPen(quiet)
            if index.data(HINT):
                line = rect.adjusted(theme.GRID + 26, 0, 0, 0)
                flags = Qt.AlignmentFlag.AlignVCenter
            else:
                line = rect.adjusted(theme.GRID, 0, 0, -2)
                flags = Qt.AlignmentFlag.AlignBottom
            text = painter.fontMetrics().elidedText(
                index.data(), Qt.TextElideMode.ElideRight, line.width()
            )
            painter.drawText(line, flags, text)
            painter.restore()
            return
        ratio = painter.device().devicePixelRatio()
        start = rect.x() + theme.GRID + int(index.data(INDENT) or 0)
        glyph = icons.pixmap(index.data(ICON), 18, colour, ratio)
        painter.drawPixmap(start, rect.center().y() - 8, glyph)
        right = rect.right() - theme.GRID
        mark_name = index.data(MARK)
        if mark_name:
            mark = icons.pixmap(mark_name, 16, quiet, ratio)
            painter.drawPixmap(right - 16, rect.center().y() - 7, mark)
            right -= 20
        badge = index.data(BADGE)
        if badge:
            name = QFontMetrics(theme.body_font()).horizontalAdvance(index.data())
            painter.setFont(theme.caption_font())
            painter.setPen(quiet)
            width = painter.fontMetrics().horizontalAdvance(badge)
            alone = right - (start + 26)
            if alone - width - theme.GRID < name <= alone:
                # A name that fits alone goes before the number, which is in the tooltip.
                badge = ""
        if badge:
            place = QRect(right - width, rect.y(), width, rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, badge)
            right -= width + theme.GRID
        painter.setFont(theme.body_font())
        painter.setPen(colour)
        left = start + 26
        room = QRect(left, rect.y(), right - left, rect.height())
        text = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class EntryList(QListWidget):
    """List whose entries accept dropped photos.

    Signals:
        photos_dropped: the target (the entry's `DROP`), and the photos.
    """

    photos_dropped = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.target = -1
        """The row that photos are dragged over."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(EntryDelegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAcceptDrops(True)

    def sizeHint(self) -> QSize:
        """Return the size at which all entries are in sight."""
        rows = self.count()
        height = rows * self.sizeHintForRow(0) if rows else 0
        return QSize(super().sizeHint().width(), height)

    def minimumSizeHint(self) -> QSize:
        least = LEAST_ROWS * max(theme.TARGET, self.sizeHintForRow(0))
        return QSize(super().minimumSizeHint().width(), least)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # Drags of anything but our photos, such as a folder, are passed on to the window.
        event.setAccepted(ids_from_mime(event, PHOTOS) is not None)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        target = self._target_of(event)
        self._set_target(target)
        event.setAccepted(target >= 0)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_target(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        target, photos = self._target_of(event), ids_from_mime(event, PHOTOS)
        self._set_target(-1)
        event.setAccepted(target >= 0)
        if target >= 0 and photos:
            self.photos_dropped.emit(self.item(target).data(DROP), photos)

    def _target_of(self, event: QDropEvent) -> int:
        item = self.itemAt(event.position().toPoint())
        fits = item is not None and item.data(DROP) and ids_from_mime(event, PHOTOS) is not None
        return self.row(item) if item is not None and fits else -1

    def _set_target(self, row: int) -> None:
        if row != self.target:
            self.target = row
            self.viewport().update()
