"""What a decoder does ends in its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facesorter.errors import UnreadablePhoto
from facesorter.images import decode, decoders
from facesorter.images.decoders import Limits
from tests.images import made_decoders as made

PATIENCE = 60.0


def test_a_function_runs_in_another_process_that_is_kept() -> None:
    first = decoders.run(os.getpid)
    assert first != os.getpid()
    assert decoders.run(os.getpid) == first
    assert decoders.run(made.process_and_nested) == (first, first)


def test_arrays_and_bytes_come_through() -> None:
    zeros = decoders.run(np.zeros, (700, 900, 3), np.uint8)
    assert zeros.shape == (700, 900, 3)
    zeros += 1
    assert decoders.run(np.sum, zeros) == zeros.size
    data = bytes(range(256)) * 1000
    assert decoders.run(bytes.count, data, b"\x07") == 1000


def test_errors_are_raised_here_with_their_cause() -> None:
    with pytest.raises(UnreadablePhoto, match="isn’t a photo") as caught:
        decoders.run(decode.load_upright, b"some text", long_side=None)
    assert "UnidentifiedImageError" in str(caught.value.__cause__)
    assert caught.value.message.text.startswith("This isn’t")
    with pytest.raises(ZeroDivisionError):
        decoders.run(divmod, 1, 0)


@pytest.mark.parametrize("hang", [made.loop, made.sleep])
def test_a_hang_costs_its_time(hang: Callable[[], None]) -> None:
    with pytest.raises(decoders.Died, match="too long"):
        decoders.run_within(Limits(seconds=0.2), hang)
    assert decoders.run(abs, -2) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process is watched")
def test_memory_is_limited() -> None:
    with pytest.raises(MemoryError):
        decoders.run_within(Limits(memory=100 << 20), np.ones, 200 << 20, np.uint8)
    assert decoders.run(np.ones, 200 << 20, np.uint8).size == 200 << 20


def test_a_crash_is_tried_again_once(tmp_path: Path) -> None:
    assert decoders.run(made.first_time, tmp_path / "note", 3) == "done"
    with pytest.raises(decoders.Died, match="crashes"):
        decoders.run(os.abort)


@pytest.mark.skipif(sys.platform == "win32", reason="uses signals")
def test_who_is_killed_is_replaced(tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go"
    results: list[int] = []
    thread = threading.Thread(
        target=lambda: results.append(decoders.run(made.wait_for, begun, go_on))
    )
    thread.start()
    for killed in range(3):
        end = time.monotonic() + PATIENCE
        while not begun.exists() or len(begun.read_text().split()) <= killed:
            assert time.monotonic() < end
            time.sleep(0.01)
        os.kill(int(begun.read_text().split()[-1]), signal.SIGKILL)
        time.sleep(0.05)
    go_on.touch()
    thread.join(PATIENCE)
    assert results[0] == int(begun.read_text().split()[-1])


@pytest.mark.skipif(sys.platform == "win32", reason="uses signals")
def test_an_idle_process_that_was_killed_is_not_used() -> None:
    os.kill(decoders.run(os.getpid), signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while not decoders._pool._idle[-1].gone():
        assert time.monotonic() < end
        time.sleep(0.01)
    with decoders.stream(made.count, 2) as values:
        assert list(values) == [0, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="there, 1 is the code of a killed process")
def test_a_failure_of_the_interpreter_is_a_crash(tmp_path: Path) -> None:
    with pytest.raises(decoders.Died, match="crashes"):
        decoders.run(made.fail, tmp_path / "begun")
    assert (tmp_path / "begun").read_text() == "." * decoders.CRASHES


@pytest.mark.skipif(sys.platform == "win32", reason="uses signals")
def test_a_killed_stream_is_begun_again() -> None:
    killed: list[int] = []

    def counted() -> list[object]:
        with decoders.stream(made.count, 3) as values:
            found = [next(values)]
            if len(killed) < 4:
                killed.extend(decoders.pids()[:1] or [0])
                for pid in decoders.pids():
                    os.kill(pid, signal.SIGKILL)
            return [*found, *values]

    assert decoders.persist(counted) == [0, 1, 2]
    assert len(killed) == 4


def test_values_one_by_one() -> None:
    with decoders.stream(made.count, 3) as values:
        assert next(values) == 0
        assert values.send("again") == "again"
        assert list(values) == [1, 2]
    with decoders.stream(made.count, 3) as values:
        assert next(values) == 0
    assert decoders.run(abs, -2) == 2  # what was left is no answer to this


def test_the_next_value_is_made_while_the_last_is_used(tmp_path: Path) -> None:
    note = tmp_path / "made"
    with decoders.read_ahead(decoders.DEFAULT_LIMITS, made.count_noting, 4, note) as values:
        assert next(values) == 0
        end = time.monotonic() + PATIENCE
        while note.read_text() != "1":
            assert time.monotonic() < end
            time.sleep(0.01)
        assert list(values) == [1, 2, 3]
    with decoders.read_ahead(decoders.DEFAULT_LIMITS, made.count_noting, 4, note) as values:
        assert next(values) == 0
    assert decoders.run(abs, -2) == 2  # what was made ahead is no answer to this
    with decoders.read_ahead(decoders.DEFAULT_LIMITS, made.crash_at, 2) as values:
        assert [next(values), next(values)] == [0, 1]
        with pytest.raises(decoders.Died):
            next(values)


def test_a_crash_between_values() -> None:
    with decoders.stream(made.crash_at, 2) as values:
        assert [next(values), next(values)] == [0, 1]
        with pytest.raises(decoders.Died):
            next(values)


def test_processes_are_bounded_and_work_side_by_side(tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go"
    most = os.cpu_count() or 1
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(decoders.run(made.wait_for, begun, go_on)))
        for _ in range(most + 2)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    while not begun.exists() or len(set(begun.read_text().split())) < most:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert len(decoders.pids()) == most
    go_on.touch()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(results) == most + 2
    assert len(set(results)) == most


def test_idle_processes_end(monkeypatch: pytest.MonkeyPatch) -> None:
    decoders.run(abs, -1)
    monkeypatch.setattr(decoders, "IDLE", 0.2)
    decoders.run(abs, -1)
    end = time.monotonic() + PATIENCE
    while decoders.pids():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="uses signals")
@pytest.mark.parametrize("busy", [False, True])
def test_processes_end_with_the_program(busy: bool) -> None:
    work = "threading.Thread(target=decoders.run, args=(made.loop,)).start()\ntime.sleep(0.2)\n"
    code = (
        "import os, signal, threading, time\nfrom facesorter.images import decoders\n"
        "from tests.images import made_decoders as made\n"
        f"print(decoders.run(os.getpid), flush=True)\n{work * busy}"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            # The limit of processor time would end it after 20 s.
            assert not busy or time.monotonic() - begun < decoders.DEFAULT_LIMITS.seconds
            return
        assert time.monotonic() < end
        time.sleep(0.02)


def test_without_processes_functions_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = decoders._Pool()
    monkeypatch.setattr(decoders, "_pool", pool)
    monkeypatch.setattr(decoders, "_own_command", lambda: ["/nonexistent/facesorter"])
    assert decoders.run(os.getpid) == os.getpid()
    with decoders.stream(made.count, 2) as values:
        assert list(values) == [0, 1]
