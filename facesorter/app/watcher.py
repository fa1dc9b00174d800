"""Live notification as a hint, rescan as the truth.

Notifications get lost: queues overflow, network drives send none, Linux has a limit on watched
folders that fails without a word. So an event only asks for a scan of its folder soon, and every
folder is scanned now and then anyway.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING

from facesorter.app.pipeline import Pipeline
from facesorter.app.reads import Reads
from facesorter.domain import Changes
from facesorter.images.formats import is_photo
from facesorter.storage import folders

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger(__name__)

DEBOUNCE = 1.0
"""Seconds without events before a folder is scanned: a copy of many files is one scan."""
LONGEST_DEBOUNCE = 5.0
"""Seconds after which it is scanned although events go on."""
SECOND_LOOK = 3.0
"""Seconds after a scan that found something until the next: files still being written settle."""
ROOT_CHECK = 2.0
"""Seconds between looks at whether each folder is there (drives come and go without events)."""
FULL_RESCAN = 600.0
"""Seconds between scans of everything."""

Identity = tuple[int, int] | None


class FolderWatcher:
    """Asks the pipeline for scans. Thread: its own, besides watchdog's."""

    def __init__(self, reads: Reads, pipeline: Pipeline) -> None:
        self._reads = reads
        self._pipeline = pipeline
        self._wake = threading.Condition()
        self._stopping = False
        self._stale = True
        self._first_event: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._roots: dict[int, tuple[str, Identity]] = {}
        self._watches: dict[int, ObservedWatch] = {}
        self._observer: BaseObserver | None = None
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Start watching every watched folder; the library must be open."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; returns when the threads have ended."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def on_changed(self, changes: Changes) -> None:
        """Look at the list of folders again when it may have changed."""
        if changes.folders:
            with self._wake:
                self._stale = True
                self._wake.notify_all()

    def on_scanned(self, folder_id: int, differences: int) -> None:
        """Look once more soon after a scan that found something."""
        if differences:
            self._note(folder_id, SECOND_LOOK)

    def _note(self, folder_id: int, wait: float) -> None:
        with self._wake:
            present = time.monotonic()
            first = self._first_event.setdefault(folder_id, present)
            self._due[folder_id] = min(present + wait, first + max(LONGEST_DEBOUNCE, wait))
            self._wake.notify_all()

    def _run(self) -> None:
        next_full = time.monotonic() + FULL_RESCAN
        next_roots = 0.0
        try:
            while True:
                with self._wake:
                    if self._stopping:
                        return
                    present = time.monotonic()
                    ready = [f for f, due in self._due.items() if due <= present]
                    for folder_id in ready:
                        del self._due[folder_id]
                        self._first_event.pop(folder_id, None)
                    stale, self._stale = self._stale, False
                if ready:
                    self._pipeline.scan(ready)
                if present >= next_full:
                    next_full = present + FULL_RESCAN
                    self._pipeline.scan()
                if stale or present >= next_roots:
                    next_roots = present + ROOT_CHECK
                    self._look_at_roots()
                with self._wake:
                    if not self._stale and not self._stopping:
                        soonest = min([*self._due.values(), next_roots, next_full])
                        self._wake.wait(max(0.01, soonest - time.monotonic()))
        finally:
            if self._observer is not None:
                self._observer.stop()
                self._observer.join()

    def _look_at_roots(self) -> None:
        wanted = {f.id: f.path for f in folders.every(self._reads.connection(), watched_only=True)}
        for folder_id in [f for f in self._roots if f not in wanted]:
            del self._roots[folder_id]
            self._unwatch(folder_id)
        for folder_id, path in wanted.items():
            there = _identity(path)
            before = self._roots.get(folder_id)
            self._roots[folder_id] = (path, there)
            if before is not None and before == (path, there):
                continue
            self._unwatch(folder_id)
            if there is not None:
                self._watch(folder_id, path)
            # A folder met for the first time is scanned by whoever added it or started us.
            if before is not None:
                self._pipeline.scan([folder_id])

    def _watch(self, folder_id: int, path: str) -> None:
        from watchdog import events
        from watchdog.events import FileSystemEventHandler
        from watchdog.observers import Observer

        class Handler(FileSystemEventHandler):
            def on_any_event(_, event: FileSystemEvent) -> None:  # noqa: N805 - self is the watcher
                names = [os.fsdecode(event.src_path), os.fsdecode(event.dest_path or "")]
                if event.is_directory or any(is_photo(os.path.basename(name)) for name in names):
                    self._note(folder_id, DEBOUNCE)

        if self._observer is None:
            self._observer = Observer()
            self._observer.start()
        # Without a filter our own reading of photos would come back as events: opened, closed.
        kinds = [
            events.FileCreatedEvent,
            events.FileModifiedEvent,
            events.FileMovedEvent,
            events.FileClosedEvent,
            events.FileDeletedEvent,
            events.DirCreatedEvent,
            events.DirMovedEvent,
            events.DirDeletedEvent,
        ]
        try:
            self._watches[folder_id] = self._observer.schedule(
                Handler(), path, recursive=True, event_filter=kinds
            )
        except OSError as error:  # too many folders for the system: the rescans must do
            log.warning("folder %d can't be watched live: %s", folder_id, error.strerror)

    def _unwatch(self, folder_id: int) -> None:
        watch = self._watches.pop(folder_id, None)
        if watch is not None and self._observer is not None:
            try:
                self._observer.unschedule(watch)
            except (KeyError, OSError):
                log.debug("folder %d was no longer watched", folder_id)


def _identity(path: str) -> Identity:
    """What tells a folder from another that took its name; None where there is none."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino)
