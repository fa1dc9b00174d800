"""One photo that kills the program does so only once, and a killed program condemns none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facesorter.app import isolated
from facesorter.app.crash_guard import CRASHES, FILE_NAME, CrashGuard
from facesorter.app.isolated import IsolatedAnalysis
from facesorter.app.queue import SET_ASIDE
from facesorter.app.services import Services
from facesorter.cancel import CancelToken
from facesorter.domain import FolderId, PhotoId
from facesorter.library.transaction import Transaction
from facesorter.settings import Settings
from facesorter.storage import photos
from facesorter.storage.pending import Pending
from tests.app.album import (
    CountingAnalyzer,
    at_work,
    draw,
    fill,
    in_order,
    rows,
    settle,
    statuses,
    until,
)
from tests.app.poisoned import DIED

ROOT = Path(__file__).parents[2]
HARMLESS = 10_000


def run(library: Path, root: Path, poison: int, workers: int = 3, way: str = "exit") -> int:
    return start(library, root, poison, workers, way).wait(60)


def start(
    library: Path, root: Path, poison: int, workers: int = 3, way: str = "exit"
) -> subprocess.Popen[bytes]:
    words = [library, root, poison, workers, way]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.app.poisoned", *map(str, words)], cwd=ROOT
    )


def commands(library: Path, poison: int = HARMLESS, way: str = "exit") -> IsolatedAnalysis:
    """Processes of the poisoned program, for services in this process."""
    words = [sys.executable, "-m", "tests.app.poisoned", "--apart", str(poison), way]
    return IsolatedAnalysis(library, library / "cache", Settings(), words)


def test_a_poisonous_photo_crashes_the_program_once(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 8)
    way, died = ("exit", DIED) if os.name == "nt" else ("SIGSEGV", -signal.SIGSEGV)
    assert run(library, root, 5, workers=2, way=way) == died
    assert run(library, root, 5, workers=2, way=way) == 0
    ((path, error),) = rows(library, "SELECT relpath, error FROM photo WHERE status = 'failed'")
    assert path.endswith("photo 5.png")
    assert "crashed twice" in error
    assert sorted(statuses(library).values()) == ["analysed"] * 7 + ["failed"]
    assert not (library / FILE_NAME).exists(), "and it is not tried again"


@pytest.mark.slow
def test_a_poisonous_photo_that_was_replaced_is_tried_again(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    paths = fill(root, 8)
    assert [run(library, root, 5) for _ in range(2)] == [DIED, 0]
    draw(paths[5], 900)
    assert run(library, root, 5) == 0
    assert in_order(library, root)


def set_aside(txn: Transaction, photo_id: PhotoId) -> None:
    photos.set_failed(txn.connection, photo_id, SET_ASIDE, None)


def test_try_again_spares_the_program_and_reads_what_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "GRACE", 0.05)
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 4)
    with at_work(library, CountingAnalyzer(), root) as working:
        settle(working)
        ((bad,),) = rows(library, "SELECT id FROM photo WHERE relpath LIKE '%photo 2.png'")
        working.submit(set_aside, bad).result(60)
    services = Services(
        library,
        library / "cache",
        Settings(workers=2),
        watch=False,
        load=CountingAnalyzer,
        isolation=commands(library, 2),
    )
    services.refresher.enabled = False
    services.start().result(30)
    try:
        assert services.try_again([bad]).result(60) == 1
        until(lambda: statuses(library)[str(root / "folder 2" / "photo 2.png")] == "pending")
        until(lambda: statuses(library)[str(root / "folder 2" / "photo 2.png")] == "failed")
        services.pipeline._isolation = commands(library)
        assert services.try_again([bad]).result(60) == 1
        until(lambda: in_order(library, root))
    finally:
        assert services.stop(20)


def test_a_kill_fails_nobody(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 40)
    for way in ("kill", "terminate", "kill"):
        process = start(library, root, HARMLESS, 2)
        until(lambda: process.poll() is not None or _in_works(library))  # noqa: B023
        time.sleep(0.1)
        getattr(process, way)()
        process.wait(60)
    assert run(library, root, HARMLESS) == 0
    assert in_order(library, root)


@pytest.mark.skipif(os.name == "nt", reason="has no process groups to kill")
def test_a_kill_while_a_suspect_is_analyzed_apart_is_no_evidence(tmp_path: Path) -> None:
    """As a logout or a killed session: all processes die, in any order."""
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 4)
    assert run(library, root, 2) == DIED
    words = [sys.executable, "-m", "tests.app.poisoned", library, root, "2", "1", "SIGSTOP"]
    process = subprocess.Popen(list(map(str, words)), cwd=ROOT, start_new_session=True)
    until(lambda: any((library / "cache").glob("apart-*/begun")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)
    left_over = json.loads((library / FILE_NAME).read_bytes())["suspects"]
    assert left_over and set(left_over.values()) == {0}
    assert run(library, root, HARMLESS) == 0
    assert in_order(library, root)


@pytest.mark.skipif(os.name == "nt", reason="has no signals")
@pytest.mark.parametrize(
    ("deed", "verdict"),
    [
        ("begun.touch(); os.kill(os.getpid(), signal.SIGSEGV)", isolated.Crashed),
        ("begun.touch(); os.abort()", isolated.Crashed),
        ("begun.touch(); os.kill(os.getpid(), signal.SIGKILL)", isolated.Crashed),
        ("begun.touch(); os.kill(os.getpid(), signal.SIGTERM)", isolated.Unproven),
        ("begun.touch(); os.kill(os.getpid(), signal.SIGHUP)", isolated.Unproven),
        ("os.abort()", isolated.Unproven),
    ],
)
def test_what_the_end_of_the_process_proves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str, verdict: type[Exception]
) -> None:
    """SIGKILL without an end of the program is what a system does that has no memory left."""
    monkeypatch.setattr(isolated, "GRACE", 0.05)
    start = "import os, pathlib, signal, sys; begun = pathlib.Path(sys.argv[1], 'begun'); "
    isolation = IsolatedAnalysis(
        tmp_path, tmp_path / "cache", Settings(), [sys.executable, "-c", start + deed]
    )
    photo = Pending(PhotoId(1), FolderId(1), str(tmp_path), str(tmp_path / "1.jpg"), 1, 1)
    with pytest.raises(verdict):
        isolation.analyse(photo, "pack", CancelToken())
    assert not list((tmp_path / "cache").iterdir())


def _in_works(library: Path) -> bool:
    try:
        notes = json.loads((library / FILE_NAME).read_bytes())
        return bool(notes["in_works"] or notes["suspects"])
    except (OSError, ValueError):
        return False


def test_suspects_are_tried_apart_and_first(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 30)
    with at_work(library, CountingAnalyzer(), root) as services:
        services.pause()
        services.rescan()
        services.pipeline.wait_idle(60)
    pending = [  # the pause may come after the first analyses
        row[0]
        for row in rows(library, "SELECT id FROM photo WHERE status = 'pending' ORDER BY taken_at")
    ]
    suspects = pending[:2]
    guard = CrashGuard(library)
    guard.begin()
    for photo_id in suspects:
        guard.enter(photo_id)
    guard._file.close()  # type: ignore[union-attr] # here it dies
    analyzer = CountingAnalyzer(0.01)
    done: list[int] = []
    analyzer.act = lambda _: done.append(
        rows(library, "SELECT count(*) FROM photo WHERE status != 'pending'")[0][0]
    )
    with at_work(library, analyzer, workers=4, isolation=commands(library)) as services:
        settle(services, 60)
    assert len(analyzer.order) == len(pending) - 2, "two in processes of their own"
    assert min(done) >= 30 - len(pending) + 1, "first"
    assert in_order(library, root)


def test_a_process_that_cannot_start_is_no_evidence(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 3)
    assert run(library, root, 1, workers=1) == DIED
    broken = IsolatedAnalysis(library, library / "cache", Settings(), [str(tmp_path / "nothing")])
    with at_work(library, CountingAnalyzer(), isolation=broken) as services:
        settle(services)
    assert sorted(statuses(library).values()) == ["analysed", "analysed", "pending"]
    assert run(library, root, HARMLESS) == 0
    assert in_order(library, root)


def test_a_library_of_an_earlier_version_keeps_its_suspects(tmp_path: Path) -> None:
    old = {"in_works": [3], "suspects": [5], "alone": True}
    (tmp_path / FILE_NAME).write_text(json.dumps(old))
    guard = CrashGuard(tmp_path)
    guard.begin()
    assert guard.suspects == {3: 0, 5: 0}
    assert [guard.crashed(5) for _ in range(CRASHES)] == [False, True]
    guard.end()


def test_notes_that_make_no_sense_are_no_obstacle(tmp_path: Path) -> None:
    for number, text in enumerate(("", "nonsense", "[]", '{"in_works": "x"}', "\x00" * 512)):
        library = tmp_path / f"library {number}"
        library.mkdir()
        (library / FILE_NAME).write_text(text)
        guard = CrashGuard(library)
        guard.begin()
        assert guard.suspects == {}
        guard.enter(3)
        guard.leave(3)
        guard.end()
        assert not (library / FILE_NAME).exists()


def test_a_folder_that_takes_no_notes_is_no_obstacle(tmp_path: Path) -> None:
    guard = CrashGuard(tmp_path / "not there")
    guard.begin()
    assert guard.suspects == {}
    guard.enter(1)
    guard.leave(1)
    guard.end()


def test_noting_costs_next_to_nothing(tmp_path: Path) -> None:
    guard = CrashGuard(tmp_path)
    guard.begin()
    started = time.perf_counter()
    for photo_id in range(1000):
        guard.enter(photo_id)
        guard.leave(photo_id)
    assert time.perf_counter() - started < 1
    guard.end()


def test_services_keep_their_notes_beside_the_library(tmp_path: Path) -> None:
    services = Services(tmp_path / "library", load=CountingAnalyzer)
    assert services.library_dir == tmp_path / "library"
    services.stop()
