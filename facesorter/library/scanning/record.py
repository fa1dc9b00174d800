"""Record the results of scans and analyses.

Never changes the person of a confirmed, rejected, or ignored face; nothing here is a decision.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facesorter.domain import (
    SAME_LOOK,
    Face,
    FaceId,
    FaceOrigin,
    FaceState,
    FolderId,
    PhotoId,
    Region,
    in_video,
    match_regions,
)
from facesorter.errors import Message
from facesorter.images.formats import is_video
from facesorter.library import photo_dates, photo_order
from facesorter.library.scanning import dating, describing
from facesorter.library.scanning.listing import FoundFile
from facesorter.library.scanning.scan import Move, ScanBatch
from facesorter.library.transaction import Transaction, now
from facesorter.storage import (
    embeddings,
    erasing,
    faces,
    folders,
    library_settings,
    photo_info,
    photos,
    trials,
    versions,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.faces.analyzer import FoundFace, PhotoFaces
    from facesorter.faces.following import Followed

NOWHERE = Region(-1.0, -1.0, 0.0, 0.0)
MODEL_KEY = library_settings.MODEL


def use_model(txn: Transaction, name: str, sha256: str, dimension: int) -> int:
    """Make a recognizer the library's and queue photos analyzed by others; return its model id.

    Faces keep their ids, persons, and states (`analysed` matches them).
    """
    model_id = embeddings.model_id(txn.connection, name, sha256, dimension)
    if library_settings.get(txn.connection, MODEL_KEY) != model_id:
        library_settings.put(txn.connection, MODEL_KEY, model_id)
        # Thresholds of the other recognizer are meaningless for this one.
        library_settings.put(txn.connection, library_settings.THRESHOLDS, None)
        trial = library_settings.get(txn.connection, library_settings.TRIAL)
        if trial is not None and trial["model_id"] == model_id:
            trials.clear(txn.connection)
            library_settings.put(txn.connection, library_settings.TRIAL, None)
        txn.touch(photos=photos.set_stale_pending(txn.connection, model_id))
    return model_id


def found(txn: Transaction, batch: ScanBatch) -> None:
    """Record one batch of a scan, unless its folder was removed from the library meanwhile."""
    connection = txn.connection
    folder = folders.by_id(connection, batch.folder_id)
    if folder is None or not folder.watched:
        return
    if folder.state is not batch.state:
        folders.set_state(connection, folder.id, batch.state)
        txn.touch(folders=[folder.id])
    for photo_id in batch.displaced:
        _evict(txn, photo_id)
    for photo_id in (*batch.missing, *batch.displaced):
        photos.set_missing(connection, photo_id)
    _move(txn, folder.id, batch.moved)
    for copy in batch.copied:
        copy_id = copy.photo_id or _add(txn, folder.id, copy.file)
        if copy_id is not None:
            _set_file(connection, Move(copy_id, copy.file))
            photos.set_pending(connection, copy_id)
            _copy_faces(txn, copy_id, copy.source_id, copy.content_hash)
    for move in batch.touched:
        _set_file(connection, move)
        _restore(txn, move.photo_id)
    for move in batch.changed:
        _set_file(connection, move)
        photos.set_pending(connection, move.photo_id)
    for photo_id in batch.back:
        _restore(txn, photo_id)
    photos.set_change_times(connection, batch.unchanged)
    for photo_id, sample in batch.sampled:
        photos.set_sample(connection, photo_id, sample)
    for file in batch.new:
        _add(txn, folder.id, file)
    added = (*batch.new, *(copy.file for copy in batch.copied))
    days = dict.fromkeys((photo_order.day(file.taken.at) for file in added), ())
    txn.touch(photos=photo_order.arrange(connection, days))
    moves = batch.changed + batch.touched + batch.moved
    txn.touch(photos=[*batch.missing, *batch.displaced, *batch.back, *(m.photo_id for m in moves)])
    elsewhere = [move.photo_id for move in batch.touched + batch.moved]
    describing.derive(txn, elsewhere)
    dating.date(txn, elsewhere)
    dating.record(txn, batch.redated)
    dating.date(txn, describing.record_all(txn, batch.described))
    photo_info.refresh_search(connection, batch.unsearchable)
    if batch.complete:
        folders.set_scanned(connection, folder.id, now())
        folders.set_skipped(connection, folder.id, batch.skipped)
        txn.touch(folders=[folder.id])


def relink(txn: Transaction) -> None:
    """Move missing photos with user decisions to the place of an undecided copy.

    Copying photos and deleting the originals later is a move in two steps.
    """
    connection = txn.connection
    taken = set()
    for photo_id, copy_id in photos.orphaned_with_copy(connection):
        place = photos.place(connection, copy_id)
        if place is None or copy_id in taken:
            continue
        taken.add(copy_id)
        _evict(txn, copy_id)
        photos.set_missing(connection, copy_id)
        photos.set_place(connection, photo_id, *place)
        photos.take_file(connection, photo_id, copy_id)
        for copied in photos.dating(connection, [copy_id]):
            photos.set_sidecars(connection, photo_id, copied.sidecars)
        _restore(txn, photo_id)
        describing.derive(txn, [photo_id])
        dating.date(txn, [photo_id])
        txn.touch(photos=[photo_id, copy_id])


def analysed(
    txn: Transaction, photo_id: PhotoId, size: int, mtime_ns: int, seen: PhotoFaces, model_id: int
) -> None:
    """Record the analysis of a file of that size and time.

    Drops the result if the file has changed since: the photo still waits. Known faces keep their
    ids, persons, and states, matched by place or else by similarity; faces no longer found are
    deleted, unless the user decided something about them.
    """
    connection = txn.connection
    version = photos.file_version(connection, photo_id)
    if version is None or version[:2] != (size, mtime_ns) or version[2] == "missing":
        return
    if library_settings.get(connection, MODEL_KEY) not in (None, model_id):
        return  # the pack was switched meanwhile, and the photo waits for the new one
    txn.touch(photos=[photo_id])
    if seen.content_hash:
        photos.set_dates(connection, photo_id, dating.stored(seen.dates))
        describing.record(txn, photo_id, seen.info)
        dating.date(txn, [photo_id])
    if seen.error is not None:
        photos.set_failed(connection, photo_id, seen.error, seen.content_hash or None)
        dating.date(txn, [photo_id])
        return
    before = versions.seen(connection, photo_id)
    photos.set_analysed(
        connection,
        photo_id,
        content_hash=seen.content_hash,
        width=int(seen.width),
        height=int(seen.height),
        orientation=int(seen.orientation),
        sample=seen.sample or None,
        searched=seen.searched,
    )
    photos.set_note(connection, photo_id, seen.note)
    photos.set_duration(connection, photo_id, seen.duration)
    shown, followed = _without_erased(connection, photo_id, seen)
    looks = [_Look(face, face.landmarks.tolist(), face.embedding) for face in shown]
    written = _write_faces(txn, photo_id, looks, before, seen.content_hash, followed)
    for face_id, face in zip(written, shown, strict=True):
        embeddings.put(connection, face_id, model_id, face.embedding)


def _without_erased(
    connection: sqlite3.Connection, photo_id: PhotoId, seen: PhotoFaces
) -> tuple[list[FoundFace], Followed | None]:
    """Leave out faces where the user erased one, unless one is known there again: a drawn box."""
    places = erasing.places(connection, photo_id)
    if not places:
        return list(seen.faces), seen.followed
    known = [in_video(f.region, f.moment) for f in faces.of_photo(connection, photo_id)]
    found = [in_video(face.region, face.moment) for face in seen.faces]
    kept = [
        index
        for index, region in enumerate(found)
        if not any(place.is_at(region) for place in places)
        or any(other.is_at(region) for other in known)
    ]
    followed = seen.followed
    if followed is not None:
        matched = {
            new: followed.faces[old] for new, old in enumerate(kept) if old in followed.faces
        }
        followed = dataclasses.replace(followed, faces=matched)
    return [seen.faces[index] for index in kept], followed


def analysed_before(
    txn: Transaction, photo_id: PhotoId, size: int, mtime_ns: int, source_id: PhotoId, digest: str
) -> None:
    """Record that the file of that size and time has the content of an analyzed photo."""
    if photos.file_version(txn.connection, photo_id) == (size, mtime_ns, "pending"):
        _copy_faces(txn, photo_id, source_id, digest)


def failed(
    txn: Transaction,
    photo_id: PhotoId,
    size: int,
    mtime_ns: int,
    error: Message,
    digest: str | None = None,
) -> None:
    """Record that analysis failed on the file of that size, time, and content."""
    if photos.file_version(txn.connection, photo_id) == (size, mtime_ns, "pending"):
        photos.set_failed(txn.connection, photo_id, error, digest)
        txn.touch(photos=[photo_id])


def retry(txn: Transaction, photo_ids: Sequence[PhotoId]) -> int:
    """Queue photos that failed for a new analysis; return how many."""
    found = photos.set_failed_pending(txn.connection, photo_ids)
    txn.touch(photos=found)
    return len(found)


def retry_unread(txn: Transaction) -> None:
    """Queue photos whose files couldn't be read: permissions and disks get repaired."""
    txn.touch(photos=photos.set_unread_pending(txn.connection))


