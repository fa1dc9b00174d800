"""Base class of dialogs without a default button."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog


class Dialog(QDialog):
    """Dialog in which Enter presses only the button that has keyboard focus.

    In a field, Qt would press the dialog's first button, whatever it does. Where Enter in a field
    means something, the field's ``returnPressed`` is connected.
    """

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        else:
            super().keyPressEvent(event)
