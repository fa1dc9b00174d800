"""The lock that keeps two programs, or two computers, from writing to the same library.

A file lock excludes programs of this computer, and ends with the process. It means nothing to
another computer that sees the folder over the network or a synchronized drive, so a second file
says which computer has the library open. It is renewed while it is open: one that wasn't for a
while is a leftover of a computer that crashed or was disconnected.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from facesorter.files import write_atomically
from facesorter.storage.database import LibraryError
from facesorter.storage.permissions import make_private

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_NAME = "library.lock"
HOLDER_NAME = "library.lock-holder"
RENEWED: Final = 30.0
"""Seconds between two renewals: a small file written twice a minute wakes no disk that works."""
LEFT_AFTER: Final = 600.0
"""Seconds without a renewal until a holder counts as gone. Far above hiccups of network drives, and
short enough to wait for after a crash. A sleeping computer doesn't renew, and finds out when it
wakes (`Lock.refuse_if_lost`)."""
SETTLED: Final = 1.0
"""Seconds from claiming a library that another computer may claim too to seeing whose claim came
last. Far above the delay with which a network drive shows a file."""


class TakenOverError(LibraryError):
    """Another computer opened the library while this one was asleep or disconnected."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            "Another computer opened the library {folder} while this one was asleep or "
            "disconnected, so nothing more is saved here. Everything saved earlier is safe. Close "
            "facesorter on both computers, then open the library on one of them.",
            folder=directory,
        )


class Lock:
    """A library's lock, until `release` or the end of the process."""

    def __init__(self, directory: Path, lock: BaseFileLock) -> None:
        self._directory, self._lock = directory, lock
        self._ended = threading.Event()
        self._looking = threading.Lock()
        self.lost = False
        """Another computer took over while this one was asleep or disconnected."""
        self._renewed = time.time()  # goes on while the computer sleeps, unlike a monotonic clock
        self._thread = threading.Thread(target=self._renew, name="lock", daemon=True)
        self._thread.start()

    def refuse_if_lost(self) -> None:
        """Make sure that no other computer took over; call before writing. Thread: any.

        Reads a file only when a renewal is overdue: after sleep, before the renewing thread woke.

        Raises:
            TakenOverError: one did.
        """
        if not self.lost and self._since() > 2 * RENEWED:
            self._look()
        if self.lost:
            raise TakenOverError(self._directory)

    def release(self) -> None:
        """Give the library up."""
        self._ended.set()
        self._thread.join()
        holder = _holder(self._directory)
        if holder is None or holder[0] == this_computer():
            with contextlib.suppress(OSError):
                (self._directory / HOLDER_NAME).unlink(missing_ok=True)
        self._lock.release()

    def _renew(self) -> None:
        while not self._ended.wait(RENEWED):
            self._look()
            if self.lost:
                return

    def _look(self) -> None:
        """Renew the claim, unless another computer has the library or had it meanwhile."""
        with self._looking:
            if self.lost:
                return
            overdue = self._since() > LEFT_AFTER
            holder = _holder(self._directory)
            if holder is not None:
                self.lost = holder[0] != this_computer()
            elif overdue:  # who takes over and closes again leaves no file
                there = (self._directory / HOLDER_NAME).exists()
                self.lost = self._directory.exists() and not there
            if not self.lost and _write_holder(self._directory):
                self._renewed = time.time()
                self.lost = overdue and not _is_ours_for_good(self._directory)

    def _since(self) -> float:
        """Return the seconds since the last renewal, also if the clock was set back."""
        return abs(time.time() - self._renewed)


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the library's lock for a while; see `take_lock`."""
    lock = take_lock(directory)
    try:
        yield
    finally:
        lock.release()


def take_lock(directory: Path) -> Lock:
    """Lock ``directory``, creating it if needed, until ``release`` or the end of the process.

    Raises:
        LibraryError: another program or computer holds it, or the folder can't be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(directory / LOCK_NAME, thread_local=False)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        left = _refuse_held_elsewhere(directory)
        lock.acquire(timeout=0)
        _write_holder(directory)
        if left and not _is_ours_for_good(directory):
            lock.release()
            _refuse_held_elsewhere(directory)
    except Timeout as error:
        raise LibraryError(
            "The library {folder} is already open in another facesorter window. Nothing was "
            "changed. Close that window or use it instead.",
            folder=directory,
        ) from error
    except OSError as error:
        raise LibraryError(
            "Can’t save to the library folder {folder} ({error}). Nothing was changed. Change its "
            "permissions or choose another library folder.",
            folder=directory,
            error=error,
        ) from error
    make_private(directory)
    return Lock(directory, lock)


@functools.cache
def this_computer() -> str:
    """Return an id of this computer, the same for all its users, that says nothing elsewhere.

    Not of its network cards, which are asked through a socket: nothing here opens one.
    """
    name = f"{platform.node()}/{_machine_id()}"
    return hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _machine_id() -> str:
    """Return what the system calls this installation; empty where it doesn't say (macOS)."""
    if sys.platform == "win32":
        import winreg

        key = r"SOFTWARE\Microsoft\Cryptography"
        with (
            contextlib.suppress(OSError),
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened,
        ):
            return str(winreg.QueryValueEx(opened, "MachineGuid")[0])
        return ""
    with contextlib.suppress(OSError, ValueError):
        return Path("/etc/machine-id").read_text("ascii").strip()
    return ""


def _refuse_held_elsewhere(directory: Path) -> bool:
    """Return whether another computer left the library open, too long ago to still have it."""
    holder = _holder(directory)
    if holder is None or holder[0] == this_computer():
        return False
    if holder[2] > LEFT_AFTER:
        return True
    raise LibraryError(
        "The library {folder} is open on another computer ({computer}). Nothing was changed. Close "
        "facesorter there first. If that computer was switched off without closing it, wait ten "
        "minutes.",
        folder=directory,
        computer=holder[1],
    )


def _holder(directory: Path) -> tuple[str, str, float] | None:
    """Return which computer has the library open: its id, its name, and the age of its claim in s.

    None if nobody has.
    """
    path = directory / HOLDER_NAME
    try:
        holder = json.loads(path.read_bytes())
        computer, name = str(holder["computer"]), str(holder["name"])
        written = path.stat().st_mtime
        # By the clock of the drive's own computer, which may differ from ours.
        probe = directory / f".{HOLDER_NAME}.{os.getpid()}"
        probe.touch()
        present = probe.stat().st_mtime
        probe.unlink()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return computer, " ".join(name.split())[:100], present - written


def _is_ours_for_good(directory: Path) -> bool:
    """Return whether this computer's claim stands, where another may claim the library now."""
    time.sleep(SETTLED)
    holder = _holder(directory)
    return holder is None or holder[0] == this_computer()


def _write_holder(directory: Path) -> bool:
    holder = {"computer": this_computer(), "name": platform.node()}
    try:
        write_atomically(directory / HOLDER_NAME, json.dumps(holder).encode(), private=True)
    except OSError:
        return False
    return True
