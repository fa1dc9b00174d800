"""A cancel token that work polls between its steps."""

import threading


class Cancelled(Exception):  # noqa: N818 - a condition, like KeyboardInterrupt
    """Raised by work that noticed its token; nobody reports it."""


class CancelToken:
    """Says whether work should stop. Thread: any."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work that holds this token to stop at its next step."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the work should stop."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; return at once, with True, when cancelled."""
        return self._event.wait(seconds)
