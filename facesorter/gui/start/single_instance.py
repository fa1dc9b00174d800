"""One window per library: a second start passes its folders to the first and raises its window.

No sockets are used. The first start holds a lock file next to the library; a second one saves its
request as a file in a folder that the first one watches, and waits until the file is removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QFileSystemWatcher,
    QLockFile,
    QObject,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFileOpenEvent

LOCK: Final = "window.lock"
REQUESTS: Final = "wishes"
ANSWER_SECONDS: Final = 5.0
"""How long a second start waits for a response. A busy window responds within a second; a window
that hangs never does, and then an error message serves the user better than silence.
"""
LOOK_SECONDS: Final = 5.0
"""How often to poll the folder as well: the system may have run out of file notifications."""
TOKEN: Final = "XDG_ACTIVATION_TOKEN"
"""Token from Wayland desktops that allows a started program to raise a window."""


class SingleInstance(QObject):
    """Single-instance lock, held by the process that owns the window. Thread: window.

    Signals:
        requested: a second start took place; a list of absolute paths to add, may be empty.
    """

    requested = Signal(list)

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._folder = directory / REQUESTS
        self._lock = QLockFile(str(directory / LOCK))
        # Only the lock of a dead process may be taken over; a window may stay open for months.
        self._lock.setStaleLockTime(0)
        self._watcher: QFileSystemWatcher | None = None

    def enter(self, paths: Sequence[str], *, quietly: bool = False) -> bool:
        """Whether this is the library's only window; if not, ``paths`` were passed to the other.

        With ``quietly``, for starts by the system, a window that the user closed is not raised.
        Blocks for a few seconds at most. If no lock can be created (a folder without write access),
        or the other window doesn't respond, the answer is yes, and opening the library reports the
        reason.
        """
        if self._try() or self._lock.error() != QLockFile.LockError.LockFailedError:
            return True
        if quietly and not paths:
            return False
        return not self._hand_over(paths)

    def open(self) -> None:
        """Start listening; requests that arrived earlier are processed now."""
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError:
            return
        self._watcher = QFileSystemWatcher([str(self._folder)], self)
        self._watcher.directoryChanged.connect(lambda _: self._look())
        timer = QTimer(self)
        timer.timeout.connect(self._look)
        timer.start(round(LOOK_SECONDS * 1000))
        self._look()

    def close(self) -> None:
        """Let the next start have its own window."""
        self._lock.unlock()

    def _try(self) -> bool:
        with contextlib.suppress(OSError):
            self._folder.parent.mkdir(parents=True, exist_ok=True)
        return self._lock.tryLock(0)

    def _hand_over(self, paths: Sequence[str]) -> bool:
        request = self._folder / f"{os.getpid()}-{time.time_ns()}.json"
        text = json.dumps(
            {"paths": [os.path.abspath(path) for path in paths], "token": os.environ.get(TOKEN)}
        )
        try:
            self._folder.mkdir(exist_ok=True)
            # Renamed into place, so that a partly written file is never read.
            draft = request.with_suffix(".draft")
            draft.write_text(text, encoding="utf-8")
            draft.rename(request)
        except OSError:
            return False
        _let_others_come_forward()
        limit = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < limit:
            if not request.exists():
                return True
            time.sleep(0.02)
        request.unlink(missing_ok=True)
        return False

    def _look(self) -> None:
        for request in sorted(self._folder.glob("*.json")):
            try:
                content = json.loads(request.read_text(encoding="utf-8"))
                request.unlink()
            except (OSError, ValueError):
                # Withdrawn in the meantime, or left behind when the computer crashed.
                continue
            if isinstance(content, dict) and isinstance(content.get("paths"), list):
                if isinstance(content.get("token"), str):
                    os.environ[TOKEN] = content["token"]
                self.requested.emit([path for path in content["paths"] if isinstance(path, str)])


class FileOpens(QObject):
    """Handler for files opened on macOS, which arrive as events and not as arguments.

    Signals:
        requested: a list with the path of one folder or file.
    """

    requested = Signal(list)

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self.requested.emit([event.file()])
            return True
        return False


def _let_others_come_forward() -> None:
    """On Windows, let other processes raise windows; only a program just started may grant this."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)
