"""Folders as a tree: the watched ones, and every folder in them that contains photos.

A place is a folder in a watched one: its relative path in the stored form of file names (see
`storage.file_names`), "" for the watched folder itself, else with a last "/".
"""

from __future__ import annotations

import os
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from facesorter.domain import Folder, FolderId, PhotoId, PhotoStatus
from facesorter.names import sort_key
from facesorter.storage import file_names, folders
from facesorter.storage import photos as photo_rows
from facesorter.storage.folders import PLACE


class Order(StrEnum):
    """Order of the folders in one folder."""

    NAME = "name"
    DATE = "date"
    """Newest photo first."""
    PHOTOS = "photos"
    """Most photos first."""


class PhotoOrder(StrEnum):
    """Order of the photos of a folder."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Subfolder:
    """A folder of the tree. Numbers and dates include the folders in it."""

    folder_id: FolderId
    place: str
    name: str
    """As displayed."""
    photos: int
    newest: str
    """Date of the newest photo, if the tree was read with dates, else ""."""
    opens: bool
    """Whether it contains folders."""


def in_order(found: Iterable[Subfolder], order: Order) -> list[Subfolder]:
    """Return folders in an order; those that are equal in it by name."""
    by_name = sorted(found, key=lambda each: sort_key(each.name))
    if order is Order.PHOTOS:
        by_name.sort(key=lambda each: -each.photos)
    elif order is Order.DATE:
        by_name.sort(key=lambda each: each.newest, reverse=True)
    return by_name


class FolderTree:
    """The folders of a library. Immutable; thread: any.

    Holds a sorted list of places per watched folder; what a node contains is found in it only when
    that is asked for, by bisection, so that 50,000 folders cost nothing until they are opened.
    """

    def __init__(self, roots: Sequence[Folder], counted: Sequence[_Counted]) -> None:
        self.roots = tuple(roots)
        self._counted = {root.id: each for root, each in zip(roots, counted, strict=True)}

    @classmethod
    def uncounted(cls, roots: Sequence[Folder]) -> FolderTree:
        """Return watched folders of which nothing was read yet."""
        return cls(roots, [_Counted({}, {}) for _ in roots])

    def get(self, folder_id: FolderId, place: str = "") -> Subfolder | None:
        """Return a folder; None if it has no photos, unless it is watched itself."""
        counted = self._counted.get(folder_id)
        if counted is None:
            return None
        first, last = counted.span(place)
        if first == last and place:
            return None
        return self._subfolder(folder_id, counted, place, first, last)

    def children(
        self, folder_id: FolderId, place: str = "", order: Order = Order.NAME
    ) -> list[Subfolder]:
        """Return the folders in a folder."""
        counted = self._counted.get(folder_id)
        if counted is None:
            return []
        found = []
        at, end = counted.span(place)
        if at < end and counted.places[at] == place:
            at += 1
        while at < end:
            path = counted.places[at]
            child = path[: path.index("/", len(place)) + 1]
            last = counted.after(child, at)
            found.append(self._subfolder(folder_id, counted, child, at, last))
            at = last
        return in_order(found, order)

    def _subfolder(
        self, folder_id: FolderId, counted: _Counted, place: str, first: int, last: int
    ) -> Subfolder:
        deeper = first < last and (last - first > 1 or counted.places[first] != place)
        name = place_name(place) if place else self._root_name(folder_id)
        photos = counted.sums[last] - counted.sums[first]
        newest = max(counted.newest[first:last], default="")
        return Subfolder(folder_id, place, name, photos, newest, deeper)

    def _root_name(self, folder_id: FolderId) -> str:
        path = next(root.path for root in self.roots if root.id == folder_id)
        return file_names.to_show(os.path.basename(path.rstrip("/\\")) or path)


class _Counted:
    """The places of one watched folder, with what they contain."""

    def __init__(self, photos: dict[str, int], newest: dict[str, str]) -> None:
        self.places = sorted(photos)
        self.sums = [0, *accumulate(photos[place] for place in self.places)]
        self.newest = [newest.get(place, "") for place in self.places] if newest else []

    def span(self, place: str) -> tuple[int, int]:
        """Return where a place and the places in it begin and end."""
        first = bisect_left(self.places, place)
        return first, self.after(place, first)

    def after(self, place: str, first: int) -> int:
        if not place:
            return len(self.places)
        # Everything that begins with "a/b/" sorts before "a/b0", because "0" follows "/".
        return bisect_left(self.places, place[:-1] + "0", first)


def read(connection: sqlite3.Connection, *, dated: bool = False) -> FolderTree:
    """Read the tree: 40 ms for 100,000 photos, 200 with the dates, which only `Order.DATE` needs.

    Thread: query.
    """
    roots = folders.every(connection, watched_only=True)
    return FolderTree(
        roots,
        [
            _Counted(
                folders.photos_by_place(connection, root.id),
                folders.newest_by_place(connection, root.id) if dated else {},
            )
            for root in roots
        ],
    )


def photo_ids(
    connection: sqlite3.Connection, folder_id: FolderId, place: str = "", *, deep: bool = True
) -> list[PhotoId]:
    """Return the photos of a folder, newest first; ``deep`` with those of its subfolders."""
    where, values = _inside(folder_id, place, deep)
    if deep and not place:
        # A whole watched folder is read from the index by date, which spares sorting, and the rows.
        where = f"+{where}"
    return photo_rows.newest_first(
        connection,
        f"SELECT id FROM photo WHERE {where} AND status != 'missing' "
        "ORDER BY sort_at DESC, id DESC",
        values,
    )


def oldest_first(
    connection: sqlite3.Connection, folder_id: FolderId, place: str = "", *, deep: bool = True
) -> list[PhotoId]:
    """Return the photos of a folder, oldest first, those without a date last."""
    newest = photo_ids(connection, folder_id, place, deep=deep)
    return photo_rows.oldest_first(connection, newest)


def photos_by_name(
    connection: sqlite3.Connection, folder_id: FolderId, place: str = "", *, deep: bool = True
) -> tuple[list[PhotoId], list[tuple[int, str]]]:
    """Return the photos of a folder by name, and where each folder begins: row, and place.

    A folder's own photos come first, then those of its subfolders, one after the other.
    """
    where, values = _inside(folder_id, place, deep)
    # From the index, which has the photos of a place in this order; one row of a place is read.
    rows = connection.execute(
        f"SELECT {PLACE}, count(*), group_concat(id) FROM photo INDEXED BY photo_by_name "
        f"WHERE {where} AND status != 'missing' GROUP BY 1",
        values,
    )
    found = sorted(rows, key=lambda row: photo_rows.place_key(row[0]))
    ids = photo_rows.ids_in(",".join(row[2] for row in found))
    firsts = accumulate((row[1] for row in found), initial=0)
    return ids, [(first, row[0]) for first, row in zip(firsts, found, strict=False)]


def locate(
    connection: sqlite3.Connection, paths: Iterable[str]
) -> dict[str, tuple[PhotoId, FolderId, str]]:
    """Return which visible photos are at absolute paths: photo, watched folder, and place."""
    roots = folders.every(connection, watched_only=True)
    found = {}
    for path in paths:
        for root in roots:
            start = root.path.rstrip(os.sep) + os.sep
            if not path.startswith(start):
                continue
            relpath = path.removeprefix(start).replace(os.sep, "/")
            photo_id = photo_rows.id_at(connection, root.id, relpath)
            shown = photo_rows.by_ids(connection, [photo_id] if photo_id is not None else [])
            if shown and shown[0].status is not PhotoStatus.MISSING:
                found[path] = (shown[0].id, root.id, _place_of(connection, shown[0].id))
    return found


def place_name(place: str) -> str:
    """Return the name of the folder at a place, as displayed."""
    return file_names.to_show(file_names.from_text(place).rstrip("/").rpartition("/")[2])


def place_parts(place: str) -> list[str]:
    """Return the names of the folders on the way to a place, as displayed."""
    return [file_names.to_show(part) for part in file_names.from_text(place).split("/")[:-1]]


def place_text(place: str) -> str:
    """Return the relative path of a place, as `library.scanning.folders` takes it."""
    return file_names.from_text(place)


def parents(place: str) -> list[str]:
    """Return the places on the way to a place, from the watched folder to the place itself."""
    parts = place.split("/")[:-1]
    return [
        "",
        *("".join(f"{part}/" for part in parts[: depth + 1]) for depth in range(len(parts))),
    ]


def place_path(root: Folder, place: str) -> str:
    """Return the absolute path of a place."""
    return os.path.join(root.path, *file_names.from_text(place).split("/")[:-1])


def _inside(folder_id: FolderId, place: str, deep: bool) -> tuple[str, list[object]]:
    """Return the condition that photos are in a folder that is watched, and its parameters."""
    watched = "EXISTS (SELECT 1 FROM folder WHERE id = ? AND watched = 1)"
    if not deep:
        return f"folder_id = ? AND {PLACE} = ? AND {watched}", [folder_id, place, folder_id]
    if place:
        within = f"folder_id = ? AND {PLACE} >= ? AND {PLACE} < ?"
        return f"{within} AND {watched}", [folder_id, place, place[:-1] + "0", folder_id]
    return f"folder_id = ? AND {watched}", [folder_id, folder_id]


def _place_of(connection: sqlite3.Connection, photo_id: PhotoId) -> str:
    row = connection.execute(f"SELECT {PLACE} FROM photo WHERE id = ?", (photo_id,)).fetchone()
    return str(row[0]) if row else ""
