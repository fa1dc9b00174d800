"""Processes that run risky decoders, so that a crash, a hang or a bomb costs one file.

Some decoders have crashed, hung, or taken all memory on damaged files. What calls one is a plain
function at the top of a module, and `run` calls it in another process, with a limit of time and of
memory:

    picture = decoders.run(raw_developing.develop, data, long_side)

- The function is found by its module and name; nothing else has to be registered. It runs in a
  process that has imported `images.decode`, and may import whatever else it needs.
- Arguments and result are pickled, but large arguments of type bytes, and NumPy arrays anywhere,
  are passed as they are, at the speed of a pipe (about 1 GB/s). Arrays that are arguments arrive
  read-only.
- What the function raises is raised here; the technical cause of an `UnreadablePhoto` is kept as
  text. `UnreadablePhoto` is also raised if the process dies, or exceeds a limit.
- A function that is a generator is called by `stream`, which gives its values one by one. Use it
  for a state that is costly to build, such as an open video. Each value has its own time limit.
- In such a process both call the function directly, so one that runs there may call others.

Processes start when needed, at most one per processor, are kept for the next file, and end when
idle. If none can be started, functions run in this process.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ParamSpec, TypeVar, cast

import numpy as np

from facesorter import DECODE
from facesorter.errors import Message, UnreadablePhoto
from facesorter.images import process_limits

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take."""

    seconds: float = 20.0
    """Processor time for the call, or for each value of a generator. A photo of 50 megapixels takes
    3 s; what takes longer than that on any computer hangs."""
    memory: int = 720 << 20
    """Bytes in addition to what the process takes anyway, arguments included. A picture of 100
    megapixels, with 4 bytes a pixel, and its copy with 3."""


DEFAULT_LIMITS = Limits()

CRASHES = 2
"""Crashes on a file after which it is given up. One may be bad luck, such as memory that another
program needed just then."""
KILLS = 20
"""The same for processes that somebody killed, which is no evidence against the file."""
PATIENCE = 3.0
"""Seconds on the clock for a second of processor time, on a busy computer; after that it hangs
without using the processor."""
IDLE = 20.0
"""Seconds without work after which a process ends. Starting one takes half a second, and an idle
one holds some 60 MB."""
POLL = 0.1
"""Seconds between looks at the time and memory of busy processes."""
STARTING = 60.0
"""Seconds that a process may take to start."""

_OUT_OF_BAND = 1 << 16
"""Bytes from which an argument is worth passing without pickling."""
_KILLED = (
    frozenset({1, 0xC000013A, 0x40010004})
    if sys.platform == "win32"
    else frozenset(
        -getattr(signal, name) for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
    )
)
"""Exit codes of processes that somebody ended; 1 is what Windows' task manager sets."""

inside = False
"""Whether this is such a process; set by `decoder_process`."""
_this_thread = threading.local()
"""Its ``decodes`` is true while functions run here, because no process could be started."""


STARTS = 3
"""Processes in a row that end before they are ready, after which functions run in this process."""


class Died(UnreadablePhoto):
    """The process ended, by itself or by us, before the function did."""


class Killed(Died):
    """Somebody else ended the process of a `stream`, or those of a call again and again.

    Trying again may well succeed.
    """


def decodes_here() -> bool:
    """Return whether functions are called directly: in such a process, or where there is none."""
    return inside or getattr(_this_thread, "decodes", False)


@contextmanager
def _decoding_here() -> Iterator[None]:
    _this_thread.decodes = True
    try:
        yield
    finally:
        _this_thread.decodes = False


