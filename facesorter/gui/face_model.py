"""The faces of a person: for a named one the suggested before the confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject

from facesorter.domain import Changes, Face, FaceState, Photo
from facesorter.gui import words
from facesorter.gui.bridge import Bridge
from facesorter.gui.id_list_model import IdListModel
from facesorter.gui.pixmaps import Thumb
from facesorter.gui.words import translate
from facesorter.library import doubt, queries

if TYPE_CHECKING:
    from facesorter.app.services import Services


class FaceRow(NamedTuple):
    """A face, its photo and its crop."""

    face: Face
    photo: Photo
    thumb: Thumb


def face_rows(bridge: Bridge, ids: Sequence[int]) -> list[FaceRow]:
    """Read faces with their photos by id. Thread: GUI."""
    return rows_of(bridge.services.reader(), bridge.services, ids)


def rows_of(conn: Connection, services: Services, ids: Sequence[int]) -> list[FaceRow]:
    """Read faces with their photos by id. Thread: the connection's."""
    faces = queries.faces(conn, ids)
    wanted = list({face.photo_id for face in faces})
    photos = {photo.id: photo for photo in queries.photos(conn, wanted)}
    rows = []
    for face in faces:
        photo = photos.get(face.photo_id)
        if photo is not None:
            path = services.thumbnails.face_path(face, photo)
            rows.append(FaceRow(face, photo, Thumb("face", face.id, path)))
    return rows


def _suggested_first(conn: Connection, person_id: int) -> tuple[list[int], int]:
    suggested = queries.face_ids(conn, person_id=person_id, state=FaceState.SUGGESTED)
    confirmed = queries.face_ids(conn, person_id=person_id, state=FaceState.CONFIRMED)
    return suggested + confirmed, len(suggested)


def _suspects(conn: Connection, person_id: int) -> tuple[list[int], int]:
    there = dict.fromkeys(queries.face_ids(conn, person_id=person_id))
    ranked = [each.face_id for each in doubt.suspects(conn, person_id) if each.face_id in there]
    # What can't be compared yet, such as a face drawn just now, is there all the same.
    return list(dict.fromkeys([*ranked, *there])), 0


class FaceModel(IdListModel[FaceRow]):
    """Faces by id; rows are `FaceRow`."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self.suggested = 0
        """How many of the first rows await confirming."""

    def show_person(self, person_id: int, *, suspects_first: bool = False) -> None:
        """Show a person's faces: suggested ones, then confirmed ones; or by doubt."""
        self.suggested = 0
        read = _suspects if suspects_first else _suggested_first
        self.set_source(lambda: self._bridge.query(read, person_id))

    def set_ids(self, ids: Any) -> Any:
        """Take the ids with the number of suggested ones among them."""
        if isinstance(ids, tuple):
            ids, self.suggested = ids
        return super().set_ids(ids)

    def fetch_rows(self, ids: Sequence[int]) -> Iterable[tuple[int, FaceRow]]:
        return [(row.face.id, row) for row in face_rows(self._bridge, ids)]

    def concerned(self, changes: Changes) -> tuple[Iterable[int], bool]:
        return changes.faces, bool(changes.faces or changes.persons or changes.photos)

    def text(self, row: FaceRow, role: int) -> Any:
        return describe(row)


def describe(row: FaceRow) -> str:
    """Say a face: "Anna, 12 June 2019" or "Unknown face, 12 June 2019, suggested: Anna"."""
    day = words.day(row.photo.taken_at)
    name = row.face.name
    if name and row.face.state is FaceState.CONFIRMED:
        return translate("Faces", "{name}, {day}").format(name=name, day=day)
    if name:
        said = translate("Faces", "Unknown face, {day}, suggested: {name}")
        return said.format(name=name, day=day)
    return translate("Faces", "Unknown face, {day}").format(day=day)


def is_question(row: FaceRow) -> bool:
    """Whether a face waits for the user to say that it is the named person it is shown with."""
    return row.face.state is FaceState.SUGGESTED and row.face.name is not None
