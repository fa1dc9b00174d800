"""*About* dialog: the version, the program's promises, and the licenses of all components."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from facesorter import NAME, __version__, paths
from facesorter.app.diagnosis import DATA
from facesorter.gui.base import theme
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.i18n.words import translate

BROKEN_FROM = 50
"""Line length in characters from which a line break is treated as wrapping, not as an end."""
LICENCES = "licences.json"
"""Created by packaging/licences.py for built programs; a checkout's packages include their own."""


class Part(NamedTuple):
    """A component of the program."""

    name: str
    version: str
    licence: str
    text: str

    def title(self) -> str:
        """Name, version and license on one line."""
        words = " ".join(word for word in (self.name, self.version) if word)
        return f"{words} – {self.licence}" if self.licence else words


def parts() -> list[Part]:
    """Return all components and their licenses; models and data only in a checkout."""
    try:
        rows = json.loads((paths.resources() / LICENCES).read_text(encoding="utf-8"))
        return [Part(*(str(row[field]) for field in Part._fields)) for row in rows]
    except (OSError, ValueError, KeyError):
        return [
            Part(name, "", licence, (paths.resources() / file).read_text(encoding="utf-8"))
            for name, licence, file in DATA
            if (paths.resources() / file).is_file()
        ]


def flowing(text: str) -> str:
    """Unwrap paragraphs, which licenses wrap at 80 characters, so that they fit any width."""
    blocks = []
    for block in re.split(r"\n[ \t]*\n", text.strip("\n")):
        lines = [line.strip() for line in block.splitlines()]
        whole = all(len(line) >= BROKEN_FROM for line in lines[:-1])
        blocks.append((" " if whole else "\n").join(lines))
    return "\n\n".join(blocks)


class About(Dialog):
    """Dialog with a heading, a sentence, a list of components, and the selected one's license."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("About", "About facesorter"))
        theme.resize(self, 760, 520)
        mark = QLabel()
        mark.setPixmap(QApplication.windowIcon().pixmap(64, 64))
        mark.setAccessibleName(NAME)
        title = QLabel(f"{NAME} {__version__}")
        title.setFont(theme.title_font())
        promise = QLabel(
            translate(
                "About",
                "Finds the people in your photos and keeps them organized, all on your "
                "own computer. Your photos are never modified, and nothing is uploaded.",
            )
        )
        promise.setWordWrap(True)
        words = QVBoxLayout()
        words.addWidget(title)
        words.addWidget(promise)
        head = QHBoxLayout()
        head.setSpacing(2 * theme.GRID)
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        self._parts = parts()
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(translate("About", "Third-party licenses"))
        self.list.addItems([part.title() for part in self._parts])
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(translate("About", "License text"))
        theme.slim(self.list)
        theme.slim(self.text)
        self.list.currentRowChanged.connect(self._show)
        both = QHBoxLayout()
        both.addWidget(self.list, 2)
        both.addWidget(self.text, 3)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addLayout(head)
        column.addWidget(QLabel(translate("About", "This app includes:")))
        column.addLayout(both, 1)
        column.addWidget(theme.dress(buttons))
        self.list.setCurrentRow(0)

    def _show(self, row: int) -> None:
        known = 0 <= row < len(self._parts)
        self.text.setPlainText(flowing(self._parts[row].text) if known else "")
