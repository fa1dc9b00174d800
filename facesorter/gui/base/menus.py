"""Menus with a visible edge in dark mode, where the style draws it in the page's color."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from facesorter.gui.base import theme


class Menu(QMenu):
    """Menu with a visible edge in dark mode."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme.draw_edge(self, radius=0)


class ContextMenu(Menu):
    """Menu that is deleted when it closes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def add(self, text: str, act: Callable[[], object]) -> None:
        """Add an entry."""
        self.addAction(text).triggered.connect(lambda _checked=False: act())
