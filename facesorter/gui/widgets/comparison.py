"""Says in words how alike two faces are."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library.identify import VERDICTS, Comparison


def show_comparison(parent: QWidget, found: Comparison) -> None:
    """Show whether two faces are one person, and how sure that is."""
    box = QMessageBox(parent)
    box.setObjectName("comparison")
    box.setWindowTitle(translate("Compare", "Same Person?"))
    said = words.sentence(VERDICTS[found.verdict])
    box.setText(f"{said[:1].upper()}{said[1:]}.")
    box.setInformativeText(rate(found))
    box.finished.connect(box.deleteLater)
    box.open()


def rate(found: Comparison) -> str:
    """Return how often different people are as alike, in plain words."""
    if found.one_in < 2:
        return translate("Compare", "Most pairs of different people look as alike as these two.")
    return translate(
        "Compare", "Of {count} pairs of different people, about one looks as alike as these two."
    ).format(count=words.number(found.one_in))
