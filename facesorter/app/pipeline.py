"""Find photos and analyse them: one scan thread, and as many analysis threads as there is room.

What waits is read from the library itself (`status = 'pending'`), so a killed program goes on
where it was; nothing here has to be saved.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from facesorter.app.events import Event
from facesorter.app.progress import Rate
from facesorter.app.reads import Reads
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled, CancelToken
from facesorter.domain import Changes
from facesorter.errors import UserError
from facesorter.storage import folders, photos
from facesorter.storage.photos import Pending

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer, PhotoFaces

log = logging.getLogger(__name__)

READ_AHEAD = 64
"""Photos taken from the library at once; a query costs about as much as one for a single photo."""


class Pipeline:
    """Runs scans and analyses until stopped.

    Events: faces_found(count) after analysed photos were written; scanned(folder_id, differences);
    failed(sentence).
    """

    def __init__(
        self,
        reads: Reads,
        writer: Writer,
        load: Callable[[], FaceAnalyzer],
        analyse: Callable[[Pending, FaceAnalyzer, CancelToken], PhotoFaces],
        workers: int,
    ) -> None:
        self._reads = reads
        self._writer = writer
        self._load = load
        self._analyse = analyse
        self._token = CancelToken()
        self._wake = threading.Condition()
        self._to_scan: dict[int, None] = {}
        self._scanning: int | None = None
        self._buffer: deque[Pending] = deque()
        self._in_flight: set[int] = set()
        self._skipped: dict[int, int] = {}
        self._nothing_pending = False
        self._paused = False
        self._broken = False
        self._analyzer: tuple[FaceAnalyzer, int] | None = None
        self._loading = threading.Lock()
        self.analysing = True
        self.rate = Rate()
        self.faces_found = Event()
        self.scanned = Event()
        self.failed = Event()
        self._threads = [threading.Thread(target=self._scan_loop, name="scan", daemon=True)]
        self._threads += [
            threading.Thread(target=self._work_loop, name=f"analysis-{n}", daemon=True)
            for n in range(workers)
        ]

    def start(self) -> None:
        """Start the threads; the library must be open."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Cancel what runs; returns when every thread has ended."""
        self._token.cancel()
        with self._wake:
            self._wake.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def scan(self, folder_ids: Iterable[int] | None = None) -> None:
        """Ask for a scan of some folders, or of all that are watched. Thread: any, never blocks."""
        with self._wake:
            for folder_id in [0] if folder_ids is None else folder_ids:
                self._to_scan[folder_id] = None
            self._wake.notify_all()

    def pause(self) -> None:
        """Start no further photo; those in the works are finished."""
        with self._wake:
            self._paused = True

    def resume(self) -> None:
        """Go on."""
        self.rate.restart()
        with self._wake:
            self._paused = False
            self._wake.notify_all()

    @property
    def paused(self) -> bool:
        """Whether the user paused the analysis."""
        return self._paused

    @property
    def phase(self) -> str:
        """'scanning', 'paused', 'analysing' or 'idle'."""
        with self._wake:
            if self._to_scan or self._scanning is not None:
                return "scanning"
            if self._idle():
                return "idle"
            return "paused" if self._paused else "analysing"

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Block until nothing is left to scan or analyse; False when it took longer."""
        with self._wake:
            return self._wake.wait_for(lambda: self._idle() or self._token.cancelled, timeout)

    def on_changed(self, changes: Changes) -> None:
        """Look for pending photos again after the library changed."""
        if changes.photos or changes.folders:
            with self._wake:
                self._nothing_pending = False
                self._wake.notify_all()

    def _idle(self) -> bool:
        nothing = self._nothing_pending or not self.analysing or self._broken
        return (
            not self._to_scan
            and self._scanning is None
            and nothing
            and not self._buffer
            and not self._in_flight
        )

    # Scanning

    def _scan_loop(self) -> None:
        while True:
            with self._wake:
                self._wake.notify_all()
                while not self._to_scan and not self._token.cancelled:
                    self._wake.wait()
                if self._token.cancelled:
                    return
                self._scanning = next(iter(self._to_scan))
                del self._to_scan[self._scanning]
                wanted = self._scanning
            try:
                self._scan(wanted)
            except Cancelled:
                return
            except Exception as error:  # the next scan may succeed; the thread must live
                if not isinstance(error, UserError):
                    log.exception("a scan failed")
                self.failed.emit(str(error))
            finally:
                with self._wake:
                    self._scanning = None
                    self._nothing_pending = False
                    self._wake.notify_all()

    def _scan(self, wanted: int) -> None:
        from facesorter.library import record
        from facesorter.library.scan import scan_folder

        connection = self._reads.connection()
        for folder in folders.every(connection, watched_only=True):
            if wanted not in (0, folder.id):
                continue
            last: Future[Any] | None = None
            differences = 0
            for batch in scan_folder(connection, folder, self._token):
                differences += batch.differences
                if batch.worth_writing(folder):
                    last = self._writer.submit_machine(record.found, batch)
            if last is not None:
                last.result()
            with self._wake:
                self._skipped = {p: f for p, f in self._skipped.items() if f != folder.id}
            self.scanned.emit(folder.id, differences)

    # Analysing

    def _work_loop(self) -> None:
        while True:
            photo = self._take()
            if photo is None:
                return
            try:
                self._do(photo)
            except Cancelled:
                self._release(photo.id)
                return
            except UserError as error:
                self._break(str(error), photo.id)
            except Exception as error:  # our own fault in one photo must not stop the others
                log.exception("analysing photo %d failed", photo.id)
                self._record_bug(photo, error)

    def _take(self) -> Pending | None:
        connection = self._reads.connection()
        with self._wake:
            while True:
                if self._token.cancelled:
                    return None
                if self.analysing and not self._paused and not self._broken:
                    if self._buffer:
                        photo = self._buffer.popleft()
                        self._in_flight.add(photo.id)
                        return photo
                    if not self._nothing_pending:
                        busy = frozenset(self._in_flight | self._skipped.keys())
                        found = photos.next_pending(connection, READ_AHEAD, busy)
                        self._buffer.extend(found)
                        self._nothing_pending = not found
                        if found:
                            continue
                        self._wake.notify_all()
                self._wake.wait()

    def _do(self, photo: Pending) -> None:
        from facesorter.library import record

        analyzer, model_id = self._ready()
        seen = self._analyse(photo, analyzer, self._token)
        if seen.error is not None and not os.path.exists(photo.path):
            # Gone since the scan, or its drive was pulled: no fault of the photo. Look again.
            with self._wake:
                self._skipped[photo.id] = photo.folder_id
            self._release(photo.id)
            self.scan([photo.folder_id])
            return
        future = self._writer.submit_machine(
            record.analysed, photo.id, photo.size, photo.mtime_ns, seen, model_id
        )
        self.rate.count()
        future.add_done_callback(lambda done: self._written(photo.id, len(seen.faces), done))

    def _ready(self) -> tuple[FaceAnalyzer, int]:
        from facesorter.library import record

        with self._loading:
            if self._analyzer is None:
                analyzer = self._load()
                model_id = self._writer.submit_machine(
                    record.use_model, analyzer.name, analyzer.sha256, analyzer.dimension
                ).result()
                self.rate.restart()
                self._analyzer = (analyzer, model_id)
            return self._analyzer

    def _written(self, photo_id: int, face_count: int, done: Future[Any]) -> None:
        self._release(photo_id)
        if done.exception() is not None:
            self._break(str(done.exception()), photo_id)
        elif face_count:
            self.faces_found.emit(face_count)

    def _release(self, photo_id: int) -> None:
        with self._wake:
            self._in_flight.discard(photo_id)
            self._nothing_pending = False
            self._wake.notify_all()

    def _break(self, sentence: str, photo_id: int) -> None:
        """Stop analysing for good (no models, disk full): the same would befall every photo."""
        with self._wake:
            first, self._broken = not self._broken, True
            self._in_flight.discard(photo_id)
            self._buffer.clear()
            self._wake.notify_all()
        if first:
            self.failed.emit(sentence)

    def _record_bug(self, photo: Pending, error: Exception) -> None:
        from facesorter.library import record

        sentence = f"This photo could not be analysed because of a fault in facesorter ({error})."
        try:
            future = self._writer.submit_machine(
                record.failed, photo.id, photo.size, photo.mtime_ns, sentence
            )
        except Cancelled:
            self._release(photo.id)
            return
        future.add_done_callback(lambda _: self._release(photo.id))
