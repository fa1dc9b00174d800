"""A line edit with a completion list below it.

The list is a child of the window, not a popup window: it takes no grab, so the field keeps keyboard
focus, and Escape, Enter and the arrow keys work as usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMoveEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from facesorter.gui.base.fields import Field
from facesorter.gui.base.shortcuts import leave_undo, override_escape


class CompletingField(Field):
    """Base class of fields with completion; each row's user data holds the value it represents."""

    def __init__(
        self,
        *,
        row_height: int,
        icon: int,
        least_width: int,
        offered: str,
        parent: QWidget | None = None,
    ) -> None:
        """Create the field; ``offered`` is the list's accessible name, sizes are in pixels."""
        super().__init__(parent)
        self._row_height, self._icon_side, self._least_width = row_height, icon, least_width
        self._offered = offered
        self._list: QListWidget | None = None

    def offer(self, rows: Sequence[QListWidgetItem]) -> None:
        """Show rows below the field, or above it if there is no room; no rows hide the list."""
        if not rows:
            self.hide_offers()
            return
        shown = self._list or self._make_list()
        shown.clear()
        for row in rows:
            row.setSizeHint(QSize(0, self._row_height))
            shown.addItem(row)
        self._place(shown)
        shown.show()
        shown.raise_()

    def _place(self, shown: QListWidget) -> None:
        """Move the list to the field, which may move or be resized while it is typed in."""
        window = self.window()
        height = shown.count() * self._row_height + 2 * shown.frameWidth() + 2
        width = min(max(self.width(), self._least_width), window.width())
        below = self.mapTo(window, QPoint(0, self.height()))
        fits = below.y() + height <= window.height()
        shown.setGeometry(
            QRect(
                max(0, min(below.x(), window.width() - width)),
                below.y() if fits else max(0, below.y() - self.height() - height),
                width,
                height,
            )
        )

    def hide_offers(self) -> None:
        """Hide the rows."""
        if self._list is not None:
            self._list.hide()

    def offers(self) -> list[QListWidgetItem]:
        """Return the rows that are shown."""
        if self._list is None or not self.offering:
            return []
        return [self._list.item(at) for at in range(self._list.count())]

    @property
    def offering(self) -> bool:
        """Whether rows are shown."""
        return self._list is not None and self._list.isVisible()

    def picked(self) -> Any:
        """Return the value of the row selected with the arrow keys, or None."""
        row = self._list.currentItem() if self._list is not None and self.offering else None
        return None if row is None else row.data(Qt.ItemDataRole.UserRole)

    def take(self, picked: Any) -> None:
        """Handle a click on a row; implemented by subclasses."""

    def _make_list(self) -> QListWidget:
        made = QListWidget(self.window())
        # The style's own frame is invisible in dark mode; this one is visible in both.
        made.setFrameStyle(QFrame.Shape.Box | QFrame.Shadow.Plain)
        edge = QPalette()
        edge.setColor(QPalette.ColorRole.WindowText, QColor(128, 128, 128))
        made.setPalette(edge)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setIconSize(QSize(self._icon_side, self._icon_side))
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setAccessibleName(self._offered)
        made.itemClicked.connect(lambda row: self.take(row.data(Qt.ItemDataRole.UserRole)))
        self._list = made
        self.destroyed.connect(made.deleteLater)
        return made

    def event(self, event: QEvent) -> bool:
        if leave_undo(event, self):
            return False
        return override_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._list and self.offering:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            row = self._list.currentRow() + step
            self._list.setCurrentRow(max(-1, min(self._list.count() - 1, row)))
        else:
            super().keyPressEvent(event)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow()

    def _follow(self) -> None:
        if self._list is not None and self.offering:
            self._place(self._list)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hide_offers()

    def hideEvent(self, event: QHideEvent) -> None:
        self.hide_offers()
        super().hideEvent(event)
