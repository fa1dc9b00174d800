"""Navigation between pages, and the way back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from facesorter.gui.base.page import Page


class Navigator(QObject):
    """Stack of visited pages, which keep their state, so that going back just displays them.

    Signals:
        moved: the current page and the previous one.
    """

    moved = Signal(Page, Page)

    def __init__(self, stack: QStackedWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stack = stack
        self._before: list[Page] = []

    @property
    def page(self) -> Page:
        """The current page."""
        page = self._stack.currentWidget()
        assert isinstance(page, Page), "the window's stack holds pages only"
        return page

    def go(self, page: Page, *, root: bool = False) -> None:
        """Show a page; ``root`` pages are entered from the sidebar and clear the history."""
        current = self.page
        if root:
            self._before.clear()
        elif page is not current:
            self._before.append(current)
        self._show(page)

    def back(self) -> bool:
        """Go back to the previous page; False if there is none."""
        if not self._before:
            return False
        self._show(self._before.pop())
        return True

    def _show(self, page: Page) -> None:
        current = self.page
        if page is not current:
            self._stack.setCurrentWidget(page)
            self.moved.emit(page, current)
