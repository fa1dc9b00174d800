"""User actions on the places of photos: library functions with their texts."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from facesorter.domain import PhotoId
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.place_dialog import Choice, PlaceDialog
from facesorter.library.decisions import places
from facesorter.library.places import points


def _with_a_place(conn: Connection, photo_ids: list[PhotoId]) -> list[PhotoId]:
    return [PhotoId(each) for each in points(conn, photo_ids).photo_ids.tolist()]


class PlaceActions(QObject):
    """Actions on the places of photos. Thread: GUI.

    Signals:
        map_wanted: photos with a place, to show on the map.
    """

    map_wanted = Signal(list)

    def __init__(self, bridge: Bridge, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._actions, self._window = bridge, actions, window

    def ask(self, photo_ids: Sequence[PhotoId]) -> None:
        """Ask where photos were taken."""
        if not photo_ids:
            return
        ids = list(photo_ids)
        dialog = PlaceDialog(self._bridge, len(ids), self._window)
        dialog.setObjectName("place")
        dialog.placed.connect(lambda choice: self.place(ids, choice))
        dialog.nowhere.connect(lambda: self.set_nowhere(ids))
        dialog.cleared.connect(lambda: self.clear(ids))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def show_on_map(self, photo_ids: Sequence[PhotoId]) -> None:
        """Show on the map where photos were taken, or say that nobody knows."""

        def show(found: list[PhotoId]) -> None:
            if found:
                self.map_wanted.emit(found)
            else:
                text = translate("Places", "None of these photos has a place.")
                self._actions.done.emit(text, None, "")

        located = self._bridge.query(_with_a_place, list(photo_ids))
        self._bridge.then(located, show, owner=self)

    def place(self, photo_ids: Sequence[PhotoId], choice: Choice) -> None:
        """Say where photos were taken."""
        text = translate("Places", "Place of %Ln photo(s) set to {place}", "", len(photo_ids))
        act = (
            bind(places.set_city, list(photo_ids), choice.city)
            if choice.city is not None
            else bind(
                places.set_place, list(photo_ids), choice.latitude, choice.longitude, choice.name
            )
        )
        self._actions.decide(text.format(place=choice.name), act)

    def set_nowhere(self, photo_ids: Sequence[PhotoId]) -> None:
        """Say that photos have no place."""
        text = translate("Places", "Place removed from %Ln photo(s)", "", len(photo_ids))
        self._actions.decide(text, bind(places.set_nowhere, list(photo_ids)))

    def clear(self, photo_ids: Sequence[PhotoId]) -> None:
        """Remove the place that the user set."""
        text = translate(
            "Places", "Place in the file restored for %Ln photo(s)", "", len(photo_ids)
        )
        self._actions.decide(text, bind(places.clear_place, list(photo_ids)))
