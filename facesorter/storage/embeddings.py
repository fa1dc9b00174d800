"""Rows of embeddings, kept apart from faces: at 512 bytes each they would slow down the grids."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from facesorter.domain import FaceId
from facesorter.storage.photos import chunks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def model_id(connection: sqlite3.Connection, name: str, sha256: str, dimension: int) -> int:
    """Return the id of a recognizer, adding it if it is new."""
    row = connection.execute("SELECT id FROM model WHERE sha256 = ?", (sha256,)).fetchone()
    if row:
        return int(row[0])
    cursor = connection.execute(
        "INSERT INTO model (name, sha256, dimension) VALUES (?, ?, ?)", (name, sha256, dimension)
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def put(
    connection: sqlite3.Connection, face_id: FaceId, model: int, vector: NDArray[np.float32]
) -> None:
    """Store or replace a face's embedding; ``vector`` is float32 of unit length."""
    connection.execute(
        "INSERT INTO embedding (face_id, model_id, vector) VALUES (?, ?, ?) "
        "ON CONFLICT (face_id) DO UPDATE SET model_id = excluded.model_id, "
        "vector = excluded.vector",
        (face_id, model, vector.astype("<f4", copy=False).tobytes()),
    )


def copy(connection: sqlite3.Connection, source: FaceId, target: FaceId) -> None:
    """Replace a face's embedding with that of a face with the same pixels."""
    connection.execute(
        "INSERT INTO embedding (face_id, model_id, vector) "
        "SELECT ?, model_id, vector FROM embedding WHERE face_id = ? "
        "ON CONFLICT (face_id) DO UPDATE SET model_id = excluded.model_id, "
        "vector = excluded.vector",
        (target, source),
    )


def matrix(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId], dimension: int
) -> NDArray[np.float32]:
    """Return embeddings of faces in order, float32 [len(face_ids), dimension].

    Raises:
        KeyError: a face has no embedding.
    """
    import numpy as np

    out = np.empty((len(face_ids), dimension), np.float32)
    place = {face_id: row for row, face_id in enumerate(face_ids)}
    filled = 0
    for marks, part in chunks(face_ids):
        found = connection.execute(
            f"SELECT face_id, vector FROM embedding WHERE face_id IN ({marks})", part
        ).fetchall()
        vectors = np.frombuffer(b"".join([row[1] for row in found]), "<f4")
        out[[place[row[0]] for row in found]] = vectors.reshape(len(found), dimension)
        filled += len(found)
    if filled != len(face_ids):
        raise KeyError(f"{len(face_ids) - filled} of {len(face_ids)} faces have no embedding")
    return out


def blocks(
    connection: sqlite3.Connection, model: int, count: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Yield all faces with an embedding of a model and the embeddings, ``count`` at a time, by id.

    In the order of the file, which is twice as fast as looking up each face.
    """
    import numpy as np

    found = connection.execute(
        "SELECT face_id, vector FROM embedding WHERE model_id = ? ORDER BY face_id", (model,)
    )
    while rows := found.fetchmany(count):
        vectors = np.frombuffer(b"".join([row[1] for row in rows]), "<f4")
        yield np.array([row[0] for row in rows], np.int64), vectors.reshape(len(rows), -1)


def several(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> dict[FaceId, NDArray[np.float32]]:
    """Return embeddings of the faces that have one, each float32 [its model's dimension]."""
    import numpy as np

    found: dict[FaceId, NDArray[np.float32]] = {}
    for marks, part in chunks(face_ids):
        for face_id, blob in connection.execute(
            f"SELECT face_id, vector FROM embedding WHERE face_id IN ({marks})", part
        ):
            found[face_id] = np.frombuffer(blob, "<f4")
    return found


def is_model(connection: sqlite3.Connection, model_id: int, sha256: str) -> bool:
    """Return whether a model of the library has that hash."""
    row = connection.execute("SELECT sha256 FROM model WHERE id = ?", (model_id,)).fetchone()
    return row is not None and row[0] == sha256


def by_id(connection: sqlite3.Connection, model_id: int) -> dict[str, str | int]:
    """Return name, sha256, and dimension of a model of the library."""
    row = connection.execute(
        "SELECT name, sha256, dimension FROM model WHERE id = ?", (model_id,)
    ).fetchone()
    return dict(zip(("name", "sha256", "dimension"), row, strict=True))
