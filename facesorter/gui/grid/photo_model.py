"""Model of a photo grid, newest first: all photos, a folder, a person or a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from sqlite3 import Connection
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Qt

from facesorter.domain import Changes, FolderId, PersonId, Photo, PhotoId, PhotoStatus
from facesorter.errors import UserError
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.id_list_model import AnyIds, Change, IdListModel
from facesorter.gui.grid.pixmaps import Thumb
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.library import folder_tree, queries
from facesorter.library.search import search


class PhotoRow(NamedTuple):
    """A photo with its thumbnail."""

    photo: Photo
    thumb: Thumb


class Listed(NamedTuple):
    """Ordered photos, and data about the list."""

    ids: list[PhotoId]
    months: list[tuple[int, str]]
    """Row and month ("2019-06") of each month's start."""
    complaint: UserError | None = None
    """Why a search failed."""
    places: tuple[tuple[int, str], ...] = ()
    """Row and place of each folder's start, in a folder by name, which has no months."""


def _in_folder(
    conn: Connection, folder_id: FolderId, place: str, deep: bool, by_name: bool
) -> Listed:
    if by_name:
        ids, places = folder_tree.photos_by_name(conn, folder_id, place, deep=deep)
        return Listed(ids, [], None, tuple(places))
    ids = folder_tree.photo_ids(conn, folder_id, place, deep=deep)
    return Listed(ids, queries.months(conn, ids))


def _listed(conn: Connection, /, **criteria: Any) -> Listed:
    ids = queries.photo_ids(conn, **criteria)
    return Listed(ids, queries.months(conn, ids))


def _found(conn: Connection, text: str, spoken: Mapping[str, int | str]) -> Listed:
    try:
        ids = search.photo_ids(conn, text, spoken)
    except UserError as error:
        return Listed([], [], error)
    return Listed(ids, queries.months(conn, ids))


class PhotoModel(IdListModel[PhotoId, PhotoRow]):
    """Photos by id; rows are `PhotoRow`."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self._by_faces = self._by_labels = False
        self.months: list[tuple[int, str]] = []
        """Row and month ("2019-06") of each month's start."""
        self.places: Sequence[tuple[int, str]] = ()
        """Row and place of each folder's start, in a folder by name."""
        self.complaint: UserError | None = None
        """Why the search failed."""

    def show_all(self) -> None:
        """Show all photos."""
        self._by_faces = self._by_labels = False
        self.set_source(lambda: self._bridge.query(_listed))

    def show_folder(self, folder_id: FolderId, place: str, *, deep: bool, by_name: bool) -> None:
        """Show the photos of a folder; see `library.folder_tree`."""
        self._by_faces = self._by_labels = False
        self.set_source(lambda: self._bridge.query(_in_folder, folder_id, place, deep, by_name))

    def show_collection(self, **criteria: Any) -> None:
        """Show an album, a tag or the favorites; criteria as in `queries.photo_ids`."""
        self._by_faces = self._by_labels = True
        self.set_source(lambda: self._bridge.query(_listed, **criteria))

    def show_person(self, person_id: PersonId) -> None:
        """Show the photos of a person."""
        self._by_faces, self._by_labels = True, False
        self.set_source(lambda: self._bridge.query(_listed, person_id=person_id))

    def show_search(self, text: str) -> None:
        """Show the results of a search; the old photos stay until the results arrive."""
        self._by_faces = self._by_labels = True
        spoken = words.spoken()
        self.set_source(lambda: self._bridge.query(_found, text, spoken), keep=True)

    def set_ids(self, ids: AnyIds[PhotoId]) -> Change:
        """Set the ids together with their months."""
        if isinstance(ids, Listed):
            self.months, self.places, self.complaint = ids.months, ids.places, ids.complaint
            ids = ids.ids
        return super().set_ids(ids)

    def show_ids(self, source: Callable[[], Future[list[PhotoId]]]) -> None:
        """Show the photos that ``source`` returns."""
        self.set_source(source)

    def fetch_rows(self, ids: Sequence[PhotoId]) -> Iterable[tuple[PhotoId, PhotoRow]]:
        services = self._bridge.services
        for photo in queries.photos(services.reader(), ids):
            path = services.thumbnails.photo_path(photo)
            yield photo.id, PhotoRow(photo, Thumb("photo", photo.id, path))

    def concerned(self, changes: Changes) -> tuple[Iterable[PhotoId], bool]:
        ids_too = bool(changes.photos or changes.folders)
        if self._by_faces:
            ids_too = ids_too or bool(changes.faces or changes.persons)
        if self._by_labels:
            ids_too = ids_too or bool(changes.marked or changes.shelves)
        # Unplugging a folder grays out its photos without listing them individually.
        stale = self._rows if changes.folders else changes.photos | changes.marked
        return list(stale), ids_too

    def text(self, row: PhotoRow, role: int) -> Any:
        photo = row.photo
        name = file_name(photo.path)
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        parts = [name, words.day(photo.taken_at)]
        if photo.is_video:
            said = translate("Photos", "video, {length}") if photo.duration else ""
            said = said or translate("Photos", "video")
            parts.append(said.format(length=words.length(photo.duration or 0)))
        if photo.status is PhotoStatus.FAILED:
            unknown = translate("Photos", "This photo can’t be displayed.")
            parts.append(words.sentence(photo.error) if photo.error else unknown)
        elif photo.faces:
            parts.append(words.faces(photo.faces))
        if photo.favourite:
            parts.append(translate("Photos", "favorite"))
        if photo.unplugged:
            parts.append(
                translate(
                    "Photos", "This photo’s drive isn’t connected. Connect it to open the photo."
                )
            )
        separator = ", " if role == Qt.ItemDataRole.AccessibleTextRole else "\n"
        return separator.join(part for part in parts if part)
