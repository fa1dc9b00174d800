"""Thumbnails made on demand, newest request first.

The window gets a thumbnail's path and shows the file if it exists; otherwise it requests the
thumbnail here, and ``loaded`` reports when it is ready. The analysis makes thumbnails too, because
it decodes the photos anyway.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.app.events import Event
from facesorter.app.reads import Reads
from facesorter.app.worker import Worker
from facesorter.domain import Face, FaceId, Photo, PhotoId
from facesorter.errors import UserError
from facesorter.images.thumbnails import (
    Kind,
    ThumbnailCache,
    face_key,
    photo_key,
    portrait_key,
)
from facesorter.library import queries
from facesorter.storage import photos as photo_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

log = logging.getLogger(__name__)

THREADS = 2
WAITING_LIMIT = 400
"""Maximum waiting requests; the oldest are dropped, because their tiles have scrolled away."""


class ThumbnailLoader(Worker):
    """The background threads that make thumbnails.

    Event, in a worker thread: loaded(kind 'photo', 'face', or 'portrait', id, path or None if the
    thumbnail couldn't be made).
    """

    def __init__(self, cache: ThumbnailCache, reads: Reads) -> None:
        super().__init__({f"thumbnails-{number}": self._run for number in range(THREADS)})
        self._cache = cache
        self._reads = reads
        self._waiting: dict[tuple[str, int], None] = {}
        self.loaded = Event[str, int, Path | None]()

    def photo_path(self, photo: Photo) -> Path:
        """Return the path of a photo's thumbnail, existing or not. No disk access; any thread."""
        key = photo_key(photo.id, photo.mtime_ns, photo.size, photo.turn)
        return self._cache.path(key, Kind.PHOTO)

    def face_path(self, face: Face, photo: Photo) -> Path:
        """Return the path of a face's crop, existing or not. No disk access; any thread."""
        version = (photo.id, photo.mtime_ns, photo.size)
        key = face_key(*version, face.region, photo.turn, face.moment)
        return self._cache.path(key, Kind.FACE)

    def portrait_path(self, face: Face, photo: Photo) -> Path:
        """Return the path of a face's portrait, existing or not. No disk access; any thread."""
        version = (photo.id, photo.mtime_ns, photo.size)
        key = portrait_key(*version, face.landmarks, face.moment)
        return self._cache.path(key, Kind.PORTRAIT)

    def request(self, kind: str, identity: int) -> None:
        """Request a thumbnail of a photo or face, ahead of all earlier requests."""
        with self.wake:
            self._waiting.pop((kind, identity), None)
            self._waiting[(kind, identity)] = None
            while len(self._waiting) > WAITING_LIMIT:
                del self._waiting[next(iter(self._waiting))]
            self.start()
            self.wake.notify()

    def _run(self) -> None:
        while True:
            with self.wake:
                if not self.wait_for(lambda: self._waiting):
                    return
                kind, identity = self._waiting.popitem()[0]
            try:
                path = self._make(kind, identity)
            except UserError:
                path = None  # the tile shows the photo's problem
            except Exception:  # a broken thumbnail must not end the thread
                log.exception("the thumbnail of %s %d can't be made", kind, identity)
                path = None
            self.loaded.emit(kind, identity, path)

    def _make(self, kind: str, identity: int) -> Path | None:
        from facesorter.images import thumbnails

        connection = self._reads.connection()
        if kind == Kind.PHOTO:
            found = queries.photos(connection, [PhotoId(identity)])
            if not found:
                return None
            path = self.photo_path(found[0])
            if not thumbnails.is_whole(path):
                photo, file = found[0], _file_of(connection, found[0])
                pixels = _made(
                    lambda: thumbnails.make_photo(file, turn=photo.turn),
                    self.photo_path(replace(photo, turn=0)),
                    photo.turn,
                )
                self._cache.store_photo(path.stem, pixels)
            return path
        faces = queries.faces(connection, [FaceId(identity)])
        photos = queries.photos(connection, [faces[0].photo_id]) if faces else []
        if not photos:
            return None
        face, photo = faces[0], photos[0]
        path = (self.portrait_path if kind == Kind.PORTRAIT else self.face_path)(face, photo)
        if thumbnails.is_whole(path):
            return path
        if not photo.shows_its_faces:
            return None  # edited meanwhile: there may be somebody else in that place
        file = _file_of(connection, photo)
        if kind == Kind.PORTRAIT:
            from facesorter.faces.portrait import portrait

            pixels = portrait(file, face.landmarks, moment=face.moment)
            self._cache.store_portrait(path.stem, pixels)
            return path
        pixels = _made(
            lambda: thumbnails.make_face(
                file,
                face.region,
                face.landmarks,
                turn=photo.turn,
                moment=face.moment,
            ),
            self.face_path(face, replace(photo, turn=0)),
            photo.turn,
        )
        self._cache.store_face(path.stem, pixels)
        return path


def _file_of(connection: sqlite3.Connection, photo: Photo) -> Path:
    """Return a photo's file, or an identical one while its drive isn't connected.

    Copies on a backup drive are known by the photo that was analyzed, and had no thumbnail yet.
    """
    copy = photo_rows.connected_copy(connection, photo.id) if photo.unplugged else None
    return Path(copy or photo.path)


def _made(make: Callable[[], Pixels], unturned: Path, turn: int) -> Pixels:
    """Make a thumbnail from its photo, or turn the one from before if the photo can't be read."""
    try:
        return make()
    except UserError:
        if not turn or not unturned.exists():
            raise
        from facesorter.images import convert, decode

        before = decode.load_upright(unturned.read_bytes(), long_side=None).pixels
        return convert.turn(before, convert.TURNED[turn])
