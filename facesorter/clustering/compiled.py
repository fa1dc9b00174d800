"""Inner loops, compiled to machine code for all but small libraries.

A refresh loops over a hundred thousand lists with conditions, which array operations could only
express by sorting repeatedly. numba (BSD license) compiles such loops: in seconds the first time on
a computer, from its cache afterwards. They release the GIL, so the window never waits for them.

[Note: uncompiled] A small library is grouped by the same functions as plain Python: nothing to
import, nothing to wait for. Results are equal to the bit, so a process may switch to machine code
at any moment. They are equal because operations keep their order, and numbers of different types
meet only where NumPy and numba promote them alike; elsewhere, where one would promote, wrap or warn
and the other would not, they are cast.

Compiled functions may call each other across modules: each state of the package's sources has a
cache of its own (`clustering/__init__.py`).
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
        """Set the function that numba compiles, and the one that runs uncompiled."""
        self.function, self.plain = function, plain
        self._dispatcher: Any = None
        update_wrapper(self, function)
        _kernels.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the compiled or the plain function."""
        if not _machine_code:
            return self.plain(*args, **kwargs)
        result: R = (self._dispatcher or self.dispatcher)(*args, **kwargs)
        return result

    @property
    def dispatcher(self) -> Any:
        """The numba dispatcher, which compiles at its first call."""
        if self._dispatcher is None:
            with _making:
                self._dispatcher = self._dispatcher or _jit(self.function)
        return self._dispatcher


_kernels: list[Kernel[..., Any]] = []
_machine_code = False
_making = threading.RLock()


def compiled(function: Callable[P, R]) -> Kernel[P, R]:
    """Make a function run as machine code after `use_machine_code`.

    Floating-point operations keep their order: results are those of the interpreter to the bit.
    """
    return Kernel(function, function)


def compiled_unless(plain: Callable[P, R]) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Like `compiled`, with equivalent array operations to run uncompiled.

    For the few loops over coordinates that would dominate the time in plain Python.
    """
    return lambda function: Kernel(function, plain)


def use_machine_code(wanted: bool = True) -> None:
    """Run kernels as machine code from now on, or as plain Python. Thread: any, at any time.

    Compiles nothing; `app.compilation` has a subprocess do that beforehand.
    """
    global _machine_code
    _machine_code = wanted


def uses_machine_code() -> bool:
    """Return whether kernels run as machine code."""
    return _machine_code


@cache
def _numba() -> Any:
    """Return numba, set up so that kernels call the machine code of other kernels."""
    import numba
    from numba.extending import typeof_impl

    typeof_impl.register(Kernel)(lambda kernel, _: numba.types.Dispatcher(kernel.dispatcher))
    return numba


def _jit(function: Callable[..., Any]) -> Any:
    njit = _numba().njit
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no writable cache folder: compiled at each start
        return njit(nogil=True)(function)


def not_compiled() -> list[str]:
    """Return the names of functions that were never compiled or loaded."""
    return [
        each.function.__qualname__
        for each in _kernels
        if each._dispatcher is None or not each._dispatcher.signatures
    ]


def times_compiled() -> int:
    """Count the functions that this process compiled because the cache had none."""
    made = [each._dispatcher for each in _kernels if each._dispatcher is not None]
    return sum(sum(each.stats.cache_misses.values()) for each in made)


def stamp() -> Path | None:
    """Return the path of a marker file that exists once this version is compiled into the cache.

    None without a cache. Call it after importing the kernels.
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
"""Threads per loop. Such loops are bound by memory; more threads gain nothing."""

_FEW = 25_000
"""Rows processed in 1 ms. Below that, two threads are no faster than one, because waking a thread
takes 0.1 to 0.3 ms."""


def in_parts(loop: Callable[[int, int], R], rows: int, few: int = _FEW) -> list[R]:
    """Run a loop over all rows, on several threads if it is compiled.

    Args:
        loop: called with the first row and the end (exclusive); runs on any thread.
        rows: number of rows.
        few: number of rows below which one thread is as fast.

    Returns:
        The results of the parts, in row order.
    """
    # Plain Python loops would only wait for each other.
    if rows < few or THREADS == 1 or not _machine_code:
        return [loop(0, rows)]
    bounds = [rows * part // THREADS for part in range(THREADS + 1)]
    waiting = [_pool().submit(loop, *bounds[part : part + 2]) for part in range(1, THREADS)]
    return [loop(*bounds[:2]), *(each.result() for each in waiting)]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS - 1, "grouping")
