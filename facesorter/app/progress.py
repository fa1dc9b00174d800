"""How far the work is, how fast it goes, and how long it will still take."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

RATE_WINDOW = 30.0
"""Seconds that the rate looks back: long enough to smooth large photos, short enough to follow a
change of pace. By eye."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of the work, for the status line and the terminal."""

    phase: str = "idle"
    """'idle', 'scanning', 'analysing', 'grouping' or 'paused'."""
    found: int = 0
    analysed: int = 0
    pending: int = 0
    failed: int = 0
    faces: int = 0
    rate: float = 0.0
    """Photos a second over the last `RATE_WINDOW` seconds."""
    seconds_left: float | None = None
    message: str | None = None


class Rate:
    """Counts completions and says how many a second there were lately. Thread: any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: deque[float] = deque()
        self._since = time.monotonic()

    def restart(self) -> None:
        """Forget the past, after a pause or at a new start."""
        with self._lock:
            self._times.clear()
            self._since = time.monotonic()

    def count(self) -> None:
        """Note one completion."""
        with self._lock:
            self._times.append(time.monotonic())

    def per_second(self) -> float:
        """Completions a second within the window."""
        present = time.monotonic()
        with self._lock:
            while self._times and self._times[0] < present - RATE_WINDOW:
                self._times.popleft()
            span = min(RATE_WINDOW, present - self._since)
            return len(self._times) / span if span > 0.5 else 0.0
