"""Places in words: of a city, near one, and far from any."""

from __future__ import annotations

from facesorter.geo.gazetteer import City
from facesorter.gui.i18n import words
from facesorter.library.places import Place

ROME = City(3169070, "Rome", "Lazio", "IT", 41.89, 12.51)
SINGAPORE = City(1880252, "Singapore", "", "SG", 1.29, 103.85)


def test_places_are_said_from_small_to_large() -> None:
    assert words.place(Place(ROME, "Italy", False, 41.9, 12.5, False)) == "Rome, Lazio, Italy"
    assert words.place(Place(ROME, "Italy", True, 41.6, 12.2, False)) == "near Rome, Lazio, Italy"
    assert words.place(Place(SINGAPORE, "Singapore", False, 1.3, 103.8, True)) == "Singapore"
    assert words.place(Place(None, "", False, 0.0, -30.0, False)) == "0.0000, -30.0000"
