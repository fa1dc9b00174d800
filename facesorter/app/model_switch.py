"""Load the models that the settings choose, and change to others while the program runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter import paths
from facesorter.app import malloc_tuning
from facesorter.app.pauses import Pauses, Reason
from facesorter.app.pipeline import Pipeline
from facesorter.app.reads import Reads
from facesorter.errors import UserError
from facesorter.library.models import trial
from facesorter.settings import Settings

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer

POLL = 0.5
"""Seconds between two looks at whether the program ends, while the analysis comes to rest."""


def load_analyzer(settings: Settings) -> FaceAnalyzer:
    """The model pack that the settings choose, for as many threads as there are processors.

    Raises:
        UserError: a model file is missing, damaged or of a kind that is not known.
    """
    import cv2

    from facesorter.faces.analyzer import Options
    from facesorter.faces.models import load_pack

    # Each analysis thread keeps a processor busy by itself; OpenCV would start as many again.
    cv2.setNumThreads(1)
    malloc_tuning.keep_buffers()
    folder = settings.models_folder
    options = Options(thorough=settings.thorough, smallest=float(settings.smallest_face))
    return load_pack(Path(folder) if folder else None, paths.cache_dir(), options=options)


class ModelSwitch:
    """Changes the models in use, in one open library."""

    def __init__(
        self,
        settings: Settings,
        reads: Reads,
        pipeline: Pipeline,
        pauses: Pauses,
        stopping: threading.Event,
    ) -> None:
        """``stopping`` is set when the program ends."""
        self.settings = settings
        self._reads = reads
        self._pipeline = pipeline
        self._pauses = pauses
        self._stopping = stopping

    def switch(self, folder: str) -> None:
        """Use the models in ``folder`` ("" = the bundled ones); blocks. Thread: not the window's.

        Raises:
            UserError: they can't be loaded, or are others than those that saw the known faces.
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
        """Load what the settings choose now, and save the choice; inside `changing`. Blocks."""
        self._pipeline.load_again()
        self.settings.save(paths.settings_dir())

    @contextlib.contextmanager
    def changing(self) -> Iterator[bool]:
        """Let the analysis rest meanwhile; False when the program ends before it does.

        Nothing may be written that the former models saw, once the new ones are in use.
        """
        self._pauses.hold(Reason.MODELS)
        try:
            while not self._stopping.is_set() and not self._pipeline.wait_idle(POLL):
                pass
            yield not self._stopping.is_set()
        finally:
            self._pauses.release(Reason.MODELS)
