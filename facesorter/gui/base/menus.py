"""Menus whose edge can be seen in the dark, where the style draws it in the colour of the page."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QMenu

from facesorter.gui.base import theme


class Menu(QMenu):
    """A menu like any other."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme.draw_edge(self, radius=0)
