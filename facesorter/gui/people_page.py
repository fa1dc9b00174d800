"""The people page: everybody found, named ones first; naming, merging and setting aside."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QMenu, QStackedLayout, QVBoxLayout, QWidget

from facesorter.gui import words
from facesorter.gui.actions import Actions
from facesorter.gui.bridge import Bridge
from facesorter.gui.grid_layout import Section
from facesorter.gui.page_header import PageHeader, QuietLabel, ZoomSlider
from facesorter.gui.people_view import PeopleView
from facesorter.gui.pixmaps import PixmapStore
from facesorter.gui.words import translate


class PeoplePage(QWidget):
    """Cards of persons.

    Signals:
        person_wanted: a person's page shall be opened.
    """

    person_wanted = Signal(int)

    def __init__(
        self, bridge: Bridge, pixmaps: PixmapStore, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._actions = actions
        self.view = PeopleView(bridge, pixmaps)
        self.model = self.view.people
        self.view.setAccessibleName(translate("People", "People"))
        self.view.key_filter = self._key
        self.view.opened.connect(self.person_wanted)
        self.view.named.connect(self._name)
        self.view.merged_onto.connect(actions.merge)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.header = PageHeader(translate("People", "People"))
        self.header.row.addWidget(ZoomSlider(self.view))
        self._nobody = QuietLabel()
        self._nobody.setText(
            translate("People", "The people in your photos appear here as they are found.")
        )
        self._nobody.setAlignment(Qt.AlignmentFlag.AlignCenter)
        body = QWidget()
        self._body = QStackedLayout(body)
        self._body.addWidget(self.view)
        self._body.addWidget(self._nobody)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(body, 1)
        self.model.modelReset.connect(self._arrange)
        self.model.rowsInserted.connect(self._arrange)
        self.model.rowsRemoved.connect(self._arrange)
        self.model.loaded.connect(self._arrange)
        self._started = False

    def start(self) -> None:
        """Begin to show people; the library is open."""
        if not self._started:
            self._started = True
            self.model.show_all()

    def set_active(self, active: bool) -> None:
        """Follow changes while in sight."""
        if not active:
            self.view.end_naming()
        self.model.set_active(active)
        if active:
            self.view.setFocus()

    def merge_selected(self) -> None:
        """Merge the selected persons into the named one, or else into the largest."""
        ids = self.view.selected_ids()
        rows = [row for each in ids if (row := self.model.row_by_id(each)) is not None]
        if len(rows) < 2:
            return
        target = min(rows, key=lambda row: (row.person.name is None, -row.person.faces))
        self._actions.merge(target.person.id, [r.person.id for r in rows if r is not target])

    def set_aside_selected(self) -> None:
        """Hide the selected persons."""
        ids = self.view.selected_ids()
        self._select_after(ids)
        self._actions.set_aside(ids)

    def rename_selected(self) -> None:
        """Type a name on the current card."""
        current = self.view.current_id()
        if current is not None:
            self.view.start_naming(current)

    def _name(self, person_id: int, name: str, other: int | None) -> None:
        # The library itself finds out that the name is taken; see `Actions.same_name`.
        self._actions.name(person_id, name)

    def _key(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        )
        if modifiers != Qt.KeyboardModifier.NoModifier:
            return False
        several = len(self.view.selected_rows()) > 1
        key, text = event.key(), event.text()
        if key == Qt.Key.Key_Delete:
            self.set_aside_selected()
            return True
        if key == Qt.Key.Key_F2:
            self.rename_selected()
            return True
        if several:
            if key == Qt.Key.Key_M:
                self.merge_selected()
            return key == Qt.Key.Key_M
        row = self.model.row(self.view.currentIndex().row())
        if row is None or not text.isprintable() or not text.strip():
            return False
        if row.person.name is None and text != "?":
            self.view.start_naming(row.person.id, text)
            return True
        if key == Qt.Key.Key_N:
            self.view.start_naming(row.person.id)
            return True
        return False

    def _show_menu(self, at: QPoint) -> None:
        ids = self.view.selected_ids()
        if not ids:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if len(ids) == 1:
            opening = menu.addAction(translate("People", "Open"))
            opening.triggered.connect(lambda: self.person_wanted.emit(ids[0]))
            naming = menu.addAction(translate("People", "Name…") + "\tF2")
            naming.triggered.connect(self.rename_selected)
        else:
            merging = menu.addAction(translate("People", "Same person: merge") + "\tM")
            merging.triggered.connect(self.merge_selected)
        aside = menu.addAction(translate("People", "Set aside") + "\tDel")
        aside.triggered.connect(self.set_aside_selected)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _select_after(self, ids: Sequence[int]) -> None:
        """Move the selection to the card that follows, so that a key can go on and on."""
        rows = [self.model.row_of(each) for each in ids]
        if rows:
            following = max(rows) + 1
            self.view.select_row(
                following if following < self.model.rowCount() else max(0, min(rows) - 1)
            )

    def _arrange(self) -> None:
        named, count = self.model.named, self.model.rowCount()
        sections = [Section(0)] if named else []
        if named < count:
            sections.append(Section(named, words.unnamed()))
        self.view.set_sections(sections)
        self.header.note.setText(words.number(count) if count else "")
        self._body.setCurrentWidget(self.view if count else self._nobody)
