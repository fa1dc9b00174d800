"""The base class of all workers: threads that wait on one condition and stop together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from facesorter.cancel import CancelToken


class Worker:
    """A group of threads sharing one condition and one cancel token. Thread of all methods: any.

    A subclass or an owner adds its own queue of pending work, and changes it only while holding
    ``wake``. Each thread runs one function, which returns when `token` is cancelled.
    """

    def __init__(self, threads: Mapping[str, Callable[[], None]]) -> None:
        """Start nothing yet; ``threads`` maps thread names to the functions to run."""
        self.token = CancelToken()
        """Cancelled by `stop`; poll it between the steps of the work."""
        self.wake = threading.Condition()
        """Notified on new work, and on `stop`."""
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True) for name, run in threads.items()
        ]
        self._started = False

    def start(self) -> None:
        """Start the threads; do nothing if already started or stopped."""
        with self.wake:
            if not self._started and not self.token.cancelled:
                self._started = True
                for thread in self._threads:
                    thread.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Cancel running work and wait for the threads; False after ``timeout`` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        self.token.cancel()
        self.notify()
        # `start` holds the lock too, so none of them can start after this.
        threads = self._threads if self._started else []
        for thread in threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def notify(self) -> None:
        """Wake all waiting threads, to check their conditions."""
        with self.wake:
            self.wake.notify_all()

    def wait_for(self, ready: Callable[[], object], timeout: float | None = None) -> bool:
        """Wait until ``ready()`` is true; it is called with ``wake`` held.

        Returns:
            False after `stop`, even if ready, because no work may start then; also False after
            ``timeout`` seconds.
        """
        with self.wake:
            self.wake.wait_for(lambda: self.token.cancelled or ready(), timeout)
            return not self.token.cancelled and bool(ready())
