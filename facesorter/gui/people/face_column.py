"""Column of a split: a name field, the number of faces, and the faces, which can be dragged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facesorter.domain import FaceId, PersonId
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.drag import FACES, drag_pixmap, ids_from_mime, start_drag
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.grid.face_delegate import FaceDelegate
from facesorter.gui.grid.face_model import FaceModel
from facesorter.gui.grid.grid_view import RING, GridView
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.name_field import NameField

TILE: Final = 88
"""Logical px; two tiles fit next to each other in each of two columns at 200 %."""


class FaceStack(GridView[FaceId]):
    """Grid whose faces can be dragged to another stack, and that accepts drops from one.

    Signals:
        dropped: faces from another stack.
    """

    dropped = Signal(object)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        # Indented by the selection ring's width, so that faces are aligned with the name.
        super().__init__(tile=TILE, margin=RING, parent=parent)
        self._pixmaps = pixmaps
        self._target = False
        self.faces = FaceModel(bridge, self)
        self.setModel(self.faces)
        self.setItemDelegate(FaceDelegate(pixmaps, self))
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.viewport().setAcceptDrops(True)

    def startDrag(self, actions: Qt.DropAction) -> None:
        ids = self.selected_ids()
        if not ids:
            return
        shown = self.faces.row_by_id(ids[0])
        picture = self._pixmaps.any_size(shown.thumb) if shown is not None else None
        start_drag(self, FACES, ids, drag_pixmap(picture), Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # Drags of anything but faces, such as a folder, are passed on to the window.
        self._take(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._take(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._take(event)
        self._mark(False)
        if event.isAccepted():
            self.dropped.emit(ids_from_mime(event, FACES))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._target:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(theme.accent(self.palette()), 3))
            painter.drawRect(QRect(QPoint(), self.viewport().size()).adjusted(1, 1, -2, -2))

    def _take(self, event: QDropEvent) -> None:
        event.setAccepted(ids_from_mime(event, FACES) is not None and event.source() is not self)
        self._mark(event.isAccepted())

    def _mark(self, target: bool) -> None:
        if target != self._target:
            self._target = target
            self.viewport().update()


class FaceColumn(QWidget):
    """Column with a name field and a stack of faces.

    Signals:
        dropped: faces were dragged here.
    """

    dropped = Signal(object)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, number: int) -> None:
        super().__init__()
        self.field = NameField(bridge, pixmaps)
        self.field.ends_with_focus = False
        self.field.chosen.connect(self._take_name)
        self.field.cancelled.connect(self._focus_stack)
        self.note = SecondaryLabel()
        self.stack = FaceStack(bridge, pixmaps)
        person = translate("Split", "Person %Ln", "", number)
        self.field.setAccessibleName(translate("Split", "Name of {person}").format(person=person))
        self.stack.setAccessibleName(translate("Split", "Faces of {person}").format(person=person))
        self.stack.dropped.connect(self.dropped)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.field)
        column.addWidget(self.note)
        column.addWidget(self.stack, 1)

    @property
    def ids(self) -> Sequence[FaceId]:
        """The faces, in order."""
        return self.stack.faces.ids

    def set_ids(self, ids: list[FaceId]) -> None:
        """Set the faces."""
        self.stack.faces.set_ids(ids)
        self.note.setText(words.faces(len(ids)) if ids else translate("Split", "Drag faces here"))

    def _take_name(self, name: str, _person: PersonId | None) -> None:
        self.field.setText(name)
        self._focus_stack()

    def _focus_stack(self) -> None:
        self.stack.setFocus()
