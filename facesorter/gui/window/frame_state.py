"""What the window's frame shows: folders, counts, how many questions wait."""

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
"""Least time between two reads while the machine works; a user's act is told at once."""


class FrameState(NamedTuple):
    """A reading."""

    folders: list[Folder]
    counts: Counts
    questions: int = 0
    """How many wait on the review page."""


def read(conn: Connection) -> FrameState:
    """Read it all. Thread: query."""
    return FrameState(
        queries.folders(conn),
        queries.counts(conn),
        len(review.questions_open(conn)),
    )


class FrameReader(QObject):
    """Reads the state again when it may differ. Thread: GUI.

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
