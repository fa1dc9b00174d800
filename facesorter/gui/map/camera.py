"""Which part of the map is in sight: arithmetic between its plane and the widget."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF

AIR: Final = 48.0
"""Logical px left free around the whole map: names stand above faces."""
NEAREST: Final = 260.0
"""Logical px between a face and its neighbours at the strongest zoom: a crop has room."""


@dataclass(frozen=True)
class Camera:
    """The middle of what is in sight, and how large it is shown."""

    size: QSizeF
    """Of the widget, in logical px."""
    bounds: QRectF
    """Of all faces, in the map's units."""
    spacing: float
    """Usual distance of neighbours, in the map's units."""
    middle: QPointF = field(default_factory=QPointF)
    scale: float = 1.0
    """Logical px per unit."""

    def fitted(self) -> Camera:
        """Show everything."""
        return replace(self, middle=self.bounds.center(), scale=self.least())

    def least(self) -> float:
        """The scale at which everything is in sight."""
        width, height = max(self.bounds.width(), 1e-6), max(self.bounds.height(), 1e-6)
        across, down = (
            max(side - 2 * AIR, side / 2) for side in (self.size.width(), self.size.height())
        )
        return max(1e-6, min(across / width, down / height))

    def most(self) -> float:
        """The largest scale."""
        return max(4 * self.least(), NEAREST / max(self.spacing, 1e-6))

    def to_screen(self, point: QPointF) -> QPointF:
        """From the map to the widget."""
        by = (point - self.middle) * self.scale
        return QPointF(self.size.width() / 2 + by.x(), self.size.height() / 2 + by.y())

    def to_map(self, point: QPointF) -> QPointF:
        """From the widget to the map."""
        by = point - QPointF(self.size.width() / 2, self.size.height() / 2)
        return self.middle + by / self.scale

    def view(self) -> QRectF:
        """What is in sight, in the map's units."""
        return QRectF(
            self.to_map(QPointF()), self.to_map(QPointF(self.size.width(), self.size.height()))
        )

    def zoomed(self, factor: float, at: QPointF) -> Camera:
        """Zoom; what is at a point of the widget stays there."""
        scale = min(self.most(), max(self.least() * 0.5, self.scale * factor))
        kept = self.to_map(at)
        by = at - QPointF(self.size.width() / 2, self.size.height() / 2)
        return replace(self, scale=scale, middle=kept - by / scale)._held()

    def moved(self, by: QPointF) -> Camera:
        """Drag by some logical px."""
        return replace(self, middle=self.middle - by / self.scale)._held()

    def showing(self, point: QPointF, margin: float) -> Camera:
        """Move as little as it takes to have a point of the map in sight."""
        at = self.to_screen(point)
        by = QPointF()
        for axis, length in (("x", self.size.width()), ("y", self.size.height())):
            edge = min(margin, length / 3)
            value = at.x() if axis == "x" else at.y()
            shift = max(edge - value, 0.0) - max(value - (length - edge), 0.0)
            by += QPointF(shift, 0) if axis == "x" else QPointF(0, shift)
        return self.moved(by) if by != QPointF() else self

    def _held(self) -> Camera:
        """Never leave the map: the middle of the widget stays among the faces."""
        x = min(self.bounds.right(), max(self.bounds.left(), self.middle.x()))
        y = min(self.bounds.bottom(), max(self.bounds.top(), self.middle.y()))
        return replace(self, middle=QPointF(x, y))
