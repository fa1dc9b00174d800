"""Between the library and `clustering`: take a snapshot, apply the proposal, explain it.

[Note: the machine never overrules a person] `apply` writes only faces that are unknown or
suggested *now*, never into a pair that was rejected meanwhile, and never changes a person's name
or a confirmed face. What the user did while the refresh was running therefore stands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from facesorter.cancel import CancelToken
from facesorter.library.transaction import Transaction, now
from facesorter.storage import embeddings, faces, grouping_rows, library_settings, persons

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.clustering.refresh import Proposal, Snapshot

THRESHOLDS_KEY = "grouping.thresholds"
MODEL_KEY = "model"


def propose(
    connection: sqlite3.Connection, *, full: bool = False, token: CancelToken | None = None
) -> Proposal | None:
    """Group the library's faces anew; None when there is nothing to group. Thread: refresh.

    ``full`` forgets the thresholds of the last refresh and finds them anew.
    """
    from facesorter.clustering.refresh import propose as cluster

    taken = snapshot(connection, full=full)
    return None if taken is None else cluster(taken, token)


def snapshot(connection: sqlite3.Connection, *, full: bool = False) -> Snapshot | None:
    """All that grouping needs to know, as arrays; None when the library has no faces yet.

    Left out: ignored faces, and undecided faces of missing photos.
    """
    import numpy as np

    from facesorter.clustering.refresh import Snapshot, Thresholds

    model_id = library_settings.get(connection, MODEL_KEY)
    if model_id is None:
        return None
    rows = grouping_rows.faces_to_group(connection, model_id)
    if not rows:
        return None
    face_ids = np.array([row.face_id for row in rows], np.int64)
    shown = np.array([-1 if row.person_id is None else row.person_id for row in rows], np.int64)
    confirmed = np.array([row.state == "confirmed" for row in rows], bool)
    last = None if full else library_settings.get(connection, THRESHOLDS_KEY)
    return Snapshot(
        face_ids=face_ids,
        embeddings=embeddings.matrix(
            connection, face_ids.tolist(), grouping_rows.dimension(connection, model_id)
        ),
        photo_ids=np.array([row.photo_id for row in rows], np.int64),
        quality=np.array([row.quality for row in rows], np.float32),
        taken=_days([row.taken_at for row in rows]),
        confirmed=np.where(confirmed, shown, -1),
        shown=shown,
        rejections=np.array(persons.rejections(connection), np.int64).reshape(-1, 2),
        owned=np.array(persons.owned(connection), np.int64),
        thresholds=Thresholds(**last) if last else None,
    )


def apply(txn: Transaction, proposal: Proposal) -> int:
    """Write a proposal; returns how many faces moved. Thread: writer."""
    connection = txn.connection
    rejected = set(persons.rejections(connection))
    current = grouping_rows.machine_faces(connection)
    existing = set(grouping_rows.person_ids(connection))
    made: dict[int, int] = {}
    left: set[int] = set()
    moved = 0
    for face_id, person, similarity in zip(
        proposal.face_ids.tolist(),
        proposal.person.tolist(),
        proposal.similarity.tolist(),
        strict=True,
    ):
        if face_id not in current:
            continue
        before, before_similarity = current[face_id]
        target: int | None = None
        if person <= -2:
            if person not in made:
                made[person] = persons.insert(connection, now())
            target = made[person]
        elif person >= 0 and person in existing and (face_id, person) not in rejected:
            target = person
        value = round(similarity, 4) if target is not None else None
        if target == before and (value is None or value == before_similarity):
            continue
        faces.set_suggestion(connection, face_id, target, value)
        if target != before:
            moved += 1
            txn.touch(faces=[face_id], persons=[before, target])
            if before is not None:
                left.add(before)
    persons.delete_empty(connection, sorted(left))
    if library_settings.get(connection, THRESHOLDS_KEY) != asdict(proposal.thresholds):
        library_settings.put(connection, THRESHOLDS_KEY, asdict(proposal.thresholds))
    return moved


def _days(dates: Sequence[str]) -> NDArray[np.float64]:
    """Days since 1970 as float64; NaN where the date is no date."""
    import numpy as np

    out = np.full(len(dates), np.nan)
    for row, text in enumerate(dates):
        try:
            out[row] = np.datetime64(text[:19], "s").astype(np.int64) / 86_400
        except ValueError:
            continue
    return out
