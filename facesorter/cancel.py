"""Cancel token, polled by long-running work between its steps."""

import threading


class Cancelled(Exception):  # noqa: N818 - a condition, like KeyboardInterrupt
    """Raised by work whose token was cancelled; never reported to the user."""


class CancelToken:
    """Flag that tells work to stop. Thread: any."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work that holds this token to stop at its next step."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Return whether `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the work should stop."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; return True immediately when cancelled."""
        return self._event.wait(seconds)
