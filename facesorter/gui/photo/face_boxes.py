"""Placement of a photo, its face boxes and their name chips in the window; pure geometry.

Regions are fractions of the upright photo, as is everything drawn: orientation has already been
applied to the pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF

from facesorter.domain import Region

CHIP_GAP: Final = 4.0
"""Space between a box and its chip, px."""
MOST_ZOOM: Final = 16.0
"""Relative to the fitted size."""


@dataclass(frozen=True)
class Framing:
    """Placement of a photo in a view: 1.0 fits it, larger values zoom in around a fixed point."""

    photo: QSizeF
    """Size of the photo as it is shown, px."""
    view: QSizeF
    zoom: float = 1.0
    centre: QPointF = field(default_factory=lambda: QPointF(0.5, 0.5))
    """The point of the photo at the center of the view, in fractions."""
    ratio: float = 1.0
    """Device pixels per logical px of the view."""

    @property
    def fitted(self) -> float:
        """Device pixels per pixel of the fitted photo."""
        if self.photo.isEmpty() or self.view.isEmpty():
            return 1.0
        across = self.view.width() / self.photo.width()
        return self.ratio * min(across, self.view.height() / self.photo.height())

    @property
    def scale(self) -> float:
        """Device pixels per pixel of the photo: 1.0 is actual size."""
        return self.zoom * self.fitted

    def rect(self) -> QRectF:
        """Return the rectangle of the whole photo in view coordinates; parts may lie outside."""
        if self.photo.isEmpty() or self.view.isEmpty():
            return QRectF()
        scale = self.scale / self.ratio
        width, height = self.photo.width() * scale, self.photo.height() * scale
        return QRectF(
            _edge(width, self.view.width(), self.centre.x()),
            _edge(height, self.view.height(), self.centre.y()),
            width,
            height,
        )

    def zoomed(self, factor: float, at: QPointF) -> Framing:
        """Zoom while keeping the point under ``at`` (view coordinates) fixed."""
        actual = 1 / self.fitted
        # A small photo is enlarged to fit, and can be shrunk to its actual size.
        zoom = min(max(MOST_ZOOM, 2 * actual), max(min(1.0, actual), self.zoom * factor))
        before = self.rect()
        if before.isEmpty() or zoom == self.zoom:
            return self
        fx = (at.x() - before.x()) / before.width()
        fy = (at.y() - before.y()) / before.height()
        ratio = zoom / self.zoom
        width, height = before.width() * ratio, before.height() * ratio
        centre = QPointF(
            fx + (self.view.width() / 2 - at.x()) / width,
            fy + (self.view.height() / 2 - at.y()) / height,
        )
        return replace(self, zoom=zoom, centre=centre)._settled()

    def at_actual_size(self, at: QPointF) -> Framing:
        """Zoom to one device pixel per pixel of the photo."""
        return self.zoomed(1 / self.scale, at)

    def moved(self, by: QPointF) -> Framing:
        """Pan by some pixels, no farther than the photo's edges."""
        rect = self.rect()
        if rect.isEmpty():
            return self
        centre = self.centre - QPointF(by.x() / rect.width(), by.y() / rect.height())
        return replace(self, centre=centre)._settled()

    def resized(self, view: QSizeF, ratio: float) -> Framing:
        """Keep zoom and center in a view of another size or on another screen."""
        return replace(self, view=view, ratio=ratio)._settled()

    def like(self, other: Framing) -> Framing:
        """Take over zoom and center from another photo's framing."""
        return replace(self, zoom=other.zoom, centre=other.centre)._settled()

    def _settled(self) -> Framing:
        """Recompute the center from the bounded place: drags past an edge must not add up."""
        rect = self.rect()
        if rect.isEmpty():
            return self
        centre = QPointF(
            (self.view.width() / 2 - rect.x()) / rect.width(),
            (self.view.height() / 2 - rect.y()) / rect.height(),
        )
        return replace(self, centre=centre)


def _edge(length: float, view: float, centre: float) -> float:
    if length <= view:
        return (view - length) / 2
    return min(0.0, max(view - length, view / 2 - centre * length))


def box(region: Region, photo: QRectF) -> QRectF:
    """Return a face's box in view coordinates."""
    return QRectF(
        photo.x() + region.x * photo.width(),
        photo.y() + region.y * photo.height(),
        region.w * photo.width(),
        region.h * photo.height(),
    )


def place_chips(boxes: Sequence[QRectF], sizes: Sequence[QSizeF], bounds: QRectF) -> list[QRectF]:
    """Place a chip outside each box, clear of other boxes and chips if there is room.

    Below is preferred, then above, right and left; if none is free, the least covered place is
    used.
    """
    placed: list[QRectF] = []
    for own, size in zip(boxes, sizes, strict=True):
        others = [each for each in boxes if each is not own] + placed
        candidates = [_within(each, bounds) for each in _around(own, size)]
        placed.append(min(candidates, key=lambda chip: _covered(chip, own, others)))
    return placed


def _around(own: QRectF, size: QSizeF) -> list[QRectF]:
    middle_x = own.center().x() - size.width() / 2
    middle_y = own.center().y() - size.height() / 2
    corners = (
        QPointF(middle_x, own.bottom() + CHIP_GAP),
        QPointF(middle_x, own.top() - CHIP_GAP - size.height()),
        QPointF(own.right() + CHIP_GAP, middle_y),
        QPointF(own.left() - CHIP_GAP - size.width(), middle_y),
    )
    return [QRectF(corner, size) for corner in corners]


def _within(chip: QRectF, bounds: QRectF) -> QRectF:
    x = min(max(chip.x(), bounds.left()), max(bounds.left(), bounds.right() - chip.width()))
    y = min(max(chip.y(), bounds.top()), max(bounds.top(), bounds.bottom() - chip.height()))
    return QRectF(x, y, chip.width(), chip.height())


def _covered(chip: QRectF, own: QRectF, others: Sequence[QRectF]) -> float:
    def shared(other: QRectF) -> float:
        common = chip.intersected(other)
        return common.width() * common.height()

    # Its own face counts twice: a chip must not cover the face that it names.
    return 2 * shared(own) + sum(shared(other) for other in others)
