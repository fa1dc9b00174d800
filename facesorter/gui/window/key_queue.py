"""Keys pressed before a page is ready, held and delivered in order once it is.

A page is visible before its content is read. What is typed in between, such as the first letters of
a name, would otherwise be lost, and its rest would mean something else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

MOST_MS: Final = 5000
"""How long keys are kept. A page that takes longer says so, and typing into it blindly would do
things that nobody sees."""
_PRESSES: Final = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
_MODIFIERS: Final = (
    *(Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta),
    *(Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock),
)


class KeyQueue(QObject):
    """Queue of the keys pressed in a window while `hold` is in effect. Thread: GUI.

    Shortcuts of the window are not kept: whoever handles them calls `run`.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._kept: deque[QKeyEvent | Callable[[], None]] = deque()
        self.holding = self._at_start = self._delivering = False
        self._timer = QTimer(self, singleShot=True, interval=MOST_MS)
        self._timer.timeout.connect(self.release)

    def watch(self) -> None:
        """Begin to see the window's keys; call it when the window is shown."""
        handle = self._window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)

    def hold(self, *, at_start: bool = False) -> None:
        """Keep keys from now on: `MOST_MS` at most, or ``at_start`` until the library is open."""
        if at_start:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()
        self.holding, self._at_start = True, at_start

    def leave(self) -> None:
        """Forget the keys meant for a page that is being left, unless one of them leads away."""
        if not self._delivering:
            self._kept.clear()

    def drop(self) -> None:
        """Forget the keys: what they were meant for will not come."""
        self._kept.clear()
        self.release()

    def release(self) -> None:
        """Deliver the keys, up to one that leads to a page for which the others have to wait."""
        self.holding = self._at_start = False
        self._timer.stop()
        if self._delivering:
            # A key just delivered led here; the others wait until it is done.
            return
        self._delivering = True
        try:
            while self._kept and not self.holding:
                self._deliver(self._kept.popleft())
        finally:
            self._delivering = False

    def _deliver(self, kept: QKeyEvent | Callable[[], None]) -> None:
        if not isinstance(kept, QKeyEvent):
            kept()
        elif (handle := self._window.windowHandle()) is not None:
            QCoreApplication.sendEvent(handle, kept)

    def run(self, act: Callable[[], None]) -> None:
        """Call a function that leads to a page: now, or once the library is open."""
        if self._at_start:
            self._kept.append(act)
        else:
            act()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.holding or event.type() not in _PRESSES or not isinstance(event, QKeyEvent):
            return False
        typing = isinstance(QApplication.focusWidget(), (QLineEdit, QPlainTextEdit, QTextEdit))
        if typing or event.key() in _MODIFIERS:
            return False
        self._kept.append(event.clone())
        return True
