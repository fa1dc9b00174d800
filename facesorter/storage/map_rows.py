"""Rows of faces as the map shows them: person and similarity."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from facesorter.domain import FaceId, PersonId


class MapFace(NamedTuple):
    """One face as the map sees it."""

    face_id: FaceId
    person_id: PersonId | None
    state: str


def faces(connection: sqlite3.Connection) -> list[MapFace]:
    """Return faces by id.

    Skips ignored faces and those of hidden persons, missing photos, and unwatched folders.
    """
    rows = connection.execute(
        "SELECT face.id, face.person_id, face.state FROM face "
        "JOIN photo ON photo.id = face.photo_id JOIN folder ON folder.id = photo.folder_id "
        "LEFT JOIN person ON person.id = face.person_id "
        "WHERE face.state != 'ignored' AND photo.status != 'missing' AND folder.watched = 1 "
        "AND coalesce(person.hidden, 0) = 0 ORDER BY face.id"
    )
    return [MapFace(*row) for row in rows]


def names(connection: sqlite3.Connection) -> dict[PersonId, str]:
    """Return the names of all named persons."""
    return dict(connection.execute("SELECT id, name FROM person WHERE name IS NOT NULL"))
