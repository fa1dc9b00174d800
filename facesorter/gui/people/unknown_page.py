"""Page of unassigned faces: similar ones are adjacent, and many can be named at once."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Final

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from facesorter.domain import FaceId
from facesorter.gui.base import keys, theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import ROOM_FOR_TOOLS, PageHeader
from facesorter.gui.base.places import UNKNOWN
from facesorter.gui.grid.face_delegate import FaceDelegate
from facesorter.gui.grid.face_model import FaceModel
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.grid.zoom_slider import ZoomSlider
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.move_bar import MoveBar
from facesorter.library import unassigned

TILE: Final = 112


class UnknownModel(FaceModel):
    """Model of unassigned faces by similarity; the order is stable when faces come and go."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self._fresh = True

    def show_unknown(self, start: FaceId | None = None) -> None:
        """Show the faces in a new order, those most similar to ``start`` first if given."""
        self._fresh = True

        def source() -> Future[list[FaceId]]:
            before = [] if self._fresh else list(self.ids)
            self._fresh = False
            return self._bridge.query_slow(unassigned.listed, before, start)

        self.set_source(source, keep=True)


class UnknownPage(Page):
    """Page with a grid of unassigned faces."""

    def __init__(
        self, bridge: Bridge, pixmaps: PixmapStore, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._first: FaceId | None = None
        """The face that the new order begins with, until it is read."""
        self.faces = UnknownModel(bridge, self)
        self.view: GridView[FaceId] = GridView(tile=TILE)
        self.view.setModel(self.faces)
        self.view.setItemDelegate(FaceDelegate(pixmaps, self.view))
        self.view.setAccessibleName(translate("Unknown", "Unknown Faces"))
        self.view.key_filter = self._key
        self.view.asks_for_name = lambda: True
        self.view.opened.connect(self.sort_by)
        self.view.selection_changed.connect(self._show_chosen)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.header = PageHeader(translate("Unknown", "Unknown Faces"))
        self.alike = QPushButton(translate("Unknown", "Sort by Similarity"))
        self.alike.setMinimumHeight(theme.TARGET)
        self.alike.setToolTip(translate("Unknown", "Press Enter or double-click the face"))
        self.alike.clicked.connect(self._sort_by_current)
        self.ask = QPushButton(translate("Unknown", "Who Is This?"))
        self.ask.setMinimumHeight(theme.TARGET)
        self.ask.setToolTip(translate("Unknown", "Name the selected faces: just type the name"))
        self.ask.clicked.connect(lambda: self._ask())
        self.header.row.addWidget(self.alike)
        self.header.row.addWidget(self.ask)
        self.slider = ZoomSlider(self.view)
        self.header.row.addWidget(self.slider)
        self.asking = MoveBar(bridge, pixmaps)
        self.asking.answered.connect(actions.move_faces)
        self.asking.closed.connect(self.view.setFocus)
        nobody = QLabel(translate("Unknown", "All faces have been assigned to people."))
        nobody.setAlignment(Qt.AlignmentFlag.AlignCenter)
        nobody.setWordWrap(True)
        nobody.setFont(theme.body_font())
        self.body = QStackedWidget()
        self.body.addWidget(self.view)
        self.body.addWidget(nobody)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.asking)
        column.addWidget(self.body, 1)
        for signal in (self.faces.modelReset, self.faces.rowsInserted, self.faces.rowsRemoved):
            signal.connect(self._arrange)
        self.faces.loaded.connect(self._arrange)
        self.faces.loaded.connect(self._show_first)
        self.faces.loaded.connect(self.listening_changed)
        self._show_chosen()

    @property
    def place(self) -> str:
        return UNKNOWN

    @property
    def listening(self) -> bool:
        return self.faces.is_loaded

    def start(self) -> None:
        """Show the faces in their default order."""
        self.asking.close_bar()
        self.faces.show_unknown()

    def zoom(self, steps: int) -> None:
        self.view.zoom(steps)

    def set_active(self, active: bool) -> None:
        self.faces.set_active(active)
        if active:
            self.view.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # At 200 % the buttons need the room; Ctrl and + also resizes the pictures.
        self.slider.setVisible(self.width() >= ROOM_FOR_TOOLS)

    def sort_by(self, face_id: FaceId) -> None:
        """Move the faces most similar to this one to the top."""
        self.faces.show_unknown(face_id)
        self._first = face_id

    def _show_first(self) -> None:
        """Go to the face to which the others are compared; it stays selected, to be named."""
        face, self._first = self._first, None
        if face is not None and (row := self.faces.row_of(face)) >= 0:
            self.view.select_row(row)
            self.view.verticalScrollBar().setValue(0)

    def _sort_by_current(self) -> None:
        face = self.view.current_id()
        if face is not None:
            self.sort_by(face)

    def _ask(self, typed: str = "") -> None:
        self.asking.ask(self.view.selected_ids(), typed)

    def _ignore(self) -> None:
        self._actions.ignore(self.view.selected_ids())

    def _open_photo(self) -> None:
        face = self.view.current_id()
        row = self.faces.row_by_id(face) if face is not None else None
        if row is not None:
            self.open_face(row.face, [row.photo.id])

    def _key(self, event: QKeyEvent) -> bool:
        letter = keys.typed(event)
        if letter:
            self._ask(letter)
            return True
        match keys.shortcut(event):
            case Shortcut.NAME:
                self._ask()
            case Shortcut.REMOVE | Shortcut.NOT_A_FACE:
                self._ignore()
            case _:
                return False
        return True

    def _show_menu(self, at: QPoint) -> None:
        if not self.view.selected_ids():
            return
        menu = ContextMenu(self)
        for text, act in (
            (keys.with_key(translate("Unknown", "Who Is This?"), Shortcut.NAME), self._ask),
            (
                keys.with_key(translate("Unknown", "Similar Faces First"), Shortcut.ACCEPT),
                self._sort_by_current,
            ),
            (keys.with_key(translate("Unknown", "Hide"), Shortcut.REMOVE), self._ignore),
            (translate("Unknown", "Open Photo"), self._open_photo),
        ):
            menu.add(text, act)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _show_chosen(self) -> None:
        chosen = len(self.view.selected_rows())
        self.ask.setEnabled(chosen > 0)
        self.alike.setEnabled(chosen == 1)
        # First, because reading the ids of a large selection takes longer than a frame.
        if self.asking.is_open:
            self.asking.follow(self.view.selected_ids())

    def _arrange(self) -> None:
        n = self.faces.rowCount()
        self.header.note.setText(words.number(n) if n else "")
        self.body.setCurrentIndex(0 if n else 1)
        self._show_chosen()
