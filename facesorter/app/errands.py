"""Work that the window must not wait for and that needs no library: files, packs, the web."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


def run(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
    """Call ``function`` in a thread of its own, which ends with the program; never blocks."""
    answer: Future[Any] = Future()

    def work() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(function(*args, **kwargs))
        except BaseException as error:  # handed to whoever waits
            answer.set_exception(error)

    threading.Thread(target=work, name="errand", daemon=True).start()
    return answer
