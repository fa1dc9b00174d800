"""Base class of the main window's pages."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from facesorter.domain import Face, PhotoId

ZOOM_STEP: Final = 1.25
"""Factor for one notch of the wheel or one press of a zoom key."""


class Page(QWidget):
    """Page of the main window; navigation is requested through signals.

    Signals:
        back: leave the page.
        place_wanted: go to a place in the sidebar, by its key in `gui.base.places`.
        photo_wanted: open a photo from a list of ids.
        moment_wanted: open a video from a list of ids, and play it from a time in milliseconds.
        person_wanted: open a person's page.
        split_wanted: split a person into several.
        play_wanted: play a person's faces through the years.
        slideshow_wanted: play photos from one of a list of ids, or from anywhere if it is 0.
        compare_wanted: show some photos side by side.
        full_screen_wanted: show the page without the window's frame, or with it.
        listening_changed: `listening` may have changed.
    """

    back = Signal()
    place_wanted = Signal(str)
    photo_wanted = Signal(int, object)
    moment_wanted = Signal(int, object, int)
    person_wanted = Signal(int)
    split_wanted = Signal(int)
    play_wanted = Signal(int)
    slideshow_wanted = Signal(int, object)
    compare_wanted = Signal(object)
    full_screen_wanted = Signal(bool)
    listening_changed = Signal()

    ground = QPalette.ColorRole.Base
    """Palette role of the page's background."""
    beside_sidebar = True
    """Whether the sidebar stays visible."""
    fills_screen = False
    """Whether the page can be shown in full screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(self.ground)
        self.setAutoFillBackground(True)

    def open_face(self, face: Face, ids: list[PhotoId]) -> None:
        """Open the photo of a face from a list of ids; a video at its moment."""
        if face.moment is None:
            self.photo_wanted.emit(face.photo_id, ids)
        else:
            self.moment_wanted.emit(face.photo_id, ids, face.moment)

    @property
    def place(self) -> str | None:
        """The sidebar entry to highlight; None leaves the highlight where it is."""
        return None

    @property
    def listening(self) -> bool:
        """Whether what keys act on is loaded; until then, the window keeps them."""
        return True

    def start(self) -> None:
        """Reset the page; called when it is entered from the sidebar, with the library open."""

    def set_active(self, active: bool) -> None:
        """Follow library changes and take keyboard focus while visible."""

    def zoom(self, steps: int) -> None:
        """Enlarge pictures by a number of steps; negative steps shrink them."""

    def set_full_screen(self, on: bool) -> None:
        """Adapt to the full screen; called for pages that fill it."""

    def came_back(self, photo_id: int) -> None:
        """Select the photo that was seen last; called on the way back from it."""

    def open_current(self) -> bool:
        """Open the current photo; False if there is none."""
        return False

    def stop(self) -> bool:
        """Stop what runs on the page, such as a slideshow; False if nothing does."""
        return False

    def cancel(self) -> bool:
        """Cancel what is in progress, such as a search; False if there is nothing to cancel."""
        return False

    def close_page(self) -> None:
        """Stop the page's background work because the window is closing."""
