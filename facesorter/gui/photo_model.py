"""The photos of a grid: all, one folder's or one person's, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Qt

from facesorter.domain import Changes, Photo, PhotoStatus
from facesorter.gui import words
from facesorter.gui.bridge import Bridge
from facesorter.gui.id_list_model import IdListModel
from facesorter.gui.pixmaps import Thumb
from facesorter.gui.words import translate
from facesorter.library import queries


class PhotoRow(NamedTuple):
    """A photo and its thumbnail."""

    photo: Photo
    thumb: Thumb


class PhotoModel(IdListModel[PhotoRow]):
    """Photos by id; rows are `PhotoRow`."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self._of_person = False

    def show_all(self, folder_id: int | None = None) -> None:
        """Show every photo, or those of one folder."""
        self._of_person = False
        self.set_source(lambda: self._query(folder_id=folder_id))

    def show_person(self, person_id: int) -> None:
        """Show the photos that a person is in."""
        self._of_person = True
        self.set_source(lambda: self._query(person_id=person_id))

    def show_ids(self, source: Callable[[], Future[list[int]]]) -> None:
        """Show whatever photos ``source`` lists."""
        self.set_source(source)

    def _query(self, **criteria: int | None) -> Future[list[int]]:
        return self._bridge.query(queries.photo_ids, **criteria)

    def fetch_rows(self, ids: Sequence[int]) -> Iterable[tuple[int, PhotoRow]]:
        services = self._bridge.services
        for photo in queries.photos(services.reader(), ids):
            path = services.thumbnails.photo_path(photo)
            yield photo.id, PhotoRow(photo, Thumb("photo", photo.id, path))

    def concerned(self, changes: Changes) -> tuple[Iterable[int], bool]:
        ids_too = bool(changes.photos or changes.folders)
        if self._of_person:
            ids_too = ids_too or bool(changes.faces or changes.persons)
        # An unplugged folder greys its photos, and these are not listed one by one.
        stale = self._rows if changes.folders else changes.photos
        return list(stale), ids_too

    def text(self, row: PhotoRow, role: int) -> Any:
        photo = row.photo
        name = file_name(photo.path)
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        parts = [name, words.day(photo.taken_at)]
        if photo.status is PhotoStatus.FAILED:
            parts.append(photo.error or translate("Photos", "This photo can't be shown."))
        elif photo.faces:
            parts.append(words.faces(photo.faces))
        if photo.unplugged:
            parts.append(
                translate("Photos", "Its folder is unplugged; connect the drive to open it.")
            )
        separator = ", " if role == Qt.ItemDataRole.AccessibleTextRole else "\n"
        return separator.join(part for part in parts if part)


def file_name(path: str) -> str:
    """Return the last part of a path, whichever system wrote it."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path
