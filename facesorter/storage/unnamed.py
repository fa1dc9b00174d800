"""Rows of unnamed people and unassigned faces: in a photo, in a folder, or anywhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from facesorter.domain import FaceId, FolderId, PersonId, PhotoId
from facesorter.storage.photos import chunks

UNRECOGNISABLE = 0.05
"""Quality below which a face can't be recognized; such faces are never grouped either
(`clustering.engine.POOR`)."""


class Group(NamedTuple):
    """An unnamed group, not hidden, with a face in a place."""

    person_id: PersonId
    inside: int
    """Its faces in that place."""
    faces: int


def groups(
    connection: sqlite3.Connection,
    *,
    photo_id: PhotoId | None = None,
    folder_id: FolderId | None = None,
) -> list[Group]:
    """Return unnamed groups with a face in a photo, in a folder, or anywhere, by id."""
    where, values = _place(photo_id, folder_id)
    rows = connection.execute(
        "SELECT person.id, sum(photo.status != 'missing'), (SELECT count(*) FROM face AS every "
        "WHERE every.person_id = person.id) "
        "FROM face JOIN person ON person.id = face.person_id JOIN photo ON photo.id = photo_id "
        f"WHERE person.name IS NULL AND person.hidden = 0 {where} "
        "GROUP BY person.id ORDER BY person.id",
        values,
    )
    return [Group(*row) for row in rows]


def unassigned_faces(
    connection: sqlite3.Connection,
    *,
    photo_id: PhotoId | None = None,
    folder_id: FolderId | None = None,
) -> list[FaceId]:
    """Return unassigned faces that aren't ignored, by id."""
    where, values = _place(photo_id, folder_id)
    rows = connection.execute(
        "SELECT face.id FROM face JOIN photo ON photo.id = photo_id "
        f"WHERE face.state = 'unknown' AND photo.status != 'missing' {where} ORDER BY face.id",
        values,
    )
    return [row[0] for row in rows]


def poor_faces(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> set[FaceId]:
    """Return the faces too poor to be recognized."""
    found: set[FaceId] = set()
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            f"SELECT id FROM face WHERE quality < ? AND id IN ({marks})", [UNRECOGNISABLE, *part]
        )
        found.update(row[0] for row in rows)
    return found


def _place(photo_id: PhotoId | None, folder_id: FolderId | None) -> tuple[str, list[int]]:
    if photo_id is not None:
        return "AND photo.id = ?", [photo_id]
    if folder_id is not None:
        return "AND photo.folder_id = ?", [folder_id]
    return "", []
