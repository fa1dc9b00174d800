"""Tune glibc malloc, so that decode buffers are reused between photos and freed at the end.

[Note: pages] Decoding a 12-megapixel photo takes about 100 MB of buffers. By default, glibc maps
each one separately and unmaps it when freed, so the kernel zeroes every page each time: 13,000 page
faults per photo, 40 ms of 290 with two threads, which also wait for each other there. Reused, the
same buffers cost 1,300 faults and 9 ms; peak memory grows by 35 MB. Windows and macOS reuse such
memory without tuning.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

LARGEST_PIXELS = 40_000_000
"""Pixels of the largest photo whose buffers are reused."""
LARGEST = 128 << 20
"""Largest buffer to reuse, in bytes: the pixels of such a photo."""
KEPT = 256 << 20
"""Bytes that may stay free before some are returned to the system."""

_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3
"""``M_TRIM_THRESHOLD`` and ``M_MMAP_THRESHOLD`` in glibc's malloc.h."""


def keep_buffers() -> None:
    """Keep freed memory for reuse. Thread: any."""
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_THRESHOLD, LARGEST)
        library.mallopt(_TRIM_THRESHOLD, KEPT)


def release() -> None:
    """Return all free memory to the system. Takes milliseconds; thread: not the window's."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    """This process's C library if it has both functions, else None."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
