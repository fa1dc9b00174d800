"""Files that change while the program runs show up by themselves, whatever becomes of events."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from facesorter.app import watcher
from facesorter.domain import FolderId
from facesorter.library import queries
from facesorter.library.scanning import folders
from facesorter.library.scanning.scan import Scan
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
from tests.fakes import FakeAnalyzer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "Photos"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


def test_what_happens_to_files_shows_up(root: Path, library: Path) -> None:
    paths = fill(root, 20)
    analyzer = CountingAnalyzer()
    with at_work(library, analyzer, root, watch=True) as services:
        settle(services)
        for act in (
            lambda: fill(root, 10, first=50),
            lambda: paths[0].rename(root / "renamed.png"),
            lambda: (root / "folder 1").rename(root / "another name"),
            lambda: paths[3].unlink(),
            lambda: shutil.copytree(root / "folder 2", root / "new" / "deep" / "er"),
            lambda: draw(paths[2], 777),
            lambda: shutil.rmtree(root / "folder 2"),
        ):
            act()
            until(lambda: in_order(library, root))
    assert max(analyzer.seen.values()) == 1


def test_a_sidecar_shows_up(root: Path, library: Path) -> None:
    (path,) = fill(root, 1)
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        settle(services)
        path.with_suffix(".xmp").write_text('<x photoshop:DateCreated="1956"/>')
        query = "SELECT taken_at, taken_from FROM photo"
        until(lambda: rows(library, query) == [("1956", "sidecar")], 60)


def test_what_changes_before_watching_began_shows_up(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = watcher.FolderWatcher._watch

    def watch(self: watcher.FolderWatcher, folder_id: FolderId, path: str) -> Any:
        until(lambda: in_order(library, root))
        draw(root / "meanwhile.png", 91)
        return real(self, folder_id, path)

    monkeypatch.setattr(watcher.FolderWatcher, "_watch", watch)
    fill(root, 3)
    with at_work(library, CountingAnalyzer(), watch=True) as services:
        settle(services)
        time.sleep(0.5)  # the scan at the start, of nothing
        services.submit(folders.add, str(root)).result(30)
        until(lambda: "meanwhile.png" in {Path(p).name for p in statuses(library)})


def test_a_folder_that_is_added_is_scanned_at_once_and_after_watching_began(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, 12)
    scans: list[frozenset[int] | None] = []
    real = Scan.run

    def run(scan: Scan, wanted: frozenset[int] | None, **more: Any) -> Any:
        scans.append(wanted)
        return real(scan, wanted, **more)

    with at_work(library, FakeAnalyzer(), watch=True) as services:
        settle(services)
        time.sleep(0.5)  # the scan at the start, of nothing
        monkeypatch.setattr(Scan, "run", run)
        folder = services.submit(folders.add, str(root)).result(30)
        until(lambda: in_order(library, root))
        time.sleep(watcher.SECOND_LOOK + 2)
        assert scans == [frozenset({folder.id})] * 2
        draw(root / "one more.png", 90)
        until(lambda: in_order(library, root))


def test_what_is_there_at_the_start_is_scanned_once(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, 12)
    with at_work(library, FakeAnalyzer(), root) as services:
        settle(services)
    scans: list[frozenset[int] | None] = []
    real = Scan.run

    def run(scan: Scan, wanted: frozenset[int] | None, **more: Any) -> Any:
        scans.append(wanted)
        return real(scan, wanted, **more)

    monkeypatch.setattr(Scan, "run", run)
    draw(root / "came meanwhile.png", 91)
    with at_work(library, FakeAnalyzer(), watch=True):
        until(lambda: in_order(library, root))
        time.sleep(watcher.SECOND_LOOK + 1)
    assert scans == [None]


def test_a_folder_added_while_another_is_scanned(tmp_path: Path, library: Path) -> None:
    roots = [tmp_path / f"root {n}" for n in range(4)]
    for number, root in enumerate(roots):
        fill(root, 50, first=100 * number)
    with at_work(library, CountingAnalyzer(), watch=True) as services:
        for root in roots:
            services.submit(folders.add, str(root))
        until(lambda: in_order(library, *roots))


def test_a_folder_that_is_not_there_at_the_start_and_comes_later(root: Path, library: Path) -> None:
    fill(root, 10)
    away = root.with_name("away")
    analyzer = CountingAnalyzer()
    with at_work(library, analyzer, root) as services:
        settle(services)
    root.rename(away)
    with at_work(library, analyzer, watch=True):
        until(lambda: rows(library, "SELECT state FROM folder") == [("unplugged",)])
        away.rename(root)
        until(lambda: rows(library, "SELECT state FROM folder") == [("present",)])
        draw(root / "one more.png", 500)
        until(lambda: in_order(library, root))
    assert max(analyzer.seen.values()) == 1


def test_away_and_back_between_two_looks_at_the_root(root: Path, library: Path) -> None:
    """The same folder under the same name: only what the library thinks of it tells."""
    fill(root, 10)
    away = root.with_name("away")
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        settle(services)
        root.rename(away)
        services.rescan()
        until(lambda: rows(library, "SELECT state FROM folder") == [("unplugged",)])
        away.rename(root)
        until(lambda: rows(library, "SELECT state FROM folder") == [("present",)])
        until(lambda: in_order(library, root))


def test_another_folder_takes_the_name(root: Path, library: Path) -> None:
    fill(root, 10)
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        settle(services)
        root.rename(root.with_name("away"))
        fill(root, 5, first=30)
        until(lambda: in_order(library, root))
        draw(root / "watched too.png", 99)
        until(lambda: in_order(library, root))


def test_emptied_and_filled_again(root: Path, library: Path) -> None:
    paths = fill(root, 6)
    contents = {path: path.read_bytes() for path in paths}
    analyzer = CountingAnalyzer()
    with at_work(library, analyzer, root, watch=True) as services:
        settle(services)
        for path in paths:
            path.unlink()
        until(lambda: rows(library, "SELECT state FROM folder") == [("unplugged",)])
        assert rows(library, "SELECT DISTINCT status FROM photo") == [("analysed",)]
        for path, content in contents.items():
            path.write_bytes(content)
        until(lambda: rows(library, "SELECT state FROM folder") == [("present",)])
        until(lambda: in_order(library, root))
    assert max(analyzer.seen.values()) == 1


def test_an_empty_mount_point_is_not_scanned_again_and_again(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "ROOT_CHECK", 0.1)
    monkeypatch.setattr(watcher, "LONGEST_UNPLUGGED", 0.2)
    monkeypatch.setattr(watcher.FolderWatcher, "_watch", lambda *_: None)
    fill(root, 4)
    away = root.with_name("away")
    scans: list[object] = []
    real = Scan.run

    def run(scan: Scan, wanted: object, **more: Any) -> Any:
        scans.append(wanted)
        return real(scan, wanted, **more)  # type: ignore[arg-type] # passed through

    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        settle(services)
        root.rename(away)
        root.mkdir()
        until(lambda: rows(library, "SELECT state FROM folder") == [("unplugged",)], 60)
        settle(services)
        monkeypatch.setattr(Scan, "run", run)
        time.sleep(2.5)  # more than the first pause after a scan that finds nothing
        assert scans == []
        for part in away.iterdir():
            part.rename(root / part.name)
        until(lambda: rows(library, "SELECT state FROM folder") == [("present",)], 60)
        until(lambda: in_order(library, root), 60)


def test_the_system_refuses_to_watch(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the rescans alone must do."""
    from watchdog.observers.api import BaseObserver

    def schedule(*_: Any, **__: Any) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(BaseObserver, "schedule", schedule)
    monkeypatch.setattr(watcher, "FULL_RESCAN", 0.5)
    fill(root, 5)
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        settle(services)
        draw(root / "new.png", 70)
        until(lambda: in_order(library, root))


