"""Threads that wait for work on one condition and end together: what all our workers share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from facesorter.cancel import CancelToken


class Worker:
    """Some threads, one condition, one token. Thread of all methods: any.

    A subclass, or whoever holds one, keeps what waits beside it, and changes that only while it
    holds ``wake``. Each thread runs one function, which returns when `token` is cancelled.
    """

    def __init__(self, threads: Mapping[str, Callable[[], None]]) -> None:
        """Start nothing yet; ``threads`` are the functions to run, by the threads' names."""
        self.token = CancelToken()
        """Cancelled by `stop`; work polls it between its steps."""
        self.wake = threading.Condition()
        """Notified when something waits, or the end has come."""
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True) for name, run in threads.items()
        ]
        self._started = False

    def start(self) -> None:
        """Start the threads; does nothing when they run already, or were stopped."""
        with self.wake:
            if not self._started and not self.token.cancelled:
                self._started = True
                for thread in self._threads:
                    thread.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Cancel what runs and wait for the threads; False when they took over ``timeout`` s."""
        deadline = None if timeout is None else time.monotonic() + timeout
        self.token.cancel()
        self.notify()
        # Started under the lock, so that none of them can begin after this.
        threads = self._threads if self._started else []
        for thread in threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def notify(self) -> None:
        """Wake all who wait, to look for what they wait for."""
        with self.wake:
            self.wake.notify_all()

    def wait_for(self, ready: Callable[[], object], timeout: float | None = None) -> bool:
        """Wait until ``ready``, asked with ``wake`` held; False at the end or after ``timeout`` s.

        Not ready at the end even where something waits: nothing is begun any more.
        """
        with self.wake:
            self.wake.wait_for(lambda: self.token.cancelled or ready(), timeout)
            return not self.token.cancelled and bool(ready())