@dataclass(frozen=True, slots=True)
class _Look:
    """A face to be recorded: what `FoundFace` and a stored face have in common."""

    face: FoundFace | Face
    landmarks: Sequence[Sequence[float]]
    embedding: NDArray[np.float32] | None


def _write_faces(
    txn: Transaction,
    photo_id: PhotoId,
    looks: Sequence[_Look],
    before: versions.Version | None,
    content_hash: str,
    followed: Followed | None = None,
) -> list[FaceId]:
    """Make these the faces of a photo; return their ids, in the same order.

    Args:
        txn: The transaction.
        photo_id: The photo.
        looks: The faces.
        before: The content that its known faces were seen in.
        content_hash: The content that these were seen in.
        followed: Which of these are known faces, if the photo was edited and that was found out.
    """
    connection = txn.connection
    old = faces.of_photo(connection, photo_id)
    edited = before is not None and before.content_hash != content_hash
    if followed is not None and edited:
        there = {face.id for face in old}
        for version in versions.earlier(connection, photo_id):
            there |= {face.id for face in faces.of_photo(connection, version.photo_id)}
        matched = {i: FaceId(id) for i, id in followed.faces.items() if id in there}
        old = [face for face in old if face.id in followed.known]
    else:
        matched = _match(txn, old, looks, by_place=not edited) if old else {}
    written = []
    for index, look in enumerate(looks):
        score, quality = float(look.face.detection_score), float(look.face.quality)
        place = (look.face.region, look.landmarks, score, quality)
        if index in matched:
            faces.set_place(connection, matched[index], *place, look.face.moment)
        new = matched.get(index)
        if new is None:
            new = faces.insert(connection, photo_id, *place, moment=look.face.moment)
        written.append(new)
    faces.move_to_photo(connection, list(matched.values()), photo_id)
    kept = set(matched.values())
    gone = faces.undecided(connection, [face.id for face in old if face.id not in kept])
    faces.delete(connection, gone)
    absent = [face.id for face in old if face.id not in kept and face.id not in gone]
    if edited and before is not None and absent:
        faces.move_to_photo(connection, absent, versions.keep(connection, before))
    versions.drop_empty(connection, photo_id)
    people = {face.person_id for face in [*old, *faces.by_ids(connection, written)]}
    txn.touch(faces=[*written, *gone, *absent], persons=people)
    return written


