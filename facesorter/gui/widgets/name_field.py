"""Name field with completion from existing names, each with cover and face count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QListWidgetItem, QWidget

from facesorter.domain import PersonId
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.completion import CompletingField
from facesorter.gui.grid.person_model import PersonRow, read_rows
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import queries
from facesorter.names import Names, beginning, caseless, clean, same

MOST_SHOWN: Final = 6
COVER: Final = 32


class Known(NamedTuple):
    """An existing name, its person, and the number of faces."""

    name: str
    person_id: PersonId
    faces: int


def matching(known: Sequence[Known], typed: str) -> list[Known]:
    """Return the names with a word that begins with the typed text, most faces first."""
    begun = set(beginning((each.name for each in known), typed))
    found = [each for each in known if each.name in begun]
    # The exact name first, then names with the typed accents, then others.
    return sorted(
        found, key=lambda each: (caseless(each.name) != caseless(typed), not same(each.name, typed))
    )


class NameField(CompletingField):
    """Line edit that completes names of persons.

    Signals:
        chosen: the name, and the id of the person who has it (or None), by Enter or a click.
        cancelled: Escape, or the field lost focus.
    """

    chosen = Signal(str, object)
    cancelled = Signal()

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            row_height=COVER + theme.GRID,
            icon=COVER,
            least_width=220,
            offered=translate("NameField", "Matching people"),
            parent=parent,
        )
        self._bridge, self._pixmaps = bridge, pixmaps
        self._known: list[Known] = []
        self._people: dict[PersonId, PersonRow | None] = {}
        """Those offered since the names were read, None while they are being read."""
        self._asked = self._read = self._entered = False
        self.excluded: set[PersonId] = set()
        """Persons who are neither offered nor found by name."""
        self.ends_with_focus = True
        """Whether losing focus cancels, as for a field over a tile."""
        self.waits_for_names = False
        """Whether Enter waits until the names are read, so that an existing name is recognized."""
        self.setPlaceholderText(words.unnamed())
        self.setAccessibleName(translate("NameField", "Name of this person"))
        self.setMinimumHeight(theme.TARGET)
        self.textEdited.connect(self._complete)
        pixmaps.arrived.connect(self._on_arrived)

    def begin(self, typed: str) -> None:
        """Continue a name whose first letters were typed elsewhere."""
        self.setFocus()
        self.setText(typed)
        self.setModified(True)
        self.textEdited.emit(typed)

    def read_names(self) -> None:
        """Read the names for completion again."""
        self._asked = True

        def failed(_: BaseException) -> bool:
            self._take_names(self._known)
            return False

        names = self._bridge.query(queries.names)
        self._bridge.then(names, self._take_names, owner=self, failed=failed)

    def _take_names(self, names: Sequence[tuple[str, PersonId, int]]) -> None:
        self._known = [Known(*each) for each in names]
        self._people.clear()
        self._read = True
        if self._entered:
            self._enter()
        elif self.hasFocus():
            self._complete()

    def reset(self) -> None:
        """Discard the text, even if it was entered and waits for the names."""
        self._entered = False
        self.hide_offers()
        # Unlike `clear`, this leaves nothing to undo in the field: Ctrl+Z undoes the decision.
        self.setText("")

    def person_named(self, name: str) -> PersonId | None:
        """Return the person with this name, ignoring accents only if there is no exact match."""
        found = Names((known.name, known.person_id) for known in self._findable()).whole(
            clean(name)
        )
        return found[0] if found else None

    # Completion list.

    def _findable(self) -> list[Known]:
        return [known for known in self._known if known.person_id not in self.excluded]

    def _complete(self) -> None:
        rows = []
        for known in matching(self._findable(), self.text())[:MOST_SHOWN]:
            row = QListWidgetItem(self._icon(known), f"{known.name}  ·  {self._count(known)}")
            row.setData(Qt.ItemDataRole.UserRole, known)
            rows.append(row)
        self.offer(rows)
        shown = (row.data(Qt.ItemDataRole.UserRole).person_id for row in rows)
        self._read_covers([each for each in shown if each not in self._people])

    def _read_covers(self, wanted: Sequence[PersonId]) -> None:
        """Read the covers of offered people on the query thread: one takes up to 20 ms."""

        def done(people: Sequence[PersonRow]) -> None:
            self._people.update((row.person.id, row) for row in people)
            self._show_covers()

        if wanted:
            self._people.update(dict.fromkeys(wanted))
            rows = self._bridge.query(read_rows, self._bridge.services, wanted)
            self._bridge.then(rows, done, owner=self)

    def _show_covers(self) -> None:
        for row in self.offers():
            row.setIcon(self._icon(row.data(Qt.ItemDataRole.UserRole)))

    def _on_arrived(self, kind: str, id_: int) -> None:
        covers = (row.cover for row in self._people.values() if row is not None)
        if kind == "face" and any(cover and cover.face.id == id_ for cover in covers):
            self._show_covers()

    def _count(self, known: Known) -> str:
        return words.faces(known.faces)

    def _icon(self, known: Known) -> QIcon:
        row = self._people.get(known.person_id)
        pixmap: QPixmap | None = None
        if row is not None and row.cover is not None:
            side = round(COVER * self.devicePixelRatio())
            pixmap = self._pixmaps.any_size(row.cover.thumb)
            if pixmap is None:
                pixmap = self._pixmaps.get(row.cover.thumb, side)
        return QIcon() if pixmap is None else QIcon(pixmap)

    def _enter(self) -> None:
        """Accept the typed text, waiting for the names if they have not been read yet."""
        self._entered = self.waits_for_names and self._asked and not self._read
        name = clean(self.text())
        if not self._entered and name:
            self.hide_offers()
            self.chosen.emit(name, self.person_named(name))

    def take(self, picked: Known) -> None:
        self.hide_offers()
        self.setText(picked.name)
        self.chosen.emit(picked.name, picked.person_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                known = self.picked()
                if known is not None:
                    self.take(known)
                else:
                    self._enter()
            case Qt.Key.Key_Escape:
                self._entered = False
                self.hide_offers()
                self.cancelled.emit()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # Not earlier: a field may be created before the library is open.
        self.read_names()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.ends_with_focus and event.reason() not in (
            Qt.FocusReason.ActiveWindowFocusReason,
            Qt.FocusReason.PopupFocusReason,
        ):
            self.cancelled.emit()
