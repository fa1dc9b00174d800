"""Bridge between worker threads and Qt: core events and finished futures become signals.

The core doesn't use Qt; its events run callbacks in the emitting thread. A Qt signal may be emitted
from any thread and is delivered in the receiver's, so forwarding is sufficient.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from facesorter.cancel import Cancelled
from facesorter.errors import Message, UserError
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.app.services import Services
    from facesorter.library.transaction import Transaction

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


class Bridge(QObject):
    """Forwards the events of `Services` to the GUI thread.

    Signals:
        opened: the library is open and can be read.
        open_failed: why it could not be opened, a `Message`.
        changed: `domain.Changes` of a transaction.
        undo_changed: `library.decisions.journal.UndoStatus`.
        progress: `app.progress.Progress`.
        failed: an error message in the user's language.
        taken_over: why nothing is saved any more, a `Message`; comes once.
        thumbnail: kind, id, and the cache file or None.
        map_drawn: the map of faces is up to date.
        map_progress: the fraction of it that is drawn.
        map_failed: why, a `Message`; `failed` is emitted as well.
        trial: `app.model_trial.TrialState`, the progress of a model pack's trial.
        names_found: `app.name_importer.Names` in a folder that was added.
    """

    opened = Signal()
    open_failed = Signal(object)
    changed = Signal(object)
    undo_changed = Signal(object)
    progress = Signal(object)
    failed = Signal(str)
    taken_over = Signal(object)
    thumbnail = Signal(str, int, object)
    map_drawn = Signal()
    map_progress = Signal(float)
    map_failed = Signal(object)
    trial = Signal(object)
    names_found = Signal(object)
    _core_failed = Signal(object)
    _finished = Signal(object, object, object, object)

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self._closed = False
        # Held while a worker emits, so that `close` doesn't return while one is inside a signal of
        # an object about to be destroyed. Emitting to another thread only queues, so it is quick.
        self._emitting = threading.RLock()
        self._links: list[tuple[Any, Callable[..., None]]] = [
            (services.opened, self._forward(self.opened)),
            (services.open_failed, self._forward(self.open_failed)),
            (services.changed, self._forward(self.changed)),
            (services.undo_changed, self._forward(self.undo_changed)),
            (services.progress, self._forward(self.progress)),
            (services.failed, self._forward(self._core_failed)),
            (services.taken_over, self._forward(self.taken_over)),
            (services.thumbnails.loaded, self._forward(self.thumbnail)),
            (services.mapper.drawn, self._forward(self.map_drawn)),
            (services.mapper.progress, self._forward(self.map_progress)),
            (services.mapper.failed, self._forward(self.map_failed)),
            (services.trials.changed, self._forward(self.trial)),
            (services.name_offers.found, self._forward(self.names_found)),
        ]
        for event, callback in self._links:
            event.connect(callback)
        # Formatted here, in the GUI thread, because that is where the user's language is set.
        self._core_failed.connect(self._emit_failed)
        # Queued even within the GUI thread: a callback never runs inside the requesting call.
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Stop forwarding; futures that finish later are dropped. Thread: GUI."""
        with self._emitting:
            self._closed = True
        for event, callback in self._links:
            event.disconnect(callback)
        self._links.clear()

    def query(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Read on the query thread, which `close` ends: after that, the future is canceled."""
        if self._closed:
            return _cancelled()
        return self.services.reads.query(function, *args, **kwargs)

    def query_slow(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Run a query that may compute for seconds; canceled after `close`."""
        if self._closed:
            return _cancelled()
        return self.services.reads.query_slow(function, *args, **kwargs)

    def submit(
        self,
        function: Callable[Concatenate[Transaction, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Run a user action in the writer thread; canceled after `close`."""
        if self._closed:
            return _cancelled()
        return self.services.writer.submit(function, *args, **kwargs)

    def then(
        self,
        future: Future[R],
        done: Callable[[R], object] | None = None,
        *,
        owner: QObject | None = None,
        failed: Callable[[BaseException], bool] | None = None,
    ) -> None:
        """Call ``done`` with the result in the GUI thread, unless ``owner`` is deleted by then.

        ``failed`` may handle an exception by returning True; otherwise the signal of the same name
        reports it to the user: a `UserError` with its own text, anything else with a generic text
        and a log entry.
        """

        def forward(finished: Future[R]) -> None:
            with self._emitting:
                if not self._closed:
                    self._finished.emit(finished, done, failed, owner)

        future.add_done_callback(forward)

    def _forward(self, signal: Any) -> Callable[..., None]:
        def forward(*args: object) -> None:
            with self._emitting:
                if not self._closed:
                    signal.emit(*args)

        return forward

    def _emit_failed(self, message: Message) -> None:
        if not self._closed:
            self.failed.emit(words.sentence(message))

    def _deliver(
        self,
        future: Future[R],
        done: Callable[[R], object] | None,
        failed: Callable[[BaseException], bool] | None,
        owner: QObject | None,
    ) -> None:
        if self._closed or (owner is not None and not shiboken6.isValid(owner)):
            return
        try:
            result = future.result()
        except (CancelledError, Cancelled):
            return
        except UserError as error:
            if failed is None or not failed(error):
                self.failed.emit(words.sentence(error))
            return
        except Exception as error:  # any task error is reported and logged; the window stays open
            if failed is None or not failed(error):
                log.exception("A task of the window failed", exc_info=error)
                self.failed.emit(self._general(error))
            return
        if done is not None:
            done(result)

    @staticmethod
    def _general(error: BaseException) -> str:
        if isinstance(error, sqlite3.Error):
            return translate("Bridge", "The library couldn’t be read. Nothing was changed.")
        return translate(
            "Bridge", "That didn’t work. Nothing was changed. See the log for details."
        )


def _cancelled() -> Future[Any]:  # untyped, because it never has a result
    future: Future[Any] = Future()
    future.cancel()
    return future
