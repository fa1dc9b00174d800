"""Model of a photo grid: all photos, a folder, a person or a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from sqlite3 import Connection
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QObject, Qt

from facesorter.domain import Changes, FolderId, PersonId, Photo, PhotoId, PhotoStatus
from facesorter.errors import UserError
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.id_list_model import PAGE, AnyIds, Change, IdListModel
from facesorter.gui.grid.layout import Section
from facesorter.gui.grid.pixmaps import Thumb
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.library import folder_tree, queries, stacks
from facesorter.library.folder_tree import PhotoOrder
from facesorter.library.search import search

if TYPE_CHECKING:
    from facesorter.app.services import Services

MOST_HEADINGS: Final = 1000
"""Folders by name beyond which they have no headings: laying out 1,000 takes the window's thread
2 ms, 50,000 take it 0.1 s."""


class PhotoRow(NamedTuple):
    """A photo with its thumbnail."""

    photo: Photo
    thumb: Thumb


class Listed(NamedTuple):
    """Ordered photos, and data about the list."""

    ids: list[PhotoId]
    months: list[tuple[int, str]]
    """Row and month ("2019-06") of each month's start."""
    error: UserError | None = None
    """Why a search failed."""
    headings: Sequence[Section] = ()
    """Of the months, or of the subfolders if sorted by name, which has no months. Made on the query
    thread, since the texts of 300 months take 2 ms."""
    stacks: Mapping[PhotoId, tuple[PhotoId, ...]] = MappingProxyType({})
    """For photos that stand for a stack, its photos in the list, themselves first."""
    rows: Sequence[tuple[PhotoId, PhotoRow]] = ()
    """Content of the first rows, which are usually painted next."""
    changes: int = -1
    """See `IdListModel.take_first_rows`."""


def read_rows(
    conn: Connection, services: Services, ids: Sequence[PhotoId]
) -> list[tuple[PhotoId, PhotoRow]]:
    """Read photos by id; unknown ids are skipped. Thread: the connection's."""
    return [
        (photo.id, PhotoRow(photo, Thumb("photo", photo.id, services.thumbnails.photo_path(photo))))
        for photo in queries.photos(conn, ids)
    ]


def _with_rows(
    conn: Connection, services: Services, changes: int, read: Callable[..., Listed]
) -> Listed:
    listed = read(conn)
    return listed._replace(rows=read_rows(conn, services, listed.ids[:PAGE]), changes=changes)


def _in_folder(
    conn: Connection,
    folder_id: FolderId,
    place: str,
    deep: bool,
    order: PhotoOrder,
    stacked: bool,
) -> Listed:
    if order is not PhotoOrder.NAME:
        oldest = order is PhotoOrder.OLDEST
        by_date = folder_tree.oldest_first if oldest else folder_tree.photo_ids
        ids = by_date(conn, folder_id, place, deep=deep)
        return by_month(conn, ids, stacked)
    ids, places = folder_tree.photos_by_name(conn, folder_id, place, deep=deep)
    folded = stacks.fold(conn, ids) if stacked else stacks.Folded(ids, {})
    if len(places) > MOST_HEADINGS:
        return Listed(folded.ids, [], stacks=folded.stacks)
    shown = set(folded.ids)
    headings: list[Section] = []
    row = 0
    for (first, here), (last, _) in zip(places, [*places[1:], (len(ids), "")], strict=True):
        count = sum(each in shown for each in ids[first:last])
        if count:
            title = " › ".join(folder_tree.place_parts(here[len(place) :]))
            headings.append(Section(row, title))
        row += count
    return Listed(folded.ids, [], None, headings, folded.stacks)


def by_month(conn: Connection, ids: list[PhotoId], stacked: bool) -> Listed:
    """Return a list of photos by date with its months. Thread: query."""
    folded = stacks.fold(conn, ids) if stacked else stacks.Folded(ids, {})
    months = queries.months(conn, folded.ids)
    headings = [Section(row, words.month(month)) for row, month in months]
    return Listed(folded.ids, months, None, headings, folded.stacks)


def _listed(conn: Connection, /, *, stacked: bool, oldest: bool = False, **criteria: Any) -> Listed:
    ids = queries.photo_ids(conn, **criteria)
    return by_month(conn, queries.oldest_first(conn, ids) if oldest else ids, stacked)


