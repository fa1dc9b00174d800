"""Hide unnamed people: in a photo, in a folder, or in all groups too small to matter.

[Note: hidden people stay recognized] Hiding makes a hidden person with confirmed faces, so that new
photos of the same stranger join it and raise no questions. Ignored faces would be forgotten, and
the same stranger would be found again and again.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from facesorter.domain import FaceId, FaceState, FolderId, PersonId, PhotoId
from facesorter.library.decisions import corrections, counterparts
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction
from facesorter.storage import faces, persons
from facesorter.storage import unnamed as rows

MOSTLY = 0.5
"""Share of a group's faces from which it belongs to a folder. People who also appear in other
folders are probably not strangers, just not named yet."""


@dataclass(frozen=True, slots=True)
class UnnamedPeople:
    """The unnamed people and unassigned faces of a place."""

    person_ids: tuple[PersonId, ...]
    """Unnamed groups."""
    face_ids: tuple[FaceId, ...]
    """Unassigned faces."""
    faces: int
    """All their faces, wherever they are."""
    known_elsewhere: int = 0
    """Unnamed groups that are left alone, since most of their faces are in other folders."""


def in_photo(connection: sqlite3.Connection, photo_id: PhotoId) -> UnnamedPeople:
    """Find the unnamed people in a photo."""
    groups = rows.groups(connection, photo_id=photo_id)
    loose = rows.unassigned_faces(connection, photo_id=photo_id)
    return _found([group.person_id for group in groups], groups, loose)


def in_folder(connection: sqlite3.Connection, folder_id: FolderId) -> UnnamedPeople:
    """Find the unnamed people in a folder who don't belong to another folder."""
    groups = rows.groups(connection, folder_id=folder_id)
    here = [group.person_id for group in groups if group.inside > MOSTLY * group.faces]
    return _found(here, groups, rows.unassigned_faces(connection, folder_id=folder_id))


def below(connection: sqlite3.Connection, faces: int) -> UnnamedPeople:
    """Find unnamed groups of fewer than ``faces`` faces; no unassigned faces."""
    groups = [group for group in rows.groups(connection) if group.faces < faces]
    return _found([group.person_id for group in groups], groups, [])


def among(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> UnnamedPeople:
    """Find the unnamed people among some faces whose faces are mostly among them."""
    chosen = faces.belongings(connection, face_ids)
    inside = Counter(face.person_id for face in chosen)
    groups = [group for group in rows.groups(connection) if inside[group.person_id]]
    here = [group.person_id for group in groups if inside[group.person_id] > MOSTLY * group.faces]
    loose = [face.id for face in chosen if face.state is FaceState.UNKNOWN]
    return _found(here, groups, loose)


def hide(txn: Transaction, found: UnnamedPeople) -> None:
    """Hide unnamed people in one decision ([Note: hidden people stay recognized]).

    Each unassigned face becomes a hidden person, so that it is recognized next time; faces too
    poor to be recognized are ignored.
    """
    connection = txn.connection
    poor = rows.poor_faces(connection, found.face_ids)
    known = faces.belongings(connection, found.face_ids)
    unknown = [face.id for face in known if face.state is FaceState.UNKNOWN]
    loose = [face for face in unknown if face not in poor]
    ignored = [face for face in unknown if face in poor]
    there = [person for person in found.person_ids if persons.exists(connection, person)]
    args = (("persons", len(there)), ("faces", len(there) + len(unknown)))
    with txn.decision(Kind.HIDE_UNNAMED, args):
        for person_id in there:
            shown = corrections.unconfirmed_of_group(txn, person_id)
            corrections.confirm_faces(txn, shown, person_id)
        followed: set[FaceId] = set()
        for face_id in loose:
            if face_id in followed:
                continue
            followed.update(counterparts.with_counterparts(txn, [face_id]))
            alone = txn.insert_person(None)
            there.append(alone)
            corrections.confirm_faces(txn, [face_id], alone)
        txn.update("person", there, {"hidden": 1})
        ignored = counterparts.with_counterparts(txn, ignored)
        txn.update("face", ignored, {"person_id": None, "state": FaceState.IGNORED.value})


def _found(here: list[PersonId], groups: list[rows.Group], loose: list[FaceId]) -> UnnamedPeople:
    sizes = {group.person_id: group.faces for group in groups}
    return UnnamedPeople(
        tuple(here),
        tuple(loose),
        sum(sizes[person] for person in here) + len(loose),
        len(groups) - len(here),
    )
