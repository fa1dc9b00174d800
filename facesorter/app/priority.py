"""Run background threads at lower priority than the window and other programs."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

NICER_BY = 5
"""Steps of niceness: about a third of the weight of the window's thread on a busy processor. More
would do harm: a background thread that holds the interpreter could wait too long for its turn."""
_BELOW_NORMAL = -1
"""Windows' THREAD_PRIORITY_BELOW_NORMAL."""


def lower_priority() -> None:
    """Lower the calling thread's priority where the system can do that for one thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICER_BY)
    elif sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _BELOW_NORMAL)
