"""One photo that kills the program does so only twice, and harms no other."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facesorter.app.crash_guard import FILE_NAME, Guard
from facesorter.app.services import Services
from tests.app.album import CountingAnalyzer, at_work, draw, fill, in_order, rows, settle, statuses
from tests.app.poisoned import DIED

ROOT = Path(__file__).parents[2]


def run(library: Path, root: Path, poison: int, workers: int = 3) -> int:
    return start(library, root, poison, workers).wait(60)


def start(library: Path, root: Path, poison: int, workers: int = 3) -> subprocess.Popen[bytes]:
    words = [library, root, poison, workers]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.app.poisoned", *map(str, words)], cwd=ROOT
    )


def test_a_poisonous_photo_is_found_out_at_the_third_start(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 40)
    assert run(library, root, 25) == DIED
    assert run(library, root, 25) == DIED
    assert run(library, root, 25) == 0
    ((path, error),) = rows(library, "SELECT relpath, error FROM photo WHERE status = 'failed'")
    assert path.endswith("photo 25.png")
    assert "quit unexpectedly" in error
    assert sorted(statuses(library).values()) == ["analysed"] * 39 + ["failed"]
    assert not (library / FILE_NAME).exists()
    assert run(library, root, 25) == 0, "and it is not tried again"


@pytest.mark.slow
def test_a_poisonous_photo_that_was_replaced_is_tried_again(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    paths = fill(root, 8)
    assert [run(library, root, 5) for _ in range(3)] == [DIED, DIED, 0]
    draw(paths[5], 900)
    assert run(library, root, 5) == 0
    assert in_order(library, root)


def test_a_poisonous_photo_that_is_mended_between_two_deaths(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 20)
    assert run(library, root, 11) == DIED
    assert run(library, root, 10_000) == 0
    assert in_order(library, root)
    assert not (library / FILE_NAME).exists()


def test_a_kill_fails_nobody(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 150)
    for _ in range(6):
        process = start(library, root, 10_000, 2)
        deadline = time.monotonic() + 20
        while process.poll() is None and not _in_works(library) and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(0.1)
        process.kill()
        process.wait(10)
    assert run(library, root, 10_000) == 0
    assert in_order(library, root)


def _in_works(library: Path) -> bool:
    try:
        return bool(json.loads((library / FILE_NAME).read_bytes())["in_works"])
    except (OSError, ValueError):
        return False


def test_suspects_are_tried_alone_and_first(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "Photos"
    fill(root, 30)
    with at_work(library, CountingAnalyzer(), root) as services:
        services.pause()
        services.rescan()
        services.pipeline.wait_idle(10)
    suspects = [row[0] for row in rows(library, "SELECT id FROM photo ORDER BY taken_at LIMIT 3")]
    guard = Guard(library)
    guard.begin()
    for photo_id in suspects:
        guard.enter(photo_id, alone=False)
    guard._file.close()  # type: ignore[union-attr] # here it dies
    analyzer = CountingAnalyzer(0.01)
    crowd: list[int] = []
    analyzer.act = lambda number: crowd.append(analyzer.at_once)
    with at_work(library, analyzer, workers=4) as services:
        settle(services)
    assert sorted(analyzer.order[:3]) == [0, 1, 2], "the oldest photos, yet first"
    assert crowd[:3] == [1, 1, 1]
    assert analyzer.most_at_once > 1
    assert in_order(library, root)


def test_notes_that_make_no_sense_are_no_obstacle(tmp_path: Path) -> None:
    for number, text in enumerate(("", "nonsense", "[]", '{"in_works": "x"}', "\x00" * 512)):
        library = tmp_path / f"library {number}"
        library.mkdir()
        (library / FILE_NAME).write_text(text)
        guard = Guard(library)
        assert guard.begin() == []
        guard.enter(3, alone=False)
        guard.leave(3)
        guard.end()
        assert not (library / FILE_NAME).exists()


def test_a_folder_that_takes_no_notes_is_no_obstacle(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "not there")
    assert guard.begin() == []
    guard.enter(1, alone=False)
    guard.leave(1)
    guard.end()


def test_noting_costs_next_to_nothing(tmp_path: Path) -> None:
    guard = Guard(tmp_path)
    guard.begin()
    started = time.perf_counter()
    for photo_id in range(1000):
        guard.enter(photo_id, alone=False)
        guard.leave(photo_id)
    assert time.perf_counter() - started < 1
    guard.end()


def test_services_keep_their_notes_beside_the_library(tmp_path: Path) -> None:
    services = Services(tmp_path / "library", load=CountingAnalyzer)
    assert services.library_dir == tmp_path / "library"
    services.stop()
