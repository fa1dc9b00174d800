"""The trial of another model pack beside the daily work, from its start to the decision."""

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
class Trying:
    """A moment of a trial."""

    phase: TrialPhase = TrialPhase.IDLE
    done: int = 0
    """Photos looked at since this run began."""
    total: int = 0
    """Photos that this run has to look at."""
    seconds_left: float | None = None
    message: Message | None = None
    """Why it failed."""

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self.phase in (TrialPhase.LOADING, TrialPhase.LOOKING)


class Tryout:
    """At most one trial at a time, in a thread of its own.

    Events (in worker threads): told(Trying).
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
        self.state = Trying()
        self.told = Event[Trying]()

    def start(self, folder: str) -> bool:
        """Try the pack in ``folder`` ("" = the bundled one). Thread: any, never blocks.

        A library without faces has nothing to compare, and switches at once. What came of it is
        told by events. Returns False where a trial runs already.
        """
        with self._lock:
            if self._closing or not self._ended.is_set():
                return False
            self._ended.clear()
            self._token = CancelToken()
        self._tell(Trying(TrialPhase.LOADING))
        jobs.run(self._run, folder, self._token)
        return True

    def go_on(self) -> None:
        """Go on with a trial that the end of the program broke off. Thread: any, never blocks."""
        self._reads.query(self._resume)

    def stop(self) -> None:
        """Stop; what is done is kept, to go on from. Thread: any, never blocks."""
        if self._token is not None:
            self._token.cancel()

    def close(self, timeout: float | None) -> bool:
        """Stop for the end of the program, which is no wish of the user's; False: too long."""
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
        """Look at all known faces with another pack; see `PackTrial.run`. Blocks."""
        from facesorter.app.trial_run import PackTrial

        work = PackTrial(self._reads, self._writer, self._models.settings.worker_count)
        return work.run(analyzer, folder, token, progress)

    def use(self) -> tuple[int, str, int]:
        """Take the pack on trial into use, here and in the settings, and group anew. Blocks.

        Returns:
            How many photos wait for analysis by it, its name, and how many faces moved.

        Raises:
            UserError: no pack is on trial, or its models are gone, changed or unreadable.
        """
        settings = self._models.settings
        found = trial.current(self._reads.connection())
        if found is None:
            raise UserError(trial.NO_TEST)
        self.stop()
        self._ended.wait()
        # Proven before anything is exchanged: the former pack must stay whole where this one fails.
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
        self._tell(Trying())
        return waiting, found.name, moved

    def drop(self) -> bool:
        """Forget the pack on trial and keep the one in use; False where there is none. Blocks."""
        self.stop()
        self._ended.wait()
        dropped = self._writer.submit(trial.drop).result()
        self._tell(Trying())
        return bool(dropped)

    def _resume(self, connection: object) -> None:
        found = trial.current(self._reads.connection())
        if found is not None and found.step == trial.GOING:
            self.start(found.folder)

    def _run(self, folder: str, token: CancelToken) -> None:
        rate = Rate()
        ended = Trying(TrialPhase.FAILED)

        def told(done: int, total: int) -> None:
            rate.count()
            speed = rate.per_second()
            left = (total - done) / speed if speed > 0 else None
            self._tell(Trying(TrialPhase.LOOKING, done, total, left))

        try:
            if not trial.is_needed(self._reads.connection()):
                self._models.switch(folder)
                ended = Trying(TrialPhase.SWITCHED)
            else:
                self.look(self._load(folder), folder, token, told)
                ended = Trying(TrialPhase.FINISHED)
        except Cancelled:
            ended = Trying(TrialPhase.STOPPED)
            if not self._closing:
                self._writer.submit_machine(trial.note, trial.STOPPED).result()
        except UserError as error:
            ended = Trying(TrialPhase.FAILED, message=error.message)
        except Exception as error:  # told in the window; the trial can be gone on with
            log.exception("a trial failed")
            said = Message(
                "The test was interrupted ({error}). Progress was saved, and nothing was changed.",
                error=error,
            )
            ended = Trying(TrialPhase.FAILED, message=said)
        finally:
            self._ended.set()
            self._tell(ended)

    def _load(self, folder: str) -> FaceAnalyzer:
        settings = replace(self._models.settings, models_folder=folder)
        if folder and not Path(folder).is_dir():
            raise UserError("There’s no folder {folder}. Nothing was changed.", folder=folder)
        return model_switch.load_analyzer(settings)

    def _tell(self, state: Trying) -> None:
        self.state = state
        self.told.emit(state)
