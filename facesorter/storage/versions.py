"""Rows of earlier versions of edited photos.

[Note: earlier versions] A decided face that isn't on the present version of its photo belongs to a
row of the earlier version, in which it was seen. That row is missing, as any photo that isn't
there: so the face is shown nowhere, keeps its decisions, and returns when its version does. Its
size and content match no file.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from facesorter.domain import FaceId, PhotoId
from facesorter.storage import file_names
from facesorter.storage.photos import sort_name


class Version(NamedTuple):
    """A content that a photo's faces were seen in."""

    photo_id: PhotoId
    """The row that its faces belong to."""
    content_hash: str
    width: int
    height: int
    orientation: int


def seen(connection: sqlite3.Connection, photo_id: PhotoId) -> Version | None:
    """Return the content that a photo's faces were last seen in, or None."""
    row = connection.execute(
        "SELECT id, seen_hash, width, height, coalesce(orientation, 1) FROM photo WHERE id = ? "
        "AND seen_hash IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL",
        (photo_id,),
    ).fetchone()
    return None if row is None else Version(*row)


def earlier(connection: sqlite3.Connection, photo_id: PhotoId) -> list[Version]:
    """Return the earlier versions of a photo whose faces it has no more, newest first."""
    rows = connection.execute(
        "SELECT id, seen_hash, width, height, orientation FROM photo WHERE version_of = ? "
        "ORDER BY id DESC",
        (photo_id,),
    )
    return [Version(*row) for row in rows]


def hashes(connection: sqlite3.Connection) -> set[tuple[PhotoId, str]]:
    """Return the photos with faces on earlier versions, each with the hash of one."""
    rows = connection.execute(
        "SELECT version_of, seen_hash FROM photo WHERE version_of IS NOT NULL"
    )
    return set(rows.fetchall())


def is_edited(connection: sqlite3.Connection, photo_id: PhotoId) -> bool:
    """Return whether a photo was edited since its faces were seen, and not analyzed again yet."""
    row = connection.execute(
        "SELECT 1 FROM photo WHERE id = ? AND seen_hash IS NOT NULL AND content_hash IS NULL",
        (photo_id,),
    ).fetchone()
    return row is not None


def keep(connection: sqlite3.Connection, version: Version) -> PhotoId:
    """Return the row for faces that only this version of a photo has; add it if needed."""
    known = connection.execute(
        "SELECT id FROM photo WHERE version_of = ? AND seen_hash = ?",
        (version.photo_id, version.content_hash),
    ).fetchone()
    if known is not None:
        return PhotoId(known[0])
    (relpath,) = connection.execute(
        "SELECT relpath FROM photo WHERE id = ?", (version.photo_id,)
    ).fetchone()
    name = file_names.from_text(relpath).rpartition("/")[2]
    place = file_names.to_text(f".earlier/{version.photo_id}/{version.content_hash}/{name}")
    cursor = connection.execute(
        "INSERT INTO photo (folder_id, relpath, sort_name, size, mtime_ns, width, height, "
        "orientation, taken_at, sort_at, taken_from, status, seen_hash, version_of) "
        "SELECT folder_id, ?, ?, -1, mtime_ns, ?, ?, ?, taken_at, taken_at, taken_from, "
        "'missing', ?, id FROM photo WHERE id = ?",
        (
            place,
            sort_name(place),
            version.width,
            version.height,
            version.orientation,
            version.content_hash,
            version.photo_id,
        ),
    )
    assert cursor.lastrowid is not None
    return PhotoId(cursor.lastrowid)


def drop_empty(connection: sqlite3.Connection, photo_id: PhotoId) -> None:
    """Delete the earlier versions of a photo that have no faces."""
    connection.execute(
        "DELETE FROM photo WHERE version_of = ? "
        "AND NOT EXISTS (SELECT 1 FROM face WHERE face.photo_id = photo.id)",
        (photo_id,),
    )


def absent_faces(connection: sqlite3.Connection, photo_id: PhotoId) -> list[FaceId]:
    """Return people's faces that only earlier versions of a photo have, newest version first."""
    rows = connection.execute(
        "SELECT face.id FROM photo JOIN face ON face.photo_id = photo.id "
        "WHERE photo.version_of = ? AND face.person_id IS NOT NULL ORDER BY photo.id DESC, face.x",
        (photo_id,),
    )
    return [row[0] for row in rows]
