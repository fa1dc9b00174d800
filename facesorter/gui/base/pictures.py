"""Conversion of decoded photos to QImage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from facesorter.images.decode import Picture


def to_image(picture: Picture) -> QImage:
    """Convert RGB pixels (uint8, H x W x 3) to a QImage that owns its memory. Thread: any."""
    # Not picture.width and height: those are of the whole photo, and there may be fewer pixels.
    height, width = picture.pixels.shape[:2]
    data = picture.pixels.tobytes()
    image = QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)
