"""Find the face of a person who is named on a photo without a region.

That the person is there makes a likeness count that wouldn't count by itself.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from facesorter.domain import Face, FaceId, FaceState, PersonId, is_before
from facesorter.library.decisions import corrections
from facesorter.library.name_import.judging import Outcome
from facesorter.library.transaction import Transaction
from facesorter.storage import (
    embeddings,
    faces,
    grouping_rows,
    imported_names,
    library_settings,
    persons,
)
from facesorter.storage.imported_names import Placed, Waiting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FAR: Final = 5e-3
"""False accept rate up to which a face of the photo may be the person's; of two faces without any
name it is fifty times less (`faces.calibration.SAME`)."""
LEAD: Final = 0.08
"""Cosine by which the face must be more like the person than every other face of the photo.
Measured by tests/benchmarks/unplaced_names.py on group photos composed of labelled faces, half of
the people tuned: of 2,910 groups of the other half 86.5 % had the person's face, 86.5 % were
answered right and 0.2 % wrong. A rate of 0.02 with a lead of 0.06, the most that the tuned half
allows for 1 % wrong, found no more."""
NEAREST: Final = 3
"""Faces of the person that count, those most like the face."""
CLEAR: Final = 0.5
"""Least quality of a face: poor faces resemble each other, whoever they are."""
MOST_KNOWN: Final = 200
"""Faces of a person that are compared, the clearest ones."""
BATCH: Final = 1000
"""Names looked at per refresh, so that one with very many takes turns; not measured."""


@dataclass(frozen=True, slots=True)
class Recognized:
    """An imported name, and the face that it is."""

    waiting: Waiting
    person_id: PersonId
    face_id: FaceId


def pick(
    faces: NDArray[np.float32], known: NDArray[np.float32], threshold: float, lead: float = LEAD
) -> int | None:
    """Return which face of a photo is a person's, None if that isn't clear.

    Args:
        faces: (n, d) float32, unit length: all faces of the photo.
        known: (k, d) float32, unit length: the person's faces elsewhere.
        threshold: Least cosine.
        lead: See `LEAD`.
    """
    import numpy as np

    if not len(faces) or not len(known):
        return None
    alike = np.sort(faces @ known.T, axis=1)[:, -NEAREST:].mean(axis=1)
    order = np.argsort(-alike)
    if alike[order[0]] < threshold:
        return None
    if len(order) > 1 and alike[order[0]] - alike[order[1]] < lead:
        return None
    return int(order[0])


def find(
    connection: sqlite3.Connection, rows: Sequence[Waiting], similarity: Callable[[float], float]
) -> list[Recognized]:
    """Find the faces of people imported for photos. Thread: any but the writer.

    Only faces that are nobody's so far are found; those of others, known or suggested, are what
    the person's face must be told from. A face that two people have is neither's.

    Args:
        connection: The library.
        rows: Names without a place whose person is known.
        similarity: Returns the cosine that a share of strangers exceeds.
    """
    model_id = library_settings.get(connection, library_settings.MODEL)
    if model_id is None or not rows:
        return []
    dimension = grouping_rows.dimension(connection, model_id)
    on_photos = faces.of_photos(connection, list({each.imported.photo_id for each in rows}))
    people = list({each.person_id for each in rows if each.person_id is not None})
    known = {person: _known(connection, person, dimension) for person in people}
    births = persons.births(connection)
    threshold = similarity(FAR)
    found: list[Recognized] = []
    for photo_id, group in groupby(
        sorted(rows, key=lambda each: each.imported.photo_id),
        key=lambda each: each.imported.photo_id,
    ):
        there = [f for f in on_photos.get(photo_id, ()) if f.state is not FaceState.IGNORED]
        found += _of_photo(connection, list(group), there, (known, births), dimension, threshold)
    return found


_Known = tuple[dict[PersonId, "NDArray[np.float32]"], dict[PersonId, str]]


def _of_photo(
    connection: sqlite3.Connection,
    rows: Sequence[Waiting],
    there: Sequence[Face],
    known: _Known,
    dimension: int,
    threshold: float,
) -> list[Recognized]:
    if not any(_is_free(face) for face in there):
        return []
    ids = [face.id for face in there]
    try:
        vectors = embeddings.matrix(connection, ids, dimension)
    except KeyError:  # added before another pack was used
        return []
    rejected = set(persons.rejections_of_faces(connection, ids))
    taken = faces.taken(connection, ids)
    by_face: dict[FaceId, list[Recognized]] = defaultdict(list)
    for each in rows:
        person = each.person_id
        if person is None or any(face.person_id == person for face in there):
            continue
        at = pick(vectors, known[0][person], threshold)
        if at is None or not _is_free(there[at]) or (ids[at], person) in rejected:
            continue
        if not is_before(taken.get(ids[at]), known[1].get(person)):
            by_face[ids[at]].append(Recognized(each, person, ids[at]))
    # One import may have a name that another had before.
    return [
        each
        for answers in by_face.values()
        if len({one.person_id for one in answers}) == 1
        for each in answers[:1]
    ]


def _is_free(face: Face) -> bool:
    return face.state is FaceState.UNKNOWN and face.quality >= CLEAR


def _known(
    connection: sqlite3.Connection, person_id: PersonId, dimension: int
) -> NDArray[np.float32]:
    import numpy as np

    ids = faces.clearest_confirmed(connection, person_id, MOST_KNOWN)
    try:
        return embeddings.matrix(connection, ids, dimension)
    except KeyError:
        return np.empty((0, dimension), np.float32)


def confirm(txn: Transaction, found: Sequence[Recognized]) -> int:
    """Confirm faces as part of the decision to use the names; return how many. Thread: writer.

    What was decided since goes first.
    """
    connection = txn.connection
    current = imported_names.still_on_photos(connection, [each.waiting.id for each in found])
    found = sorted((f for f in found if f.waiting.id in current), key=lambda f: f.waiting.import_id)
    imports = imported_names.imports(connection, [each.waiting.import_id for each in found])
    confirmed = 0
    for import_id, group in groupby(found, key=lambda each: each.waiting.import_id):
        with txn.addition(imports[import_id].decision_id):
            confirmed += sum(_confirm(txn, each) for each in group)
    return confirmed


def _confirm(txn: Transaction, found: Recognized) -> bool:
    connection, person_id = txn.connection, found.person_id
    known = faces.by_ids(connection, [found.face_id])
    if not known or known[0].state is not FaceState.UNKNOWN:
        return False
    rejected = persons.rejections_of_faces(connection, [found.face_id])
    if (found.face_id, person_id) in rejected or not persons.exists(connection, person_id):
        return False
    corrections.confirm_faces(txn, [found.face_id], person_id)
    placed = Placed(found.waiting.id, Outcome.NAMED, found.face_id, person_id)
    imported_names.set_placed(connection, [placed])
    return True
