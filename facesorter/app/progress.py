"""Progress of scans and analyses: how much is done, how fast, and the time left."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from facesorter.app.pauses import Reason
from facesorter.errors import Message

STRETCH = 8
"""Completions timed together: more than there are analysis threads on most computers, which often
finish at the same moment."""
REMEMBERED = 256
"""Completions from which the rate is estimated, at least: enough that what is left is like them,
and few enough to follow a change of pace."""
REMEMBERED_SECONDS = 60.0
"""Seconds from which it is estimated, at least: small photos take 20 ms each, and the rate must not
follow each refresh of the groups that runs beside."""
SLOWEST = 1 / 16
"""Share of stretches left out, the slowest, and at least one: the first photos, for which models
are warming up, or a crowd that takes a minute. With a median instead, crowds that are 2 % of the
photos made the estimate 0.6 of the true time; this makes it 0.84."""
STALLED = 60.0
"""Seconds without a completion after which no rate is known."""
SLOW = 10.0
"""Seconds of analysis after which a photo is named, so that a long one isn't taken for a halt. Most
take about a second, a crowd up to a minute."""

SLEEP = 15.0
"""Seconds between two queries of the rate, normally half a second, that mean the computer slept."""


class Phase(StrEnum):
    """The current activity."""

    IDLE = "idle"
    SCANNING = "scanning"
    ANALYSING = "analysing"
    SEARCHING = "searching"
    """Looking for small faces in photos that are analyzed."""
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
    """Photos per second recently, 0 if unknown."""
    seconds_left: float | None = None
    message: Message | None = None
    """The most recent error."""
    paused_by: Reason | None = None
    """Why it is paused."""
    preparing: bool = False
    """Whether models are being loaded, or code compiled, before the work of this phase begins."""
    unsearched: int = 0
    """Analyzed photos in which small faces were not looked for yet."""
    slow_photo: str = ""
    """Path of the photo whose analysis has taken more than `SLOW` seconds, if there is one."""
    slow_share: float | None = None
    """How much of it is done, if it is a video."""


class Rate:
    """Measures recent completions per second. Thread: any.

    The mean of stretches of `STRETCH` completions without the `SLOWEST`. Excludes time asleep, on
    systems whose clock continues during sleep.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._looked = clock()
        self._slept = 0.0
        self._times: deque[float] = deque()

    def restart(self) -> None:
        """Reset, after a pause or on a fresh start."""
        with self._lock:
            self._times.clear()

    def count(self) -> None:
        """Count one completion."""
        with self._lock:
            present, times = self._now(), self._times
            times.append(present)
            while len(times) > REMEMBERED + 1 and times[0] < present - REMEMBERED_SECONDS:
                times.popleft()

    def per_second(self) -> float:
        """Return the completions per second, 0 if there were too few to know."""
        with self._lock:
            present, times = self._now(), list(self._times)
        if len(times) <= STRETCH or present - times[-1] > STALLED:
            return 0.0
        # Each completion is in one stretch, the last in one, too.
        times = times[(len(times) - 1) % STRETCH :: STRETCH]
        stretches = sorted(end - begin for begin, end in itertools.pairwise(times))
        if len(stretches) > 2:
            del stretches[-max(1, round(SLOWEST * len(stretches))) :]
        took = sum(stretches)
        return STRETCH * len(stretches) / took if took > 0 else 0.0

    def _now(self) -> float:
        """Seconds on a clock that stops while the computer sleeps."""
        present = self._clock()
        gap = present - self._looked
        if gap < 0 or gap > SLEEP:
            self._slept += gap
        self._looked = present
        return present - self._slept
