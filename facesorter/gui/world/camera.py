"""The visible part of the world: conversions between map and widget coordinates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF

NEAREST: Final = 256.0 * 2**14
"""Side of the world at the highest zoom, logical px: 10 m a pixel, a street. The map has no more to
show, but photos are this far apart."""


@dataclass(frozen=True)
class WorldCamera:
    """Center and scale; map coordinates are those of `geo.world.mercator`."""

    size: QSizeF
    """Widget size in logical px."""
    middle: QPointF
    scale: float
    """Side of the whole world, logical px."""

    def least(self) -> float:
        """Return the minimum scale, at which the world is as large as the widget, but not less."""
        return max(self.size.width(), self.size.height(), 256.0)

    def to_screen(self, x: float, y: float) -> QPointF:
        """Convert from map to widget coordinates."""
        return QPointF(
            self.size.width() / 2 + (x - self.middle.x()) * self.scale,
            self.size.height() / 2 + (y - self.middle.y()) * self.scale,
        )

    def to_map(self, point: QPointF) -> QPointF:
        """Convert from widget to map coordinates."""
        by = point - QPointF(self.size.width() / 2, self.size.height() / 2)
        return self.middle + by / self.scale

    def view(self, beyond: float = 0.0) -> QRectF:
        """Return the visible area and more: ``beyond`` times its size on each side."""
        whole = QRectF(
            self.to_map(QPointF()), self.to_map(QPointF(self.size.width(), self.size.height()))
        )
        by = whole.width() * beyond, whole.height() * beyond
        return whole.adjusted(-by[0], -by[1], by[0], by[1])

    def zoomed(self, factor: float, at: QPointF) -> WorldCamera:
        """Zoom while keeping one point of the widget fixed."""
        scale = min(NEAREST, max(self.least(), self.scale * factor))
        by = at - QPointF(self.size.width() / 2, self.size.height() / 2)
        return replace(self, scale=scale, middle=self.to_map(at) - by / scale).held()

    def moved(self, by: QPointF) -> WorldCamera:
        """Pan by a distance in logical px."""
        return replace(self, middle=self.middle - by / self.scale).held()

    def showing(self, area: QRectF, margin: float) -> WorldCamera:
        """Show an area of the map with a margin in logical px."""
        across, down = self.size.width() - 2 * margin, self.size.height() - 2 * margin
        scale = min(
            max(across, 1.0) / max(area.width(), 1e-9), max(down, 1.0) / max(area.height(), 1e-9)
        )
        # Photos of one place: a city with its surroundings.
        scale = max(self.least(), min(scale, 256.0 * 2**8))
        return replace(self, scale=scale, middle=area.center()).held()

    def held(self) -> WorldCamera:
        """Keep the poles out of the middle; around the equator the world goes on."""
        scale = max(self.scale, self.least())
        half = min(self.size.height() / 2 / scale, 0.5)
        y = min(1 - half, max(half, self.middle.y()))
        return replace(self, scale=scale, middle=QPointF(self.middle.x() % 1.0, y))
