"""Fields, check boxes, and radio buttons whose edges are visible in dark mode, too."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from facesorter.gui.base import theme
from facesorter.gui.i18n.words import translate


class Field(QLineEdit):
    """Line edit with room around its text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.make_room(self)

    def add_clear_button(self) -> None:
        """Let the field be cleared with a button."""
        self.setClearButtonEnabled(True)
        for button in self.findChildren(QToolButton):
            # Qt's own button, which is sized by the field and has no accessible name.
            button.setObjectName("qt_clear")
            button.setAccessibleName(translate("Search", "Clear search"))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.hasFocus():
            theme.draw_edge(self)


class TextArea(QPlainTextEdit):
    """Multi-line field."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.hasFocus():
            # The paint event of a scroll area is that of its viewport.
            theme.draw_edge(self.viewport())


class CheckBox(QCheckBox):
    """Check box that is seen on a page as well as in a dialog."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        part = QStyle.SubElement.SE_CheckBoxIndicator
        theme.draw_edge(self, self.style().subElementRect(part, option, self))


class RadioButton(QRadioButton):
    """Radio button that is seen on a page as well as in a dialog."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        part = QStyle.SubElement.SE_RadioButtonIndicator
        edge = self.style().subElementRect(part, option, self)
        theme.draw_edge(self, edge, radius=edge.width() // 2)
