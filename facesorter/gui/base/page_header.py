"""Page header: a title, a secondary line next to it, and controls on the right."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from facesorter.gui.base import theme

HEIGHT: Final = 56
LEAST_TITLE: Final = 96
ROOM_FOR_TOOLS: Final = 560
"""Width from which tools that keys and the wheel can replace are shown, logical px."""
ROOM_FOR_LABELS: Final = 640
"""Width from which labels, and buttons next to a name, are shown, logical px."""


class SecondaryLabel(QLabel):
    """Label in the current palette's secondary text color."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.body_font())
        # Some fonts draw the dots of capital letters above their own height.
        self.setContentsMargins(0, 1, 0, 1)
        self._tone()

    def _tone(self) -> None:
        palette = QPalette()
        tone = theme.secondary_colour(palette)
        # Setting a palette is itself a change of palette.
        if tone != self.palette().color(QPalette.ColorRole.WindowText):
            palette.setColor(QPalette.ColorRole.WindowText, tone)
            self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        # Only windows are told that the application's palette changed; their children inherit it.
        if event.type() == QEvent.Type.PaletteChange:
            self._tone()
        super().changeEvent(event)


class ElidedLabel(QLabel):
    """Single-line label that elides long text and then shows all of it in its tooltip."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        self.setToolTip("")
        super().setText(text)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), LEAST_TITLE), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.fontMetrics().horizontalAdvance(self.text()) <= self.width():
            super().paintEvent(event)
            return
        self.setToolTip(self.text())
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)


class TitleLabel(ElidedLabel):
    """Title of a page."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFont(theme.title_font())
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)


class Toggle(QPushButton):
    """Checkable button that is underlined while checked."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCheckable(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme.draw_checked(self)


class PageHeader(QWidget):
    """Title and controls; pages add their own to ``row``."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.title = TitleLabel(title)
        self.note = SecondaryLabel()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        self.row.setSpacing(theme.GRID)
        self.row.addWidget(self.title)
        self.row.addWidget(self.note)
        self.row.addStretch(1)
        self.setMinimumHeight(HEIGHT)
