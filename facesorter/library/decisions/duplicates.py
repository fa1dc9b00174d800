"""Decide about duplicates: keep one and carry over names and labels, or mark as not duplicates.

Files are moved to the trash elsewhere and after the decision; until a scan finds them gone, nothing
is different for the photos that go. Their own labels stay with their rows, so a file
that is restored from the trash has it all.
"""

from __future__ import annotations

from collections.abc import Sequence

from facesorter.domain import (
    SAME_LOOK,
    DecisionId,
    Face,
    FaceId,
    FaceOrigin,
    FaceState,
    Photo,
    PhotoId,
    in_video,
    match_regions,
)
from facesorter.errors import UserError
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import UPDATED_COLUMNS, Transaction
from facesorter.storage import decisions as journal_rows
from facesorter.storage import embeddings, faces, fingerprints, labels, persons, photos, places

SAME_SHAPE = 0.01
"""Share by which the proportions of two uncropped copies may differ, from rounding."""
_YES_OR_NO = ("favourite", "repeats")
_SETTLED = (FaceState.CONFIRMED, FaceState.IGNORED)


def keep(txn: Transaction, kept: Sequence[PhotoId], others: Sequence[PhotoId]) -> DecisionId | None:
    """Carry decisions over from duplicates to the kept photos; see `keep_each`."""
    return keep_each(txn, [(kept, others)])


def keep_each(
    txn: Transaction, groups: Sequence[tuple[Sequence[PhotoId], Sequence[PhotoId]]]
) -> DecisionId | None:
    """Carry decisions over from the other photos of each group to the kept ones, in one decision.

    Tags, albums, favorites, dates, places, stars, words, turns, confirmed and ignored faces,
    rejections, and covers of people; of copies of one content also what is no duplicate of them.
    What the user decided about a kept photo stands.

    Returns:
        The decision; None if there was nothing to give.

    Raises:
        UserError: a photo is gone, none is kept, or none of those to keep can be reached.
    """
    checked = [_check(txn, kept, others) for kept, others in groups]
    with txn.decision(Kind.KEEP_DUPLICATE, (("photos", sum(len(going) for _, going in checked)),)):
        for staying, going in checked:
            others = [other.id for other in going]
            for photo in staying:
                for table in ("photo_tag", "album_photo"):
                    _carry_labels(txn, table, photo.id, others)
                _carry_facts(txn, photo.id, others)
                _carry_apart(txn, photo, going)
                for other in going:
                    _carry_faces(txn, photo, other)
    made = journal_rows.newest_done(txn.connection) if txn.decided else None
    return made.id if made is not None else None


def _check(
    txn: Transaction, kept: Sequence[PhotoId], others: Sequence[PhotoId]
) -> tuple[list[Photo], list[Photo]]:
    """Return the photos of a group, those to keep first."""
    connection = txn.connection
    kept = list(dict.fromkeys(kept))
    others = [each for each in dict.fromkeys(others) if each not in kept]
    staying, going = photos.by_ids(connection, kept), photos.by_ids(connection, others)
    if len(staying) < len(kept) or len(going) < len(others):
        raise UserError("One of these photos is no longer in the library. Nothing was changed.")
    if not any(not photo.unplugged and photo.status != "missing" for photo in staying):
        raise UserError(
            "The photo to keep is on a drive that isn’t connected. Connect it first, or keep "
            "another copy. Nothing was changed."
        )
    return staying, going


def tell_apart(txn: Transaction, photo_ids: Sequence[PhotoId]) -> None:
    """Mark photos as not duplicates of each other; they are never shown as such again."""
    ids = sorted(set(photo_ids))
    with txn.decision(Kind.NOT_DUPLICATES, (("photos", len(ids)),)):
        for at, other in enumerate(ids):
            if at:
                txn.link("not_duplicate", ids[:at], {"other_id": other})


def _carry_labels(
    txn: Transaction, table: str, photo_id: PhotoId, others: Sequence[PhotoId]
) -> None:
    column = {"photo_tag": "tag_id", "album_photo": "album_id"}[table]
    for label in labels.on(txn.connection, table, others):
        txn.link(table, [photo_id], {column: label})


