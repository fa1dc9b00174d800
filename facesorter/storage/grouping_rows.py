"""Rows of faces as grouping reads them: states and constraints, no names."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from facesorter.domain import FaceId, PersonId
from facesorter.storage.photos import chunks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class GroupingFace(NamedTuple):
    """One face as grouping sees it."""

    face_id: FaceId
    frame: int
    """The photo, or one moment of a video: what shows nobody twice."""
    quality: float
    taken_at: str
    person_id: PersonId | None
    state: str
    similarity: float | None
    sure: int
    print: bytes
    """The first 16 bytes of the embedding, which change with it."""


class PersonFace(NamedTuple):
    """One face of a person, as far as its doubt depends on it."""

    face_id: FaceId
    frame: int
    """As in `GroupingFace`."""
    quality: float
    taken_at: str
    state: str
    shown: int
    """Whether the photo is there to be looked at."""


class GroupingColumns(NamedTuple):
    """All faces as grouping sees them, a tuple for each field of `GroupingFace`."""

    face_id: tuple[int, ...]
    frame: tuple[int, ...]
    quality: tuple[float, ...]
    taken_at: tuple[str, ...]
    person_id: tuple[int | None, ...]
    state: tuple[str, ...]
    similarity: tuple[float | None, ...]
    sure: tuple[int, ...]
    print: tuple[bytes, ...]


MOMENTS = 1 << 32
"""What is added to a photo's id for each millisecond of a video, to tell its frames apart."""
_MOMENT = f"coalesce(face.moment + 1, 0) * {MOMENTS}"


# Who was cut away from a photo is nobody who is still on it.
_FRAME = f"coalesce(photo.version_of, photo.id) + {_MOMENT}"
_SELECT = (
    f"SELECT face.id, {_FRAME}, face.quality, photo.taken_at, face.person_id, face.state, "
    "face.similarity, face.sure, substr(embedding.vector, 1, 16)"
)
_TO_GROUP = (
    "FROM face JOIN photo ON photo.id = face.photo_id "
    "JOIN embedding ON embedding.face_id = face.id "
    "WHERE embedding.model_id = ? AND face.state != 'ignored' "
    "AND (photo.status != 'missing' OR face.state = 'confirmed') "
)


def faces_to_group(connection: sqlite3.Connection, model_id: int) -> list[GroupingFace]:
    """Return faces with an embedding of ``model_id``, by id.

    Skips ignored faces and unconfirmed faces of missing photos.
    """
    return [GroupingFace(*row) for row in _rows_to_group(connection, model_id)]


def faces_of(
    connection: sqlite3.Connection, model_id: int, person_id: PersonId
) -> tuple[list[PersonFace], NDArray[np.float32]]:
    """Return those of `faces_to_group` that are a person's, by id, and their embeddings.

    Returns:
        The faces, and float32[len(faces), dimension].
    """
    import numpy as np

    rows = connection.execute(
        f"SELECT face.id, {_FRAME}, face.quality, photo.taken_at, face.state, "
        f"photo.status != 'missing', embedding.vector {_TO_GROUP} "
        # In the order of the file, which is quicker than to sort whole rows.
        "AND face.id IN (SELECT id FROM face WHERE person_id = ?) ORDER BY face.id",
        (model_id, person_id),
    ).fetchall()
    vectors = np.frombuffer(b"".join([row[-1] for row in rows]), "<f4")
    faces = [PersonFace._make(row[:-1]) for row in rows]
    return faces, vectors.reshape(len(rows), dimension(connection, model_id))


def persons_of_others(
    connection: sqlite3.Connection, person_id: PersonId
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the faces of all persons but one, of any model, and whose they are, by face.

    Skips unconfirmed faces of missing photos. Reads indexes alone.
    """
    import numpy as np

    # As text, in a fifth of the time that rows take.
    faces, whose = connection.execute(
        "SELECT group_concat(id), group_concat(person_id) FROM face "
        "WHERE person_id IS NOT NULL AND person_id != ?",
        (person_id,),
    ).fetchone()
    if faces is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    ids = np.fromstring(faces, np.int64, sep=",")
    # Few photos are missing: looking up each face's photo would take longer than all the rest.
    missing = connection.execute(
        "SELECT face.id FROM photo JOIN face ON face.photo_id = photo.id "
        "WHERE photo.status = 'missing' AND face.state = 'suggested'"
    ).fetchall()
    order = np.argsort(ids)
    order = order[~np.isin(ids[order], [face for (face,) in missing])]
    return ids[order], np.fromstring(whose, np.int64, sep=",")[order]


def columns_to_group(connection: sqlite3.Connection, model_id: int) -> GroupingColumns | None:
    """Return `faces_to_group` by columns, in half the time; None if there are no faces."""
    rows = _rows_to_group(connection, model_id)
    if not rows:
        return None
    # Not zip, which would hold the GIL for a tenth of a second.
    return GroupingColumns(*(tuple(map(itemgetter(at), rows)) for at in range(len(rows[0]))))


def _rows_to_group(connection: sqlite3.Connection, model_id: int) -> list[tuple[Any, ...]]:
    return connection.execute(f"{_SELECT} {_TO_GROUP} ORDER BY face.id", (model_id,)).fetchall()


def frames(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> dict[FaceId, int]:
    """Return the `GroupingFace.frame` of each face."""
    found: dict[FaceId, int] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            f"SELECT id, photo_id + {_MOMENT} FROM face WHERE id IN ({marks})", part
        )
        found.update(rows.fetchall())
    return found


def count(connection: sqlite3.Connection, model_id: int) -> int:
    """Count the faces that `faces_to_group` returns."""
    (found,) = connection.execute(f"SELECT count(*) {_TO_GROUP}", (model_id,)).fetchone()
    return int(found)


def dimension(connection: sqlite3.Connection, model_id: int) -> int:
    """Return the length of a model's embeddings."""
    (found,) = connection.execute(
        "SELECT dimension FROM model WHERE id = ?", (model_id,)
    ).fetchone()
    return int(found)


def machine_faces(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> dict[FaceId, tuple[PersonId | None, float | None, bool]]:
    """Return the faces that a refresh may move: current person, similarity, and whether sure."""
    found: dict[FaceId, tuple[PersonId | None, float | None, bool]] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            "SELECT id, person_id, similarity, sure FROM face "
            f"WHERE state IN ('unknown', 'suggested') AND id IN ({marks})",
            part,
        )
        found.update((row[0], (row[1], row[2], bool(row[3]))) for row in rows)
    return found
