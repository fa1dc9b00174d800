"""Write down what a scan found and what an analysis saw.

The machine's own writing: it never touches a confirmed, rejected or ignored face's person, and
nothing here is a decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facesorter.domain import Face, FaceId, PhotoId
from facesorter.library.scan import Copy, FoundFile, Move, ScanBatch
from facesorter.library.transaction import Transaction, now
from facesorter.storage import embeddings, faces, folders, library_settings, photos

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FoundFace, PhotoFaces

SAME_PLACE = 0.5
"""Overlap (intersection over union) from which a newly found face is an old one: the value that
Immich and the detection benchmarks use; two faces of one photo never overlap that much."""
SAME_LOOK = 0.8
"""Similarity from which it is one in spite of another place, as after a crop or a rotation. No two
people of the development set come near it (clustering.md uses it for near-duplicates too)."""
MODEL_KEY = "model"


def use_model(txn: Transaction, name: str, sha256: str, dimension: int) -> int:
    """Make a recogniser the library's; photos analysed by another wait for analysis again.

    Faces keep their ids, persons and states (`analysed` finds them again). Returns the model id.
    """
    model_id = embeddings.model_id(txn.connection, name, sha256, dimension)
    if library_settings.get(txn.connection, MODEL_KEY) != model_id:
        library_settings.put(txn.connection, MODEL_KEY, model_id)
        txn.touch(photos=photos.set_stale_pending(txn.connection, model_id))
    return model_id


def found(txn: Transaction, batch: ScanBatch) -> None:
    """Write one batch of a scan."""
    connection = txn.connection
    folder = folders.by_id(connection, batch.folder_id)
    if folder is None:
        return
    if folder.state is not batch.state:
        folders.set_state(connection, folder.id, batch.state)
        txn.touch(folders=[folder.id])
    for photo_id in batch.missing:
        photos.set_missing(connection, photo_id)
    _move(txn, batch.folder_id, batch.moved)
    for move in batch.touched:
        photos.set_file(connection, move.photo_id, move.file.size, move.file.mtime_ns)
        _revive(txn, move.photo_id)
    for move in batch.changed:
        photos.set_file(connection, move.photo_id, move.file.size, move.file.mtime_ns)
        photos.set_pending(connection, move.photo_id)
    for photo_id in batch.back:
        _revive(txn, photo_id)
    txn.touch(
        photos=[*batch.missing, *batch.back, *(m.photo_id for m in batch.changed + batch.touched)]
    )
    for file in batch.new:
        _add(txn, batch.folder_id, file)
    for copy in batch.copied:
        _copy(txn, batch.folder_id, copy)
    if batch.complete:
        folders.set_scanned(connection, folder.id, now())
        txn.touch(folders=[folder.id])


def analysed(
    txn: Transaction, photo_id: PhotoId, size: int, mtime_ns: int, seen: PhotoFaces, model_id: int
) -> None:
    """Write what an analysis saw in the file of that size and time.

    A result for a file that changed meanwhile is dropped: the photo still waits. Faces that were
    known keep their ids, persons and states, matched by place, else by look; known faces that are
    no longer found go, unless the user decided something about them.
    """
    connection = txn.connection
    version = photos.file_version(connection, photo_id)
    if version is None or version[:2] != (size, mtime_ns) or version[2] == "missing":
        return
    txn.touch(photos=[photo_id])
    if seen.error is not None:
        photos.set_failed(connection, photo_id, seen.error, seen.content_hash)
        return
    photos.set_analysed(
        connection,
        photo_id,
        content_hash=seen.content_hash,
        width=int(seen.width),
        height=int(seen.height),
        orientation=int(seen.orientation),
        taken=(seen.taken_at, seen.taken_from) if seen.taken_at else None,
    )
    old = faces.of_photo(connection, photo_id)
    matched = _match(txn, old, seen.faces) if old else {}
    for index, face in enumerate(seen.faces):
        landmarks = face.landmarks.tolist()
        score, quality = float(face.detection_score), float(face.quality)
        if index in matched:
            face_id = matched[index]
            faces.set_place(connection, face_id, face.region, landmarks, score, quality)
        else:
            face_id = faces.insert(connection, photo_id, face.region, landmarks, score, quality)
        embeddings.put(connection, face_id, model_id, face.embedding)
        txn.touch(faces=[face_id])
    kept = set(matched.values())
    gone = faces.undecided(connection, [face.id for face in old if face.id not in kept])
    faces.delete(connection, gone)
    txn.touch(faces=gone, persons=[face.person_id for face in old])


def failed(txn: Transaction, photo_id: PhotoId, size: int, mtime_ns: int, sentence: str) -> None:
    """Write that the analysis itself broke down on the file of that size and time."""
    if photos.file_version(txn.connection, photo_id) == (size, mtime_ns, "pending"):
        photos.set_failed(txn.connection, photo_id, sentence, None)
        txn.touch(photos=[photo_id])


def _match(txn: Transaction, old: list[Face], new: tuple[FoundFace, ...]) -> dict[int, FaceId]:
    """Which newly found faces (by index) are which old ones; best pairs first, each once."""
    looks = embeddings.several(txn.connection, [face.id for face in old])
    pairs = []
    for index, face in enumerate(new):
        for known in old:
            overlap = known.region.overlap(face.region)
            look = looks.get(known.id)
            alike = (
                float(look @ face.embedding)
                if look is not None and len(look) == len(face.embedding)
                else 0.0
            )
            if overlap >= SAME_PLACE or alike >= SAME_LOOK:
                pairs.append((max(overlap, alike), index, known.id))
    matched: dict[int, FaceId] = {}
    used: set[FaceId] = set()
    for _, index, face_id in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if index not in matched and face_id not in used:
            matched[index] = face_id
            used.add(face_id)
    return matched


def _add(txn: Transaction, folder_id: int, file: FoundFile) -> PhotoId | None:
    if photos.id_at(txn.connection, folder_id, file.relpath) is not None:
        return None
    photo_id = photos.insert(
        txn.connection,
        folder_id,
        file.relpath,
        file.size,
        file.mtime_ns,
        file.taken_at,
        file.taken_from,
    )
    txn.touch(photos=[photo_id])
    return photo_id


def _move(txn: Transaction, folder_id: int, moves: tuple[Move, ...]) -> None:
    connection = txn.connection
    # Chains (a to b while b goes to c) and swaps: everybody steps out first.
    for move in moves:
        photos.set_place(connection, move.photo_id, folder_id, f".moving/{move.photo_id}")
    for move in moves:
        there = photos.id_at(connection, folder_id, move.file.relpath)
        if there is not None:
            away = f".replaced/{there}/{move.file.relpath}"
            photos.set_place(connection, there, folder_id, away)
        photos.set_place(connection, move.photo_id, folder_id, move.file.relpath)
        photos.set_file(connection, move.photo_id, move.file.size, move.file.mtime_ns)
        _revive(txn, move.photo_id)
        txn.touch(photos=[move.photo_id])


def _revive(txn: Transaction, photo_id: PhotoId) -> None:
    version = photos.file_version(txn.connection, photo_id)
    if version is not None and version[2] == "missing":
        photos.set_back(txn.connection, photo_id)
        model_id = library_settings.get(txn.connection, MODEL_KEY)
        if model_id is not None:
            photos.set_stale_pending(txn.connection, model_id, photo_id)


def _copy(txn: Transaction, folder_id: int, copy: Copy) -> None:
    """Add a file whose content was analysed before: same faces, nothing decided about them yet."""
    source = photos.by_ids(txn.connection, [copy.source_id])
    photo_id = _add(txn, folder_id, copy.file)
    if not source or photo_id is None or source[0].width is None:
        return
    photo = source[0]
    assert photo.content_hash is not None and photo.height is not None
    photos.set_analysed(
        txn.connection,
        photo_id,
        content_hash=photo.content_hash,
        width=photo.width or 0,
        height=photo.height,
        orientation=photos.orientation(txn.connection, photo.id),
        taken=(photo.taken_at, photo.taken_from),
    )
    for face in faces.of_photo(txn.connection, photo.id):
        twin = faces.insert(
            txn.connection,
            photo_id,
            face.region,
            face.landmarks,
            face.detection_score,
            face.quality,
        )
        embeddings.copy(txn.connection, face.id, twin)
        txn.touch(faces=[twin])
