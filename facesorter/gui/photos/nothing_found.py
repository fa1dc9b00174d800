"""Placeholder for a search without results: an explanation and suggestions."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from facesorter.errors import UserError
from facesorter.gui.base import theme
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library.search.search import UnknownTerm


class NothingFound(QWidget):
    """Placeholder that explains why there are no photos.

    Signals:
        replaced: a word of the search, and the known name that should replace it.
    """

    replaced = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._nearest = ("", "")
        self.sentence = QLabel()
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setFont(theme.body_font(bold=True))
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.hint = SecondaryLabel()
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint = translate(
            "Search",
            "Search for names, years, months, places, tags, albums, and folders, such as: Anna "
            "and Tom · only Anna · Anna not Tom · June 2019 · Rome · beach · favorite "
            "· rating>=4 · unnamed",
        )
        intro, colon, examples = hint.partition(": ")
        # Lines break after a dot, never within an example.
        examples = "\u00a0· ".join(each.replace(" ", "\u00a0") for each in examples.split(" · "))
        self.hint.setText(intro + colon + examples)
        self.hint.setMaximumWidth(620)
        self.button = QPushButton(translate("Search", "Search"))
        self.button.setMinimumHeight(theme.TARGET)
        self.button.clicked.connect(lambda: self.replaced.emit(*self._nearest))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(4 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addStretch(2)
        column.addWidget(self.sentence)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        # Centered by stretches, not by alignment: an aligned label gets the height of one line.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self.hint, 8)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addStretch(3)

    def show_reason(self, text: str, error: UserError | None) -> None:
        """Show that a search found no photos, or why it failed."""
        nearest = None
        if isinstance(error, UnknownTerm):
            nearest = error.nearest
            if nearest is not None:
                self._nearest = (error.term, nearest)
                self.button.setText(translate("Search", "Search for {name}").format(name=nearest))
        if error is not None:
            self.sentence.setText(words.sentence(error))
        else:
            message = translate("Search", "No photos match “{search}”.")
            self.sentence.setText(message.format(search=text))
        self.button.setVisible(nearest is not None)
