"""Dialog for two persons given the same name: are they the same?"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from facesorter.gui.base import theme
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.grid.person_model import PersonRow
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.people.person_header import CoverLabel

COVER = 144


class MergeDialog(QDialog):
    """Dialog that shows both covers and asks.

    Signals:
        same: they are the same person.
        different: they are two people with the same name.
    """

    same = Signal()
    different = Signal()

    def __init__(
        self,
        named: PersonRow,
        unnamed: PersonRow,
        pixmaps: PixmapStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        name = named.person.name or ""
        self.setWindowTitle(translate("Merge", "Same Name"))
        question = QLabel(translate("Merge", "Are these both {name}?").format(name=name))
        question.setFont(theme.title_font())
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setAlignment(Qt.AlignmentFlag.AlignCenter)
        covers = QHBoxLayout()
        covers.setSpacing(4 * theme.GRID)
        covers.addStretch(1)
        for row, caption in ((named, name), (unnamed, unnamed.person.name or words.unnamed())):
            covers.addLayout(_cover(row, caption, pixmaps))
        covers.addStretch(1)
        yes = QPushButton(translate("Merge", "Same Person"))
        yes.setDefault(True)
        no = QPushButton(translate("Merge", "Two People Named {name}").format(name=name))
        cancel = QPushButton(translate("Merge", "Cancel"))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (cancel, no, yes):
            button.setMinimumHeight(theme.TARGET)
            buttons.addWidget(button)
        yes.clicked.connect(self.accept)
        yes.clicked.connect(self.same)
        no.clicked.connect(self.accept)
        no.clicked.connect(self.different)
        cancel.clicked.connect(self.reject)
        self.yes, self.no = yes, no
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(3 * theme.GRID)
        column.addWidget(question)
        column.addLayout(covers)
        column.addLayout(buttons)


def _cover(row: PersonRow, caption: str, pixmaps: PixmapStore) -> QVBoxLayout:
    cover = CoverLabel(pixmaps, COVER)
    cover.set_row(row)
    cover.setAccessibleName(caption)
    name = QLabel(caption)
    name.setTextFormat(Qt.TextFormat.PlainText)
    name.setAlignment(Qt.AlignmentFlag.AlignCenter)
    count = SecondaryLabel()
    count.setText(words.photos(row.person.photos))
    count.setAlignment(Qt.AlignmentFlag.AlignCenter)
    column = QVBoxLayout()
    column.setSpacing(theme.GRID // 2)
    for widget in (cover, name, count):
        column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
    return column
