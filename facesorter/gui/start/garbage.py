"""Collects Python's reference cycles only in the GUI thread, and never for long.

Python runs its garbage collector in whichever thread happens to allocate. A widget in a cycle would
then be destroyed in a worker thread, which crashes Qt; this was observed with a closed window while
an analysis was running. calibre and Anki collect in their GUI threads for the same reason.

A collection stops all threads while it traverses the existing objects, most of which were created
by imports: 270,000 objects during a scan, 180 ms each time. They live until the program ends
anyway, so they are frozen (`gc.freeze`) and not traversed again. Frozen objects are freed as usual
when their last reference goes; only cycles among them are no longer found.
"""

from __future__ import annotations

import gc
import sys
import time
from typing import Final

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS: Final = 1000
"""How often to check; only a few MB at most accumulate in between."""
MANY_MODULES: Final = 30
"""Number of newly imported modules after which all existing objects are frozen: a third-party
library was imported, which takes seconds in a worker thread and is frozen in parts. Our own
pages and dialogs import fewer modules, so they are still collected after use. Imports leave
hardly any cycles as garbage: 800 of the 270,000 objects frozen during a scan.
"""
MANY_NEW: Final = 20_000
"""New objects beyond which they are frozen rather than traversed, which would take over 2 ms: a
thread holds the rows of a large library, such as the known files of a scan. They are freed as usual
when the thread drops them, and are hardly ever in cycles.
"""
LONG_S: Final = 0.003
"""CPU seconds of this thread. If a collection took longer, the remaining objects are frozen: the
next one would take as long and find as little.
"""


class GuiCollector(QObject):
    """Replaces Python's automatic collection until stopped. Thread: GUI."""

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
        """Collect the oldest generation that Python itself would collect now."""
        if len(sys.modules) - self._modules >= MANY_MODULES:
            self._modules = len(sys.modules)
            gc.freeze()
        counts = gc.get_count()
        if counts[0] > MANY_NEW:
            gc.freeze()
            return
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation]:
                begun = time.thread_time()
                gc.collect(generation)
                if time.thread_time() - begun > LONG_S:
                    gc.freeze()
                return

    def stop(self) -> None:
        """Return collection to Python, at the very end."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
