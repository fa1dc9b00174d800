"""The bar above a photo: its name and date, its position in the list, and actions."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from facesorter.domain import Photo
from facesorter.gui.base import keys, theme
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.gui.photo.labels import PhotoLabels
from facesorter.gui.photo.live_photo import LivePhotoButton
from facesorter.gui.photo.view_bar import photo_button


class PhotoHeader(QWidget):
    """The bar above a photo; `title` and `position` are told, buttons are connected by the page."""

    def __init__(self, marks: PhotoLabels, moving: LivePhotoButton, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self._full_title = self._short_title = ""
        self.leave = photo_button("arrow-left", "←", translate("Photo", "Back (Esc)"))
        self.title = QLabel()
        self.title.setMinimumWidth(40)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.position = QLabel()
        self.before = photo_button("chevron-left", "‹", translate("Photo", "Previous photo (←)"))
        self.after = photo_button("chevron-right", "›", translate("Photo", "Next photo (→)"))
        self.sweep = photo_button(
            "account-multiple-remove-outline",
            "⊘",
            keys.tip(translate("Photo", "Hide all unnamed people"), Shortcut.HIDE_UNNAMED),
        )
        self.draw = photo_button(
            "vector-square-edit",
            "▢",
            translate("Photo", "Mark missed faces or adjust boxes ({key}, or Ctrl+drag)").format(
                key=keys.shown(Shortcut.DRAW)
            ),
        )
        self.draw.setCheckable(True)
        tip = keys.tip(translate("Photo", "Show faces"), Shortcut.BOXES)
        self.toggle = photo_button("face-recognition", "B", tip)
        self.toggle.setCheckable(True)
        self.toggle.setChecked(True)
        tip = keys.tip(translate("Photo", "Details"), Shortcut.DETAILS)
        self.about = photo_button("information-outline", "i", tip)
        faces = (self.sweep, self.draw, self.toggle, self.about)
        self._aside = (self.position, self.before, self.after, *faces)
        self.stops = (self.leave, self.before, self.after, *marks.buttons, *faces)
        """Buttons in the order that Tab takes."""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        layout.setSpacing(theme.GRID // 2)
        layout.addWidget(self.leave)
        layout.addWidget(self.title, 1)
        for widget in (moving, self.position, self.before, self.after, *marks.buttons, *faces):
            layout.addWidget(widget)

    def show_photo(self, photo: Photo | None) -> None:
        """Show a photo's name and date; neither for None."""
        self._full_title = self._short_title = ""
        if photo is not None:
            name = file_name(photo.path)
            date = words.date(photo.taken_at[:10]) or words.no_date()
            self._full_title = f"{name}  ·  {words.day(photo.taken_at)}"
            self._short_title = f"{name}  ·  {date}"
        self.title.setToolTip(photo.path if photo is not None else "")
        self._fit()

    def show_position(self, at: int, count: int) -> None:
        """Show where in the list the photo is, from 0."""
        self.position.setText(
            translate("Photo", "{n} of {all}").format(
                n=words.number(at + 1), all=words.number(count)
            )
        )

    def set_slideshow(self, active: bool) -> None:
        """Hide what a slideshow has in its own bar, or has no use for."""
        for widget in self._aside:
            widget.setVisible(not active)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The layout has to give the title its new width first.
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        metrics, elide = self.title.fontMetrics(), Qt.TextElideMode.ElideRight
        room = self.title.width()
        title = (
            self._full_title
            if metrics.horizontalAdvance(self._full_title) <= room
            else self._short_title
        )
        self.title.setText(metrics.elidedText(title, elide, room))
