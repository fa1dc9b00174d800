"""Loading the models chosen in the settings, and switching models at run time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter import paths
from facesorter.app.pauses import Pauses, Reason
from facesorter.app.pipeline import Pipeline
from facesorter.app.reads import Reads
from facesorter.errors import UserError
from facesorter.images import malloc_tuning
from facesorter.library.models import trial
from facesorter.settings import Settings

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer

POLL = 0.5
"""Seconds between checks for the program's exit while waiting for the analysis to pause."""


def load_analyzer(settings: Settings) -> FaceAnalyzer:
    """Load the model pack chosen in the settings, for use by one thread per processor.

    Raises:
        UserError: a model file is missing, damaged, or of an unknown kind.
    """
    import cv2

    from facesorter.faces.analyzer import Options
    from facesorter.faces.models import load_pack

    # Each analysis thread already keeps one processor busy; OpenCV would add its own threads.
    cv2.setNumThreads(1)
    malloc_tuning.keep_buffers()
    folder = settings.models_folder
    options = Options(thorough=settings.thorough, smallest=float(settings.smallest_face))
    return load_pack(Path(folder) if folder else None, paths.cache_dir(), options=options)


class ModelSwitch:
    """The models in use for an open library, and the way to switch them."""

    def __init__(
        self,
        settings: Settings,
        reads: Reads,
        pipeline: Pipeline,
        pauses: Pauses,
        stopping: threading.Event,
    ) -> None:
        """Take the parts of the open library; ``stopping`` is set when the program exits."""
        self.settings = settings
        self._reads = reads
        self._pipeline = pipeline
        self._pauses = pauses
        self._stopping = stopping

    def switch(self, folder: str) -> None:
        """Use the models in ``folder`` ("" = the bundled ones); blocks. Thread: not the window's.

        Raises:
            UserError: they can't be loaded, or differ from those that described the known faces.
        """
        former = self.settings.models_folder
        if folder != former and trial.is_needed(self._reads.connection()):
            raise UserError(trial.TEST_FIRST)
        self.settings.models_folder = folder
        try:
            with self.changing() as rests:
                if rests:
                    self.reload()
        except UserError:
            self.settings.models_folder = former
            raise

    def reload(self) -> None:
        """Load the models now chosen in the settings and save the choice. Blocks.

        Call only inside `changing`.
        """
        self._pipeline.load_again()
        self.settings.save(paths.settings_dir())

    @contextlib.contextmanager
    def changing(self) -> Iterator[bool]:
        """Pause the analysis while inside; yields False if the program exits before it paused.

        Results of the old models must not be written once the new ones are in use.
        """
        self._pauses.hold(Reason.MODELS)
        try:
            while not self._stopping.is_set() and not self._pipeline.wait_idle(POLL):
                pass
            yield not self._stopping.is_set()
        finally:
            self._pauses.release(Reason.MODELS)
