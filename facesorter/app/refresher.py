"""Background refreshes of the groups, and when they happen."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.app.compilation import Compilation
from facesorter.app.events import Event
from facesorter.app.priority import lower_priority
from facesorter.app.reads import Reads
from facesorter.app.worker import Worker
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled
from facesorter.domain import Changes
from facesorter.errors import Message, UserError
from facesorter.library import grouping, splitting
from facesorter.storage import graph_file

if TYPE_CHECKING:
    from facesorter.clustering.engine import Engine
    from facesorter.clustering.neighbours import Likeness

log = logging.getLogger(__name__)

QUIET = 1.0
"""Seconds without new faces after which those waiting are grouped."""
MANY = 500
"""Number of new faces to group without waiting for quiet."""
SAVED_EVERY = 300.0
"""Seconds between saves of the similarity graph: 30 MB per 100,000 faces."""
REST_PER_REFRESH = 4.0
"""Pause after a refresh during a scan, as a multiple of its duration: a fifth of a core at most."""


class Refresher(Worker):
    """The thread that refreshes the groups after new faces and after decisions.

    Events: refreshed(moved faces); failed(Message).
    """

    def __init__(self, reads: Reads, writer: Writer, directory: Path) -> None:
        super().__init__({"refresh": self._run})
        self._reads = reads
        self._writer = writer
        self._directory = directory
        self._compilation = Compilation(self.token)
        # Kept until the program exits, because it caches the similarities.
        self._engine: Engine | None = None
        self._unsaved = False
        self._saved_at = 0.0
        self._one_at_a_time = threading.Lock()
        self._waiting = 0
        self._last_news = 0.0
        self._not_before = 0.0
        self._asked = False
        self._running = False
        self._preparing = False
        self.enabled = True
        self.first: Callable[[], object] | None = None
        """Called before each refresh: the user's decisions determine the groups."""
        self.last: Callable[[], object] | None = None
        """Called after each refresh that moved faces."""
        self.refreshed = Event[int]()
        self.failed = Event[Message]()

    def stop(self, timeout: float | None = None) -> bool:
        """Cancel a running refresh and save the similarity graph; see `Worker.stop`."""
        if not super().stop(timeout):
            return False
        self._compilation.join()
        with self._one_at_a_time:
            self._save()
        return True

    def on_faces(self, count: int) -> None:
        """Note new faces, to be grouped soon."""
        with self.wake:
            self._waiting += count
            self._last_news = time.monotonic()
            self.wake.notify_all()

    def on_changed(self, changes: Changes) -> None:
        """Note decisions, which often determine the group of other faces too."""
        if changes.decided:
            self.on_faces(1)

    def refresh_now(self) -> None:
        """Refresh as soon as possible, even without new faces."""
        with self.wake:
            self._asked = True
            self.wake.notify_all()

    @property
    def busy(self) -> bool:
        """Whether a refresh is running."""
        return self._running

    @property
    def preparing(self) -> bool:
        """Whether a refresh waits for its code to be compiled."""
        return self._preparing

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Block until no refresh is due or running; False if ``timeout`` seconds passed."""
        with self.wake:
            return self.wake.wait_for(
                lambda: (
                    self.token.cancelled
                    or not (self._running or self._asked or (self.enabled and self._waiting))
                ),
                timeout,
            )

    def _run(self) -> None:
        lower_priority()
        while self._wait_for_reason():
            started = time.monotonic()
            try:
                self._prepare()
                started = time.monotonic()
                self.refreshed.emit(self.refresh())
            except Cancelled:
                return
            except Exception as error:  # the next refresh may succeed; the thread must live
                if not isinstance(error, UserError):
                    log.exception("a refresh failed")
                self.failed.emit(
                    Message("The people couldn’t be grouped again ({error}).", error=error)
                )
            finally:
                with self.wake:
                    self._running = False
                    took = time.monotonic() - started
                    self._not_before = time.monotonic() + REST_PER_REFRESH * took
                    self.wake.notify_all()

    def _prepare(self) -> None:
        self._preparing = True
        try:
            self._compilation.prepare(*grouping.size(self._reads.connection()))
        finally:
            self._preparing = False

    def _wait_for_reason(self) -> bool:
        with self.wake:
            while not self.token.cancelled:
                present = time.monotonic()
                if self._asked:
                    break
                wait = None
                if self._waiting and self.enabled:
                    due = self._last_news + QUIET
                    if self._waiting >= MANY:
                        due = min(due, present)
                    due = max(due, self._not_before)
                    if due <= present:
                        break
                    wait = due - present
                self.wake.wait(wait)
            self._asked = False
            self._waiting = 0
            self._running = not self.token.cancelled
            return self._running

    def refresh(self, *, full: bool = False) -> int:
        """Refresh in the calling thread, and return the number of faces moved.

        Thread: refresh, or the command line's while nothing else runs.

        Args:
            full: Recalculate the thresholds instead of reusing those of the last refresh.
        """
        with self._one_at_a_time:
            return self._refresh(full)

    def likeness(self) -> Likeness | None:
        """Return the similarities as of the last refresh, or None before the first.

        Blocks while a refresh is running.
        """
        with self._one_at_a_time:
            return None if self._engine is None else self._engine.likeness()

    def _refresh(self, full: bool) -> int:
        if self.first is not None:
            self.first()
        connection = self._reads.connection()
        state = grouping.state_of(connection)
        if self._engine is None:
            from facesorter.clustering.engine import Engine

            self._engine = Engine()
            self._restore(self._engine)
        self._unsaved = True
        proposal = grouping.propose(connection, self._engine, full=full, token=self.token)
        if proposal is None:
            return 0
        work = grouping.Applying(proposal, state)
        while not work.finished:
            self.token.check()
            work = self._writer.submit_machine(grouping.apply, work).result()
        if self.last is not None:
            self.last()
        looks = splitting.find_mixed(connection, self.token)
        if looks:
            self._writer.submit_machine(splitting.record, looks).result()
        if not self._waiting and time.monotonic() - self._saved_at > SAVED_EVERY:
            self._save()
        return work.moved

    def _restore(self, engine: Engine) -> None:
        arrays = graph_file.load(self._directory)
        if arrays is not None:
            try:
                engine.restore(arrays)
            except ValueError as error:
                log.info("what was compared is compared again: %s", error)

    def _save(self) -> None:
        """Save the similarity graph, because recalculating it takes long in a large library."""
        arrays = self._engine.arrays() if self._engine is not None and self._unsaved else {}
        if not arrays:
            return
        try:
            graph_file.save(self._directory, arrays)
        except OSError as error:
            log.info("what was compared could not be kept: %s", error)
        self._unsaved, self._saved_at = False, time.monotonic()
