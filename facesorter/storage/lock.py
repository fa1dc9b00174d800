"""The lock file that keeps a second program from writing to the same library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.storage.database import LibraryError
from facesorter.storage.private import make_private

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_NAME = "library.lock"


def take_lock(directory: Path) -> BaseFileLock:
    """Make ``directory`` if need be and hold its lock until `release`, or the process ends.

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
            f"The library {directory} is open in another facesorter. Nothing was changed. "
            "Close the other one, or use it."
        ) from error
    except OSError as error:
        raise LibraryError(
            f"The library folder {directory} can't be written ({error.strerror}). Nothing was "
            "changed. Allow writing there, or choose another library folder."
        ) from error
    make_private(directory)
    return lock
