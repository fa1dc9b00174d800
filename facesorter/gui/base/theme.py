"""Sizes, fonts and colors of the window, all derived from the system's font and palette."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Final, TypeVar

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QIcon, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QDialogButtonBox,
    QLineEdit,
    QMessageBox,
    QWidget,
)

Box = TypeVar("Box", QDialogButtonBox, QMessageBox)

GRID: Final = 8
"""Spacing unit, logical px; every margin is a multiple of it or of its half."""
TARGET: Final = 32
"""Minimum height of clickable controls, logical px."""
RADIUS: Final = 10
"""Corner radius of covers and thumbnails, logical px."""
READABLE: Final = 4.5
"""Minimum contrast ratio of text (WCAG 2.1 AA)."""

# The type scale as designed for a 13 px body; it follows the system's font size.
_BODY, _TITLE, _CAPTION = 13, 20, 11

# A gray that is visible on both light and dark backgrounds.
_SLIM: Final = """
QScrollBar:{way} {{ background: transparent; border: none; {across}: 12px; margin: 0; }}
QScrollBar::handle:{way} {{
  background: rgba(120, 120, 120, 170); border-radius: 4px; margin: 2px; min-{along}: 32px;
}}
QScrollBar::handle:{way}:hover {{ background: rgba(120, 120, 120, 240); }}
QScrollBar::add-line:{way}, QScrollBar::sub-line:{way} {{ {along}: 0; }}
QScrollBar::add-page:{way}, QScrollBar::sub-page:{way} {{ background: transparent; }}
"""

DARK_GROUND: Final = QColor(22, 22, 24)
ON_DARK: Final = QColor(240, 240, 242)
SHADE: Final = QColor(0, 0, 0, 170)
"""Ground of marks on pictures, in both themes."""
CONFIRMED: Final = QColor(126, 217, 159)
SUGGESTED: Final = QColor(255, 209, 102)
UNKNOWN: Final = QColor(226, 226, 230)


def apply(app: QApplication) -> None:
    """Set the application's style; palette and dark mode remain the system's.

    Fusion everywhere except on Windows and macOS: it is the only style on Linux that follows the
    system's color scheme at run time.
    """
    if sys.platform not in ("win32", "darwin"):
        app.setStyle("Fusion")


def set_appearance(app: QApplication, name: str) -> None:
    """Use light or dark colors ('light', 'dark'), or those of the system ('system')."""
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    wanted = schemes.get(name, Qt.ColorScheme.Unknown)
    hints = app.styleHints()
    hints.setColorScheme(wanted)
    if wanted is Qt.ColorScheme.Unknown:
        app.setPalette(QPalette())
    elif hints.colorScheme() is not wanted:
        # Some desktops ignore a requested scheme; set our own colors there.
        app.setPalette(dark_palette() if name == "dark" else _light_palette())


def dark_palette() -> QPalette:
    """Return a dark palette for systems that have none."""
    palette = QPalette(QColor(50, 50, 50), QColor(50, 50, 50))
    palette.setColor(QPalette.ColorRole.Base, QColor(35, 35, 35))
    palette.setColor(QPalette.ColorRole.Highlight, QColor(48, 140, 198))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor("white"))
    palette.setColor(QPalette.ColorRole.Link, QColor(105, 180, 230))
    return palette


def darken(page: QWidget) -> None:
    """Make a page that shows photos dark in both schemes."""
    palette = QPalette(page.palette())
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Button):
        palette.setColor(role, DARK_GROUND)
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(role, ON_DARK)
    page.setPalette(palette)


def brighten_slider(slider: QWidget) -> None:
    """Draw the line and the handle of a slider so that they are seen on `DARK_GROUND`."""
    palette = QPalette(slider.palette())
    palette.setColor(QPalette.ColorRole.Button, mix(DARK_GROUND, ON_DARK, 0.5))
    slider.setPalette(palette)


def _light_palette() -> QPalette:
    palette = QPalette(QColor(239, 239, 239), QColor(239, 239, 239))
    palette.setColor(QPalette.ColorRole.Base, QColor("white"))
    palette.setColor(QPalette.ColorRole.Highlight, QColor(48, 140, 198))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor("white"))
    return palette


def make_room(field: QLineEdit) -> None:
    """Add space between a field's text and its frame; the style leaves too little."""
    field.setTextMargins(GRID // 2, 0, GRID // 2, 0)


def is_dark(palette: QPalette) -> bool:
    """Whether text is brighter than its background."""
    text, base = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
    return text.lightness() > base.lightness()


def draw_edge(widget: QWidget, edge: QRect | None = None, *, radius: int = 2) -> None:
    """Draw the edge of a field or menu in dark mode; call from its paint event.

    ``edge`` is where, if not around the whole widget.

    The style's own edge has the color of the page there, so that fields would be invisible.
    """
    palette = widget.palette()
    if is_dark(palette) and sys.platform not in ("win32", "darwin"):
        painter = QPainter(widget)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base, text = QPalette.ColorRole.Base, QPalette.ColorRole.Text
        painter.setPen(mix(palette.color(base), palette.color(text), 0.4))
        painter.drawRoundedRect(
            QRectF(edge or widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius
        )


def draw_checked(button: QAbstractButton) -> None:
    """Underline a checked button in its paint event; shades of gray are not clear enough."""
    if button.isChecked():
        painter = QPainter(button)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent(button.palette()))
        painter.drawRoundedRect(QRectF(3, button.height() - 5, button.width() - 6, 3), 1.5, 1.5)


def room_on_screen(window: QWidget) -> QSize:
    """Return the largest size at which a window and its frame are all on the screen; logical px."""
    return window.screen().availableSize() - QSize(2 * GRID, 6 * GRID)


def resize(window: QWidget, width: int, height: int) -> None:
    """Resize a window, limited to the screen (which matters at 200 %); logical px."""
    window.resize(QSize(width, height).boundedTo(room_on_screen(window)))


def slim(area: QAbstractScrollArea) -> None:
    """Give an area scroll bars without buttons, where the system has no style of its own."""
    if sys.platform not in ("win32", "darwin"):
        upright = _SLIM.format(way="vertical", along="height", across="width")
        area.verticalScrollBar().setStyleSheet(upright)
        level = _SLIM.format(way="horizontal", along="width", across="height")
        area.horizontalScrollBar().setStyleSheet(level)


def dress(box: Box) -> Box:
    """Make a dialog's buttons like all others: text only, and large enough to press."""
    for button in box.buttons():
        button.setIcon(QIcon())
        button.setMinimumHeight(TARGET)
    return box


def _scaled(px: int, *, bold: bool = False) -> QFont:
    return QFont(_scaled_from(QApplication.font(), px, bold))


# Tiles ask for each line they paint. A copy shares what Qt found out about the font.
@lru_cache(maxsize=16)
def _scaled_from(usual: QFont, px: int, bold: bool) -> QFont:
    font = QFont(usual)
    body = max(_BODY, QFontInfo(font).pixelSize())
    font.setPixelSize(round(body * px / _BODY))
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def title_font() -> QFont:
    """Return the font of page titles."""
    return _scaled(_TITLE, bold=True)


def body_font(*, bold: bool = False) -> QFont:
    """Return the font of ordinary text."""
    return _scaled(_BODY, bold=bold)


def caption_font() -> QFont:
    """Return the font of counts and other secondary text."""
    return _scaled(_CAPTION)


def mix(first: QColor, second: QColor, share: float) -> QColor:
    """Blend ``share`` (0 to 1) of the second color into the first."""
    return QColor.fromRgbF(
        first.redF() + (second.redF() - first.redF()) * share,
        first.greenF() + (second.greenF() - first.greenF()) * share,
        first.blueF() + (second.blueF() - first.blueF()) * share,
    )


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast ratio of two colors, 1 to 21 (WCAG 2.1, relative luminance)."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(v) for v in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def secondary_colour(
    palette: QPalette, ground: QPalette.ColorRole = QPalette.ColorRole.Base
) -> QColor:
    """Return the color of secondary text: as pale as possible while still readable."""
    return QColor(
        _secondary_colour(palette.color(QPalette.ColorRole.Text).rgb(), palette.color(ground).rgb())
    )


# Every tile that is painted asks, and finding it takes 0.1 ms: 10 ms for a window full of tiles.
@lru_cache(maxsize=8)
def _secondary_colour(text: int, ground: int) -> int:
    """Return `secondary_colour` of two colors, all as 0xAARRGGBB."""
    ink, base = QColor(text), QColor(ground)
    for percent in range(45, 0, -5):
        tone = mix(ink, base, percent / 100)
        if contrast(tone, base) >= READABLE + 0.3:
            return tone.rgb()
    return text


def placeholder(palette: QPalette) -> QColor:
    """Return the background of a picture that is still loading."""
    base, text = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
    return QColor(_placeholder(base.rgb(), text.rgb()))


@lru_cache(maxsize=8)
def _placeholder(base: int, text: int) -> int:
    """Return `placeholder` of two colors, all as 0xAARRGGBB; every tile asks."""
    return mix(QColor(base), QColor(text), 0.08).rgb()


def accent(palette: QPalette) -> QColor:
    """Return the system's accent color, for selection frames and focus."""
    return palette.color(QPalette.ColorRole.Highlight)
