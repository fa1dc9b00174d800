"""Functions that tests run in decoder processes."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from pathlib import Path

from facesorter.images import decoders


def count(until: int) -> Generator[object, object, None]:
    """Count, and give back what is sent."""
    for number in range(until):
        sent = yield number
        while sent is not None:
            sent = yield sent


def count_noting(until: int, note: Path) -> Generator[int, None, None]:
    """Count, and write down each number when it is made."""
    for number in range(until):
        note.write_text(str(number))
        yield number


def crash_at(number: int) -> Generator[int, None, None]:
    """Count, and crash."""
    yield from range(number)
    os.abort()


def process_and_nested() -> tuple[int, int]:
    """The process that runs this, and one that runs what this calls."""
    return os.getpid(), decoders.run(os.getpid)


def first_time(note: Path, code: int) -> str:
    """End the process the first time."""
    if not note.exists():
        note.touch()
        os._exit(code)
    return "done"


def fail(begun: Path) -> None:
    """Note that it began, and end as Python does for an error that nobody catches."""
    with begun.open("a") as file:
        file.write(".")
    os._exit(1)


def wait_for(begun: Path, go_on: Path) -> int:
    """Note that it began, and return the process once a file is there."""
    with begun.open("a") as file:
        file.write(f"{os.getpid()}\n")
    while not go_on.exists():
        time.sleep(0.01)
    return os.getpid()


def loop() -> None:
    """Never end."""
    while True:
        pass


def sleep() -> None:
    """Do nothing for long."""
    time.sleep(600)
