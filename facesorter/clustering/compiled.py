"""Inner loops that run as machine code.

What a refresh does to each of a hundred thousand lists is loops with conditions, which array
operations can only express by sorting everything again and again. numba (BSD licence) compiles
such loops: the first time on a computer in some seconds, afterwards out of its cache. They run
without the interpreter's lock, so the window never waits for them.

A compiled function may only call compiled functions of its own module: the cache does not notice
when another file changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of NumPy arrays and numbers when it is first called.

    Floating-point operations keep their order: results are those of the interpreter to the bit.
    """
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))
