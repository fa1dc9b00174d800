"""Dragging tiles within the window: their ids, and the image under the pointer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag, QDropEvent, QPixmap
from PySide6.QtWidgets import QWidget

FACES: Final = "application/x-facesorter-faces"
PERSONS: Final = "application/x-facesorter-persons"
PHOTOS: Final = "application/x-facesorter-photos"
SIDE: Final = 72
"""Side of the picture under the pointer, px."""


def start_drag(
    source: QWidget,
    kind: str,
    ids: Iterable[int],
    picture: QPixmap | None,
    action: Qt.DropAction,
    files: Iterable[str] = (),
) -> None:
    """Drag ids, and files for other programs, until they are dropped; blocks in Qt's own loop."""
    data = QMimeData()
    if urls := [QUrl.fromLocalFile(path) for path in files]:
        data.setUrls(urls)
    data.setData(kind, QByteArray(",".join(map(str, ids)).encode()))
    drag = QDrag(source)
    drag.setMimeData(data)
    if picture is not None:
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(SIDE // 2, SIDE // 2))
    drag.exec(action)


def drag_pixmap(picture: QPixmap | None) -> QPixmap | None:
    """Return the square picture shown under the pointer."""
    if picture is None:
        return None
    return picture.scaled(SIDE, SIDE, mode=Qt.TransformationMode.SmoothTransformation)


def ids_from_mime(event: QDropEvent, kind: str) -> list[int] | None:
    """Return the dragged ids of that kind, or None if the drag contains something else."""
    data = event.mimeData()
    if not data.hasFormat(kind):
        return None
    text = bytes(data.data(kind).data()).decode()
    return [int(part) for part in text.split(",") if part]
