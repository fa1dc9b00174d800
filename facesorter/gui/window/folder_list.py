"""Folders in the sidebar: a tree by keys and mouse, below a heading with its order."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QActionGroup, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.folder_options import FolderOptions
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import Menu
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.base.tool_button import MenuButton
from facesorter.gui.i18n.words import translate
from facesorter.gui.window.folder_model import OPEN, TWISTY, AnyIndex, FolderModel
from facesorter.gui.window.sidebar_entries import INDENT, KEY, EntryDelegate
from facesorter.library.folder_tree import Order

LEAST_ROWS: Final = 3
WANTED_ROWS: Final = 8
"""Folders in sight in the smallest window, and where there is room."""


class FolderDelegate(EntryDelegate):
    """Paints a folder with the arrow that opens it."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        opened = index.data(OPEN)
        if opened is None:
            return
        palette = QPalette(option.palette)
        colour = theme.secondary_colour(palette, QPalette.ColorRole.Window)
        if option.state & QStyle.StateFlag.State_Selected:
            colour = palette.color(QPalette.ColorRole.HighlightedText)
        ratio = painter.device().devicePixelRatio()
        glyph = icons.pixmap("chevron-right", TWISTY, colour, ratio)
        place = arrow_place(option.rect, int(index.data(INDENT) or 0))
        painter.save()
        painter.translate(place.x() + TWISTY / 2, place.y() + TWISTY / 2)
        if opened:
            painter.rotate(90)
        painter.drawPixmap(-TWISTY // 2, -TWISTY // 2, glyph)
        painter.restore()


def arrow_place(row: QRect, indent: int) -> QRect:
    """Return where the arrow of a row is painted."""
    right = row.x() + theme.GRID // 2 + theme.GRID + indent
    return QRect(right - TWISTY - 1, row.center().y() - TWISTY // 2 + 1, TWISTY, TWISTY)


class FolderList(QListView):
    """List of the folders in sight.

    Signals:
        folder_wanted: the key of a folder to show.
    """

    folder_wanted = Signal(str)

    def __init__(self, folders: FolderModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folders = folders
        self._marked = ""
        self._quiet = False
        self.setModel(folders)
        self.setItemDelegate(FolderDelegate(self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(translate("Sidebar", "Folders"))
        theme.slim(self)
        for signal in (folders.rowsInserted, folders.rowsRemoved):
            signal.connect(self._after_change)

    def mark(self, key: str) -> None:
        """Highlight a folder without showing it, and open those around it; "" for none."""
        self._marked = key
        if key:
            self.folders.reveal(key)
        self._select_marked()

    def current_key(self) -> str:
        """Return the key of the highlighted folder, or ""."""
        rows = self.selectionModel().selectedIndexes()
        return str(rows[0].data(KEY)) if rows else ""

    def take_focus(self) -> None:
        """Take keyboard focus, with the first folder current if none is, and show nothing yet."""
        if not self.currentIndex().isValid():
            self._quietly(self.folders.index(0))
        self.setFocus()

    def sizeHint(self) -> QSize:
        rows = min(WANTED_ROWS, max(LEAST_ROWS, self.folders.rowCount()))
        return QSize(super().sizeHint().width(), rows * self._row_height())

    def minimumSizeHint(self) -> QSize:
        rows = min(LEAST_ROWS, max(1, self.folders.rowCount()))
        return QSize(super().minimumSizeHint().width(), rows * self._row_height())

    def full_height(self) -> int:
        """Return the height at which all open folders are in sight."""
        return self.folders.rowCount() * self._row_height()

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and not self._quiet:
            self._want(current)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Qt makes the first row current then, which is no wish to see it.
        self._quiet = True
        super().focusInEvent(event)
        self._quiet = False

    def rowsAboutToBeRemoved(self, parent: AnyIndex, start: int, end: int) -> None:
        # Qt makes another row current then, which is no wish to see it.
        self._quiet = True
        super().rowsAboutToBeRemoved(parent, start, end)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self._is_on_arrow(index, event):
            self._toggle(index.row())
            return
        again = index.isValid() and index == self.currentIndex()
        super().mousePressEvent(event)
        if again and event.button() == Qt.MouseButton.LeftButton:
            self._want(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self._toggle(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if not index.isValid() or plain != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
            return
        at, opened = index.row(), index.data(OPEN)
        if event.key() == Qt.Key.Key_Right:
            if opened is False:
                self.folders.set_open(at, True)
            elif opened:
                self.setCurrentIndex(self.folders.index(at + 1))
        elif event.key() == Qt.Key.Key_Left:
            if opened:
                self._close(at)
            elif (parent := self.folders.parent_of(at)) >= 0:
                self.setCurrentIndex(self.folders.index(parent))
        elif keys.shortcut(event) is Shortcut.ACCEPT:
            self._want(index)
        else:
            super().keyPressEvent(event)

    def _want(self, index: AnyIndex) -> None:
        self._marked = str(index.data(KEY))
        self.folder_wanted.emit(self._marked)

    def _is_on_arrow(self, index: QModelIndex, event: QMouseEvent) -> bool:
        if index.data(OPEN) is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        place = arrow_place(self.visualRect(index), int(index.data(INDENT) or 0))
        return place.x() - 2 <= event.position().x() <= place.right() + 2

    def _toggle(self, row: int) -> None:
        found = self.folders.at(row)
        if found is None:
            return
        if found.open:
            self._close(row)
        else:
            self.folders.set_open(row, True)

    def _close(self, row: int) -> None:
        found, current = self.folders.at(row), self.currentIndex().row()
        self.folders.set_open(row, False)
        if found is not None and current > row and not self.current_key():
            # The photos of a folder inside stay; keys go on from the one that was closed.
            self._quietly(self.folders.index(row))

    def _after_change(self) -> None:
        self._quiet = False
        self.updateGeometry()
        self._select_marked()

    def _select_marked(self) -> None:
        at = self.folders.row_of(self._marked) if self._marked else -1
        self._quietly(self.folders.index(at) if at >= 0 else QModelIndex())

    def _quietly(self, index: QModelIndex) -> None:
        self._quiet = True
        selection = self.selectionModel()
        if not index.isValid():
            # The current row stays, for the arrow keys to go on from.
            selection.clearSelection()
        elif index != self.currentIndex() or not selection.isSelected(index):
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)
        self._quiet = False

    def _row_height(self) -> int:
        return max(theme.TARGET, self.fontMetrics().height() + 2 * theme.GRID)


class FolderPanel(QWidget):
    """The folders with their heading."""

    def __init__(
        self, folders: FolderModel, options: FolderOptions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._options = options
        self.view = FolderList(folders)
        heading = SecondaryLabel(self)
        heading.setFont(theme.caption_font())
        heading.setText(translate("Sidebar", "Folders"))
        self.sorting = MenuButton(translate("Sidebar", "Sort Folders"))
        self.sorting.setAutoRaise(True)
        self.sorting.setMenu(self._sort_menu())
        row = QHBoxLayout()
        row.setContentsMargins(theme.GRID + theme.GRID // 2, 0, theme.GRID, 0)
        row.addWidget(heading, 1)
        row.addWidget(self.sorting)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.view, 1)

    def full_height(self) -> int:
        """Return the height at which the heading and all open folders are in sight."""
        return self.sorting.sizeHint().height() + self.view.full_height()

    def _sort_menu(self) -> Menu:
        menu = Menu(self)
        group = QActionGroup(menu)
        for order, text in (
            (Order.NAME, translate("Sidebar", "By Name")),
            (Order.DATE, translate("Sidebar", "By Newest Photo")),
            (Order.PHOTOS, translate("Sidebar", "By Number of Photos")),
        ):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(order is self._options.order)
            action.setActionGroup(group)
            action.triggered.connect(lambda _=False, order=order: self._sort(order))
        return menu

    def _sort(self, order: Order) -> None:
        self._options.order = order
