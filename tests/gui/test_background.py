"""Closing, the tray, and starting with the system: the scan goes on, and quitting is quitting."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox

from facesorter import paths
from facesorter.app.progress import Progress
from facesorter.gui.start.application import window_icon
from facesorter.gui.window.main_window import MainWindow
from facesorter.settings import Settings
from tests.support.starting import environment

BUSY = Progress(phase="analysing", found=9, pending=5)


@pytest.fixture
def tray(window: MainWindow) -> MainWindow:
    """A window on a desktop that has a tray."""
    QApplication.setWindowIcon(window_icon())
    window.tray.available = lambda: True
    return window


def stored() -> Settings:
    return Settings.load(paths.settings_dir())


@pytest.fixture(autouse=True)
def fresh_settings() -> None:
    (paths.settings_dir() / "settings.json").unlink(missing_ok=True)


def question(window: MainWindow) -> QMessageBox:
    box = window.tray.question
    assert box is not None
    return box


def press(box: QMessageBox, text: str) -> None:
    (button,) = [each for each in box.buttons() if each.text().replace("&", "") == text]
    button.click()


def test_without_a_tray_closing_ends(qtbot: Any, window: MainWindow) -> None:
    window.services.settings.background = True
    with qtbot.waitSignal(window.closed):
        window.close()
    assert not window.isVisible()


def test_closing_with_nothing_to_do_ends(qtbot: Any, tray: MainWindow) -> None:
    tray.bridge.progress.emit(Progress(phase="idle", found=9))
    with qtbot.waitSignal(tray.closed):
        tray.close()


def test_keep_going_is_asked_once_and_kept(qtbot: Any, tray: MainWindow) -> None:
    tray.bridge.progress.emit(BUSY)
    closed: list[bool] = []
    tray.closed.connect(lambda: closed.append(True))
    tray.close()
    box = question(tray)
    assert "still being analyzed" in box.text() and "Preferences" in box.informativeText()
    assert tray.isVisible()
    press(box, "Continue")
    qtbot.waitUntil(lambda: not tray.isVisible())
    qtbot.waitUntil(lambda: stored().background and stored().background_asked)
    icon = tray.tray.icon
    assert icon is not None and icon.isVisible() and closed == []
    # The work goes on behind it: what is asked is answered, and the library takes decisions.
    assert tray.services.query(lambda _: 42).result(60) == 42
    tray.tray.open()
    assert tray.isVisible()
    tray.close()
    assert not tray.isVisible() and tray.tray.question is None and closed == []
    with qtbot.waitSignal(tray.closed):
        tray.tray.quit()


def test_close_is_kept_as_well(qtbot: Any, tray: MainWindow) -> None:
    tray.bridge.progress.emit(BUSY)
    tray.close()
    with qtbot.waitSignal(tray.closed):
        press(question(tray), "Close")
    qtbot.waitUntil(lambda: stored().background_asked)
    assert not stored().background


def test_cancel_leaves_everything_as_it_is(tray: MainWindow) -> None:
    tray.bridge.progress.emit(BUSY)
    tray.close()
    press(question(tray), "Cancel")
    assert tray.isVisible() and not stored().background_asked
    tray.close()
    assert tray.tray.question is not None, "it was not answered, so it is asked again"
    press(question(tray), "Cancel")


def test_the_end_of_the_session_is_not_held_up(qtbot: Any, tray: MainWindow) -> None:
    tray.services.settings.background = True
    tray.bridge.progress.emit(BUSY)
    tray.tray.end()
    with qtbot.waitSignal(tray.closed):
        tray.close()


QUITS = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QWidget
from facesorter.gui.start.application import make_application
app = make_application([])
told = []
app.quitting.connect(lambda: told.append(window.isVisible()))
window = QWidget()
window.show()
QTimer.singleShot(0, QCoreApplication.quit)
app.exec()
print(told)
"""


def test_the_end_is_told_before_windows_are_closed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUITS],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[True]"), done.stderr


