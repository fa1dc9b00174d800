"""What the frame of the window needs to know: folders, counts, how many questions wait."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from facesorter.domain import Changes, Folder
from facesorter.gui.base.bridge import Bridge
from facesorter.library import queries, review
from facesorter.library.queries import Counts

REFRESH_MS: Final = 1000
"""Least time between two reads while the machine works; a user's act is told at once."""


class Facts(NamedTuple):
    """A reading."""

    folders: list[Folder]
    counts: Counts
    questions: int = 0
    """How many wait on the review page."""


def read(conn: Connection) -> Facts:
    """Read the facts. Thread: query."""
    return Facts(
        queries.folders(conn),
        queries.counts(conn),
        len(review.questions_open(conn)),
    )


class Overview(QObject):
    """Reads the facts again when they may differ. Thread: GUI.

    Signals:
        read: the `Facts`.
    """

    read = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._reading = self._again = False
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        bridge.opened.connect(self.refresh)
        bridge.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Read now, or as soon as the reading under way is done."""
        if self._reading:
            self._again = True
            return
        self._reading = True

        def done(facts: Facts) -> None:
            self._finish()
            self.read.emit(facts)

        def failed(_: BaseException) -> bool:
            self._finish()
            return False

        self._bridge.then(self._bridge.query(read), done, owner=self, failed=failed)

    def _finish(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self._timer.start()

    def _on_changed(self, changes: Changes) -> None:
        if changes.decided or changes.folders:
            self.refresh()
        elif not self._timer.isActive():
            self._timer.start()
