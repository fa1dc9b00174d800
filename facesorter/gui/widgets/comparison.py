"""Two faces side by side, with their similarity in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from facesorter.gui.base import theme
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.grid.face_model import FaceRow
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.crops import SMALLEST, Crop
from facesorter.library.identify import VERDICTS, Comparison

WIDTH: Final = 380
"""Logical px: room for two crops and a title in any language."""


class ComparisonDialog(Dialog):
    """Dialog that says whether two faces are one person, and how sure that is."""

    def __init__(
        self, faces: Sequence[FaceRow], found: Comparison, pixmaps: PixmapStore, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("comparison")
        self.setWindowTitle(translate("Compare", "Same Person?"))
        self.setMinimumWidth(WIDTH)
        text = words.sentence(VERDICTS[found.verdict])
        self.verdict = QLabel(f"{text[:1].upper()}{text[1:]}.")
        self.verdict.setFont(theme.title_font())
        self.rate = QLabel(rate(found))
        for label in (self.verdict, self.rate):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        shown = QHBoxLayout()
        shown.setSpacing(2 * theme.GRID)
        shown.addStretch(1)
        self.crops: list[Crop] = []
        for face in faces:
            crop = Crop(pixmaps, self)
            crop.setFixedSize(QSize(SMALLEST, SMALLEST))
            crop.set_row(face, markable=False, digit=0)
            crop.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.crops.append(crop)
            shown.addWidget(crop)
        shown.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addLayout(shown)
        column.addWidget(self.verdict)
        column.addWidget(self.rate)
        column.addWidget(theme.dress(buttons))
        pixmaps.arrived.connect(self._on_arrived)
        self.finished.connect(self.deleteLater)

    def _on_arrived(self, kind: str, id_: int) -> None:
        for crop in self.crops:
            if crop.row is not None and (crop.row.thumb.kind, crop.row.thumb.id) == (kind, id_):
                crop.update()


def rate(found: Comparison) -> str:
    """Return how often different people are as alike, in plain words."""
    if found.one_in < 2:
        return translate("Compare", "Most pairs of different people look as alike as these two.")
    return translate(
        "Compare", "Of {count} pairs of different people, about one looks as alike as these two."
    ).format(count=words.number(found.one_in))
