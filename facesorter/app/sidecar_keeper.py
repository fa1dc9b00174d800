"""Keeps sidecars up to date, if enabled: in small batches, once nothing changes.

Only the user's decisions lead to a sidecar being written, never the sidecar itself: a scan that
finds one changed on the disk reads it, and the photo has nothing else to say than before.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import time
from dataclasses import replace

from facesorter.app.events import Event
from facesorter.app.priority import lower_priority
from facesorter.app.reads import Reads
from facesorter.app.worker import Worker
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled
from facesorter.domain import Changes, FolderId, FolderState, PersonId, PhotoId, PhotoStatus
from facesorter.errors import UserError
from facesorter.library import export, queries, sidecars
from facesorter.library.sidecars import Report
from facesorter.storage import folders, persons, photos

log = logging.getLogger(__name__)

QUIET = 5.0
"""Seconds without changes before sidecars are written: several corrections make one write."""
LONGEST_WAIT = 60.0
"""Seconds after which they are written though something keeps changing."""
AFTER_START = 30.0
"""Seconds without writing after the start, when folders are read and photos listed."""
BATCH = 100
"""Sidecars per transaction that records them; what a kill loses is looked at again."""
REST = 0.02
"""Seconds between two sidecars: 50 a second, so that programs that watch the folder keep up."""


class SidecarKeeper(Worker):
    """The thread that writes sidecars after decisions, where the library is set to.

    Event, in that thread: written(Report), after each round that wrote anything or failed to.
    """

    def __init__(self, reads: Reads, writer: Writer) -> None:
        """Start nothing yet."""
        super().__init__({"sidecars": self._run})
        self._reads, self._writer = reads, writer
        self._changes = Changes()
        self._everything = True
        self._names: dict[PersonId, str] = {}
        self._connected: frozenset[FolderId] = frozenset()
        self._failed: set[PhotoId] = set()
        self._last = 0.0
        self._since: float | None = None
        self.written = Event[Report]()

    def on_changed(self, changes: Changes) -> None:
        """Note what changed, to be written soon. Thread: any."""
        with self.wake:
            self._changes |= changes
            self._touch()

    def look_again(self) -> None:
        """Look at all photos soon, as after the user's choice changed. Thread: any."""
        with self.wake:
            self._everything = True
            self._touch()

    def catch_up(self) -> Report:
        """Write what is due now. Blocks; thread: any but the writer.

        Raises:
            Cancelled: `stop` was called.
        """
        with self.wake:
            changes, everything = self._changes, self._everything
            self._changes, self._everything, self._since = Changes(), False, None
        connection = self._reads.connection()
        options = sidecars.kept(connection)
        whole = Report()
        if options is None:
            return whole
        if options.folder is not None and not options.folder.parent.is_dir():
            # As on a drive that isn't connected, of which no folder is to be made elsewhere.
            missing = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            raise export.unwritable(options.folder, missing)
        everything = self._is_connected(connection, changes) or everything
        for part in self._parts(connection, changes, everything):
            self.token.check()
            due = sidecars.due(connection, part, options)
            report = sidecars.run(
                due,
                options,
                token=self.token,
                progress=lambda *_: self.token.wait(REST),
            )
            if report.done:
                digests = {each.photo.id: each.digest for each in report.done}
                self._writer.submit_machine(sidecars.record, digests).result()
            done = {each.photo.id for each in report.done}
            self._failed.update(each.photo.id for each in due if each.photo.id not in done)
            for name in ("written", "merged", "conflicts", "failed"):
                getattr(whole, name).extend(getattr(report, name))
        if whole.written or whole.merged or whole.failed:
            self.written.emit(whole)
        return whole

    def _parts(
        self, connection: sqlite3.Connection, changes: Changes, everything: bool
    ) -> list[list[PhotoId]]:
        # A decision touches all people it is about; only a name is in all their photos' sidecars.
        before, self._names = (
            self._names,
            {each: name for name, each in persons.spelled(connection)},
        )
        renamed = {each for each in changes.persons if self._names.get(each) != before.get(each)}
        again: set[PhotoId] = set()
        if everything or changes.folders:
            again, self._failed = self._failed, set()
        if everything:
            ids = sorted(queries.photo_ids(connection))  # photos of a folder one after another
        else:
            found = sidecars.affected(connection, replace(changes, persons=frozenset(renamed)))
            found |= again
            ids = [
                each.id
                for each in photos.by_ids(connection, sorted(found))
                if each.status is not PhotoStatus.MISSING
            ]
        return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]

    def _is_connected(self, connection: sqlite3.Connection, changes: Changes) -> bool:
        """Return whether a folder can be reached that couldn't, as after a drive was connected."""
        if self._connected and not changes.folders:
            return False
        before = self._connected
        self._connected = frozenset(
            folder.id
            for folder in folders.every(connection, watched_only=True)
            if folder.state is FolderState.PRESENT
        )
        return not self._connected <= before

    def _touch(self) -> None:
        self._last = time.monotonic()
        self._since = self._since or self._last
        self.wake.notify_all()

    def _run(self) -> None:
        lower_priority()
        if self.token.wait(AFTER_START):
            return
        with self.wake:
            self._touch()
        while self._wait():
            try:
                self.catch_up()
            except Cancelled:
                return
            except UserError as error:
                # A full disk or a folder that is gone: the next change tries again.
                log.warning("sidecars can't be written (%s)", type(error).__name__)
                with self.wake:
                    self._everything = True
            except Exception:  # the thread must live
                log.exception("sidecars can't be written")

    def _wait(self) -> bool:
        with self.wake:
            while not self.token.cancelled:
                wait = None
                if self._since is not None:
                    due = min(self._last + QUIET, self._since + LONGEST_WAIT)
                    wait = due - time.monotonic()
                    if wait <= 0:
                        return True
                self.wake.wait(wait)
            return False
