"""State shown in the window's frame: folders, counts, number of questions."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, Signal

from facesorter.domain import Changes, Folder
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.rereading import Rereading
from facesorter.library import queries, review
from facesorter.library.queries import Counts

REFRESH_MS: Final = 1000
"""Minimum time between two reads during background work; user changes are shown at once."""


class FrameState(NamedTuple):
    """Result of one read."""

    folders: list[Folder]
    counts: Counts
    questions: int = 0
    """Number of questions on the review page."""


def read(conn: Connection) -> FrameState:
    """Read the state. Thread: query."""
    return FrameState(
        queries.folders(conn),
        queries.counts(conn),
        len(review.questions_open(conn)),
    )


class FrameReader(QObject):
    """Re-reads the state when it may have changed. Thread: GUI.

    Signals:
        read: the `FrameState`.
    """

    read = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reading: Rereading[FrameState] = Rereading(
            bridge, lambda: bridge.query(read), self.read.emit, REFRESH_MS, self
        )
        bridge.opened.connect(self._reading.now)
        bridge.changed.connect(self._on_changed)

    def _on_changed(self, changes: Changes) -> None:
        if changes.decided or changes.folders:
            self._reading.now()
        else:
            self._reading.soon()
