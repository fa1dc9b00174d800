"""Why the analysis rests: the user said so, the battery feeds the computer, models are changed."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import Protocol


class Reason(StrEnum):
    """Why the work rests; where there are several, the first is told."""

    USER = "user"
    BATTERY = "battery"
    MODELS = "models"


class Pausable(Protocol):
    """What rests; the pipeline."""

    def pause(self) -> None:
        """Start nothing more."""
        ...

    def resume(self) -> None:
        """Go on."""
        ...


class Pauses:
    """Reasons come and go by themselves; the work rests while there is one. Thread: any."""

    def __init__(self, work: Pausable) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._reasons: set[Reason] = set()
        self._anyway = False
        self._resting = False

    def hold(self, reason: Reason) -> None:
        """Rest for this reason."""
        with self._lock:
            self._reasons.add(reason)
            self._apply()

    def release(self, reason: Reason) -> None:
        """This reason is gone."""
        with self._lock:
            self._reasons.discard(reason)
            if reason == Reason.BATTERY:
                # The next time on battery is another one.
                self._anyway = False
            self._apply()

    def go_on(self) -> None:
        """Do what the user wants: work, on battery too, until it was plugged in again."""
        with self._lock:
            self._reasons.discard(Reason.USER)
            self._anyway = Reason.BATTERY in self._reasons
            self._apply()
            if not self._resting:
                # Also when nothing rested: a full disk may have stopped it.
                self._work.resume()

    @property
    def reason(self) -> Reason | None:
        """The reason to tell; None while the work goes on."""
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
