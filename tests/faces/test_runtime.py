from typing import Any

import numpy as np
import onnxruntime
import pytest

from facesorter.faces import models, runtime
from facesorter.faces.runtime import CPU, LazySession

CUDA = "CUDAExecutionProvider"
CROP = {"data": np.full((1, 3, 112, 112), 100, np.float32)}


@pytest.fixture(scope="module")
def sface() -> bytes:
    pack = models.bundled_pack()
    data = models.read_verified(pack.directory / pack.recogniser, models.SFACE[1])
    return models.fold(data, ("N", 3, 112, 112))


class Pretended:
    """A session of an accelerator that this computer does not have."""

    def __init__(self, real: Any, *, seconds: float, wrong: float) -> None:
        self._real = real
        self._seconds = seconds
        self._wrong = wrong
        self.broken = False

    def get_providers(self) -> list[str]:
        return [CUDA, CPU]

    def get_outputs(self) -> Any:
        return self._real.get_outputs()

    def run(self, names: Any, feeds: Any) -> Any:
        if self.broken:
            raise RuntimeError("the driver is gone")
        # What the clock shows is pretended too, so that a busy machine changes nothing.
        self.clock.now += self._seconds
        return [value * (1 + self._wrong) for value in self._real.run(names, feeds)]

    clock: Any


class Clock:
    """Time that passes only where a test lets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


def pretend(
    monkeypatch: pytest.MonkeyPatch, *, seconds: float = 0, wrong: float = 0, fails: bool = False
) -> list[Pretended]:
    """Offer CUDA; the CPU takes a second for every run."""
    clock = Clock()
    started: list[Pretended] = []
    real = onnxruntime.InferenceSession

    class Slow:
        def __init__(self, session: Any) -> None:
            self._session = session

        def __getattr__(self, name: str) -> Any:
            return getattr(self._session, name)

        def run(self, names: Any, feeds: Any) -> Any:
            clock.now += 1
            return self._session.run(names, feeds)

    def start(model: bytes, options: Any, providers: list[str]) -> Any:
        session = real(model, options, providers=[CPU])
        if providers[0] == CPU:
            return Slow(session)
        if fails:
            raise RuntimeError("libcudart is missing")
        made = Pretended(session, seconds=seconds, wrong=wrong)
        made.clock = clock
        started.append(made)
        return made

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, "Azure", CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", start)
    monkeypatch.setattr(runtime, "time", clock)
    return started


def session(sface: bytes) -> LazySession:
    return LazySession(lambda: sface, trial=(1, 3, 112, 112))


def test_the_order_is_ours_and_never_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = ["AzureExecutionProvider", "OpenVINOExecutionProvider", CPU, CUDA]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    assert runtime.providers() == [CUDA, "OpenVINOExecutionProvider", CPU]


def test_an_accelerator_that_is_right_and_faster_is_used(
    monkeypatch: pytest.MonkeyPatch, sface: bytes
) -> None:
    pretend(monkeypatch, seconds=0.1, wrong=0.001)
    assert session(sface).provider == CUDA


@pytest.mark.parametrize(
    "trouble", [{"wrong": 0.2}, {"wrong": float("nan")}, {"seconds": 0.95}, {"fails": True}]
)
def test_otherwise_the_cpu_is(
    monkeypatch: pytest.MonkeyPatch, sface: bytes, trouble: dict[str, Any]
) -> None:
    pretend(monkeypatch, **trouble)
    lazy = session(sface)
    assert lazy.provider == CPU
    assert lazy.run(CROP)["fc1"].shape == (1, 128)


def test_an_accelerator_that_breaks_is_replaced(
    monkeypatch: pytest.MonkeyPatch, sface: bytes
) -> None:
    (lazy, started) = session(sface), pretend(monkeypatch, seconds=0.1)
    expected = lazy.run(CROP)["fc1"]
    started[0].broken = True
    assert np.allclose(lazy.run(CROP)["fc1"], expected, atol=1e-4)
    assert lazy.provider == CPU


def test_a_wrong_input_is_an_error_as_before(sface: bytes) -> None:
    with pytest.raises(Exception, match="missing from input feed"):
        session(sface).run({"nothing": CROP["data"]})
