"""Map page: actions on selected faces, and an explanation when the map is empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Changes, FaceId
from facesorter.errors import Message
from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.live_query import LiveQuery
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.base.page import ZOOM_STEP, Page
from facesorter.gui.base.page_header import ROOM_FOR_TOOLS, PageHeader, SecondaryLabel
from facesorter.gui.base.places import MAP
from facesorter.gui.grid.face_model import describe
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.map.frames import Prepared, prepare
from facesorter.gui.map.view import MapView
from facesorter.gui.widgets.move_bar import MoveBar
from facesorter.library.decisions import unnamed

REFRESH_MS: Final = 1000
"""Minimum time between two reads during background work; user changes are shown at once."""
REST: Final = 5.0
"""Pause between two such reads, as a multiple of a read's duration: a large map takes a second."""


class MapPage(Page):
    """Page with the map of all faces, arranged by similarity."""

    def __init__(
        self, bridge: Bridge, pixmaps: PixmapStore, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._actions = bridge, actions
        self._active = False
        self.drawing = False
        """Whether the map is being redrawn."""
        self._failure = ""
        self.view = MapView(bridge, pixmaps)
        self.view.key_filter = self._key
        self.view.selection_changed.connect(self._arrange)
        self.view.current_changed.connect(self._describe_current)
        self.view.opened.connect(self._open_photo)
        self.view.menu_wanted.connect(self._show_menu)
        self._build_header()
        self.asking = MoveBar(bridge, pixmaps)
        self.asking.answered.connect(actions.move_faces)
        self.asking.closed.connect(self.view.setFocus)
        self.view.selection_changed.connect(lambda: self.asking.follow(self.view.selected_ids()))
        self._build_rest()
        self._reading: LiveQuery[Prepared | None] = LiveQuery(
            bridge,
            lambda: bridge.query_slow(prepare, bridge.services.library_dir),
            self._take,
            REFRESH_MS,
            self,
            rest=REST,
        )
        bridge.changed.connect(self._on_changed)
        bridge.map_drawn.connect(self._on_drawn)
        bridge.map_progress.connect(self._on_progress)
        bridge.map_failed.connect(self._on_failed)
        self._arrange()

    def _build_header(self) -> None:
        self.header = PageHeader(translate("Map", "Face Map"))
        self.lasso = QToolButton()
        self.lasso.setCheckable(True)
        self.lasso.setFixedSize(theme.TARGET, theme.TARGET)
        self.lasso.setText("◌")
        icons.put(self.lasso, "lasso")
        self.lasso.setAccessibleName(translate("Map", "Select with a lasso"))
        self.lasso.setToolTip(
            translate("Map", "Select with a lasso ({key}, or Shift+drag)").format(
                key=keys.shown(Shortcut.LASSO)
            )
        )
        self.lasso.toggled.connect(self.view.set_lasso)
        self.ask = QPushButton(translate("Map", "Who Is This?"))
        self.ask.setToolTip(translate("Map", "Name the selected faces: just type the name"))
        self.ask.clicked.connect(lambda: self._ask())
        self.ignore = QPushButton(translate("Map", "Not a Face"))
        self.ignore.setToolTip(
            keys.tip(translate("Map", "Ignore the selected faces"), Shortcut.NOT_A_FACE)
        )
        self.ignore.clicked.connect(self._ignore)
        self.hide_button = QPushButton(translate("Map", "Hide"))
        self.hide_button.setToolTip(
            keys.tip(translate("Map", "Hide selected unnamed people"), Shortcut.REMOVE)
        )
        self.hide_button.clicked.connect(self._hide)
        self.header.row.addWidget(self.lasso)
        for button in (self.ask, self.ignore, self.hide_button):
            button.setMinimumHeight(theme.TARGET)
            self.header.row.addWidget(button)
        self.more = QToolButton()
        self.more.setFixedSize(theme.TARGET, theme.TARGET)
        self.more.setText("⋯")
        self.more.setAccessibleName(translate("Map", "More"))
        self.more.setToolTip(self.more.accessibleName())
        self.more.clicked.connect(
            lambda: self._show_menu(self.more.mapToGlobal(QPoint(0, self.more.height())))
        )
        self.header.row.addWidget(self.more)
        self.zooms: list[QToolButton] = []
        for text, icon, name, act in (
            ("−", "minus", translate("Map", "Smaller (−)"), lambda: self.view.zoom(1 / 1.5)),
            ("+", "plus", translate("Map", "Larger (+)"), lambda: self.view.zoom(1.5)),
            ("▣", "fit-to-page-outline", translate("Map", "Zoom to fit (0)"), self.view.fit),
        ):
            tool = QToolButton()
            tool.setFixedSize(theme.TARGET, theme.TARGET)
            tool.setText(text)
            icons.put(tool, icon)
            tool.setAccessibleName(name)
            tool.setToolTip(name)
            tool.clicked.connect(lambda _checked=False, act=act: act())
            self.header.row.addWidget(tool)
            self.zooms.append(tool)

    def _build_rest(self) -> None:
        self.message = QLabel()
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setFont(theme.body_font())
        self.bar = QProgressBar()
        # Faces may have to be compared first, which takes an unknown time.
        self.bar.setRange(0, 0)
        self.bar.setMaximumWidth(320)
        self.bar.setAccessibleName(translate("Map", "Map progress"))
        waiting = QWidget()
        column = QVBoxLayout(waiting)
        column.setContentsMargins(*(4 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addStretch(1)
        column.addWidget(self.message)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.bar, 2)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        self.body = QStackedWidget()
        self.body.addWidget(self.view)
        self.body.addWidget(waiting)
        self.legend = SecondaryLabel()
        self.legend.setText(
            translate("Map", "Filled: confirmed · Outline: suggested · Small gray: unassigned")
        )
        self.about = SecondaryLabel()
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * theme.GRID, theme.GRID // 2, 2 * theme.GRID, theme.GRID // 2)
        foot.addWidget(self.legend)
        foot.addStretch(1)
        foot.addWidget(self.about)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.asking)
        column.addWidget(self.body, 1)
        column.addLayout(foot)

    # Display.

    @property
    def place(self) -> str:
        return MAP

    def start(self) -> None:
        """Show the map, and request a new one if it is outdated."""
        self.asking.close_bar()
        self.drawing, self._failure = True, ""
        self._bridge.services.mapper.want()
        self._reading.now()

    def zoom(self, steps: int) -> None:
        self.view.zoom(ZOOM_STEP**steps)

    def set_active(self, active: bool) -> None:
        self._active = active
        if active:
            self._reading.now()
            self.view.setFocus()

    def close_page(self) -> None:
        """Stop the drawing thread."""
        self.view.painter_.close()

    def _on_drawn(self) -> None:
        self.drawing = False
        self._reading.now()

    def _on_failed(self, message: Message) -> None:
        self.drawing, self._failure = False, words.sentence(message)
        self._arrange()

    def _on_progress(self, share: float) -> None:
        self.drawing = True
        self.bar.setRange(0, 100)
        self.bar.setValue(round(100 * share))
        self._arrange()

    def _on_changed(self, changes: Changes) -> None:
        if not self._active or not (changes.faces or changes.persons or changes.folders):
            return
        if changes.decided:
            self._reading.now()
        else:
            self._reading.soon()

    def _take(self, prepared: Prepared | None) -> None:
        if prepared is not None:
            self.view.show_map(prepared)
        self._arrange()

    def _arrange(self) -> None:
        prepared, chosen = self.view.prepared, self.view.selected
        n = len(prepared.map.face_ids) if prepared is not None else 0
        note = words.faces(n) if n else ""
        if chosen:
            note = translate("Map", "%Ln selected", "", chosen)
        elif n and prepared is not None and prepared.map.unplaced:
            more = translate("Map", "%Ln more face(s) to come", "", prepared.map.unplaced)
            note = f"{note} · {more}"
        self.header.note.setText(note)
        for button in (self.ask, self.ignore, self.hide_button):
            button.setEnabled(chosen > 0)
        self.more.setEnabled(chosen > 0)
        for tool in (self.lasso, *self.zooms):
            tool.setEnabled(n > 0)
        self.body.setCurrentIndex(0 if n else 1)
        self.legend.setVisible(n > 0 and self.width() >= ROOM_FOR_TOOLS)
        self.bar.setVisible(self.drawing)
        self.message.setText(
            translate(
                "Map",
                "Drawing the map. Similar faces will appear close together.",
            )
            if self.drawing
            else self._failure
            or translate("Map", "No faces yet. They’ll appear as your photos are analyzed.")
        )

    def _describe_current(self, face_id: FaceId | None) -> None:
        row = self.view.row(face_id) if face_id is not None else None
        self.about.setText(describe(row) if row is not None else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = self.width() >= ROOM_FOR_TOOLS
        # At 200 % the other controls need the room; wheel and keys also zoom, and the menu has the
        # actions.
        for button in (*self.zooms, self.ignore, self.hide_button):
            button.setVisible(roomy)
        self.more.setVisible(not roomy)
        self._arrange()

    # Actions.

    def _ask(self, typed: str = "") -> None:
        self.asking.ask(self.view.selected_ids(), typed)

    def _ignore(self) -> None:
        self._actions.ignore(self.view.selected_ids())

    def _hide(self) -> None:
        face_ids = self.view.selected_ids()
        if face_ids:
            self._actions.hide_unnamed(lambda conn: unnamed.among(conn, face_ids))

    def _open_photo(self, face_id: FaceId) -> None:
        row = self.view.row(face_id)
        if row is not None:
            self.open_face(row.face, [row.photo.id])

    def _select_person(self) -> None:
        face_ids = self.view.selected_ids()
        if face_ids:
            current = self.view.current
            self.view.select_person_of(current if current in face_ids else face_ids[0])

    def _key(self, event: QKeyEvent) -> bool:
        letter = keys.typed(event)
        if letter:
            self._ask(letter)
            return True
        match keys.shortcut(event):
            case Shortcut.NAME:
                self._ask()
            case Shortcut.NOT_A_FACE:
                self._ignore()
            case Shortcut.REMOVE:
                self._hide()
            case Shortcut.WHOLE_PERSON:
                self._select_person()
            case Shortcut.LASSO:
                self.lasso.toggle()
            case _:
                return False
        return True

    def _show_menu(self, at: QPoint) -> None:
        menu = ContextMenu(self)
        entries: list[tuple[str, Shortcut, Callable[[], object]]] = [
            (translate("Map", "Who Is This?"), Shortcut.NAME, self._ask),
            (
                translate("Map", "Select the Whole Person"),
                Shortcut.WHOLE_PERSON,
                self._select_person,
            ),
            (translate("Map", "Not a Face"), Shortcut.NOT_A_FACE, self._ignore),
            (translate("Map", "Hide"), Shortcut.REMOVE, self._hide),
        ]
        current = self.view.current
        if current is not None:
            label = translate("Map", "Open Photo")
            entries.append((label, Shortcut.ACCEPT, lambda: self._open_photo(current)))
        for text, what, act in entries:
            menu.add(keys.with_key(text, what), act)
        menu.popup(at)
