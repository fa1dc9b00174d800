"""Background updates of the face map."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from facesorter.app.compilation import compile_apart
from facesorter.app.events import Event
from facesorter.app.priority import lower_priority
from facesorter.app.refresher import Refresher
from facesorter.app.worker import Worker
from facesorter.cancel import Cancelled
from facesorter.errors import Message

log = logging.getLogger(__name__)

REST_PER_MAP = 8.0
"""Pause after each drawing, as a multiple of its duration: during a scan the map keeps changing."""
MAP_NAME = "map.npz"
"""The file of `library.face_map`; repeated here because importing that module is slow."""
STEP = 0.02
"""Minimum share of the work between two progress events."""


class Mapper(Worker):
    """The thread that draws the map on request, and redraws it after each refresh.

    Events: drawn(), the saved map is up to date; progress(share), 0 to 1; failed(Message).
    """

    def __init__(self, refresher: Refresher, directory: Path, *, follow: bool = True) -> None:
        """Start nothing yet.

        Args:
            refresher: Provides the similarities to draw from.
            directory: The library's folder, where the map is saved.
            follow: Whether to redraw an existing map after each refresh without a request.
        """
        super().__init__({"map": self._run})
        self._refresher, self._directory, self._follow = refresher, directory, follow
        self._wanted = False
        self._asked = False
        self._compared = False
        self._not_before = 0.0
        self.drawn = Event[()]()
        self.progress = Event[float]()
        self.failed = Event[Message]()
        refresher.refreshed.connect(self._on_refreshed)

    def want(self) -> None:
        """Draw the map unless it is up to date, and keep it up to date from now on."""
        self._not_before = 0.0
        self._asked = True
        self._follow_up()

    def _on_refreshed(self, _moved: int) -> None:
        # The file exists only if the map has been opened before; most people never do.
        if self._asked or (self._follow and (self._directory / MAP_NAME).exists()):
            self._follow_up()

    def _follow_up(self) -> None:
        with self.wake:
            self._wanted = True
            self.start()
            self.wake.notify_all()

    def _run(self) -> None:
        lower_priority()
        while self._wait():
            try:
                compile_apart(self.token)
                self._draw()
            except Cancelled:
                return
            except Exception:  # the next one may succeed; the thread must live
                log.exception("the map could not be drawn")
                self.failed.emit(
                    Message("The face map couldn’t be created. See the log for details.")
                )

    def _wait(self) -> bool:
        with self.wake:
            while not self.token.cancelled:
                left = self._not_before - time.monotonic()
                if self._wanted and left <= 0:
                    self._wanted = False
                    return True
                self.wake.wait(left if self._wanted else None)
            return False

    def _draw(self) -> None:
        from facesorter.library import face_map

        likeness = self._refresher.likeness()
        if likeness is None and not self._compared:
            # No refresh since the program started; when this one ends, we're woken again.
            self._compared = True
            self._refresher.refresh_now()
            return
        if likeness is None:
            self.drawn.emit()
            return
        before = face_map.load(self._directory)
        if not face_map.is_current(before, likeness):
            last = -1.0

            def progress(share: float) -> None:
                nonlocal last
                if share >= last + STEP:
                    last = share
                    self.progress.emit(share)

            started = time.monotonic()
            made = face_map.renew(before, likeness, self.token, progress)
            face_map.save(self._directory, made)
            present = time.monotonic()
            with self.wake:
                self._not_before = present + REST_PER_MAP * (present - started)
        self.drawn.emit()
