"""Crops of a question: one block, or two strips to compare."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from facesorter.gui.base import theme
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.widgets.crops import SMALLEST, CropBlock


class Strips(QWidget):
    """One or two blocks of crops, each below its name; the second for comparisons."""

    def __init__(self, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.first, self.second = CropBlock(pixmaps), CropBlock(pixmaps)
        self.first_name, self.second_name = SecondaryLabel(), SecondaryLabel()
        self._two = self._low = False
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, 0, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        self._pair = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        for name, block in ((self.first_name, self.first), (self.second_name, self.second)):
            name.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            strip = QVBoxLayout()
            strip.addWidget(name)
            strip.addWidget(block)
            # Keeps a strip aligned to the top even next to a longer one.
            strip.addStretch(1)
            self._pair.addLayout(strip, 1)
        column.addStretch(1)
        column.addLayout(self._pair)
        column.addStretch(2)

    def set_two(self, two: bool) -> None:
        """Show both strips with their names, or only the first block."""
        self._two = two
        for each in (self.first_name, self.second_name, self.second):
            each.setVisible(two)
        self._stand()

    def set_side(self, side: int, height: int) -> None:
        """Set the size of the crops for an available height."""
        for block in (self.first, self.second):
            block.set_side(side)
        self._low = height < 2 * (SMALLEST + 4 * theme.GRID)
        self._stand()

    def _stand(self) -> None:
        # If two strips don't fit above each other, as at 200 %, they are placed side by side.
        beside = self._two and self._low
        down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._pair.setDirection(right if beside else down)
