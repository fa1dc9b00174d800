"""Review page: a single question at a time, answered with a single key."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from statistics import median
from time import monotonic
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QInputMethodEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import PersonId
from facesorter.gui.base import keys, theme
from facesorter.gui.base.actions import Actions, bind, merged
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import PageHeader, SecondaryLabel
from facesorter.gui.base.places import REVIEW, UNKNOWN
from facesorter.gui.grid.face_model import FaceRow
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n.words import translate
from facesorter.gui.review import review_words
from facesorter.gui.review.answers import ANSWERS, ROOM_FOR_SENTENCES, Answer, AnswerBar, Candidates
from facesorter.gui.review.queue import AHEAD, Ready, ReviewQueue
from facesorter.gui.review.strips import Strips
from facesorter.gui.widgets.crops import side_for
from facesorter.library import review
from facesorter.library.decisions import corrections
from facesorter.library.review import BATCH, Kind, Question
from facesorter.library.transaction import Transaction

FIRST_GUESS: Final = 5.0
"""Assumed seconds per answer before the user has given any."""
GUESSES: Final = 5
"""Answers for which the guess stands at first, so that a single slow one doesn't set the pace."""
REMEMBERED: Final = 20
"""Number of recent answers used to estimate the remaining time."""
PAUSE: Final = 60.0
"""Seconds after which an answer is not used for the estimate: the user took a break."""
_STEPS: Final[dict[int, int]] = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
_KEYPAD, _PLAIN = Qt.KeyboardModifier.KeypadModifier, Qt.KeyboardModifier.NoModifier