def test_the_trays_menu_pauses_and_tells(qtbot: Any, tray: MainWindow) -> None:
    tray.services.settings.background = True
    tray.tray.apply()
    icon = tray.tray.icon
    assert icon is not None
    tray.bridge.progress.emit(BUSY)
    assert "9 photos found" in icon.toolTip()
    menu = icon.contextMenu()
    labels = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert labels == ["Open facesorter", "Pause", "Quit"]
    tray.tray.pause.trigger()
    qtbot.waitUntil(lambda: tray.services.paused)
    tray.bridge.progress.emit(Progress(phase="paused", found=9, paused_by="user"))
    assert tray.tray.pause.text() == "Resume"
    tray.tray.pause.trigger()
    qtbot.waitUntil(lambda: not tray.services.paused)
    tray.services.settings.background = False
    tray.tray.apply()
    assert not icon.isVisible()


CODE = """
import sys, time
begun = time.monotonic()
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from facesorter.gui.start import application
from facesorter.gui.window import tray as background
from facesorter.gui.window.main_window import MainWindow
from facesorter.settings import Settings
from facesorter import paths
tray = sys.argv[2] == "tray"
Settings(background=tray).save(paths.settings_dir())
QSystemTrayIcon.isSystemTrayAvailable = staticmethod(lambda: tray)
background.Tray.__init__.__defaults__ = (lambda: tray,)
made = []
first = MainWindow.__init__
def init(self, *args):
    first(self, *args)
    made.append(self)
MainWindow.__init__ = init
def look():
    window = made[0]
    if not (Path(sys.argv[1]) / "library.db").exists() and time.monotonic() < begun + 20:
        QTimer.singleShot(100, look)
        return
    shown = "hidden" if not window.isVisible() else "small" if window.isMinimized() else "shown"
    there = (Path(sys.argv[1]) / "library.db").exists()
    print(shown, there, window.tray.icon is not None, flush=True)
    window.tray.quit()
library = Path(sys.argv[1])
make = application.make_application
def made_app(*args):
    app = make(*args)
    QTimer.singleShot(500, look)
    return app
application.make_application = made_app
sys.exit(application.run(library, [], in_background=True))
"""


@pytest.mark.parametrize(("kind", "output"), [("tray", "hidden True True"), ("none", "small True")])
def test_a_start_by_the_system_stays_out_of_the_way(tmp_path: Path, kind: str, output: str) -> None:
    library = tmp_path / "library"
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(library), kind],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(output), done.stdout


def test_a_start_by_the_system_leaves_an_open_window_alone(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    words = [sys.executable, "-m", "facesorter", "--library", str(tmp_path / "library")]
    first = subprocess.Popen(words, env=environment(tmp_path) | {"FACESORTER_PAINT_STAMP": stamp})
    try:
        limit = time.monotonic() + 30
        while not stamp.exists() and time.monotonic() < limit:
            time.sleep(0.05)
        begun = time.monotonic()
        second = subprocess.run(
            [*words, "--in-background"], env=environment(tmp_path), timeout=30, check=False
        )
        assert second.returncode == 0 and time.monotonic() - begun < 10
        wishes = tmp_path / "library" / "wishes"
        assert not wishes.exists() or not os.listdir(wishes)
        assert first.poll() is None
    finally:
        first.terminate()
        first.wait(20)


def test_the_status_line_says_why_it_rests(qtbot: Any, window: MainWindow) -> None:
    services, status = window.services, window.status
    services.pauses.hold("battery")
    status.set_progress(Progress(phase="paused", found=9, pending=5, paused_by="battery"))
    assert status.text.text().startswith("Paused: on battery")
    assert status.pause.text() == "Continue Anyway"
    status.pause.click()
    qtbot.waitUntil(lambda: not services.paused)
    status.set_progress(Progress(phase="analysing", found=9, pending=5))
    assert status.pause.text() == "Pause"
    status.set_progress(Progress(phase="paused", found=9, pending=5, paused_by="models"))
    assert status.text.text().startswith("Switching models") and not status.pause.isEnabled()
    status.set_progress(Progress(phase="paused", found=9, pending=5, paused_by="user"))
    assert status.pause.text() == "Resume" and status.pause.isEnabled()
