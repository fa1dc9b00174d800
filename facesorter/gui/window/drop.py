"""Folders and files dropped anywhere on the window, with a frame that highlights it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from facesorter.gui.base import theme
from facesorter.gui.i18n.words import translate


class Dropped(NamedTuple):
    """Contents of a drop."""

    folders: list[str]
    files: list[str]


def sort_out(urls: Iterable[QUrl]) -> Dropped:
    """Separate folders from files; other than local paths are skipped."""
    folders: list[str] = []
    files: list[str] = []
    for url in urls:
        path = url.toLocalFile()
        if not path:
            continue
        path = os.path.normpath(path)
        if os.path.isdir(path):
            folders.append(path)
        elif os.path.isfile(path):
            files.append(path)
    return Dropped(list(dict.fromkeys(folders)), list(dict.fromkeys(files)))


class DropHighlight(QWidget):
    """Frame over the whole window during a drag."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme.accent(self.palette())
        frame = self.rect().adjusted(theme.GRID, theme.GRID, -theme.GRID, -theme.GRID)
        wash = QColor(colour)
        wash.setAlpha(40)
        painter.setBrush(wash)
        painter.setPen(QPen(colour, 3, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)
        font = theme.title_font()
        text = translate("Drop", "Drop photos or folders to add them")
        painter.setFont(font)
        metrics = painter.fontMetrics()
        pill = metrics.boundingRect(text).adjusted(
            -2 * theme.GRID, -theme.GRID, 2 * theme.GRID, theme.GRID
        )
        pill.moveCenter(frame.center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(44, 44, 48))
        painter.drawRoundedRect(pill, theme.RADIUS, theme.RADIUS)
        painter.setPen(theme.ON_DARK)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


class FolderDrop(QObject):
    """Accepts drops for a window.

    Signals:
        dropped: a `Dropped`.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.highlight = DropHighlight(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and event.source() is not None:
            # A photo of our own, dragged by accident or dropped next to an album.
            return False
        match event.type():
            case QEvent.Type.DragEnter | QEvent.Type.DragMove:
                assert isinstance(event, QDropEvent | QDragEnterEvent)
                if not any(url.isLocalFile() for url in event.mimeData().urls()):
                    return False
                # Always copy, whatever was proposed: a "move" would let the file manager delete
                # photos.
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                if not self.highlight.isVisible():
                    self.highlight.setGeometry(self._window.rect())
                    self.highlight.show()
                    self.highlight.raise_()
                return True
            case QEvent.Type.DragLeave:
                self.highlight.hide()
                return True
            case QEvent.Type.Drop:
                assert isinstance(event, QDropEvent)
                self.highlight.hide()
                found = sort_out(event.mimeData().urls())
                if not found.folders and not found.files:
                    return False
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                self.dropped.emit(found)
                return True
        return False
