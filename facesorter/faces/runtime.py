"""Runs ONNX models on the best processor that is really there, and on the CPU otherwise.

[Note: trial] What onnxruntime offers says little: a driver may be missing, a graphics chip may
compute something else, or need longer than the CPU for models as small as these. So an accelerator
is tried against the CPU when a model opens, and used only where it gives the same and is faster. If
it fails later, the CPU takes over for good.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

CPU = "CPUExecutionProvider"

ACCELERATORS = (
    "CUDAExecutionProvider",
    "DmlExecutionProvider",
    "CoreMLExecutionProvider",
    "OpenVINOExecutionProvider",
)
"""Execution providers worth a trial, best first. Azure's would send pictures away: never."""

ONE_AT_A_TIME = frozenset({"DmlExecutionProvider"})
"""Providers whose sessions may not run in two threads at once (onnxruntime's documentation)."""

SAME = 2e-2
"""Largest difference from the CPU's outputs, relative to the largest of them, that half precision
explains; wrong kernels are off by far more."""

FASTER = 0.8
"""Share of the CPU's time below which an accelerator is worth what it costs in memory."""

Feeds = Mapping[str, NDArray[np.float32]]


def providers() -> list[str]:
    """Execution providers in the order in which they are tried; the last is the CPU's."""
    import onnxruntime

    offered = onnxruntime.get_available_providers()
    return [name for name in ACCELERATORS if name in offered] + [CPU]


def session_options(threads: int) -> Any:
    """How every model is run, on ``threads`` processors at a time."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Waiting threads sleep rather than spin: the window needs those cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Photos come in every size; planning memory per shape would keep them all.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return options


class LazySession:
    """An onnxruntime session that opens at its first run. Thread: any; runs may overlap."""

    def __init__(
        self, model: Callable[[], bytes], threads: int = 1, trial: Sequence[int] = ()
    ) -> None:
        """``trial`` is the shape of an input to try accelerators with; without one, none is."""
        self._model: Callable[[], bytes] | None = model
        self._threads = threads
        self._trial = tuple(trial)
        self._session: Any = None
        self._spare: bytes | None = None
        self._lock = threading.Lock()
        self._turn: threading.Lock | None = None

    @property
    def provider(self) -> str:
        """The execution provider in use; opens the session."""
        return str(self._open().get_providers()[0])

    def run(self, feeds: Feeds) -> dict[str, NDArray[np.float32]]:
        """Outputs by name; blocks while computing, without holding the GIL."""
        session = self._open()
        try:
            if self._turn is None:
                return _run(session, feeds)
            with self._turn:
                return _run(session, feeds)
        except Exception:  # a lost driver or full graphics memory: each provider raises its own
            if self._spare is None:
                raise
            log.warning("%s failed; the CPU takes over", session.get_providers()[0])
            return _run(self._fall_back(session), feeds)

    def _open(self) -> Any:
        with self._lock:
            if self._session is None:
                assert self._model is not None
                model = self._model()
                cpu = self._start(model, CPU)
                self._session = self._accelerated(model, cpu) or cpu
                self._model = None
            return self._session

    def _start(self, model: bytes, provider: str) -> Any:
        import onnxruntime

        names = [provider] if provider == CPU else [provider, CPU]
        return onnxruntime.InferenceSession(model, session_options(self._threads), providers=names)

    def _accelerated(self, model: bytes, cpu: Any) -> Any:
        """The first accelerator that passes its trial, or None. See [Note: trial]."""
        tried = providers()[:-1] if self._trial else []
        for name in tried:
            try:
                session = self._start(model, name)
                if session.get_providers()[0] != name:
                    continue
                if not _passes(session, cpu, self._trial):
                    continue
            except Exception as error:  # drivers and libraries fail in ways of their own
                log.info("%s can't be used: %s", name, error)
                continue
            self._spare = model
            self._turn = threading.Lock() if name in ONE_AT_A_TIME else None
            return session
        return None

    def _fall_back(self, failed: Any) -> Any:
        with self._lock:
            if self._session is failed:
                assert self._spare is not None
                self._session = self._start(self._spare, CPU)
                self._turn = None
            return self._session


def _run(session: Any, feeds: Feeds) -> dict[str, NDArray[np.float32]]:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(feeds)), strict=True))


def _passes(session: Any, cpu: Any, shape: Sequence[int]) -> bool:
    """Whether a session gives what the CPU gives, in less time."""
    noise = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    feeds = {cpu.get_inputs()[0].name: noise}
    seconds, outputs = [], []
    for candidate in (session, cpu):
        _run(candidate, feeds)  # the first run compiles and allocates
        started = time.perf_counter()
        outputs.append(_run(candidate, feeds))
        seconds.append(time.perf_counter() - started)
    for name, wanted in outputs[1].items():
        scale = max(float(np.abs(wanted).max(initial=0)), 1e-6)
        if not np.abs(outputs[0][name] - wanted).max(initial=0) <= SAME * scale:
            return False
    return seconds[0] < FASTER * seconds[1]
