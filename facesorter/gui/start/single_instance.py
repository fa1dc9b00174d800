"""One window for one library: a second start hands its folders to the first and brings it forward.

No socket is involved. The first start holds a lock file beside the library; a second one leaves its
wish as a file in a folder that the first one watches, and waits until it was taken away.
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
WISHES: Final = "wishes"
ANSWER_SECONDS: Final = 5.0
"""How long a second start waits to be heard. A window that is busy answers within a second; one
that hangs never does, and then the user is better served by a message than by nothing."""
LOOK_SECONDS: Final = 5.0
"""How often the folder is looked at besides: the system may have no notifications left."""
TOKEN: Final = "XDG_ACTIVATION_TOKEN"
"""What Wayland's desktops give a start, so that it may bring a window forward."""


class Gate(QObject):
    """Held by the program whose window it is. Thread: window.

    Signals:
        wished: a second start took place; a list of absolute paths to add, may be empty.
    """

    wished = Signal(list)

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._folder = directory / WISHES
        self._lock = QLockFile(str(directory / LOCK))
        # Only a process that is gone leaves its lock to others; a window may stay open for months.
        self._lock.setStaleLockTime(0)
        self._watcher: QFileSystemWatcher | None = None

    def enter(self, paths: Sequence[str], *, quietly: bool = False) -> bool:
        """Whether this is the library's one window; otherwise ``paths`` were handed to it.

        A start by the system is ``quietly``: it must not bring forward what the user put away.
        Blocks for some seconds at most. Where no lock can be made (a folder without write access),
        or the other window doesn't answer, the answer is yes, and opening the library says why not.
        """
        if self._try() or self._lock.error() != QLockFile.LockError.LockFailedError:
            return True
        if quietly and not paths:
            return False
        return not self._hand_over(paths)

    def open(self) -> None:
        """Begin to listen; wishes that came before are heard now."""
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
        wish = self._folder / f"{os.getpid()}-{time.time_ns()}.json"
        text = json.dumps(
            {"paths": [os.path.abspath(path) for path in paths], "token": os.environ.get(TOKEN)}
        )
        try:
            self._folder.mkdir(exist_ok=True)
            # Renamed into place, so that nobody reads half of it.
            draft = wish.with_suffix(".draft")
            draft.write_text(text, encoding="utf-8")
            draft.rename(wish)
        except OSError:
            return False
        _let_others_come_forward()
        limit = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < limit:
            if not wish.exists():
                return True
            time.sleep(0.02)
        wish.unlink(missing_ok=True)
        return False

    def _look(self) -> None:
        for wish in sorted(self._folder.glob("*.json")):
            try:
                said = json.loads(wish.read_text(encoding="utf-8"))
                wish.unlink()
            except (OSError, ValueError):
                # Taken back meanwhile, or left by a computer that went down.
                continue
            if isinstance(said, dict) and isinstance(said.get("paths"), list):
                if isinstance(said.get("token"), str):
                    os.environ[TOKEN] = said["token"]
                self.wished.emit([path for path in said["paths"] if isinstance(path, str)])


class FileOpens(QObject):
    """On macOS, what is opened with the program comes as an event, not as words of the start.

    Signals:
        wished: a list with the path of one folder or file.
    """

    wished = Signal(list)

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self.wished.emit([event.file()])
            return True
        return False


def _let_others_come_forward() -> None:
    """On Windows, only a program that the user just started may hand its place in front on."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)
