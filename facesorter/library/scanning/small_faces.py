"""Record the search for small faces; it never changes a known face, and is no decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from facesorter.domain import PhotoId
from facesorter.library.scanning.record import MODEL_KEY
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, erasing, faces, library_settings, photos

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FoundFace


def begin_search(txn: Transaction, photo_id: PhotoId) -> None:
    """Count that a search begins, so that one that crashes the program isn't repeated forever."""
    photos.begin_search(txn.connection, photo_id)


def interrupt_search(txn: Transaction, photo_id: PhotoId) -> None:
    """Record that a search was cancelled; the photo still waits for it."""
    if not photos.is_searched(txn.connection, photo_id):
        photos.set_searched(txn.connection, photo_id, 0)


def record_found(
    txn: Transaction,
    photo_id: PhotoId,
    size: int,
    mtime_ns: int,
    digest: str,
    seen: Sequence[FoundFace],
    model_id: int,
) -> None:
    """Add faces to an analyzed photo, and record that it was searched.

    Faces where one is known by now are dropped, whatever was decided about that one. Drops all if
    the file of that size, time, and content is no longer the photo's, or another recognizer is in
    use: the photo is analyzed again then.
    """
    connection = txn.connection
    if photos.file_version(connection, photo_id) != (size, mtime_ns, "analysed"):
        return
    photo = next(iter(photos.by_ids(connection, [photo_id])), None)
    if photo is None or photo.content_hash != digest:
        return
    if library_settings.get(connection, MODEL_KEY) not in (None, model_id):
        return
    photos.set_searched(connection, photo_id, 1)
    known = [face.region for face in faces.of_photo(connection, photo_id)]
    known += erasing.places(connection, photo_id)
    written = []
    for face in seen:
        if any(region.is_at(face.region) for region in known):
            continue
        known.append(face.region)
        score, quality = float(face.detection_score), float(face.quality)
        place = (face.region, face.landmarks.tolist(), score, quality)
        face_id = faces.insert(connection, photo_id, *place)
        embeddings.put(connection, face_id, model_id, face.embedding)
        written.append(face_id)
    # Also without faces: the number of photos left has changed.
    txn.touch(photos=[photo_id], faces=written)


def give_up_search(txn: Transaction, photo_id: PhotoId) -> None:
    """Record that a photo can't be searched: what the usual search found is all there is."""
    photos.set_searched(txn.connection, photo_id, 1)
    txn.touch(photos=[photo_id])
