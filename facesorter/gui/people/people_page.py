"""People page: all persons, named ones first; naming, merging and hiding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from facesorter import paths
from facesorter.app import jobs
from facesorter.domain import PersonId, PersonOrder
from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.fields import Field
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import ContextMenu, Menu
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import ROOM_FOR_TOOLS, PageHeader, SecondaryLabel
from facesorter.gui.base.places import PEOPLE
from facesorter.gui.base.tool_button import MenuButton
from facesorter.gui.grid.layout import Section
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.grid.zoom_slider import ZoomSlider
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.people.people_view import PeopleView
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.label_bar import Kind, LabelBar
from facesorter.library.decisions import unnamed
from facesorter.settings import Settings

WAIT_MS: Final = 150
"""How long typing must pause before people are searched, as for photos."""
WIDEST_FIELD: Final = 300
"""Width from which a longer field only moves away from the other controls, logical px."""
SMALL: Final = (3, 5, 10, 20)
"""Size limits offered for hiding all smaller unnamed groups at once."""


class PeoplePage(Page):
    """Page with a grid of person cards.

    Signals:
        export_wanted: the people whose photos to export.
    """

    export_wanted = Signal(list)

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        actions: Actions,
        acts: LabelActions,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions, self._settings = actions, settings
        self._wait = QTimer(self, interval=WAIT_MS, singleShot=True)
        self._matching = ""
        self.view = PeopleView(bridge, pixmaps)
        self.model = self.view.people
        self.view.setAccessibleName(translate("People", "People"))
        self.view.key_filter = self._key
        self.view.asks_for_name = self._asks_for_name
        self.view.opened.connect(self.person_wanted)
        self.view.named.connect(self._name)
        self.view.named_together.connect(self._take_common_name)
        self.view.merged_onto.connect(self._merge)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.tags = LabelBar(bridge, pixmaps, Kind.PERSON_TAG)
        acts.serve(self.tags)
        self.tags.closed.connect(self.view.setFocus)
        self.header = PageHeader(translate("People", "People"))
        self.field = Field()
        self.field.setPlaceholderText(translate("People", "Search"))
        self.field.setAccessibleName(translate("People", "Search people"))
        self.field.add_clear_button()
        self.field.setMinimumHeight(theme.TARGET)
        self.field.setMaximumWidth(WIDEST_FIELD)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._wait.start)
        self._wait.timeout.connect(self._list)
        self.sort = MenuButton(translate("People", "Sort by"))
        icons.put(self.sort, "sort-variant")
        self.sort.setMenu(self._sort_menu())
        self.sweep = MenuButton(translate("People", "Unnamed People"))
        icons.put(self.sweep, "account-multiple-remove-outline")
        self.sweep.setMenu(self._sweep_menu())
        self.header.row.addWidget(self.field, 1)
        self.header.row.addWidget(self.sort)
        self.header.row.addWidget(self.sweep)
        self.slider = ZoomSlider(self.view)
        self.header.row.addWidget(self.slider)
        self.hidden_toggle = QPushButton(translate("People", "Show Hidden"))
        self.hidden_toggle.setMinimumHeight(theme.TARGET)
        self.hidden_toggle.setCheckable(True)
        self.hidden_toggle.toggled.connect(lambda: self._list(keep=True))
        self.hidden_toggle.setParent(self.view.viewport())
        self.hidden_toggle.hide()
        self._nobody = SecondaryLabel()
        self._nobody.setAlignment(Qt.AlignmentFlag.AlignCenter)
        body = QWidget()
        self._body = QStackedLayout(body)
        self._body.addWidget(self.view)
        self._body.addWidget(self._nobody)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.tags)
        column.addWidget(body, 1)
        self.model.modelReset.connect(self._arrange)
        self.model.rowsInserted.connect(self._arrange)
        self.model.rowsRemoved.connect(self._arrange)
        self.model.loaded.connect(self._arrange)
        self.model.loaded.connect(self.listening_changed)
        self._started = False
        self._hidden_section: int | None = None

    @property
    def place(self) -> str:
        return PEOPLE

    @property
    def listening(self) -> bool:
        return self.model.is_loaded

    def start(self) -> None:
        if not self._started:
            self._started = True
            self._list()

    def zoom(self, steps: int) -> None:
        self.view.zoom(steps)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # At 200 % the field needs the room; Ctrl and + also resizes the pictures.
        self.slider.setVisible(self.width() >= ROOM_FOR_TOOLS)

    def set_active(self, active: bool) -> None:
        if not active:
            self.view.end_naming()
        self.model.set_active(active)
        if active:
            self.view.setFocus()

    def merge_selected(self) -> None:
        """Merge the selected persons into the named one, or else into the largest."""
        rows = [row for at in self.view.selected_rows() if (row := self.model.row(at)) is not None]
        if len(rows) < 2:
            return
        target = min(rows, key=lambda row: (row.person.name is None, -row.person.faces))
        self._merge(target.person.id, [r.person.id for r in rows if r is not target])

    def _merge(self, target: PersonId, others: Sequence[PersonId]) -> None:
        """Merge persons and go on from the card that they become."""
        self.view.select_row(self.model.row_of(target))
        self._actions.merge(target, others)

    def toggle_hidden_selected(self) -> None:
        """Hide the selected persons; those already hidden are shown again."""
        ids, shown = self.model.ids, self.model.shown
        rows = self.view.selected_rows()
        visible = [ids[row] for row in rows if row < shown]
        hidden = [ids[row] for row in rows if row >= shown]
        self._select_after(rows)
        only = self.model.row(rows[0]) if len(rows) == 1 else None
        name = only.person.name if only is not None else None
        self._actions.hide(visible, name)
        self._actions.show(hidden, name)

    def start_search(self) -> None:
        """Move keyboard focus to the field that finds people."""
        self.field.setFocus()
        self.field.selectAll()

    def cancel(self) -> bool:
        """Clear the search, if there is one."""
        if not self.field.text():
            return False
        self.field.clear()
        self.view.setFocus()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lead from the field to the people found."""
        if watched is self.field and isinstance(event, QKeyEvent):
            down = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if down and event.type() == QEvent.Type.KeyPress and self.model.rowCount():
                self.view.select_row(max(0, self.view.currentIndex().row()))
                self.view.setFocus()
                return True
        return super().eventFilter(watched, event)

    def _sort_menu(self) -> QMenu:
        menu, choices = Menu(self), QActionGroup(self)
        for order, label in (
            (PersonOrder.FACES, translate("People", "Most photos")),
            (PersonOrder.NAME, translate("People", "Name")),
            (PersonOrder.NEWEST, translate("People", "Latest photo")),
        ):
            entry = menu.addAction(label)
            entry.setCheckable(True)
            entry.setChecked(order.value == self._settings.people_order)
            entry.triggered.connect(lambda _checked=False, order=order: self.sort_by(order))
            choices.addAction(entry)
        return menu

    def sort_by(self, order: PersonOrder) -> None:
        """Sort people, now and in the future."""
        self._settings.people_order = order.value
        jobs.run(self._settings.save, paths.settings_dir())
        self._list()

    def _list(self, *, keep: bool = False) -> None:
        """Read the people; with ``keep``, those shown stay where they are until then."""
        self._wait.stop()
        self._matching = self.field.text().strip()
        self.view.end_naming()
        order = PersonOrder(self._settings.people_order)
        keep = keep or bool(self._matching)
        self.model.show_all(self.hidden_toggle.isChecked(), order, self._matching, keep=keep)

    def _sweep_menu(self) -> QMenu:
        menu = Menu(self)
        for faces in SMALL:
            label = translate(
                "People", "Hide Unnamed People with Fewer Than %Ln Face(s)", "", faces
            )
            entry = menu.addAction(label)
            entry.triggered.connect(
                lambda _checked=False, n=faces: self._actions.hide_unnamed(unnamed.below, n)
            )
        return menu

    def rename_selected(self) -> None:
        """Start inline naming: of the current card, or of several without a name together."""
        current = self.view.current_id()
        if len(self.view.selected_rows()) > 1 and self._are_all_unnamed():
            self._name_together()
        elif current is not None:
            self.view.start_naming(current)

    def _name(self, person_id: PersonId, name: str, other: PersonId | None) -> None:
        # The library itself detects a name that is taken; see `Actions.same_name`.
        self._actions.name(person_id, name)

    def _key(self, event: QKeyEvent) -> bool:
        what, letter = keys.shortcut(event), keys.typed(event)
        ids = self.view.selected_ids()
        if letter and self._is_any_unnamed():
            # The card asks who this is; several without a name are asked about together.
            if len(ids) == 1:
                self.view.start_naming(ids[0], letter)
            elif self._are_all_unnamed():
                self._name_together(letter)
            return True
        match what:
            case Shortcut.REMOVE:
                self.toggle_hidden_selected()
            case Shortcut.MERGE:
                self.merge_selected()
            case Shortcut.NAME:
                self.rename_selected()
            case Shortcut.TAGS:
                self.tags.ask(ids)
            case Shortcut.FAVORITE:
                self._toggle_favourites(ids)
            case _:
                return False
        return True

    def _name_together(self, typed: str = "") -> None:
        """Ask for one name for all selected cards, on the first, which has the most photos."""
        ids = [self.model.ids[row] for row in sorted(self.view.selected_rows())]
        self.view.start_naming(ids[0], typed, ids)

    def _take_common_name(self, person_ids: list[PersonId], name: str) -> None:
        self.view.select_row(self.model.row_of(person_ids[0]))
        self._actions.name_together(person_ids, name)

    def _are_all_unnamed(self) -> bool:
        """Whether all selected cards are visible ones without a name."""
        model = self.model
        return all(model.named <= row < model.shown for row in self.view.selected_rows())

    def _is_any_unnamed(self) -> bool:
        """Whether a selected card has no name."""
        return any(map(self._is_unnamed, self.view.selected_rows()))

    def _is_unnamed(self, row: int) -> bool:
        """Whether a card has no name; reads only rows of hidden persons."""
        if row < self.model.shown:
            return row >= self.model.named
        hidden = self.model.row(row)
        return hidden is not None and hidden.person.name is None

    def _asks_for_name(self) -> bool:
        return self._is_unnamed(self.view.currentIndex().row())

    def _toggle_favourites(self, ids: Sequence[PersonId]) -> None:
        """Add persons to the favorites; if all of them are there, remove them."""
        self._actions.set_favourites(ids, not self._are_favourites())

    def _are_favourites(self) -> bool:
        """Whether all selected persons are favorites; reads rows up to the first who isn't."""
        rows = map(self.model.row, self.view.selected_rows())
        return all(row.person.favourite for row in rows if row is not None)

    def _show_menu(self, at: QPoint) -> None:
        ids = self.view.selected_ids()
        if not ids:
            return
        # Letters begin the name of a card without one.
        named = not self._is_any_unnamed()
        menu = ContextMenu(self)
        if len(ids) == 1:
            opening = menu.addAction(translate("People", "Open"))
            opening.triggered.connect(lambda: self.person_wanted.emit(ids[0]))
            menu.addAction(translate("People", "Name…") + "\tF2").triggered.connect(
                self.rename_selected
            )
        else:
            if self._are_all_unnamed():
                naming = keys.with_key(translate("People", "Name…"), Shortcut.NAME)
                menu.addAction(naming).triggered.connect(self.rename_selected)
            label = keys.with_key(translate("People", "Merge"), Shortcut.MERGE)
            menu.addAction(label).triggered.connect(self.merge_selected)
        label = translate("People", "Tags…")
        tagging = menu.addAction(keys.with_key(label, Shortcut.TAGS) if named else label)
        tagging.triggered.connect(lambda: self.tags.ask(ids))
        label = translate("People", "Add to Favorites")
        if self._are_favourites():
            label = translate("People", "Remove from Favorites")
        marking = menu.addAction(keys.with_key(label, Shortcut.FAVORITE) if named else label)
        marking.triggered.connect(lambda: self._toggle_favourites(ids))
        exporting = menu.addAction(translate("People", "Export Photos…"))
        exporting.triggered.connect(lambda: self.export_wanted.emit(ids))
        back = min(self.view.selected_rows()) >= self.model.shown
        label = translate("People", "Unhide") if back else translate("People", "Hide")
        hidden = menu.addAction(keys.with_key(label, Shortcut.REMOVE))
        hidden.triggered.connect(self.toggle_hidden_selected)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _select_after(self, rows: Sequence[int]) -> None:
        """Select the next card, so that a key can be pressed repeatedly."""
        if rows:
            following = max(rows) + 1
            self.view.select_row(
                following if following < self.model.rowCount() else max(0, min(rows) - 1)
            )

    def _arrange(self) -> None:
        named, shown, hidden = self.model.named, self.model.shown, self.model.hidden_count
        sections = [Section(0)] if named else []
        if named < shown:
            sections.append(Section(named, words.unnamed()))
        if hidden:
            text = translate("People", "Hidden", "heading")
            sections.append(Section(shown, f"{text}  ·  {words.number(hidden)}"))
            opened = self.hidden_toggle.isChecked()
            self.hidden_toggle.setText(
                translate("People", "Don’t Show Hidden")
                if opened
                else translate("People", "Show Hidden")
            )
        self.view.set_sections(sections)
        if self._hidden_section is not None and self._hidden_section != len(sections) - 1:
            self.view.set_heading_widget(self._hidden_section, None)
        self._hidden_section = len(sections) - 1 if hidden else None
        if self._hidden_section is not None:
            self.view.set_heading_widget(self._hidden_section, self.hidden_toggle)
            self.hidden_toggle.show()
        else:
            self.hidden_toggle.hide()
        self.header.note.setText(words.number(shown) if shown else "")
        self._nobody.setText(
            translate("People", "No one is named “{name}”.").format(name=self._matching)
            if self._matching
            else translate("People", "People will appear here as they’re found in your photos.")
        )
        self._body.setCurrentWidget(self.view if shown or hidden else self._nobody)
