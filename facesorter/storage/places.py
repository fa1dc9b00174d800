"""Rows of where photos were taken; see `storage.schema` on the columns."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from facesorter.domain import PhotoId
from facesorter.storage.photos import chunks

COLUMNS = ("given_place", "given_latitude", "given_longitude")
"""What the user says of a photo's place; what a decision may change."""


MICRO = 1e-6
"""Degrees, 0.1 m: the unit of `points`."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a photo was taken, as the user says, or else its file."""

    place: int
    """The city's number in GeoNames, or 0 if there is none near."""
    latitude: float
    longitude: float
    given: bool
    """Whether the user set it."""


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """A photo's place as the user set it."""

    point: tuple[float, float] | None
    """Latitude and longitude, degrees; None for nowhere."""


def put(
    connection: sqlite3.Connection, photo_id: PhotoId, latitude: float, longitude: float, place: int
) -> None:
    """Store what a photo's file says."""
    connection.execute(
        "INSERT OR REPLACE INTO photo_location (photo_id, latitude, longitude, place) "
        "VALUES (?, ?, ?, ?)",
        (photo_id, latitude, longitude, place),
    )


def clear(connection: sqlite3.Connection, photo_id: PhotoId) -> None:
    """Store that a photo's file says nothing."""
    connection.execute("DELETE FROM photo_location WHERE photo_id = ?", (photo_id,))


def of_photos(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[PhotoId, Location]:
    """Return where photos were taken; those without a place are left out."""
    found: dict[PhotoId, Location] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT photo.id, given_place, given_latitude, given_longitude, "
            "place, latitude, longitude FROM photo "
            f"LEFT JOIN photo_location ON photo_id = photo.id WHERE photo.id IN ({marks})",
            part,
        )
        for photo_id, *columns in rows:
            given = columns[0] is not None
            place, latitude, longitude = columns[:3] if given else columns[3:]
            if latitude is not None:
                found[photo_id] = Location(place, latitude, longitude, given)
    return found


def given(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[PhotoId, GivenPlace]:
    """Return the places that the user set, of the photos that have one."""
    found: dict[PhotoId, GivenPlace] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT id, given_latitude, given_longitude FROM photo "
            f"WHERE given_place IS NOT NULL AND id IN ({marks})",
            part,
        )
        for photo_id, latitude, longitude in rows:
            found[photo_id] = GivenPlace(None if latitude is None else (latitude, longitude))
    return found


def cities(connection: sqlite3.Connection) -> list[int]:
    """Return the cities of all photos: 5 ms for 100,000 photos."""
    rows = connection.execute(
        "SELECT DISTINCT place FROM photo_location WHERE place > 0 "
        "UNION SELECT given_place FROM photo WHERE given_place > 0"
    )
    return [row[0] for row in rows]


def most_used(connection: sqlite3.Connection, most: int) -> list[int]:
    """Return the cities with the most photos, given or by their files, those first."""
    rows = connection.execute(
        "SELECT place FROM (SELECT place FROM photo_location WHERE place > 0 UNION ALL "
        "SELECT given_place FROM photo WHERE given_place > 0) "
        "GROUP BY place ORDER BY count(*) DESC, place LIMIT ?",
        (most,),
    )
    return [row[0] for row in rows]


def points(connection: sqlite3.Connection) -> tuple[str, str, str]:
    """Return photos with coordinates: ids, latitudes and longitudes, each separated by spaces.

    Texts, because row by row every other thread gets its turn in between; and whole numbers, in
    `MICRO` of a degree, because they are written and read faster.
    """
    row = connection.execute(
        "SELECT group_concat(photo_id, ' '), group_concat(CAST(latitude * 1e6 AS INTEGER), ' '), "
        "group_concat(CAST(longitude * 1e6 AS INTEGER), ' ') FROM ("
        "SELECT photo_id, latitude, longitude FROM photo_location WHERE photo_id NOT IN "
        "(SELECT id FROM photo WHERE given_place IS NOT NULL) UNION ALL "
        "SELECT id, given_latitude, given_longitude FROM photo "
        "WHERE given_place IS NOT NULL AND given_latitude IS NOT NULL)"
    ).fetchone()
    return row[0] or "", row[1] or "", row[2] or ""


AT_PLACE = (
    "SELECT photo_id FROM photo_location WHERE place IN (SELECT value FROM json_each(?)) "
    "EXCEPT SELECT id FROM photo WHERE given_place IS NOT NULL "
    "UNION SELECT id FROM photo WHERE given_place IN (SELECT value FROM json_each(?))"
)
"""Photos taken in any of some cities, which are given twice, as JSON."""
