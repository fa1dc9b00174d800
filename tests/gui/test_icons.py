"""Icons are files: each one is there, drawn in the color asked for, and used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QToolButton

import facesorter.gui
from facesorter import paths
from facesorter.gui.base import icons

FILES = sorted((paths.resources() / "icons" / "mdi").glob("*.svg"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_icon_is_drawn(qapp: Any, file: Path) -> None:
    glyph = icons.pixmap(file.stem, 24, QColor(200, 10, 10), 2.0)
    image = glyph.toImage()
    assert (image.width(), image.height()) == (48, 48)
    painted = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
    solid = [colour for colour in painted if colour.alpha() == 255]
    assert solid and {colour.name() for colour in solid} == {"#c80a0a"}
    assert any(colour.alpha() == 0 for colour in painted)


def test_every_icon_is_used() -> None:
    folder = Path(facesorter.gui.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
    used = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', code))
    assert {file.stem for file in FILES} <= used


def test_a_button_follows_the_palette(qtbot: Any, qapp: QApplication) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    icons.put(button, "play")

    def colour() -> str:
        image = button.icon().pixmap(20, 20).toImage()
        return image.pixelColor(image.width() // 2, image.height() // 2).name()

    before, palette = colour(), button.palette()
    palette.setColor(palette.ColorRole.ButtonText, Qt.GlobalColor.red)
    button.setPalette(palette)
    QApplication.sendEvent(qapp, QEvent(QEvent.Type.ApplicationPaletteChange))
    assert before != colour() == "#ff0000"
