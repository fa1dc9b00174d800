"""Decides which key presses go to a widget and which to the window's shortcuts."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget


def override_escape(event: QEvent) -> bool:
    """Accept a shortcut override so that Escape goes to the widget and not to the window.

    Call it with a widget's ``event``. Escape means "back" to the window; if something is in
    progress in the widget, Escape cancels that first and arrives as a key press.
    """
    if (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Escape
    ):
        event.accept()
        return True
    return False


def leave_undo(event: QEvent, field: QLineEdit) -> bool:
    """Leave Undo and Redo to the window while nothing typed in a field can be undone or redone.

    Call it with the field's ``event``. An empty field that has the focus after a name was given
    would swallow the key with which the user takes that name back.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    undo = event.matches(QKeySequence.StandardKey.Undo) and not field.isUndoAvailable()
    redo = event.matches(QKeySequence.StandardKey.Redo) and not field.isRedoAvailable()
    if undo or redo:
        event.ignore()
    return undo or redo


def is_plain(event: QKeyEvent, *, shift: bool = False) -> bool:
    """Whether a key was pressed without Ctrl, Alt or Meta, and without Shift unless ``shift``.

    Number pad keys count as plain.
    """
    ignored = Qt.KeyboardModifier.KeypadModifier
    if shift:
        ignored |= Qt.KeyboardModifier.ShiftModifier
    return event.modifiers() & ~ignored == Qt.KeyboardModifier.NoModifier


def open_with_shift_f10(window: QWidget) -> None:
    """Let Shift+F10 open the context menu of what has the focus, as the menu key does.

    Windows does that itself. Elsewhere Qt knows only the menu key, which many laptops don't have.
    """

    def ask() -> None:
        handle = window.windowHandle()
        if handle is not None:
            # Qt finds the widget and the position, as for the menu key.
            event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
            QApplication.sendEvent(handle, event)

    if sys.platform not in ("win32", "darwin"):
        QShortcut(QKeySequence("Shift+F10"), window).activated.connect(ask)
