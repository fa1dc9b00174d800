"""Threads that begin once, wait for work, and end together."""

from __future__ import annotations

import threading
import time

from facesorter.app.worker import Worker


class Counter(Worker):
    """Takes one number at a time."""

    def __init__(self, threads: int = 2) -> None:
        super().__init__({f"counter-{n}": self._run for n in range(threads)})
        self.waiting: list[int] = []
        self.taken: list[int] = []
        self.names: set[str] = set()
        self.hold = threading.Event()
        self.hold.set()

    def put(self, *numbers: int) -> None:
        with self.wake:
            self.waiting += numbers
            self.wake.notify_all()

    def _run(self) -> None:
        while True:
            with self.wake:
                self.names.add(threading.current_thread().name)
                if not self.wait_for(lambda: self.waiting):
                    return
                self.taken.append(self.waiting.pop())
                self.wake.notify_all()
            self.hold.wait()


def test_all_that_waits_is_taken_once() -> None:
    worker = Counter()
    worker.put(*range(50))
    worker.start()
    worker.put(*range(50, 100))
    assert worker.wait_for(lambda: len(worker.taken) == 100, 10)
    assert worker.stop(10)
    assert sorted(worker.taken) == list(range(100))
    assert worker.names == {"counter-0", "counter-1"}


def test_starting_again_starts_nothing() -> None:
    before = threading.active_count()
    worker = Counter()
    worker.start()
    worker.start()
    assert threading.active_count() == before + 2
    assert worker.stop(10)
    worker.start()
    assert threading.active_count() == before
    assert worker.stop(0)


def test_what_never_started_is_stopped_at_once_and_never_starts() -> None:
    before = threading.active_count()
    worker = Counter()
    assert worker.stop()
    worker.start()
    worker.put(1)
    assert threading.active_count() == before
    assert not worker.taken


def test_work_that_waits_is_not_begun_after_the_end() -> None:
    worker = Counter(1)
    worker.hold.clear()
    worker.put(1)
    worker.start()
    assert worker.wait_for(lambda: worker.taken == [1], 10)
    worker.put(2)
    started = time.monotonic()
    assert not worker.stop(0.1)
    assert time.monotonic() - started < 5
    worker.hold.set()
    assert worker.stop(10)
    assert worker.taken == [1]


def test_stop_may_be_called_by_several_at_once() -> None:
    worker = Counter()
    worker.start()
    ended: list[bool] = []
    callers = [threading.Thread(target=lambda: ended.append(worker.stop(10))) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert ended == [True] * 4


def test_waiting_ends_after_a_while() -> None:
    worker = Counter()
    assert not worker.wait_for(lambda: False, 0.01)
    assert worker.wait_for(lambda: True, 0.01)
