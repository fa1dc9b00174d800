"""Qt's list view with our own arithmetic for where everything is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from facesorter.gui.base import theme
from facesorter.gui.grid.layout import GridLayout, Section

RING: Final = 4
"""How far the ring around a tile reaches beyond it, logical px."""


class TileView(QListView):
    """A QListView whose items lie where a `GridLayout` puts them.

    All of QListView's geometry is overridden, so its own layout never runs; what remains of it is
    selection, keys, drag and drop, and what it tells screen readers.
    """

    def __init__(
        self,
        *,
        tile: int,
        footer: int = 0,
        margin: int = 2 * theme.GRID,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tile, self._footer, self._margin = tile, footer, margin
        self._sections: Sequence[Section] = ()
        self._heading_widgets: dict[int, QWidget] = {}
        self._layout = GridLayout(0, 1, tile)
        self._band: QRect | None = None
        self._anchor = QPersistentModelIndex()
        """Where a selection that Shift extends began."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        theme.slim(self)

    def set_sections(self, sections: Sequence[Section]) -> None:
        """Put headings between the tiles."""
        if list(sections) != list(self._sections):
            self._sections = tuple(sections)
            self.doItemsLayout()

    def set_heading_widget(self, section: int, widget: QWidget | None) -> None:
        """Show a widget at the right end of a section's heading, or no longer any."""
        before = self._heading_widgets.pop(section, None)
        if before is not None and before is not widget:
            before.hide()
        if widget is not None:
            if widget.parentWidget() is not self.viewport():
                widget.setParent(self.viewport())
            self._heading_widgets[section] = widget
        self._place_heading_widgets()

    @property
    def layout_(self) -> GridLayout:
        """The layout in force."""
        return self._layout

    def rows_in_sight(self) -> range:
        """Return the rows of which something shows."""
        top = self.verticalScrollBar().value()
        return self._layout.rows_between(top, top + self.viewport().height())

    def selected_rows(self) -> list[int]:
        """Return the selected rows in order, by ranges rather than one by one."""
        rows: list[int] = []
        for run in _runs(self.selectionModel().selection()):
            rows.extend(range(run.top(), run.bottom() + 1))
        return sorted(rows)

    # QListView's own geometry, replaced by arithmetic.

    def doItemsLayout(self) -> None:
        count = self.model().rowCount() if self.model() is not None else 0
        self._layout = GridLayout(
            count,
            self.viewport().width(),
            self._tile,
            self._footer,
            margin=self._margin,
            sections=self._sections,
        )
        self.updateGeometries()
        self.viewport().update()

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        shown = self.viewport().height()
        bar.setPageStep(shown)
        bar.setSingleStep(max(24, self._layout.line // 3))
        bar.setRange(0, max(0, self._layout.height - shown))
        self._place_heading_widgets()

    def visualRect(self, index: QModelIndex | QPersistentModelIndex) -> QRect:
        if not index.isValid() or index.row() >= self._layout.count:
            return QRect()
        return QRect(*self._layout.rect(index.row())).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._layout.row_at(point.x(), point.y() + self.verticalOffset())
        return self.model().index(row, 0) if row >= 0 else QModelIndex()

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        return False

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid() or index.row() >= self._layout.count:
            return
        _, top, _, height = self._layout.rect(index.row())
        bar, shown, air = self.verticalScrollBar(), self.viewport().height(), theme.GRID
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(top - (shown - height) // 2)
        elif top - air < bar.value() or hint == QAbstractItemView.ScrollHint.PositionAtTop:
            section = self._layout.section_of(index.row())
            first_line = top == self._layout.rect(self._starts_of(section))[1]
            bar.setValue(top - air - (self._layout.heading if first_line else 0))
        elif top + height + air > bar.value() + shown:
            bar.setValue(top + height + air - shown)

    def _starts_of(self, section: int) -> int:
        return min(self._sections[section].start if self._sections else 0, self._layout.count - 1)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.scrollDirtyRegion(dx, dy)
        # This moves child widgets too: heading buttons and a name field stay on their tiles.
        self.viewport().scroll(dx, dy)
        if self._band is not None:
            self.viewport().update()

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count = self._layout.count
        if not count:
            return QModelIndex()
        row = self.currentIndex().row()
        move = QAbstractItemView.CursorAction
        if row < 0:
            return self.model().index(count - 1 if action == move.MoveEnd else 0, 0)
        page = max(1, self.viewport().height() // self._layout.line)
        match action:
            case move.MoveLeft | move.MovePrevious:
                row -= 1
            case move.MoveRight | move.MoveNext:
                row += 1
            case move.MoveUp:
                row = self._layout.moved(row, -1)
            case move.MoveDown:
                row = self._layout.moved(row, 1)
            case move.MovePageUp:
                row = self._layout.moved(row, -page)
            case move.MovePageDown:
                row = self._layout.moved(row, page)
            case move.MoveHome:
                row = 0
            case move.MoveEnd:
                row = count - 1
        return self.model().index(min(count - 1, max(0, row)), 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        model = self.model()
        offset = self.verticalOffset()
        if self._band is not None:
            rect = rect.normalized().translated(0, offset)
            rows = self._layout.rows_in(rect.x(), rect.y(), rect.width(), rect.height())
        elif command & QItemSelectionModel.SelectionFlag.Current and self._anchor.isValid():
            # Shift+click or Shift+arrow: all rows between the two ends, as text is selected.
            rows = self._rows_from_anchor()
        else:
            # The rectangle goes from the tile's middle to where the mouse is.
            rows = [self._layout.row_at(rect.right(), rect.bottom() + offset)]
            self._anchor = QPersistentModelIndex(model.index(rows[0], 0))
        selection = QItemSelection()
        for row in rows:
            if row >= 0:
                index = model.index(row, 0)
                selection.select(index, index)
        self.selectionModel().select(selection, command)

    def _rows_from_anchor(self) -> list[int]:
        """Return the rows from where the selection began to the current one.

        Not from the rectangle of Qt: over the edge of a line its corners lie in other tiles,
        and it begins where the mouse or a key was last, whatever has been selected by us since.
        """
        current = self.currentIndex().row()
        start = self._anchor.row() if self._anchor.isValid() else current
        return list(range(min(start, current), max(start, current) + 1))

    def currentChanged(
        self,
        current: QModelIndex | QPersistentModelIndex,
        previous: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            self.viewport().update(_ringed(self.visualRect(index)))

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        sight = self.rows_in_sight()
        for run in _runs(selection):
            for row in range(max(run.top(), sight.start), min(run.bottom() + 1, sight.stop)):
                region += _ringed(self.visualRect(self.model().index(row, 0)))
        return region

    def _place_heading_widgets(self) -> None:
        for section, widget in self._heading_widgets.items():
            if section >= len(self._sections) or not self._sections[section].title:
                widget.hide()
                continue
            left, top, width, height = self._layout.heading_rect(section)
            size = widget.sizeHint().expandedTo(QSize(0, theme.TARGET))
            widget.setGeometry(
                left + width - size.width(),
                top - self.verticalOffset() + (height - size.height()) // 2,
                size.width(),
                size.height(),
            )
            widget.show()


def _ringed(rect: QRect) -> QRect:
    """Return a tile's place with the ring around it that shows what is selected and current."""
    return rect.adjusted(-RING, -RING, RING, RING)


def _runs(selection: QItemSelection) -> list[QItemSelectionRange]:
    return [selection.at(at) for at in range(selection.count())]
