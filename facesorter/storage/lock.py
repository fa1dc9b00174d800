"""The lock file that keeps two programs from writing to the same library."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.storage.database import LibraryError
from facesorter.storage.private import make_private

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_NAME = "library.lock"


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the library's lock for a while; see `take_lock`."""
    lock = take_lock(directory)
    try:
        yield
    finally:
        lock.release()


def take_lock(directory: Path) -> BaseFileLock:
    """Lock ``directory``, creating it if needed, until ``release`` or the end of the process.

    Raises:
        LibraryError: another running program holds it, or the folder can't be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(directory / LOCK_NAME, thread_local=False)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=0)
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
    return lock
