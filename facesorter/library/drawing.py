"""Faces that a person drew where the machine saw none: a decision like any other.

[Note: undoing a drawn face] The row and its embedding are written once and stay, as *ignored*
before the decision and after its undo: nothing groups it then, and Redo has everything it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facesorter.domain import SAME_PLACE, FaceId, FaceOrigin, FaceState, PersonId, PhotoId
from facesorter.errors import UserError
from facesorter.library import corrections
from facesorter.library.journal import Kind
from facesorter.library.record import MODEL_KEY
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, faces, library_settings, persons, photos

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FoundFace


def draw(
    txn: Transaction,
    photo_id: PhotoId,
    face: FoundFace,
    sha256: str,
    *,
    person_id: PersonId | None = None,
    name: str | None = None,
) -> FaceId:
    """Add a face that a person drew; returns its id. Thread: writer.

    Args:
        txn: The transaction.
        photo_id: The photo it is in.
        face: From `FaceAnalyzer.analyse_regions`.
        sha256: The pack that described it.
        person_id: Who it is, if that is known.
        name: Or their name; somebody new where nobody has it.

    Raises:
        UserError: there is a face at that place already, several people have that name, or the
            library was analysed with another pack.
    """
    connection = txn.connection
    if not photos.by_ids(connection, [photo_id]):
        raise UserError("This photo is no longer in the library. Nothing was changed.")
    for known in faces.of_photo(connection, photo_id):
        if known.state is not FaceState.IGNORED and known.region.overlap(face.region) >= SAME_PLACE:
            raise UserError(
                f"There is a face at that place already (face {known.id}). Nothing was changed."
            )
    model_id = library_settings.get(connection, MODEL_KEY)
    if model_id is None or not embeddings.is_model(connection, model_id, sha256):
        raise UserError(
            "The library's photos were analysed with another model pack; let facesorter look "
            "through them again first. Nothing was changed."
        )
    wanted = corrections.clean_name(name)
    if wanted is not None:
        named = persons.with_name(connection, wanted)
        if len(named) > 1:
            raise UserError(f"Several persons are named {wanted}. Nothing was changed.")
        person_id = named[0] if named else None
    face_id = faces.insert(
        connection,
        photo_id,
        face.region,
        face.landmarks.tolist(),
        face.detection_score,
        face.quality,
        FaceOrigin.DRAWN,
    )
    faces.set_aside(connection, face_id)
    embeddings.put(connection, face_id, model_id, face.embedding)
    txn.touch(photos=[photo_id])
    with txn.decision(Kind.DRAW, (("faces", 1), ("name", wanted or ""))):
        if person_id is None and wanted is not None:
            person_id = txn.insert_person(wanted)
        if person_id is None:
            txn.update("face", [face_id], {"state": FaceState.UNKNOWN.value})
        else:
            shown = corrections.unconfirmed_of_group(txn, person_id)
            image = {"person_id": person_id, "state": FaceState.CONFIRMED.value}
            txn.update("face", [*shown, face_id], image)
    return face_id