def _match(
    txn: Transaction, old: list[Face], new: Sequence[_Look], *, by_place: bool
) -> dict[int, FaceId]:
    """Match found faces (by index) to known ones, by place or else by similarity."""
    known_looks = embeddings.several(txn.connection, [face.id for face in old])

    def likeness(at: int, index: int) -> float:
        cosine = _similarity(known_looks.get(old[at].id), new[index].embedding)
        return cosine if cosine >= SAME_LOOK else 0.0

    lengths = {len(look.embedding) for look in new if look.embedding is not None}

    def is_comparable(face: Face) -> bool:
        look = known_looks.get(face.id)
        return look is not None and len(look) in lengths

    # Looks of two recognizers can't be compared, so their place must do.
    regions = [NOWHERE if not by_place and is_comparable(face) else _spot(face) for face in old]
    matched = match_regions(regions, [_spot(look.face) for look in new], likeness)
    return {index: old[at].id for index, at in matched.items()}


def _spot(face: FoundFace | Face) -> Region:
    return in_video(face.region, face.moment)


def _similarity(one: NDArray[np.float32] | None, other: NDArray[np.float32] | None) -> float:
    """Return the cosine of two embeddings; 0 if one is missing or of another recognizer."""
    if one is None or other is None or len(one) != len(other):
        return 0.0
    return float(one @ other)


def _add(txn: Transaction, folder_id: FolderId, file: FoundFile) -> PhotoId | None:
    if photos.id_at(txn.connection, folder_id, file.relpath) is not None:
        return None
    taken = file.taken
    photo_id = photos.insert(
        txn.connection,
        folder_id,
        file.relpath,
        file.size,
        file.mtime_ns,
        taken.at,
        taken.source.value,
        photo_dates.as_stored(taken),
    )
    photos.set_change_times(txn.connection, [(photo_id, file.changed_ns)])
    if file.sidecars:
        photos.set_sidecars(txn.connection, photo_id, file.sidecars)
    if is_video(file.relpath):
        photos.set_duration(txn.connection, photo_id, 0)
    describing.derive(txn, [photo_id])
    txn.touch(photos=[photo_id])
    return photo_id


