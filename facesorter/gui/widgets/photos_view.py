"""Grid of photos that can be dragged onto albums and tags, with shortcuts for labeling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from facesorter.domain import PhotoId
from facesorter.gui.base import keys, theme
from facesorter.gui.base.drag import PHOTOS, SIDE, start_drag
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.i18n import words
from facesorter.gui.widgets.stack_view import StackView


class PhotosView(StackView):
    """Grid of `PhotoModel` tiles.

    Signals:
        star_wanted: toggle the selected photos' place in the favorites.
        tags_wanted: show the selected photos' tags.
        albums_wanted: show the selected photos' albums.
        place_wanted: ask where the selected photos were taken.
        delete_wanted: Delete was pressed.
        rotate_wanted: rotate the selected photos by degrees clockwise.
        compare_wanted: show the selected photos side by side.
        slideshow_wanted: play the selected photos, or all.
        details_wanted: show or hide the selected photos' details.
        rated: the selected photos get so many stars.
    """

    star_wanted = Signal()
    tags_wanted = Signal()
    albums_wanted = Signal()
    place_wanted = Signal()
    delete_wanted = Signal()
    rotate_wanted = Signal(int)
    compare_wanted = Signal()
    slideshow_wanted = Signal()
    details_wanted = Signal()
    rated = Signal(int)

    def __init__(self, *, tile: int, parent: QWidget | None = None) -> None:
        super().__init__(tile=tile, parent=parent)
        self.setDragEnabled(True)
        self.files_of: Callable[[Sequence[PhotoId]], Iterable[str]] = lambda ids: ()
        """Paths of dragged photos, for other programs."""
        self.key_filter = self._key

    def _key(self, event: QKeyEvent) -> bool:
        match keys.shortcut(event):
            case Shortcut.PLAY:
                self.slideshow_wanted.emit()
                return True
            case Shortcut.DETAILS:
                self.details_wanted.emit()
                return True
        if not self.has_selection():
            return False
        if self.stack_key(event):
            return True
        match keys.shortcut(event):
            case Shortcut.ROTATE_LEFT:
                self.rotate_wanted.emit(270)
            case Shortcut.ROTATE_RIGHT:
                self.rotate_wanted.emit(90)
            case Shortcut.COMPARE:
                self.compare_wanted.emit()
            case Shortcut.FAVORITE:
                self.star_wanted.emit()
            case Shortcut.TAGS:
                self.tags_wanted.emit()
            case Shortcut.ALBUM:
                self.albums_wanted.emit()
            case Shortcut.PLACE:
                self.place_wanted.emit()
            case Shortcut.RATE:
                self.rated.emit(keys.stars(event))
            case Shortcut.REMOVE:
                self.delete_wanted.emit()
            case _:
                return False
        return True

    def startDrag(self, actions: Qt.DropAction) -> None:
        ids = self.selected_ids()
        if not ids:
            return
        picture, action = self._picture(len(ids)), Qt.DropAction.CopyAction
        start_drag(self, PHOTOS, ids, picture, action, self.files_of(ids))

    def _picture(self, count: int) -> QPixmap:
        """Return the picture under the pointer: the current photo and the number of photos."""
        place = self.visualRect(self.currentIndex())
        shown = self.viewport().grab(place) if place.isValid() else QPixmap()
        ratio = self.devicePixelRatio()
        made = QPixmap(round(SIDE * ratio), round(SIDE * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(QColor(90, 90, 94))
        painter = QPainter(made)
        if not shown.isNull():
            painter.drawPixmap(0, 0, SIDE, SIDE, shown)
        if count > 1:
            painter.setFont(theme.caption_font())
            text = words.number(count)
            width = max(22, painter.fontMetrics().horizontalAdvance(text) + 12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(20, 20, 22, 225))
            painter.drawRoundedRect(SIDE - width - 4, 4, width, 22, 11, 11)
            painter.setPen(theme.ON_DARK)
            painter.drawText(SIDE - width - 4, 4, width, 22, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return made
