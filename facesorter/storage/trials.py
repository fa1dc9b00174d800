"""Rows of a model pack on trial: its embeddings lie beside those in use, and nothing reads them.

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
    """How far a trial is, and where the packs find other faces."""

    photos: int
    """Photos that were looked at."""
    extra: int
    """Faces that only the pack on trial finds, in those photos."""
    lost: int
    """Faces of the library that it does not find there by itself."""


def waiting(connection: sqlite3.Connection) -> list[Pending]:
    """Analysed photos with faces that the trial has not seen, where the folder can be reached."""
    rows = connection.execute(
        "SELECT p.id, f.id, f.path, p.relpath, p.size, p.mtime_ns FROM photo p "
        f"JOIN folder f ON f.id = p.folder_id WHERE {_WITH_FACES} AND NOT {_SEEN} "
        "AND f.watched = 1 AND f.state = 'present' ORDER BY p.taken_at DESC"
    ).fetchall()
    return [pending_of(row) for row in rows]


def unreached(connection: sqlite3.Connection) -> int:
    """How many photos the trial has not seen, wherever they are."""
    query = f"SELECT count(*) FROM photo p WHERE {_WITH_FACES} AND NOT {_SEEN}"
    return int(connection.execute(query).fetchone()[0])


def put(
    connection: sqlite3.Connection,
    face_id: FaceId,
    model: int,
    vector: NDArray[np.float32],
    quality: float,
) -> None:
    """Store what the pack on trial makes of a face; ``vector`` is float32, unit length."""
    connection.execute(
        "INSERT OR REPLACE INTO trial_embedding (face_id, model_id, vector, quality) "
        "VALUES (?, ?, ?, ?)",
        (face_id, model, vector.astype("<f4", copy=False).tobytes(), float(quality)),
    )


def put_seen(
    connection: sqlite3.Connection, photo_id: PhotoId, content_hash: str, extra: int, lost: int
) -> None:
    """Note that a photo of that content was looked at."""
    connection.execute(
        "INSERT OR REPLACE INTO trial_photo (photo_id, content_hash, extra, lost) "
        "VALUES (?, ?, ?, ?)",
        (photo_id, content_hash, extra, lost),
    )


def seen(connection: sqlite3.Connection) -> Seen:
    """Totals of the photos that were looked at."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(extra), 0), coalesce(sum(lost), 0) FROM trial_photo"
    ).fetchone()
    return Seen(*map(int, row))


def several(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> dict[FaceId, tuple[NDArray[np.float32], float]]:
    """Embedding on trial and its quality, of those faces that have one."""
    import numpy as np

    found: dict[FaceId, tuple[NDArray[np.float32], float]] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            f"SELECT face_id, vector, quality FROM trial_embedding WHERE face_id IN ({marks})", part
        )
        found.update((row[0], (np.frombuffer(row[1], "<f4"), row[2])) for row in rows)
    return found


def differing(connection: sqlite3.Connection) -> list[PhotoId]:
    """Analysed photos in which the packs find other faces."""
    rows = connection.execute(
        "SELECT p.id FROM trial_photo t JOIN photo p ON p.id = t.photo_id "
        "WHERE t.extra + t.lost > 0 AND p.status = 'analysed'"
    )
    return [row[0] for row in rows]


def clear(connection: sqlite3.Connection) -> None:
    """Forget all that a trial found."""
    connection.execute("DELETE FROM trial_embedding")
    connection.execute("DELETE FROM trial_photo")


def exchange(connection: sqlite3.Connection, model: int, other: int) -> None:
    """Put the embeddings on trial (of ``model``) in use, and those in use (of ``other``) aside.

    What was noted of photos goes, except that those seen stay seen by the pack that goes aside:
    it was what found their faces.
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
