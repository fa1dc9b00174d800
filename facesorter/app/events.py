"""Events from worker threads, independent of any GUI toolkit."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVarTuple

log = logging.getLogger(__name__)
Ts = TypeVarTuple("Ts")


class Event(Generic[*Ts]):
    """A list of callbacks, called in the emitting thread. Thread: any.

    ``Event[int, str]`` is emitted with an int and a str, ``Event[()]`` without arguments.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._receivers: tuple[Callable[[*Ts], object], ...] = ()

    def connect(self, receiver: Callable[[*Ts], object]) -> None:
        """Call ``receiver`` on every future emit; it must return quickly and not block."""
        with self._lock:
            self._receivers = (*self._receivers, receiver)

    def disconnect(self, receiver: Callable[[*Ts], object]) -> None:
        """Stop calling ``receiver``."""
        with self._lock:
            self._receivers = tuple(r for r in self._receivers if r != receiver)

    def emit(self, *args: *Ts) -> None:
        """Call every receiver; an exception in one is logged and doesn't affect the others."""
        for receiver in self._receivers:
            try:
                receiver(*args)
            except Exception:  # a broken view must not stop the emitting thread
                log.exception("a receiver of an event failed")
