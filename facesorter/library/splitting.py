"""A person who is more than one: a cut is proposed; `corrections.separate` carries it out."""

from __future__ import annotations

import sqlite3

from facesorter.domain import FaceId, PersonId
from facesorter.storage import embeddings, faces


def propose(connection: sqlite3.Connection, person_id: PersonId, parts: int) -> list[list[FaceId]]:
    """Propose a cut of a person's faces into ``parts`` people, largest first.

    In each part the faces most like it come first, so that strays stand at the end. Faces without
    an embedding (drawn ones that wait for it) end the first part. Thread: any but the window's;
    up to some seconds.

    Raises:
        ValueError: ``parts`` is out of `clustering.split`'s range.
    """
    import numpy as np

    from facesorter.clustering.split import cut

    ids = faces.ids(connection, person_id=person_id)
    known = embeddings.several(connection, ids)
    # Embeddings of two recognisers can't be compared; the larger share is what is in use.
    sizes = [len(vector) for vector in known.values()]
    common = max(set(sizes), key=sizes.count, default=0)
    having = [each for each in ids if each in known and len(known[each]) == common]
    rest = [each for each in ids if each not in set(having)]
    if not having:
        return [rest] if rest else []
    matrix = np.stack([known[each] for each in having])
    photo_of = {face.id: face.photo_id for face in faces.by_ids(connection, having)}
    photos = np.array([photo_of[each] for each in having], np.int64)
    label = cut(matrix, photos, parts)
    found: list[list[FaceId]] = []
    for number in range(int(label.max()) + 1):
        rows = np.flatnonzero(label == number)
        likeness = matrix[rows] @ matrix[rows].mean(axis=0)
        found.append([having[row] for row in rows[np.argsort(-likeness, kind="stable")]])
    found[0] += rest
    return found
