"""Background trials of another model pack, from start to decision."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.app import jobs, model_switch
from facesorter.app.events import Event
from facesorter.app.model_switch import ModelSwitch
from facesorter.app.progress import Rate, TrialPhase
from facesorter.app.reads import Reads
from facesorter.app.refresher import Refresher
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled, CancelToken
from facesorter.errors import Message, UserError
from facesorter.library.models import trial

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrialState:
    """A snapshot of a trial's progress."""

    phase: TrialPhase = TrialPhase.IDLE
    done: int = 0
    """Photos analyzed in this run."""
    total: int = 0
    """Photos to analyze in this run."""
    seconds_left: float | None = None
    message: Message | None = None
    """Why it failed."""

    @property
    def running(self) -> bool:
        """Whether the trial is in progress."""
        return self.phase in (TrialPhase.LOADING, TrialPhase.LOOKING)


class TrialRunner:
    """The runner of trials, at most one at a time, in its own thread.

    Events (in worker threads): changed(TrialState).
    """

    def __init__(
        self, reads: Reads, writer: Writer, refresher: Refresher, models: ModelSwitch
    ) -> None:
        self._reads = reads
        self._writer = writer
        self._refresher = refresher
        self._models = models
        self._lock = threading.Lock()
        self._token: CancelToken | None = None
        self._ended = threading.Event()
        self._ended.set()
        self._closing = False
        self.state = TrialState()
        self.changed = Event[TrialState]()

    def start(self, folder: str) -> bool:
        """Try the pack in ``folder`` ("" = the bundled one). Thread: any, never blocks.

        If the library has no faces to compare, switch to the pack at once. Events report the
        outcome.

        Returns:
            False if a trial is already running.
        """
        with self._lock:
            if self._closing or not self._ended.is_set():
                return False
            self._ended.clear()
            self._token = CancelToken()
        self._report(TrialState(TrialPhase.LOADING))
        jobs.run(self._run, folder, self._token)
        return True

    def resume_interrupted(self) -> None:
        """Resume a trial interrupted when the program exited. Thread: any, never blocks."""
        self._reads.query(self._resume)

    def stop(self) -> None:
        """Stop the trial, keeping finished photos for a later run. Thread: any, never blocks."""
        if self._token is not None:
            self._token.cancel()

    def close(self, timeout: float | None) -> bool:
        """Stop because the program exits; the trial resumes at the next start.

        Returns:
            False if it didn't stop within ``timeout`` seconds.
        """
        with self._lock:
            self._closing = True
        self.stop()
        return self._ended.wait(timeout)

    def look(
        self,
        analyzer: FaceAnalyzer,
        folder: str,
        token: CancelToken,
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        """Describe all known faces with another pack; see `TrialRun.run`. Blocks."""
        from facesorter.app.trial_run import TrialRun

        work = TrialRun(self._reads, self._writer, self._models.settings.worker_count)
        return work.run(analyzer, folder, token, progress)

    def use(self) -> tuple[int, str, int]:
        """Switch to the pack on trial, save it in the settings, and regroup. Blocks.

        Returns:
            The number of photos it has yet to analyze, its name, and the number of faces moved.

        Raises:
            UserError: no pack is on trial, or its models are missing, changed, or unreadable.
            Cancelled: the program exits.
        """
        settings = self._models.settings
        found = trial.current(self._reads.connection())
        if found is None:
            raise UserError(trial.NO_TEST)
        self.stop()
        self._ended.wait()
        # Load and verify before changing anything: if this pack fails, the old one stays in use.
        analyzer = self._load(found.folder)
        if analyzer.sha256 != found.sha256:
            raise UserError(
                "The {name} models or the detection settings have changed since the test. Run "
                "the test again. Nothing was changed.",
                name=found.name,
            )
        with self._models.changing() as rests:
            if not rests:
                raise Cancelled
            waiting = self._writer.submit(trial.use, settings.models_folder).result()
            settings.models_folder = found.folder
            self._models.reload()
        moved = self._refresher.refresh(full=True)
        self._report(TrialState())
        return waiting, found.name, moved

    def drop(self) -> bool:
        """Discard the trial and keep the pack in use; return False if there was none. Blocks."""
        self.stop()
        self._ended.wait()
        dropped = self._writer.submit(trial.drop).result()
        self._report(TrialState())
        return bool(dropped)

    def _resume(self, connection: object) -> None:
        found = trial.current(self._reads.connection())
        if found is not None and found.step == trial.GOING:
            self.start(found.folder)

    def _run(self, folder: str, token: CancelToken) -> None:
        rate = Rate()
        ended = TrialState(TrialPhase.FAILED)

        def told(done: int, total: int) -> None:
            rate.count()
            speed = rate.per_second()
            left = (total - done) / speed if speed > 0 else None
            self._report(TrialState(TrialPhase.LOOKING, done, total, left))

        try:
            if not trial.is_needed(self._reads.connection()):
                self._models.switch(folder)
                ended = TrialState(TrialPhase.SWITCHED)
            else:
                self.look(self._load(folder), folder, token, told)
                ended = TrialState(TrialPhase.FINISHED)
        except Cancelled:
            ended = TrialState(TrialPhase.STOPPED)
            if not self._closing:
                self._writer.submit_machine(trial.note, trial.STOPPED).result()
        except UserError as error:
            ended = TrialState(TrialPhase.FAILED, message=error.message)
        except Exception as error:  # reported to the user; the trial can be resumed
            log.exception("a trial failed")
            message = Message(
                "The test was interrupted ({error}). Progress was saved, and nothing was changed.",
                error=error,
            )
            ended = TrialState(TrialPhase.FAILED, message=message)
        finally:
            self._ended.set()
            self._report(ended)

    def _load(self, folder: str) -> FaceAnalyzer:
        settings = replace(self._models.settings, models_folder=folder)
        if folder and not Path(folder).is_dir():
            raise UserError("There’s no folder {folder}. Nothing was changed.", folder=folder)
        return model_switch.load_analyzer(settings)

    def _report(self, state: TrialState) -> None:
        self.state = state
        self.changed.emit(state)
