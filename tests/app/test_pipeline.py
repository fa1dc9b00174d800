"""Scanning and analysing with real threads and an analyzer that counts."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from facesorter.app import pipeline
from facesorter.app.services import Services
from facesorter.app.writer import QUEUE_LIMIT
from facesorter.errors import Message, UserError
from facesorter.library import queries
from facesorter.library.scanning import folders, record
from facesorter.settings import Settings
from facesorter.storage.database import LibraryError
from tests.app.album import (
    CountingAnalyzer,
    at_work,
    draw,
    fill,
    in_order,
    number_of,
    on_disk,
    pixels_of,
    rows,
    settle,
    statuses,
    until,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "Photos"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


def test_newest_photos_come_first(root: Path, library: Path) -> None:
    fill(root, 150)
    analyzer = CountingAnalyzer()
    with at_work(library, analyzer, workers=1) as services:
        services.pause()
        services.submit(folders.add, str(root)).result()
        services.rescan()
        assert services.pipeline.wait_idle(10)
        assert analyzer.total == 0
        services.resume()
        assert services.pipeline.wait_idle(20)
    assert analyzer.order == sorted(analyzer.order, reverse=True)
    assert len(analyzer.order) == 150


def test_a_photo_dropped_while_others_wait_is_next(root: Path, library: Path) -> None:
    fill(root, 200)
    analyzer, hold = CountingAnalyzer(), threading.Event()
    scans: list[int] = []
    with at_work(library, analyzer, workers=1) as services:
        services.pipeline.scanned.connect(lambda folder, differences: scans.append(differences))
        services.pause()
        services.submit(folders.add, str(root)).result()
        until(lambda: scans)
        analyzer.act = lambda number: hold.wait(30)
        services.resume()
        until(lambda: analyzer.total == 1)
        # Years older than all others, so that by its date it would be the last.
        draw(root / "old.png", 900, day=-3000)
        services.rescan()
        until(lambda: len(scans) == 2)
        hold.set()
        assert services.pipeline.wait_idle(30)
    assert analyzer.order.index(900) == 1
    assert len(analyzer.order) == 201


def test_pause_lets_the_running_ones_finish_and_resume_goes_on(root: Path, library: Path) -> None:
    fill(root, 60)
    analyzer = CountingAnalyzer(0.02)
    with at_work(library, analyzer, root) as services:
        services.rescan()
        until(lambda: analyzer.total >= 5)
        services.pause()
        assert services.pipeline.wait_idle(5), "a pause is a rest"
        assert services.pipeline.phase == "paused"
        done = analyzer.total
        assert done < 60
        time.sleep(0.2)
        assert analyzer.total == done
        assert services.current_progress().seconds_left is None
        services.resume()
        assert services.pipeline.wait_idle(20)
        assert services.pipeline.phase == "idle"
    assert in_order(library, root)
    assert set(analyzer.seen.values()) == {1}


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_stopped_at_any_moment_and_started_again(root: Path, library: Path, times: int) -> None:
    """Nothing hangs, no thread is left, nothing is analysed twice."""
    fill(root, 2 * times)
    analyzer = CountingAnalyzer(0.002)
    moments = random.Random(7)
    slowest = 0.0
    for _ in range(times):
        with at_work(library, analyzer, watch=moments.random() < 0.3) as services:
            services.submit(folders.add, str(root))
            services.rescan()
            time.sleep(moments.choice((0.0, 0.0, 0.005, 0.02, 0.05)))
        slowest = max(slowest, services.took_to_stop)  # type: ignore[attr-defined]
    with at_work(library, analyzer, root) as services:
        settle(services, 60)
    assert in_order(library, root)
    # What was being looked at when the end came is looked at again, and nothing else.
    assert analyzer.total <= 2 * times + (times + 1) * 2
    assert slowest < 3
    assert not (library / "analysing.json").exists()


def test_stopped_while_it_opens(root: Path, library: Path) -> None:
    fill(root, 3)
    for _ in range(30):
        before = threading.active_count()
        services = Services(library, library / "cache", watch=True, load=CountingAnalyzer)
        ready = services.start()
        assert services.stop(10)
        assert ready.done()
        assert threading.active_count() <= before + 1  # watchdog keeps one for good
    with at_work(library, CountingAnalyzer(), root) as services:
        settle(services)
    assert in_order(library, root)


def test_a_slow_writer_holds_the_analysis_back(root: Path, library: Path) -> None:
    fill(root, 600)
    analyzer = CountingAnalyzer()
    with at_work(library, analyzer, root, workers=2) as services:
        services.rescan()
        until(lambda: analyzer.total >= 10)
        gate = threading.Event()
        services.submit(lambda txn: gate.wait(30))
        time.sleep(0.1)
        before = analyzer.total
        # How much piles up depends on how much waited for the writer already; that it ends counts.
        last = 0
        while last < analyzer.total:
            last = analyzer.total
            time.sleep(1)
        assert analyzer.total <= before + QUEUE_LIMIT + 60, "the results pile up"
        gate.set()
        assert services.pipeline.wait_idle(30)
    assert set(analyzer.seen.values()) == {1}


def test_decisions_do_not_wait_for_the_analysis(root: Path, library: Path) -> None:
    fill(root, 500)
    rounds = []
    with at_work(library, CountingAnalyzer(), root) as services:
        services.rescan()
        for _ in range(5):
            waits = []
            for _ in range(20):
                started = time.monotonic()
                services.submit(lambda txn: None).result(60)
                waits.append(time.monotonic() - started)
                time.sleep(0.005)
            rounds.append(sorted(waits))
        assert services.pipeline.wait_idle(30)
    # All but one, in most rounds: another program may keep the computer busy for a moment.
    slowest = sorted(waits[-2] for waits in rounds)
    assert slowest[len(slowest) // 2] < 0.1, rounds


def test_broken_models_give_one_sentence_and_no_failed_photo(root: Path, library: Path) -> None:
    fill(root, 20)

    def load() -> Any:
        raise UserError("The models are damaged. Install facesorter again.")

    messages: list[str] = []
    services = Services(library, library / "cache", Settings(workers=4), watch=False, load=load)
    services.failed.connect(messages.append)
    services.start().result(60)
    try:
        services.submit(folders.add, str(root)).result()
        services.rescan()
        assert services.pipeline.wait_idle(10)
    finally:
        assert services.stop()
    assert messages == [Message("The models are damaged. Install facesorter again.")]
    assert set(statuses(library).values()) == {"pending"}


def test_models_that_fail_in_their_own_words_stop_it_too(root: Path, library: Path) -> None:
    fill(root, 5)

    def load() -> Any:
        raise RuntimeError("protobuf parsing failed")

    messages: list[str] = []
    services = Services(library, library / "cache", Settings(workers=2), watch=False, load=load)
    services.failed.connect(messages.append)
    services.start().result(60)
    services.submit(folders.add, str(root)).result()
    services.rescan()
    assert services.pipeline.wait_idle(10)
    assert services.stop()
    assert len(messages) == 1 and "models" in str(messages[0])
    assert set(statuses(library).values()) == {"pending"}


def test_full_disk_stops_with_one_sentence_and_resume_goes_on(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, 120)
    analyzer = CountingAnalyzer()
    full = threading.Event()
    real = record.analysed

    def analysed(txn: Any, *args: Any) -> None:
        real(txn, *args)
        if full.is_set():
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    messages: list[str] = []
    monkeypatch.setattr(record, "analysed", analysed)
    with at_work(library, analyzer) as services:
        services.pipeline.failed.connect(messages.append)
        services.pause()
        services.submit(folders.add, str(root)).result()
        services.rescan()
        services.pipeline.wait_idle(10)
        full.set()
        services.resume()
        assert services.pipeline.wait_idle(20)
        assert (
            len(messages) == 1
            and "full" in str(messages[0])
            and "Free up space" in str(messages[0])
        )
        assert set(statuses(library).values()) == {"pending"}
        full.clear()
        services.resume()
        assert services.pipeline.wait_idle(20)
    assert in_order(library, root)


def test_a_fault_of_ours_in_one_photo_fails_that_photo_only(root: Path, library: Path) -> None:
    fill(root, 30)
    analyzer = CountingAnalyzer()

    def act(number: int) -> None:
        if number == 17:
            raise ZeroDivisionError("division by zero")

    analyzer.act = act
    with at_work(library, analyzer, root) as services:
        settle(services)
        (problem,) = queries.problems(services.reader())
        assert "internal error" in str(problem.error) and problem.path.endswith("photo 17.png")
        settle(services)
    assert sorted(statuses(library).values()) == ["analysed"] * 29 + ["failed"]
    assert analyzer.total == 30, "the bad photo is not tried again and again"


def test_a_result_that_cannot_be_stored_fails_that_photo_only(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, 10)
    real = record.analysed

    def analysed(txn: Any, photo_id: int, *args: Any) -> None:
        real(txn, photo_id, *args)
        if photo_id == 4:
            txn.connection.execute("INSERT INTO setting (key, value) VALUES ('x', NULL)")

    monkeypatch.setattr(record, "analysed", analysed)
    with at_work(library, CountingAnalyzer(), root) as services:
        settle(services)
    assert sorted(statuses(library).values()) == ["analysed"] * 9 + ["failed"]


def test_copies_in_one_import_are_analysed_once(root: Path, library: Path) -> None:
    originals = fill(root, 20)
    for number, path in enumerate(originals):
        shutil.copy(path, root / f"copy {number}.png")
        shutil.copy2(path, root / f"second copy {number}.png")
    analyzer = CountingAnalyzer(0.005)
    with at_work(library, analyzer, root, workers=4) as services:
        settle(services)
    assert in_order(library, root)
    assert set(analyzer.seen.values()) == {1} and len(analyzer.seen) == 20
    assert rows(library, "SELECT count(*) FROM face JOIN embedding ON face_id = face.id") == [(60,)]


def test_files_that_vanish_before_their_analysis_are_no_failures(root: Path, library: Path) -> None:
    paths = fill(root, 60)
    analyzer = CountingAnalyzer(0.005)
    with at_work(library, analyzer, root) as services:
        services.rescan()
        until(lambda: analyzer.total >= 5)
        for path in paths[10:40]:
            path.unlink(missing_ok=True)
        assert services.pipeline.wait_idle(20)
    assert in_order(library, root)
    assert "failed" not in statuses(library).values()


def test_files_renamed_before_their_analysis_are_analysed_once(root: Path, library: Path) -> None:
    paths = fill(root, 60)
    analyzer = CountingAnalyzer(0.005)
    with at_work(library, analyzer, root) as services:
        services.rescan()
        until(lambda: analyzer.total >= 5)
        for number, path in enumerate(paths[:40]):
            path.rename(root / f"renamed {number}.png")
        assert services.pipeline.wait_idle(20)
        settle(services)
    assert in_order(library, root)
    assert max(analyzer.seen.values()) == 1


def test_a_drive_pulled_during_the_analysis(root: Path, library: Path) -> None:
    fill(root, 80)
    analyzer = CountingAnalyzer(0.01)
    away = root.with_name("away")
    with at_work(library, analyzer, root) as services:
        services.rescan()
        until(lambda: analyzer.total >= 10)
        root.rename(away)
        assert services.pipeline.wait_idle(20)
        assert rows(library, "SELECT state FROM folder") == [("unplugged",)]
        assert set(statuses(library).values()) == {"pending", "analysed"}
        assert len(queries.photo_ids(services.reader())) == 80, "they stay on show"
        away.rename(root)
        settle(services)
        assert rows(library, "SELECT state FROM folder") == [("present",)]
    assert in_order(library, root)
    # One being looked at in each worker when the drive went.
    assert analyzer.total <= 80 + 2


def test_a_drive_that_comes_and_goes_while_everything_runs(root: Path, library: Path) -> None:
    fill(root, 120)
    analyzer = CountingAnalyzer(0.004)
    away = root.with_name("away")
    with at_work(library, analyzer, root) as services:
        for _ in range(25):
            services.rescan()
            time.sleep(0.015)
            root.rename(away)
            time.sleep(0.005)
            away.rename(root)
            assert not {"failed", "missing"} & set(statuses(library).values())
        settle(services)
    assert in_order(library, root)


def test_a_file_that_never_comes_to_rest_does_not_keep_us_busy(root: Path, library: Path) -> None:
    (path,) = fill(root, 1)
    analyzer = CountingAnalyzer()
    analyzer.act = lambda number: os.utime(path, ns=(time.time_ns(), time.time_ns()))
    with at_work(library, analyzer, root) as services:
        services.rescan()
        assert services.pipeline.wait_idle(20)
        assert analyzer.total < 10
        analyzer.act = lambda number: None
        settle(services)
    assert in_order(library, root)


def test_a_file_still_being_written_ends_up_analysed_without_an_error(
    root: Path, library: Path
) -> None:
    fill(root, 14)
    growing = draw(root / "growing.png", 13 + 14 * 100)
    whole = growing.read_bytes()
    growing.unlink()

    def write() -> None:
        with growing.open("wb", buffering=0) as file:
            for start in range(0, len(whole), 60):
                file.write(whole[start : start + 60])
                time.sleep(0.15)

    writing = threading.Thread(target=write)
    failed = set[str]()
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        settle(services)
        services.changed.connect(
            lambda _: failed.update(p for p, s in statuses(library).items() if s == "failed")
        )
        writing.start()
        writing.join()
        until(lambda: in_order(library, root))
    assert len(whole) > 60 * 10, "it took more than a second and a half"
    assert not failed, "nobody was frightened meanwhile"


def test_unreadable_photos_are_tried_again_when_it_is_mended(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, 3)
    broken = threading.Event()
    broken.set()
    real = Path.open

    def open_file(path: Path, *args: Any, **kwargs: Any) -> Any:
        if broken.is_set() and path.name == "photo 1.png":
            raise OSError(5, "Input/output error")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_file)
    with at_work(library, CountingAnalyzer(), root) as services:
        settle(services)
        (problem,) = queries.problems(services.reader())
        assert "Input/output error" in str(problem.error)
        broken.clear()
        settle(services)
    assert in_order(library, root)


def test_progress_adds_up_and_time_left_is_sane(root: Path, library: Path) -> None:
    fill(root, 100)
    analyzer = CountingAnalyzer(0.02)
    with at_work(library, analyzer, root, workers=2) as services:
        services.rescan()
        until(lambda: analyzer.total >= 50)
        progress = services.current_progress()
        assert progress.found == 100
        assert progress.analysed + progress.pending + progress.failed == 100
        assert progress.phase == "analysing"
        assert progress.seconds_left is not None and 0.1 < progress.seconds_left < 10
        assert services.pipeline.wait_idle(20)
        idle = services.current_progress()
        assert (idle.phase, idle.pending, idle.seconds_left) == ("idle", 0, None)
        # After a rest the rate is that of the new work, not of the rest.
        time.sleep(1.5)
        fill(root, 60, first=200)
        services.rescan()
        until(lambda: analyzer.total >= 140)
        rate = services.pipeline.rate.per_second()
        assert rate == 0 or rate > 30


def test_what_takes_long_is_named(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, 1)
    loading, looking = threading.Event(), threading.Event()

    analyzer = CountingAnalyzer()
    analyzer.act = lambda _: looking.wait(30)
    monkeypatch.setattr(pipeline, "SLOW", 0.05)
    with at_work(library, analyzer, root) as services:
        load = services.pipeline._load
        monkeypatch.setattr(
            services.pipeline, "_load", lambda: load() if loading.wait(30) else None
        )
        services.rescan()
        until(lambda: services.current_progress().preparing)
        assert services.current_progress().slow_photo == ""
        loading.set()
        until(lambda: services.current_progress().slow_photo.startswith(str(root)))
        assert not services.current_progress().preparing
        looking.set()
        assert services.pipeline.wait_idle(20)
        assert services.current_progress().slow_photo == ""


def test_a_library_that_cannot_be_opened_tells_whoever_started(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "library.db").write_bytes(b"this is not a database" * 100)
    services = Services(library, tmp_path / "cache", load=CountingAnalyzer)
    with pytest.raises(LibraryError):
        services.start().result(60)
    assert services.stop()


def test_threads_that_cannot_start_are_no_hang(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = Services(library, library / "cache", watch=False, load=CountingAnalyzer)

    def start() -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(services.pipeline, "start", start)
    ready: Future[None] = services.start()
    with pytest.raises(RuntimeError):
        ready.result(60)


def test_the_fake_tells_photos_apart(root: Path) -> None:
    one, other = fill(root, 2)
    assert pixels_of(one) != pixels_of(other)
    assert on_disk(root) == {str(one), str(other)}
    assert number_of(np.asarray(Image.open(other))) == 1
