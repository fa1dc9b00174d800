"""Which key presses a widget takes, and which are the window's shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def override_escape(event: QEvent) -> bool:
    """Accept the question whether Escape is for the widget rather than for the window.

    For a widget's ``event``: Escape means "back" to the window; where something was begun in the
    widget, it ends that first, and arrives as a key press.
    """
    if (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Escape
    ):
        event.accept()
        return True
    return False


def is_plain(event: QKeyEvent, *, shift: bool = False) -> bool:
    """Whether a key was pressed without Ctrl, Alt or Meta, and without Shift unless ``shift``.

    Keys of the number pad count as plain.
    """
    ignored = Qt.KeyboardModifier.KeypadModifier
    if shift:
        ignored |= Qt.KeyboardModifier.ShiftModifier
    return event.modifiers() & ~ignored == Qt.KeyboardModifier.NoModifier