def test_the_observer_dies(root: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "ROOT_CHECK", 0.3)
    fill(root, 5)
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        assert services.watcher is not None
        settle(services)
        until(lambda: services.watcher._observer is not None)  # type: ignore[union-attr]
        services.watcher._observer.stop()  # type: ignore[union-attr]
        time.sleep(1)
        draw(root / "new.png", 70)
        until(lambda: in_order(library, root))


def test_the_watcher_outlives_a_broken_look(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "ROOT_CHECK", 0.2)
    fill(root, 5)
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        settle(services)
        real = watcher._identity
        monkeypatch.setattr(watcher, "_identity", lambda path: 1 / 0)
        time.sleep(0.6)
        monkeypatch.setattr(watcher, "_identity", real)
        draw(root / "new.png", 70)
        until(lambda: in_order(library, root))


def test_stop_while_events_pour_in(root: Path, library: Path) -> None:
    fill(root, 5)
    enough = threading.Event()

    def pour() -> None:
        number = 100
        while not enough.wait(0.01) and number < 1000:
            number += 1
            path = draw(root / f"poured {number}.png", number)
            if number % 3 == 0:
                os.replace(path, root / f"moved {number}.png")
            if number % 5 == 0:
                path.unlink(missing_ok=True)

    pouring = threading.Thread(target=pour)
    pouring.start()
    try:
        for _ in range(5):
            with at_work(library, CountingAnalyzer(), root, watch=True) as services:
                time.sleep(0.7)
            assert services.took_to_stop < 2  # type: ignore[attr-defined]
    finally:
        enough.set()
        pouring.join()
    with at_work(library, CountingAnalyzer(), root) as services:
        settle(services)
    assert in_order(library, root)


