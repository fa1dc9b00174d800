"""Pure geometry of boxes being drawn, moved and resized, in fractions of the photo."""

from __future__ import annotations

from enum import Enum
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt

from facesorter.domain import Region

HANDLE: Final = 9.0
"""Side of a painted handle, px."""
REACH: Final = 11.0
"""Maximum distance of a press from a handle, px; together with the handle's side, this makes the
target about as high as other clickable controls.
"""
SMALLEST: Final = 0.004
"""Minimum side of a box, as a fraction of the photo: 16 pixels of a 12-megapixel photo, the
smallest face that the analysis accepts.
"""


class Grip(Enum):
    """Dragged part of a box: which edges follow the pointer (left, top, right, bottom)."""

    MOVE = (1, 1, 1, 1)
    NORTH_WEST = (1, 1, 0, 0)
    NORTH = (0, 1, 0, 0)
    NORTH_EAST = (0, 1, 1, 0)
    EAST = (0, 0, 1, 0)
    SOUTH_EAST = (0, 0, 1, 1)
    SOUTH = (0, 0, 0, 1)
    SOUTH_WEST = (1, 0, 0, 1)
    WEST = (1, 0, 0, 0)


CURSORS: Final = {
    Grip.MOVE: Qt.CursorShape.SizeAllCursor,
    Grip.NORTH_WEST: Qt.CursorShape.SizeFDiagCursor,
    Grip.SOUTH_EAST: Qt.CursorShape.SizeFDiagCursor,
    Grip.NORTH_EAST: Qt.CursorShape.SizeBDiagCursor,
    Grip.SOUTH_WEST: Qt.CursorShape.SizeBDiagCursor,
    Grip.NORTH: Qt.CursorShape.SizeVerCursor,
    Grip.SOUTH: Qt.CursorShape.SizeVerCursor,
    Grip.EAST: Qt.CursorShape.SizeHorCursor,
    Grip.WEST: Qt.CursorShape.SizeHorCursor,
}


def handles(box: QRectF) -> dict[Grip, QPointF]:
    """Return the center of each handle of a box in view coordinates."""
    x, y = box.center().x(), box.center().y()
    return {
        Grip.NORTH_WEST: box.topLeft(),
        Grip.NORTH_EAST: box.topRight(),
        Grip.SOUTH_EAST: box.bottomRight(),
        Grip.SOUTH_WEST: box.bottomLeft(),
        Grip.NORTH: QPointF(x, box.top()),
        Grip.EAST: QPointF(box.right(), y),
        Grip.SOUTH: QPointF(x, box.bottom()),
        Grip.WEST: QPointF(box.left(), y),
    }


def grip_at(box: QRectF, point: QPointF) -> Grip | None:
    """Return the part of a box at a point: a handle, or the inside, which moves the box."""
    near = {
        grip: (at - point).manhattanLength()
        for grip, at in handles(box).items()
        if max(abs(at.x() - point.x()), abs(at.y() - point.y())) <= REACH
    }
    inside = box.contains(point)
    if inside and near and (box.center() - point).manhattanLength() < min(near.values()):
        # In a small box the handles would leave no area to move it by.
        return Grip.MOVE
    if near:
        return min(near, key=lambda grip: near[grip])
    return Grip.MOVE if inside else None


def dragged(region: Region, grip: Grip, dx: float, dy: float) -> Region:
    """Return a region with edges dragged; it stays within the photo and is never empty."""
    left, top, right, bottom = grip.value
    if grip is Grip.MOVE:
        return moved(region, dx, dy)
    x0, y0 = region.x + left * dx, region.y + top * dy
    x1, y1 = region.x + region.w + right * dx, region.y + region.h + bottom * dy
    if left:
        x0 = min(x0, x1 - SMALLEST)
    else:
        x1 = max(x1, x0 + SMALLEST)
    if top:
        y0 = min(y0, y1 - SMALLEST)
    else:
        y1 = max(y1, y0 + SMALLEST)
    return _inside(x0, y0, x1, y1)


def moved(region: Region, dx: float, dy: float) -> Region:
    """Return a region moved within the photo, keeping its size."""
    x = min(max(0.0, region.x + dx), 1 - region.w)
    y = min(max(0.0, region.y + dy), 1 - region.h)
    return Region(x, y, region.w, region.h)


def grown(region: Region, dw: float, dh: float) -> Region:
    """Return a region enlarged around its center, limited to the photo."""
    w = min(1.0, max(SMALLEST, region.w + dw))
    h = min(1.0, max(SMALLEST, region.h + dh))
    x = min(max(0.0, region.x + (region.w - w) / 2), 1 - w)
    y = min(max(0.0, region.y + (region.h - h) / 2), 1 - h)
    return Region(x, y, w, h)


def between(one: QPointF, other: QPointF, photo: QRectF) -> Region | None:
    """Return the region between two points of the view; None if it is outside the photo."""
    band = QRectF(one, other).normalized().intersected(photo)
    if photo.isEmpty() or band.width() <= 0 or band.height() <= 0:
        return None
    return _inside(
        (band.left() - photo.x()) / photo.width(),
        (band.top() - photo.y()) / photo.height(),
        (band.right() - photo.x()) / photo.width(),
        (band.bottom() - photo.y()) / photo.height(),
    )


def in_the_middle(photo: QRectF, view: QRectF) -> Region | None:
    """Return an initial box at the center of the visible area, with a quarter of its height."""
    seen = photo.intersected(view)
    if seen.isEmpty():
        return None
    side = min(seen.width(), seen.height()) / 4
    box = QRectF(0, 0, side, side * 1.25)
    box.moveCenter(seen.center())
    return between(box.topLeft(), box.bottomRight(), photo)


def _inside(x0: float, y0: float, x1: float, y1: float) -> Region:
    x0, y0 = min(max(0.0, x0), 1 - SMALLEST), min(max(0.0, y0), 1 - SMALLEST)
    x1, y1 = min(max(x0 + SMALLEST, x1), 1.0), min(max(y0 + SMALLEST, y1), 1.0)
    return Region(x0, y0, x1 - x0, y1 - y0)
