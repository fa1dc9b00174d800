"""Rows of photos that wait for analysis."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from facesorter.domain import FolderId, PhotoId
from facesorter.storage import file_names
from facesorter.storage.photos import chunks, full_path

_WAITING = (
    "SELECT p.id, f.id, f.path, p.relpath, p.size, p.mtime_ns FROM photo p "
    "JOIN folder f ON f.id = p.folder_id "
    "WHERE p.status = 'pending' AND f.watched = 1 AND f.state = 'present'"
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A photo that waits for analysis."""

    id: PhotoId
    folder_id: FolderId
    folder: str
    """The watched folder's path."""
    path: str
    size: int
    mtime_ns: int


def newest(
    connection: sqlite3.Connection, count: int, skip: frozenset[int] = frozenset()
) -> list[Pending]:
    """The newest photos that wait for analysis in folders that can be reached, without ``skip``."""
    rows = connection.execute(
        f"{_WAITING} ORDER BY p.taken_at DESC LIMIT ?",
        (count + len(skip),),
    ).fetchall()
    return [photo for photo in map(pending_of, rows) if photo.id not in skip][:count]


@dataclass(frozen=True, slots=True)
class Group:
    """The photos of one year in one folder that wait for analysis."""

    folder_id: FolderId
    year: str
    photos: int


def groups(connection: sqlite3.Connection) -> list[Group]:
    """What waits for analysis in folders that can be reached, by folder and year."""
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
    """The newest photos of one year in one folder that wait for analysis, without ``skip``."""
    # A year's dates go on with "-", which comes before "." in the order of characters.
    rows = connection.execute(
        f"{_WAITING} AND p.folder_id = ? AND p.taken_at >= ? AND p.taken_at < ? || '.' "
        "ORDER BY p.taken_at DESC LIMIT ?",
        (folder_id, year, year, count + len(skip)),
    ).fetchall()
    return [photo for photo in map(pending_of, rows) if photo.id not in skip][:count]


def above(connection: sqlite3.Connection, photo_id: PhotoId, count: int) -> list[Pending]:
    """Photos that came after one and wait for analysis, newest first; ``count`` at most."""
    # The plus has the few photos beyond looked at, not all that wait.
    waiting = _WAITING.replace("p.status", "+p.status")
    rows = connection.execute(
        f"{waiting} AND p.id > ? ORDER BY p.taken_at DESC LIMIT ?", (photo_id, count)
    )
    return [pending_of(row) for row in rows]


def last(connection: sqlite3.Connection) -> PhotoId:
    """The photo that came last, or 0."""
    (found,) = connection.execute("SELECT max(id) FROM photo").fetchone()
    return PhotoId(found or 0)


def any_left(connection: sqlite3.Connection) -> bool:
    """Whether any photo waits for analysis in a folder that can be reached."""
    return bool(newest(connection, 1))


def among(connection: sqlite3.Connection, ids: Sequence[PhotoId]) -> list[Pending]:
    """Those of the photos that wait for analysis in folders that can be reached."""
    found: list[Pending] = []
    for marks, part in chunks(ids):
        rows = connection.execute(f"{_WAITING} AND p.id IN ({marks})", part)
        found += map(pending_of, rows)
    return found


def pending_of(row: tuple[int, int, str, str, int, int]) -> Pending:
    """A photo by its id, its folder's id and path, and its own relative path, size and time."""
    identity, folder_id, folder, relpath, size, mtime_ns = row
    path = full_path(folder, relpath)
    return Pending(
        PhotoId(identity), FolderId(folder_id), file_names.from_text(folder), path, size, mtime_ns
    )
