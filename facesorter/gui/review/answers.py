"""Answers of the review page: large buttons with their keys, and suggested names."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, assert_never

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.grid.person_model import PersonRow
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n.words import translate
from facesorter.gui.review.queue import Ready
from facesorter.gui.widgets.name_field import NameField
from facesorter.library.review import CANDIDATES, Kind

BIG: Final = 6 * theme.GRID
COVER: Final = 32
ROOM_FOR_SENTENCES: Final = 620
"""Width below which answers use short texts, as at 200 %; logical px."""


class Answer(StrEnum):
    """Possible answers to a question."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    NO_FACE = "no_face"


ANSWERS: Final = {
    Shortcut.ACCEPT: Answer.YES,
    Shortcut.REMOVE: Answer.NO,
    Shortcut.CONTINUE: Answer.UNSURE,
    Shortcut.NOT_A_FACE: Answer.NO_FACE,
}
_SIGNS: Final = {Shortcut.ACCEPT: "⏎", Shortcut.CONTINUE: "␣"}
"""Signs of keys with long names, for a narrow window."""


class AnswerBar(QWidget):
    """Bar with four answer buttons.

    Signals:
        pressed: an `Answer`.
    """

    pressed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        row.setSpacing(theme.GRID)
        row.addStretch(1)
        self.buttons: dict[Answer, QPushButton] = {}
        self._narrow = False
        self._asked: tuple[Kind, int, int] | None = None
        for answer, icon in (
            (Answer.YES, "check"),
            (Answer.NO, "close"),
            (Answer.UNSURE, "help"),
            (Answer.NO_FACE, "account-off-outline"),
        ):
            button = QPushButton()
            button.setMinimumHeight(BIG)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setMaximumWidth(260)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, chosen=answer: self.pressed.emit(chosen))
            icons.put(button, icon)
            self.buttons[answer] = button
            row.addWidget(button, 4)
        row.addStretch(1)
        self.set_question(Kind.NAME, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < ROOM_FOR_SENTENCES
        if narrow or self._narrow:
            self._narrow = narrow
            for button in self.buttons.values():
                # Texts and keys are sufficient; icons are dropped first if there is little room.
                button.setIconSize(QSize(0, 0) if narrow else QSize(20, 20))
            if self._asked is not None:
                self.set_question(*self._asked)

    def set_question(self, kind: Kind, faces: int, wrong: int = 0) -> None:
        """Set the answers' texts for a question."""
        self._asked = (kind, faces, wrong)
        match kind:
            case Kind.NAME:
                yes = translate("Review", "Type a Name")
                no = translate("Review", "Hide")
                if wrong:
                    yes = translate("Review", "Name All but %Ln", "", wrong)
                    no = translate("Review", "Hide All but %Ln", "", wrong)
                if self._narrow:
                    yes, no = translate("Review", "Name"), translate("Review", "Hide")
            case Kind.FACES:
                yes = translate("Review", "Yes, All %Ln", "", faces)
                if wrong:
                    yes = translate("Review", "Yes, Except %Ln", "", wrong)
                elif faces == 1:
                    yes = translate("Review", "Yes")
                no = (
                    translate("Review", "No, None of These")
                    if faces > 1
                    else translate("Review", "No")
                )
            case Kind.MIXED:
                yes = translate("Review", "One Person")
                no = translate("Review", "Several: Split")
                if self._narrow:
                    yes, no = translate("Review", "One"), translate("Review", "Several")
            case Kind.SAME:
                yes = translate("Review", "Yes, One Person")
                no = translate("Review", "No, Two People")
                if self._narrow:
                    yes, no = translate("Review", "Yes"), translate("Review", "No")
            case _:
                assert_never(kind)
        unsure = translate("Review", "Not Sure")
        no_face = translate("Review", "Not a Face")
        for what, text in zip(ANSWERS, (yes, no, unsure, no_face), strict=True):
            answer, key = ANSWERS[what], (self._narrow and _SIGNS.get(what)) or keys.shown(what)
            self.buttons[answer].setText(f"{text}  {key}" if self._narrow else f"{text}   {key}")
            self.buttons[answer].setAccessibleName(text)
            self.buttons[answer].setToolTip(f"{text}  {key}" if self._narrow else "")
        layout = self.layout()
        if self._narrow and layout is not None and layout.minimumSize().width() > self.width():
            # The keys are dropped next, in languages with long words.
            for button in self.buttons.values():
                button.setText(button.accessibleName())
        self.buttons[Answer.NO_FACE].setEnabled(kind in (Kind.NAME, Kind.FACES))


class Candidates(QWidget):
    """Name field, and the people most similar to a group, each with a digit key.

    Signals:
        picked: a person's id and name.
        named: a typed name, and the person who already has it or None.
        left: the field was left without a name.
    """

    picked = Signal(int, str)
    named = Signal(str, object)
    left = Signal()

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._pixmaps = pixmaps
        self._people: list[PersonRow] = []
        self.field = NameField(bridge, pixmaps)
        self.field.ends_with_focus = False
        self.field.setFixedWidth(200)
        self.field.setMinimumHeight(BIG - theme.GRID)
        self.field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.field.chosen.connect(self.named)
        self.field.cancelled.connect(self.left)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        row.setSpacing(theme.GRID)
        row.addStretch(1)
        row.addWidget(self.field)
        self.buttons: list[QPushButton] = []
        for at in range(CANDIDATES):
            button = QPushButton()
            button.setMinimumHeight(BIG - theme.GRID)
            button.setIconSize(QSize(COVER, COVER))
            button.setAccessibleName(translate("Review", "Suggested name"))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, digit=at + 1: self.pick(digit))
            self.buttons.append(button)
            row.addWidget(button)
        row.addStretch(1)
        # Its space is reserved even without a name to give, so that the buttons below don't move.
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        pixmaps.arrived.connect(self._on_arrived)

    def set_ready(self, ready: Ready) -> None:
        """Suggest the names of a card."""
        self.setVisible(ready.card.question.kind is Kind.NAME)
        self.field.clear()
        self._people = [
            ready.people[each] for each in ready.card.candidates if each in ready.people
        ]
        self._arrange()

    def pick(self, digit: int) -> None:
        """Select a suggested name."""
        if self.isVisible() and digit <= len(self._people):
            person = self._people[digit - 1].person
            if not self.buttons[digit - 1].isHidden():
                self.picked.emit(person.id, person.name or "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Show as many names as fit, most likely first."""
        room = self.width() - self.field.width() - 6 * theme.GRID
        for at, button in enumerate(self.buttons):
            shown = at < len(self._people)
            if shown:
                row = self._people[at]
                name = button.fontMetrics().elidedText(
                    row.person.name or "", Qt.TextElideMode.ElideRight, 140
                )
                button.setText(f"{at + 1}  {name}")
                button.setToolTip(row.person.name or "")
                button.setAccessibleName(row.person.name or "")
                self._put_cover(button, row)
                room -= button.sizeHint().width() + theme.GRID
                shown = room >= 0
            button.setVisible(shown)

    def _put_cover(self, button: QPushButton, row: PersonRow) -> None:
        pixmap = None
        if row.cover is not None:
            side = round(COVER * self.devicePixelRatio())
            pixmap = self._pixmaps.any_size(row.cover.thumb)
            if pixmap is None:
                pixmap = self._pixmaps.get(row.cover.thumb, side)
        button.setIcon(QIcon() if pixmap is None else QIcon(pixmap))

    def _on_arrived(self, kind: str, id_: int) -> None:
        for button, row in zip(self.buttons, self._people, strict=False):
            thumb = row.cover.thumb if row.cover is not None else None
            if thumb is not None and (thumb.kind, thumb.id) == (kind, id_):
                self._put_cover(button, row)
