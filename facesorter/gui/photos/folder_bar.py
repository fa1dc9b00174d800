"""Bar above the photos of a folder: its path, and which of its photos are shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from facesorter.gui.base import theme
from facesorter.gui.base.folder_options import FolderOptions
from facesorter.gui.base.menus import Menu
from facesorter.gui.base.page_header import SecondaryLabel, Toggle
from facesorter.gui.base.tool_button import MenuButton
from facesorter.gui.i18n.words import translate
from facesorter.library.folder_tree import PhotoOrder

LONGEST: Final = 200
"""Width of the longest name, logical px; longer ones are elided."""


class Part(NamedTuple):
    """A folder on the way."""

    name: str
    key: str


class Breadcrumb(QWidget):
    """The folders on the way to a folder, each a button; the first ones give way to a menu.

    Signals:
        wanted: the key of the folder whose button was pressed.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: Sequence[Part] = ()
        self._buttons: list[QToolButton] = []
        self._signs: list[SecondaryLabel] = []
        self.more = MenuButton(translate("Photos", "Enclosing Folders"))
        self.more.setAutoRaise(True)
        self.more.hide()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.more)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(translate("Photos", "Path of the folder"))

    @property
    def parts(self) -> Sequence[Part]:
        """The folders from the watched one to the one shown."""
        return self._parts

    @property
    def buttons(self) -> Sequence[QToolButton]:
        """The button of each part, some of them hidden."""
        return self._buttons

    def set_parts(self, parts: Sequence[Part]) -> None:
        """Set the way, which ends with the folder shown."""
        if list(parts) == list(self._parts):
            return
        self._parts = list(parts)
        for widget in (*self._buttons, *self._signs):
            self._row.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._buttons, self._signs = [], []
        for at, part in enumerate(self._parts):
            sign = SecondaryLabel(self)
            sign.setText("›")
            button = QToolButton(self)
            button.setAutoRaise(True)
            button.setMinimumHeight(theme.TARGET)
            button.setFont(theme.body_font(bold=at == len(self._parts) - 1))
            name = button.fontMetrics().elidedText(part.name, Qt.TextElideMode.ElideMiddle, LONGEST)
            button.setText(name.replace("&", "&&"))
            button.setAccessibleName(part.name)
            if name != part.name:
                button.setToolTip(part.name)
            button.clicked.connect(lambda _=False, key=part.key: self.wanted.emit(key))
            self._row.insertWidget(self._row.count() - 1, sign)
            self._row.insertWidget(self._row.count() - 1, button)
            self._buttons.append(button)
            self._signs.append(sign)
        for before, after in pairwise([self.more, *self._buttons]):
            QWidget.setTabOrder(before, after)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        least = self._buttons[-1].sizeHint().width() if self._buttons else 0
        return QSize(theme.TARGET + least, theme.TARGET)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        widths = [
            button.sizeHint().width() + sign.sizeHint().width()
            for button, sign in zip(self._buttons, self._signs, strict=True)
        ]
        first = 0
        room = self.width()
        while first < len(widths) - 1 and sum(widths[first:]) > room:
            if first == 0:
                room -= theme.TARGET
            first += 1
        for at, (button, sign) in enumerate(zip(self._buttons, self._signs, strict=True)):
            button.setVisible(at >= first)
            sign.setVisible(at >= first and at > 0)
        self.more.setVisible(first > 0)
        if first:
            menu = Menu(self.more)
            for part in self._parts[:first]:
                action = menu.addAction(part.name.replace("&", "&&"))
                action.triggered.connect(lambda _=False, key=part.key: self.wanted.emit(key))
            self.more.setMenu(menu)


class FolderBar(QWidget):
    """Path, *With Subfolders*, and order of a folder's photos."""

    def __init__(self, options: FolderOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = options
        self.path = Breadcrumb()
        self.deep = Toggle(translate("Photos", "With Subfolders"))
        self.deep.setMinimumHeight(theme.TARGET)
        self.deep.toggled.connect(self._set_deep)
        self.sorting = QToolButton()
        self.sorting.setMinimumHeight(theme.TARGET)
        self.sorting.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sorting.setToolTip(translate("Photos", "Sort Photos"))
        self._orders = self._order_menu()
        self.sorting.setMenu(self._orders)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, 0, 2 * theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID)
        row.addWidget(self.path, 1)
        row.addWidget(self.deep)
        row.addWidget(self.sorting)
        options.photos_changed.connect(self._follow)
        self._follow()

    def _order_menu(self) -> Menu:
        menu = Menu(self)
        group = QActionGroup(menu)
        for order, text in (
            (PhotoOrder.NEWEST, translate("Photos", "Newest First")),
            (PhotoOrder.OLDEST, translate("Photos", "Oldest First")),
            (PhotoOrder.NAME, translate("Photos", "By Name")),
        ):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setActionGroup(group)
            action.setData(order)
            action.triggered.connect(lambda _=False, order=order: self._set_order(order))
        return menu

    def _set_deep(self, deep: bool) -> None:
        self._options.deep = deep

    def _set_order(self, order: PhotoOrder) -> None:
        self._options.photo_order = order

    def _follow(self) -> None:
        """Show what is chosen."""
        self.deep.setChecked(self._options.deep)
        order = self._options.photo_order
        chosen = next(each for each in self._orders.actions() if each.data() == order)
        chosen.setChecked(True)
        self.sorting.setText(chosen.text())
        self.sorting.setAccessibleName(f"{self.sorting.toolTip()}: {chosen.text()}")
