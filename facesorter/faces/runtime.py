"""ONNX models on the fastest processor that works, falling back to the CPU.

[Note: trial] The providers that onnxruntime lists are not all usable: a driver may be missing, a
GPU may give wrong results, or be slower than the CPU for such small models. So when a model opens,
an accelerator is tried against the CPU and used only if it gives the same results faster. If it
fails later, the CPU takes over for good.
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
"""Execution providers to try, best first. Never Azure's, which would upload pictures."""

ONE_AT_A_TIME = frozenset({"DmlExecutionProvider"})
"""Providers whose sessions must not run concurrently (onnxruntime's documentation)."""

SAME = 2e-2
"""Largest difference from the CPU's outputs, relative to the largest output, that half precision
explains; wrong kernels differ by far more."""

FASTER = 0.8
"""Share of the CPU's time below which an accelerator is worth its memory."""

Feeds = Mapping[str, NDArray[np.float32]]


def providers() -> list[str]:
    """Return execution providers in the order of trial; the last is the CPU's."""
    import onnxruntime

    offered = onnxruntime.get_available_providers()
    return [name for name in ACCELERATORS if name in offered] + [CPU]


def session_options(threads: int) -> Any:
    """Return session options for all models, with ``threads`` threads per run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads sleep rather than spin: the window needs those cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Photos come in all sizes; memory patterns would be kept for every shape.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return options


class LazySession:
    """An onnxruntime session opened at its first run. Thread: any; runs may overlap."""

    def __init__(
        self, model: Callable[[], bytes], threads: int = 1, trial: Sequence[int] = ()
    ) -> None:
        """``trial`` is an input shape for trying accelerators; without it, none is used."""
        self._model: Callable[[], bytes] | None = model
        self._threads = threads
        self._trial = tuple(trial)
        self._session: Any = None
        self._spare: bytes | None = None
        self._lock = threading.Lock()
        self._turn: threading.Lock | None = None

    @property
    def provider(self) -> str:
        """Execution provider in use; opens the session."""
        return str(self._open().get_providers()[0])

    def run(self, feeds: Feeds) -> dict[str, NDArray[np.float32]]:
        """Run the model and return outputs by name; blocks without holding the GIL."""
        session = self._open()
        try:
            if self._turn is None:
                return _run(session, feeds)
            with self._turn:
                return _run(session, feeds)
        except Exception:  # lost driver, full GPU memory: providers raise their own errors
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
        """Return the first accelerator that passes its trial, or None. See [Note: trial]."""
        tried = providers()[:-1] if self._trial else []
        for name in tried:
            try:
                session = self._start(model, name)
                if session.get_providers()[0] != name:
                    continue
                if not _passes(session, cpu, self._trial):
                    continue
            except Exception as error:  # drivers and libraries raise anything
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
    """Return whether a session gives the CPU's results in less time."""
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
