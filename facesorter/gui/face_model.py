"""The faces of a person: for a named one the suggested before the confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


class Listed(NamedTuple):
    """A person's faces in order."""

    ids: list[int]
    suggested: int = 0
    """How many of the first ids await confirming."""
    years: Sequence[tuple[int, str]] = ()
    """Where each year begins among the others: row, and year."""


def _by_date(conn: Connection, person_id: int) -> Listed:
    suggested = queries.face_ids(conn, person_id=person_id, state=FaceState.SUGGESTED)
    confirmed = queries.face_ids(conn, person_id=person_id, state=FaceState.CONFIRMED)
    person = queries.persons(conn, [person_id])
    # A group without a name asks nothing face by face: its years begin at the top.
    n = len(suggested) if person and person[0].name is not None else 0
    ids = suggested + confirmed
    years = [(row + n, year) for row, year in queries.years(conn, ids[n:])]
    return Listed(ids, len(suggested), years)


def _best_first(conn: Connection, person_id: int) -> Listed:
    return Listed(queries.best_first(conn, person_id))


def _suspects(conn: Connection, person_id: int) -> Listed:
    there = dict.fromkeys(queries.face_ids(conn, person_id=person_id))
    ranked = [each.face_id for each in doubt.suspects(conn, person_id) if each.face_id in there]
    # What can't be compared yet, such as a face drawn just now, is there all the same.
    return Listed(list(dict.fromkeys([*ranked, *there])))


class FaceModel(IdListModel[FaceRow]):
    """Faces by id; rows are `FaceRow`."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self.suggested = 0
        """How many of the first rows await confirming."""
        self.years: Sequence[tuple[int, str]] = ()
        """Where each year begins among the confirmed ones: row, and year."""
        self.age: Callable[[str], str] | None = None
        """Says how old somebody was at a time, where that is known."""

    def show_person(self, person_id: int) -> None:
        """Show a person's faces: suggested ones, then confirmed ones, newest first."""
        self._show(_by_date, person_id)

    def show_suspects(self, person_id: int) -> None:
        """Show a person's faces, the most doubtful first."""
        self._show(_suspects, person_id)

    def show_best(self, person_id: int) -> None:
        """Show a person's faces by quality."""
        self._show(_best_first, person_id)

    def _show(self, read: Callable[[Connection, int], Listed], person_id: int) -> None:
        self.suggested, self.years = 0, ()
        self.set_source(lambda: self._bridge.query(read, person_id))

    def set_ids(self, ids: Any) -> Any:
        """Take the ids with the number of suggested ones among them, and the years."""
        if isinstance(ids, Listed):
            self.suggested, self.years = ids.suggested, ids.years
            ids = ids.ids
        return super().set_ids(ids)

    def fetch_rows(self, ids: Sequence[int]) -> Iterable[tuple[int, FaceRow]]:
        return [(row.face.id, row) for row in face_rows(self._bridge, ids)]

    def concerned(self, changes: Changes) -> tuple[Iterable[int], bool]:
        return changes.faces, bool(changes.faces or changes.persons or changes.photos)

    def text(self, row: FaceRow, role: int) -> Any:
        age = self.age(row.photo.taken_at) if self.age is not None else ""
        return f"{describe(row)}, {age}" if age else describe(row)


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


def photos_of(conn: Connection, face_ids: list[int]) -> list[int]:
    """Return the photos of faces, each once, in their order. Thread: query."""
    return list(dict.fromkeys(face.photo_id for face in queries.faces(conn, face_ids)))
