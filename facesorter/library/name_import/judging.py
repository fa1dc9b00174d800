"""Judge an imported name for a face: assign it, it is known already, or the user's own stands.

[Note: three sides] The name now, the name from the same source at the last import, and the name in
the library. A name that the source hasn't changed is not new, whatever the user did with it since;
one that changed there replaces what came from there, and never the user's own decision.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from enum import StrEnum

from facesorter import names
from facesorter.domain import Face, FaceOrigin, FaceState, PersonId
from facesorter.names import Names
from facesorter.storage import persons
from facesorter.storage.imported_names import Given


class Outcome(StrEnum):
    """What became of an imported name. The values are stored."""

    NAMED = "named"
    """The face has the name from here."""
    SAME = "same"
    """The face had it already."""
    KEPT = "kept"
    """The user's own decision about the face stands."""
    ON_PHOTO = "on-photo"
    """The person is in the photo, without a region."""
    NONE = "none"
    """Nothing to name: a region without a name, or outside the picture."""


class Conflict(StrEnum):
    """How a name conflicts with the library. The values are stored."""

    OTHER_NAME = "other-name"
    """The user gave the face another name."""
    IGNORED = "ignored"
    """The user ignored the face."""
    NOT_THEM = "not-them"
    """The user rejected this person for the face."""
    SOURCES = "sources"
    """Two sources name one face differently; the first one is used if the user says so."""
    NAMESAKES = "namesakes"
    """Several people have the name; the one with the most faces is meant if the user says so."""


class People:
    """The persons that names mean, as of when it was made."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._names = Names[PersonId](persons.spelled(connection))
        self._found: dict[str, tuple[PersonId, ...]] = {}

    def named(self, name: str) -> tuple[PersonId, ...]:
        """Return the persons with a name, accents exact if possible, most faces first."""
        if name not in self._found:
            found = self._names.whole(name)
            if len(found) > 1:
                sizes = persons.count_faces(self._connection, found)
                found = tuple(sorted(found, key=lambda each: (-sizes.get(each, 0), each)))
            self._found[name] = found
        return self._found[name]


def judge(
    face: Face,
    name: str,
    meant: PersonId | None,
    before: Given | None,
    *,
    as_imported: bool = False,
    rejected: bool = False,
) -> tuple[Outcome, Conflict | None]:
    """Judge a name imported for a face; see [Note: three sides].

    Args:
        face: The face as it is.
        name: The name, not empty.
        meant: The person who has it; None for a new one.
        before: The name from the same source at the last import.
        as_imported: Whether it is as an import left it, see `is_as_imported`.
        rejected: Whether the user rejected the person for the face.
    """
    if face.state is FaceState.CONFIRMED:
        same = meant == face.person_id if meant is not None else False
        if same or (face.name is not None and names.same(face.name, name)):
            return Outcome.SAME, None
    if before is not None and names.same(before.name, name):
        return Outcome.KEPT, None
    if before is not None and as_imported:
        return Outcome.NAMED, None
    if face.state is FaceState.CONFIRMED:
        if face.name is None and meant is None:
            return Outcome.NAMED, None
        return Outcome.KEPT, Conflict.OTHER_NAME
    if face.state is FaceState.IGNORED:
        return Outcome.KEPT, Conflict.IGNORED
    if rejected:
        return Outcome.KEPT, Conflict.NOT_THEM
    return Outcome.NAMED, None


def is_as_imported(face: Face, given: Given | None) -> bool:
    """Return whether a face is still the person that an import, the last to name it, made it."""
    return (
        given is not None
        and face.state is FaceState.CONFIRMED
        and face.person_id == given.person_id
    )


def nameable(known: Sequence[Face]) -> list[Face]:
    """Return the faces of a photo that a region may be: those shown, then ignored ones.

    Without boxes that were drawn and taken back, and those that a drawn box replaced.
    """
    shown = [face for face in known if face.state is not FaceState.IGNORED]
    ignored = [
        face
        for face in known
        if face.state is FaceState.IGNORED
        and face.origin is not FaceOrigin.DRAWN
        and not any(face.region.is_at(other.region) for other in shown)
    ]
    return [*shown, *ignored]
