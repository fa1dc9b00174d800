"""Tune glibc malloc, so that decode buffers are reused between photos and freed at the end.

[Note: pages] A photo of 12 megapixels passes through some 100 MB of buffers. The C library of Linux
asks the system for each of these and returns it at once, and the system clears every page anew:
13,000 page faults a photo, 40 ms of 290 with two threads, which also wait for each other there.
Kept, the same buffers cost 1,300 faults and 9 ms; the peak grows by 35 MB. Windows and macOS keep
such memory by themselves.
"""

from __future__ import annotations

import ctypes
import sys

LARGEST = 128 << 20
"""Bytes of the largest buffer that is kept: the pixels of 40 megapixels."""
KEPT = 256 << 20
"""Bytes that may be free before some are returned to the system."""

_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3
"""Names of the two settings in glibc's malloc.h."""


def keep_buffers() -> None:
    """Keep freed memory for reuse. Thread: any."""
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_THRESHOLD, LARGEST)
        library.mallopt(_TRIM_THRESHOLD, KEPT)


def release() -> None:
    """Return all free memory to the system; some milliseconds. Thread: not the window's."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """This process's C library, where it is one that knows both functions."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
