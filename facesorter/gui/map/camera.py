"""Visible part of the map: conversions between map and widget coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF

AIR: Final = 48.0
"""Margin around the whole map, logical px: names extend above faces."""
NEAREST: Final = 260.0
"""Distance of neighboring faces at maximum zoom, logical px: enough for a face crop."""


@dataclass(frozen=True)
class Camera:
    """Center and scale of the visible part of the map."""

    size: QSizeF
    """Widget size in logical px."""
    bounds: QRectF
    """Bounds of all faces, in map units."""
    spacing: float
    """Typical distance between neighbors, in map units."""
    middle: QPointF = field(default_factory=QPointF)
    scale: float = 1.0
    """Logical px per map unit."""

    def fitted(self) -> Camera:
        """Show the whole map."""
        return replace(self, middle=self.bounds.center(), scale=self.least())

    def least(self) -> float:
        """Minimum scale, at which the whole map is visible."""
        width, height = max(self.bounds.width(), 1e-6), max(self.bounds.height(), 1e-6)
        across, down = (
            max(side - 2 * AIR, side / 2) for side in (self.size.width(), self.size.height())
        )
        return max(1e-6, min(across / width, down / height))

    def most(self) -> float:
        """Maximum scale."""
        return max(4 * self.least(), NEAREST / max(self.spacing, 1e-6))

    def to_screen(self, point: QPointF) -> QPointF:
        """Convert from map to widget coordinates."""
        by = (point - self.middle) * self.scale
        return QPointF(self.size.width() / 2 + by.x(), self.size.height() / 2 + by.y())

    def to_map(self, point: QPointF) -> QPointF:
        """Convert from widget to map coordinates."""
        by = point - QPointF(self.size.width() / 2, self.size.height() / 2)
        return self.middle + by / self.scale

    def view(self) -> QRectF:
        """The visible area, in map units."""
        return QRectF(
            self.to_map(QPointF()), self.to_map(QPointF(self.size.width(), self.size.height()))
        )

    def zoomed(self, factor: float, at: QPointF) -> Camera:
        """Zoom while keeping one point of the widget fixed."""
        scale = min(self.most(), max(self.least() * 0.5, self.scale * factor))
        kept = self.to_map(at)
        by = at - QPointF(self.size.width() / 2, self.size.height() / 2)
        return replace(self, scale=scale, middle=kept - by / scale)._held()

    def moved(self, by: QPointF) -> Camera:
        """Pan by a distance in logical px."""
        return replace(self, middle=self.middle - by / self.scale)._held()

    def showing(self, point: QPointF, margin: float) -> Camera:
        """Pan just enough to make a point of the map visible."""
        at = self.to_screen(point)
        by = QPointF()
        for axis, length in (("x", self.size.width()), ("y", self.size.height())):
            edge = min(margin, length / 3)
            value = at.x() if axis == "x" else at.y()
            shift = max(edge - value, 0.0) - max(value - (length - edge), 0.0)
            by += QPointF(shift, 0) if axis == "x" else QPointF(0, shift)
        return self.moved(by) if by != QPointF() else self

    def _held(self) -> Camera:
        """Clamp the center to the area of the faces, so that the view never leaves the map."""
        x = min(self.bounds.right(), max(self.bounds.left(), self.middle.x()))
        y = min(self.bounds.bottom(), max(self.bounds.top(), self.middle.y()))
        return replace(self, middle=QPointF(x, y))
