"""Progress of the work: how much is done, how fast, and the time left."""

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
"""Seconds that the rate looks back: long enough to smooth large photos, short enough to follow a
change of pace. By eye."""

SLEEP = 15.0
"""Seconds without anybody asking for the rate, which happens twice a second, that mean sleep."""


class Phase(StrEnum):
    """What is under way."""

    IDLE = "idle"
    SCANNING = "scanning"
    ANALYSING = "analysing"
    GROUPING = "grouping"
    PAUSED = "paused"


class TrialPhase(StrEnum):
    """Where the trial of another model pack is, or how it ended."""

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
    """Photos a second over the last `RATE_WINDOW` seconds."""
    seconds_left: float | None = None
    message: Message | None = None
    """What went wrong last."""
    paused_by: Reason | None = None
    """Why it is paused."""


class Rate:
    """Measures recent completions per second. Thread: any.

    Excludes time asleep, on systems whose clock runs on meanwhile.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._looked = clock()
        self._slept = 0.0
        self._times: deque[float] = deque()
        self._since = self._now()

    def restart(self) -> None:
        """Forget the past, after a pause or at a new start."""
        with self._lock:
            self._times.clear()
            self._since = self._now()

    def count(self) -> None:
        """Count one completion."""
        with self._lock:
            self._times.append(self._now())

    def per_second(self) -> float:
        """Completions a second within the window."""
        with self._lock:
            present = self._now()
            while self._times and self._times[0] < present - RATE_WINDOW:
                self._times.popleft()
            span = min(RATE_WINDOW, present - self._since)
            return len(self._times) / span if span > 0.5 else 0.0

    def _now(self) -> float:
        """Seconds on a clock that stands still while the computer sleeps."""
        present = self._clock()
        gap = present - self._looked
        if gap < 0 or gap > SLEEP:
            self._slept += gap
        self._looked = present
        return present - self._slept
