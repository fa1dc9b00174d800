"""Controls below a photo: rotation, zoom, slideshow and full screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.page import ZOOM_STEP
from facesorter.gui.base.tool_button import LARGE, tool_button
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.view import PhotoView


def photo_button(
    icon: str, text: str, name: str, act: Callable[[], object] | None = None
) -> QToolButton:
    """Create a button for the bars around a photo."""
    return tool_button(icon, text, name, act, width=LARGE, height=LARGE, flat=True)


class ZoomButtons(QWidget):
    """Zoom out, the zoom, zoom in, fit, and actual size; for one or several linked views."""

    def __init__(self, view: Callable[[], PhotoView]) -> None:
        """Create the buttons; ``view`` returns the view that they act on."""
        super().__init__()
        self._view = view
        self.less = photo_button(
            "magnify-minus-outline",
            "−",
            keys.tip(translate("Photo", "Zoom out"), Shortcut.DECREASE),
            lambda: view().zoom(1 / ZOOM_STEP),
        )
        self.more = photo_button(
            "magnify-plus-outline",
            "+",
            keys.tip(translate("Photo", "Zoom in"), Shortcut.INCREASE),
            lambda: view().zoom(ZOOM_STEP),
        )
        self.fit = photo_button(
            "fit-to-page-outline",
            "▭",
            keys.tip(translate("Photo", "Fit to window"), Shortcut.FIT),
            lambda: view().fit(),
        )
        self.actual = photo_button(
            "image-size-select-actual",
            "1",
            keys.tip(translate("Photo", "Actual size"), Shortcut.ACTUAL_SIZE),
            lambda: view().actual_size(),
        )
        self.share = QLabel()
        self.share.setAlignment(Qt.AlignmentFlag.AlignCenter)
        widest = self.share.fontMetrics().horizontalAdvance(words.percent(16))
        self.share.setMinimumWidth(widest + theme.GRID)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        self.buttons = (self.less, self.more, self.fit, self.actual)
        for widget in (self.less, self.share, self.more, self.fit, self.actual):
            row.addWidget(widget)

    def show_zoom(self) -> None:
        """Show the view's zoom."""
        framing = self._view().framing
        known = not (framing.photo.isEmpty() or framing.view.isEmpty())
        self.share.setText(words.percent(framing.scale) if known else "")


class ViewBar(QWidget):
    """Bar with the controls that change how a photo is viewed."""

    def __init__(self, view: PhotoView) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.left = photo_button(
            "rotate-left",
            "↺",
            keys.tip(translate("Photo", "Rotate left"), Shortcut.ROTATE_LEFT),
        )
        self.right = photo_button(
            "rotate-right",
            "↻",
            keys.tip(translate("Photo", "Rotate right"), Shortcut.ROTATE_RIGHT),
        )
        self.play = photo_button(
            "play-box-outline", "▶", keys.tip(translate("Photo", "Slideshow"), Shortcut.PLAY)
        )
        self.full = photo_button("arrow-expand", "⛶", "")
        self.zoom = ZoomButtons(lambda: view)
        view.framed.connect(self.zoom.show_zoom)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        row.setSpacing(theme.GRID // 2)
        row.addWidget(self.left)
        row.addWidget(self.right)
        row.addStretch(1)
        row.addWidget(self.zoom)
        row.addStretch(1)
        row.addWidget(self.play)
        row.addWidget(self.full)
        self.buttons = (self.left, self.right, *self.zoom.buttons, self.play, self.full)
        self.set_full_screen(False)

    def set_full_screen(self, on: bool) -> None:
        """Show what the full-screen button does now."""
        text = translate("Photo", "Leave full screen") if on else translate("Photo", "Full screen")
        icons.put(self.full, "arrow-collapse" if on else "arrow-expand")
        tip = keys.tip(text, Shortcut.FULL_SCREEN)
        self.full.setToolTip(tip)
        self.full.setAccessibleName(tip)
