"""Watching folders: file system events are hints, and regular rescans catch everything.

Events get lost: queues overflow, network drives send none, and Linux silently limits the number of
watched folders. So an event only triggers a scan of its folder, and all folders are rescanned
regularly anyway.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facesorter.app.pipeline import Pipeline
from facesorter.app.reads import Reads
from facesorter.app.worker import Worker
from facesorter.cancel import Cancelled
from facesorter.domain import Changes, FolderId, FolderState
from facesorter.images.formats import is_photo, is_sidecar
from facesorter.storage import folders

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger(__name__)

DEBOUNCE = 1.0
"""Seconds without events before a folder is scanned, so that copying many files is one scan."""
LONGEST_DEBOUNCE = 5.0
"""Seconds after which a folder is scanned despite continuing events."""
SECOND_LOOK = 3.0
"""Seconds until a folder is scanned a second time: after a scan that found changes, in folders
without events, so that files still being written are complete; and after watching a new folder
began, for what changed before that."""
ROOT_CHECK = 2.0
"""Seconds between checks that each folder exists (drives come and go without events)."""
FULL_RESCAN = 600.0
"""Seconds between scans of everything."""
LONGEST_UNPLUGGED = 60.0
"""Maximum seconds between scans of a folder that isn't empty but counts as unplugged because it
held no photos; the interval starts at `ROOT_CHECK` and doubles."""

OBSERVER_TIMEOUT = 2.0
"""Seconds to wait for watchdog's threads; they own nothing, so a hanging one can be abandoned."""

Identity = tuple[int, int] | None


@dataclass(slots=True)
class _Root:
    """The state of a watched folder."""

    path: str
    identity: Identity
    watch: ObservedWatch | None = None
    unplugged_wait: float = ROOT_CHECK
    unplugged_due: float = 0.0


