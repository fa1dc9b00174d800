"""Column of years next to a grid: click one to jump to it; the visible one is highlighted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
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
TICK: Final = 6
"""Length of the line that stands for a year without room for its number, px."""


class YearBar(QWidget):
    """Column of a grid's years with their first rows. Hidden if there is only one year."""

    def __init__(
        self, view: GridView[Any], parent: QWidget | None = None, *, to_scale: bool = False
    ) -> None:
        """Create the bar; ``to_scale`` places each year where the scroll bar would be for it."""
        super().__init__(parent)
        self._view, self._to_scale = view, to_scale
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

    def _tops(self) -> list[float]:
        """Return where each year begins, px."""
        n = len(self._years)
        if not self._to_scale:
            line = min(LINE * 1.5, self.height() / max(1, n))
            return [at * line for at in range(n)]
        layout = self._view.layout_
        scale = self.height() / max(1, layout.height)
        return [layout.rect(row)[1] * scale if at else 0.0 for at, (row, _) in self._rows()]

    def _rows(self) -> Iterator[tuple[int, tuple[int, str]]]:
        # While rows are being removed, the years still are those of before.
        count = self._view.layout_.count
        return ((at, year) for at, year in enumerate(self._years) if year[0] < count)

    def _at(self, y: int) -> int:
        return max(0, bisect_right(self._tops(), y) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, current, tops = self.palette(), self.current(), self._tops()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        last = max(0, self.height() - LINE)
        free = 0
        numbers: list[int] = []
        plain, bold = theme.caption_font(), theme.caption_font()
        bold.setBold(True)
        for at, exact in enumerate(tops):
            top = min(round(exact), last)
            here = at == current
            near = 0 <= current < len(tops) and abs(top - min(tops[current], last)) < LINE
            if not here and (top < free or near):
                continue
            free = top + LINE
            numbers.append(top)
            painter.setFont(bold if here else plain)
            painter.setPen(
                palette.color(QPalette.ColorRole.Text) if here else theme.secondary_colour(palette)
            )
            line = QRect(0, top, self.width(), LINE)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self._years[at][1])
        painter.setPen(theme.secondary_colour(palette))
        middle = self.width() // 2
        for tick in map(round, tops if self._to_scale else ()):
            if not any(top <= tick < top + LINE for top in numbers):
                painter.drawLine(middle - TICK // 2, tick, middle + TICK // 2, tick)
        if self.hasFocus():
            painter.setPen(theme.accent(palette))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._years:
            self.go_to(self._at(event.position().toPoint().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._years:
            return
        y = event.position().toPoint().y()
        at = self._at(y)
        if not event.buttons() & Qt.MouseButton.LeftButton:
            QToolTip.showText(event.globalPosition().toPoint(), self._years[at][1], self)
        elif self._to_scale:
            bar = self._view.verticalScrollBar()
            bar.setValue(round(bar.maximum() * min(1.0, max(0.0, y / max(1, self.height())))))
        else:
            self.go_to(at)

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
