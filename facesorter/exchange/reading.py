"""Common parts of all readers: results, progress, cancellation, and skipped files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from facesorter.cancel import CancelToken
from facesorter.errors import Message, UserError
from facesorter.exchange.names import PhotoNames

MOST_SKIPPED: Final = 1000
"""Skipped files that are listed; of more, only the number is kept."""


class Found(NamedTuple):
    """Who is in a photo, by one source."""

    photo: Path
    """Where the source says that the photo is; it need not be there."""
    names: PhotoNames


class Skipped(NamedTuple):
    """A file that couldn't be read."""

    path: Path
    reason: Message


def _ignore(_done: int) -> None:
    pass


class Reading:
    """One run of a reader. Thread: that of the reader, except for the token."""

    def __init__(
        self, token: CancelToken | None = None, progress: Callable[[int], None] = _ignore
    ) -> None:
        """Take a token to stop by, and a function that is told how many files were looked at."""
        self._token = token or CancelToken()
        self._progress = progress
        self.done = 0
        self.skipped: list[Skipped] = []
        self.skipped_count = 0

    @property
    def cancelled(self) -> bool:
        """Return whether the read should stop."""
        return self._token.cancelled

    def check(self) -> None:
        """Raise `Cancelled` if the read should stop."""
        self._token.check()

    def step(self) -> None:
        """Report one more file.

        Raises:
            Cancelled: The token was cancelled.
        """
        self._token.check()
        self.done += 1
        self._progress(self.done)

    def skip(self, path: Path, error: UserError | OSError) -> None:
        """Note that a file couldn't be read."""
        self.skipped_count += 1
        if len(self.skipped) < MOST_SKIPPED:
            self.skipped.append(Skipped(path, reason(error)))


def reason(error: UserError | OSError) -> Message:
    """Return why a file couldn't be read, as a sentence."""
    if isinstance(error, UserError):
        return error.message
    return Message("The file couldn’t be read from the disk ({error}).", error=error)


def read_limited(path: Path, limit: int) -> bytes:
    """Read a file that must be small. Blocks.

    Raises:
        UserError: It is larger than ``limit`` bytes.
        OSError: It can't be read.
    """
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise UserError("The file is larger than {size} MB.", size=limit >> 20)
    return data


def unlike_any() -> UserError:
    """Return the error of a file that is well-formed and yet meant to harm, or useless."""
    return UserError("The file wasn’t read, because no photo program writes files like it.")