def test_a_pour_of_events_does_not_put_the_scan_off_for_ever(root: Path, library: Path) -> None:
    fill(root, 2)
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        settle(services)
        number, started = 100, time.monotonic()
        while len(rows(library, "SELECT id FROM photo")) == 2:
            assert time.monotonic() - started < 60
            number += 1
            draw(root / f"{number}.png", number)
            time.sleep(watcher.DEBOUNCE / 3)


def test_a_folder_through_a_link_is_watched(tmp_path: Path, library: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    fill(real, 3)
    link.symlink_to(real)
    with at_work(library, CountingAnalyzer(), link, watch=True) as services:
        settle(services)
        draw(real / "new.png", 50)
        until(lambda: in_order(library, link))


def test_a_paused_folder_is_left_alone_until_it_is_resumed(root: Path, library: Path) -> None:
    fill(root, 2)
    with at_work(library, FakeAnalyzer(), root, watch=True) as services:
        settle(services)
        assert services.watcher is not None
        folder = services.query(queries.folders).result(60)[0].id
        services.submit(folders.pause_watching, folder, True).result(60)
        until(lambda: folder not in services.watcher._roots, 60)
        draw(root / "new.png", 50)
        services.rescan()
        settle(services)
        count = "SELECT count(*) FROM photo"
        assert rows(library, count) == [(2,)]
        services.pipeline.scan([folder])
        until(lambda: rows(library, count) == [(3,)], 60)
        draw(root / "another.png", 51)
        services.submit(folders.pause_watching, folder, False).result(60)
        until(lambda: rows(library, count) == [(4,)], 60)
        until(lambda: folder in services.watcher._roots, 60)


def test_what_programs_keep_in_hidden_folders_causes_no_scan(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, 2)
    hidden = root / ".cache" / "deeper"
    hidden.mkdir(parents=True)
    with at_work(library, FakeAnalyzer(), root, watch=True) as services:
        settle(services)
        assert services.watcher is not None
        seen: list[int] = []
        monkeypatch.setattr(services.watcher, "_on_event", seen.append)
        (hidden / "state.json").write_text("{}")
        (hidden / "more").mkdir()
        draw(hidden / "a.png", 1)
        (root / ".hidden.json").write_text("{}")
        (root / "a.json").write_text("{}")
        until(lambda: bool(seen), 60)
        time.sleep(0.5)
        assert len(seen) <= 3, "a.json alone: created, modified, closed"
