"""Rows of photos waiting for analysis."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from facesorter.domain import FolderId, PhotoId
from facesorter.storage import file_names
from facesorter.storage.photos import chunks, full_path

_WAITING = (
    "SELECT p.id, f.id, f.path, p.relpath, p.size, p.mtime_ns FROM photo p "
    "JOIN folder f ON f.id = p.folder_id "
    "WHERE p.status = 'pending' AND f.watched = 1 AND f.state = 'present'"
)


MOST_SEARCHES = 3
"""Times that a closer search of a photo is begun: one that never ends may crash the program. The
photo keeps the faces that were found before."""

# SQLite would rather search the index of statuses, where nearly all photos are.
_UNSEARCHED = (
    "FROM photo p INDEXED BY photo_unsearched JOIN folder f ON f.id = p.folder_id "
    "WHERE p.status = 'analysed' AND p.searched <= 0 AND p.searched > -"
    f"{MOST_SEARCHES} AND f.watched = 1 AND f.state = 'present'"
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A photo waiting for analysis."""

    id: PhotoId
    folder_id: FolderId
    folder: str
    """The watched folder's path."""
    path: str
    size: int
    mtime_ns: int
    closer: bool = False
    """Whether it was analyzed already, and waits for a closer search."""


def unsearched(
    connection: sqlite3.Connection, count: int, skip: frozenset[int] = frozenset()
) -> list[Pending]:
    """Return the newest analyzed photos waiting for a closer search, except ``skip``."""
    rows = connection.execute(
        f"SELECT p.id, f.id, f.path, p.relpath, p.size, p.mtime_ns {_UNSEARCHED} "
        "ORDER BY p.taken_at DESC LIMIT ?",
        (count + len(skip),),
    ).fetchall()
    found = [replace(pending_of(row), closer=True) for row in rows]
    return [photo for photo in found if photo.id not in skip][:count]


def count_unsearched(connection: sqlite3.Connection) -> int:
    """Count the analyzed photos waiting for a closer search in reachable folders."""
    (count,) = connection.execute(f"SELECT count(*) {_UNSEARCHED}").fetchone()
    return int(count)


def newest(
    connection: sqlite3.Connection, count: int, skip: frozenset[int] = frozenset()
) -> list[Pending]:
    """Return the newest photos waiting for analysis in reachable folders, except ``skip``."""
    rows = connection.execute(
        f"{_WAITING} ORDER BY p.taken_at DESC LIMIT ?",
        (count + len(skip),),
    ).fetchall()
    return [photo for photo in map(pending_of, rows) if photo.id not in skip][:count]


@dataclass(frozen=True, slots=True)
class Group:
    """The photos of one year in one folder waiting for analysis."""

    folder_id: FolderId
    year: str
    photos: int


def groups(connection: sqlite3.Connection) -> list[Group]:
    """Return what is waiting for analysis in reachable folders, by folder and year."""
    rows = connection.execute(
        "SELECT folder_id, substr(taken_at, 1, 4), count(*) FROM photo WHERE status = 'pending' "
        "AND folder_id IN (SELECT id FROM folder WHERE watched = 1 AND state = 'present') "
        "GROUP BY 1, 2 ORDER BY 2 DESC, 1"
    )
    return [Group(*row) for row in rows]


def newest_of(
    connection: sqlite3.Connection,
    folder_id: FolderId,
    year: str,
    count: int,
    skip: frozenset[int] = frozenset(),
) -> list[Pending]:
    """Return the newest waiting photos of one year in one folder, except ``skip``."""
    # A year's dates continue with "-", which sorts before ".".
    rows = connection.execute(
        f"{_WAITING} AND p.folder_id = ? AND p.taken_at >= ? AND p.taken_at < ? || '.' "
        "ORDER BY p.taken_at DESC LIMIT ?",
        (folder_id, year, year, count + len(skip)),
    ).fetchall()
    return [photo for photo in map(pending_of, rows) if photo.id not in skip][:count]


def above(connection: sqlite3.Connection, photo_id: PhotoId, count: int) -> list[Pending]:
    """Return up to ``count`` waiting photos added after another one, newest first."""
    # The plus makes SQLite search the few later photos, not all that are waiting.
    waiting = _WAITING.replace("p.status", "+p.status")
    rows = connection.execute(
        f"{waiting} AND p.id > ? ORDER BY p.taken_at DESC LIMIT ?", (photo_id, count)
    )
    return [pending_of(row) for row in rows]


def last(connection: sqlite3.Connection) -> PhotoId:
    """Return the photo added last, or 0."""
    (found,) = connection.execute("SELECT max(id) FROM photo").fetchone()
    return PhotoId(found or 0)


def any_left(connection: sqlite3.Connection) -> bool:
    """Return whether any photo in a reachable folder is waiting for analysis."""
    return bool(newest(connection, 1))


def among(connection: sqlite3.Connection, ids: Sequence[PhotoId]) -> list[Pending]:
    """Return the photos among ``ids`` waiting for analysis in reachable folders."""
    found: list[Pending] = []
    for marks, part in chunks(ids):
        rows = connection.execute(f"{_WAITING} AND p.id IN ({marks})", part)
        found += map(pending_of, rows)
    return found


def pending_of(row: tuple[int, int, str, str, int, int]) -> Pending:
    """Make a `Pending` from id, folder id, folder path, relative path, size, and mtime."""
    identity, folder_id, folder, relpath, size, mtime_ns = row
    path = full_path(folder, relpath)
    return Pending(
        PhotoId(identity), FolderId(folder_id), file_names.from_text(folder), path, size, mtime_ns
    )
