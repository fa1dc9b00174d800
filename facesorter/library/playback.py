"""Choose the photos of a person for a playback through the years, oldest first."""

from __future__ import annotations

import itertools
import sqlite3

from facesorter.domain import Face, FaceId, FaceState, PersonId
from facesorter.storage import faces

MOST = 360
"""Most photos in a playback, three to five minutes; of more, the best of each period."""
CLEAR = 0.35
"""Quality from which a face is clear at a large size."""
ENOUGH = 24
"""Number of clear faces from which poor ones are skipped."""


def frames(connection: sqlite3.Connection, person_id: PersonId, most: int = MOST) -> list[FaceId]:
    """Return the faces of a person to play, oldest first.

    Confirmed ones, or all if there are none; the best one of each photo. Skips faces without known
    eyes (drawn ones), which can't be aligned.
    """
    ids = faces.ids(connection, person_id=person_id)
    own = [face for face in faces.by_ids(connection, ids) if _has_eyes(face)]
    confirmed = [face for face in own if face.state is FaceState.CONFIRMED]
    shown = confirmed or own
    clear = [face for face in shown if face.quality >= CLEAR]
    if len(clear) >= ENOUGH:
        shown = clear
    best: dict[int, Face] = {}
    for face in shown:
        if face.photo_id not in best or face.quality > best[face.photo_id].quality:
            best[face.photo_id] = face
    order = faces.order(connection, [face.id for face in best.values()])
    # Nobody knows when those without a date have their turn.
    dated = [face for face in best.values() if order[face.id]]
    row = sorted(dated or best.values(), key=lambda face: (order[face.id], face.id))
    if len(row) > most:
        ends = [len(row) * at // most for at in range(most + 1)]
        parts = (row[start:end] for start, end in itertools.pairwise(ends))
        row = [max(part, key=lambda face: face.quality) for part in parts]
    return [face.id for face in row]


def _has_eyes(face: Face) -> bool:
    return len(face.landmarks) == 5 and len(set(face.landmarks)) > 1
