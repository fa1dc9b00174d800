"""Naming of faces in place: a field next to the face, and the action for the name entered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QPalette

from facesorter.domain import Face, FaceId, PersonId
from facesorter.gui.base import theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.photo.view import PhotoView
from facesorter.gui.widgets.name_field import NameField
from facesorter.names import caseless

WIDTH = 220
MARGIN = 4
"""Logical px between the field and the edge of the view."""

Chosen = Callable[[str, PersonId | None], None]
"""Called with the name entered, and the person that has it, if one was chosen."""


class FaceNaming(QObject):
    """The name field over a photo."""

    begun = Signal()
    """A field opens."""

    def __init__(
        self, view: PhotoView, bridge: Bridge, pixmaps: PixmapStore, actions: Actions
    ) -> None:
        super().__init__(view)
        self._view, self._bridge, self._pixmaps = view, bridge, pixmaps
        self._actions = actions
        self.field: NameField | None = None
        self._left: Callable[[], None] | None = None
        """Called when the field closes without an answer."""

    def name_face(self, face_id: FaceId) -> None:
        """Open a name field at a face's chip."""
        face = next((each for each in self._view.faces if each.id == face_id), None)
        if face is None:
            return
        chip = next((place for each, place in self._view.chips() if each.id == face_id), None)
        place = chip if chip is not None else self._view.face_box(face)
        field = self._open(place, lambda name, other: self._name(face, name, other))
        self._view.active_face = face_id
        if face.name is not None:
            field.setText(face.name)
            field.selectAll()
        self._view.update()

    def ask_name(self, place: QRectF, chosen: Chosen, left: Callable[[], None]) -> None:
        """Open a name field below a place in the view; exactly one callback is called, once."""
        below = QRectF(place.x(), place.bottom() + theme.GRID, place.width(), theme.TARGET)
        self._open(below, chosen)
        self._left = left

    def end(self) -> None:
        """Close the field without an answer, if it is open."""
        field, self.field = self.field, None
        self._view.active_face = None
        if field is not None:
            # Before the field is hidden: otherwise Qt moves the focus to the next box.
            self._view.setFocus()
            field.hide()
            field.deleteLater()
        left, self._left = self._left, None
        if left is not None:
            left()
        self._view.update()

    def _open(self, place: QRectF, chosen: Chosen) -> NameField:
        self.end()
        self.begun.emit()
        view = self._view
        field = NameField(self._bridge, self._pixmaps, view)
        field.setPalette(QPalette())
        width, height = WIDTH, theme.TARGET
        x = min(max(MARGIN, place.center().x() - width / 2), view.width() - width - MARGIN)
        y = min(max(MARGIN, place.center().y() - height / 2), view.height() - height - MARGIN)
        field.setGeometry(round(x), round(y), width, height)

        def answered(name: str, other: PersonId | None) -> None:
            self._left = None
            self.end()
            chosen(name, other)

        field.chosen.connect(answered)
        field.cancelled.connect(self.end)
        self.field = field
        field.show()
        field.setFocus()
        return field

    def _name(self, face: Face, name: str, other: PersonId | None) -> None:
        if face.name is not None and caseless(name) == caseless(face.name):
            if face.person_id is not None:
                self._actions.confirm(face.person_id, [face.id])
        elif face.name is None and face.person_id is not None:
            # The face of an unnamed group: the name is given to the group. A name that is taken
            # leads to an offer to merge.
            self._actions.name(face.person_id, name)
        else:
            self._actions.move_faces([face.id], name, other)
