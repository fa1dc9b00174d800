"""Picture area of the playback page, fading from one portrait into the next."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from facesorter.gui.base import theme


class Stage(QWidget):
    """Paints up to two pictures on top of each other, in the largest square that fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self._under: QPixmap | None = None
        self._over: QPixmap | None = None
        self._share = 1.0
        self.sentence = ""

    @property
    def square(self) -> QRect:
        """The picture's rectangle."""
        side = min(self.width(), self.height())
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    @property
    def shown(self) -> QPixmap | None:
        """The newer picture."""
        return self._over

    def show_picture(self, pixmap: QPixmap | None) -> None:
        """Start fading to a picture; `fade` continues it."""
        self._under, self._over = self._over, pixmap
        self.fade(0.0 if self._under is not None else 1.0)

    def fade(self, share: float) -> None:
        """Set the opacity of the newer picture, 0 to 1."""
        self._share = share
        self.update()

    def clear(self, sentence: str) -> None:
        """Show a sentence instead of pictures."""
        self._under = self._over = None
        self.sentence = sentence
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self._over is None:
            painter.setPen(theme.ON_DARK)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self.sentence)
            return
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.square), theme.RADIUS, theme.RADIUS)
        painter.setClipPath(path)
        if self._under is not None and self._share < 1:
            painter.drawPixmap(self.square, self._under)
        painter.setOpacity(self._share)
        painter.drawPixmap(self.square, self._over)
