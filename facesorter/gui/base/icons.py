"""Icons from one set in one weight (Material Design Icons 6, through qtawesome).

Importing qtawesome takes 0.2-0.3 s, longer than the whole window needs to appear, so it happens in
a thread after the first paint; until then buttons show their text and tiles have no marks.
"""

from __future__ import annotations

import logging
import threading
import weakref
from functools import lru_cache
from typing import Any

import shiboken6
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QAbstractButton

log = logging.getLogger(__name__)

_SET = "mdi6"

_qtawesome: Any = None
_font: Any = None
"""The only font used. qtawesome's own ``icon`` loads all twelve: 35 ms instead of 6."""


class _Waiting(QObject):
    """Buttons waiting for the icon set, each of which is also updated when its palette changes.

    Signals:
        imported: qtawesome has been imported.
    """

    imported = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.buttons: weakref.WeakKeyDictionary[QAbstractButton, str] = weakref.WeakKeyDictionary()
        self.thread_started = False
        self.imported.connect(self.dress_all, Qt.ConnectionType.QueuedConnection)

    def dress_all(self) -> None:
        _load_font()
        for button, name in list(self.buttons.items()):
            # Qt may delete a closed dialog's buttons before Python notices.
            if shiboken6.isValid(button):
                _dress(button, name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The button's own event: when the application's palette changes, it hasn't got it yet.
        if event.type() == QEvent.Type.PaletteChange and _font is not None:
            name = self.buttons.get(watched) if isinstance(watched, QAbstractButton) else None
            if name is not None and isinstance(watched, QAbstractButton):
                _dress(watched, name)
        return False


_waiting: _Waiting | None = None


def _registry() -> _Waiting:
    global _waiting
    if _waiting is None:
        _waiting = _Waiting()
    return _waiting


def load() -> None:
    """Import the icon set in a thread; call after the first paint. Thread: GUI."""
    registry = _registry()
    if registry.thread_started:
        return
    registry.thread_started = True

    def work() -> None:
        global _qtawesome
        try:
            import qtawesome
        except ImportError:
            # The window works without icons: all of them have a text alternative.
            log.exception("The icon set could not be loaded")
            return
        _qtawesome = qtawesome
        registry.imported.emit()

    threading.Thread(target=work, name="icons", daemon=True).start()


def _load_font() -> None:
    """Load the set's font, once. Thread: GUI, as for all of QFontDatabase."""
    global _font
    if _font is None:
        from qtawesome.iconic_font import IconicFont

        files = [each for each in getattr(_qtawesome, "_BUNDLED_FONTS", ()) if each[0] == _SET]
        _font = IconicFont(*files) if files else _qtawesome


def _dress(button: QAbstractButton, name: str) -> None:
    # The color for enabled buttons: Qt dims the icon itself when a button is disabled.
    role = QPalette.ColorRole.ButtonText
    colour = button.palette().color(QPalette.ColorGroup.Active, role)
    button.setIcon(QIcon(_glyph(name, 20, colour.rgba(), button.devicePixelRatio())))


def put(button: QAbstractButton, name: str) -> None:
    """Set a button's icon by ``name`` (such as ``"pause"``), now or once the set is loaded."""
    if button not in _registry().buttons:
        button.installEventFilter(_registry())
    _registry().buttons[button] = name
    button.setIconSize(QSize(20, 20))
    if _font is not None:
        _dress(button, name)


@lru_cache(maxsize=64)
def _glyph(name: str, size: int, rgba: int, ratio: float) -> QPixmap:
    icon = _font.icon(f"{_SET}.{name}", color=QColor.fromRgba(rgba))
    pixmap: QPixmap = icon.pixmap(QSize(size, size), ratio)
    return pixmap


def pixmap(name: str, size: int, colour: QColor, ratio: float) -> QPixmap | None:
    """Return a glyph to paint, ``size`` logical px square, or None while the set loads."""
    if _font is None:
        return None
    return _glyph(name, size, colour.rgba(), ratio)
