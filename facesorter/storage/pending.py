"""Rows of photos that wait for analysis."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from facesorter.domain import FolderId, PhotoId
from facesorter.storage import names
from facesorter.storage.photos import chunks, full_path


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
        "SELECT p.id, f.id, f.path, p.relpath, p.size, p.mtime_ns FROM photo p "
        "JOIN folder f ON f.id = p.folder_id "
        "WHERE p.status = 'pending' AND f.watched = 1 AND f.state = 'present' "
        "ORDER BY p.taken_at DESC LIMIT ?",
        (count + len(skip),),
    ).fetchall()
    return [photo for photo in map(pending_of, rows) if photo.id not in skip][:count]


def any_left(connection: sqlite3.Connection) -> bool:
    """Whether any photo waits for analysis in a folder that can be reached."""
    return bool(newest(connection, 1))


def among(connection: sqlite3.Connection, ids: Sequence[PhotoId]) -> list[Pending]:
    """Those of the photos that wait for analysis in folders that can be reached."""
    found: list[Pending] = []
    for marks, part in chunks(ids):
        rows = connection.execute(
            "SELECT p.id, f.id, f.path, p.relpath, p.size, p.mtime_ns FROM photo p "
            "JOIN folder f ON f.id = p.folder_id WHERE p.status = 'pending' "
            f"AND f.watched = 1 AND f.state = 'present' AND p.id IN ({marks})",
            part,
        )
        found += map(pending_of, rows)
    return found


def pending_of(row: tuple[int, int, str, str, int, int]) -> Pending:
    """A photo by its id, its folder's id and path, and its own relative path, size and time."""
    identity, folder_id, folder, relpath, size, mtime_ns = row
    path = full_path(folder, relpath)
    return Pending(identity, folder_id, names.from_text(folder), path, size, mtime_ns)
