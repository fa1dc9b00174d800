"""Inner loops that run as machine code in all but small libraries.

What a refresh does to each of a hundred thousand lists is loops with conditions, which array
operations can only express by sorting everything again and again. numba (BSD licence) compiles
such loops: the first time on a computer in some seconds, afterwards out of its cache. They run
without the interpreter's lock, so the window never waits for them.

[Note: uncompiled] A small library is grouped by the very same functions as plain Python, with
nothing to import and nothing to wait for. Results are equal to the bit, so a
process may change to machine code at any moment. What makes them equal: operations keep their
order, and numbers of unlike types meet only where NumPy and numba widen them alike: cast where one
would widen, wrap or warn and the other would not.

Compiled functions may call each other across modules: the cache is kept apart for each state of
the package's sources (`clustering/__init__.py`).
"""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, update_wrapper
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

UNCOMPILED = 1_000
"""Faces up to which a library is grouped uncompiled. From nothing that takes 0.05 s of processor
time for 50 faces of 512 dimensions, 0.2 s for 200, 1.0 s for 500, 2.3 s for 1,000 and 4.1 s for
2,000, against 15 s for compiling; one face more takes a tenth of it
(`tests/benchmarks/first_people.py --sizes`)."""


class Kernel(Generic[P, R]):
    """A function of NumPy arrays and numbers, as plain Python and as machine code."""

    def __init__(self, function: Callable[P, R], plain: Callable[P, R]) -> None:
        """Take what numba is to compile, and what runs uncompiled."""
        self.function, self.plain = function, plain
        self._dispatcher: Any = None
        update_wrapper(self, function)
        _kernels.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the one or the other."""
        if not _machine_code:
            return self.plain(*args, **kwargs)
        result: R = (self._dispatcher or self.dispatcher)(*args, **kwargs)
        return result

    @property
    def dispatcher(self) -> Any:
        """What numba makes of it; compiles when it is first called."""
        if self._dispatcher is None:
            with _making:
                self._dispatcher = self._dispatcher or _jit(self.function)
        return self._dispatcher


_kernels: list[Kernel[..., Any]] = []
_machine_code = False
_making = threading.RLock()


def compiled(function: Callable[P, R]) -> Kernel[P, R]:
    """Run a function as machine code from `use_machine_code` on.

    Floating-point operations keep their order: results are those of the interpreter to the bit.
    """
    return Kernel(function, function)


def compiled_unless(plain: Callable[P, R]) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Like `compiled`, with array operations that do the same where nothing is compiled.

    For the few loops over coordinates, which plain Python would take most of its time for.
    """
    return lambda function: Kernel(function, plain)


def use_machine_code(wanted: bool = True) -> None:
    """Run kernels as machine code from now on, or as plain Python. Thread: any, at any time.

    Compiles nothing by itself; `app.warm` has another process do that before.
    """
    global _machine_code
    _machine_code = wanted


def uses_machine_code() -> bool:
    """Whether kernels run as machine code."""
    return _machine_code


@cache
def _numba() -> Any:
    """numba, taught that a kernel that calls another calls its machine code."""
    import numba
    from numba.extending import typeof_impl

    typeof_impl.register(Kernel)(lambda kernel, _: numba.types.Dispatcher(kernel.dispatcher))
    return numba


def _jit(function: Callable[..., Any]) -> Any:
    njit = _numba().njit
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder may be written to: compiled again at each start
        return njit(nogil=True)(function)


def not_compiled() -> list[str]:
    """Names of the functions whose machine code was not needed yet."""
    return [
        each.function.__qualname__
        for each in _kernels
        if each._dispatcher is None or not each._dispatcher.signatures
    ]


def times_compiled() -> int:
    """How often this process compiled a function itself instead of finding it in the cache."""
    made = [each._dispatcher for each in _kernels if each._dispatcher is not None]
    return sum(sum(each.stats.cache_misses.values()) for each in made)


def stamp() -> Path | None:
    """A file that says, once it is there, that this very code was compiled into the cache.

    None where there is no cache. To be asked when the functions are imported.
    """
    folder = _kernels[0].dispatcher.stats.cache_path
    if folder is None:
        return None
    state = [_numba().__version__, platform.processor()]
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
    """Run a compiled loop over all rows, on several threads where it runs as machine code.

    Args:
        loop: takes the first row and the one behind the last; runs on any thread.
        rows: how many there are.
        few: rows below which one thread is as quick.

    Returns:
        What the loop returned for each part, in the order of the rows.
    """
    # As plain Python, loops would only wait for each other.
    if rows < few or THREADS == 1 or not _machine_code:
        return [loop(0, rows)]
    bounds = [rows * part // THREADS for part in range(THREADS + 1)]
    waiting = [_pool().submit(loop, *bounds[part : part + 2]) for part in range(1, THREADS)]
    return [loop(*bounds[:2]), *(each.result() for each in waiting)]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS - 1, "grouping")
