"""Bar that offers to use names found in photos that were just added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from facesorter.gui.base import theme
from facesorter.gui.i18n import name_words
from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.app.name_importer import Names


class OfferBar(QFrame):
    """Bar above the status bar, hidden until `offer`.

    Signals:
        wanted: the user wants to see what was found; the `Names`.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: Names | None = None
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.look = QPushButton(translate("Offer", "Use Names…"))
        self.later = QPushButton(translate("Offer", "Not Now"))
        for button in (self.look, self.later):
            button.setMinimumHeight(theme.TARGET)
        self.look.clicked.connect(self._look)
        self.later.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID)
        row.addWidget(self.label, 1)
        row.addWidget(self.look)
        row.addWidget(self.later)
        self.setAutoFillBackground(True)
        self.hide()

    def offer(self, names: Names) -> None:
        """Say what was found, and offer to use it."""
        self._names = names
        sentences = [name_words.headline(names.preview)]
        if not names.preview.new_faces:
            sentences = name_words.remarks(names.preview)
        self.label.setText(" ".join([*sentences, translate("Offer", "Use them?")]))
        self.show()

    def _look(self) -> None:
        self.hide()
        if self._names is not None:
            self.wanted.emit(self._names)
