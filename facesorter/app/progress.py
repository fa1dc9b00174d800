"""Progress of scans and analyses: how much is done, how fast, and the time left."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from facesorter.app.pauses import Reason
from facesorter.errors import Message

RATE_WINDOW = 30.0
"""Seconds over which the rate is averaged: long enough to smooth out large photos, short enough to
follow a change of pace. Chosen by eye."""

SLEEP = 15.0
"""Seconds between two queries of the rate, normally half a second, that mean the computer slept."""


class Phase(StrEnum):
    """The current activity."""

    IDLE = "idle"
    SCANNING = "scanning"
    ANALYSING = "analysing"
    GROUPING = "grouping"
    PAUSED = "paused"


class TrialPhase(StrEnum):
    """The stage or the outcome of the trial of another model pack."""

    IDLE = "idle"
    LOADING = "loading"
    LOOKING = "looking"
    FINISHED = "finished"
    STOPPED = "stopped"
    SWITCHED = "switched"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot of the progress, for the status bar and the terminal."""

    phase: Phase = Phase.IDLE
    found: int = 0
    analysed: int = 0
    pending: int = 0
    failed: int = 0
    faces: int = 0
    rate: float = 0.0
    """Photos per second over the last `RATE_WINDOW` seconds."""
    seconds_left: float | None = None
    message: Message | None = None
    """The most recent error."""
    paused_by: Reason | None = None
    """Why it is paused."""


class Rate:
    """Measures recent completions per second. Thread: any.

    Excludes time asleep, on systems whose clock continues during sleep.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._looked = clock()
        self._slept = 0.0
        self._times: deque[float] = deque()
        self._since = self._now()

    def restart(self) -> None:
        """Reset, after a pause or on a fresh start."""
        with self._lock:
            self._times.clear()
            self._since = self._now()

    def count(self) -> None:
        """Count one completion."""
        with self._lock:
            self._times.append(self._now())

    def per_second(self) -> float:
        """Return the completions per second within the window."""
        with self._lock:
            present = self._now()
            while self._times and self._times[0] < present - RATE_WINDOW:
                self._times.popleft()
            span = min(RATE_WINDOW, present - self._since)
            return len(self._times) / span if span > 0.5 else 0.0

    def _now(self) -> float:
        """Seconds on a clock that stops while the computer sleeps."""
        present = self._clock()
        gap = present - self._looked
        if gap < 0 or gap > SLEEP:
            self._slept += gap
        self._looked = present
        return present - self._slept
