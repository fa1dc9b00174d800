"""Model of a person's faces: those in question, then recognized and confirmed ones."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QObject, QTimer

from facesorter.domain import Changes, Face, FaceId, FaceState, PersonId, Photo, PhotoId
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.id_list_model import PAGE, AnyIds, Change, IdListModel
from facesorter.gui.grid.pixmaps import Thumb
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import outliers, queries

if TYPE_CHECKING:
    from facesorter.app.services import Services


DOUBT_MS: Final = 1500
"""Delay after the user's last action before doubts are recomputed, which takes up to a second."""


class FaceRow(NamedTuple):
    """A face with its photo and its crop."""

    face: Face
    photo: Photo
    thumb: Thumb


def face_rows(bridge: Bridge, ids: Sequence[FaceId]) -> list[FaceRow]:
    """Read faces with their photos by id. Thread: GUI."""
    return rows_of(bridge.services.reader(), bridge.services, ids)


def rows_of(conn: Connection, services: Services, ids: Sequence[FaceId]) -> list[FaceRow]:
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
    """Ordered faces of a person."""

    ids: list[FaceId]
    asked: int = 0
    """Number of leading ids awaiting confirmation."""
    sure: int = 0
    """Number of ids after them that need no confirmation."""
    years: Sequence[tuple[int, str]] = ()
    """Row and year of each year's start in the other ids; again for the confirmed ones."""
    doubtful: int = 0
    """Number of trailing ids that are doubtful."""
    suggested: int | None = None
    """Number of leading ids that may be suggestions; None if any may be one."""
    rows: Sequence[tuple[FaceId, FaceRow]] = ()
    """Content of the first rows, which are usually painted next."""
    changes: int = -1
    """See `IdListModel.take_first_rows`."""


def _by_date(conn: Connection, person_id: PersonId, doubtful: Collection[FaceId] = ()) -> Listed:
    suggested = queries.face_ids(conn, person_id=person_id, state=FaceState.SUGGESTED)
    confirmed = queries.face_ids(conn, person_id=person_id, state=FaceState.CONFIRMED)
    last = [face for face in confirmed if face in doubtful]
    first = [face for face in confirmed if face not in doubtful]
    person = queries.persons(conn, [person_id], dated=False)
    if not person or person[0].name is None:
        # Unnamed groups have no suggestions for single faces: their years begin at the top.
        ids = suggested + first
        years = queries.years(conn, ids)
        return Listed(ids + last, len(suggested), 0, years, len(last), len(suggested))
    surely = queries.sure_faces(conn, person_id)
    asked = [face for face in suggested if face not in surely]
    sure = [face for face in suggested if face in surely]
    years, row = [], len(asked)
    for part in (sure, first):
        years += [(row + at, year) for at, year in queries.years(conn, part)]
        row += len(part)
    ids = asked + sure + first + last
    return Listed(ids, len(asked), len(sure), years, len(last), len(suggested))


def _doubts(conn: Connection, person_id: PersonId) -> dict[FaceId, str]:
    """Return a text for each doubtful confirmed face. Thread: slow query."""
    found = {}
    for each in outliers.doubtful(conn, person_id):
        rival = (
            queries.persons(conn, [each.rival_id], dated=False) if each.rival_id is not None else []
        )
        found[each.face_id] = words.doubt(each.reason, rival[0].name if rival else None)
    return found


def _best_first(conn: Connection, person_id: PersonId) -> Listed:
    return Listed(queries.best_first(conn, person_id))


def _suspects(conn: Connection, person_id: PersonId) -> Listed:
    there = dict.fromkeys(queries.face_ids(conn, person_id=person_id))
    ranked = [each.face_id for each in outliers.suspects(conn, person_id) if each.face_id in there]
    # Include faces that can't be compared yet, such as one drawn just now.
    return Listed(list(dict.fromkeys([*ranked, *there])))


def _with_rows(
    conn: Connection, services: Services, changes: int, read: Callable[[Connection], Listed]
) -> Listed:
    listed = read(conn)
    rows = [(row.face.id, row) for row in rows_of(conn, services, listed.ids[:PAGE])]
    return listed._replace(rows=rows, changes=changes)


