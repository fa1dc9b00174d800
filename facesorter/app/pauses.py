"""Reasons to pause the analysis: the user, battery power, a switch of models."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import Protocol


class Reason(StrEnum):
    """A reason to pause; if there are several, the first in this order is shown."""

    USER = "user"
    BATTERY = "battery"
    MODELS = "models"


class Pausable(Protocol):
    """Work that can be paused; implemented by the pipeline."""

    def pause(self) -> None:
        """Start nothing more."""
        ...

    def resume(self) -> None:
        """Continue."""
        ...


class Pauses:
    """The current reasons to pause; work is paused while there are any. Thread: any."""

    def __init__(self, work: Pausable) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._reasons: set[Reason] = set()
        self._anyway = False
        self._resting = False

    def hold(self, reason: Reason) -> None:
        """Add a reason to pause."""
        with self._lock:
            self._reasons.add(reason)
            self._apply()

    def release(self, reason: Reason) -> None:
        """Remove a reason."""
        with self._lock:
            self._reasons.discard(reason)
            if reason == Reason.BATTERY:
                # The next time on battery pauses again.
                self._anyway = False
            self._apply()

    def resume(self) -> None:
        """Resume at the user's request: if on battery, ignore it until mains power is back."""
        with self._lock:
            self._reasons.discard(Reason.USER)
            self._anyway = Reason.BATTERY in self._reasons
            self._apply()
            if not self._resting:
                # Even if it wasn't paused: an error such as a full disk may have stopped it.
                self._work.resume()

    @property
    def reason(self) -> Reason | None:
        """The reason to show; None while not paused."""
        with self._lock:
            return next((each for each in Reason if each in self._holding()), None)

    def _holding(self) -> set[Reason]:
        return self._reasons - {Reason.BATTERY} if self._anyway else self._reasons

    def _apply(self) -> None:
        rest = bool(self._holding())
        if rest and not self._resting:
            self._work.pause()
        elif self._resting and not rest:
            self._work.resume()
        self._resting = rest
