"""Reference cycles: freed in the window's thread, without a look at what imports made each time."""

from __future__ import annotations

import gc
import importlib
import json
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from facesorter.gui.start import garbage
from facesorter.gui.start.garbage import GuiCollector
from tests.support.starting import environment

ROUND = 700
"""Objects after which the youngest generation is collected; set, as Pythons differ in it."""
LATER = 10
"""Collections of a younger generation after which the next older one is collected; set, too."""


class Knot:
    """Refers to itself, and says in which thread it is freed."""

    def __init__(self, freed: list[int]) -> None:
        self.me = self
        self.freed = freed

    def __del__(self) -> None:
        self.freed.append(threading.get_ident())


@pytest.fixture
def collector(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[GuiCollector]:
    thresholds = gc.get_threshold()
    gc.set_threshold(ROUND, LATER, LATER)
    # A test that wants a collection to be a long one says so.
    monkeypatch.setattr(garbage, "LONG_S", 3600)
    gc.collect()
    gc.enable()
    made = GuiCollector()
    yield made
    made.stop()
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.disable()


def rounds(collector: GuiCollector, count: int) -> None:
    """Let as much be made as a collection waits for, so many times over."""
    for _ in range(count):
        kept = [[] for _ in range(2 * ROUND)]  # type: ignore[var-annotated]
        collector.collect_if_due()
        del kept


def until_everything_is_next(collector: GuiCollector) -> None:
    """Let so much be made that the next round looks through everything."""
    for _ in range((LATER + 2) ** 2):
        if gc.get_count()[2] > LATER:
            return
        rounds(collector, 1)
    raise AssertionError("everything is never looked through")


def is_looked_at(thing: object) -> bool:
    """Whether the next collection of everything will look at it."""
    return any(each is thing for each in gc.get_objects())


def test_cycles_of_a_worker_are_freed_in_the_windows_thread(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, collector: GuiCollector
) -> None:
    monkeypatch.setattr(garbage, "INTERVAL_MS", 10)
    quick = GuiCollector()
    freed: list[int] = []

    def work() -> None:
        for _ in range(10):
            Knot(freed)
            # Python itself would have collected here, in this thread.
            kept.extend([] for _ in range(2 * ROUND))

    kept: list[list[object]] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not freed
    qtbot.waitUntil(lambda: len(freed) == 10)
    quick.stop()
    assert set(freed) == {threading.get_ident()}


def test_a_widget_that_was_long_there_is_freed_when_it_is_dropped(collector: GuiCollector) -> None:
    def open_and_close() -> weakref.ref[QWidget]:
        panel = QWidget()
        panel.label = QLabel("Anna", panel)  # type: ignore[attr-defined]
        panel.label.panel = panel  # type: ignore[attr-defined]
        panel.destroyed.connect(lambda: destroyed.append(threading.get_ident()))
        # All generations have seen it, as with a dialog that stays open.
        until_everything_is_next(collector)
        rounds(collector, 1)
        assert is_looked_at(panel)
        return weakref.ref(panel)

    destroyed: list[int] = []
    panel = open_and_close()
    until_everything_is_next(collector)
    assert panel() is not None
    rounds(collector, 1)
    assert panel() is None
    assert destroyed == [threading.get_ident()]


def test_little_that_is_new_is_not_looked_through(collector: GuiCollector) -> None:
    freed: list[int] = []
    Knot(freed)
    for _ in range(5):
        collector.collect_if_due()
    assert not freed
    rounds(collector, 1)
    assert freed


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of modules that can be imported, just enough to count as a library of others."""
    names = [f"imported_in_a_test_{number}" for number in range(garbage.MANY_MODULES)]
    for name in names:
        (tmp_path / f"{name}.py").write_text("things = [[number] for number in range(100)]\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield names
    for name in names:
        sys.modules.pop(name, None)


def import_in_a_thread(names: list[str]) -> None:
    thread = threading.Thread(target=lambda: [importlib.import_module(name) for name in names])
    thread.start()
    thread.join()


def test_what_many_modules_made_is_set_aside(collector: GuiCollector, libraries: list[str]) -> None:
    before = gc.get_freeze_count()
    import_in_a_thread(libraries)
    collector.collect_if_due()
    assert gc.get_freeze_count() - before >= len(libraries) * 100
    assert not is_looked_at(sys.modules[libraries[0]].things)
    # What is made from then on is looked at, and freed.
    freed: list[int] = []
    Knot(freed)
    rounds(collector, 1)
    assert freed and gc.get_freeze_count() - before < len(libraries) * 100 + 5 * ROUND


def test_what_few_modules_made_is_not(collector: GuiCollector, libraries: list[str]) -> None:
    # Not one less: preparing the test imports some, too.
    import_in_a_thread(libraries[:-10])
    collector.collect_if_due()
    assert is_looked_at(sys.modules[libraries[0]].things)
    import_in_a_thread(libraries)
    collector.collect_if_due()
    assert not is_looked_at(sys.modules[libraries[0]].things), "few and few are many"


@pytest.mark.parametrize("long_s", [-1, 3600])
def test_what_took_long_to_look_through_is_set_aside_without_its_garbage(
    collector: GuiCollector, monkeypatch: pytest.MonkeyPatch, long_s: float
) -> None:
    freed: list[int] = []
    lasting = [object()]
    until_everything_is_next(collector)
    monkeypatch.setattr(garbage, "LONG_S", long_s)
    Knot(freed)
    assert is_looked_at(lasting)
    rounds(collector, 1)
    assert freed
    assert is_looked_at(lasting) == (long_s > 0)


def test_rows_of_a_large_library_are_set_aside_and_freed_when_dropped(
    collector: GuiCollector,
) -> None:
    before = gc.get_freeze_count()
    rows = [[number] for number in range(2 * garbage.MANY_NEW)]
    collector.collect_if_due()
    assert gc.get_freeze_count() - before >= len(rows) and not is_looked_at(rows[0])
    rows.clear()
    assert gc.get_freeze_count() - before < garbage.MANY_NEW


def test_python_collects_again_in_the_end(qapp: QApplication) -> None:
    thresholds = gc.get_threshold()
    collector = GuiCollector()
    assert not gc.isenabled() and gc.get_freeze_count() > 10_000
    collector.stop()
    assert gc.isenabled() and gc.get_freeze_count() == 0
    assert gc.get_threshold() == thresholds


IMPORTS = """
import gc, json, threading
from PySide6.QtCore import QCoreApplication, QTimer
from facesorter.gui.start import garbage

garbage.INTERVAL_MS = 50
app = QCoreApplication([])
collector = garbage.GuiCollector()
before = gc.get_freeze_count()

def work():
    # numba comes when a library is too large to be grouped uncompiled.
    import numba
    import facesorter.clustering.engine

thread = threading.Thread(target=work)
thread.start()
timer = QTimer(interval=200)
timer.timeout.connect(lambda: thread.is_alive() or app.quit())
timer.start()
app.exec()
print(json.dumps([gc.get_freeze_count() - before, len(gc.get_objects())]))
collector.stop()
"""


def run(code: str, *args: str, tmp_path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        env=environment(tmp_path),
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_grouping_imports_is_set_aside(tmp_path: Path) -> None:
    aside, looked_at = json.loads(run(IMPORTS, tmp_path=tmp_path))
    assert aside > 50_000
    # What the last few modules made may be left: what a few are depends on how fast they come.
    assert looked_at < 30_000


PROGRAM = """
import gc, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from facesorter.gui.start import application
from facesorter.gui.window.main_window import MainWindow

shown = MainWindow._after_first_paint
def first(window):
    shown(window)
    def leave():
        print("window", gc.isenabled(), gc.get_freeze_count() > 10_000)
        window.close()
    QTimer.singleShot(200, leave)
MainWindow._after_first_paint = first
code = application.run(Path(sys.argv[1]), [])
print("end", gc.isenabled(), gc.get_freeze_count())
sys.exit(code)
"""


def test_the_program_collects_that_way(tmp_path: Path) -> None:
    output = run(PROGRAM, str(tmp_path / "library"), tmp_path=tmp_path)
    assert output.splitlines() == ["window False True", "end True 0"]
