"""Callbacks from worker threads, with no toolkit."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVarTuple

log = logging.getLogger(__name__)
Ts = TypeVarTuple("Ts")


class Event(Generic[*Ts]):
    """A list of callables that are called in the thread that emits. Thread: any.

    ``Event[int, str]`` is emitted with an int and a str, ``Event[()]`` with nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._receivers: tuple[Callable[[*Ts], object], ...] = ()

    def connect(self, receiver: Callable[[*Ts], object]) -> None:
        """Call ``receiver`` at every emit from now on; it must return quickly and not block."""
        with self._lock:
            self._receivers = (*self._receivers, receiver)

    def disconnect(self, receiver: Callable[[*Ts], object]) -> None:
        """Call ``receiver`` no more."""
        with self._lock:
            self._receivers = tuple(r for r in self._receivers if r != receiver)

    def emit(self, *args: *Ts) -> None:
        """Call every receiver; one that fails is logged and the others are still called."""
        for receiver in self._receivers:
            try:
                receiver(*args)
            except Exception:  # a broken view must not stop the thread that feeds it
                log.exception("a receiver of an event failed")
