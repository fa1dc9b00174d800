"""State of the library that the window shows: folders, counts, number of questions."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, Signal

from facesorter.domain import Changes, Folder
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.live_query import LiveQuery
from facesorter.library import date_checks, queries, review
from facesorter.library.queries import Counts

REFRESH_MS: Final = 1000
"""Minimum time between two reads during background work; user changes are shown at once."""
REST: Final = 5.0
"""Pause between two counts during background work, as a multiple of the duration of a count."""


class LibraryState(NamedTuple):
    """What is known so far."""

    folders: list[Folder]
    counts: Counts | None = None
    """None until counted."""
    questions: int = 0
    """Number of questions on the review page."""
    dates_to_check: int | None = None
    """Number of photos whose date is doubtful; None until counted."""


class Totals(NamedTuple):
    """What takes up to a second to count."""

    counts: Counts
    questions: int


def count(conn: Connection) -> Totals:
    """Count. Thread: slow query."""
    return Totals(queries.counts(conn), len(review.questions_open(conn)))


def count_dates(conn: Connection) -> int:
    """Count the photos whose date is doubtful. Thread: slow query."""
    return sum(map(len, date_checks.find(conn).values()))


class LibraryStateReader(QObject):
    """Re-reads the state when it may have changed. Thread: GUI.

    Folders are read first, in no time, so that the window can ask for its photos; counts follow,
    on the thread that delays no list.

    Signals:
        read: the `LibraryState`.
    """

    read = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._state: LibraryState | None = None
        self._folders: LiveQuery[list[Folder]] = LiveQuery(
            bridge, lambda: bridge.query(queries.folders), self._take_folders, REFRESH_MS, self
        )
        self._totals: LiveQuery[Totals] = LiveQuery(
            bridge,
            lambda: bridge.query_slow(count),
            self._take_totals,
            REFRESH_MS,
            self,
            rest=REST,
        )
        self._dates: LiveQuery[int] = LiveQuery(
            bridge,
            lambda: bridge.query_slow(count_dates),
            self._take_dates,
            REFRESH_MS,
            self,
            rest=REST,
        )
        bridge.opened.connect(self._folders.now)
        bridge.changed.connect(self._on_changed)

    def _on_changed(self, changes: Changes) -> None:
        if changes.decided or changes.folders:
            self._folders.now()
            if self._state is not None:
                self._totals.now()
        else:
            self._totals.soon()
        if self._state is not None and (changes.photos or changes.marked or changes.folders):
            self._dates.soon()

    def _take_folders(self, folders: list[Folder]) -> None:
        before = self._state
        self._state = LibraryState(folders) if before is None else before._replace(folders=folders)
        self.read.emit(self._state)
        if before is None:
            # Once the query thread has listed the photos that the window has just asked for.
            listed = self._bridge.query(lambda _: None)
            self._bridge.then(listed, lambda _: self._count(), owner=self)

    def _count(self) -> None:
        self._totals.now()
        self._dates.now()

    def _take_totals(self, totals: Totals) -> None:
        if self._state is not None:
            self._state = self._state._replace(counts=totals.counts, questions=totals.questions)
            self.read.emit(self._state)

    def _take_dates(self, dates: int) -> None:
        if self._state is not None:
            self._state = self._state._replace(dates_to_check=dates)
            self.read.emit(self._state)
