"""Page that splits a mixed person: proposed columns, to be corrected by dragging."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import FaceId, PersonId
from facesorter.gui.base import keys, theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import ROOM_FOR_LABELS, PageHeader, SecondaryLabel, Toggle
from facesorter.gui.base.tool_button import back_button
from facesorter.gui.grid.person_model import PersonRow, read_person
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n.words import translate
from facesorter.gui.people.face_column import FaceColumn
from facesorter.library import splitting
from facesorter.library.decisions.corrections import Part

FEWEST, MOST = 2, 5
"""Number of people in a split: the range of `clustering.split`, which is not imported for this."""


class SplitPage(Page):
    """Page with a column of faces for each of the people."""

    def __init__(
        self, bridge: Bridge, pixmaps: PixmapStore, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._actions = bridge, actions
        self.person_id: PersonId | None = None
        self._asked = 0
        self.header = PageHeader(translate("Split", "Who is who?"))
        leave = back_button(translate("Split", "Back"), translate("Split", "Back (Esc)"))
        leave.clicked.connect(self.back)
        self.header.row.insertWidget(0, leave)
        self.how_many = QLabel(translate("Split", "Number of people:"))
        self.header.row.addWidget(self.how_many)
        self.counts = QButtonGroup(self)
        for number in range(FEWEST, MOST + 1):
            button = Toggle(str(number))
            button.setFixedSize(theme.TARGET + theme.GRID, theme.TARGET)
            button.setAccessibleName(translate("Split", "%Ln person(s)", "", number))
            self.counts.addButton(button, number)
            self.header.row.addWidget(button)
        self.counts.idClicked.connect(self._propose)
        self.columns = [FaceColumn(bridge, pixmaps, number + 1) for number in range(MOST)]
        self.middle = QHBoxLayout()
        self.middle.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        self.middle.setSpacing(theme.GRID)
        for at, column in enumerate(self.columns):
            column.dropped.connect(lambda ids, at=at: self.move_faces(ids, at))
            column.stack.key_filter = self._key
            column.stack.asks_for_name = lambda: True
            self.middle.addWidget(column, 1)
        self.note = SecondaryLabel()
        self.note.setWordWrap(True)
        self.accept = QPushButton(translate("Split", "Split"))
        self.accept.setMinimumHeight(theme.TARGET)
        self.accept.setDefault(True)
        self.accept.clicked.connect(self._accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.accept)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.setSpacing(0)
        column_.addWidget(self.header)
        column_.addLayout(self.middle, 1)
        column_.addLayout(foot)

    def show_person(self, person_id: PersonId) -> None:
        """Propose a split of this person into two."""
        self.person_id = person_id
        for column in self.columns:
            column.field.clear()

        def take(row: PersonRow | None) -> None:
            field = self.columns[0].field
            if person_id == self.person_id and not field.text():
                field.setText((row.person.name if row is not None else None) or "")

        read_person(self._bridge, person_id, take, self)
        self.counts.button(FEWEST).setChecked(True)
        self._propose(FEWEST)

    def set_active(self, active: bool) -> None:
        if active:
            # Not the button, which is disabled until the faces are compared.
            self.columns[0].stack.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.how_many.setVisible(self.width() >= ROOM_FOR_LABELS)

    def move_faces(self, face_ids: Sequence[FaceId], to: int) -> None:
        """Move faces to the beginning of a column, where they are visible."""
        moved = set(face_ids)
        for at, column in enumerate(self.columns):
            if at != to and moved & set(column.ids):
                column.set_ids([each for each in column.ids if each not in moved])
        target = self.columns[to]
        target.set_ids([*face_ids, *(each for each in target.ids if each not in moved)])
        self._count()

    def parts(self) -> list[Part]:
        """Return the parts as currently arranged."""
        return [
            Part(tuple(column.ids), column.field.text().strip() or None)
            for column in self.columns
            if column.isVisibleTo(self) and column.ids
        ]

    def _propose(self, parts: int) -> None:
        self._asked += 1
        asked = self._asked
        for at, column in enumerate(self.columns):
            column.setVisible(at < parts)
            column.set_ids([])
        self.accept.setEnabled(False)
        self.note.setText(translate("Split", "Comparing faces…"))
        if self.person_id is None:
            return

        def proposed(found: list[list[FaceId]]) -> None:
            if asked != self._asked:
                return
            for column, ids in zip(self.columns, found, strict=False):
                column.set_ids(ids)
            self._count()

        def failed(_: BaseException) -> bool:
            self._count()
            return False

        future = self._bridge.query_slow(splitting.propose, self.person_id, parts)
        self._bridge.then(future, proposed, owner=self, failed=failed)

    def _count(self) -> None:
        several = len(self.parts()) > 1
        self.accept.setEnabled(several)
        if several:
            message = translate(
                "Split", "Drag faces between columns, or press 1–5. You can add names later."
            )
        else:
            message = translate("Split", "There aren’t enough faces to split.")
        self.note.setText(message)

    def _accept(self) -> None:
        if self.person_id is not None:
            self._actions.split_person(self.person_id, self.parts())
            self.back.emit()

    def _key(self, event: QKeyEvent) -> bool:
        source = next((c for c in self.columns if c.stack.hasFocus()), None)
        number, letter = keys.number(event), keys.typed(event)
        if source is not None and letter:
            source.field.begin(letter)
            return True
        if number is None or number > MOST:
            return False
        target = self.columns[number - 1]
        chosen = source.stack.selected_ids() if source is not None else []
        if source is not None and chosen and source is not target and target.isVisibleTo(self):
            row = min(source.stack.selected_rows())
            self.move_faces(chosen, number - 1)
            source.stack.select_row(min(row, len(source.ids) - 1))
        return True
