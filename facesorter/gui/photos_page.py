"""The photos page: a big grid, newest first, of everything or of one folder."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facesorter.gui import words
from facesorter.gui.bridge import Bridge
from facesorter.gui.grid_view import GridView
from facesorter.gui.page_header import PageHeader, ZoomSlider
from facesorter.gui.photo_delegate import PhotoDelegate
from facesorter.gui.photo_model import PhotoModel
from facesorter.gui.pixmaps import PixmapStore
from facesorter.gui.words import translate

TILE: Final = 168
"""Wished width of a photo's tile at the start: six or so on a small laptop."""


class PhotosPage(QWidget):
    """A grid of photos.

    Signals:
        photo_wanted: a photo's id and the ids of the list it is opened from.
    """

    photo_wanted = Signal(int, object)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.model = PhotoModel(bridge, self)
        self.view = GridView(tile=TILE)
        self.view.setModel(self.model)
        self.view.setItemDelegate(PhotoDelegate(pixmaps, self.view))
        self.view.setAccessibleName(translate("Photos", "Photos"))
        self.view.opened.connect(self._open)
        self.header = PageHeader(translate("Photos", "Photos"))
        self.header.row.addWidget(ZoomSlider(self.view))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        self.folder_id: int | None = None
        self._started = False
        self.model.modelReset.connect(self._count)
        self.model.rowsInserted.connect(self._count)
        self.model.rowsRemoved.connect(self._count)

    def show_folder(self, folder_id: int | None, title: str) -> None:
        """Show one folder's photos, or everybody's; the same again changes nothing."""
        self.header.title.setText(title)
        if self._started and folder_id == self.folder_id:
            return
        self._started, self.folder_id = True, folder_id
        self.model.show_all(folder_id)

    def set_active(self, active: bool) -> None:
        """Follow changes while in sight."""
        self.model.set_active(active)
        if active:
            self.view.setFocus()

    def _open(self, photo_id: int) -> None:
        self.photo_wanted.emit(photo_id, list(self.model.ids))

    def _count(self) -> None:
        n = self.model.rowCount()
        self.header.note.setText(words.number(n) if n else "")
