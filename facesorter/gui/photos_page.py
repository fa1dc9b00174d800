"""The photos page: a big grid by month, of everything, of one folder, or of what was searched."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from facesorter.gui import words
from facesorter.gui.bridge import Bridge
from facesorter.gui.grid_layout import Section
from facesorter.gui.grid_view import GridView
from facesorter.gui.nothing_found import NothingFound
from facesorter.gui.page_header import PageHeader, ZoomSlider
from facesorter.gui.photo_delegate import PhotoDelegate
from facesorter.gui.photo_model import PhotoModel
from facesorter.gui.pixmaps import PixmapStore
from facesorter.gui.search_field import SearchField
from facesorter.gui.words import translate

TILE: Final = 168
"""Wished width of a photo's tile at the start: six or so on a small laptop."""

NARROW: Final = 560
"""Width below which the size slider gives way to the search field, logical px."""


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
        self.field = SearchField(bridge)
        self.field.searched.connect(self._search)
        self.field.left.connect(self._focus_photos)
        self.slider = ZoomSlider(self.view)
        self.header.row.addWidget(self.field, 4)
        self.header.row.addWidget(self.slider)
        self.nothing = NothingFound()
        self.nothing.replaced.connect(self._replace)
        self.body = QStackedWidget()
        self.body.addWidget(self.view)
        self.body.addWidget(self.nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.body, 1)
        self.folder_id: int | None = None
        self._title = ""
        self._started = False
        for signal in (self.model.modelReset, self.model.rowsInserted, self.model.rowsRemoved):
            signal.connect(self._arrange)
        self.model.loaded.connect(self._arrange)

    def show_folder(self, folder_id: int | None, title: str) -> None:
        """Show one folder's photos, or everybody's; the same again changes nothing."""
        self._title = title
        if self._started and folder_id == self.folder_id and not self.searching:
            return
        self._started, self.folder_id = True, folder_id
        self.field.forget()
        self._show_all()

    @property
    def searching(self) -> bool:
        """Whether what is shown was searched."""
        return bool(self.field.text().strip())

    def start_search(self) -> None:
        """Put the keyboard into the search field."""
        self.field.setFocus()
        self.field.selectAll()

    def end_search(self) -> bool:
        """Show everything again; False where nothing was searched."""
        if not self.searching:
            return False
        self.field.clear()
        self._focus_photos()
        return True

    def set_active(self, active: bool) -> None:
        """Follow changes while in sight."""
        self.model.set_active(active)
        if active:
            self._focus_photos()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # At 200 % the field needs the room; Ctrl and + sizes the pictures too.
        self.slider.setVisible(self.width() >= NARROW)

    def _open(self, photo_id: int) -> None:
        self.photo_wanted.emit(photo_id, list(self.model.ids))

    def _search(self, text: str) -> None:
        if not text:
            self._show_all()
            return
        self.header.title.setText(translate("Photos", "Search"))
        self.model.show_search(text)

    def _show_all(self) -> None:
        self.header.title.setText(self._title)
        self.body.setCurrentWidget(self.view)
        self.model.show_all(self.folder_id)

    def _replace(self, before: str, after: str) -> None:
        """Search for what was meant in place of what was typed."""
        self.field.set_search(self.field.text().replace(before, after))
        self.field.setFocus()

    def _focus_photos(self) -> None:
        if self.body.currentWidget() is self.view:
            self.view.setFocus()
            if not self.view.currentIndex().isValid() and self.searching:
                self.view.select_row(0)

    def _arrange(self) -> None:
        n = self.model.rowCount()
        self.header.note.setText(words.number(n) if n else "")
        self.view.set_sections(
            [Section(row, words.month(month)) for row, month in self.model.months if row < n]
        )
        if n or not self.searching:
            self.body.setCurrentWidget(self.view)
        else:
            self.nothing.say(self.field.text().strip(), self.model.complaint)
            self.body.setCurrentWidget(self.nothing)
