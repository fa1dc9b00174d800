"""The window without sidebar and status bar, for pages that show pictures."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facesorter.gui.base.page import Page
from facesorter.gui.window.navigation import Navigator
from facesorter.gui.window.status_bar import StatusBar

ABOVE_EDGE: Final = 56
"""Distance of a toast from the bottom edge in full screen, where pages have buttons; logical px."""


class FullScreen(QObject):
    """Full screen for the current page. Thread: GUI.

    The status bar is hidden, except while a toast is shown: it then lies over the page.
    """

    def __init__(
        self, window: QWidget, column: QVBoxLayout, navigator: Navigator, status: StatusBar
    ) -> None:
        super().__init__(window)
        self._window, self._column = window, column
        self._navigator, self._status = navigator, status
        self.on = False
        status.toast.installEventFilter(self)
        window.installEventFilter(self)

    def set_on(self, on: bool) -> None:
        """Show the current page in full screen, or in the window; no effect if it can't fill it."""
        page = self._navigator.page
        if on == self.on or (on and not page.fills_screen):
            return
        self.on = on
        state = self._window.windowState()
        if on:
            self._column.removeWidget(self._status)
            self._status.hide()
            self._window.setWindowState(state | Qt.WindowState.WindowFullScreen)
        else:
            self._column.addWidget(self._status)
            self._status.show()
            self._window.setWindowState(state & ~Qt.WindowState.WindowFullScreen)
        page.set_full_screen(on)

    def follow(self, page: Page, before: Page) -> None:
        """Keep the full screen from one page that fills it to another, else leave it."""
        if not self.on:
            return
        before.set_full_screen(False)
        if page.fills_screen:
            page.set_full_screen(True)
        else:
            self.set_on(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.on:
            return False
        if watched is self._status.toast and event.type() == QEvent.Type.HideToParent:
            self._status.hide()
        elif watched is self._status.toast and event.type() == QEvent.Type.ShowToParent:
            self._place()
            self._status.show()
            self._status.raise_()
        elif watched is self._window and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        height = self._status.sizeHint().height()
        top = self._window.height() - height - ABOVE_EDGE
        self._status.setGeometry(0, top, self._window.width(), height)
