"""Calibrate a pack's similarities from people in the library who surely differ.

A model pack that was never measured has its own scale of cosines. But every library has known
non-matching pairs: people with different names, and faces in one photo.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import TYPE_CHECKING

from facesorter.domain import PersonId
from facesorter.faces import calibration
from facesorter.faces.calibration import Calibration
from facesorter.library.scanning.record import MODEL_KEY
from facesorter.names import fold
from facesorter.storage import embeddings, grouping_rows, library_settings, persons

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_PEOPLE = 2_000
"""Persons compared with each other: two million pairs measure a false match rate of 1e-5."""
MOST_FACES = 12
"""Faces of one photo that are compared, so that a few crowds don't dominate."""
CLEAR = 0.5
"""Least quality of a face: poor faces resemble each other, whoever they are."""


def of_library(
    connection: sqlite3.Connection, name: str, sha256: str, dimension: int
) -> Calibration:
    """Return the calibration of a pack for this library. Thread: any but the window's.

    The bundled pack's is known from millions of pairs; another's is measured here if the library
    was analyzed with it and has enough non-matching pairs.
    """
    usual = calibration.of_pack(name, dimension)
    model_id = library_settings.get(connection, MODEL_KEY)
    if name in calibration.KNOWN or model_id is None:
        return usual
    if not embeddings.is_model(connection, model_id, sha256):
        return usual
    return calibration.fitted(strangers(connection), usual)


def strangers(connection: sqlite3.Connection) -> NDArray[np.float32]:
    """Return cosines of faces known to be of different people.

    Returns:
        (N,) float32: between persons of different names, the clearest confirmed face of each; and
        between faces of one photo that are not with the same person.
    """
    import numpy as np

    model_id = library_settings.get(connection, MODEL_KEY)
    if model_id is None:
        return np.empty(0, np.float32)
    rows = [
        row for row in grouping_rows.faces_to_group(connection, model_id) if row.quality >= CLEAR
    ]
    best: dict[PersonId, grouping_rows.GroupingFace] = {}
    beside: dict[int, list[grouping_rows.GroupingFace]] = defaultdict(list)
    for row in rows:
        beside[row.frame].append(row)
        if row.state == "confirmed" and row.person_id is not None:
            known = best.get(row.person_id)
            if known is None or row.quality > known.quality:
                best[row.person_id] = row
    named = _one_of_each_name(connection, best)
    groups = [named, *(found for found in beside.values() if len(found) > 1)]
    wanted = sorted({row.face_id for group in groups for row in group})
    place = {face_id: at for at, face_id in enumerate(wanted)}
    vectors = embeddings.matrix(connection, wanted, grouping_rows.dimension(connection, model_id))
    found = []
    for number, group in enumerate(groups):
        group = group[: MOST_FACES if number else MOST_PEOPLE]
        some = vectors[[place[row.face_id] for row in group]]
        person = np.array([-1 if row.person_id is None else row.person_id for row in group])
        one, other = np.triu_indices(len(group), 1)
        different = (person[one] != person[other]) | (person[one] == -1)
        found.append((some @ some.T)[one, other][different])
    return np.concatenate(found).astype(np.float32)


def _one_of_each_name(
    connection: sqlite3.Connection, best: dict[PersonId, grouping_rows.GroupingFace]
) -> list[grouping_rows.GroupingFace]:
    """Pick a face for each name: unnamed persons may be anyone, namesakes the same person."""
    found: dict[str, grouping_rows.GroupingFace] = {}
    for person_id, row in best.items():
        name = persons.name_of(connection, person_id)
        if name is not None:
            found.setdefault(fold(name), row)
    return list(found.values())