def _set_file(connection: sqlite3.Connection, move: Move) -> None:
    file = move.file
    photos.set_file(connection, move.photo_id, file.size, file.mtime_ns, file.changed_ns)
    photos.set_sidecars(connection, move.photo_id, file.sidecars)


def _move(txn: Transaction, folder_id: FolderId, moves: tuple[Move, ...]) -> None:
    connection = txn.connection
    # Chains (a to b while b goes to c) and swaps: vacate all places first.
    for move in moves:
        photos.set_place(connection, move.photo_id, folder_id, f".moving/{move.photo_id}")
    for move in moves:
        there = photos.id_at(connection, folder_id, move.file.relpath)
        if there is not None:
            _evict(txn, there)
        photos.set_place(connection, move.photo_id, folder_id, move.file.relpath)
        _set_file(connection, move)
        _restore(txn, move.photo_id)


def _evict(txn: Transaction, photo_id: PhotoId) -> None:
    """Vacate a photo's place for another photo, before it moves on or goes missing.

    Parks it in a hidden folder, which scans skip.
    """
    place = photos.place(txn.connection, photo_id)
    if place is not None:
        folder_id, relpath = place
        name = relpath.rpartition("/")[2]
        photos.set_place(txn.connection, photo_id, folder_id, f".replaced/{photo_id}/{name}")
        txn.touch(photos=[photo_id])


def _restore(txn: Transaction, photo_id: PhotoId) -> None:
    version = photos.file_version(txn.connection, photo_id)
    if version is not None and version[2] == "missing":
        photos.set_back(txn.connection, photo_id)
        _wait_if_stale(txn, photo_id)


def _wait_if_stale(txn: Transaction, photo_id: PhotoId) -> None:
    """Queue a photo for analysis if another recognizer analyzed it."""
    model_id = library_settings.get(txn.connection, MODEL_KEY)
    if model_id is not None:
        photos.set_stale_pending(txn.connection, model_id, photo_id)


def _copy_faces(txn: Transaction, photo_id: PhotoId, source_id: PhotoId, digest: str) -> None:
    """Copy the faces of a photo with the same content, without decisions.

    If the source has changed, the photo waits for its own analysis.
    """
    connection = txn.connection
    source = next(iter(photos.by_ids(connection, [source_id])), None)
    if source is None or source.content_hash != digest or source.error is not None:
        return
    if source.width is None or source.height is None:
        return
    before = versions.seen(connection, photo_id)
    photos.set_analysed(
        connection,
        photo_id,
        content_hash=digest,
        width=source.width,
        height=source.height,
        orientation=photos.orientation(connection, source_id),
        sample=photos.sample(connection, source_id),
        searched=photos.is_searched(connection, source_id),
    )
    photos.set_note(connection, photo_id, photos.note(connection, source_id))
    photos.set_duration(connection, photo_id, source.duration)
    photos.copy_dates(connection, source_id, photo_id)
    erasing.copy_places(connection, source_id, photo_id)
    describing.copy(txn, source_id, photo_id)
    dating.date(txn, [photo_id])
    origins = _to_copy(faces.of_photo(connection, source_id))
    looks = embeddings.several(connection, [face.id for face in origins])
    copies = [_Look(face, face.landmarks, looks.get(face.id)) for face in origins]
    written = _write_faces(txn, photo_id, copies, before, digest)
    for face_id, origin in zip(written, origins, strict=True):
        embeddings.copy(connection, origin.id, face_id)
    txn.touch(photos=[photo_id])
    _wait_if_stale(txn, photo_id)


def _to_copy(known: Sequence[Face]) -> list[Face]:
    """Return the faces of a photo that a copy has too, not those replaced by a drawn box.

    Undone boxes are ignored rows (see `library.decisions.boxes`) and stay ignored.
    """
    drawn = [
        face.region
        for face in known
        if face.origin is FaceOrigin.DRAWN and face.state is not FaceState.IGNORED
    ]
    return [
        face
        for face in known
        if face.state is not FaceState.IGNORED
        or (
            face.origin is not FaceOrigin.DRAWN
            and not any(face.region.is_at(region) for region in drawn)
        )
    ]
