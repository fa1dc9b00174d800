"""Decide where photos were taken; stored in the library, never in photo files."""

from __future__ import annotations

from collections.abc import Sequence

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction


def set_place(
    txn: Transaction,
    photo_ids: Sequence[PhotoId],
    latitude: float,
    longitude: float,
    name: str = "",
) -> None:
    """Say where photos were taken, in degrees; ``name`` is for the journal.

    Raises:
        UserError: there is no such point on Earth.
    """
    from facesorter.geo.gazetteer import gazetteer

    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise UserError(
            "Latitudes go from −90 to 90 degrees, longitudes from −180 to 180. Nothing was changed."
        )
    place = gazetteer().nearest(latitude, longitude)
    _decide(txn, photo_ids, name, place, (latitude, longitude))


def set_city(txn: Transaction, photo_ids: Sequence[PhotoId], place: int) -> None:
    """Say in which city photos were taken, by its number in GeoNames.

    Raises:
        UserError: it isn't known.
    """
    from facesorter.geo.gazetteer import gazetteer

    city = gazetteer().city(place)
    if city is None:
        raise UserError("This place isn’t in the list of places. Nothing was changed.")
    _decide(txn, photo_ids, city.name, place, (city.latitude, city.longitude))


def set_nowhere(txn: Transaction, photo_ids: Sequence[PhotoId]) -> None:
    """Say that photos have no place, whatever their files say."""
    _decide(txn, photo_ids, "", 0, (None, None))


def clear_place(txn: Transaction, photo_ids: Sequence[PhotoId]) -> None:
    """Remove the user's places: those in the files count again."""
    _decide(txn, photo_ids, "", None, (None, None))


def _decide(
    txn: Transaction,
    photo_ids: Sequence[PhotoId],
    name: str,
    place: int | None,
    there: tuple[float | None, float | None],
) -> None:
    args = (("photos", len(set(photo_ids))), *((("name", name),) if name else ()))
    with txn.decision(Kind.PLACE, args):
        txn.update(
            "photo",
            photo_ids,
            {"given_place": place, "given_latitude": there[0], "given_longitude": there[1]},
        )
