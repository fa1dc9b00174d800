"""Grip at the edge of the sidebar, which resizes it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from facesorter.gui.i18n.words import translate

GRIP: Final = 5
"""Width of the strip, logical px: narrow enough to leave the scroll bar usable."""


class WidthGrip(QWidget):
    """Invisible strip along the right edge of a widget; it resizes nothing itself.

    Signals:
        dragged: the width of the widget at which its edge would be under the pointer.
        reset: a double-click, which asks for the default width.
    """

    dragged = Signal(int)
    reset = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._widened = parent
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName(translate("Sidebar", "Width of the sidebar"))
        self.setToolTip(translate("Sidebar", "Drag to resize. Double-click to reset."))

    def follow(self) -> None:
        """Move to the edge of the widget, above its children."""
        self.setGeometry(self._widened.width() - GRIP, 0, GRIP, self._widened.height())
        self.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            at = self._widened.mapFromGlobal(event.globalPosition())
            self.dragged.emit(round(at.x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()
