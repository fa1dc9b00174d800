"""The pipeline that finds and analyzes photos: one scan thread and several analysis threads.

Pending photos are read from the library itself (``status = 'pending'``), so nothing here needs
saving: after a crash, work resumes where it was.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from facesorter.app.analyse_file import Stale, analyse_file, same_bytes
from facesorter.app.compilation import read_ahead
from facesorter.app.events import Event
from facesorter.app.isolated import Crashed, IsolatedAnalysis, Unproven
from facesorter.app.priority import lower_priority
from facesorter.app.progress import SLOW, Phase, Rate
from facesorter.app.queue import SET_ASIDE, AnalysisQueue
from facesorter.app.reads import Reads
from facesorter.app.search_file import search_file
from facesorter.app.worker import Worker
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled
from facesorter.domain import Changes, FolderId, PhotoId
from facesorter.errors import Message, UserError
from facesorter.images.thumbnails import ThumbnailCache
from facesorter.library.transaction import Transaction
from facesorter.storage import photos, versions
from facesorter.storage.pending import Pending

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer

log = logging.getLogger(__name__)

P = ParamSpec("P")

EVERY_FOLDER = FolderId(0)
"""Stands for all folders in the set of folders to scan; no folder has this id."""
SAMPLE_AGAIN = 6 * 3600.0
"""Seconds from one search for edits that the system may not tell to the next: it reads from all
files, and the disk could never rest."""


class Pipeline(Worker):
    """The threads that scan folders and analyze photos until stopped.

    Events: faces_found(count) after analyzed photos were written; scanned(folder_id, differences);
    failed(Message).
    """

    def __init__(
        self,
        reads: Reads,
        writer: Writer,
        load: Callable[[], FaceAnalyzer],
        thumbnails: ThumbnailCache,
        isolation: IsolatedAnalysis,
        *,
        workers: int,
        notes: Path,
    ) -> None:
        """Start nothing yet.

        Args:
            reads: Connections for reading pending photos.
            writer: Receives the results of scans and analyses.
            load: Loads the model pack; called again by `load_again`.
            thumbnails: Receives thumbnails made during analysis.
            isolation: Analyzes photos that may have crashed the program.
            workers: The number of analysis threads.
            notes: The folder for notes that must survive a crash; see `CrashGuard`.
        """
        super().__init__(
            {
                "scan": self._scan_loop,
                **{f"analysis-{number}": self._work_loop for number in range(workers)},
            }
        )
        self._reads = reads
        self._writer = writer
        self._load = load
        self._thumbnails = thumbnails
        self._isolation = isolation
        self._queue = AnalysisQueue(notes)
        self._shares: dict[PhotoId, float] = {}
        """How much of the videos in progress is done."""
        self._to_scan: dict[FolderId, None] = {}
        self._scanning = False
        self._unlinked = self._linking = False
        """Photos were analyzed since the last `record.relink`; one is in progress."""
        self._sample_again = 0.0
        self._paused = False
        self._broken = False
        self._told = False
        self._analyzer: tuple[FaceAnalyzer, int] | None = None
        self._loading = threading.Lock()
        self._preparing = False
        self.analysing = True
        self.scans_everything = False
        """Whether scans include trash, thumbnails, and other programs' folders."""
        self.rate = Rate()
        self.faces_found = Event[int]()
        self.scanned = Event[FolderId, int]()
        self.failed = Event[Message]()

    def start(self) -> None:
        """Start the threads; the library must be open."""
        self._queue.open()
        super().start()

    def stop(self, timeout: float | None = None) -> bool:
        """Cancel running work and discard photos in progress; see `Worker.stop`."""
        ended = super().stop(timeout)
        if ended:
            self._queue.close()
        return ended

    def scan(self, folder_ids: Iterable[FolderId] | None = None) -> None:
        """Request a scan of some folders, or of all watched ones. Thread: any, never blocks."""
        with self.wake:
            self._queue.reset_retries()
            self._ask(folder_ids)

    def try_again(self, photo_ids: Collection[PhotoId]) -> Future[Any]:
        """Analyze photos again that failed. Thread: any, never blocks."""
        return self._writer.submit(self._try_again, list(photo_ids))

    def _try_again(self, txn: Transaction, photo_ids: Sequence[PhotoId]) -> int:
        from facesorter.library.scanning import record

        found = photos.by_ids(txn.connection, photo_ids)
        crashed = [p.id for p in found if p.error is not None and p.error.text == SET_ASIDE.text]
        # Before they count as pending, so that no thread takes one as it takes any other.
        self._queue.suspect(crashed)
        return record.retry(txn, photo_ids)

    def pause(self) -> None:
        """Start no more photos; those in progress are finished."""
        with self.wake:
            self._paused = True
            self.wake.notify_all()

    def load_again(self) -> None:
        """Reload the models, and make photos analyzed by other models pending again. Blocks.

        Call only while paused.
        """
        with self._loading:
            self._analyzer = None
        self.ready()

    def resume(self) -> None:
        """Continue, also after an error that stopped the analysis (such as a full disk)."""
        self.rate.restart()
        with self.wake:
            self._paused = self._broken = self._told = False
            self._queue.look_again()
            self.wake.notify_all()

    @property
    def searches(self) -> bool:
        """Whether analyzed photos are searched for small faces when no others are left."""
        return self._queue.searches

    @searches.setter
    def searches(self, wanted: bool) -> None:
        with self.wake:
            self._queue.searches = wanted
            self._queue.look_again()
            self.wake.notify_all()

    @property
    def paused(self) -> bool:
        """Whether the analysis is paused."""
        return self._paused

    @property
    def phase(self) -> Phase:
        """The current phase, apart from grouping, which happens elsewhere."""
        with self.wake:
            if self._to_scan or self._scanning:
                return Phase.SCANNING
            if self._idle():
                return Phase.IDLE
            if self._paused:
                return Phase.PAUSED
            return Phase.SEARCHING if self._queue.searching else Phase.ANALYSING

    @property
    def preparing(self) -> bool:
        """Whether the models are being loaded."""
        return self._preparing

    @property
    def slow_share(self) -> float | None:
        """The share of a video that was searched, of the photo that `slow_photo` names; or None."""
        with self.wake:
            longest = self._queue.longest()
            return None if longest is None else self._shares.get(longest[0].id)

    @property
    def slow_photo(self) -> str:
        """The path of a photo whose analysis has taken more than `SLOW` seconds, or ""."""
        with self.wake:
            longest = self._queue.longest()
        if self._preparing or longest is None or longest[1] < SLOW:
            return ""
        return longest[0].path

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Block until nothing is left to scan or analyze, or the remaining work is paused.

        Returns:
            False if that took longer than ``timeout`` seconds.
        """

        def settled() -> bool:
            resting = self._paused and not (self._to_scan or self._scanning or self._queue.working)
            return resting or self._idle() or self.token.cancelled

        with self.wake:
            return self.wake.wait_for(settled, timeout)

    def on_changed(self, changes: Changes) -> None:
        """Scan added folders, and check for pending photos after the library changed."""
        if changes.unscanned:
            self.scan(changes.unscanned)
        if changes.photos or changes.folders:
            with self.wake:
                self._queue.look_again()
                self.wake.notify_all()

    def _idle(self) -> bool:
        if self._to_scan or self._scanning or self._linking or self._queue.busy:
            return False
        return self._queue.exhausted or not self.analysing or self._broken

    def _ask(self, folder_ids: Iterable[FolderId] | None) -> None:
        self._to_scan.update(dict.fromkeys([EVERY_FOLDER] if folder_ids is None else folder_ids))
        self.wake.notify_all()

    def _scan_loop(self) -> None:
        lower_priority()
        read_ahead("PIL", "cv2", "onnxruntime")
        while True:
            with self.wake:
                self.wake.notify_all()
                if not self.wait_for(lambda: self._to_scan):
                    return
                wanted = None if EVERY_FOLDER in self._to_scan else frozenset(self._to_scan)
                self._to_scan.clear()
                self._scanning = True
            seen: Counter[FolderId] = Counter()
            try:
                self._scan(wanted, seen)
            except Cancelled:
                return
            except Exception as error:  # the next scan may succeed; the thread must live
                if not isinstance(error, UserError):
                    log.exception("a scan failed")
                self.failed.emit(Message.of(error))
            finally:
                with self.wake:
                    self._scanning = False
                    self._queue.scanned(seen)
                    self.wake.notify_all()
            for folder_id, differences in seen.items():
                self.scanned.emit(folder_id, differences)

    def _scan(self, wanted: frozenset[FolderId] | None, seen: Counter[FolderId]) -> None:
        """Scan, and add the number of differences in each scanned folder to ``seen``."""
        from facesorter.library.scanning import record
        from facesorter.library.scanning.scan import Scan

        last: Future[Any] | None = None
        if wanted is None:
            last = self._writer.submit_machine(record.retry_unread)
        scan = Scan(self._reads.connection(), self.token, everything=self.scans_everything)
        for batch in scan.run(wanted, sampling=self._sampling(wanted)):
            seen[batch.folder_id] += batch.differences
            last = self._writer.submit_machine(record.found, batch)
        seen.update(dict.fromkeys(scan.folder_ids, 0))
        if seen.total():
            last = self._writer.submit_machine(record.relink)
        if last is not None:
            last.result()

    def _sampling(self, wanted: frozenset[FolderId] | None) -> float:
        """Return for how many seconds this scan may look for edits that the system may not tell."""
        from facesorter.library.scanning.scan import SAMPLING

        if wanted is not None or time.monotonic() < self._sample_again:
            return 0.0
        self._sample_again = time.monotonic() + SAMPLE_AGAIN
        return SAMPLING

    # Analysis

    def _work_loop(self) -> None:
        lower_priority()
        while True:
            photo: Pending | None = None
            try:
                photo = self._take()
                if photo is None:
                    return
                if photo.closer:
                    self._search(photo)
                else:
                    self._do(photo)
            except Cancelled:
                if photo is not None:
                    self._release(photo.id)
                return
            except (UserError, sqlite3.Error) as error:
                self._break(Message.of(error), photo)
            except Exception as error:  # a bug that one photo triggers must not stop the others
                log.exception("analysing a photo failed")
                if photo is None:
                    self._break(Message.of(error), None)
                else:
                    self._fail(photo, _fault(error))

    def _take(self) -> Pending | None:
        while True:
            with self.wake:
                if not self.wait_for(self._may_take):
                    return None
                failures = self._queue.failures()
                if not failures:
                    before = self._queue.exhausted
                    photo = self._queue.next(self._reads.connection(), self.rate)
                    if photo is not None:
                        return photo
                    linking = self._queue.exhausted and self._unlinked and not self._queue.busy
                    if linking:
                        self._unlinked, self._linking = False, True
                    else:
                        if self._queue.exhausted and not before:
                            self.wake.notify_all()
                        self.wake.wait()
                        continue
            if not failures:
                self._relink()
            for photo, message in failures:
                self._fail(photo, message)

    def _relink(self) -> None:
        """Give decisions to moved photos that were analyzed only after the scan that found them."""
        from facesorter.library.scanning import record

        try:
            self._writer.submit_machine(record.relink).result()
        finally:
            with self.wake:
                self._linking = False
                self.wake.notify_all()

    def _may_take(self) -> bool:
        return self.analysing and not self._paused and not self._broken

    def _do(self, photo: Pending) -> None:
        from facesorter.library import places
        from facesorter.library.scanning import record

        analyzer, model_id = self.ready()
        version = (photo.id, photo.size, photo.mtime_ns)
        try:
            known = self._analysed_before(photo)
            if known is not None:
                self._write(photo, 0, record.analysed_before, *version, *known)
                return
            with self.wake:
                suspect = self._queue.is_suspect(photo.id)
            if suspect:
                seen = self._isolation.analyse(photo, analyzer.sha256, self.token)
                self._queue.clear_suspicion(photo.id)
            else:
                with self._queue.in_works(photo.id):
                    seen = analyse_file(
                        photo,
                        analyzer,
                        self._reads.connection(),
                        self._thumbnails,
                        self.token,
                        lambda share: self._shares.__setitem__(photo.id, share),
                    )
        except Stale:
            with self.wake:
                if self._queue.skip(photo):
                    self._ask([photo.folder_id])
            self._release(photo.id)
            return
        except Unproven:
            with self.wake:
                self._queue.skip(photo)
            self._release(photo.id)
            return
        except Crashed:
            if self._queue.crashed(photo.id):
                self._queue.clear_suspicion(photo.id)
                self._fail(photo, SET_ASIDE)
            else:
                self._release(photo.id)
            return
        self.rate.count()
        if seen.info.latitude is not None:
            places.warm()
        self._write(photo, len(seen.faces), record.analysed, *version, seen, model_id)

    def _search(self, photo: Pending) -> None:
        """Search an analyzed photo for small faces; see [Note: closer search]."""
        from facesorter.library.scanning import small_faces

        analyzer, model_id = self.ready()
        self._writer.submit_machine(small_faces.begin_search, photo.id).result()
        try:
            seen = search_file(
                photo, analyzer, self._reads.connection(), self._thumbnails, self.token
            )
        except Stale:
            with self.wake:
                if self._queue.skip(photo):
                    self._ask([photo.folder_id])
            self._write(photo, 0, small_faces.interrupt_search, photo.id)
            return
        except Cancelled:
            self._writer.submit_machine(small_faces.interrupt_search, photo.id)
            raise
        self.rate.count()
        if seen is None:
            self._write(photo, 0, small_faces.give_up_search, photo.id)
            return
        version = (photo.id, photo.size, photo.mtime_ns, seen.content_hash)
        self._write(
            photo, len(seen.faces), small_faces.record_found, *version, seen.faces, model_id
        )

    def _analysed_before(self, photo: Pending) -> tuple[PhotoId, str] | None:
        """Find an analyzed photo with the same content; return it and the hash of the content.

        If an identical file is being analyzed right now, wait for it.
        """
        from facesorter.files import content_hash

        connection = self._reads.connection()
        with self.wake:
            alike = self._queue.earlier(photo)
        for other in alike:
            if same_bytes(other.path, photo.path):
                with self.wake:
                    self.wake.wait_for(
                        lambda: self.token.cancelled or not self._queue.has(other.id)  # noqa: B023
                    )
                self.token.check()
        if not photos.same_size(connection, photo.id, photo.size):
            return None
        if versions.is_edited(connection, photo.id):
            return None  # its own faces have to be followed to the present version
        try:
            digest = content_hash(Path(photo.path))
        except OSError:
            return None
        source_id = photos.same_content(connection, photo.id, digest)
        return None if source_id is None else (source_id, digest)

    def ready(self) -> tuple[FaceAnalyzer, int]:
        """Return the model pack and its id; the first call loads it. Thread: any but the writer.

        Raises:
            UserError: the models can't be loaded, or an error has stopped the analysis.
        """
        from facesorter.library.scanning import record

        with self._loading:
            if self._broken:
                raise UserError("The analysis was stopped.")
            if self._analyzer is None:
                self._preparing = True
                try:
                    analyzer = self._load()
                except (UserError, Cancelled):
                    raise
                except Exception as error:  # a problem with the models affects every photo
                    log.exception("the models can't be loaded")
                    raise UserError(
                        "The face recognition models couldn’t be loaded ({error}). No photos were "
                        "analyzed. Reinstall facesorter or choose a different model folder.",
                        error=error,
                    ) from error
                finally:
                    self._preparing = False
                model_id = self._writer.submit_machine(
                    record.use_model, analyzer.name, analyzer.sha256, analyzer.dimension
                ).result()
                self.rate.restart()
                self._analyzer = (analyzer, model_id)
            return self._analyzer

    def _write(
        self,
        photo: Pending,
        faces: int,
        function: Callable[Concatenate[Transaction, P], object],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        future = self._writer.submit_machine(function, *args, **kwargs)
        future.add_done_callback(lambda done: self._written(photo, faces, done))

    def _written(self, photo: Pending, face_count: int, done: Future[Any]) -> None:
        error = done.exception()
        if error is None:
            # Before the release, so that the photo or its faces always count as unfinished work.
            self._unlinked = True
            if face_count:
                self.faces_found.emit(face_count)
            self._release(photo.id)
        elif isinstance(error, UserError):
            self._break(Message.of(error), photo)
        else:
            # The result can't be stored. Record the failure later: this is the writer's thread.
            log.error("the result of photo %d can't be written", photo.id, exc_info=error)
            with self.wake:
                self._queue.mark_failed(photo, _fault(error))
            self._release(photo.id)

    def _release(self, photo_id: PhotoId) -> None:
        with self.wake:
            self._shares.pop(photo_id, None)
            self._queue.release(photo_id)
            self.wake.notify_all()

    def _break(self, message: Message, photo: Pending | None) -> None:
        """Stop until resumed: the problem (no models, disk full) would affect every photo."""
        with self.wake:
            first, self._told = not self._told, True
        # Emit before waking those who wait for the end, so that they know the reason.
        if first and not self.token.cancelled:
            self.failed.emit(message)
        with self.wake:
            self._broken = True
            if photo is not None:
                self._queue.release(photo.id)
            self._queue.clear()
            self.wake.notify_all()

    def _fail(self, photo: Pending, message: Message) -> None:
        from facesorter.files import content_hash
        from facesorter.library.scanning import record

        try:
            digest = content_hash(Path(photo.path))
        except OSError:
            digest = None
        try:
            future = self._writer.submit_machine(
                record.failed, photo.id, photo.size, photo.mtime_ns, message, digest
            )
        except Cancelled:
            self._release(photo.id)
            return
        future.add_done_callback(lambda done: self._failed(photo, done))

    def _failed(self, photo: Pending, done: Future[Any]) -> None:
        error = done.exception()
        if error is not None:
            self._break(Message.of(error), photo)
        self._release(photo.id)


def _fault(error: BaseException) -> Message:
    return Message(
        "This photo couldn’t be analyzed because of an internal error ({error}).", error=error
    )