def _found(
    conn: Connection, text: str, spoken: Mapping[str, int | str], stacked: bool, oldest: bool
) -> Listed:
    try:
        ids = search.photo_ids(conn, text, spoken)
    except UserError as error:
        return Listed([], [], error)
    return by_month(conn, queries.oldest_first(conn, ids) if oldest else ids, stacked)


class PhotoModel(IdListModel[PhotoId, PhotoRow]):
    """Photos by id; rows are `PhotoRow`."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self._by_faces = self._by_labels = False
        self.months: list[tuple[int, str]] = []
        """Row and month ("2019-06") of each month's start."""
        self.headings: Sequence[Section] = ()
        """Of the months, or of the subfolders if sorted by name."""
        self.error: UserError | None = None
        """Why the search failed."""
        self._listed: Listed | None = None
        self._unfolded: set[PhotoId] = set()
        """Photos on top of stacks whose other photos are shown beside them."""
        self._member_of: dict[PhotoId, PhotoId] = {}
        """The photo on top for each photo of an unfolded stack."""

    def show_all(self, *, oldest: bool = False) -> None:
        """Show all photos."""
        self._by_faces = self._by_labels = False
        self.set_source(lambda: self._query(_listed, stacked=self._stacked, oldest=oldest))

    def show_folder(
        self, folder_id: FolderId, place: str, *, deep: bool, order: PhotoOrder
    ) -> None:
        """Show the photos of a folder; see `library.folder_tree`."""
        self._by_faces = self._by_labels = False
        self.set_source(
            lambda: self._query(_in_folder, folder_id, place, deep, order, self._stacked)
        )

    def show_collection(self, *, oldest: bool = False, **criteria: Any) -> None:
        """Show an album, a tag or the favorites; criteria as in `queries.photo_ids`."""
        self._by_faces = self._by_labels = True
        self.set_source(
            lambda: self._query(_listed, stacked=self._stacked, oldest=oldest, **criteria)
        )

    def show_person(self, person_id: PersonId) -> None:
        """Show the photos of a person."""
        self._by_faces, self._by_labels = True, False
        self.set_source(lambda: self._query(_listed, stacked=self._stacked, person_id=person_id))

    def show_search(self, text: str, *, oldest: bool = False) -> None:
        """Show the results of a search; the old photos stay until the results arrive."""
        self._by_faces = self._by_labels = True
        spoken = words.spoken()
        self.set_source(lambda: self._query(_found, text, spoken, self._stacked, oldest), keep=True)

    def _query(self, read: Callable[..., Listed], *args: Any, **kwargs: Any) -> Future[Listed]:
        services, changes = self._bridge.services, self._changes
        return self._bridge.query(
            _with_rows, services, changes, lambda conn: read(conn, *args, **kwargs)
        )

    def set_ids(self, ids: AnyIds[PhotoId]) -> Change:
        """Set the ids together with their months; unfolded stacks stay unfolded."""
        if not isinstance(ids, Listed):
            self._listed = None
            self._member_of = {}
            return super().set_ids(ids)
        if self._held:
            return super().set_ids(ids)
        self._listed, self.error = ids, ids.error
        self.take_first_rows(ids.rows, ids.changes)
        if before := self._unfolded:
            # Another photo may be on top now.
            tops = (top for top, stack in ids.stacks.items() if not before.isdisjoint(stack))
            self._unfolded = set(tops)
        self._member_of = {each: top for top in self._unfolded for each in ids.stacks[top]}
        if not self._unfolded:
            self.months, self.headings = ids.months, ids.headings
            return super().set_ids(ids.ids)
        shown: list[PhotoId] = []
        added: list[tuple[int, int]] = []
        for row, each in enumerate(ids.ids):
            shown += ids.stacks[each] if each in self._unfolded else (each,)
            if each in self._unfolded:
                added.append((row, len(ids.stacks[each]) - 1))
        self.months = _moved(ids.months, added)
        self.headings = [Section(*each) for each in _moved(ids.headings, added)]
        return super().set_ids(shown)

    def set_source(self, list_ids: Callable[[], Future[Any]] | None, *, keep: bool = False) -> None:
        """Switch to another list, in which all stacks are folded."""
        self._unfolded = set()
        super().set_source(list_ids, keep=keep)

    # Stacks.

    @property
    def _stacked(self) -> bool:
        return self._bridge.services.settings.stacks

    def stack_of(self, photo_id: PhotoId) -> tuple[PhotoId, ...]:
        """Return the photos of the list in a photo's stack, the one on top first; else only it."""
        if self._listed is None:
            return (photo_id,)
        return self._listed.stacks.get(self._member_of.get(photo_id, photo_id), (photo_id,))

    def is_unfolded(self, photo_id: PhotoId) -> bool:
        """Return whether the photos of a photo's stack are shown side by side."""
        return photo_id in self._member_of

    def whole(self, ids: Iterable[PhotoId]) -> list[PhotoId]:
        """Return photos with those stacked under them: a folded stack stands for all its photos."""
        found: list[PhotoId] = []
        for each in ids:
            found += (each,) if self.is_unfolded(each) else self.stack_of(each)
        return found

    def toggle_stack(self, photo_id: PhotoId) -> None:
        """Show the photos of a stack side by side, or as one again; else do nothing."""
        stack = self.stack_of(photo_id)
        if self._listed is not None and len(stack) > 1:
            self._unfolded = self._unfolded ^ {stack[0]}
            self.set_ids(self._listed)
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    @property
    def count(self) -> int:
        """Number of photos in the list, including those stacked under others."""
        if self._listed is None:
            return len(self._ids)
        stacked = sum(len(stack) - 1 for stack in self._listed.stacks.values())
        return len(self._listed.ids) + stacked

    def shown_as(self, photo_id: PhotoId) -> PhotoId:
        """Return the tile of a photo in the list: the one on top if it is in a folded stack."""
        if self._listed is None or self.row_of(photo_id) >= 0:
            return photo_id
        return self.all_shown_as([photo_id]).pop()

    def all_shown_as(self, photo_ids: Iterable[PhotoId]) -> set[PhotoId]:
        """Return `shown_as` of several photos."""
        found = set(photo_ids)
        for top, stack in self._listed.stacks.items() if self._listed is not None else ():
            if not self.is_unfolded(top) and not found.isdisjoint(stack):
                found.difference_update(stack)
                found.add(top)
        return found

    def show_ids(self, source: Callable[[], Future[list[PhotoId]]]) -> None:
        """Show the photos that ``source`` returns."""
        self.set_source(source)

    def fetch_rows(self, ids: Sequence[PhotoId]) -> Iterable[tuple[PhotoId, PhotoRow]]:
        services = self._bridge.services
        return read_rows(services.reader(), services, ids)

    def concerned(self, changes: Changes) -> tuple[Iterable[PhotoId], bool]:
        ids_too = bool(changes.photos or changes.folders or changes.stacks)
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
            text = translate("Photos", "video, {length}") if photo.duration else ""
            text = text or translate("Photos", "video")
            parts.append(text.format(length=words.length(photo.duration or 0)))
        if photo.status is PhotoStatus.FAILED:
            unknown = translate("Photos", "This photo can’t be displayed.")
            parts.append(words.sentence(photo.error) if photo.error else unknown)
        elif photo.faces:
            parts.append(words.faces(photo.faces))
        if len(stack := self.stack_of(photo.id)) > 1:
            parts.append(translate("Photos", "stack of %Ln photo(s)", "", len(stack)))
        if photo.favourite:
            parts.append(translate("Photos", "favorite"))
        if photo.rating:
            parts.append(translate("PhotoDetails", "%Ln star(s)", "", photo.rating))
        if photo.unplugged:
            parts.append(
                translate(
                    "Photos", "This photo’s drive isn’t connected. Connect it to open the photo."
                )
            )
        separator = ", " if role == Qt.ItemDataRole.AccessibleTextRole else "\n"
        return separator.join(part for part in parts if part)


def _moved(
    starts: Sequence[tuple[int, str]], added: Sequence[tuple[int, int]]
) -> list[tuple[int, str]]:
    """Move starts of sections by the rows added before them: pairs of a row and how many."""
    found = []
    more = at = 0
    for row, title in starts:
        while at < len(added) and added[at][0] < row:
            more += added[at][1]
            at += 1
        found.append((row + more, title))
    return found
