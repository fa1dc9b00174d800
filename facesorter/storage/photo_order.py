"""What the order of photos by date depends on; `library.photo_order` has the rule."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from facesorter.domain import PhotoId
from facesorter.storage.folders import PLACE


class Timed(NamedTuple):
    """A photo whose date is known to the second."""

    id: PhotoId
    taken_at: str
    taken_from: str
    utc_offset: int | None
    """Minutes by which its date is ahead of universal time; None if unknown."""
    sort_at: str
    make: str | None
    model: str | None
    folder: tuple[int, str]


def offsets(connection: sqlite3.Connection, day: str) -> set[int]:
    """Return the known offsets of the photos of a date. Reads an index alone."""
    rows = connection.execute(
        "SELECT DISTINCT utc_offset FROM photo WHERE sort_at > ? || 'T' AND sort_at < ? || 'U'",
        (day, day),
    )
    return {offset for (offset,) in rows if offset is not None}


def of_day(connection: sqlite3.Connection, day: str) -> list[Timed]:
    """Return the photos of a date that are known to the second, with the missing ones."""
    rows = connection.execute(
        "SELECT id, taken_at, taken_from, photo.utc_offset, sort_at, make, model, "
        f"folder_id, {PLACE} FROM photo LEFT JOIN photo_info ON photo_id = id "
        "WHERE sort_at > ? || 'T' AND sort_at < ? || 'U' AND length(taken_at) = 19 "
        "AND version_of IS NULL",
        (day, day),
    )
    return [Timed._make((*row[:7], row[7:])) for row in rows]


def put(connection: sqlite3.Connection, keys: Mapping[PhotoId, str]) -> None:
    """Store keys."""
    connection.executemany(
        "UPDATE photo SET sort_at = ? WHERE id = ?", [(key, photo) for photo, key in keys.items()]
    )
