"""Bars over a photo in full screen, which hide when the pointer rests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

REST_MS: Final = 2500
"""How long the bars stay after the pointer's last move."""


class OverlayBars(QObject):
    """Takes a page's bars out of its layout in full screen, so that the photo fills it.

    Thread: GUI.
    """

    def __init__(
        self, page: QWidget, column: QVBoxLayout, head: QWidget, foot: QWidget, area: QWidget
    ) -> None:
        """Create it with the bars in place.

        Args:
            page: The page that the bars belong to.
            column: Its layout, with the head first.
            head: Bar at the top.
            foot: Bar at the bottom.
            area: What lies between them; moves of the pointer over it show the bars.
        """
        super().__init__(page)
        self._page, self._column, self._head, self._foot = page, column, head, foot
        self._place_of_foot = column.indexOf(foot)
        self._area = area
        self._still = QPoint()
        self.on = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._hide)
        page.installEventFilter(self)

    def watch(self, views: Sequence[QWidget]) -> None:
        """Show the bars when the pointer moves over these widgets."""
        for view in views:
            view.installEventFilter(self)

    def set_on(self, on: bool) -> None:
        """Lay the bars over the photo, or put them back around it."""
        if on == self.on:
            return
        self.on = on
        for bar in (self._head, self._foot):
            if on:
                self._column.removeWidget(bar)
        if on:
            self._place()
            self.show_bars()
            return
        self._rest.stop()
        self._column.insertWidget(0, self._head)
        self._column.insertWidget(self._place_of_foot, self._foot)
        self._head.show()
        self._foot.show()
        self._area.unsetCursor()

    def show_bars(self) -> None:
        """Show the bars until the pointer has rested for a while."""
        if self.on:
            self._still = QCursor.pos()
            for bar in (self._head, self._foot):
                bar.show()
                bar.raise_()
            self._rest.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.on and event.type() == QEvent.Type.Resize and watched is self._page:
            self._place()
        # A widget that moves below a resting pointer gets events too.
        moved = event.type() == QEvent.Type.MouseMove and QCursor.pos() != self._still
        if self.on and moved and watched is not self._page:
            self.show_bars()
        return False

    def _place(self) -> None:
        width, height = self._page.width(), self._page.height()
        self._head.setGeometry(0, 0, width, self._head.sizeHint().height())
        foot = self._foot.sizeHint().height()
        self._foot.setGeometry(0, height - foot, width, foot)

    def _hide(self) -> None:
        focus = QApplication.focusWidget()
        used = [
            bar
            for bar in (self._head, self._foot)
            if bar.underMouse() or (focus is not None and bar.isAncestorOf(focus))
        ]
        if used or QApplication.activePopupWidget() is not None:
            self._rest.start()
            return
        self._head.hide()
        self._foot.hide()
        self._area.setCursor(Qt.CursorShape.BlankCursor)