class FolderWatcher(Worker):
    """The thread, besides watchdog's, that requests scans from the pipeline."""

    def __init__(self, reads: Reads, pipeline: Pipeline) -> None:
        super().__init__({"watcher": self._run})
        self._reads = reads
        self._pipeline = pipeline
        self._stale = True
        self._first_event: dict[FolderId, float] = {}
        self._due: dict[FolderId, float] = {}
        self._second_look: dict[FolderId, float] = {}
        self._roots: dict[FolderId, _Root] = {}
        self._observer: BaseObserver | None = None
        self._scanned_all = False
        """Whether everything was scanned once, as it is after the first look at all folders."""

    def on_changed(self, changes: Changes) -> None:
        """Reread the list of folders if it may have changed."""
        if changes.folders:
            with self.wake:
                self._stale = True
                self.wake.notify_all()

    def on_scanned(self, folder_id: FolderId, differences: int) -> None:
        """Schedule a second scan if this one found changes and the folder sends no events."""
        if differences:
            with self.wake:
                self._second_look[folder_id] = time.monotonic() + SECOND_LOOK
                self.wake.notify_all()

    def _on_event(self, folder_id: FolderId) -> None:
        with self.wake:
            present = time.monotonic()
            first = self._first_event.setdefault(folder_id, present)
            self._due[folder_id] = min(present + DEBOUNCE, first + LONGEST_DEBOUNCE)
            self.wake.notify_all()

    def _run(self) -> None:
        next_full = next_roots = 0.0
        try:
            while True:
                with self.wake:
                    if self.token.cancelled:
                        return
                    present = time.monotonic()
                    ready = self._ready(present)
                    stale, self._stale = self._stale, False
                if ready:
                    self._pipeline.scan(ready)
                if stale or present >= next_roots:
                    next_roots = present + ROOT_CHECK
                    try:
                        self._look_at_roots(present)
                    except Cancelled:
                        return
                    except Exception:  # the next check may succeed; the thread must live
                        log.exception("the watched folders can't be looked at")
                if present >= next_full:
                    # Also at the start, but after watching began, so that no change is missed.
                    next_full = present + FULL_RESCAN
                    self._scanned_all = True
                    self._pipeline.scan()
                with self.wake:
                    if not self._stale and not self.token.cancelled:
                        dues = [*self._due.values(), *self._second_look.values()]
                        soonest = min([*dues, next_roots, next_full])
                        self.wake.wait(max(0.01, soonest - time.monotonic()))
        finally:
            self._close_observer()

    def _ready(self, present: float) -> set[FolderId]:
        """Return the folders to scan now; a scan after an event replaces a second one."""
        ready = {folder_id for folder_id, due in self._due.items() if due <= present}
        looks = {f for f, due in self._second_look.items() if due <= present}
        ready |= {f for f in looks if f not in self._due and not self._is_live(f)}
        # Neither a scan that the user asked for nor a late event makes a paused folder watched.
        ready &= self._roots.keys()
        for folder_id in ready | looks:
            self._second_look.pop(folder_id, None)
        for folder_id in ready:
            self._due.pop(folder_id, None)
            self._first_event.pop(folder_id, None)
            self._second_look.pop(folder_id, None)
        return ready

    def _is_live(self, folder_id: FolderId) -> bool:
        """Whether a folder sends events about changes."""
        root = self._roots.get(folder_id)
        return root is not None and root.watch is not None

    def _look_at_roots(self, present: float) -> None:
        if self._observer is not None and not self._observer.is_alive():
            log.error("the observer of folders has died; restarting it")
            self._close_observer()
            for lost in self._roots.values():
                lost.identity = lost.watch = None
        every = folders.every(self._reads.connection(), watched_only=True)
        watched = {f.id: f for f in every if not f.paused}
        for folder_id in [f for f in self._roots if f not in watched]:
            self._unwatch(self._roots.pop(folder_id))
        for folder_id, folder in watched.items():
            there = _identity(folder.path)
            root = self._roots.get(folder_id)
            if root is None or (root.path, root.identity) != (folder.path, there):
                self._meet(folder_id, folder.path, there)
            elif there is not None and folder.state is FolderState.UNPLUGGED:
                self._retry_unplugged(folder_id, root, present)
            else:
                root.unplugged_wait, root.unplugged_due = ROOT_CHECK, 0.0

    def _meet(self, folder_id: FolderId, path: str, there: Identity) -> None:
        """Watch a folder that is new, or that replaced the one at this path since the last check.

        It is scanned after watching began, so that no change is missed: the scan that the pipeline
        starts when a folder is added may pass a file before that.
        """
        before = self._roots.get(folder_id)
        if before is not None:
            self._unwatch(before)
        self._roots[folder_id] = root = _Root(path, there)
        if there is not None:
            root.watch = self._watch(folder_id, path)
        if before is not None:
            self._pipeline.scan([folder_id])
        elif self._scanned_all:
            self._due[folder_id] = time.monotonic() + SECOND_LOOK

    def _retry_unplugged(self, folder_id: FolderId, root: _Root, present: float) -> None:
        """Scan a folder that is back with the same identity, or that may no longer be empty.

        A place where a drive is mounted stays empty for weeks: to find that out by a scan takes
        seconds in a large library.
        """
        if present >= root.unplugged_due and not _is_empty(root.path):
            self._pipeline.scan([folder_id])
            root.unplugged_due = present + root.unplugged_wait
            root.unplugged_wait = min(2 * root.unplugged_wait, LONGEST_UNPLUGGED)

    def _watch(self, folder_id: FolderId, path: str) -> ObservedWatch | None:
        from watchdog import events
        from watchdog.events import FileSystemEventHandler
        from watchdog.observers import Observer

        # watchdog doesn't follow symlinks, and the folder itself may be one.
        place = os.path.realpath(path)

        class Handler(FileSystemEventHandler):
            def on_any_event(_, event: FileSystemEvent) -> None:  # noqa: N805 - self is the watcher
                paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
                files = [os.path.basename(path) for path in paths if not _is_hidden(path, place)]
                if any(event.is_directory or is_photo(n) or is_sidecar(n) for n in files):
                    self._on_event(folder_id)

        # Without a filter, our own reading of photos would cause events (opened, closed).
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
        # watchdog warns about folders found twice while they are being created; if warnings are
        # errors, that would end its thread.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        try:
            if self._observer is None:
                self._observer = Observer()
                self._observer.start()
            return self._observer.schedule(Handler(), place, recursive=True, event_filter=kinds)
        except (OSError, RuntimeError) as error:
            # Too many folders or threads for the system: rely on the rescans.
            log.warning("folder %d can't be watched live: %s", folder_id, error)
            return None

    def _unwatch(self, root: _Root) -> None:
        watch, root.watch = root.watch, None
        if watch is not None and self._observer is not None:
            try:
                self._observer.unschedule(watch)
            except (KeyError, OSError):
                log.debug("a folder was no longer watched")

    def _close_observer(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None and observer.ident is not None:
            observer.stop()
            observer.join(OBSERVER_TIMEOUT)


def _is_hidden(path: str, root: str) -> bool:
    """Return whether a path below a watched folder is hidden from scans, as programs' caches are.

    They write all the time.
    """
    return any(part.startswith(".") for part in path.removeprefix(root).split(os.sep))


def _is_empty(path: str) -> bool:
    """Whether a folder that exists holds nothing, but for what is hidden from scans."""
    try:
        with os.scandir(path) as entries:
            return all(entry.name.startswith(".") for entry in entries)
    except OSError:
        return False


def _identity(path: str) -> Identity:
    """Return device and inode, which distinguish folders at the same path; None if missing."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino)
