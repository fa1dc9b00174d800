"""Container that wraps its widgets onto new lines."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facesorter.gui.base import theme


class Flow(QWidget):
    """Container that lays out widgets from left to right and wraps at the edge."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.widgets: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Replace the widgets."""
        for before in self.widgets:
            before.hide()
            before.deleteLater()
        self.widgets = list(widgets)
        for widget in self.widgets:
            widget.setParent(self)
            widget.show()
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(1, self.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.heightForWidth(max(1, self.width())))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return places[-1].bottom() + 1 if places else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        for widget, place in zip(self.widgets, self._places(self.width()), strict=True):
            widget.setGeometry(place)
        self.setFixedHeight(self.heightForWidth(self.width()))

    def _places(self, width: int) -> list[QRect]:
        places: list[QRect] = []
        x = y = line = 0
        for widget in self.widgets:
            size = widget.sizeHint().expandedTo(widget.minimumSize())
            size = size.boundedTo(QSize(max(1, width), size.height()))
            if x and x + size.width() > width:
                x, y, line = 0, y + line + theme.GRID // 2, 0
            places.append(QRect(x, y, size.width(), size.height()))
            x += size.width() + theme.GRID // 2
            line = max(line, size.height())
        return places
