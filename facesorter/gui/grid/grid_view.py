"""Grid of tiles: QListView's selection, keys and accessibility with a calculated layout.

It keeps its scroll position: when ids are added, removed or reordered, the topmost visible tile
stays in place, and so do selection and current tile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from facesorter.gui.base import keys, theme
from facesorter.gui.grid.id_list_model import Id, IdListModel, runs_of
from facesorter.gui.grid.layout import GridLayout, Section

RING: Final = 4
"""How far the selection ring extends beyond a tile, logical px."""
SMALLEST_TILE: Final = 80
LARGEST_TILE: Final = 400
TILE_STEP: Final = 1.2
MOVES: Final = frozenset(
    (
        *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Right),
        *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    )
)
"""Keys that select a tile."""


@dataclass(frozen=True)
class Place(Generic[Id]):
    """Scroll position in a grid, expressed as ids so that it survives row changes."""

    current: Id | None
    selected: tuple[Id, ...]
    """Empty if only the position is needed: all of 300,000 tiles take longer than a frame."""
    anchor: Id | None
    """The first visible tile."""
    row: int
    """Where it was."""
    offset: int
    """How far its top is above the viewport's, px."""
    top: bool
    """Whether the grid was scrolled to the top; if so, it stays there and shows new tiles."""


class GridView(QListView, Generic[Id]):
    """View of an `IdListModel` as tiles in elastic columns, laid out by `GridLayout`.

    All of QListView's geometry is overridden, so its own layout never runs; only its selection,
    keys, drag and drop, and accessibility are used.

    Signals:
        opened: a tile was double-clicked or activated with Enter; its id.
        selection_changed: the set of selected tiles changed.
        zoomed: the preferred tile size changed.
    """

    opened = Signal(int)
    selection_changed = Signal()
    zoomed = Signal(int)

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
        """Anchor of a selection extended with Shift."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        theme.slim(self)
        self._before_reset: Place[Id] | None = None
        self._band_from = QPoint()
        self.asks_for_name: Callable[[], bool] = lambda: False
        """Whether letters begin the name of what is current; input methods compose them then."""
        self.key_filter: Callable[[QKeyEvent], bool] | None = None
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)

    # Interface for pages.

    def ids_model(self) -> IdListModel[Id, Any]:
        """Return the model, which is always an `IdListModel`."""
        model = self.model()
        assert isinstance(model, IdListModel)
        return model

    @property
    def tile(self) -> int:
        """The preferred width of a tile, logical px."""
        return self._tile

    def zoom(self, steps: int) -> None:
        """Make tiles larger or smaller, keeping the scroll position."""
        self.set_tile(round(self._tile * TILE_STEP**steps))

    def set_tile(self, tile: int) -> None:
        """Set the preferred tile width, clamped to its limits."""
        tile = min(LARGEST_TILE, max(SMALLEST_TILE, tile))
        if tile != self._tile:
            place = self.place()
            self._tile = tile
            self.doItemsLayout()
            self._scroll_to_place(place)
            self.zoomed.emit(tile)

    def set_footer(self, footer: int) -> None:
        """Set the height reserved for text below pictures, keeping the scroll position."""
        if footer != self._footer:
            place = self.place()
            self._footer = footer
            self.doItemsLayout()
            self._scroll_to_place(place)

    def selected_ids(self) -> list[Id]:
        """Return the selected ids in the order shown."""
        ids = self.ids_model().ids
        found: list[Id] = []
        for run in sorted(_runs(self.selectionModel().selection()), key=QItemSelectionRange.top):
            found += ids[run.top() : run.bottom() + 1]
        return found

    def has_selection(self) -> bool:
        """Return whether a tile is selected, without listing those that are."""
        return self.selectionModel().hasSelection()

    def several_or_all(self) -> list[Id]:
        """Return the selected ids if there are several, else all."""
        chosen = self.selected_ids()
        return chosen if len(chosen) > 1 else list(self.ids_model().ids)

    def current_id(self) -> Id | None:
        """Return the id of the focused tile."""
        row = self.currentIndex().row()
        ids = self.ids_model().ids
        return ids[row] if 0 <= row < len(ids) else None

    def select_row(self, row: int) -> None:
        """Select only one tile and scroll to it."""
        index = self.model().index(row, 0)
        if index.isValid():
            self.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
            self._anchor = QPersistentModelIndex(index)
            self.scrollTo(index)

    def reveal(self, wanted: Id) -> None:
        """Select a tile unless it is the current one, and scroll only if it is out of sight."""
        if self.current_id() == wanted:
            self.scrollTo(self.currentIndex())
        elif (row := self.ids_model().row_of(wanted)) >= 0:
            self.select_row(row)

    def select_rows(self, rows: Sequence[int]) -> None:
        """Select only these tiles and scroll to the first."""
        if rows:
            self.select_row(min(rows))
            chosen = _selection(self.ids_model(), sorted(set(rows)))
            self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def place(self, *, selected: bool = False) -> Place[Id]:
        """Return the scroll position; with ``selected``, and which tiles are selected."""
        ids = self.ids_model().ids
        rows = self.rows_in_sight()
        anchor, offset = None, 0
        if rows.start < len(ids):
            anchor = ids[rows.start]
            offset = self._layout.rect(rows.start)[1] - self.verticalScrollBar().value()
        top = self.verticalScrollBar().value() == 0
        chosen = tuple(self.selected_ids()) if selected else ()
        return Place(self.current_id(), chosen, anchor, rows.start, offset, top)

    def restore(self, place: Place[Id]) -> None:
        """Restore a scroll position and selection; ids no longer in the list are skipped."""
        model = self.ids_model()
        selector = self.selectionModel()
        selector.select(
            _selection(model, model.rows_of(place.selected)),
            QItemSelectionModel.SelectionFlag.ClearAndSelect,
        )
        if place.current is not None and (row := model.row_of(place.current)) >= 0:
            selector.setCurrentIndex(model.index(row), QItemSelectionModel.SelectionFlag.NoUpdate)
        self._scroll_to_place(place)

    def set_sections(self, sections: Sequence[Section]) -> None:
        """Insert headings between the tiles, keeping the scroll position."""
        if list(sections) != list(self._sections):
            place = self.place()
            self._sections = tuple(sections)
            self.doItemsLayout()
            self._scroll_to_place(place)

    def _scroll_to_place(self, place: Place[Id]) -> None:
        bar = self.verticalScrollBar()
        if place.anchor is None:
            return
        if place.top and place.offset > 0:
            # Setting the current tile may have scrolled to it in the meantime.
            bar.setValue(0)
            return
        model = self.ids_model()
        # Usually it is where it was; to find rows takes longer than a frame with 300,000.
        stays = place.row < len(model.ids) and model.ids[place.row] == place.anchor
        row = place.row if stays else model.row_of(place.anchor)
        if row >= 0:
            bar.setValue(self._layout.rect(row)[1] - place.offset)

    # Events.

    def setModel(self, model: Any) -> None:
        super().setModel(model)
        model.modelAboutToBeReset.connect(self._remember_all)
        model.modelReset.connect(self._recall_place)
        for signal in (model.rowsAboutToBeInserted, model.rowsAboutToBeRemoved):
            signal.connect(self._remember_place)
        for signal in (model.rowsInserted, model.rowsRemoved):
            signal.connect(self._recall_scroll)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())

    def rowsAboutToBeRemoved(self, parent: Any, start: int, end: int) -> None:
        # Do this first: when the current tile is removed, Qt makes another one current and scrolls
        # to it.
        self._remember_place()
        super().rowsAboutToBeRemoved(parent, start, end)

    def _remember_place(self, *_: object) -> None:
        if self._before_reset is None:
            self._before_reset = self.place()

    def _remember_all(self) -> None:
        if self._before_reset is None:
            self._before_reset = self.place(selected=True)

    def _recall_place(self) -> None:
        place, self._before_reset = self._before_reset, None
        self.doItemsLayout()
        if place is not None and self._layout.count:
            self.restore(place)
        self.selection_changed.emit()

    def _recall_scroll(self, *_: object) -> None:
        place, self._before_reset = self._before_reset, None
        self.doItemsLayout()
        if place is not None:
            self._scroll_to_place(place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        place = self.place() if self.model() is not None else None
        super().resizeEvent(event)
        self.doItemsLayout()
        if place is not None:
            self._scroll_to_place(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        hovered = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos()))
        top, area = self.verticalOffset(), event.rect()
        self._paint_headings(painter, top, area)
        selector, current, focus = self.selectionModel(), self.currentIndex(), self.hasFocus()
        base_state = option.state & ~(
            QStyle.StateFlag.State_HasFocus
            | QStyle.StateFlag.State_MouseOver
            | QStyle.StateFlag.State_Selected
        )
        for row in self._layout.rows_between(top + area.top(), top + area.bottom() + 1):
            index = self.model().index(row, 0)
            state = base_state
            if selector.isSelected(index):
                state |= QStyle.StateFlag.State_Selected
            if index == current and focus:
                state |= QStyle.StateFlag.State_HasFocus
            if index == hovered and self.viewport().underMouse():
                state |= QStyle.StateFlag.State_MouseOver
            option.state = state
            option.rect = self.visualRect(index)
            if option.rect.intersects(area):
                self.itemDelegate().paint(painter, option, index)
        if self._band is not None:
            colour = theme.accent(self.palette())
            painter.setPen(colour)
            colour.setAlpha(50)
            painter.setBrush(colour)
            painter.drawRect(self._band.translated(0, -top))

    def _paint_headings(self, painter: QPainter, top: int, area: QRect) -> None:
        painter.setFont(theme.body_font(bold=True))
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        for number in self._layout.sections_between(top + area.top(), top + area.bottom() + 1):
            rect = QRect(*self._layout.heading_rect(number)).translated(0, -top)
            if number < len(self._sections) and self._sections[number].title:
                painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._sections[number].title)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not self.indexAt(point).isValid():
            self._band_from = point + QPoint(0, self.verticalOffset())
            self._band = QRect(self._band_from, QSize())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._band is not None and event.buttons() & Qt.MouseButton.LeftButton:
            to = event.position().toPoint() + QPoint(0, self.verticalOffset())
            self._band = QRect(self._band_from, to).normalized()
            self.viewport().update()
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._band is not None:
            self._band = None
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self.ids_model().ids[index.row()])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.key_filter is not None and self.key_filter(event):
            event.accept()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            current = self.current_id()
            if current is not None:
                self.opened.emit(current)
            return
        super().keyPressEvent(event)
        current_index = self.currentIndex()
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if (
            event.key() in MOVES
            and plain == Qt.KeyboardModifier.NoModifier
            and current_index.isValid()
            and not self.selectionModel().hasSelection()
        ):
            # Home on the first tile, where there is nothing to move to.
            self.select_row(current_index.row())

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if self.key_filter is not None and self.key_filter(keys.composed(event)):
            event.accept()
        else:
            super().inputMethodEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        keys.compose(self, self.asks_for_name())

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: letters are commands or names, and Qt would read every row to find one."""

    # Geometry.

    def set_heading_widget(self, section: int, widget: QWidget | None) -> None:
        """Show a widget at the right end of a section's heading; None removes it."""
        before = self._heading_widgets.pop(section, None)
        if before is not None and before is not widget:
            before.hide()
        if widget is not None:
            if widget.parentWidget() is not self.viewport():
                widget.setParent(self.viewport())
            widget.installEventFilter(self)
            self._heading_widgets[section] = widget
        self._place_heading_widgets()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the widget of a heading that Tab leads to."""
        # Not one that is pressed: it would move from under the pointer and miss the click.
        if (
            isinstance(event, QFocusEvent)
            and event.gotFocus()
            and event.reason() != Qt.FocusReason.MouseFocusReason
            and isinstance(watched, QWidget)
            and watched in self._heading_widgets.values()
        ):
            self._reveal_widget(watched)
        return super().eventFilter(watched, event)

    def _reveal_widget(self, widget: QWidget) -> None:
        """Scroll just as far as a heading's widget is out of sight."""
        place, bar = widget.geometry(), self.verticalScrollBar()
        below = place.bottom() + theme.GRID - self.viewport().height()
        above = place.top() - theme.GRID
        bar.setValue(bar.value() + max(0, below) + min(0, above))

    @property
    def layout_(self) -> GridLayout:
        """The current layout."""
        return self._layout

    def rows_in_sight(self) -> range:
        """Return the rows that are at least partly visible."""
        top = self.verticalScrollBar().value()
        return self._layout.rows_between(top, top + self.viewport().height())

    def selected_rows(self) -> list[int]:
        """Return the selected rows in order; iterates over ranges rather than single rows."""
        rows: list[int] = []
        for run in _runs(self.selectionModel().selection()):
            rows.extend(range(run.top(), run.bottom() + 1))
        return sorted(rows)

    # QListView's geometry, replaced by calculations.

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
        rows: Sequence[int]
        if self._band is not None:
            rect = rect.normalized().translated(0, offset)
            rows = self._layout.rows_in(rect.x(), rect.y(), rect.width(), rect.height())
        elif command & QItemSelectionModel.SelectionFlag.Current and self._anchor.isValid():
            # Shift+click or Shift+arrow: select all rows between both ends, as in text.
            rows = self._rows_from_anchor()
        else:
            # The rectangle spans from the tile's center to the mouse.
            row = self._layout.row_at(rect.right(), rect.bottom() + offset)
            self._anchor = QPersistentModelIndex(model.index(row, 0))
            rows = [row] if row >= 0 else []
        self.selectionModel().select(_selection(model, rows), command)

    def selectAll(self) -> None:
        # Qt's asks the model for each row: a second for 300,000.
        rows = range(self.ids_model().rowCount())
        self.selectionModel().select(
            _selection(self.ids_model(), rows), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def _rows_from_anchor(self) -> range:
        """Return the rows from the selection's anchor to the current one.

        Qt's rectangle can't be used: across line ends its corners lie in other tiles, and it starts
        at the last mouse or key position, regardless of later changes made by our code.
        """
        current = self.currentIndex().row()
        start = self._anchor.row() if self._anchor.isValid() else current
        return range(min(start, current), max(start, current) + 1)

    def currentChanged(
        self,
        current: QModelIndex | QPersistentModelIndex,
        previous: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().currentChanged(current, previous)
        keys.compose(self, self.asks_for_name())
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
    """Return a tile's rectangle including the ring that marks selected and current tiles."""
    return rect.adjusted(-RING, -RING, RING, RING)


def _selection(model: QAbstractItemModel, rows: Sequence[int]) -> QItemSelection:
    """Select ascending rows, in as few ranges as there are runs of them."""
    selection = QItemSelection()
    whole = rows and rows[-1] - rows[0] == len(rows) - 1
    for first, last in [(rows[0], rows[-1])] if whole else runs_of(rows):
        selection.select(model.index(first, 0), model.index(last, 0))
    return selection


def _runs(selection: QItemSelection) -> list[QItemSelectionRange]:
    return [selection.at(at) for at in range(selection.count())]