def _carry_facts(txn: Transaction, photo_id: PhotoId, others: Sequence[PhotoId]) -> None:
    """Fill in a photo's missing facts from its duplicates.

    No stars and an empty text are values, too; see `library.decisions.descriptions`.
    """
    columns = UPDATED_COLUMNS["photo"]
    alone = [column for column in columns if column not in places.COLUMNS]
    own, *rest = photos.values(txn.connection, [photo_id, *others], columns)
    # Favorites and repeats are yes or no, and no is the default.
    empty = {column: 0 if column in _YES_OR_NO else None for column in columns}
    carried = {
        column: next((row[column] for row in rest if row[column] != empty[column]), None)
        for column in alone
        if own[column] == empty[column]
    }
    carried = {column: value for column, value in carried.items() if value is not None}
    if own["given_place"] is None:
        # Whole, since 0 is a place (none) and a degree too.
        placed = next((row for row in rest if row["given_place"] is not None), {})
        carried |= {column: placed[column] for column in places.COLUMNS if placed}
    if carried:
        txn.update("photo", [photo_id], carried)


def _carry_apart(txn: Transaction, photo: Photo, going: Sequence[Photo]) -> None:
    """Tell a photo apart from those that copies of the same content were told apart from."""
    same = {other.id for other in going if other.content_hash == photo.content_hash}
    for pair in fingerprints.rejected(txn.connection):
        far = [each for each in pair if each not in same]
        if len(far) == 1 and far[0] != photo.id:
            low, high = sorted((photo.id, far[0]))
            txn.link("not_duplicate", [low], {"other_id": high})


def _carry_faces(txn: Transaction, photo: Photo, other: Photo) -> None:
    connection = txn.connection
    there = [face for face in faces.of_photo(connection, other.id) if not _was_undone(face)]
    own = [face for face in faces.of_photo(connection, photo.id) if not _was_undone(face)]
    matched = _match(txn, own, there)
    people = {face.person_id for face in own if face.state is FaceState.CONFIRMED}
    for index, face in enumerate(there):
        rejected = persons.rejected_by(connection, face.id)
        target = own[matched[index]] if index in matched else None
        if target is None:
            wanted = face.state is FaceState.CONFIRMED and face.person_id not in people
            if wanted and _same_view(photo, other):
                _confirm(txn, _copy(txn, photo.id, face), face)
            continue
        if face.state in _SETTLED and target.state not in _SETTLED:
            against = persons.rejected_by(connection, target.id)
            if face.state is FaceState.IGNORED:
                image = {"person_id": None, "state": FaceState.IGNORED.value}
                txn.update("face", [target.id], image)
            elif face.person_id not in against:
                _confirm(txn, target.id, face)
        elif target.person_id == face.person_id:
            _cover(txn, target.id, face.id)
        holder = faces.by_ids(connection, [target.id])[0]
        for person_id in rejected:
            if not (holder.state is FaceState.CONFIRMED and holder.person_id == person_id):
                txn.reject([target.id], person_id)


def _match(txn: Transaction, own: Sequence[Face], there: Sequence[Face]) -> dict[int, int]:
    """Match the faces of a duplicate to those of the kept photo, by place or look."""
    looks = embeddings.several(txn.connection, [face.id for face in (*own, *there)])

    def alike(known: int, new: int) -> float:
        a, b = looks.get(own[known].id), looks.get(there[new].id)
        if a is None or b is None or len(a) != len(b):
            return 0.0
        cosine = float(a @ b)
        return cosine if cosine >= SAME_LOOK else 0.0

    spots = [[in_video(face.region, face.moment) for face in each] for each in (own, there)]
    return match_regions(spots[0], spots[1], alike)


def _confirm(txn: Transaction, face_id: FaceId, like: Face) -> None:
    image = {"person_id": like.person_id, "state": FaceState.CONFIRMED.value}
    txn.update("face", [face_id], image)
    _cover(txn, face_id, like.id)


def _cover(txn: Transaction, face_id: FaceId, instead_of: FaceId) -> None:
    """Show a person with the kept photo's face where the other's was chosen."""
    covered = persons.covered_by(txn.connection, [instead_of])
    txn.update("person", covered, {"cover_face_id": face_id})


def _copy(txn: Transaction, photo_id: PhotoId, face: Face) -> FaceId:
    """Insert a face that only the duplicate has, ignored; see [Note: undoing a drawn face]."""
    made = faces.insert(
        txn.connection,
        photo_id,
        face.region,
        face.landmarks,
        face.detection_score,
        face.quality,
        FaceOrigin.DRAWN,
        face.moment,
    )
    faces.set_ignored(txn.connection, made)
    embeddings.copy(txn.connection, face.id, made)
    txn.touch(photos=[photo_id])
    return made


def _same_view(one: Photo, other: Photo) -> bool:
    """Whether a place in one photo is the same in the other: neither was cropped."""
    if one.content_hash == other.content_hash:
        return True
    if not (one.width and one.height and other.width and other.height):
        return False
    return abs(one.width * other.height / (one.height * other.width) - 1) <= SAME_SHAPE


def _was_undone(face: Face) -> bool:
    return face.origin is FaceOrigin.DRAWN and face.state is FaceState.IGNORED
