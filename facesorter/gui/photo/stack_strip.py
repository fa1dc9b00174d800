"""The photos of a stack as a strip of thumbnails below the photo shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QWidget

from facesorter.domain import PhotoId
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb
from facesorter.gui.i18n import photo_words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.library import stacks
from facesorter.library.stacks import Stack

SIDE: Final = 64
"""Of a picture, logical px."""
_STYLE: Final = """
QToolButton {{ border: 3px solid transparent; border-radius: {radius}px }}
QToolButton:checked {{ border-color: {accent} }}
QToolButton:focus {{ border-color: palette(text) }}
"""


class StackStrip(QScrollArea):
    """Row of the photos of a stack; hidden for a photo that is in none.

    Signals:
        wanted: show a photo of the stack.
    """

    wanted = Signal(int)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore) -> None:
        super().__init__()
        self._bridge, self._pixmaps = bridge, pixmaps
        self.buttons: dict[PhotoId, QToolButton] = {}
        self._thumbs: dict[PhotoId, Thumb] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(translate("Stacks", "Photos of this stack"))
        self.setFixedHeight(SIDE + 3 * theme.GRID)
        theme.slim(self)
        self._inside = QWidget()
        self._row = QHBoxLayout(self._inside)
        self._row.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        self._row.setSpacing(theme.GRID // 2)
        self._row.addStretch(1)
        self._row.addStretch(1)
        self.setWidget(self._inside)
        self.hide()
        pixmaps.arrived.connect(self._on_arrived)

    @property
    def ids(self) -> list[PhotoId]:
        """The photos of the stack, the one on top first; empty without one."""
        return list(self.buttons)

    def show_stack_of(self, photo_id: PhotoId | None) -> None:
        """Show the stack of a photo, or hide the row; None hides it."""
        if photo_id in self.buttons:
            self._mark(photo_id)
        if photo_id is None or not self._bridge.services.settings.stacks:
            self._set(None, None)
            return

        def done(stack: Stack | None) -> None:
            self._set(stack, photo_id)

        self._bridge.then(self._bridge.query(stacks.of, photo_id), done, owner=self)

    def _set(self, stack: Stack | None, photo_id: PhotoId | None) -> None:
        ids = [] if stack is None else list(stack.ids)
        if ids != self.ids:
            self._fill(stack)
        self.setVisible(bool(ids))
        if photo_id is not None:
            self._mark(photo_id)

    def _fill(self, stack: Stack | None) -> None:
        for button in self.buttons.values():
            button.deleteLater()
        self.buttons, self._thumbs = {}, {}
        if stack is None:
            return
        thumbnails = self._bridge.services.thumbnails
        accent = theme.accent(self.palette()).name()
        style = _STYLE.format(radius=theme.RADIUS, accent=accent)
        for at, (photo, role) in enumerate(zip(stack.photos, stack.roles, strict=True)):
            button = QToolButton()
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setStyleSheet(style)
            button.setFixedSize(SIDE + theme.GRID, SIDE + theme.GRID)
            button.setIconSize(QSize(SIDE, SIDE))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            parts = [file_name(photo.path), photo_words.role(role)]
            if not at:
                parts.append(photo_words.top(stack.reason))
            button.setToolTip("\n".join(filter(None, parts)))
            button.setAccessibleName(", ".join(filter(None, parts)))
            button.clicked.connect(lambda _=False, each=photo.id: self._press(each))
            self._row.insertWidget(self._row.count() - 1, button)
            self.buttons[photo.id] = button
            path = thumbnails.photo_path(photo)
            self._thumbs[photo.id] = Thumb("photo", photo.id, path)
            self._draw(photo.id)

    def _draw(self, photo_id: PhotoId) -> None:
        pixmap = self._pixmaps.get(self._thumbs[photo_id], round(SIDE * self.devicePixelRatioF()))
        if pixmap is not None:
            self.buttons[photo_id].setIcon(QIcon(pixmap))

    def _on_arrived(self, kind: str, photo_id: int) -> None:
        if kind == "photo" and photo_id in self.buttons:
            self._draw(PhotoId(photo_id))

    def _press(self, photo_id: PhotoId) -> None:
        self._mark(photo_id)
        self.wanted.emit(photo_id)

    def _mark(self, photo_id: PhotoId) -> None:
        for each, button in self.buttons.items():
            button.setChecked(each == photo_id)
        if photo_id in self.buttons:
            self.ensureWidgetVisible(self.buttons[photo_id])
