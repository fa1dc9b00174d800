"""Delegate for person cards: rounded cover, name or question, and a secondary count."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyleOptionViewItem

from facesorter.domain import PersonId
from facesorter.gui.base import theme
from facesorter.gui.grid.person_model import PersonRow
from facesorter.gui.grid.pixmaps import Thumb
from facesorter.gui.grid.tile_delegate import TileDelegate
from facesorter.gui.i18n import words

NAME_HEIGHT: Final = 32
COUNT_HEIGHT: Final = 18
FOOTER: Final = NAME_HEIGHT + COUNT_HEIGHT + 4


def name_rect(card: QRect) -> QRect:
    """Return the rectangle of a card's name, which is also that of its edit field."""
    return QRect(card.x(), card.y() + card.width() + 2, card.width(), NAME_HEIGHT)


class PersonDelegate(TileDelegate):
    """Delegate for cards of `PersonModel`."""

    editing: PersonId | None = None
    """The person being renamed; the edit field covers the name."""
    target: PersonId | None = None
    """The person that the dragged card would be merged into."""

    def thumb(self, row: PersonRow) -> Thumb | None:
        return row.cover.thumb if row.cover is not None else None

    def paint_tile(
        self, painter: QPainter, option: QStyleOptionViewItem, row: PersonRow, square: QRect
    ) -> None:
        palette = option.palette
        person = row.person
        self.paint_picture(painter, option, square, self.thumb(row))
        if row.cover is None:
            self.paint_mark(painter, square, "account", palette)
        name = name_rect(option.rect)
        quiet = theme.secondary_colour(palette)
        if person.id != self.editing:
            if person.name:
                colour = palette.color(QPalette.ColorRole.Text)
                self.paint_line(painter, person.name, name, theme.body_font(bold=True), colour)
            else:
                self.paint_line(painter, words.unnamed(), name, theme.body_font(), quiet)
        count = QRect(name.x(), name.bottom() + 1, name.width(), COUNT_HEIGHT)
        text = words.photos(person.photos)
        self.paint_line(painter, text, count, theme.caption_font(), quiet)
        if person.name and person.asked:
            self.paint_badge(painter, square, "help")
        if person.favourite:
            self.paint_badge(painter, square, "star", Qt.Corner.TopLeftCorner)
        if person.id == self.target:
            painter.setBrush(theme.mix(theme.accent(palette), palette.base().color(), 0.2))
            painter.setOpacity(0.45)
            painter.drawRoundedRect(square, theme.RADIUS, theme.RADIUS)
            painter.setOpacity(1.0)
            painter.setPen(QPen(theme.accent(palette), 4))
