"""The questions that wait, and their cards, each made ready before it is needed.

Questions are read on the query thread after every change. A reading that was asked for before the
last answer speaks of a library that is no more, so it is thrown away and asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, Signal

from facesorter.domain import Changes, FaceId, PersonId
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.rereading import Rereading
from facesorter.gui.grid.face_model import FaceRow, rows_of
from facesorter.gui.grid.person_model import PersonRow
from facesorter.library import queries, review
from facesorter.library.review import Card, Question

if TYPE_CHECKING:
    from facesorter.app.services import Services

AHEAD: Final = 3
"""Cards made ready beyond the one in sight: at one answer a second, three seconds of air."""
READ_MS: Final = 300
"""Least time between two readings while the machine works."""


class Ready(NamedTuple):
    """All that is shown of a question."""

    card: Card
    faces: list[FaceRow]
    others: list[FaceRow]
    people: dict[PersonId, PersonRow]
    """The persons asked about, and those whose names are offered."""


class Reading(NamedTuple):
    """What waits, and what the last line says when nothing does."""

    waiting: list[Question]
    named: int
    share: float


def read(conn: Connection) -> Reading:
    """Read what waits. Thread: query."""
    return Reading(review.questions_open(conn), *review.coverage(conn))


def prepare(conn: Connection, services: Services, question: Question) -> Ready:
    """Read all that is shown of a question. Thread: query."""
    card = review.card(conn, question)
    wanted = [question.person_id, *card.candidates]
    if question.other_id is not None:
        wanted.append(question.other_id)
    persons = queries.persons(conn, wanted)
    covers = [p.cover_face_id for p in persons if p.cover_face_id is not None]
    known = {row.face.id: row for row in rows_of(conn, services, covers)}
    people = {p.id: PersonRow(p, known.get(p.cover_face_id or FaceId(0))) for p in persons}
    return Ready(
        card, rows_of(conn, services, card.faces), rows_of(conn, services, card.others), people
    )


class ReviewQueue(QObject):
    """The questions in order, and which of them is in sight. Thread: GUI.

    Signals:
        moved: another question is in sight, or none; its card may still be on its way.
        prepared: a card is ready.
        counted: how many wait may differ.
    """

    moved = Signal()
    prepared = Signal(object)
    counted = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.waiting: list[Question] = []
        self.at = 0
        self.last: Reading | None = None
        """The last reading; None before the first."""
        self._ready: dict[tuple[str, int, int], Ready] = {}
        self._asked: set[tuple[str, int, int]] = set()
        self._under_way = 0
        self._wanted: tuple[str, int, int] | None = None
        self._active = self._anew = False
        self._reading: Rereading[Reading] = Rereading(
            bridge, self._begin_reading, self._take, READ_MS, self
        )
        bridge.changed.connect(self._on_changed)

    @property
    def question(self) -> Question | None:
        """The question in sight."""
        return self.waiting[self.at] if self.at < len(self.waiting) else None

    @property
    def settled(self) -> bool:
        """Whether all answers are written, read, and the cards in sight ready."""
        return not self._under_way and self._reading.settled and not self._asked

    @property
    def ready(self) -> Ready | None:
        """The card in sight, when it is ready."""
        question = self.question
        return None if question is None else self._ready.get(question.key)

    def set_active(self, active: bool) -> None:
        """Follow changes while in sight; coming back begins with what is worth most now."""
        self._active = active
        if active:
            self.at, self._anew = 0, True
            self._ready.clear()
            self.refresh()

    def refresh(self) -> None:
        """Read what waits, now or as soon as answers under way are written."""
        self._reading.now()

    def _begin_reading(self) -> Future[Reading] | None:
        # `written` reads again after the last answer.
        return None if self._under_way else self._bridge.query(read)

    def answered(self) -> Question | None:
        """Take the question in sight away; its answer is under way until `written`."""
        question = self.question
        if question is None:
            return None
        del self.waiting[self.at]
        self.at = min(self.at, max(0, len(self.waiting) - 1))
        # What is being read speaks of a library without this answer.
        self._reading.cancel()
        self._under_way += 1
        self._prepare_ahead()
        self.moved.emit()
        self.counted.emit()
        return question

    def written(self) -> None:
        """Note that an answer has been written, or refused."""
        self._under_way = max(0, self._under_way - 1)
        self.refresh()

    def step(self, by: int) -> None:
        """Go to the next or the previous question without an answer."""
        to = max(0, min(self.at + by, len(self.waiting) - 1))
        if to != self.at:
            self.at = to
            self._prepare_ahead()
            self.moved.emit()

    def want(self, question: Question) -> None:
        """Show a question as soon as it is asked again: its answer was taken back."""
        self._wanted = question.key
        self._ready.pop(question.key, None)
        self.refresh()

    def ahead(self) -> Iterable[Ready]:
        """The cards that come next, as far as they are ready."""
        for question in self.waiting[self.at + 1 : self.at + 1 + AHEAD]:
            if question.key in self._ready:
                yield self._ready[question.key]

    def _take(self, reading: Reading) -> None:
        before, place = None if self._anew else self.question, self.at
        self._anew = False
        self.last = reading
        self.waiting = list(reading.waiting)
        keys = [question.key for question in self.waiting]
        if self._wanted in keys:
            self.at = keys.index(self._wanted)
            self._wanted = None
        elif before is not None and before.key in keys:
            # What is in sight stays in sight, and what was passed over stays behind it.
            self.waiting.insert(min(place, len(keys) - 1), self.waiting.pop(keys.index(before.key)))
            self.at = min(place, len(keys) - 1)
        elif before is not None and before.key in self._ready:
            # The machine has other thoughts by now; the card must not be pulled away.
            self.at = min(place, len(keys))
            self.waiting.insert(self.at, before)
        else:
            self.at = min(place, max(0, len(keys) - 1))
        there = {question.key for question in self.waiting}
        self._ready = {key: ready for key, ready in self._ready.items() if key in there}
        self._prepare_ahead()
        if self.question is None or before is None or self.question.key != before.key:
            self.moved.emit()
        self.counted.emit()

    def _prepare_ahead(self) -> None:
        for question in self.waiting[max(0, self.at - 1) : self.at + 1 + AHEAD]:
            # Faces may have joined a group since its card was made; the one in sight stands still.
            if question.key in self._ready or question.key in self._asked:
                continue
            self._asked.add(question.key)

            def done(ready: Ready, key: tuple[str, int, int] = question.key) -> None:
                self._asked.discard(key)
                self._ready[key] = ready
                self.prepared.emit(ready)

            def failed(_: BaseException, key: tuple[str, int, int] = question.key) -> bool:
                self._asked.discard(key)
                return False

            services = self._bridge.services
            future = self._bridge.query(prepare, services, question)
            self._bridge.then(future, done, owner=self, failed=failed)

    def _on_changed(self, changes: Changes) -> None:
        if self._active and (changes.persons or changes.faces or changes.decided):
            self._reading.soon()
