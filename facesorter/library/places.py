"""Where photos were taken: recorded from the files, listed, and put on the map."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facesorter.domain import PhotoId
from facesorter.names import Names
from facesorter.storage import places as rows
from facesorter.storage.places import Location

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.geo.gazetteer import City


@dataclass(frozen=True, slots=True)
class Place:
    """Where a photo was taken, in words."""

    city: City | None
    country: str
    """The country's name; "" if no city is near."""
    near: bool
    """Whether it was outside the city."""
    latitude: float
    longitude: float
    given: bool
    """Whether the user set it; else it is the file's."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Photos with coordinates, in the order of the list they come from."""

    photo_ids: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


def record(
    connection: sqlite3.Connection, photo_id: PhotoId, location: tuple[float, float] | None
) -> None:
    """Store where a photo's file says that it was taken: latitude and longitude in degrees.

    Thread: writer; the first location of a run takes a second, unless `warm` was called before.
    """
    if location is None:
        rows.clear(connection, photo_id)
        return
    from facesorter.geo.gazetteer import gazetteer

    rows.put(connection, photo_id, *location, gazetteer().nearest(*location))


def warm() -> None:
    """Read the cities, so that `record` doesn't keep the writer. Thread: analysis; blocks."""
    from facesorter.geo.gazetteer import gazetteer

    gazetteer().nearest(0.0, 0.0)


def of_photos(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], language: str = "en"
) -> dict[PhotoId, Place]:
    """Return where photos were taken; those without a place are left out. Thread: not the GUI's.

    ``language`` is that of the countries' names, as in `geo.gazetteer.LANGUAGES`.
    """
    located = rows.of_photos(connection, photo_ids)
    return {photo_id: _place(location, language) for photo_id, location in located.items()}


def most_used(connection: sqlite3.Connection, most: int) -> list[City]:
    """Return the cities where the most photos were taken. Thread: slow query."""
    from facesorter.geo.gazetteer import gazetteer

    found = (gazetteer().city(place) for place in rows.most_used(connection, most))
    return [city for city in found if city is not None]


def _place(location: Location, language: str) -> Place:
    from facesorter.geo.gazetteer import NEAR_KM, distance_km, gazetteer

    there = (location.latitude, location.longitude)
    city = gazetteer().city(location.place)
    if city is None:
        return Place(None, "", False, *there, location.given)
    near = distance_km(there, (city.latitude, city.longitude)) > NEAR_KM
    country = gazetteer().country(city.country, language)
    return Place(city, country, near, *there, location.given)


def names(connection: sqlite3.Connection) -> Names[int]:
    """Return the names by which the photos' cities are searched: their own, regions, countries."""
    return _names(tuple(rows.cities(connection)))


@functools.lru_cache(maxsize=1)
def _names(cities: tuple[int, ...]) -> Names[int]:
    """Kept until other cities come, since folding the names of 1,000 cities takes 50 ms."""
    known = _cities(cities)
    return Names((name, city.id) for city, words in known for name in words)


def _cities(identities: Sequence[int]) -> list[tuple[City, list[str]]]:
    if not identities:
        return []
    from facesorter.geo.gazetteer import gazetteer

    found = (gazetteer().city(each) for each in identities)
    return [(city, gazetteer().words(city)) for city in found if city is not None]


def suggested(connection: sqlite3.Connection, language: str) -> tuple[str, ...]:
    """Return the names of the photos' cities, regions and countries, in alphabetical order."""
    known = _cities(rows.cities(connection))
    if not known:
        return ()
    from facesorter.geo.gazetteer import gazetteer

    found = {
        name
        for city, _ in known
        for name in (city.name, city.region, gazetteer().country(city.country, language))
    }
    return tuple(sorted(found - {""}, key=str.casefold))


def counts(connection: sqlite3.Connection) -> dict[int, int]:
    """Return the number of visible photos by city."""
    # Row by row: SQLite would read all rows in the order of an index that lacks these columns.
    found = connection.execute(
        "SELECT coalesce(given_place, place) AS city, count(*) FROM photo NOT INDEXED "
        "JOIN folder ON folder.id = photo.folder_id AND folder.watched = 1 "
        "LEFT JOIN photo_location ON photo_id = photo.id "
        "WHERE status != 'missing' AND city > 0 GROUP BY city"
    )
    return dict(found.fetchall())


def points(connection: sqlite3.Connection, photo_ids: Iterable[PhotoId]) -> Points:
    """Return those of some photos that have coordinates. Thread: query."""
    import numpy as np

    columns = [np.fromstring(text, np.int64, sep=" ") for text in rows.points(connection)]
    order = np.argsort(columns[0], kind="stable")
    known = columns[0][order]
    wanted = np.fromiter(photo_ids, np.int64)
    at = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    there = known[at] == wanted if len(known) else np.zeros(len(wanted), bool)
    latitude, longitude = (column[order[at[there]]] * rows.MICRO for column in columns[1:])
    return Points(wanted[there], latitude, longitude)


def locations(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> Mapping[PhotoId, Location]:
    """Return where photos were taken, without names; those without a place are left out."""
    return rows.of_photos(connection, photo_ids)
