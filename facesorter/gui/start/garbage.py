"""Collects Python's reference cycles in the GUI thread alone, and never for long.

Python collects in whichever thread happens to allocate. A widget that is part of a cycle would then
be destroyed in a worker thread, which Qt answers with a crash; seen here with a closed window and
an analysis under way. calibre and Anki collect in their GUI threads for the same reason.

A collection stops every thread while it looks through what was made, which is mostly what imports
made: 270,000 objects during a scan, 180 ms at a time. That stays until the end anyway, so it is set
aside (`gc.freeze`) and not looked through again. What is set aside is freed like anything else when
nothing refers to it; only a cycle among it is not found any more.
"""

from __future__ import annotations

import gc
import sys
import time
from typing import Final

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS: Final = 1000
"""How often to look; what piles up in between is a few MB at most."""
MANY_MODULES: Final = 30
"""So many more modules, and what there is is set aside: a library of others was imported, which
takes seconds in a worker thread and is set aside in parts. A page or dialog of ours brings fewer,
so that it is still collected when it was open. Imports leave next to no cycles as garbage: 800 of
the 270,000 objects that a scan had set aside."""
LONG_S: Final = 0.02
"""Seconds of this thread. What is left after a collection of everything that took longer is set
aside: the next would take as long again and find as little."""


class GuiCollector(QObject):
    """Takes over from Python's automatic collection until it is stopped. Thread: GUI."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._modules = len(sys.modules)
        gc.freeze()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    def collect_if_due(self) -> None:
        """Collect the oldest generation that Python itself would collect by now."""
        if len(sys.modules) - self._modules >= MANY_MODULES:
            self._modules = len(sys.modules)
            gc.freeze()
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation]:
                begun = time.thread_time()
                gc.collect(generation)
                if generation == 2 and time.thread_time() - begun > LONG_S:
                    gc.freeze()
                return

    def stop(self) -> None:
        """Give collection back to Python, at the very end."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
