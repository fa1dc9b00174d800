"""Starts the window: paint first, work after; and closes it without losing anything."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QObject,
    QSettings,
    QSocketNotifier,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from facesorter import APP_ID, NAME, __version__, paths
from facesorter.gui import crash, languages, theme
from facesorter.gui.garbage import GuiCollector
from facesorter.gui.main_window import MainWindow
from facesorter.gui.single_instance import FileOpens, Gate, bring_forward
from facesorter.gui.words import translate

log = logging.getLogger(__name__)

PAINT_STAMP: Final = "FACESORTER_PAINT_STAMP"
"""Names a file that gets the monotonic time of the first paint; the start-up test reads it."""
STOP_SECONDS: Final = 5.0
"""How long closing waits for the writer; what is not written by then is found again next time."""


class _Fault(QObject):
    """Brings the news of an unexpected error to the GUI thread.

    Signals:
        happened: the crash log's path, or "".
    """

    happened = Signal(str)


def run(library_dir: Path, argv: Sequence[str], *, language: str = "") -> int:
    """Open the window on a library and stay until it is closed; returns the exit code.

    ``argv`` holds folders and files to add. ``language`` is a code such as "de", which goes before
    the settings' and the system's. Thread: main.
    """
    from facesorter.app.services import Services
    from facesorter.settings import Settings

    settings = Settings.load(paths.settings_dir())
    app = make_application(sys.argv[:1], language=language or settings.language)
    gate = Gate(library_dir)
    if not gate.enter(argv):
        return 0
    fault = _Fault()
    crash.install(library_dir / "logs", lambda path: fault.happened.emit(str(path) if path else ""))
    services = Services(library_dir, settings=settings)
    window = MainWindow(services, QSettings())
    fault.happened.connect(lambda path: window.status.tell(_say_fault(path)))
    window.painted.connect(lambda: _begin(window, list(argv)))
    gate.wished.connect(window.add_paths)
    gate.wished.connect(lambda _: bring_forward(window))
    window.bridge.opened.connect(gate.open)
    if sys.platform == "darwin":
        FileOpens(app).wished.connect(window.add_paths)
    window.closed.connect(app.quit, Qt.ConnectionType.QueuedConnection)
    # Kept until the end: Python's signal handlers run only when Python does.
    waker = _close_on_signals(window.close)
    if not (library_dir / "library.db").exists():
        # Nothing to wait for: a new library starts with its sentence, not with a blank page.
        window.navigator.go(window.empty, root=True)
    window.show()
    collector = GuiCollector()
    code = app.exec()
    waker.setEnabled(False)
    if not services.stop(STOP_SECONDS):
        log.warning("Closing took too long; what was not written is done again at the next start")
    collector.stop()
    gate.close()
    return code


def make_application(argv: Sequence[str], *, language: str = "") -> QApplication:
    """Make the QApplication with its name, style, icon and language."""
    QApplication.setApplicationName("facesorter")
    QApplication.setApplicationDisplayName("facesorter")
    QApplication.setApplicationVersion(__version__)
    QApplication.setOrganizationName("facesorter")
    QApplication.setDesktopFileName(APP_ID)
    app = QApplication(list(argv))
    # Closing the window ends the program by our own signal, once everything has been put away.
    app.setQuitOnLastWindowClosed(False)
    theme.apply(app)
    app.setWindowIcon(window_icon())
    languages.apply(app, language)
    return app


def window_icon() -> QIcon:
    """Load the program's mark."""
    icon = QIcon()
    for side in (16, 32, 48, 128, 256):
        icon.addFile(str(paths.resources() / "icons" / f"{NAME}-{side}.png"))
    return icon


def _begin(window: MainWindow, paths: list[str]) -> None:
    """Start the work once the window is on screen."""
    stamp = os.environ.get(PAINT_STAMP)
    if stamp:
        Path(stamp).write_text(f"{time.monotonic()}\n", encoding="ascii")
    if paths:
        window.bridge.opened.connect(lambda: window.add_paths(paths))
    window.services.start()


def _say_fault(path: str) -> str:
    if path:
        return translate(
            "Application",
            "Something in facesorter failed. Your photos and names are safe; "
            "what happened is written in {path}.",
        ).format(path=path)
    return translate(
        "Application", "Something in facesorter failed. Your photos and names are safe."
    )


def _close_on_signals(close: Callable[[], object]) -> QSocketNotifier:
    """Close properly on Ctrl+C and when the system ends the session."""
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
    # Both ends live until the program ends: a signal may come as late as that.
    notifier.setProperty("ends", [reading, writing])
    return notifier