def run(
    function: Callable[P, R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """Call a function in a decoder process. Thread: any; blocks.

    A process that died is replaced, and the call is repeated, so the function must have no effect
    but its result. To set limits, call `run_within`.

    Raises:
        UnreadablePhoto: The process exceeded a limit, or crashed repeatedly.
        Exception: Whatever the function raised.
    """
    return run_within(DEFAULT_LIMITS, function, *args, **kwargs)


def run_within(limits: Limits, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function as `run` does, within other limits."""
    if decodes_here():
        return function(*args, **kwargs)
    crashes = kills = 0
    while True:
        with _pool.process() as process:
            if process is None:
                with _decoding_here():
                    return function(*args, **kwargs)
            try:
                kind, value = process.ask(("run", function, _light(args), kwargs), limits)
                return cast(R, _unpacked(kind, value))
            except _Ended as ended:
                if ended.by_us is not None:
                    raise Died(ended.by_us) from ended
                log.warning("a decoder process ended with %s", ended.code)
                crashes += ended.code not in _KILLED
                kills += ended.code in _KILLED
                if crashes >= CRASHES:
                    raise Died(_CRASHED) from ended
                if kills >= KILLS:
                    raise Killed(_INTERRUPTED) from ended


@contextmanager
def stream(
    function: Callable[P, Generator[R, Any, Any]], *args: P.args, **kwargs: P.kwargs
) -> Iterator[Generator[R, Any, None]]:
    """Call a generator function in a decoder process of its own; see `stream_within`."""
    with stream_within(DEFAULT_LIMITS, function, *args, **kwargs) as values:
        yield values


@contextmanager
def stream_within(
    limits: Limits,
    function: Callable[P, Generator[R, Any, Any]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Iterator[Generator[R, Any, None]]:
    """Call a generator function in a decoder process, for the time of a ``with``. Thread: any.

    Gives a generator of the same values: each is made when it is asked for, and what is sent to it
    is sent on. Leaving the ``with`` closes both. Nothing is repeated if the process dies: whoever
    can go on where it ended, or start over, is called by `persist`.

    Raises:
        Killed: Somebody else ended the process.
        UnreadablePhoto: The process exceeded a limit, or died.
        Exception: Whatever the function raised.
    """
    if decodes_here():
        with contextlib.closing(function(*args, **kwargs)) as values:
            yield values
        return
    with _streamed(limits, ("stream", function, _light(args), kwargs), ahead=False) as values:
        yield values


@contextmanager
def read_ahead(
    limits: Limits,
    function: Callable[P, Generator[R, None, None]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Iterator[Iterator[R]]:
    """As `stream_within`, but the next value is made while the last one is used.

    Nothing can be sent to the generator. Closing waits for the value that is being made.
    """
    if decodes_here():
        with contextlib.closing(function(*args, **kwargs)) as values:
            yield values
        return
    with _streamed(limits, ("stream", function, _light(args), kwargs), ahead=True) as received:
        yield received


@contextmanager
def _streamed(
    limits: Limits, request: tuple[Any, ...], *, ahead: bool
) -> Iterator[Generator[Any, Any, None]]:
    _, function, args, kwargs = request
    with _pool.process() as process:
        if process is None:
            with _decoding_here(), contextlib.closing(function(*args, **kwargs)) as values:
                yield values
            return
        with contextlib.closing(_values(process, request, limits, ahead=ahead)) as received:
            yield received


def persist(function: Callable[[], R]) -> R:
    """Call a function that uses `stream`, and again whenever somebody kills its process.

    Raises:
        Killed: It was killed again and again.
        Exception: Whatever the function raised.
    """
    for _ in range(KILLS - 1):
        with contextlib.suppress(Killed):
            return function()
    return function()


def close() -> None:
    """End all processes, busy ones too. Thread: any."""
    _pool.close()


def _values(
    process: _Process, request: tuple[Any, ...], limits: Limits, *, ahead: bool
) -> Generator[Any, Any]:
    kind, asked = "item", False
    try:
        kind, value = process.ask(request, limits)
        _unpacked(kind, value)
        sent: Any = None
        while True:
            if not asked:
                process.begin(("next", sent), limits)
            asked = False
            kind, value = process.finish(limits)
            value = _unpacked(kind, value)
            if kind == "result":
                return
            if ahead:
                process.begin(("next", None), limits)
                asked = True
            sent = yield value
            del value
    except _Ended as ended:
        log.warning("a decoder process ended with %s", ended.code)
        if ended.by_us is None and ended.code in _KILLED:
            raise Killed(_INTERRUPTED) from ended
        raise Died(ended.by_us or _CRASHED) from ended
    finally:
        if kind == "item" and not process.ended:
            with contextlib.suppress(_Ended):
                if asked:
                    kind, _ = process.finish(limits)
                if kind == "item":
                    process.ask(("close",), limits)


_CRASHED = Message("Opening this file crashes its decoder. It may be damaged.")
_INTERRUPTED = Message("Opening this file was interrupted again and again. Memory may be short.")
_SLOW = Message("Opening this file takes too long. It may be damaged.")
_LARGE = Message("Opening this file takes too much memory.")


class Remote(Exception):  # noqa: N818 - the cause of an error, not one itself
    """What an `UnreadablePhoto` was raised from in another process, as text."""


class _Ended(Exception):  # noqa: N818 - a condition
    """The process is gone."""

    def __init__(self, code: int | None, by_us: Message | None) -> None:
        super().__init__(f"a decoder process ended with {code}")
        self.code, self.by_us = code, by_us


def _light(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        pickle.PickleBuffer(arg) if isinstance(arg, bytes) and len(arg) >= _OUT_OF_BAND else arg
        for arg in args
    )


def _unpacked(kind: str, value: Any) -> Any:
    if kind != "error":
        return value
    error, cause = value
    raise error from (Remote(cause) if cause else None)


class _Process:
    """One process. Thread: one at a time; `watch` from any."""

    def __init__(self) -> None:
        to_child, self._requests = os.pipe()
        self._replies, from_child = os.pipe()
        self._gate = threading.Lock()
        self._deadline: float | None = None
        self._memory = 0
        self._by_us: Message | None = None
        self.ended = False
        self.idle_since = time.monotonic()
        try:
            self._child = _spawn(to_child, from_child)
        except OSError:
            os.close(self._requests)
            os.close(self._replies)
            raise
        finally:
            os.close(to_child)
            os.close(from_child)
        process_limits.widen(self._requests)
        self._writer: BinaryIO = os.fdopen(self._requests, "wb")
        self._reader: BinaryIO = os.fdopen(self._replies, "rb")
        self._job = process_limits.Job(self._child)

    def greet(self) -> None:
        """Wait until it has started."""
        self.finish(Limits(STARTING / PATIENCE, 0))
        self._own = process_limits.memory_held(self._child.pid) or 0

    def ask(self, request: tuple[Any, ...], limits: Limits) -> tuple[str, Any]:
        """Send a request and return the reply; `_Ended` if the process does before."""
        self.begin(request, limits)
        return self.finish(limits)

    def begin(self, request: tuple[Any, ...], limits: Limits) -> None:
        """Send a request, whose reply `finish` returns; `_Ended` if the process has."""
        self._job.limit(limits.memory)
        self._memory = limits.memory and self._own + limits.memory
        self._deadline = time.monotonic() + PATIENCE * limits.seconds
        try:
            send(self._writer, (*request, limits))
        except OSError as error:
            raise self._ending() from error
        self._deadline = math.inf  # until somebody waits

    def finish(self, limits: Limits) -> tuple[str, Any]:
        """Wait for the reply to a request; `_Ended` if the process ends before."""
        self._deadline = time.monotonic() + PATIENCE * limits.seconds
        try:
            kind, value = receive(self._reader, _array)
        except (OSError, EOFError) as error:
            raise self._ending() from error
        finally:
            self._deadline = None
        return kind, value

    def _ending(self) -> _Ended:
        self._deadline = None
        self.kill()
        code = self._child.wait()
        if code == process_limits.OUT_OF_TIME:
            self._by_us = _SLOW
        return _Ended(code, self._by_us)

    _own = 0

    def watch(self) -> None:
        """Kill it if it exceeds a limit."""
        with self._gate:
            deadline = self._deadline
            if deadline is None or self._by_us is not None:
                return
            if time.monotonic() > deadline:
                self._by_us = _SLOW
            elif self._memory and (process_limits.memory_held(self._child.pid) or 0) > self._memory:
                self._by_us = _LARGE
            else:
                return
            self._child.kill()

    def kill(self) -> None:
        """End it at once."""
        with self._gate:
            if not self.ended:
                self.ended = True
                with contextlib.suppress(OSError):
                    self._child.kill() if self._child.poll() is None else None
        for stream in (self._writer, self._reader):
            with contextlib.suppress(OSError):
                stream.close()
        self._job.close()

    def gone(self) -> bool:
        """Return whether an idle one has ended by itself or was killed."""
        return self._child.poll() is not None

    def dismiss(self) -> None:
        """Let an idle one end."""
        self.kill()
        self._child.wait()

    @property
    def pid(self) -> int:
        """Its id."""
        return self._child.pid


def _spawn(requests: int, replies: int) -> subprocess.Popen[bytes]:
    """Start a process with the two ends of the pipes; they stay open here."""
    environment = {
        **os.environ,
        # One thread decodes one file; more would reserve address space, which is limited.
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
        "MALLOC_ARENA_MAX": "2",
    }
    numbers, options = process_limits.inherited((requests, replies))
    return subprocess.Popen(
        [*_own_command(), *map(str, numbers)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
        env=environment,
        **options,
    )


def _own_command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, DECODE]
    return [sys.executable, "-m", "facesorter", DECODE]


class _Pool:
    """All processes of the program."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._idle: list[_Process] = []
        self._busy: list[_Process] = []
        self._starting = 0
        self._watching = False
        self._useless = False
        self._failed_starts = 0
        self.most = max(1, os.cpu_count() or 1)

    @contextmanager
    def process(self) -> Iterator[_Process | None]:
        """Give a process for the time of a ``with``; None if none can be started."""
        process = self._take()
        try:
            yield process
        except BaseException:
            # Nobody knows what it is about to send.
            if process is not None and sys.exc_info()[0] is KeyboardInterrupt:
                process.kill()
            raise
        finally:
            if process is not None:
                self._put_back(process)

    def _take(self) -> _Process | None:
        with self._wake:
            self._wake.wait_for(lambda: self._useless or self._idle or self._count() < self.most)
            if self._useless:
                return None
            while self._idle and self._idle[-1].gone():
                self._idle.pop().dismiss()
            if self._idle:
                process = self._idle.pop()
                self._busy.append(process)
                self._wake.notify_all()
                return process
            self._starting += 1
        return self._start()

    def _start(self) -> _Process | None:
        """Start a process; None if that is hopeless."""
        try:
            while True:
                try:
                    process = _Process()
                except OSError as error:
                    log.warning("no decoder process: %s", error.strerror)
                    with self._wake:
                        self._useless = True
                    return None
                with self._wake:
                    self._busy.append(process)
                    self._watch()
                try:
                    process.greet()
                except _Ended as ended:
                    log.warning("a decoder process ended with %s before it was ready", ended.code)
                    with self._wake:
                        self._busy.remove(process)
                        self._failed_starts += ended.code not in _KILLED
                        self._useless = self._failed_starts >= STARTS
                        if self._useless:
                            return None
                else:
                    self._failed_starts = 0
                    return process
        finally:
            with self._wake:
                self._starting -= 1
                self._wake.notify_all()

    def _put_back(self, process: _Process) -> None:
        with self._wake:
            self._busy.remove(process)
            if not process.ended:
                process.idle_since = time.monotonic()
                self._idle.append(process)
            self._wake.notify_all()

    def _count(self) -> int:
        return len(self._idle) + len(self._busy) + self._starting

    def _watch(self) -> None:
        if not self._watching:
            self._watching = True
            threading.Thread(target=self._watch_all, name="decoders", daemon=True).start()

    def _watch_all(self) -> None:
        while True:
            with self._wake:
                self._wake.wait(timeout=POLL if self._busy else IDLE / 4)
                busy = list(self._busy)
                tired = [p for p in self._idle if time.monotonic() - p.idle_since > IDLE]
                self._idle = [p for p in self._idle if p not in tired]
                if not (busy or self._idle or tired or self._starting):
                    self._watching = False
                    return
            for process in busy:
                process.watch()
            for process in tired:
                process.dismiss()

    def pids(self) -> list[int]:
        """Return the ids of all processes."""
        with self._wake:
            return [process.pid for process in (*self._idle, *self._busy)]

    def close(self) -> None:
        with self._wake:
            idle, self._idle = self._idle, []
            for process in self._busy:
                process.kill()
        for process in idle:
            process.dismiss()


_pool = _Pool()
atexit.register(close)


def pids() -> list[int]:
    """Return the ids of all processes, for tests and reports. Thread: any."""
    return _pool.pids()


# What both ends of the pipes need.


def send(file: BinaryIO, value: object) -> None:
    """Write a value to a pipe."""
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    views = [memoryview(buffer).cast("B") for buffer in (buffer.raw() for buffer in buffers)]
    sizes = [len(pickled), *(view.nbytes for view in views)]
    file.write(np.array([len(sizes), *sizes], "<u8").tobytes())
    file.write(pickled)
    for view in views:
        file.write(view)
    file.flush()


def receive(file: BinaryIO, read: Callable[[BinaryIO, int], Any]) -> Any:
    """Read a value from a pipe, its buffers by ``read``; EOFError at its end."""
    (count,) = np.frombuffer(exactly(file, 8), "<u8").tolist()
    size, *sizes = np.frombuffer(exactly(file, 8 * count), "<u8").tolist()
    pickled = exactly(file, size)
    return pickle.loads(pickled, buffers=[read(file, each) for each in sizes])  # our own process


def exactly(file: BinaryIO, size: int) -> bytes:
    """Read that many bytes from a pipe; EOFError at its end."""
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _array(file: BinaryIO, size: int) -> np.ndarray[Any, Any]:
    """Read a buffer into memory that isn't cleared first."""
    array = np.empty(size, np.uint8)
    if file.readinto(array.data) < size:  # type: ignore[attr-defined]
        raise EOFError
    return array
