"""Icons from one set in one weight: Material Design Icons, as SVG files in resources/icons/mdi."""

from __future__ import annotations

import weakref
from functools import lru_cache

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from facesorter import paths
from facesorter.gui.base import theme


class _Buttons(QObject):
    """The buttons with an icon, each of which follows its palette."""

    def __init__(self) -> None:
        super().__init__()
        self.names: weakref.WeakKeyDictionary[QAbstractButton, str] = weakref.WeakKeyDictionary()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The button's own event: when the application's palette changes, it hasn't got it yet.
        if event.type() == QEvent.Type.PaletteChange and isinstance(watched, QAbstractButton):
            name = self.names.get(watched)
            if name is not None:
                _dress(watched, name)
        return False


@lru_cache(maxsize=1)
def _buttons() -> _Buttons:
    return _Buttons()


def _dress(button: QAbstractButton, name: str) -> None:
    # The color for enabled buttons: Qt dims the icon itself when a button is disabled.
    role = QPalette.ColorRole.ButtonText
    colour = button.palette().color(QPalette.ColorGroup.Active, role)
    button.setIcon(QIcon(_glyph(name, 20, colour.rgba(), button.devicePixelRatio())))


def put(button: QAbstractButton, name: str) -> None:
    """Set a button's icon by ``name`` (such as ``"pause"``), in the color of its text.

    Thread: GUI.

    Raises:
        FileNotFoundError: resources/icons/mdi has no such icon.
    """
    if button not in _buttons().names:
        button.installEventFilter(_buttons())
    _buttons().names[button] = name
    button.setIconSize(QSize(20, 20))
    _dress(button, name)


@lru_cache(maxsize=128)
def _glyph(name: str, size: int, rgba: int, ratio: float) -> QPixmap:
    svg = (paths.resources() / "icons" / "mdi" / f"{name}.svg").read_bytes()
    glyph = QPixmap(QSize(size, size) * ratio)
    glyph.setDevicePixelRatio(ratio)
    glyph.fill(Qt.GlobalColor.transparent)
    painter = QPainter(glyph)
    QSvgRenderer(svg).render(painter, QRectF(0, 0, size, size))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(glyph.rect(), QColor.fromRgba(rgba))
    painter.end()
    return glyph


@lru_cache(maxsize=64)
def badge(name: str, size: int, ratio: float) -> QPixmap:
    """Return a light glyph on a dark disc, ``size`` logical px across, to paint on pictures."""
    disc = QPixmap(QSize(size, size) * ratio)
    disc.setDevicePixelRatio(ratio)
    disc.fill(Qt.GlobalColor.transparent)
    painter = QPainter(disc)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.SHADE)
    painter.drawEllipse(QRectF(0, 0, size, size))
    inner = size * 5 // 8
    at = (size - inner) // 2
    painter.drawPixmap(at, at, pixmap(name, inner, theme.ON_DARK, ratio))
    painter.end()
    return disc


def pixmap(name: str, size: int, colour: QColor, ratio: float) -> QPixmap:
    """Return a glyph to paint, ``size`` logical px square; as `put` otherwise."""
    return _glyph(name, size, colour.rgba(), ratio)
