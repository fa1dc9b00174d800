"""Notification of the last action, with Undo, shown for ten seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from facesorter.gui.base import theme
from facesorter.gui.i18n.words import translate

SHOWN_MS: Final = 10_000
MARGIN: Final = 2
"""Space above and below the button, logical px."""


class Toast(QFrame):
    """Toast in the status bar, in place of its text.

    It never floats over a page: everywhere in one there is something to work on.

    Signals:
        undo_offered: the function that undoes what it reports; None without one.
        pressed: the button was pressed, and what it offers is about to be done.
    """

    undo_offered = Signal(object)
    pressed = Signal()

    def __init__(self, bar: QWidget, text: QWidget) -> None:
        """Create it hidden.

        Args:
            bar: The status bar; it grows while a long text needs several lines.
            text: The part of it that is covered.
        """
        super().__init__(bar)
        self._text = text
        self._least = 0
        self._back: Callable[[], None] | None = None
        self.setObjectName("toast")
        # Dark in both schemes: it must be noticed.
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, QColor(44, 44, 48))
        palette.setColor(QPalette.ColorRole.WindowText, theme.ON_DARK)
        self.setPalette(palette)
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.button = QPushButton(translate("Toast", "Undo"))
        self.button.setMinimumHeight(theme.TARGET)
        self.button.clicked.connect(self.press)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, MARGIN, theme.GRID // 2, MARGIN)
        row.setSpacing(2 * theme.GRID)
        row.addWidget(self.label)
        row.addWidget(self.button)
        row.addStretch(1)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        text.installEventFilter(self)
        self.hide()

    def show_message(
        self, text: str, back: Callable[[], None] | None = None, button: str = ""
    ) -> None:
        """Show ``text``, with a button for ``back``: Undo, unless it has another label."""
        self._back = back
        self.label.setText(text)
        self.button.setText(button or translate("Toast", "Undo"))
        self.button.setVisible(back is not None)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        self.undo_offered.emit(None if button else back)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.isVisible():
            self._place()
        return False

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        bar = self.parentWidget()
        if bar is not None and self._least:
            bar.setMinimumHeight(self._least)
            self._least = 0

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        bar = self.parentWidget()
        assert bar is not None
        painter.fillRect(self.rect(), bar.palette().color(QPalette.ColorRole.Window))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # The edge separates it from a dark window.
        painter.setPen(QColor(255, 255, 255, 60))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Window))
        end = self.label.geometry().right() + 2 * theme.GRID
        if self._back is not None:
            end = self.button.geometry().right() + theme.GRID // 2
        end = min(self.width(), end)
        edge = QRectF(0, 0, end, self.height()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(edge, theme.RADIUS, theme.RADIUS)

    def press(self) -> None:
        """Do what the button offers."""
        self.hide()
        back, self._back = self._back, None
        if back is not None:
            self.pressed.emit()
            back()

    def _place(self) -> None:
        bar = self.parentWidget()
        assert bar is not None
        room = self._text.width()
        button = self.button.sizeHint().width() + 2 * theme.GRID if self._back is not None else 0
        widest = max(80, room - button - 3 * theme.GRID)
        self.label.setMaximumWidth(widest)
        lines = self.label.fontMetrics().horizontalAdvance(self.label.text()) > widest
        self.label.setWordWrap(lines)
        self.label.setMinimumWidth(widest if lines else 0)
        text = self.label.heightForWidth(widest) if lines else 0
        high = max(theme.TARGET, text) + 2 * MARGIN
        if not self._least:
            self._least = bar.minimumHeight()
        bar.setMinimumHeight(max(self._least, high + 2 * MARGIN))
        self.setGeometry(self._text.x(), (bar.height() - high) // 2, room, high)
        # The frame is drawn around the parts, which move while it keeps its size.
        self.update()
