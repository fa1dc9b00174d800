"""Complete lists of photos and faces for the command line and exports, missing ones included."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from facesorter.domain import Face, FaceId, PersonId, Photo, PhotoId
from facesorter.library import queries
from facesorter.library.search import search
from facesorter.storage import embeddings, labels, versions
from facesorter.storage import faces as face_rows
from facesorter.storage import folders as folder_rows
from facesorter.storage import photos as photo_rows
from facesorter.storage.photos import CHUNK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def photos(
    connection: sqlite3.Connection,
    *,
    person_id: PersonId | None,
    status: str | None,
    search_text: str | None = None,
) -> Iterator[Photo]:
    """Return photos by id, of one person or status; results of a search newest first.

    Raises:
        UserError: the search has a term unknown to this library.
    """
    ids = photo_rows.ids(connection, person_id=person_id, status=status)
    if search_text is not None:
        among = set(ids)
        ids = [each for each in search.photo_ids(connection, search_text) if each in among]
    for start in range(0, len(ids), CHUNK):
        yield from photo_rows.by_ids(connection, ids[start : start + CHUNK])


def chosen(
    connection: sqlite3.Connection, people: Sequence[PersonId], search_text: str | None
) -> list[PhotoId]:
    """Return the visible photos that show any of some people and that a search finds.

    Raises:
        UserError: the search has a term unknown to this library.
    """
    found = None if search_text is None else search.photo_ids(connection, search_text)
    if not people:
        return found or []
    among = None if found is None else set(found)
    each = (queries.photo_ids(connection, person_id=person_id) for person_id in people)
    ids = dict.fromkeys(itertools.chain.from_iterable(each))
    return [photo_id for photo_id in ids if among is None or photo_id in among]


def tagged(
    connection: sqlite3.Connection, found: Iterable[Photo]
) -> Iterator[tuple[Photo, list[str]]]:
    """Return photos with the names of their tags, in the same order."""
    for part in _parts(found):
        names = labels.names_on(connection, [photo.id for photo in part])
        yield from ((photo, names.get(photo.id, [])) for photo in part)


def faces(
    connection: sqlite3.Connection, *, person_id: PersonId | None, photo_id: PhotoId | None
) -> Iterator[tuple[Face, str]]:
    """Yield faces with the path of their photo, by id; of one person or photo."""
    ids = sorted(face_rows.ids(connection, person_id=person_id, photo_id=photo_id))
    for start in range(0, len(ids), CHUNK):
        found = face_rows.by_ids(connection, ids[start : start + CHUNK])
        paths = photo_rows.paths(connection, sorted({face.photo_id for face in found}))
        yield from ((face, paths[face.photo_id]) for face in found)


def absent_faces(connection: sqlite3.Connection, photo_id: PhotoId) -> list[tuple[Face, str]]:
    """Return people's faces that only earlier versions of an edited photo have, with its path."""
    (path,) = photo_rows.paths(connection, [photo_id]).values()
    ids = versions.absent_faces(connection, photo_id)
    return [(face, path) for face in face_rows.by_ids(connection, ids)]


def embeddings_of(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> NDArray[np.float32]:
    """Return embeddings, float32 [faces, dimension], unit rows in the order of ``face_ids``."""
    import numpy as np

    known = embeddings.several(connection, face_ids)
    if not known:
        return np.zeros((0, 0), np.float32)
    nothing = np.zeros_like(next(iter(known.values())))
    return np.stack([known.get(face_id, nothing) for face_id in face_ids])


def photo_at(connection: sqlite3.Connection, path: str) -> PhotoId | None:
    """Return the photo at an absolute path, or None."""
    for folder in folder_rows.every(connection):
        if path.startswith(folder.path.rstrip(os.sep) + os.sep):
            relpath = os.path.relpath(path, folder.path).replace(os.sep, "/")
            found = photo_rows.id_at(connection, folder.id, relpath)
            if found is not None:
                return found
    return None


def _parts(found: Iterable[Photo]) -> Iterator[list[Photo]]:
    rest = iter(found)
    while part := list(itertools.islice(rest, CHUNK)):
        yield part
