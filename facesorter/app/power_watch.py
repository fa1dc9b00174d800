"""Pause on battery, resume on mains power, and rescan after sleep.

facesorter never keeps the computer awake: threads freeze during sleep and continue afterwards, so
an interrupted scan needs no help. But drives and folders may have changed meanwhile, so everything
is scanned once after waking.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from facesorter.app.pauses import Reason
from facesorter.app.worker import Worker
from facesorter.desktop.power import on_battery

if TYPE_CHECKING:
    from facesorter.app.services import Services

POLL: Final = 30.0
"""Seconds between checks: often enough to react to an unplugged cable, at negligible cost."""
SLEPT: Final = 60.0
"""Delay in seconds that a busy computer may cause. A longer one means that the computer slept, or
that the clock was set; an unnecessary scan does no harm."""


class PowerWatch(Worker):
    """The thread that pauses and resumes the services depending on the power supply."""

    def __init__(
        self,
        services: Services,
        read: Callable[[], bool | None] = on_battery,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__({"power": self._run})
        self._services = services
        self._read = read
        self._clock = wall_clock
        self._looked: float | None = None
        self._on_battery = False
        self._asked = False

    def look_now(self) -> None:
        """Check immediately, after the setting changed. Never blocks."""
        with self.wake:
            self._asked = True
            self.wake.notify_all()

    def look(self) -> None:
        """Check the battery, and whether the computer slept since the last check."""
        present = self._clock()
        if self._looked is not None and abs(present - self._looked) > POLL + SLEPT:
            self._services.rescan()
        self._looked = present
        rest = self._services.settings.pause_on_battery and self._read() is True
        if rest != self._on_battery:
            self._on_battery = rest
            if rest:
                self._services.pauses.hold(Reason.BATTERY)
            else:
                self._services.pauses.release(Reason.BATTERY)

    def _run(self) -> None:
        while not self.token.cancelled:
            self.look()
            with self.wake:
                self.wait_for(lambda: self._asked, POLL)
                self._asked = False
