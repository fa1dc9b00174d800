"""Lower priority for background threads than for the window and other programs."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

NICER_BY = 5
"""Increment of the nice value: about a third of the window thread's weight on a busy processor.
More would do harm: a background thread holding the GIL could wait too long to be scheduled."""
_BELOW_NORMAL = -1
"""Windows' THREAD_PRIORITY_BELOW_NORMAL."""


def lower_priority() -> None:
    """Lower the calling thread's priority if the system supports that for a single thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICER_BY)
    elif sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _BELOW_NORMAL)
