"""Read-only connections, one per thread, with one thread for queries and one for slow ones."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from facesorter.cancel import Cancelled
from facesorter.storage.database import DATABASE_NAME, open_reader, plain_words

P = ParamSpec("P")
R = TypeVar("R")


class Reads:
    """The read-only connections to one library. Thread: any."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[sqlite3.Connection] = []
        self._closed = False
        # One thread, because views rely on results arriving in the order of their queries.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="query")
        # Calculations that take seconds must not delay lists of photos.
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="slow-query")

    def connection(self) -> sqlite3.Connection:
        """Return the calling thread's own read-only connection.

        Raises:
            Cancelled: all connections were closed.
        """
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = open_reader(self._directory)
            with self._lock:
                if self._closed:
                    found.close()
                    raise Cancelled
                self._open.append(found)
            self._local.connection = found
        return found

    def query(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Run ``function(connection, *args, **kwargs)`` on the query thread."""
        return self._pool.submit(self._answer, function, args, kwargs)

    def query_slow(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """Run a function that takes seconds, like `query` but on a separate thread."""
        return self._slow.submit(self._answer, function, args, kwargs)

    def _answer(
        self, function: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> R:
        with plain_words(self._directory / DATABASE_NAME):
            return function(self.connection(), *args, **kwargs)

    def close(self) -> None:
        """Drop waiting queries, interrupt running ones, and close every connection.

        Waits for running calculations. No query may follow.
        """
        self._slow.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            for connection in self._open:
                connection.interrupt()
        self._pool.shutdown(wait=True)
        self._slow.shutdown(wait=True)
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
