"""Provenance of names: which program they came from, and when they were imported."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from facesorter import names
from facesorter.domain import FaceId, FaceState, PhotoId
from facesorter.storage import faces, imported_names


@dataclass(frozen=True, slots=True)
class NameSource:
    """One name and where it is from."""

    name: str
    source: str
    """An `exchange.names.Source`."""
    program: str | None
    """As it calls itself, where it does."""
    made_at: str
    """When it was brought in, UTC."""
    face_id: FaceId | None = None
    """The face that has the name; None for somebody on the photo, nobody knows where."""


def of_faces(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> dict[FaceId, NameSource]:
    """Return the sources of the names that faces have, for those that were brought in."""
    found: dict[FaceId, NameSource] = {}
    now = {face.id: face for face in faces.by_ids(connection, face_ids)}
    for given in imported_names.given(connection, face_ids):
        face = now.get(given.face_id)
        if face is None or face.id in found or face.state is not FaceState.CONFIRMED:
            continue
        # The user may have decided otherwise since; a person renamed or merged is still from there.
        if face.person_id == given.person_id or names.same(face.name or "", given.name):
            found[face.id] = NameSource(
                face.name or given.name, given.source, given.program, given.made_at, face.id
            )
    return found


def of_photo(connection: sqlite3.Connection, photo_id: PhotoId) -> list[NameSource]:
    """Return the sources of a photo's names, and of people who are on it somewhere."""
    there = faces.of_photo(connection, photo_id)
    found = list(of_faces(connection, [face.id for face in there]).values())
    known = {names.fold(face.name) for face in there if face.name and face.state != "unknown"}
    for _, name, source, program, made_at in imported_names.on_photos(connection, [photo_id]):
        if names.fold(name) not in known:
            known.add(names.fold(name))
            found.append(NameSource(name, source, program, made_at))
    return found
