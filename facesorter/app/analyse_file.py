"""Analysis of one photo file, making sure that it is still the file that was scanned.

Between scan and analysis, a file may be renamed, replaced, still being written, or on a drive that
was unplugged. None of that makes the photo a damaged one.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.cancel import Cancelled, CancelToken
from facesorter.domain import FaceOrigin, FaceState, PhotoId
from facesorter.files import modified_ns
from facesorter.images.formats import is_video
from facesorter.images.thumbnails import ThumbnailCache
from facesorter.storage import embeddings, faces, photos, versions
from facesorter.storage.pending import Pending

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer, KnownFaces, PhotoFaces
    from facesorter.faces.following import EarlierVersion

WRITTEN_AFTER = 2.0
"""Seconds without a change after which a file that doesn't decode counts as damaged instead of
still being written. Copying programs write many times a second."""
TRIES = 3
"""Attempts for a file that couldn't be read although it can be opened now."""

VIDEO_NOTES = "videos"
"""Folder, beside that of the thumbnails, of what interrupted searches of videos found."""
OnProgress = Callable[[float], None]

_BLOCK = 1 << 16


class Stale(Exception):  # noqa: N818 - a condition, like Cancelled
    """The file differs from what the last scan saw; its folder must be scanned first."""


def analyse_file(
    photo: Pending,
    analyzer: FaceAnalyzer,
    connection: sqlite3.Connection,
    thumbnails: ThumbnailCache,
    token: CancelToken,
    progress: OnProgress = lambda share: None,
) -> PhotoFaces:
    """Analyze a file, and return a result that is valid for its scanned version. Thread: analysis.

    Args:
        photo: The file, as the last scan saw it.
        analyzer: The model pack in use.
        connection: The thread's read-only connection; provides the photo's known faces.
        thumbnails: Receives the photo's thumbnail and its faces' crops.
        token: Polled between the steps.
        progress: Called with the share of a video that is done, 0 to 1.

    Raises:
        Stale: the file changed, moved, or disappeared since the scan or during the analysis.
        Cancelled: the token was cancelled.
    """
    for _ in range(TRIES):
        check_same(photo)
        seen = _analyse(photo, analyzer, connection, thumbnails, token, progress)
        check_same(photo)
        if seen.error is None and seen.note is None:
            return seen
        if not os.path.isdir(photo.folder):
            raise Stale
        if seen.content_hash:
            break  # it may still be being written
        if not _can_be_read(photo.path):
            return seen
    if token.wait(_settles_in(photo.path)):
        raise Cancelled
    check_same(photo)
    return seen


def _analyse(
    photo: Pending,
    analyzer: FaceAnalyzer,
    connection: sqlite3.Connection,
    thumbnails: ThumbnailCache,
    token: CancelToken,
    progress: OnProgress,
) -> PhotoFaces:
    from facesorter.faces.analyzer import analyse_photo
    from facesorter.faces.video_analyzer import analyse_video

    known = _known_faces(connection, photo.id)
    if is_video(photo.path):
        return analyse_video(
            Path(photo.path),
            analyzer,
            known=known,
            thumbnails=thumbnails,
            version=(photo.id, photo.mtime_ns, photo.size),
            notes=thumbnails.directory.parent / VIDEO_NOTES,
            token=token,
            progress=progress,
        )
    return analyse_photo(
        Path(photo.path),
        analyzer,
        known=known,
        thumbnails=thumbnails,
        photo_id=photo.id,
        mtime_ns=photo.mtime_ns,
        size=photo.size,
        token=token,
    )


def _known_faces(connection: sqlite3.Connection, photo_id: PhotoId) -> KnownFaces | None:
    from facesorter.faces.analyzer import KnownFaces

    digest = next((p.content_hash for p in photos.by_ids(connection, [photo_id])), None)
    if digest:
        checked = faces.checked_regions(connection, photo_id)
        return KnownFaces(
            digest,
            [region for _, region in checked],
            faces.drawn_regions(connection, photo_id),
            moments=[moment for moment, _ in checked],
        )
    current = versions.seen(connection, photo_id)
    if current is None:
        return None
    earlier = [current, *versions.earlier(connection, photo_id)]
    return KnownFaces("", (), versions=[_version(connection, each) for each in earlier])


def _version(connection: sqlite3.Connection, version: versions.Version) -> EarlierVersion:
    import numpy as np

    from facesorter.faces.following import EarlierVersion, KnownFace

    there = faces.of_photo(connection, version.photo_id)
    looks = embeddings.several(connection, [face.id for face in there])
    undecided = set(faces.undecided(connection, [face.id for face in there]))
    return EarlierVersion(
        version.content_hash,
        (version.width, version.height),
        [
            KnownFace(
                face.id,
                face.region,
                np.array(face.landmarks, np.float32),
                face.detection_score,
                looks.get(face.id),
                kept=face.id not in undecided,
                drawn=face.origin is FaceOrigin.DRAWN and face.state is not FaceState.IGNORED,
            )
            for face in there
        ],
    )


def check_same(photo: Pending) -> None:
    """Raise `Stale` unless the file's size and time match the library."""
    try:
        stat = os.stat(photo.path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Stale from error
    except OSError:
        return  # reading the file will report the problem
    if (stat.st_size, modified_ns(stat)) != (photo.size, photo.mtime_ns):
        raise Stale


def same_bytes(one: str, other: str) -> bool:
    """Whether two files have the same content; False if either can't be read."""
    try:
        with Path(one).open("rb") as left, Path(other).open("rb") as right:
            while True:
                block = left.read(_BLOCK)
                if block != right.read(_BLOCK):
                    return False
                if not block:
                    return True
    except OSError:
        return False


def _can_be_read(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return bool(file.read(1))
    except OSError:
        return False


def _settles_in(path: str) -> float:
    """Seconds until the file has been unchanged for `WRITTEN_AFTER`."""
    try:
        stat = os.stat(path)
    except OSError:
        return 0.0
    age = time.time() - max(stat.st_mtime, stat.st_ctime)
    return WRITTEN_AFTER - age if 0 <= age < WRITTEN_AFTER else 0.0
