"""Inner loops that run as machine code.

What a refresh does to each of a hundred thousand lists is loops with conditions, which array
operations can only express by sorting everything again and again. numba (BSD licence) compiles
such loops: the first time on a computer in some seconds, afterwards out of its cache. They run
without the interpreter's lock, so the window never waits for them.

A compiled function may only call compiled functions of its own module: the cache does not notice
when another file changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of NumPy arrays and numbers when it is first called.

    Floating-point operations keep their order: results are those of the interpreter to the bit.
    """
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))


THREADS = min(4, os.cpu_count() or 1)
"""Threads that share the rows of a loop. Such loops wait for memory; more bring nothing."""

_FEW = 10_000
"""Rows that one thread goes through in the time it takes to wake another."""


def in_parts(loop: Callable[[int, int], R], rows: int) -> list[R]:
    """Run a compiled loop over all rows, on several threads.

    Args:
        loop: takes the first row and the one behind the last; runs on any thread.
        rows: how many there are.

    Returns:
        What it returned, in the order of the rows.
    """
    if rows < _FEW or THREADS == 1:
        return [loop(0, rows)]
    bounds = [rows * part // THREADS for part in range(THREADS + 1)]
    waiting = [_pool().submit(loop, *bounds[part : part + 2]) for part in range(1, THREADS)]
    return [loop(*bounds[:2]), *(each.result() for each in waiting)]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS - 1, "grouping")
