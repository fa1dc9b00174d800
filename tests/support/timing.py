"""Times taken and told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def milliseconds(work: Callable[[], Any], repeats: int = 3) -> float:
    best = float("inf")
    for _ in range(repeats):
        # Of the processor, not of the clock: other work on the machine says nothing about ours.
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best * 1000


def say(what: str, took: float) -> None:
    print(f"{took:8.1f} ms  {what}")  # noqa: T201 - the point of this test