class ReviewPage(Page):
    """Page that shows questions one at a time.

    Signals:
        shown: another card is visible.
    """

    shown = Signal()

    def __init__(
        self, bridge: Bridge, pixmaps: PixmapStore, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._bridge, self._pixmaps, self._actions = bridge, pixmaps, actions
        self.ready: Ready | None = None
        """The visible card."""
        self._is_warm = False
        """Whether all crops of the next cards have been requested."""
        self._history: list[Question] = []
        self._paces: deque[float] = deque([FIRST_GUESS] * GUESSES, maxlen=REMEMBERED)
        self._since = monotonic()
        self.queue = ReviewQueue(bridge, self)
        self.queue.moved.connect(self._show)
        self.queue.prepared.connect(self._on_prepared)
        self.queue.counted.connect(self._count)
        pixmaps.arrived.connect(self._warm)
        actions.undoing.connect(self._on_undo)

        self.header = PageHeader("")
        self.left = SecondaryLabel()
        self.header.row.addWidget(self.left)
        self.strips = Strips(pixmaps)
        self.first, self.second = self.strips.first, self.strips.second
        self.first.marked.connect(self._on_marked)
        for block in (self.first, self.second):
            block.opened.connect(self._open)
        self.area = QScrollArea()
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.strips)
        theme.slim(self.area)
        self.candidates = Candidates(bridge, pixmaps)
        self.candidates.picked.connect(self._is_person)
        self.candidates.named.connect(self._name)
        self.candidates.left.connect(self.setFocus)
        self.bar = AnswerBar()
        self.bar.pressed.connect(self._answer)
        card = QWidget()
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.area, 1)
        column.addWidget(self.candidates)
        column.addWidget(self.bar)
        column.addSpacing(theme.GRID)
        self.nothing = SecondaryLabel()
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.unknown = QPushButton(translate("Commands", "Unknown Faces"))
        self.unknown.setMinimumHeight(theme.TARGET)
        self.unknown.clicked.connect(lambda: self.place_wanted.emit(UNKNOWN))
        self._card, self._done = card, QWidget()
        middle = QVBoxLayout(self._done)
        middle.setSpacing(2 * theme.GRID)
        middle.addStretch(1)
        middle.addWidget(self.nothing)
        middle.addWidget(self.unknown, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(1)
        body = QWidget()
        self._body = QStackedLayout(body)
        self._body.addWidget(self._done)
        self._body.addWidget(card)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.header)
        page.addWidget(body, 1)

    @property
    def place(self) -> str:
        return REVIEW

    def set_active(self, active: bool) -> None:
        self.queue.set_active(active)
        # What is decided elsewhere is undone before the answers given here.
        self._history.clear()
        if active:
            self._since = monotonic()
            self.setFocus()

    # Display.

    def _show(self) -> None:
        ready = self.queue.ready
        if ready is None and self.queue.question is not None:
            # Still loading; the previous card stays visible until then, to avoid flicker.
            self.ready = None
            self.listening_changed.emit()
            return
        self.ready = ready
        if ready is None:
            self._show_nothing()
            self.listening_changed.emit()
            return
        kind = ready.card.question.kind
        strips = kind in (Kind.SAME, Kind.MIXED)
        self._set_title(review_words.asked(ready))
        self.header.note.setText(review_words.photos_of(ready))
        self._fit()
        # Digits choose a name here, so faces are marked by mouse or by Tab and Space.
        markable = kind in (Kind.FACES, Kind.NAME)
        self.first.set_rows(ready.faces, markable=markable, digits=kind is Kind.FACES)
        self.second.set_rows(ready.others, markable=False)
        self.strips.set_two(strips)
        self.strips.first_name.setText(review_words.first_name(ready))
        self.strips.second_name.setText(review_words.second_name(ready))
        self.candidates.set_ready(ready)
        keys.compose(self, kind is Kind.NAME)
        self.bar.set_question(kind, len(ready.faces))
        if self._body.currentWidget() is not self._card:
            self._body.setCurrentWidget(self._card)
            QTimer.singleShot(0, self, self._fit)
        self.area.verticalScrollBar().setValue(0)
        self._since = monotonic()
        self._is_warm = False
        self._warm()
        QAccessible.updateAccessibility(
            QAccessibleAnnouncementEvent(self, self.header.title.text())
        )
        self.shown.emit()
        self.listening_changed.emit()

    @property
    def listening(self) -> bool:
        nothing = self.queue.last is not None and self.queue.question is None
        return self.ready is not None or nothing

    def _set_title(self, title: str) -> None:
        self.header.title.setText(title)
        # The page itself has keyboard focus, so screen readers read this as its name.
        self.setAccessibleName(title)

    def _show_nothing(self) -> None:
        self._set_title(translate("Review", "Review"))
        self.header.note.setText("")
        last = self.queue.last
        self.nothing.setText(review_words.nothing(last))
        # The page of unassigned faces is where the user can continue.
        self.unknown.setVisible(last is not None and bool(last.named) and last.share < 1)
        self._body.setCurrentWidget(self._done)

    def _count(self) -> None:
        n = len(self.queue.waiting)
        if not n:
            self.left.setText("")
            if self.queue.question is None:
                self._show()
            return
        minutes = max(1, round(n * median(self._paces) / 60))
        left = translate("Review", "%Ln left", "", n)
        time = translate("Review", "about %Ln minute(s)", "", minutes)
        # The question takes precedence if there is little room, as at 200 %.
        self.left.setText(f"{left}, {time}" if self.width() >= ROOM_FOR_SENTENCES else left)

    def _on_prepared(self, ready: Ready) -> None:
        if self.ready is None and self.queue.ready is ready:
            self._show()
        else:
            self._warm()

    def _warm(self, *_arrived: object) -> None:
        """Decode the crops of the next cards ahead of time.

        Waits for the visible ones, because the newest request is served first.
        """
        if self.ready is None or self._is_warm:
            return
        mine = (*self.ready.faces, *self.ready.others)
        held = (self._pixmaps.any_size(r.thumb) or self._pixmaps.failed(r.thumb) for r in mine)
        if not all(held):
            return
        ahead = list(self.queue.ahead())
        self._is_warm = len(ahead) == AHEAD
        side = round(self.first.side * self.devicePixelRatio())
        for ready in reversed(ahead):
            for row in (*ready.faces, *ready.others):
                self._pixmaps.get(row.thumb, side)

    def _fit(self) -> None:
        room = self.area.viewport()
        # As far from the edge as the title, if there is room.
        edge = (4 if room.width() >= ROOM_FOR_SENTENCES else 2) * theme.GRID
        side = side_for(BATCH, room.width() - edge, room.height() - 6 * theme.GRID)
        self.strips.set_side(side, room.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.queue.waiting:
            self._count()
        # The scroll area is resized after this.
        QTimer.singleShot(0, self, self._fit)

    # Answers.

    def _answer(self, answer: Answer) -> None:
        ready = self.ready
        if ready is None:
            return
        question = ready.card.question
        person, faces = question.person_id, [row.face.id for row in ready.faces]
        wrong = self.first.wrong
        if answer is Answer.UNSURE:
            message = translate("Review", "Not sure. You won’t be asked again.")
            self._give(message, bind(review.unsure, ready.card))
        elif answer is Answer.NO_FACE:
            chosen = wrong or faces
            message = translate("Actions", "Ignored %Ln face(s)", "", len(chosen))
            if question.kind in (Kind.NAME, Kind.FACES):
                self._give(message, lambda txn: corrections.ignore(txn, review.copies(txn, chosen)))
        elif question.kind is Kind.NAME and answer is Answer.YES:
            self.candidates.field.setFocus()
        elif question.kind is Kind.NAME:
            message = translate("Actions", "Hid %Ln person(s)", "", 1)
            self._give(
                message, lambda txn: corrections.hide(txn, person, True, review.copies(txn, wrong))
            )
        elif question.kind is Kind.MIXED and answer is Answer.YES:
            message = translate("Review", "One person. You won’t be asked again.")
            self._give(message, bind(review.one_person, ready.card))
        elif question.kind is Kind.MIXED:
            # The split page provides the answer; without one, the question remains.
            self.split_wanted.emit(person)
        elif question.kind is Kind.FACES:
            yes = [face for face in faces if face not in wrong] if answer is Answer.YES else []
            no = wrong if answer is Answer.YES else faces
            message = translate("Actions", "Confirmed %Ln face(s)", "", len(yes))
            if not yes:
                message = translate("Actions", "Removed %Ln face(s) from this person", "", len(no))

            def confirm_and_reject(txn: Transaction) -> None:
                every = review.copies(txn, yes), review.copies(txn, no)
                corrections.confirm_and_reject(txn, person, *every)

            self._give(message, confirm_and_reject)
        elif answer is Answer.YES and question.other_id is not None:
            either = (review_words.name_of(ready, each) for each in (person, question.other_id))
            message = merged(2, next((name for name in either if name), None))
            self._give(message, bind(corrections.merge, person, [question.other_id]))
        else:
            message = translate("Review", "Two different people. You won’t be asked again.")
            self._give(message, bind(review.mark_different, ready.card))

    def _name(self, name: str, other: PersonId | None) -> None:
        if self.ready is None or self.ready.card.question.kind is not Kind.NAME:
            return
        person = self.ready.card.question.person_id
        if other is not None and other != person:
            self._is_person(other, name)
            return
        message = translate("Actions", "Named “{name}”").format(name=name)
        wrong = self.first.wrong
        self._give(
            message,
            lambda txn: corrections.name(txn, person, name, without=review.copies(txn, wrong)),
        )

    def _is_person(self, person_id: PersonId, name: str) -> None:
        if self.ready is not None and self.ready.card.question.kind is Kind.NAME:
            message = translate("Review", "This is {name}").format(name=name)
            group = self.ready.card.question.person_id
            wrong = self.first.wrong
            self._give(
                message,
                lambda txn: corrections.merge(txn, person_id, [group], review.copies(txn, wrong)),
            )

    def _give(self, message: str, act: Callable[[Transaction], object]) -> None:
        """Apply an answer: show the next card immediately, and write in the background."""
        if self.queue.question is None or self.ready is None:
            return
        pace = monotonic() - self._since
        if pace < PAUSE:
            self._paces.append(pace)
        question = self.ready.card.question

        def written(decided: bool) -> None:
            # No decision was added: undoing it would undo something else.
            if not decided and question in self._history:
                self._history.remove(question)
            self.queue.written()

        self._history.append(question)
        self._actions.decide(message, act, written=written)
        self.queue.answered()
        self.setFocus()

    def _on_undo(self) -> None:
        """Repeat the question whose answer is being undone, by whatever key or button."""
        if self._history:
            self.queue.want(self._history.pop())

    # Keys.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._key(event):
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if not self._key(keys.composed(event)):
            super().inputMethodEvent(event)

    def _key(self, event: QKeyEvent) -> bool:
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit):
            return False
        what, digit, letter = keys.shortcut(event), keys.number(event), keys.typed(event)
        if what is keys.Shortcut.ACCEPT and isinstance(focus, QAbstractButton):
            focus.click()
        elif what in ANSWERS:
            if not event.isAutoRepeat():
                self._answer(ANSWERS[what])
        elif digit is not None:
            self._digit(digit)
        elif event.key() in _STEPS and event.modifiers() & ~_KEYPAD == _PLAIN:
            self.queue.step(_STEPS[event.key()])
        elif letter and self._asks_for_name:
            self.candidates.field.begin(letter)
        elif what is keys.Shortcut.NAME and self._asks_for_name:
            self.candidates.field.setFocus()
        else:
            return False
        return True

    @property
    def _asks_for_name(self) -> bool:
        return self.ready is not None and self.ready.card.question.kind is Kind.NAME

    def _digit(self, digit: int) -> None:
        if self.ready is None:
            return
        if self.ready.card.question.kind is Kind.FACES:
            crops = self.first.crops
            if digit <= len(crops):
                crops[digit - 1].toggle()
        else:
            self.candidates.pick(digit)

    def _on_marked(self) -> None:
        if self.ready is not None:
            faces = len(self.ready.faces)
            self.bar.set_question(self.ready.card.question.kind, faces, len(self.first.wrong))

    def _open(self, row: FaceRow) -> None:
        self.open_face(row.face, [row.photo.id])
