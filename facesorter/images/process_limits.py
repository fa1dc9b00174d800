"""Limits of a decoder process: its memory, its time, and what it inherits, on each system.

| | memory | time |
|---|---|---|
| Linux | address space (RLIMIT_AS); watched, too | of the processor (RLIMIT_CPU); watched, too |
| macOS | watched, several times a second | the same |
| Windows | a job, which also ends with the program | watched |
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_PIPE = 1 << 20
"""Bytes that a pipe holds on Linux, where the default of 64 kB means a change of process each."""
OUT_OF_TIME = -int(getattr(signal, "SIGXCPU", 0)) or None
"""Exit code of a process that reached its limit of processor time."""
_WINDOWS_OWN = 400 << 20
"""Bytes that a process commits on Windows before it decodes anything."""


@contextmanager
def applied(seconds: float, memory: int) -> Iterator[None]:
    """Limit this process for the time of a ``with``. Thread: main.

    Args:
        seconds: Processor time after which it is killed, also if the program that started it is
            gone.
        memory: Bytes in addition to what it holds now; beyond, allocating fails.
    """
    _limit_processor_time(seconds)
    _limit_address_space(memory)
    try:
        yield
    finally:
        _limit_address_space(None)
        _limit_processor_time(None)


def _limit_processor_time(seconds: float | None) -> None:
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        wanted = most
        if seconds is not None:
            whole = math.ceil(time.process_time() + seconds)
            wanted = whole if most == resource.RLIM_INFINITY else min(whole, most)
        resource.setrlimit(resource.RLIMIT_CPU, (wanted, most))


def leave_no_dumps() -> None:
    """Have this process leave no file with its memory when it crashes."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_address_space(memory: int | None) -> None:
    if sys.platform == "linux":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = most
        if memory is not None:
            with open("/proc/self/statm", encoding="ascii") as file:
                held = int(file.read().split()[0]) * resource.getpagesize()
            wanted = held + memory if most == resource.RLIM_INFINITY else min(most, held + memory)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, most))


def memory_held(pid: int) -> int | None:
    """Return the bytes of memory that a process holds; None if that can't be told."""
    try:
        if sys.platform == "linux":
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        elif sys.platform == "darwin":
            return _footprint(pid)
    except (OSError, ValueError, IndexError):
        pass
    return None


def _footprint(pid: int) -> int | None:
    """Ask macOS, whose ``ri_phys_footprint`` counts compressed memory, too."""
    import ctypes

    fields = (ctypes.c_uint64 * 64)()  # rusage_info_v2: 16 bytes of uuid, then numbers
    found = ctypes.CDLL(None).proc_pid_rusage(pid, 2, ctypes.byref(fields))
    return int(fields[2 + 7]) if found == 0 else None


def widen(pipe: int) -> None:
    """Let a pipe hold more, if the system can."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def inherited(pipes: Sequence[int]) -> tuple[list[int], dict[str, Any]]:
    """Return what a process is told to find these pipes, and options to start it with."""
    if sys.platform == "win32":
        import msvcrt

        handles = [msvcrt.get_osfhandle(pipe) for pipe in pipes]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": handles})
        return handles, {"startupinfo": startup, "creationflags": subprocess.CREATE_NO_WINDOW}
    else:
        return list(pipes), {"pass_fds": tuple(pipes)}


def opened(numbers: Sequence[int]) -> list[int]:
    """Return the pipes that a process was told of, to read from and to write to."""
    if sys.platform == "win32":
        import msvcrt

        modes = (os.O_RDONLY, os.O_WRONLY)
        return [
            msvcrt.open_osfhandle(number, mode | os.O_BINARY)
            for number, mode in zip(numbers, modes, strict=True)
        ]
    else:
        return list(numbers)


class Job:
    """On Windows, a job object around a process: a limit of its memory, and its end with ours."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._handle: int | None = None
        self._limit = 0
        if sys.platform == "win32":
            self._handle = _windows_job(int(child._handle))  # type: ignore[attr-defined]

    def limit(self, memory: int) -> None:
        """Let the process take that many bytes in addition to its own."""
        if self._handle is not None and memory != self._limit:
            self._limit = memory
            _limit_windows_job(self._handle, memory + _WINDOWS_OWN)

    def close(self) -> None:
        """Release the job; the process ends if it is still there."""
        if self._handle is not None and sys.platform == "win32":
            import ctypes

            ctypes.windll.kernel32.CloseHandle(ctypes.c_void_p(self._handle))
            self._handle = None


def _windows_job(process: int) -> int | None:
    """Return a job around a process; None if it is limited by our watch of the time only."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        job = kernel.CreateJobObjectW(None, None)
        if job and kernel.AssignProcessToJobObject(ctypes.c_void_p(job), ctypes.c_void_p(process)):
            _limit_windows_job(job, 0)
            return int(job)
    return None


def _limit_windows_job(job: int, memory: int) -> None:
    """Set the limits of a job: it ends with its last handle, which is ours; memory if not 0."""
    import ctypes

    # JOBOBJECT_EXTENDED_LIMIT_INFORMATION, all of whose fields but the flags are of word size.
    class Basic(ctypes.Structure):
        _fields_ = (
            ("times", ctypes.c_int64 * 2),
            ("flags", ctypes.c_uint32),
            ("working_set", ctypes.c_size_t * 2),
            ("processes", ctypes.c_uint32),
            ("affinity", ctypes.c_size_t),
            ("priority", ctypes.c_uint32 * 2),
        )

    class Extended(ctypes.Structure):
        _fields_ = (
            ("basic", Basic),
            ("io", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peaks", ctypes.c_size_t * 2),
        )

    kill_on_close, process_memory = 0x2000, 0x100
    wanted = Extended()
    wanted.basic.flags = kill_on_close | (process_memory if memory else 0)
    wanted.process_memory = memory
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetInformationJobObject(
            ctypes.c_void_p(job), 9, ctypes.byref(wanted), ctypes.sizeof(wanted)
        )
