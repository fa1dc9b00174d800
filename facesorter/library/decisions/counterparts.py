"""Counterparts: one face in several files of a picture, so a decision about one applies to all.

A raw photo and its JPEG, or a photo and its edited copy, show the same faces in the same places
(`library.stacks.counterparts`). A decision about one is carried to the others in the same journal
entry, unless the user decided otherwise about them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from facesorter.domain import FaceId, FaceOrigin, FaceState, PersonId
from facesorter.library.transaction import SOFT_STATES, Transaction
from facesorter.storage import faces, persons, stacks


def with_counterparts(
    txn: Transaction,
    face_ids: Sequence[FaceId],
    person_id: PersonId | None = None,
    *,
    but: Collection[FaceId] = (),
) -> list[FaceId]:
    """Return faces and the counterparts to which a decision about them applies, each once.

    It applies to a counterpart that is undecided, or whose state and person are those of the face.

    Args:
        txn: The library.
        face_ids: The faces of the decision; first in the result, in this order.
        person_id: The person as whom the faces are confirmed; a counterpart that alone was rejected
            for that person is left out.
        but: Faces that the same decision treats differently.
    """
    ids = list(dict.fromkeys(face_ids))
    counterparts = stacks.counterparts(txn.connection, ids)
    if not counterparts:
        return ids
    others = {other for found in counterparts.values() for other in found} - set(ids) - set(but)
    state = {
        face.id: (face.state, face.person_id)
        for face in faces.by_ids(txn.connection, [*counterparts, *others])
        if not (face.origin is FaceOrigin.DRAWN and face.state is FaceState.IGNORED)
    }
    refused = set(persons.rejections_of(txn.connection, person_id)) if person_id else set()
    for face_id, found in counterparts.items():
        for other in found:
            if other not in others or other not in state or face_id not in state:
                continue
            free = state[other][0].value in SOFT_STATES or state[other] == state[face_id]
            alone = (other, person_id) in refused and (face_id, person_id) not in refused
            if free and not alone:
                ids.append(other)
                others.discard(other)
    return ids
