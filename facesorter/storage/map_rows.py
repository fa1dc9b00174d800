"""What the map shows of each face: whose it is and how sure that is."""

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
    """Faces by id.

    Left out: ignored ones, those of persons set aside, of missing photos and of folders that are
    no longer shown.
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
    """The names of all persons that have one."""
    return dict(connection.execute("SELECT id, name FROM person WHERE name IS NOT NULL"))
