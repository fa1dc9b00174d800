"""The single writer thread and its two queues: user actions first, machine jobs in batches.

[Note: one writer] All changes to the library happen here. Submitting a user action never blocks,
and the action waits for at most one machine batch; submitting a machine job blocks while its queue
is full, which keeps the analysis from running ahead of the disk (back-pressure).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from facesorter.app.compilation import read_ahead
from facesorter.app.events import Event
from facesorter.cancel import Cancelled
from facesorter.domain import Changes
from facesorter.errors import Message, UserError
from facesorter.library.decisions import journal
from facesorter.library.library import Library
from facesorter.library.transaction import Transaction
from facesorter.storage.lock import TakenOverError

log = logging.getLogger(__name__)

BATCH = 50
"""Machine jobs per transaction: about 10 ms of writing at a measured 18,000 faces per second."""
QUEUE_LIMIT = 200
"""Maximum waiting machine jobs: about 10 s of analysis on a fast computer."""
IDLE = 300.0
"""Seconds without work before a daily snapshot is taken if due: a window may stay open for weeks,
and a copy of 90 MB blocks the writer for half a second."""

P = ParamSpec("P")
R = TypeVar("R")
# Queued jobs are untyped; the signature of `submit` has checked their arguments.
Job = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], "Future[Any]"]


class Writer:
    """The thread that owns the open library and makes all changes to it.

    Events: opened(), open_failed(Message), changed(Changes), undo_changed(journal.UndoStatus),
    failed(Message), taken_over(Message); all in the writer thread. The last one comes once, when
    another computer has the library and nothing is written any more.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._wake = threading.Condition()
        self._user: deque[Job] = deque()
        self._machine: deque[Job] = deque()
        self._closing = False
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self.opened = Event[()]()
        self.open_failed = Event[Message]()
        self.changed = Event[Changes]()
        self.undo_changed = Event[journal.UndoStatus]()
        self.failed = Event[Message]()
        self.taken_over = Event[Message]()
        self._is_taken_over = False

    def start(self) -> Future[None]:
        """Start the thread; the result is set when the library is open, or holds the error."""
        self._thread.start()
        return self._ready

    def submit(
        self,
        function: Callable[Concatenate[Transaction, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Queue a user action; never blocks. Thread: any.

        The result holds a `UserError` if the writer is closing.
        """
        return self._put(self._user, function, args, kwargs)

    def submit_machine(
        self,
        function: Callable[Concatenate[Transaction, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Queue a machine job; blocks while the queue is full. Thread: any but the window's.

        Raises:
            Cancelled: the writer is closing.
        """
        with self._wake:
            while len(self._machine) >= QUEUE_LIMIT and not self._closing:
                self._wake.wait()
            if self._closing:
                raise Cancelled
        return self._put(self._machine, function, args, kwargs)

    def close(self, timeout: float | None = None) -> bool:
        """Refuse new work, finish queued work, and close the library; False on timeout (s)."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _put(
        self,
        queue: deque[Job],
        function: Callable[..., R],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Future[R]:
        future: Future[R] = Future()
        with self._wake:
            if self._closing:
                future.set_exception(UserError("facesorter is closing, so this wasn’t done."))
                return future
            queue.append((function, args, kwargs, future))
            self._wake.notify_all()
        return future

    def _run(self) -> None:
        try:
            read_ahead("numpy")  # which sqlite_utils imports
            library = Library(self._directory)
        except Exception as error:  # the window must be told of any problem
            self._fail_to_open(error)
            return
        self._ready.set_result(None)
        self.opened.emit()
        self._notify_undo(library)
        while (found := self._next()) is not None:
            jobs, machine = found
            if jobs:
                self._work(library, jobs, machine)
            else:
                self._look_after(library.snapshot_if_due)
        self._look_after(library.close)

    def _work(self, library: Library, jobs: list[Job], machine: bool) -> None:
        # Callers may have cancelled queued jobs; from here on they can't.
        jobs = [job for job in jobs if job[3].set_running_or_notify_cancel()]
        if len(jobs) > 1:
            self._do_batch(library, jobs)
        elif jobs:
            self._do(library, jobs[0], machine=machine)

    def _look_after(self, work: Callable[[], None]) -> None:
        try:
            work()
        except TakenOverError as error:
            self._give_up(error.message)
        except Exception as error:  # every commit is on disk already: report it and continue
            log.exception("the library could not be looked after")
            if isinstance(error, UserError):
                self.failed.emit(error.message)

    def _fail_to_open(self, error: Exception) -> None:
        with self._wake:
            self._closing = True
            waiting = [*self._user, *self._machine]
            self._user.clear()
            self._machine.clear()
            self._wake.notify_all()
        for *_, future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        self._ready.set_exception(error)
        if not isinstance(error, UserError):
            log.error("the library can't be opened", exc_info=error)
        self.open_failed.emit(Message.of(error))

    def _next(self) -> tuple[list[Job], bool] | None:
        """Return the next action or batch, and whether it is the machine's.

        The list is empty after `IDLE` seconds without work; the result is None when closing.
        """
        with self._wake:
            self._wake.wait_for(lambda: self._user or self._machine or self._closing, IDLE)
            if self._user:
                return [self._user.popleft()], False
            if self._closing and not self._machine:
                return None
            jobs = [self._machine.popleft() for _ in range(min(BATCH, len(self._machine)))]
            self._wake.notify_all()
            return jobs, True

    def _do_batch(self, library: Library, jobs: list[Job]) -> None:
        def together(txn: Transaction) -> list[Any]:
            return [function(txn, *args, **kwargs) for function, args, kwargs, _ in jobs]

        try:
            results, changes = library.transact(together)
        except Exception:  # one bad job must not fail the others: run each on its own
            for job in jobs:
                self._do(library, job, machine=True)
            return
        self._notify(library, changes)
        for job, result in zip(jobs, results, strict=True):
            job[3].set_result(result)

    def _do(self, library: Library, job: Job, *, machine: bool) -> None:
        function, args, kwargs, future = job
        try:
            result, changes = library.transact(function, *args, **kwargs)
        except Exception as error:  # passed to the caller; for machine jobs, to the user
            message = Message.of(error)
            if isinstance(error, TakenOverError):
                self._give_up(message)
                machine = False
            elif not isinstance(error, UserError):
                log.exception("writing failed in %s", getattr(function, "__name__", "?"))
                message = Message(
                    "Some changes couldn’t be saved because of an internal error ({error}).",
                    error=error,
                )
            if machine:  # no caller waits for it, so tell the user here
                self.failed.emit(message)
            future.set_exception(error)
            return
        self._notify(library, changes)
        future.set_result(result)

    def _give_up(self, message: Message) -> None:
        if not self._is_taken_over:
            self._is_taken_over = True
            log.error("another computer took the library over")
            self.taken_over.emit(message)

    def _notify(self, library: Library, changes: Changes) -> None:
        if changes:
            self.changed.emit(changes)
        if changes.decided:
            self._notify_undo(library)

    def _notify_undo(self, library: Library) -> None:
        try:
            status = journal.status(library.connection)
        except sqlite3.Error:  # the decision is saved anyway, and the thread must live
            log.exception("the journal can't be read")
            return
        self.undo_changed.emit(status)
