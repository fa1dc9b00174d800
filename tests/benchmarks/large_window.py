"""Walk through every page of the window with a large library, and see how long each step takes.

    python -m tests.benchmarks.large_library DIR
    python -m tests.benchmarks.large_window DIR [--stacks] [--idle 30] [--start]

Prints a line for each step: seconds until it was done, seconds of the processor until then in all
threads, and the longest time in ms for which the window's thread worked without a break, by its own
clock, so that what other programs take does not count. ``--stacks`` says what the thread was
doing when that was over 5 ms. Other lines are the share of a core that the open window takes while
nothing happens, and the most memory held.
Everything that is decided is undone.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIMIT_MS = 5.0
MOST_SECONDS = 120.0


class Watch:
    """The longest turn of the window's thread, by its own clock."""

    def __init__(self, app: Any, stacks: bool) -> None:
        from PySide6.QtCore import QAbstractEventDispatcher

        self.longest = 0.0
        self.stacks: Counter[str] = Counter()
        self._thread = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._thread)
        self._begun = time.clock_gettime(self._clock)
        dispatcher = QAbstractEventDispatcher.instance(app.thread())
        # Which of them comes before and which after the events depends on the dispatcher. While it
        # waits, the thread's clock stands.
        dispatcher.awake.connect(self.turn)
        dispatcher.aboutToBlock.connect(self.turn)
        if stacks:
            threading.Thread(target=self._look, daemon=True).start()

    def reset(self) -> None:
        """Begin a step."""
        self.turn()
        self.longest = 0.0
        self.stacks.clear()

    def turn(self) -> None:
        """Begin a turn."""
        present = time.clock_gettime(self._clock)
        self.longest = max(self.longest, present - self._begun)
        self._begun = present

    def _look(self) -> None:
        # Not by `sys._current_frames`: whoever holds a frame may be the one to destroy its painter.
        with tempfile.TemporaryFile("w+") as file:
            while True:
                time.sleep(0.002)
                if (time.clock_gettime(self._clock) - self._begun) * 1000 < LIMIT_MS:
                    continue
                file.seek(0)
                file.truncate()
                faulthandler.dump_traceback(file, all_threads=True)
                file.seek(0)
                stack = file.read().split(f"0x{self._thread:016x}")[-1].split("\n\n")[0]
                lines = re.findall(r'facesorter/\S*?(\w+)\.py", line (\d+) in (.+)', stack)
                self.stacks[" < ".join(f"{f}:{n} {name}" for f, n, name in lines[:4])] += 1