class FaceModel(IdListModel[FaceId, FaceRow]):
    """Faces by id; rows are `FaceRow`."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self.asked = 0
        """Number of leading rows awaiting confirmation."""
        self.sure = 0
        """Number of rows after them that need no confirmation."""
        self.years: Sequence[tuple[int, str]] = ()
        """Row and year of each year's start in the other rows; again for the confirmed ones."""
        self.age: Callable[[str], str] = lambda taken_at: ""
        """Returns the person's age at a time, if known."""
        self.doubts: dict[FaceId, str] = {}
        """Texts explaining why confirmed faces are doubtful."""
        self.doubtful = 0
        """Number of trailing rows that are doubtful."""
        self._suggested: int | None = None
        """Number of leading rows that may be suggestions; None if any row may be one."""
        self._weighed: PersonId | None = None
        self._soon = QTimer(self, singleShot=True, interval=DOUBT_MS)
        self._soon.timeout.connect(self._weigh)

    def show_person(self, person_id: PersonId) -> None:
        """Show a person's faces: in question, recognized, confirmed; each newest first."""
        if person_id != self._weighed:
            self._weighed, self.doubts = person_id, {}
            self._weigh()
        self._show(lambda conn, each: _by_date(conn, each, self.doubts), person_id)

    def _weigh(self) -> None:
        """Find doubtful faces and list them separately."""
        person_id = self._weighed
        if person_id is None:
            return

        def done(found: dict[FaceId, str]) -> None:
            if person_id == self._weighed and found != self.doubts:
                self.doubts = found
                self.refresh()

        self._bridge.then(self._bridge.query_slow(_doubts, person_id), done, owner=self)

    def suggested_among(self, face_ids: Iterable[FaceId]) -> list[FaceId]:
        """Return those of the faces that can be confirmed."""
        rows = self.rows_of(face_ids)
        if self._suggested is not None:
            rows = rows[: bisect_left(rows, self._suggested)]
        found = map(self.row, rows)
        return [row.face.id for row in found if row is not None and is_suggested(row)]

    def caption(self, row: FaceRow) -> str:
        """Return the text below a face: the reason for doubt, or the person's age."""
        return self.doubts.get(row.face.id) or self.age(row.photo.taken_at)

    def on_changed(self, changes: Changes) -> None:
        """Re-read data of visible faces that changed; recompute doubts after a delay."""
        super().on_changed(changes)
        if changes.decided and self._weighed in changes.persons:
            self._soon.start()

    def show_suspects(self, person_id: PersonId) -> None:
        """Show a person's faces, most doubtful first."""
        self._show(_suspects, person_id, slow=True)

    def show_best(self, person_id: PersonId) -> None:
        """Show a person's faces by quality."""
        self._show(_best_first, person_id)

    def _show(
        self,
        read: Callable[[Connection, PersonId], Listed],
        person_id: PersonId,
        *,
        slow: bool = False,
    ) -> None:
        self.asked, self.sure, self.years, self.doubtful = 0, 0, (), 0
        self._suggested = None
        query = self._bridge.query_slow if slow else self._bridge.query
        self.set_source(
            lambda: query(
                _with_rows, self._bridge.services, self._changes, lambda conn: read(conn, person_id)
            )
        )

    def set_ids(self, ids: AnyIds[FaceId]) -> Change:
        """Set the ids together with their parts and years."""
        if isinstance(ids, Listed):
            self.asked, self.sure, self.years = ids.asked, ids.sure, ids.years
            self.doubtful, self._suggested = ids.doubtful, ids.suggested
            self.take_first_rows(ids.rows, ids.changes)
            ids = ids.ids
        return super().set_ids(ids)

    def fetch_rows(self, ids: Sequence[FaceId]) -> Iterable[tuple[FaceId, FaceRow]]:
        return [(row.face.id, row) for row in face_rows(self._bridge, ids)]

    def concerned(self, changes: Changes) -> tuple[Iterable[FaceId], bool]:
        stale = set(changes.faces)
        if changes.marked:
            # A turned photo has other crops of its faces.
            rows = self._rows.items()
            stale |= {each for each, row in rows if row.photo.id in changes.marked}
        return stale, bool(changes.faces or changes.persons or changes.photos)

    def text(self, row: FaceRow, role: int) -> Any:
        more = self.caption(row)
        return f"{describe(row)}, {more}" if more else describe(row)


def describe(row: FaceRow) -> str:
    """Describe a face: "Anna, 12 June 2019" or "Unknown face, 12 June 2019, suggested: Anna".

    Of a video, with the time: "Anna, 12 June 2019, at 0:07".
    """
    if row.face.moment is None:
        return _who_and_when(row)
    text = translate("Faces", "{face}, at {time}")
    return text.format(face=_who_and_when(row), time=words.length(row.face.moment))


def _who_and_when(row: FaceRow) -> str:
    day = words.day(row.photo.taken_at)
    name = row.face.name
    if name and row.face.state is FaceState.CONFIRMED:
        return translate("Faces", "{name}, {day}").format(name=name, day=day)
    if name and row.face.sure:
        return translate("Faces", "{name}, {day}, recognized").format(name=name, day=day)
    if name:
        text = translate("Faces", "Unknown face, {day}, suggested: {name}")
        return text.format(name=name, day=day)
    return translate("Faces", "Unknown face, {day}").format(day=day)


def is_suggested(row: FaceRow) -> bool:
    """Whether a face is a suggestion for the named person it is shown with, sure or not."""
    return row.face.state is FaceState.SUGGESTED and row.face.name is not None


def photos_of(conn: Connection, face_ids: list[FaceId]) -> list[PhotoId]:
    """Return the photos of faces in order, without duplicates. Thread: query."""
    return list(dict.fromkeys(face.photo_id for face in queries.faces(conn, face_ids)))


def shown_state(face: Face) -> FaceState:
    """Return the state in which a face is drawn: unnamed groups have no suggested faces."""
    if face.state is FaceState.SUGGESTED and face.name is None:
        return FaceState.UNKNOWN
    return face.state
