"""Closer search of one photo file, making sure that it is still the file that was analyzed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.app.analyse_file import Stale, check_same
from facesorter.cancel import CancelToken
from facesorter.domain import Region
from facesorter.images.thumbnails import ThumbnailCache
from facesorter.storage import faces, photos
from facesorter.storage.pending import Pending

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer, SmallFaces


def search_file(
    photo: Pending,
    analyzer: FaceAnalyzer,
    connection: sqlite3.Connection,
    thumbnails: ThumbnailCache,
    token: CancelToken,
) -> SmallFaces | None:
    """Search a file for small faces that are not known yet. Thread: analysis.

    Args:
        photo: The file, as the last scan saw it.
        analyzer: The model pack in use.
        connection: The thread's read-only connection; provides the photo's known faces.
        thumbnails: Receives the crops of the new faces.
        token: Polled between the tiles.

    Returns:
        The new faces; None if the photo is unreadable or takes too much memory.

    Raises:
        Stale: the file changed, moved, or disappeared since it was analyzed.
        Cancelled: the token was cancelled.
    """
    from facesorter.errors import UnreadablePhoto
    from facesorter.images import decoders

    check_same(photo)
    digest = next((p.content_hash for p in photos.by_ids(connection, [photo.id])), None)
    if digest is None:
        raise Stale
    known = [face.region for face in faces.of_photo(connection, photo.id)]
    try:
        found = decoders.persist(lambda: _search(photo, analyzer, known, digest, thumbnails, token))
    except (UnreadablePhoto, MemoryError):
        check_same(photo)
        return None
    check_same(photo)
    return found


def _search(
    photo: Pending,
    analyzer: FaceAnalyzer,
    known: list[Region],
    digest: str,
    thumbnails: ThumbnailCache,
    token: CancelToken,
) -> SmallFaces:
    from facesorter.faces.analyzer import search_photo

    return search_photo(
        Path(photo.path),
        analyzer,
        known,
        digest=digest,
        thumbnails=thumbnails,
        version=(photo.id, photo.mtime_ns, photo.size),
        token=token,
    )
