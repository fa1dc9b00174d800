"""The background threads of one open library: the composition root below the window."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from facesorter import paths
from facesorter.app import jobs, model_switch
from facesorter.app.duplicate_finder import DuplicateFinder
from facesorter.app.events import Event
from facesorter.app.isolated import IsolatedAnalysis
from facesorter.app.mapper import Mapper
from facesorter.app.model_switch import ModelSwitch
from facesorter.app.model_trial import TrialRunner
from facesorter.app.name_importer import NameImporter
from facesorter.app.name_offers import NameOffers
from facesorter.app.pauses import Pauses, Reason
from facesorter.app.pipeline import Pipeline
from facesorter.app.progress import Phase, Progress
from facesorter.app.reads import Reads
from facesorter.app.refresher import Refresher
from facesorter.app.sidecar_keeper import SidecarKeeper
from facesorter.app.stack_finder import StackFinder
from facesorter.app.thumbnails import ThumbnailLoader
from facesorter.app.watcher import FolderWatcher
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled
from facesorter.domain import Changes, Photo, PhotoId, Region
from facesorter.errors import Message
from facesorter.images import malloc_tuning
from facesorter.images.thumbnails import ThumbnailCache
from facesorter.library import grouping, queries
from facesorter.library.queries import Counts
from facesorter.settings import Settings

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer, FoundFace
    from facesorter.images.decode import Picture

R = TypeVar("R")

WORKING = (Phase.SCANNING, Phase.ANALYSING, Phase.SEARCHING)
"""Phases in which photos are completed."""
TICK = 0.5
"""Seconds between two progress events."""
COUNT_REST = 20.0
"""Pause between counts while the library changes, as a multiple of the duration of a count."""
SWITCH_INTERVAL = 0.002
"""Seconds that a thread may hold the GIL while another waits for it (Python's default is 5 ms), so
that the window's thread waits less while grouping runs."""


class Services:
    """One library and all threads that work on it.

    Construction is cheap: it neither opens nor imports anything heavy.

    Events (in worker threads): opened(), open_failed(Message), changed(Changes),
    undo_changed(journal.UndoStatus), progress(Progress), failed(Message), taken_over(Message):
    another computer has the library now, nothing is written any more, and no failure that follows
    from it is told.
    """

    def __init__(
        self,
        library_dir: Path,
        cache_dir: Path | None = None,
        settings: Settings | None = None,
        *,
        watch: bool = True,
        load: Callable[[], FaceAnalyzer] | None = None,
        isolation: IsolatedAnalysis | None = None,
    ) -> None:
        self.library_dir = library_dir
        self.cache_dir = cache_dir or paths.library_cache(library_dir)
        self.settings = settings or Settings()
        self.writer = Writer(library_dir)
        self.reads = Reads(library_dir)
        cache = ThumbnailCache(self.cache_dir / "thumbnails")
        self.thumbnails = ThumbnailLoader(cache, self.reads)
        self.pipeline = Pipeline(
            self.reads,
            self.writer,
            load or (lambda: model_switch.load_analyzer(self.settings)),
            cache,
            isolation or IsolatedAnalysis(library_dir, self.cache_dir, self.settings),
            workers=self.settings.worker_count,
            notes=library_dir,
        )
        self.pipeline.scans_everything = self.settings.scan_everything
        self.pauses = Pauses(self.pipeline)
        self.refresher = Refresher(self.reads, self.writer, library_dir)
        stacks = StackFinder(self.reads, self.writer, lambda: self.settings.stacks)
        stacks.counterparts_found.connect(lambda: self.refresher.on_faces(1))
        self.duplicates = DuplicateFinder(self.reads, self.writer, cache, stacks)
        self.names = NameImporter(self.reads, self.writer, self.pipeline.ready)
        self.refresher.first = partial(self.names.apply, self.refresher.token)
        self.refresher.last = self.names.follow_suggestions
        self.name_offers = NameOffers(self.reads, self.names)
        self.sidecars = SidecarKeeper(self.reads, self.writer)
        self._stopping = threading.Event()
        self.models = ModelSwitch(
            self.settings, self.reads, self.pipeline, self.pauses, self._stopping
        )
        self.trials = TrialRunner(self.reads, self.writer, self.refresher, self.models)
        self.mapper = Mapper(self.refresher, library_dir, follow=watch)
        self.watcher = FolderWatcher(self.reads, self.pipeline) if watch else None
        self.opened = self.writer.opened
        self.open_failed = self.writer.open_failed
        self.changed = self.writer.changed
        self.undo_changed = self.writer.undo_changed
        self.taken_over = Event[Message]()
        self.submit = self.writer.submit
        self.query = self.reads.query
        self.query_slow = self.reads.query_slow
        self.progress = Event[Progress]()
        self.failed = Event[Message]()
        self._message: Message | None = None
        self._is_taken_over = False
        self._last_counts: Counts | None = None
        self._uncounted = False
        self._count_again = 0.0
        self._running = False
        self._state = threading.Lock()
        self._ticker = threading.Thread(target=self._tick, name="progress", daemon=True)
        self._views = threading.Semaphore(2)
        self._connect()

    def start(self) -> Future[None]:
        """Start the threads; the result is set when the library is open, or holds the error."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        ready: Future[None] = Future()
        opening = self.writer.start()
        opening.add_done_callback(lambda done: self._go_on(done, ready))
        return ready

    def stop(self, timeout: float | None = 5.0) -> bool:
        """Cancel running work, write queued changes, and close; False if that took too long.

        Threads that still hang then (on a lost network drive, for example) are abandoned.
        """
        deadline = None if timeout is None else time.monotonic() + timeout

        def left() -> float | None:
            return None if deadline is None else max(0.0, deadline - time.monotonic())

        # If the library is still being opened, nothing is started afterwards.
        with self._state:
            self._stopping.set()
            running = self._running
        ended = self.name_offers.stop(left())
        ended &= self.trials.close(left())
        if running:
            if self.watcher is not None:
                ended &= self.watcher.stop(left())
            ended &= self.pipeline.stop(left())
            self.refresher.stop()
            self._ticker.join()
        ended &= self.duplicates.stop(left())
        ended &= self.sidecars.stop(left())
        self.mapper.stop(left())
        self.thumbnails.stop()
        if ended:
            # Before the writer, which can checkpoint the log only without open readers.
            self.reads.close()
        return self.writer.close(left()) and ended

    def reader(self) -> sqlite3.Connection:
        """Return the calling thread's read-only connection.

        In the window's thread, use it only to read rows by id.
        """
        return self.reads.connection()

    def rescan(self) -> None:
        """Scan all watched folders."""
        self.pipeline.scan()

    def scan_everything(self, on: bool) -> None:
        """Include or leave out trash, thumbnails, and other programs' folders from now on."""
        self.settings.scan_everything = on
        self.pipeline.scans_everything = on
        self.rescan()

    def try_again(self, photo_ids: Sequence[PhotoId]) -> Future[int]:
        """Analyze photos again that couldn't be analyzed; the result is how many were queued."""
        return self.pipeline.try_again(photo_ids)

    def refresh_now(self) -> None:
        """Refresh the groups as soon as possible."""
        self.refresher.refresh_now()

    def pause(self) -> None:
        """Pause the analysis; scans, grouping, and the user's actions continue."""
        self.pauses.hold(Reason.USER)
        self._emit_progress()

    def resume(self) -> None:
        """Resume the analysis, whatever the reason for the pause."""
        self.pauses.resume()
        self._emit_progress()

    def use_models(self, folder: str) -> Future[None]:
        """Analyze all photos with the models in ``folder`` ("" = the bundled ones) from now on.

        Switching to different models requires a library without faces; otherwise use
        `TrialRunner.start`. The choice is saved; names and decisions stay. If the models can't be
        loaded, the old ones stay in use and the result holds the `UserError`. Thread: any, never
        blocks.
        """
        return jobs.run(self.models.switch, folder)

    @property
    def paused(self) -> bool:
        """Whether the analysis is paused."""
        return self.pipeline.paused

    def wait_idle(self) -> None:
        """Block until everything found is analyzed and grouped."""
        while not self._stopping.is_set():
            # In short waits, because some systems deliver interrupts only between them.
            if not (self.pipeline.wait_idle(TICK) and self.refresher.wait_idle(TICK)):
                continue
            if self.pipeline.phase in (Phase.IDLE, Phase.PAUSED) and self.refresher.wait_idle(0):
                return

    def load_photo(self, photo_id: PhotoId, long_side: int) -> Future[Picture]:
        """Decode a photo for the full view, its long side at most ``long_side`` pixels."""

        def load(photo: Photo) -> Picture:
            from facesorter.images.decode import load_upright, read_picture

            return load_upright(read_picture(Path(photo.path)), long_side=long_side)

        return self._view(photo_id, load)

    def describe_face(
        self, photo_id: PhotoId, region: Region, moment: int | None = None
    ) -> Future[tuple[FoundFace, str]]:
        """Describe a face drawn by the user; the result is the face and the pack's SHA-256.

        Of a video, ``moment`` is the time of the frame in milliseconds.
        """

        def look(photo: Photo) -> tuple[FoundFace, str]:
            from facesorter.faces.analyzer import describe_region

            analyzer, _ = self.pipeline.ready()
            return describe_region(Path(photo.path), region, analyzer, moment), analyzer.sha256

        return self._view(photo_id, look)

    def current_progress(self) -> Progress:
        """Return the current progress. May read the library; thread: not the window's."""
        counts = self._counts()
        phase = self.pipeline.phase
        if phase == Phase.IDLE and self.refresher.busy:
            phase = Phase.GROUPING
        rate = self.pipeline.rate.per_second()
        analysing = phase in (Phase.ANALYSING, Phase.SEARCHING)
        left = {Phase.ANALYSING: counts.pending, Phase.SEARCHING: counts.unsearched}.get(phase)
        return Progress(
            phase=phase,
            found=counts.photos,
            analysed=counts.photos - counts.pending - counts.problems,
            pending=counts.pending,
            failed=counts.problems,
            faces=counts.faces,
            rate=rate if phase in WORKING else 0.0,
            seconds_left=left / rate if rate > 0 and left else None,
            message=self._message,
            paused_by=self.pauses.reason if phase == Phase.PAUSED else None,
            unsearched=counts.unsearched,
            preparing=(analysing and self.pipeline.preparing)
            or (phase == Phase.GROUPING and self.refresher.preparing),
            slow_photo=self.pipeline.slow_photo if analysing else "",
            slow_share=self.pipeline.slow_share if analysing else None,
        )

    def _counts(self) -> Counts:
        """Count photos and faces, unless nothing changed since the last count.

        During constant changes, counting takes at most a twentieth of the time: at 300,000 photos
        one count takes 0.1 s, and counts are requested twice a second.
        """
        present = time.monotonic()
        if self._last_counts is None or (self._uncounted and present >= self._count_again):
            self._uncounted = False
            self._last_counts = queries.counts(self.reads.connection())
            took = time.monotonic() - present
            self._count_again = present + COUNT_REST * took
        return self._last_counts

    def _view(self, photo_id: PhotoId, work: Callable[[Photo], R]) -> Future[R]:
        """Process a photo for a view, in a new thread."""
        answer: Future[R] = Future()

        def run() -> None:
            with self._views:
                if not answer.set_running_or_notify_cancel():
                    return
                try:
                    (photo,) = self.query(queries.photos, [photo_id]).result()
                    answer.set_result(work(photo))
                except Exception as error:  # passed to the view through the future
                    answer.set_exception(error)

        threading.Thread(target=run, name="view", daemon=True).start()
        return answer

    def _connect(self) -> None:
        for source in (self.writer, self.pipeline, self.refresher, self.mapper):
            source.failed.connect(self._on_failed)
        self.writer.taken_over.connect(self._on_taken_over)
        self.writer.changed.connect(self._on_changed)
        self.pipeline.faces_found.connect(self.refresher.on_faces)
        if self.watcher is not None:
            self.writer.changed.connect(self.name_offers.on_changed)
            self.pipeline.scanned.connect(self.name_offers.on_scanned)
            self.writer.changed.connect(self.watcher.on_changed)
            self.pipeline.scanned.connect(self.watcher.on_scanned)

    def _on_changed(self, changes: Changes) -> None:
        self._uncounted = True
        self.pipeline.on_changed(changes)
        self.refresher.on_changed(changes)
        self.duplicates.on_changed(changes)
        self.sidecars.on_changed(changes)

    def _on_taken_over(self, message: Message) -> None:
        self._message = message
        self._is_taken_over = True
        self.refresher.enabled = False
        self.taken_over.emit(message)

    def _on_failed(self, message: Message) -> None:
        if self._is_taken_over:
            return
        self._message = message
        self.failed.emit(message)

    def _go_on(self, opening: Future[None], ready: Future[None]) -> None:
        error = opening.exception()
        try:
            if error is not None:
                raise error
            with self._state:
                if self._stopping.is_set():
                    raise Cancelled
                self._start_threads()
        except BaseException as problem:  # passed to the caller of `start` through the future
            ready.set_exception(problem)
        else:
            ready.set_result(None)

    def _start_threads(self) -> None:
        due = self.watcher is not None and grouping.is_due(self.reads.connection())
        self._running = True
        self.pipeline.start()
        self.refresher.start()
        if self.watcher is not None:
            self.watcher.start()
            self.duplicates.start()
            self.sidecars.start()
        if due:
            self.refresher.on_faces(1)
        self._ticker.start()

    def _tick(self) -> None:
        last: Progress | None = None
        while not self._stopping.wait(TICK):
            with contextlib.suppress(sqlite3.Error):
                found = self.current_progress()
                if found != last:
                    if last is not None and last.phase != Phase.IDLE and found.phase == Phase.IDLE:
                        malloc_tuning.release()
                    last = found
                    self.progress.emit(found)

    def _emit_progress(self) -> None:
        if self._running:
            self.query(lambda _: self.progress.emit(self.current_progress()))
