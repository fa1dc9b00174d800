"""Unassigned faces, ordered so that similar ones are next to each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from facesorter.domain import FaceId
from facesorter.storage import embeddings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 2_000
"""Most faces compared pairwise: 16 MB of similarities, a tenth of a second. Larger sets are first
divided along their principal direction."""
TURNS = 8
"""Iterations of the power method for that direction, which need not be exact."""


def face_ids(connection: sqlite3.Connection) -> list[FaceId]:
    """Return faces unassigned or alone in an unnamed group; newest photo first."""
    rows = connection.execute(
        "SELECT face.id FROM face JOIN photo ON photo.id = face.photo_id "
        "JOIN folder ON folder.id = photo.folder_id "
        "WHERE photo.status != 'missing' AND folder.watched = 1 AND face.id IN ("
        "SELECT id FROM face WHERE state = 'unknown' UNION ALL "
        "SELECT face.id FROM face JOIN person ON person.id = face.person_id "
        "WHERE person.name IS NULL AND person.hidden = 0 "
        "GROUP BY face.person_id HAVING count(*) = 1 AND face.state = 'suggested') "
        "ORDER BY photo.sort_at DESC, face.id DESC"
    )
    return [row[0] for row in rows]


def listed(
    connection: sqlite3.Connection, before: Sequence[FaceId] = (), start: FaceId | None = None
) -> list[FaceId]:
    """Return the unassigned faces by similarity. Thread: any but the window's; up to seconds.

    Args:
        connection: The library.
        before: The current order; faces still unassigned keep it, new ones follow.
        start: The face to compare the others with; without it, each face is followed by the most
            similar one left.

    Returns:
        Faces; those without an embedding, or with one of another recognizer, last.
    """
    import numpy as np

    ids = face_ids(connection)
    if before:
        there, kept = set(ids), set(before)
        return [each for each in before if each in there] + [f for f in ids if f not in kept]
    wanted = ids if start is None or start in set(ids) else [start, *ids]
    known = embeddings.several(connection, wanted)
    sizes = [len(vector) for vector in known.values()]
    common = max(set(sizes), key=sizes.count, default=0)
    having = [each for each in ids if each in known and len(known[each]) == common]
    if not having:
        return ids
    matrix = np.stack([known[each] for each in having])
    if start is None:
        order = by_likeness(matrix)
    elif start in known and len(known[start]) == common:
        order = np.argsort(-(matrix @ known[start]), kind="stable")
    else:
        return ids
    found = [having[row] for row in order.tolist()]
    placed = set(found)
    return found + [each for each in ids if each not in placed]


def by_likeness(matrix: NDArray[np.float32]) -> NDArray[np.int64]:
    """Order faces so that each is followed by a similar one.

    A greedy nearest-neighbor chain, in blocks divided along principal directions.

    Args:
        matrix: float32[n, d], unit rows, n at least 1.

    Returns:
        int64[n], a permutation.
    """
    import numpy as np

    order: list[int] = []
    for block in _blocks(matrix, np.arange(len(matrix))):
        alike = matrix[block] @ matrix[block].T
        np.fill_diagonal(alike, -2)
        if order:
            at = int((matrix[block] @ matrix[order[-1]]).argmax())
        else:
            # Start at the most similar pair.
            at = int(alike.max(axis=1).argmax())
        for _ in range(len(block)):
            order.append(int(block[at]))
            alike[:, at] = -3
            at = int(alike[at].argmax())
    return np.array(order, np.int64)


def _blocks(matrix: NDArray[np.float32], rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    import numpy as np

    if len(rows) <= BLOCK:
        return [rows]
    part = matrix[rows] - matrix[rows].mean(axis=0)
    direction = part[0]
    for _ in range(TURNS):
        direction = part.T @ (part @ direction)
        direction = direction / max(float(np.linalg.norm(direction)), 1e-12)
    ranks = np.argsort(part @ direction, kind="stable")
    half = len(rows) // 2
    return _blocks(matrix, rows[ranks[:half]]) + _blocks(matrix, rows[ranks[half:]])
