"""Starts the window, painting before any other work, and closes it without data loss."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QEvent,
    QObject,
    QSettings,
    QSocketNotifier,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from facesorter import APP_ID, IN_BACKGROUND, NAME, __version__, paths
from facesorter.app import jobs
from facesorter.errors import UserError
from facesorter.gui.base import theme
from facesorter.gui.base.desktop import bring_forward
from facesorter.gui.i18n import languages, words
from facesorter.gui.i18n.words import translate
from facesorter.gui.start import crash
from facesorter.gui.start.garbage import GuiCollector
from facesorter.gui.start.single_instance import FileOpens, SingleInstance
from facesorter.gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from facesorter.app.power_watch import PowerWatch

log = logging.getLogger(__name__)

PAINT_STAMP: Final = "FACESORTER_PAINT_STAMP"
"""Names a file that receives the monotonic time of the first paint; used by the start-up test."""
STOP_SECONDS: Final = 5.0
"""How long closing waits for the writer; anything unwritten by then is found again next time."""

ERRAND_SECONDS: Final = 1.0
"""How long shutdown then waits for background jobs; unfinished ones start over when needed."""


class Application(QApplication):
    """QApplication that says when it is told to quit.

    Signals:
        quitting: the system, or `quit`, ends the program; windows are closed after this.
    """

    quitting = Signal()

    def event(self, event: QEvent) -> bool:
        # Not a filter: one on the application would see every event of every widget.
        if event.type() == QEvent.Type.Quit:
            self.quitting.emit()
        return super().event(event)


class _Fault(QObject):
    """Reports unexpected errors to the GUI thread.

    Signals:
        happened: the crash log's path, or "".
    """

    happened = Signal(str)


def run(
    library_dir: Path, argv: Sequence[str], *, language: str = "", in_background: bool = False
) -> int:
    """Open the window on a library and run until it is closed; returns the exit code.

    ``argv`` contains folders and files to add. ``language`` is a code such as "de" that overrides
    the settings and the system. ``in_background`` is set when the system starts the program:
    without a window if there is a tray icon to run from, else with a minimized one. Thread: main.
    """
    from facesorter.app.power_watch import PowerWatch
    from facesorter.app.services import Services
    from facesorter.settings import Settings

    settings = Settings.load(paths.settings_dir())
    app = make_application(sys.argv[:1], settings.appearance, language or settings.language)
    instance = SingleInstance(library_dir)
    if not instance.enter(argv, quietly=in_background):
        return 0
    fault = _Fault()
    crash.install(library_dir / "logs", lambda path: fault.happened.emit(str(path) if path else ""))
    services = Services(library_dir, settings=settings)
    power = PowerWatch(services)
    window = MainWindow(services, QSettings())
    window.dialogs.power_changed.connect(power.look_now)
    fault.happened.connect(lambda path: window.status.show_message(_fault_message(path)))
    hidden = in_background and settings.background and window.tray.available()
    if in_background:
        # There may be no first paint for days.
        QTimer.singleShot(0, lambda: _begin(window, list(argv), power))
    else:
        window.painted.connect(lambda: _begin(window, list(argv), power))
    instance.requested.connect(window.add_paths)
    instance.requested.connect(lambda _: bring_forward(window))
    window.bridge.opened.connect(instance.open)
    if sys.platform == "darwin":
        FileOpens(app).requested.connect(window.add_paths)
    app.quitting.connect(window.tray.end)
    window.closed.connect(app.quit, Qt.ConnectionType.QueuedConnection)
    # Referenced until the end: Python's signal handlers run only while Python code does.
    waker = _close_on_signals(window.tray.quit)
    if not (library_dir / "library.db").exists():
        # No loading needed: a new library starts with its welcome sentence, not with a blank page.
        window.navigator.go(window.empty, root=True)
    if hidden:
        window.tray.apply()
    elif in_background:
        window.showMinimized()
    else:
        window.show()
    collector = GuiCollector()
    code = app.exec()
    waker.setEnabled(False)
    power.stop()
    ended = services.stop(STOP_SECONDS)
    if not ended:
        log.warning("Closing took too long; what was not written is done again at the next start")
    collector.stop()
    instance.close()
    ended &= jobs.finish(ERRAND_SECONDS)
    if window.before_restart is not None:
        _restart(library_dir, window.before_restart)
    if not ended:
        # Only a download, a photo or a check of the models may still be running, whose result is
        # not needed; everything else has been closed. A thread returning from a library while
        # Python shuts down would abort the process.
        logging.shutdown()
        os._exit(code)
    return code


def _restart(library_dir: Path, act: Callable[[], object]) -> None:
    """Run a function while the library is closed, then restart; it takes the lock it needs."""
    from facesorter.desktop import autostart

    try:
        act()
    except (UserError, OSError) as error:
        log.exception("What was to be done between two runs failed")
        QMessageBox.critical(None, "facesorter", words.sentence(error))
    command = [word for word in autostart.start_command(library_dir) if word != IN_BACKGROUND]
    subprocess.Popen(command, start_new_session=True)


def make_application(
    argv: Sequence[str], appearance: str = "system", language: str = ""
) -> Application:
    """Create the application with its name, style, colors, icon and language."""
    QApplication.setApplicationName("facesorter")
    QApplication.setApplicationDisplayName("facesorter")
    QApplication.setApplicationVersion(__version__)
    QApplication.setOrganizationName("facesorter")
    QApplication.setDesktopFileName(APP_ID)
    app = Application(list(argv))
    # Our own signal ends the program after the window closes, once everything is shut down.
    app.setQuitOnLastWindowClosed(False)
    theme.apply(app)
    if appearance != "system":
        theme.set_appearance(app, appearance)
    app.setWindowIcon(window_icon())
    languages.apply(app, language)
    return app


def window_icon() -> QIcon:
    """Load the program's icon."""
    icon = QIcon()
    for side in (16, 32, 48, 128, 256):
        icon.addFile(str(paths.resources() / "icons" / f"{NAME}-{side}.png"))
    return icon


def _begin(window: MainWindow, paths: list[str], power: PowerWatch) -> None:
    """Start background work once the window is on screen."""
    stamp = os.environ.get(PAINT_STAMP)
    if stamp:
        Path(stamp).write_text(f"{time.monotonic()}\n", encoding="ascii")
    if paths:
        window.bridge.opened.connect(lambda: window.add_paths(paths))
    window.services.start()
    power.start()
    window.dialogs.begin()
    jobs.run(_renew_autostart, window.dialogs.other_library())


def _renew_autostart(library: Path | None) -> None:
    # Imported here: it takes up to a tenth of the entire start-up time.
    from facesorter.desktop import autostart

    autostart.renew(library)


def _fault_message(path: str) -> str:
    if path:
        return translate(
            "Application",
            "Something went wrong. Your photos and names are safe. Details were saved to {path}.",
        ).format(path=path)
    return translate("Application", "Something went wrong. Your photos and names are safe.")


def _close_on_signals(close: Callable[[], object]) -> QSocketNotifier:
    """Shut down cleanly on Ctrl+C and when the system ends the session."""
    reading, writing = socket.socketpair()
    for end in (reading, writing):
        end.setblocking(False)
    signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read)

    def woken() -> None:
        reading.recv(64)
        close()

    notifier.activated.connect(woken)
    # Both ends live until the program exits, because a signal may arrive that late.
    notifier.setProperty("ends", [reading, writing])
    return notifier
