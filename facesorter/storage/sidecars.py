"""Rows of sidecars that are kept up to date: a hash of the contents of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from facesorter.domain import PhotoId
from facesorter.storage.photos import chunks


def digests(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[PhotoId, str]:
    """Return the hashes of photos that have one."""
    found: dict[PhotoId, str] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            f"SELECT photo_id, digest FROM sidecar WHERE photo_id IN ({marks})", part
        )
        found.update(rows.fetchall())
    return found


def kept(connection: sqlite3.Connection) -> set[PhotoId]:
    """Return the photos whose sidecars are kept up to date."""
    return {row[0] for row in connection.execute("SELECT photo_id FROM sidecar")}


def put(connection: sqlite3.Connection, written: Mapping[PhotoId, str]) -> None:
    """Store the hashes of photos; those that are gone meanwhile are skipped."""
    connection.executemany(
        "INSERT OR REPLACE INTO sidecar (photo_id, digest) SELECT id, ? FROM photo WHERE id = ?",
        [(digest, photo_id) for photo_id, digest in written.items()],
    )


def clear(connection: sqlite3.Connection) -> None:
    """Forget what sidecars say."""
    connection.execute("DELETE FROM sidecar")
