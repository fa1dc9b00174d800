"""Run of a trial: embed every known face with another model pack."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter.app.priority import lower_priority
from facesorter.app.reads import Reads
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled, CancelToken
from facesorter.errors import UnreadablePhoto
from facesorter.storage import faces, photos, trials
from facesorter.storage.pending import Pending

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer

log = logging.getLogger(__name__)

OnProgress = Callable[[int, int], None]
"""Called with the number of photos done and the total; in any thread."""


class TrialRun:
    """One run through the library; finished photos are kept, so that the next run resumes there."""

    def __init__(self, reads: Reads, writer: Writer, workers: int) -> None:
        """Prepare a run that analyzes ``workers`` photos at a time."""
        self._reads = reads
        self._writer = writer
        self._workers = workers

    def run(
        self,
        analyzer: FaceAnalyzer,
        folder: str,
        token: CancelToken,
        progress: OnProgress | None = None,
    ) -> int:
        """Analyze all photos left in the trial. Thread: any but the window's; blocks for hours.

        Args:
            analyzer: The pack on trial.
            folder: The folder of its models; empty for the bundled ones.
            token: Polled between photos and between the steps of each.
            progress: Called after each photo.

        Returns:
            The number of photos that couldn't be analyzed: unreadable, changed, or missing.

        Raises:
            UserError: that pack is already in use, or no photo has been analyzed yet.
            Cancelled: the token was cancelled.
        """
        from facesorter.library.models import trial

        model_id = self._writer.submit_machine(
            trial.begin, analyzer.name, analyzer.sha256, analyzer.dimension, folder
        ).result()
        todo = trials.waiting(self._reads.connection())
        pool = ThreadPoolExecutor(self._workers, "trial", lower_priority)
        try:
            running = [pool.submit(self._look, photo, analyzer, model_id, token) for photo in todo]
            written = []
            for done, finished in enumerate(as_completed(running), 1):
                written.append(finished.result())
                if progress is not None:
                    progress(done, len(todo))
        finally:
            pool.shutdown(cancel_futures=True)
        for writing in written:
            if writing is not None:
                writing.result()
        self._writer.submit_machine(trial.note, trial.ENDED).result()
        return sum(writing is None for writing in written)

    def _look(
        self, photo: Pending, analyzer: FaceAnalyzer, model_id: int, token: CancelToken
    ) -> Future[Any] | None:
        from facesorter.faces.reembed import look_at
        from facesorter.library.models import trial

        token.check()
        connection = self._reads.connection()
        known = faces.of_photo(connection, photo.id)
        row = next(iter(photos.by_ids(connection, [photo.id])), None)
        if row is None or row.content_hash is None:
            return None
        regions = [face.region for face in known]
        try:
            moments = [face.moment for face in known]
            again = look_at(Path(photo.path), row.content_hash, regions, analyzer, token, moments)
        except Cancelled:
            raise
        except (UnreadablePhoto, OSError, MemoryError) as error:
            log.info("a photo could not be looked at again: %s", type(error).__name__)
            return None
        if again is None:
            return None
        ids = [face.id for face in known]
        return self._writer.submit_machine(
            trial.looked, photo.id, row.content_hash, ids, again, model_id
        )
