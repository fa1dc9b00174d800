"""Dialog whose work runs in a thread: progress with a time left, cancel, and a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from facesorter.cancel import CancelToken
from facesorter.errors import Message
from facesorter.gui.base import theme
from facesorter.gui.base.choose_folder import choose_folder
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

SHOWN_MS: Final = 100
"""Minimum time between two updates of the progress bar."""
MOST_FAILURES: Final = 20
"""Maximum failures listed in a report, by file name."""


Total = TypeVar("Total", int, int | None)


def paced(tell: Callable[[int, Total], object]) -> Callable[[int, Total], None]:
    """Wrap ``tell`` so that it is called at most every `SHOWN_MS`, and always at the end.

    The arguments of both are the units done and the total.
    """
    last = 0.0

    def progress(done: int, total: Total) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SHOWN_MS / 1000 or done == total:
            last = now
            tell(done, total)

    return progress


class WorkDialog(Dialog):
    """Dialog with fields and one button that begins the work.

    Subclasses lay out `bar`, `message` and `buttons`, and set `fields`. Thread: GUI.

    Signals:
        _progress: units done, and all; emitted in the worker thread.
    """

    _progress = Signal(int, int)

    def __init__(self, begin: str, parent: QWidget | None = None) -> None:
        """Create it; ``begin`` is the text of the button that begins the work."""
        super().__init__(parent)
        self._began = 0.0
        self.token: CancelToken | None = None
        """Cancels the work in progress."""
        self.fields: tuple[QWidget, ...] = ()
        """What the user may change until the work begins."""
        self.bar = QProgressBar()
        self.bar.setAccessibleName(translate("WorkDialog", "Progress"))
        self.bar.hide()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start: QPushButton = self.buttons.addButton(
            begin, QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.stop = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.rejected.connect(self.reject)
        theme.dress(self.buttons)
        self._progress.connect(self._show_progress)

    @property
    def running(self) -> bool:
        """Whether the work is in progress."""
        return self.token is not None

    def reject(self) -> None:
        """Cancel the work in progress, whose report follows; otherwise close."""
        if self.token is not None:
            self.token.cancel()
        else:
            super().reject()

    def choose_folder(self, title: str, field: QLineEdit) -> None:
        """Ask for a folder and write it into a field."""
        choose_folder(self, title, field.setText, field.text())

    def begin(self) -> CancelToken:
        """Show that the work has begun; return what cancels it."""
        self.token, self._began = CancelToken(), time.monotonic()
        for field in self.fields:
            field.setEnabled(False)
        # Otherwise the focus moves on to Cancel, which a second Enter would press.
        self.setFocus()
        self.start.hide()
        self.bar.setRange(0, 0)
        self.bar.show()
        return self.token

    def progress(self, total: int) -> Callable[[int, int], None]:
        """Return what the worker calls with the units done, and all."""
        self.bar.setRange(0, total)
        return paced(self._progress.emit)

    def end(self, text: str) -> None:
        """Show the report."""
        self.token = None
        self.bar.hide()
        self.message.setText(text)
        self.stop.setText(translate("WorkDialog", "Close"))
        self.stop.setFocus()

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setValue(done)
        spent = time.monotonic() - self._began
        if self.running and spent > 2 and done:
            self.message.setText(words.time_left(spent / done * (total - done)))


def failures(failed: Sequence[tuple[str, Message]]) -> list[str]:
    """Return a line for each of the first failures, by file name."""
    lines = [f"{words.file_name(path)}: {words.sentence(why)}" for path, why in failed]
    return [*lines[:MOST_FAILURES], *(["…"] if len(lines) > MOST_FAILURES else [])]
