"""What the main window's pages have in common."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

ZOOM_STEP: Final = 1.25
"""Factor for one notch of the wheel or one press of a zoom key."""


class Page(QWidget):
    """A page of the main window; where to go from it, it says by signals.

    Signals:
        back: leave the page.
        place_wanted: go to a place of the sidebar, by its key in `gui.base.places`.
        photo_wanted: open a photo, from a list of ids.
        person_wanted: open a person's page.
        split_wanted: separate a person who is several.
        play_wanted: play a person's face through the years.
    """

    back = Signal()
    place_wanted = Signal(str)
    photo_wanted = Signal(int, object)
    person_wanted = Signal(int)
    split_wanted = Signal(int)
    play_wanted = Signal(int)

    ground = QPalette.ColorRole.Base
    """The palette's colour that the page is filled with."""
    beside_sidebar = True
    """Whether the sidebar stays in sight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(self.ground)
        self.setAutoFillBackground(True)

    @property
    def place(self) -> str | None:
        """The sidebar's entry to mark; None leaves the mark where it is."""
        return None

    def start(self) -> None:
        """Begin anew: the page is entered from the sidebar. The library is open by then."""

    def set_active(self, active: bool) -> None:
        """Follow changes and take the keyboard while in sight."""

    def zoom(self, steps: int) -> None:
        """Make pictures larger, or smaller below zero."""

    def cancel(self) -> bool:
        """End what was begun on the page, such as a search; False where there is nothing to end."""
        return False

    def close_page(self) -> None:
        """End what runs behind the page; the window closes."""
