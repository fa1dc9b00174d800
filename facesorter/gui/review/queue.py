"""Queue of pending questions, whose cards are prepared ahead of time.

Questions are read on the query thread after every change. A read requested before the last answer
is outdated, so it is discarded and repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, Signal

from facesorter.domain import Changes, FaceId, PersonId
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.live_query import LiveQuery
from facesorter.gui.grid.face_model import FaceRow, rows_of
from facesorter.gui.grid.person_model import PersonRow
from facesorter.library import queries, review
from facesorter.library.review import Card, Question

if TYPE_CHECKING:
    from facesorter.app.services import Services

AHEAD: Final = 3
"""Cards prepared ahead of the visible one: at one answer per second, a reserve of three seconds."""
READ_MS: Final = 300
"""Minimum time between two reads during background work."""


class Ready(NamedTuple):
    """All data shown for a question."""

    card: Card
    faces: list[FaceRow]
    others: list[FaceRow]
    people: dict[PersonId, PersonRow]
    """The persons in the question, and those whose names are suggested."""


class Reading(NamedTuple):
    """The pending questions, and the data for the text shown when there are none."""

    waiting: list[Question]
    named: int
    share: float


def read(conn: Connection) -> Reading:
    """Read the pending questions. Thread: query."""
    return Reading(review.questions_open(conn), *review.coverage(conn))


def prepare(conn: Connection, services: Services, question: Question) -> Ready:
    """Read all data shown for a question. Thread: query."""
    card = review.card(conn, question)
    wanted = [question.person_id, *card.candidates]
    if question.other_id is not None:
        wanted.append(question.other_id)
    persons = queries.persons(conn, wanted, dated=False)
    covers = [p.cover_face_id for p in persons if p.cover_face_id is not None]
    known = {row.face.id: row for row in rows_of(conn, services, covers)}
    people = {p.id: PersonRow(p, known.get(p.cover_face_id or FaceId(0))) for p in persons}
    return Ready(
        card, rows_of(conn, services, card.faces), rows_of(conn, services, card.others), people
    )


class ReviewQueue(QObject):
    """The ordered questions and the current one. Thread: GUI.

    Signals:
        moved: the current question changed, possibly to none; its card may not be ready yet.
        prepared: a card is ready.
        counted: the number of pending questions may have changed.
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
        """Result of the last read; None before the first."""
        self._ready: dict[tuple[str, int, int], Ready] = {}
        self._asked: set[tuple[str, int, int]] = set()
        self._under_way = 0
        self._wanted: tuple[str, int, int] | None = None
        self._active = self._from_start = False
        self._reading: LiveQuery[Reading] = LiveQuery(
            bridge, self._begin_reading, self._take, READ_MS, self
        )
        bridge.changed.connect(self._on_changed)

    @property
    def question(self) -> Question | None:
        """The current question."""
        return self.waiting[self.at] if self.at < len(self.waiting) else None

    @property
    def settled(self) -> bool:
        """Whether all answers are written and read back, and the requested cards are ready."""
        return not self._under_way and self._reading.settled and not self._asked

    @property
    def ready(self) -> Ready | None:
        """The current card, if ready."""
        question = self.question
        return None if question is None else self._ready.get(question.key)

    def set_active(self, active: bool) -> None:
        """Follow changes while visible; reactivation starts with the most valuable question."""
        self._active = active
        if active:
            self.at, self._from_start = 0, True
            self._ready.clear()
            self.refresh()

    def refresh(self) -> None:
        """Read the pending questions, now or once the answers in progress are written."""
        self._reading.now()

    def _begin_reading(self) -> Future[Reading] | None:
        # `written` reads again after the last answer.
        return None if self._under_way else self._bridge.query(read)

    def answered(self) -> Question | None:
        """Remove the current question; its answer is in progress until `written`."""
        question = self.question
        if question is None:
            return None
        del self.waiting[self.at]
        self.at = min(self.at, max(0, len(self.waiting) - 1))
        # The read in progress doesn't include this answer.
        self._reading.cancel()
        self._under_way += 1
        self._prepare_ahead()
        self.moved.emit()
        self.counted.emit()
        return question

    def written(self) -> None:
        """Record that an answer was written or refused."""
        self._under_way = max(0, self._under_way - 1)
        self.refresh()

    def step(self, by: int) -> None:
        """Go to the next or previous question without answering."""
        to = max(0, min(self.at + by, len(self.waiting) - 1))
        if to != self.at:
            self.at = to
            self._prepare_ahead()
            self.moved.emit()

    def want(self, question: Question) -> None:
        """Show a question as soon as it is back in the queue, because its answer was undone."""
        self._wanted = question.key
        self._ready.pop(question.key, None)
        self.refresh()

    def ahead(self) -> Iterable[Ready]:
        """The next cards that are already prepared."""
        for question in self.waiting[self.at + 1 : self.at + 1 + AHEAD]:
            if question.key in self._ready:
                yield self._ready[question.key]

    def _take(self, reading: Reading) -> None:
        before, place = None if self._from_start else self.question, self.at
        self._from_start = False
        self.last = reading
        self.waiting = list(reading.waiting)
        keys = [question.key for question in self.waiting]
        if self._wanted in keys:
            self.at = keys.index(self._wanted)
            self._wanted = None
        elif before is not None and before.key in keys:
            # The current question stays visible, and skipped ones stay behind it.
            self.waiting.insert(min(place, len(keys) - 1), self.waiting.pop(keys.index(before.key)))
            self.at = min(place, len(keys) - 1)
        elif before is not None and before.key in self._ready:
            # The question is no longer pending, but its card must not disappear from view.
            self.at = min(place, len(keys))
            self.waiting.insert(self.at, before)
        else:
            self.at = min(place, max(0, len(keys) - 1))
        there = {*keys, *([before.key] if before is not None else [])}
        self._ready = {key: ready for key, ready in self._ready.items() if key in there}
        self._prepare_ahead()
        if self.question is None or before is None or self.question.key != before.key:
            self.moved.emit()
        self.counted.emit()

    def _prepare_ahead(self) -> None:
        for question in self.waiting[max(0, self.at - 1) : self.at + 1 + AHEAD]:
            # Faces may have joined a group since its card was prepared; the visible card doesn't
            # change.
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
        if not self._active or not (changes.persons or changes.faces or changes.decided):
            return
        if changes.decided and self._wanted is not None:
            self._reading.now()
        else:
            self._reading.soon()
