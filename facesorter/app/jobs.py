"""Background jobs that don't touch the library: files, packs, the web."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_running: set[threading.Thread] = set()
_lock = threading.Lock()


def run(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
    """Call ``function`` in a new daemon thread; never blocks."""
    answer: Future[R] = Future()

    def work() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(function(*args, **kwargs))
        except BaseException as error:  # passed to the caller through the future
            answer.set_exception(error)
        finally:
            with _lock:
                _running.discard(threading.current_thread())

    thread = threading.Thread(target=work, name="errand", daemon=True)
    with _lock:
        _running.add(thread)
    thread.start()
    return answer


def finish(timeout: float) -> bool:
    """Wait for all jobs when the program exits; return False on timeout (in seconds).

    The interpreter must not shut down while a job runs native code: it would abort.
    """
    deadline = time.monotonic() + timeout
    with _lock:
        waiting = list(_running)
    for thread in waiting:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in waiting)
