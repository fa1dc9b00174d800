"""Throttled re-reading of the library after changes, one read at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

from facesorter.gui.base.bridge import Bridge

T = TypeVar("T")


class LiveQuery(QObject, Generic[T]):
    """Keeps the result of one query up to date. Thread: GUI."""

    def __init__(
        self,
        bridge: Bridge,
        query: Callable[[], Future[T] | None],
        take: Callable[[T], None],
        interval_ms: int,
        parent: QObject | None = None,
        *,
        rest: float = 0.0,
    ) -> None:
        """Set up without reading anything yet.

        Args:
            bridge: Delivers results and reports errors.
            query: Starts a read, or returns None if there is nothing to read at the moment.
            take: Receives each result.
            interval_ms: Minimum time before a read requested by `soon`.
            parent: The owner.
            rest: The interval is at least this many times the duration of the last read.
        """
        super().__init__(parent)
        self._bridge, self._query, self._take = bridge, query, take
        self._interval, self._rest = interval_ms, rest
        self._again = self._again_soon = False
        self._generation = 0
        self.reading = False
        """Whether a read is in progress."""
        self._timer = QTimer(self, singleShot=True, interval=interval_ms)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def settled(self) -> bool:
        """Whether no read is in progress or pending."""
        return not (self.reading or self._again or self._timer.isActive())

    def now(self) -> None:
        """Read now, or right after the read in progress; for changes made by the user."""
        if self.reading:
            self._again = True
        else:
            self._read()

    def soon(self) -> None:
        """Read within the interval; for background changes, which tend to come in series."""
        if not self._timer.isActive():
            self._timer.start()

    def cancel(self) -> None:
        """Drop the read in progress and any pending one, because their subject has changed."""
        self._generation += 1
        self.reading = self._again = self._again_soon = False
        self._timer.stop()

    def _on_timeout(self) -> None:
        if self.reading:
            self._again_soon = True
        else:
            self._read()

    def _read(self) -> None:
        future = self._query()
        if future is None:
            return
        self.reading = True
        started, generation = monotonic(), self._generation

        def done(result: T) -> None:
            if generation == self._generation:
                self.reading = False
                spent = monotonic() - started
                self._timer.setInterval(max(self._interval, round(self._rest * 1000 * spent)))
                self._take(result)
                self._go_on(generation)

        def failed(_: BaseException) -> bool:
            if generation == self._generation:
                self.reading = False
                self._go_on(generation)
            return False

        self._bridge.then(future, done, owner=self, failed=failed)

    def _go_on(self, generation: int) -> None:
        again, soon = self._again, self._again_soon
        if generation != self._generation or self.reading:
            return
        self._again = self._again_soon = False
        if again:
            self._read()
        elif soon:
            self.soon()
