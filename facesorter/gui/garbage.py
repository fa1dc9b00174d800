"""Collects Python's reference cycles in the GUI thread alone.

Python collects in whichever thread happens to allocate. A widget that is part of a cycle would then
be destroyed in a worker thread, which Qt answers with a crash; seen here with a closed window and
an analysis under way. calibre and Anki collect in their GUI threads for the same reason.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS: Final = 1000
"""How often to look; what piles up in between is a few MB at most."""


class GuiCollector(QObject):
    """Takes over from Python's automatic collection while it lives. Thread: GUI."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        # What start-up made stays anyway; looking through it each time costs tens of ms.
        gc.freeze()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    def collect_if_due(self) -> None:
        """Collect the oldest generation that Python itself would collect by now."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Give collection back to Python, at the very end."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
