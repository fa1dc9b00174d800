"""Animations that play in a grid while the pointer rests on their tile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, QPersistentModelIndex, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QPixmap

from facesorter.gui.base.animation import AnimationPlayer
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.id_list_model import Role

if TYPE_CHECKING:
    from facesorter.domain import Photo

REST: Final = 350
"""Milliseconds that the pointer rests on a tile before it plays; crossing a grid plays nothing."""


class HoverPlayback(QObject):
    """Plays the animation under the pointer. Thread: GUI.

    Attributes:
        pixmap: the frame that is shown, its central square.
    """

    def __init__(self, view: GridView[Any]) -> None:
        super().__init__(view)
        self._view = view
        self._index = QPersistentModelIndex()
        self._player = AnimationPlayer(self)
        self._player.frame.connect(self._on_frame)
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._play)
        self.photo_id: int | None = None
        self.pixmap: QPixmap | None = None
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseMove:
                assert isinstance(event, QMouseEvent)
                index = self._view.indexAt(event.position().toPoint())
                if QPersistentModelIndex(index) != self._index:
                    self._stop()
                    self._index = QPersistentModelIndex(index)
                    self._timer.start()
            case QEvent.Type.Leave | QEvent.Type.Wheel | QEvent.Type.Hide:
                self._stop()
                self._index = QPersistentModelIndex()
        return False

    def _stop(self) -> None:
        self._timer.stop()
        self._player.stop()
        was, self.photo_id, self.pixmap = self.pixmap, None, None
        if was is not None and self._index.isValid():
            self._view.update(self._view.model().index(self._index.row(), 0))

    def _play(self) -> None:
        row = self._index.data(Role.ROW) if self._index.isValid() else None
        photo: Photo | None = getattr(row, "photo", None)
        if photo is None or photo.unplugged or photo.turn:
            return
        self.photo_id = photo.id
        square = self._view.visualRect(self._index).width()
        # The shorter side fills the tile.
        long_side, short_side = photo.width or 1, photo.height or 1
        share = max(long_side, short_side) / max(1, min(long_side, short_side))
        side = round(square * self._view.devicePixelRatioF() * min(share, 4))
        self._player.play(photo.path, max(64, side))

    def _on_frame(self, image: QImage) -> None:
        edge = min(image.width(), image.height())
        left, top = (image.width() - edge) // 2, (image.height() - edge) // 2
        self.pixmap = QPixmap.fromImage(image.copy(left, top, edge, edge))
        if self._index.isValid():
            self._view.update(self._view.model().index(self._index.row(), 0))
