"""Grid of person cards with inline naming and merging by drag and drop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QWidget

from facesorter.domain import PersonId
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.drag import PERSONS, drag_pixmap, ids_from_mime, start_drag
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.person_delegate import FOOTER, PersonDelegate, name_rect
from facesorter.gui.grid.person_model import PersonModel
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.widgets.name_field import NameField

TILE: Final = 152


class PeopleView(GridView[PersonId]):
    """Grid of `PersonModel` cards.

    Signals:
        named: a person's id, the name, and the id of the person who already has it or None.
        named_together: several persons, the first of them the one named, and the name.
        merged_onto: the target person and the persons dropped on it.
    """

    named = Signal(int, str, object)
    named_together = Signal(list, str)
    merged_onto = Signal(int, object)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(tile=TILE, footer=FOOTER, parent=parent)
        self._bridge, self._pixmaps = bridge, pixmaps
        self.people = PersonModel(bridge, self)
        self.setModel(self.people)
        self.delegate = PersonDelegate(pixmaps, self)
        self.setItemDelegate(self.delegate)
        self._field: NameField | None = None
        self._pressed: QPoint | None = None
        self.setDragEnabled(True)
        self.viewport().setAcceptDrops(True)
        self.setAcceptDrops(True)

    # Inline naming.

    @property
    def field(self) -> NameField | None:
        """The name field on the card being named."""
        return self._field

    def start_naming(
        self, person_id: PersonId, typed: str = "", together: Sequence[PersonId] = ()
    ) -> None:
        """Open a name field on a card, with ``typed`` as its initial text.

        ``together`` are several selected persons, this one first, who all get the name.
        """
        row = self.people.row_of(person_id)
        shown = self.people.row(row)
        if shown is None:
            return
        self.end_naming(keep_hold=True)
        self.people.hold(True)
        if not together:
            self.select_row(row)
        self.scrollTo(self.people.index(row))
        field = NameField(self._bridge, self._pixmaps, self.viewport())
        field.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        field.setGeometry(self._field_rect(row))
        if together:
            several = list(together)
            field.chosen.connect(lambda name, _other: self._choose_together(several, name))
        else:
            field.chosen.connect(lambda name, other: self._choose(person_id, name, other))
        field.cancelled.connect(self.end_naming)
        self._field = field
        self.delegate.editing = person_id
        field.show()
        field.setFocus()
        if typed:
            field.begin(typed)
        elif shown.person.name:
            field.setText(shown.person.name)
            field.selectAll()
        self.viewport().update()

    def end_naming(self, *, keep_hold: bool = False) -> None:
        """Remove the name field, discarding its text."""
        field, self._field = self._field, None
        self.delegate.editing = None
        if field is not None:
            had_focus = field.hasFocus()
            # A hidden field loses focus and would cancel: end here again, and no longer hold.
            field.ends_with_focus = False
            field.hide()
            field.deleteLater()
            if had_focus and not keep_hold:
                self.setFocus()
        if not keep_hold:
            self.people.hold(False)
        self.viewport().update()

    def next_unnamed(self, person_id: PersonId) -> PersonId | None:
        """Return the next card below that has no name."""
        at = max(self.people.row_of(person_id) + 1, self.people.named)
        return self.people.ids[at] if at < self.people.shown else None

    def doItemsLayout(self) -> None:
        super().doItemsLayout()
        if getattr(self, "_field", None) is not None and self.delegate.editing is not None:
            row = self.people.row_of(self.delegate.editing)
            if row >= 0 and self._field is not None:
                self._field.setGeometry(self._field_rect(row))

    def _choose(self, person_id: PersonId, name: str, other: PersonId | None) -> None:
        following = self.next_unnamed(person_id)
        shown = self.people.row_by_id(person_id)
        was_unnamed = shown is not None and shown.person.name is None
        self.named.emit(person_id, name, other)
        # A name that is taken raises a question first; moving on would scroll the card away from
        # it.
        if was_unnamed and other is None and following is not None:
            self.start_naming(following)
        else:
            self.end_naming()

    def _choose_together(self, person_ids: list[PersonId], name: str) -> None:
        self.end_naming()
        self.named_together.emit(person_ids, name)

    def _field_rect(self, row: int) -> QRect:
        card = self.visualRect(self.people.index(row))
        place = name_rect(card)
        height = max(theme.TARGET, place.height())
        return QRect(place.x(), place.y(), place.width(), height)

    # Mouse: a click on a name or "Who is this?" starts naming, a drag starts a merge.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at, pressed = event.position().toPoint(), self._pressed
        index = self.indexAt(at)
        if (
            not index.isValid()
            or pressed is None
            or event.button() != Qt.MouseButton.LeftButton
            or event.modifiers() != Qt.KeyboardModifier.NoModifier
        ):
            return
        place = name_rect(self.visualRect(index))
        shown = self.people.row(index.row())
        if shown is not None and place.contains(at) and place.contains(pressed):
            self.start_naming(shown.person.id)

    def startDrag(self, actions: Qt.DropAction) -> None:
        ids = self.selected_ids()
        if not ids:
            return
        shown = self.people.row_by_id(ids[0])
        cover = shown.cover if shown is not None else None
        picture = self._pixmaps.any_size(cover.thumb) if cover is not None else None
        start_drag(self, PERSONS, ids, drag_pixmap(picture), Qt.DropAction.MoveAction)
        self._set_target(None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # Drags of anything but cards, such as a folder, are passed on to the window.
        event.setAccepted(ids_from_mime(event, PERSONS) is not None)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        target = self._target_of(event)
        self._set_target(target)
        event.setAccepted(target is not None)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_target(None)

    def dropEvent(self, event: QDropEvent) -> None:
        target = self._target_of(event)
        self._set_target(None)
        event.setAccepted(target is not None)
        if target is not None:
            self.merged_onto.emit(target, ids_from_mime(event, PERSONS))

    def _target_of(self, event: QDropEvent) -> PersonId | None:
        dragged = ids_from_mime(event, PERSONS)
        if dragged is None:
            return None
        index = self.indexAt(event.position().toPoint())
        if not index.isValid():
            return None
        person_id = self.people.ids[index.row()]
        return None if person_id in dragged else person_id

    def _set_target(self, person_id: PersonId | None) -> None:
        if person_id != self.delegate.target:
            self.delegate.target = person_id
            self.viewport().update()
