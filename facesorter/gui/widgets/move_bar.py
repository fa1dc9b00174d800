"""Bar for moving faces to an existing person or a new one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from facesorter.domain import FaceId, PersonId
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.page_header import ROOM_FOR_LABELS
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.name_field import NameField


class MoveBar(QFrame):
    """Bar hidden until `ask`.

    Signals:
        answered: the faces, a name (empty for a new person without one), a person's id or None.
        closed: the bar was closed.
    """

    answered = Signal(object, str, object)
    closed = Signal()

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._faces: list[FaceId] = []
        self.label = QLabel()
        self.field = NameField(bridge, pixmaps)
        self.field.ends_with_focus = False
        self.field.setMinimumWidth(120)
        self.field.setMaximumWidth(280)
        self.field.chosen.connect(self._answer)
        self.field.cancelled.connect(self.close_bar)
        self.new = QPushButton(translate("SomeoneElse", "New Person"))
        self.new.setMinimumHeight(theme.TARGET)
        self.new.setToolTip(translate("SomeoneElse", "New unnamed person"))
        self.new.clicked.connect(lambda: self._answer("", None))
        cancel = QPushButton(translate("SomeoneElse", "Cancel"))
        cancel.setMinimumHeight(theme.TARGET)
        cancel.clicked.connect(self.close_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID)
        row.addWidget(self.label)
        row.addWidget(self.field, 1)
        row.addWidget(self.new)
        row.addWidget(cancel)
        row.addStretch(1)
        self.setAutoFillBackground(True)
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.label.setVisible(self.width() >= ROOM_FOR_LABELS)

    def ask(self, face_ids: Sequence[FaceId], typed: str = "") -> None:
        """Show the question for these faces, with ``typed`` as the beginning of the name."""
        if not face_ids:
            return
        self._set_faces(face_ids)
        self.field.reset()
        self.show()
        self.field.setFocus()
        if typed:
            self.field.begin(typed)

    @property
    def is_open(self) -> bool:
        """Whether the bar is shown whenever its page is."""
        return not self.isHidden()

    def follow(self, face_ids: Sequence[FaceId]) -> None:
        """Ask about another selection if the bar is open; an empty one changes nothing.

        Text typed for entirely other faces is discarded ([Note: bound] in
        `gui.people.person_details`).
        """
        if not self.is_open or not face_ids or list(face_ids) == self._faces:
            return
        if not set(face_ids) & set(self._faces):
            self.field.reset()
        self._set_faces(face_ids)

    def _set_faces(self, face_ids: Sequence[FaceId]) -> None:
        self._faces = list(face_ids)
        n = len(self._faces)
        self.label.setText(
            translate("SomeoneElse", "Who is this?")
            if n == 1
            else translate("SomeoneElse", "Who is in these %Ln face(s)?", "", n)
        )

    def close_bar(self) -> None:
        """Close the bar."""
        if self.is_open:
            self.hide()
            self.closed.emit()

    def _answer(self, name: str, person_id: PersonId | None) -> None:
        faces = list(self._faces)
        self.close_bar()
        self.answered.emit(faces, name, person_id)
