"""Notification of the last action, with Undo, shown for ten seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from facesorter.gui.base import theme
from facesorter.gui.i18n.words import translate

SHOWN_MS: Final = 10_000
LOW: Final = 560
"""Window height below which space is tight, logical px."""
NARROWEST: Final = 360
"""Page width below which the whole window is used, logical px."""


class Toast(QFrame):
    """Toast that floats above the lower edge of its parent, centered on the page it refers to."""

    def __init__(self, parent: QWidget, over: QWidget | None = None) -> None:
        super().__init__(parent)
        self._over = over or parent
        self._back: Callable[[], None] | None = None
        self.setObjectName("toast")
        # Dark in both schemes: it floats over photos of any color, and must be noticed.
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, QColor(44, 44, 48))
        palette.setColor(QPalette.ColorRole.WindowText, theme.ON_DARK)
        self.setPalette(palette)
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.button = QPushButton(translate("Toast", "Undo"))
        self.button.setMinimumHeight(theme.TARGET)
        self.button.clicked.connect(self._press)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        row.setSpacing(2 * theme.GRID)
        row.addWidget(self.label)
        row.addWidget(self.button)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def say(self, text: str, back: Callable[[], None] | None = None, button: str = "") -> None:
        """Show ``text``, with an undo button if ``back`` is given."""
        self._back = back
        self.label.setText(text)
        self.button.setText(button or translate("Toast", "Undo"))
        self.button.setVisible(back is not None)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # The edge separates it from a dark page.
        painter.setPen(QColor(255, 255, 255, 60))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Window))
        edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(edge, theme.RADIUS, theme.RADIUS)

    def _press(self) -> None:
        self.hide()
        back, self._back = self._back, None
        if back is not None:
            back()

    def _place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        # Next to the sidebar if it fits, so that no entry there is covered.
        left = self._over.mapTo(parent, QPoint()).x() if self._over is not parent else 0
        across = self._over.width() if self._over.width() >= NARROWEST else parent.width()
        left = left if across < parent.width() else 0
        room = across - 4 * theme.GRID
        button = self.button.sizeHint().width() if self._back is not None else 0
        widest = max(80, room - button - 6 * theme.GRID)
        self.label.setWordWrap(
            self.label.fontMetrics().horizontalAdvance(self.label.text()) > widest
        )
        self.label.setMaximumWidth(widest)
        size = self.sizeHint().boundedTo(parent.size())
        self.setGeometry(
            left + (across - size.width()) // 2,
            # Over the status bar in a low window, as at 200 %: there are fields just above.
            parent.height() - size.height() - (6 if parent.height() >= LOW else 0) * theme.GRID,
            size.width(),
            size.height(),
        )
