"""Keep the mouse wheel from changing a control that merely scrolls past the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class _FocusedWheel(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.Wheel
            and isinstance(watched, QWidget)
            and not watched.hasFocus()
        ):
            # Ignored, the event goes on to the area around the field, which scrolls.
            event.ignore()
            return True
        return False


def require_focus(*fields: QWidget) -> None:
    """Let spin boxes, sliders and combo boxes take the wheel only while they have keyboard focus.

    Call it for every such field. Focus then comes by click or Tab, not by the wheel itself.
    """
    for field in fields:
        if field.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.installEventFilter(_FocusedWheel(field))
