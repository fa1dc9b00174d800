"""Rows of a model pack being tested; its embeddings are kept apart from those in use.

[Note: beside] A trial has tables of its own rather than a second row per face in ``embedding``: all
that groups, compares or names reads one embedding per face, so none of it can meet a stranger's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from facesorter.domain import FaceId, PhotoId
from facesorter.storage.pending import Pending, pending_of
from facesorter.storage.photos import chunks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SEEN = (
    "EXISTS (SELECT 1 FROM trial_photo t WHERE t.photo_id = p.id "
    "AND t.content_hash IS p.content_hash)"
)
_WITH_FACES = "p.status = 'analysed' AND EXISTS (SELECT 1 FROM face WHERE face.photo_id = p.id)"


class Seen(NamedTuple):
    """Progress of a test, and how the faces found differ."""

    photos: int
    """Photos analyzed."""
    extra: int
    """Faces that only the tested pack finds, in those photos."""
    lost: int
    """Faces of the library that it doesn't find there by itself."""


def waiting(connection: sqlite3.Connection) -> list[Pending]:
    """Return analyzed photos with faces, in reachable folders, still to be tested."""
    rows = connection.execute(
        "SELECT p.id, f.id, f.path, p.relpath, p.size, p.mtime_ns FROM photo p "
        f"JOIN folder f ON f.id = p.folder_id WHERE {_WITH_FACES} AND NOT {_SEEN} "
        "AND f.watched = 1 AND f.state = 'present' ORDER BY p.taken_at DESC"
    ).fetchall()
    return [pending_of(row) for row in rows]


def unreached(connection: sqlite3.Connection) -> int:
    """Count the photos still to be tested, in reachable folders or not."""
    query = f"SELECT count(*) FROM photo p WHERE {_WITH_FACES} AND NOT {_SEEN}"
    return int(connection.execute(query).fetchone()[0])


def put(
    connection: sqlite3.Connection,
    face_id: FaceId,
    model: int,
    vector: NDArray[np.float32],
    quality: float,
) -> None:
    """Store the tested pack's embedding of a face; ``vector`` is float32 of unit length."""
    connection.execute(
        "INSERT OR REPLACE INTO trial_embedding (face_id, model_id, vector, quality) "
        "VALUES (?, ?, ?, ?)",
        (face_id, model, vector.astype("<f4", copy=False).tobytes(), float(quality)),
    )


def put_seen(
    connection: sqlite3.Connection, photo_id: PhotoId, content_hash: str, extra: int, lost: int
) -> None:
    """Mark a photo of that content as tested."""
    connection.execute(
        "INSERT OR REPLACE INTO trial_photo (photo_id, content_hash, extra, lost) "
        "VALUES (?, ?, ?, ?)",
        (photo_id, content_hash, extra, lost),
    )


def seen(connection: sqlite3.Connection) -> Seen:
    """Return totals of the tested photos."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(extra), 0), coalesce(sum(lost), 0) FROM trial_photo"
    ).fetchone()
    return Seen(*map(int, row))


def several(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> dict[FaceId, tuple[NDArray[np.float32], float]]:
    """Return embedding and quality by the tested pack, of the faces that have them."""
    import numpy as np

    found: dict[FaceId, tuple[NDArray[np.float32], float]] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            f"SELECT face_id, vector, quality FROM trial_embedding WHERE face_id IN ({marks})", part
        )
        found.update((row[0], (np.frombuffer(row[1], "<f4"), row[2])) for row in rows)
    return found


def differing(connection: sqlite3.Connection) -> list[PhotoId]:
    """Return analyzed photos in which the packs find different faces."""
    rows = connection.execute(
        "SELECT p.id FROM trial_photo t JOIN photo p ON p.id = t.photo_id "
        "WHERE t.extra + t.lost > 0 AND p.status = 'analysed'"
    )
    return [row[0] for row in rows]


def clear(connection: sqlite3.Connection) -> None:
    """Delete all results of the test."""
    connection.execute("DELETE FROM trial_embedding")
    connection.execute("DELETE FROM trial_photo")


def exchange(connection: sqlite3.Connection, model: int, other: int) -> None:
    """Swap the tested embeddings (of ``model``) with those in use (of ``other``).

    Notes about photos are deleted, except that tested photos count as tested by ``other``, whose
    detector found their faces.
    """
    connection.execute(
        "CREATE TEMP TABLE aside AS SELECT e.face_id, e.model_id, e.vector, face.quality "
        "FROM embedding e JOIN trial_embedding t ON t.face_id = e.face_id "
        "JOIN face ON face.id = e.face_id WHERE e.model_id = ? AND t.model_id = ?",
        (other, model),
    )
    connection.execute(
        "UPDATE embedding SET model_id = t.model_id, vector = t.vector FROM trial_embedding t "
        "WHERE t.face_id = embedding.face_id AND t.model_id = ?",
        (model,),
    )
    connection.execute(
        "UPDATE face SET quality = t.quality FROM trial_embedding t "
        "WHERE t.face_id = face.id AND t.model_id = ?",
        (model,),
    )
    connection.execute("DELETE FROM trial_embedding")
    connection.execute(
        "INSERT INTO trial_embedding (face_id, model_id, vector, quality) SELECT * FROM aside"
    )
    connection.execute("DROP TABLE aside")
