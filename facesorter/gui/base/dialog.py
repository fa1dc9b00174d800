"""Base class of dialogs, in which Enter does what can be seen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QPushButton


class Dialog(QDialog):
    """Dialog in which Enter presses the button that has keyboard focus, or else `on_enter`.

    In a field, Qt would press the dialog's first button, whatever it does.
    """

    on_enter: QPushButton | None = None
    """Button that Enter presses from a field."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            button = self.on_enter
            if button is not None and button.isVisible() and button.isEnabled():
                button.click()
        else:
            super().keyPressEvent(event)
