"""One face in several files of a picture: what the user says of one holds for all.

A raw photo and its JPEG, or a photo and its edited copy, show the same faces in the same places
(`library.stacks.twins`). A decision about one is carried to the others in the same journal entry,
unless the user said something else of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from facesorter.domain import FaceId, FaceOrigin, FaceState, PersonId
from facesorter.library.transaction import SOFT_STATES, Transaction
from facesorter.storage import faces, persons, stacks


def followed(
    txn: Transaction,
    face_ids: Sequence[FaceId],
    person_id: PersonId | None = None,
    *,
    but: Collection[FaceId] = (),
) -> list[FaceId]:
    """Return faces and those that follow them, each once.

    A twin follows if nobody decided about it, or if it was decided as the face itself is now.

    Args:
        txn: The library.
        face_ids: What the user decides about; first in the result, in this order.
        person_id: Whom the faces are confirmed as; a twin that alone was rejected for that person
            doesn't follow.
        but: Faces about which the user says something else in the same decision.
    """
    ids = list(dict.fromkeys(face_ids))
    twins = stacks.twins(txn.connection, ids)
    if not twins:
        return ids
    others = {other for found in twins.values() for other in found} - set(ids) - set(but)
    state = {
        face.id: (face.state, face.person_id)
        for face in faces.by_ids(txn.connection, [*twins, *others])
        if not (face.origin is FaceOrigin.DRAWN and face.state is FaceState.IGNORED)
    }
    refused = set(persons.rejections_of(txn.connection, person_id)) if person_id else set()
    for face_id, found in twins.items():
        for other in found:
            if other not in others or other not in state or face_id not in state:
                continue
            free = state[other][0].value in SOFT_STATES or state[other] == state[face_id]
            alone = (other, person_id) in refused and (face_id, person_id) not in refused
            if free and not alone:
                ids.append(other)
                others.discard(other)
    return ids
