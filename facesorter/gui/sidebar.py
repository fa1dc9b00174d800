"""The sidebar: the pages with their badges, the watched folders, and Add folder…."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Folder, FolderState
from facesorter.gui import icons, theme, words
from facesorter.gui.photo_model import file_name
from facesorter.gui.words import translate

WIDTH: Final = 224
NARROW: Final = 176
"""Width of the sidebar in a small window."""
PHOTOS: Final = "photos"
PEOPLE: Final = "people"
REVIEW: Final = "review"
UNKNOWN: Final = "unknown"
MAP: Final = "map"

_KEY: Final = Qt.ItemDataRole.UserRole
_BADGE: Final = Qt.ItemDataRole.UserRole + 1
_ICON: Final = Qt.ItemDataRole.UserRole + 2
_PALE: Final = Qt.ItemDataRole.UserRole + 3
_EJECTED: Final = Qt.ItemDataRole.UserRole + 4


class _EntryDelegate(QStyledItemDelegate):
    """An icon, a name, and at the right a badge or the eject mark."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        height = option.fontMetrics.height() + 2 * theme.GRID
        return QSize(0, max(theme.TARGET, height))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect: QRect = option.rect.adjusted(theme.GRID // 2, 1, -theme.GRID // 2, -1)
        palette = QPalette(option.palette)
        # The heading can't be chosen, but it must be read: no disabled tones.
        palette.setCurrentColorGroup(QPalette.ColorGroup.Active)
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        quiet = theme.quiet(palette, QPalette.ColorRole.Window)
        colour = palette.color(QPalette.ColorRole.WindowText)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent(palette))
            painter.drawRoundedRect(rect, 6, 6)
            colour = quiet = palette.color(QPalette.ColorRole.HighlightedText)
        elif index.data(_PALE):
            colour = quiet
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(colour)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), 5, 5)
        if not index.data(_KEY):
            painter.setFont(theme.caption_font())
            painter.setPen(quiet)
            line = rect.adjusted(theme.GRID, 0, 0, -2)
            painter.drawText(line, Qt.AlignmentFlag.AlignBottom, index.data())
            painter.restore()
            return
        ratio = painter.device().devicePixelRatio()
        glyph = icons.pixmap(index.data(_ICON), 18, colour, ratio)
        if glyph is not None:
            painter.drawPixmap(rect.x() + theme.GRID, rect.center().y() - 8, glyph)
        right = rect.right() - theme.GRID
        if index.data(_EJECTED):
            mark = icons.pixmap("eject", 16, quiet, ratio)
            if mark is not None:
                painter.drawPixmap(right - 16, rect.center().y() - 7, mark)
            right -= 20
        badge = index.data(_BADGE)
        if badge:
            painter.setFont(theme.caption_font())
            painter.setPen(quiet)
            width = painter.fontMetrics().horizontalAdvance(badge)
            place = QRect(right - width, rect.y(), width, rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, badge)
            right -= width + theme.GRID
        painter.setFont(theme.body_font())
        painter.setPen(colour)
        left = rect.x() + theme.GRID + 26
        room = QRect(left, rect.y(), right - left, rect.height())
        text = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class Sidebar(QWidget):
    """Where to go.

    Signals:
        page_wanted: `PHOTOS`, `PEOPLE`, `REVIEW`, `UNKNOWN` or `MAP`.
        folder_wanted: a folder's id.
        add_wanted: folders shall be added.
        stop_wanted: a folder shall no longer be shown; its id and path.
        show_wanted: a path shall be shown in the file manager.
        strangers_wanted: everybody unnamed in a folder shall be set aside; its id.
    """

    page_wanted = Signal(str)
    folder_wanted = Signal(int)
    add_wanted = Signal()
    stop_wanted = Signal(int, str)
    show_wanted = Signal(str)
    strangers_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._folders: list[Folder] = []
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setItemDelegate(_EntryDelegate(self.list))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(translate("Sidebar", "Pages and folders"))
        self.list.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.currentItemChanged.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self._photos = self._entry(translate("Sidebar", "Photos"), PHOTOS, "image-multiple-outline")
        self._people = self._entry(translate("Sidebar", "People"), PEOPLE, "account-group-outline")
        self._review = self._entry(
            translate("Sidebar", "Review"), REVIEW, "account-question-outline"
        )
        self._entry(translate("Sidebar", "Unknown faces"), UNKNOWN, "face-man-outline")
        self._entry(translate("Sidebar", "Map of faces"), MAP, "scatter-plot-outline")
        self._pages = self.list.count()
        self.add = QPushButton(translate("Sidebar", "Add folder…"))
        self.add.setMinimumHeight(theme.TARGET)
        self.add.clicked.connect(self.add_wanted)
        icons.put(self.add, "plus")
        self.more = QToolButton()
        self.more.setFixedSize(theme.TARGET, theme.TARGET)
        self.more.setText("⋯")
        self.more.setAccessibleName(translate("Sidebar", "More"))
        self.more.setToolTip(translate("Sidebar", "More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        foot.addWidget(self.add, 1)
        foot.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.GRID, 0, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.list, 1)
        column.addLayout(foot)

    def set_people(self, worth_naming: int, named: int) -> None:
        """Show how many questions wait, or else how many people have names."""
        self._people.setData(
            _BADGE, words.number(worth_naming or named) if worth_naming or named else ""
        )
        if worth_naming:
            said = translate("Sidebar", "%Ln group(s) without a name", "", worth_naming)
        else:
            said = translate("Sidebar", "%Ln named person(s)", "", named)
        self._people.setToolTip(said)
        self._people.setData(Qt.ItemDataRole.AccessibleTextRole, f"{self._people.text()}, {said}")

    def set_questions(self, waiting: int) -> None:
        """Show how many questions wait."""
        self._review.setData(_BADGE, words.number(waiting) if waiting else "")
        said = (
            translate("Sidebar", "%Ln question(s) to answer", "", waiting)
            if waiting
            else translate("Sidebar", "Nothing to ask")
        )
        self._review.setToolTip(said)
        self._review.setData(Qt.ItemDataRole.AccessibleTextRole, f"{self._review.text()}, {said}")

    def set_folders(self, folders: Sequence[Folder]) -> None:
        """List the watched folders."""
        if list(folders) == self._folders:
            return
        self._folders = list(folders)
        chosen = self.list.currentItem().data(_KEY) if self.list.currentItem() else PHOTOS
        self.list.blockSignals(True)
        while self.list.count() > self._pages:
            self.list.takeItem(self._pages)
        if folders:
            heading = QListWidgetItem(translate("Sidebar", "Folders"), self.list)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
        for folder in folders:
            item = self._entry(file_name(folder.path), str(folder.id), "folder-outline")
            item.setToolTip(folder.path)
            if folder.state is FolderState.UNPLUGGED:
                item.setData(_PALE, True)
                item.setData(_EJECTED, True)
                said = translate(
                    "Sidebar",
                    "{folder} can't be reached. Its photos and names are kept; "
                    "connect the drive and they come back.",
                ).format(folder=folder.path)
                item.setToolTip(said)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        self.list.blockSignals(False)
        self.mark(chosen)

    def mark(self, key: str) -> None:
        """Show which page is open without going there."""
        self.list.blockSignals(True)
        for at in range(self.list.count()):
            if self.list.item(at).data(_KEY) == key:
                self.list.setCurrentRow(at)
        self.list.blockSignals(False)

    def current_key(self) -> str:
        """Return the key of the entry that is marked."""
        item = self.list.currentItem()
        return str(item.data(_KEY)) if item is not None else PHOTOS

    def _entry(self, text: str, key: str, icon: str) -> QListWidgetItem:
        item = QListWidgetItem(text, self.list)
        item.setData(_KEY, key)
        item.setData(_ICON, icon)
        return item

    def _go(self, item: QListWidgetItem | None, _previous: object = None) -> None:
        key = item.data(_KEY) if item is not None else None
        if key in (PHOTOS, PEOPLE, REVIEW, UNKNOWN, MAP):
            self.page_wanted.emit(key)
        elif key:
            self.folder_wanted.emit(int(key))

    def _show_menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        folder = next(
            (f for f in self._folders if item is not None and item.data(_KEY) == str(f.id)), None
        )
        if folder is None:
            return
        menu = QMenu(self)
        show = menu.addAction(translate("Sidebar", "Show in file manager"))
        show.triggered.connect(lambda: self.show_wanted.emit(folder.path))
        sweep = menu.addAction(translate("Sidebar", "Set strangers in it aside"))
        sweep.triggered.connect(lambda: self.strangers_wanted.emit(folder.id))
        stop = menu.addAction(translate("Sidebar", "Stop showing this folder"))
        stop.triggered.connect(lambda: self.stop_wanted.emit(folder.id, folder.path))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.list.viewport().mapToGlobal(at))