class Walk:
    """The window, and what is done in it."""

    def __init__(self, directory: Path, home: Path, stacks: bool) -> None:
        from PySide6.QtCore import QSettings

        from facesorter.app.services import Services
        from facesorter.gui.start.application import make_application
        from facesorter.gui.start.garbage import GuiCollector
        from facesorter.gui.window.main_window import MainWindow

        self.app = make_application([])
        self.services = Services(directory / "library", home / "cache")
        settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(self.services, settings)
        self.window.resize(1280, 800)
        self.collector = GuiCollector()
        self.watch = Watch(self.app, stacks)

    def until(self, true: Callable[[], Any]) -> float:
        """Let the window run until that is so; seconds."""
        begun = time.perf_counter()
        while not true() and time.perf_counter() - begun < MOST_SECONDS:
            self.rest(0.01)
        return time.perf_counter() - begun

    def rest(self, seconds: float) -> None:
        """Let the window run."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def step(
        self,
        name: str,
        act: Callable[[], Any],
        done: Callable[[], Any] = lambda: True,
        rest: float = 1.5,
    ) -> None:
        """Do something, wait until it is done, and say what it took."""
        self.watch.reset()
        begun, used = time.perf_counter(), time.process_time()
        act()
        self.until(done)
        seconds, used = time.perf_counter() - begun, time.process_time() - used
        # What follows: pictures that arrive, counts, questions.
        self.rest(rest)
        self.watch.turn()
        longest = self.watch.longest * 1000
        late = "" if longest <= LIMIT_MS else "  *"
        print(f"| {name:32} | {seconds:7.2f} | {used:5.2f} | {longest:6.1f} |{late}", flush=True)
        for stack, count in self.watch.stacks.most_common(6):
            print(f"    {count:4} {stack}", flush=True)
        self.watch.stacks.clear()

    def idle(self, seconds: float) -> float:
        """Share of a core that the process takes while nothing happens."""
        begun, used = time.perf_counter(), time.process_time()
        self.rest(seconds)
        return (time.process_time() - used) / (time.perf_counter() - begun)


def settled(model: Any) -> bool:
    """Whether a model has read what it shows."""
    return bool(model._reading.settled)


def start(at: Walk, seconds: float) -> None:
    """Open the window, and let it rest."""
    window = at.window
    painted: list[float] = []
    window.painted.connect(lambda: painted.append(time.perf_counter()))
    window.painted.connect(at.services.start)
    at.step("window painted", window.show, lambda: painted, 0)
    at.step("photos listed", lambda: None, lambda: window.photos.model.rowCount() > 0, 0)
    at.step("questions counted", lambda: None, lambda: window.state and window.state.counts, 3)
    idle = at.services.pipeline.wait_idle
    at.step("folder scanned", lambda: None, lambda: idle(0), 10)
    # Before anything is decided: then all faces are grouped again, in the background.
    print(f"idle: {100 * at.idle(seconds):.1f} % of a core", flush=True)


def walk(at: Walk) -> None:
    """Go everywhere."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from facesorter.gui.people.person_header import Order

    window, key = at.window, Qt.Key
    photos = window.photos
    every = photos.model.rowCount()
    bar = photos.view.verticalScrollBar()
    at.step("photos: to the middle", lambda: bar.setValue(bar.maximum() // 2))
    at.step("photos: to the end", lambda: bar.setValue(bar.maximum()))
    at.step("photos: Home", lambda: QTest.keyClick(photos.view, key.Key_Home))
    control = Qt.KeyboardModifier.ControlModifier
    at.step("photos: select all", lambda: QTest.keyClick(photos.view, key.Key_A, control))
    at.step("photos: select one", lambda: QTest.keyClick(photos.view, key.Key_Home))
    at.step("photos: zoom", lambda: photos.zoom(1))
    for text in ("Person 5", "2010", "Person 1 2015", "faces>2", "unnamed"):

        def search(text: str = text) -> None:
            window.start_search()
            photos.field.clear()
            QTest.keyClicks(photos.field, text)
            QTest.keyClick(photos.field, key.Key_Return)

        at.step(f"search: {text}", search, lambda: settled(photos.model))
    at.step("search cleared", photos.field.clear, lambda: photos.model.rowCount() == every)
    star = photos.model.ids[5]
    at.step(
        "a photo opened",
        lambda: window.open_photo(star, list(photos.model.ids)),
        lambda: window.photo.view.faces,
    )
    at.step("next photo", lambda: QTest.keyClick(window.photo.view, key.Key_Right))
    at.step("favorite", lambda: QTest.keyClick(window.photo.view, key.Key_F))
    at.step("back", window.navigator.back)
    at.step("undo", lambda: window.actions_.undo())
    at.step("favorites", lambda: window.go_to("favourites"), lambda: settled(photos.model))
    at.step("photos again", lambda: window.go_to("photos"), lambda: photos.model.rowCount() > 9)

    people = window.people
    at.step("people", lambda: window.go_to("people"), lambda: people.model.rowCount() > 1000)
    bar_ = people.view.verticalScrollBar()
    at.step("people: to the end", lambda: bar_.setValue(bar_.maximum()))
    at.step("people: Home", lambda: QTest.keyClick(people.view, key.Key_Home))
    at.step("people: type a name", lambda: QTest.keyClicks(people.view, "per"))
    at.step("people: leave the field", people.view.end_naming)

    page = window.person
    at.step("the largest person", lambda: window.open_person(1), lambda: page.faces.rowCount() > 99)
    face_bar = page.face_view.verticalScrollBar()
    at.step("its faces: to the end", lambda: face_bar.setValue(face_bar.maximum()))
    at.step("its faces: select all", lambda: QTest.keyClick(page.face_view, key.Key_A, control))
    at.step("its faces: Home", lambda: QTest.keyClick(page.face_view, key.Key_Home))
    at.step("why", lambda: QTest.keyClick(page.face_view, key.Key_W), lambda: page.why.isVisible())
    at.step("its faces: confirm one", lambda: QTest.keyClick(page.face_view, key.Key_Return))
    at.step("undo that", lambda: window.actions_.undo())
    for order, name in ((Order.QUALITY, "best first"), (Order.DOUBT, "doubtful first")):
        at.step(
            name,
            lambda order=order: page.header.order.setCurrentIndex(
                page.header.order.findData(order)
            ),
            lambda: page.faces.rowCount() > 99,
        )
    at.step("by date", lambda: page.header.order.setCurrentIndex(0))
    at.step("its photos", page.header.photos.click, lambda: page.photos.rowCount() > 99)
    at.step("about the person", lambda: page.details.open_panel(1))
    at.step("about: closed", page.details.close_panel)
    at.step("playback", lambda: window.play_person(1), lambda: window.playback.at >= 0)
    at.step("playback left", lambda: QTest.keyClick(window.playback, key.Key_Escape))
    at.step("split", lambda: window.split_person(1), lambda: bool(window.split.columns[1].ids))
    at.step("split left", window.navigator.back)
    at.step("rename", lambda: window.actions_.name(1, "Somebody"))
    at.step("undo the name", lambda: window.actions_.undo())
    at.step("a small person", lambda: window.open_person(2500), lambda: page.faces.rowCount() > 0)

    at.step(
        "unknown faces",
        lambda: window.go_to("unknown"),
        lambda: any(m.rowCount() for m in window.unknown.findChildren(type(page.faces))),
    )
    at.step("review", lambda: window.go_to("review"), lambda: window.review.ready is not None)
    at.step("review: next", lambda: QTest.keyClick(window.review, key.Key_J))
    for name, show in (
        ("keyboard", window.commands.show_keys),
        ("help", window.dialogs.show_guide),
        ("problems", window.show_problems),
        ("backups", window.dialogs.show_backups),
    ):
        at.step(name, show)
        for widget in at.app.topLevelWidgets():
            if widget is not window and widget.isVisible():
                widget.close()
    at.step("photos at last", lambda: window.go_to("photos"), rest=5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--stacks", action="store_true", help="say what keeps the window's thread")
    parser.add_argument("--idle", type=float, default=30.0, help="seconds")
    parser.add_argument("--start", action="store_true", help="only the start and the idle window")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        at = Walk(args.directory, Path(home), args.stacks)
        print(f"| {'step':32} | seconds | cpu s | own ms |")
        print("|---|---|---|---|")
        start(at, args.idle)
        if not args.start:
            walk(at)
        import resource

        print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")
        at.collector.stop()
        at.window.tray.quit()
        at.services.stop(20)
        sys.stdout.flush()
        os._exit(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
