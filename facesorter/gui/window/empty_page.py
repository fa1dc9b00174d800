"""Welcome page: one sentence, a drop area for folders, and a button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from facesorter.gui.base import icons, theme
from facesorter.gui.base.page import Page
from facesorter.gui.i18n.words import translate


class EmptyPage(Page):
    """Page shown when the library has no folders.

    Signals:
        choose: the user requested a dialog to choose folders.
    """

    choose = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sentence = QLabel(
            translate(
                "Empty",
                "Drop your photo folders here. Nothing is uploaded, and your photos are "
                "never modified.",
            )
        )
        sentence.setFont(theme.title_font())
        sentence.setWordWrap(True)
        sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        sentence.setMaximumWidth(620)
        # Centered by stretches, not by alignment: an aligned label gets the height of one line.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(sentence, 8)
        middle.addStretch(1)
        self.button = QPushButton(translate("Empty", "Choose Folder…"))
        self.button.setMinimumHeight(theme.TARGET + theme.GRID)
        self.button.clicked.connect(self.choose)
        icons.put(self.button, "folder-plus-outline")
        column = QVBoxLayout(self)
        column.setSpacing(3 * theme.GRID)
        column.addStretch(1)
        column.addLayout(middle)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.secondary_colour(self.palette()), 2, Qt.PenStyle.DashLine))
        inset = 5 * theme.GRID
        painter.drawRoundedRect(self.rect().adjusted(inset, inset, -inset, -inset), 16, 16)
