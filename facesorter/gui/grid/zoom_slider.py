"""Slider for the tile size of a grid."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget

from facesorter.gui.base import theme, wheel
from facesorter.gui.grid.grid_view import LARGEST_TILE, SMALLEST_TILE, GridView
from facesorter.gui.i18n.words import translate


class ZoomSlider(QSlider):
    """Slider that sets a grid's tile size."""

    def __init__(self, view: GridView[Any], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(SMALLEST_TILE, LARGEST_TILE)
        self.setValue(view.tile)
        self.setFixedWidth(120)
        self.setMinimumHeight(theme.TARGET)
        self.setAccessibleName(translate("Header", "Thumbnail size"))
        self.setToolTip(self.accessibleName())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        wheel.require_focus(self)
        self.valueChanged.connect(view.set_tile)
        view.zoomed.connect(self.setValue)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if theme.is_dark(self.palette()):
            # The style's handle is as dark as the page.
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            part = QStyle.SubControl.SC_SliderHandle
            place = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self)
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.secondary_colour(self.palette()))
            painter.drawEllipse(QRectF(place).adjusted(1, 1, -1, -1))
