"""The one place where worker threads meet Qt: core events and finished futures become signals.

The core knows no Qt; its events run callbacks in the thread that emits. A Qt signal may be emitted
from any thread and is delivered in the receiver's, so forwarding is all it takes.
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
        opened: the library is open; reading may begin.
        open_failed: why it could not be opened, a `Message`.
        changed: `domain.Changes` of a transaction.
        undo_changed: `library.decisions.journal.UndoStatus`.
        progress: `app.progress.Progress`.
        failed: what went wrong, in the user's language.
        thumbnail: kind, id, and the cache file or None.
        map_drawn: the map of faces is up to date.
        map_progress: the share of it that is drawn.
        map_failed: why, a `Message`; `failed` says it too.
        trial: `app.model_trial.Trying`, how far the trial of a model pack is.
    """

    opened = Signal()
    open_failed = Signal(object)
    changed = Signal(object)
    undo_changed = Signal(object)
    progress = Signal(object)
    failed = Signal(str)
    thumbnail = Signal(str, int, object)
    map_drawn = Signal()
    map_progress = Signal(float)
    map_failed = Signal(object)
    trial = Signal(object)
    _core_failed = Signal(object)
    _finished = Signal(object, object, object, object)

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self._closed = False
        # Held while a worker emits, so that `close` returns only when none is inside a signal of
        # an object that is about to go. Emitting to another thread just queues, and is quick.
        self._emitting = threading.RLock()
        self._links: list[tuple[Any, Callable[..., None]]] = [
            (services.opened, self._forward(self.opened)),
            (services.open_failed, self._forward(self.open_failed)),
            (services.changed, self._forward(self.changed)),
            (services.undo_changed, self._forward(self.undo_changed)),
            (services.progress, self._forward(self.progress)),
            (services.failed, self._forward(self._core_failed)),
            (services.thumbnails.loaded, self._forward(self.thumbnail)),
            (services.mapper.drawn, self._forward(self.map_drawn)),
            (services.mapper.progress, self._forward(self.map_progress)),
            (services.mapper.failed, self._forward(self.map_failed)),
            (services.tryout.told, self._forward(self.trial)),
        ]
        for event, callback in self._links:
            event.connect(callback)
        # Finished here, in the GUI's thread, whose language it is.
        self._core_failed.connect(self._say_failed)
        # Queued even within the GUI thread: a callback never runs inside the call that asked.
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Stop forwarding; futures that end later are dropped. Thread: GUI."""
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
        """Read on the query thread; after `close`, when there is none, the future is cancelled."""
        if self._closed:
            return _cancelled()
        return self.services.reads.query(function, *args, **kwargs)

    def query_slow(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Calculate for seconds over what is read; cancelled after `close`."""
        if self._closed:
            return _cancelled()
        return self.services.reads.query_slow(function, *args, **kwargs)

    def submit(
        self,
        function: Callable[Concatenate[Transaction, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Do an act of the user in the writer thread; cancelled after `close`."""
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
        """Call ``done`` with the result in the GUI thread, unless ``owner`` is gone by then.

        ``failed`` may take an exception (returning True); otherwise the user is told by the signal
        of that name: a `UserError` in its own words, anything else in general ones and in the log.
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

    def _say_failed(self, said: Message) -> None:
        if not self._closed:
            self.failed.emit(words.sentence(said))

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
        except Exception as error:  # whatever a task raised: told and logged, the window lives on
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


def _cancelled() -> Future[Any]:  # an answer of no type: it never comes
    future: Future[Any] = Future()
    future.cancel()
    return future
