"""How folders are shown: the user's last choice, remembered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QObject, QSettings, Signal

from facesorter.library.folder_tree import Order, PhotoOrder

MOST_KEPT: Final = 1000
"""Opened folders that are kept for the next start."""


class FolderOptions(QObject):
    """Choices about folders. Thread: GUI.

    Signals:
        photos_changed: which photos of a folder are shown, or their order.
        order_changed: the order of folders.
    """

    photos_changed = Signal()
    order_changed = Signal()

    def __init__(self, settings: QSettings | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._deep = self._value("deep", "true") != "false"
        first = self._value("photo-order", PhotoOrder.NEWEST.value)
        self._photo_order = PhotoOrder(first) if first in list(PhotoOrder) else PhotoOrder.NEWEST
        width = self._value("width", "0")
        self._sidebar_width = int(width) if width.isdecimal() else 0
        order = self._value("order", Order.NAME.value)
        self._order = Order(order) if order in list(Order) else Order.NAME

    @property
    def deep(self) -> bool:
        """Whether a folder shows the photos of its subfolders too."""
        return self._deep

    @deep.setter
    def deep(self, deep: bool) -> None:
        if deep != self._deep:
            self._deep = deep
            self._keep("deep", "true" if deep else "false")
            self.photos_changed.emit()

    @property
    def photo_order(self) -> PhotoOrder:
        """The order of the photos of a folder."""
        return self._photo_order

    @photo_order.setter
    def photo_order(self, order: PhotoOrder) -> None:
        if order is not self._photo_order:
            self._photo_order = order
            self._keep("photo-order", order.value)
            self.photos_changed.emit()

    @property
    def sidebar_width(self) -> int:
        """The width of the sidebar that the user chose for long names, logical px; 0: none."""
        return self._sidebar_width

    @sidebar_width.setter
    def sidebar_width(self, width: int) -> None:
        self._sidebar_width = width
        self._keep("width", str(width))

    @property
    def order(self) -> Order:
        """The order of folders in the sidebar."""
        return self._order

    @order.setter
    def order(self, order: Order) -> None:
        if order is not self._order:
            self._order = order
            self._keep("order", order.value)
            self.order_changed.emit()

    def opened(self) -> set[str]:
        """Return the keys of the folders that were open the last time."""
        kept = self._value("opened", "")
        return set(kept.split("\n")) if kept else set()

    def keep_opened(self, keys: Iterable[str]) -> None:
        """Keep which folders are open."""
        self._keep("opened", "\n".join(sorted(keys)[:MOST_KEPT]))

    def _value(self, name: str, default: str) -> str:
        if self._settings is None:
            return default
        return str(self._settings.value(f"folders/{name}", default))

    def _keep(self, name: str, value: str) -> None:
        if self._settings is not None:
            self._settings.setValue(f"folders/{name}", value)
