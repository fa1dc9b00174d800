"""Inner loops that run as machine code.

What a refresh does to each of a hundred thousand lists is loops with conditions, which array
operations can only express by sorting everything again and again. numba (BSD licence) compiles
such loops: the first time on a computer in some seconds, afterwards out of its cache. They run
without the interpreter's lock, so the window never waits for them.

Compiled functions may call each other across modules: the cache is kept apart for each state of
the package's sources (`clustering/__init__.py`).
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of NumPy arrays and numbers when it is first called.

    Floating-point operations keep their order: results are those of the interpreter to the bit.
    """
    try:
        found = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder may be written to: compiled again at each start
        found = njit(nogil=True)(function)
    _functions.append(found)
    return cast("Callable[P, R]", found)


_functions: list[Any] = []


def not_compiled() -> list[str]:
    """Names of the functions that were not called yet."""
    return [each.py_func.__qualname__ for each in _functions if not each.signatures]


def times_compiled() -> int:
    """How often this process compiled a function itself instead of finding it in the cache."""
    return sum(sum(each.stats.cache_misses.values()) for each in _functions)


def stamp() -> Path | None:
    """A file that says, once it is there, that this very code was compiled into the cache.

    None where there is no cache. To be asked when the functions are imported.
    """
    folder = _functions[0].stats.cache_path
    if folder is None:
        return None
    state = [numba.__version__, platform.processor()]
    for path in sorted(Path(__file__).parent.glob("*.py")):
        about = path.stat()
        state += [path.name, str(about.st_mtime_ns), str(about.st_size)]
    name = hashlib.sha256(" ".join(state).encode()).hexdigest()[:16]
    return Path(folder) / f"facesorter-{name}.compiled"


THREADS = min(4, os.cpu_count() or 1)
"""Threads that share the rows of a loop. Such loops wait for memory; more bring nothing."""

_FEW = 25_000
"""Rows of lists that are gone through in 1 ms. Below it two threads take as long as one, because
waking another takes 0.1 to 0.3 ms."""


def in_parts(loop: Callable[[int, int], R], rows: int, few: int = _FEW) -> list[R]:
    """Run a compiled loop over all rows, on several threads.

    Args:
        loop: takes the first row and the one behind the last; runs on any thread.
        rows: how many there are.
        few: rows below which one thread is as quick.

    Returns:
        What the loop returned for each part, in the order of the rows.
    """
    if rows < few or THREADS == 1:
        return [loop(0, rows)]
    bounds = [rows * part // THREADS for part in range(THREADS + 1)]
    waiting = [_pool().submit(loop, *bounds[part : part + 2]) for part in range(1, THREADS)]
    return [loop(*bounds[:2]), *(each.result() for each in waiting)]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS - 1, "grouping")
