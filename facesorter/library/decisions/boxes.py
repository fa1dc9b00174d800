"""Draw faces by hand and correct their boxes.

[Note: undoing a drawn face] The row and its embedding are written once and kept, *ignored*
before the decision and after its undo, so that it isn't grouped and Redo has everything it needs.
A corrected box is a drawn face that replaces the old one, which is ignored from then on; Undo
restores the old face completely.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from facesorter.domain import FaceId, FaceOrigin, FaceState, PersonId, PhotoId
from facesorter.errors import UserError
from facesorter.library.decisions import corrections
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, faces, library_settings, persons, photos

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FoundFace


def draw(
    txn: Transaction,
    photo_id: PhotoId,
    face: FoundFace,
    sha256: str,
    person_id: PersonId | None = None,
    name: str | None = None,
) -> FaceId:
    """Add a face drawn by the user; return its id. Thread: writer.

    Args:
        txn: The transaction.
        photo_id: The photo it is in.
        face: From `FaceAnalyzer.analyse_regions`.
        sha256: The pack that described it.
        person_id: The person, if known.
        name: Or the person's name; creates a person if none has it.

    Raises:
        UserError: there is a face in that place already, several people have that name, or the
            library was analyzed with another pack.
    """
    wanted = corrections.clean_name(name)
    if wanted is not None and person_id is None:
        named = persons.with_name(txn.connection, wanted)
        if len(named) > 1:
            raise UserError(
                "More than one person is named {name}. Nothing was changed.", name=wanted
            )
        person_id = named[0] if named else None
    if person_id is not None and not persons.exists(txn.connection, person_id):
        raise UserError(
            "Person {person} no longer exists. Nothing was changed.", person=str(person_id)
        )
    face_id = add_unseen(txn, photo_id, face, sha256)
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


def redraw(txn: Transaction, face_id: FaceId, face: FoundFace, sha256: str) -> FaceId:
    """Move a face's box; return the face's new id. Thread: writer.

    Person, state, cover, and all decisions about the face are kept.

    Args:
        txn: The transaction.
        face_id: The face whose box is wrong.
        face: From `FaceAnalyzer.analyse_regions`, for the corrected box.
        sha256: The pack that described it.

    Raises:
        UserError: the face doesn't exist or is ignored, another face is in that place, or the
            library was analyzed with another pack.
    """
    connection = txn.connection
    old = next(iter(faces.by_ids(connection, [face_id])), None)
    if old is None or old.state is FaceState.IGNORED:
        raise UserError("This face no longer exists. Nothing was changed.")
    made = add_unseen(txn, old.photo_id, face, sha256, instead_of=face_id)
    with txn.decision(Kind.REDRAW, (("faces", 1), ("name", old.name or ""))):
        for person_id in persons.rejected_by(connection, face_id):
            txn.reject([made], person_id)
        for kind, person_id in faces.dismissals(connection, face_id):
            txn.dismiss([made], kind, person_id)
        state = {"person_id": old.person_id, "state": old.state.value}
        txn.update("face", [made], state)
        covered = persons.covered_by(connection, [face_id])
        txn.update("face", [face_id], {"person_id": None, "state": FaceState.IGNORED.value})
        txn.update("person", covered, {"cover_face_id": made})
    return made


def add_unseen(
    txn: Transaction,
    photo_id: PhotoId,
    face: FoundFace,
    sha256: str,
    instead_of: FaceId | None = None,
) -> FaceId:
    """Add a drawn face as ignored, so that it stays invisible until a decision; return its id.

    Raises:
        UserError: as `draw`, or as `redraw` if it replaces a face.
    """
    connection = txn.connection
    if not photos.by_ids(connection, [photo_id]):
        raise UserError("This photo is no longer in the library. Nothing was changed.")
    for known in faces.of_photo(connection, photo_id):
        shown = known.state is not FaceState.IGNORED and known.id != instead_of
        if shown and known.moment == face.moment and known.region.is_at(face.region):
            raise UserError(
                "There’s already a face there (face {face}). Nothing was changed.",
                face=str(known.id),
            )
    return insert_unseen(txn, photo_id, face, model_of(connection, sha256))


def model_of(connection: sqlite3.Connection, sha256: str) -> int:
    """Return the model in use, which must be the one with that hash.

    Raises:
        UserError: the photos were analyzed with another one.
    """
    model_id = library_settings.get(connection, library_settings.MODEL)
    if model_id is None or not embeddings.is_model(connection, model_id, sha256):
        raise UserError(
            "The photos were analyzed with a different model pack. Let facesorter analyze them "
            "again first. Nothing was changed."
        )
    return int(model_id)


def insert_unseen(txn: Transaction, photo_id: PhotoId, face: FoundFace, model_id: int) -> FaceId:
    """Add a drawn face as ignored where none is known to be; see `add_unseen`."""
    connection = txn.connection
    face_id = faces.insert(
        connection,
        photo_id,
        face.region,
        face.landmarks.tolist(),
        face.detection_score,
        face.quality,
        FaceOrigin.DRAWN,
        face.moment,
    )
    faces.set_ignored(connection, face_id)
    embeddings.put(connection, face_id, model_id, face.embedding)
    txn.touch(photos=[photo_id])
    return face_id
