"""Column of years next to a grid: click one to jump to it; the visible one is highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QToolTip, QWidget

from facesorter.gui.base import theme
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.i18n.words import translate

WIDTH: Final = 52
LINE: Final = 24
"""Minimum height of a year, px; if there is not enough room, some years are omitted."""


class YearBar(QWidget):
    """Column of a grid's years with their first rows. Hidden if there is only one year."""

    def __init__(self, view: GridView[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._years: list[tuple[int, str]] = []
        self.setFixedWidth(WIDTH)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(translate("Years", "Years"))
        self.setAccessibleDescription(translate("Years", "Press Up or Down to move between years"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._aimed: int | None = None
        """The year jumped to, which near the end can't be scrolled to the top."""
        view.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.hide()

    @property
    def years(self) -> Sequence[tuple[int, str]]:
        """Row and year of each year's start."""
        return self._years

    def set_years(self, years: Sequence[tuple[int, str]]) -> None:
        """Set the years."""
        if list(years) != self._years:
            self._years, self._aimed = list(years), None
            self.setVisible(len(self._years) > 1)
            self.update()

    def go_to(self, at: int) -> None:
        """Scroll to the beginning of a year."""
        row, year = self._years[at]
        index = self._view.model().index(row, 0)
        self._view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)
        self._aimed = at
        self.setAccessibleDescription(year)
        self.update()

    def current(self) -> int:
        """Index of the year at the top of the grid; -1 above the first."""
        if self._aimed is not None:
            return self._aimed
        rows = self._view.rows_in_sight()
        return sum(start <= rows.start for start, _ in self._years) - 1

    def _on_scrolled(self) -> None:
        self._aimed = None
        self.update()

    def _rect(self, at: int) -> QRect:
        n = max(1, len(self._years))
        line = min(LINE * 1.5, self.height() / n)
        return QRect(0, round(at * line), self.width(), max(1, round(line)))

    def _at(self, y: int) -> int:
        n = len(self._years)
        line = max(1.0, min(LINE * 1.5, self.height() / max(1, n)))
        return min(n - 1, max(0, int(y / line)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, current = self.palette(), self.current()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        free = 0
        for at, (_, year) in enumerate(self._years):
            rect = self._rect(at)
            here = at == current
            near = current >= 0 and abs(at - current) * rect.height() < LINE
            if not here and (rect.y() < free or near):
                continue
            free = rect.y() + LINE
            tone = palette.color(QPalette.ColorRole.Text) if here else theme.quiet(palette)
            painter.setPen(tone)
            font = theme.caption_font()
            font.setBold(here)
            painter.setFont(font)
            line = QRect(rect.x(), rect.y(), rect.width(), LINE)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, year)
        if self.hasFocus():
            painter.setPen(theme.accent(palette))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._years:
            self.go_to(self._at(event.position().toPoint().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._years:
            return
        at = self._at(event.position().toPoint().y())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.go_to(at)
        else:
            QToolTip.showText(event.globalPosition().toPoint(), self._years[at][1], self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self._years:
            super().keyPressEvent(event)
            return
        self.go_to(min(len(self._years) - 1, max(0, self.current() + step)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
