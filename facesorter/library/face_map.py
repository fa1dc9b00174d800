"""The map of all faces; their calculated places are stored next to the library.

[Note: the map is derived] The file may be deleted at any time and is then recalculated; it contains
no user decisions. Names and people's faces are read from the library each time.
"""

from __future__ import annotations

import logging
import sqlite3
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.layout import OnProgress, lay_out
from facesorter.domain import PersonId
from facesorter.files import replacing
from facesorter.storage import map_rows
from facesorter.storage.backups import MAP_NAME

if TYPE_CHECKING:
    from facesorter.clustering.neighbours import Likeness

log = logging.getLogger(__name__)

VERSION = 1
"""Version of the file; files of other versions are ignored and recalculated."""
NOBODY = -1
"""Person of a face that is unassigned, or alone in an unnamed group."""
UNKNOWN, SUGGESTED, CONFIRMED = range(3)
_STATES = {"unknown": UNKNOWN, "suggested": SUGGESTED, "confirmed": CONFIRMED}
_SEEKS = 8
"""Iterations to find the densest part of a cloud; it hardly moves after five."""
_FEW = 4
"""Minimum number of faces for a densest part."""
_CLOSELY = 300
"""Number of largest unnamed groups to find the densest part of, as for all named persons."""
_SPREAD = 1.3
"""Radius around 80 % of a disc's points, in root mean squares of their distance from the center."""
_MOST = 0.8
"""Share of a person's faces inside the circle around a cloud."""
_REACH = 12.0
"""Search radius of one iteration, in multiples of `Places.room`."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """The positions of faces on the map."""

    face_ids: Ints
    """int64[n], ascending."""
    xy: Floats
    """float64[n, 2]; x to the right, y down."""
    looks: npt.NDArray[np.float32]
    """float32[n, 2], the first numbers of the embeddings; faces for which they changed are new."""
    room: float
    """Approximate minimum distance of two faces."""


@dataclass(frozen=True)
class Cloud:
    """The area in which a person's faces are densest."""

    person_id: PersonId
    name: str | None
    faces: int
    x: float
    y: float
    radius: float
    """Radius of the circle that contains most of them."""


@dataclass(frozen=True)
class FaceMap:
    """Everything shown on the map; arrays are in the order of ``face_ids``."""

    face_ids: Ints
    """int64[n], ascending."""
    xy: Floats
    """float64[n, 2]; x to the right, y down."""
    person: Ints
    """int64[n], or `NOBODY`."""
    state: npt.NDArray[np.uint8]
    """uint8[n]: `UNKNOWN`, `SUGGESTED` or `CONFIRMED`."""
    clouds: tuple[Cloud, ...]
    """Named persons first, then by number of faces."""
    unplaced: int
    """Faces that are not on the map yet."""


def load(directory: Path) -> Places | None:
    """Load the places stored next to the library in ``directory``; None if there are none."""
    try:
        # Opened here, because NumPy doesn't close a file that is not an archive.
        with (directory / MAP_NAME).open("rb") as stored, np.load(stored) as file:
            if int(file["version"]) != VERSION:
                return None
            places = Places(
                file["face_ids"].astype(np.int64),
                file["xy"].astype(np.float64),
                file["looks"].astype(np.float32),
                float(file["room"]),
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        log.warning("the map can't be read and is made again")
        return None
    n = len(places.face_ids)
    whole = (
        places.room > 0
        and places.xy.shape == places.looks.shape == (n, 2)
        and np.isfinite(places.xy).all()
    )
    return places if whole and (np.diff(places.face_ids) > 0).all() else None


def save(directory: Path, places: Places) -> None:
    """Store places next to the library atomically; failures are only logged."""
    try:
        with replacing(directory / MAP_NAME) as partial, partial.open("wb") as file:
            np.savez(
                file,
                version=np.array(VERSION),
                face_ids=places.face_ids,
                xy=places.xy.astype(np.float32),
                looks=places.looks,
                room=np.array(places.room),
            )
    except OSError:
        log.warning("the map could not be kept", exc_info=True)


def is_current(places: Places | None, likeness: Likeness) -> bool:
    """Whether places contain exactly these faces."""
    return (
        places is not None
        and np.array_equal(places.face_ids, likeness.face_ids)
        and np.array_equal(places.looks, likeness.vectors[:, :2])
    )


def renew(
    before: Places | None,
    likeness: Likeness,
    token: CancelToken | None = None,
    progress: OnProgress | None = None,
) -> Places:
    """Calculate places for all faces from an earlier map. Thread: not the window's; seconds.

    Raises:
        Cancelled: the token was cancelled.
    """
    looks = likeness.vectors[:, :2].copy()
    known, room = None, 0.0
    if before is not None and len(before.face_ids):
        known = np.full((len(likeness.face_ids), 2), np.nan)
        at = np.searchsorted(before.face_ids, likeness.face_ids)
        at = np.minimum(at, len(before.face_ids) - 1)
        same = before.face_ids[at] == likeness.face_ids
        same &= (before.looks[at] == looks).all(axis=1)
        known[same] = before.xy[at[same]]
        room = before.room
    xy, room = lay_out(likeness.neighbours, likeness.vectors, known, room, token, progress)
    return Places(likeness.face_ids, xy, looks, room)


def read(connection: sqlite3.Connection, places: Places) -> FaceMap:
    """Combine places with persons and states from the library. Thread: not the window's."""
    rows = map_rows.faces(connection)
    face_ids = np.array([row.face_id for row in rows], np.int64)
    person = np.array([NOBODY if row.person_id is None else row.person_id for row in rows])
    state = np.array([_STATES[row.state] for row in rows], np.uint8)
    names = map_rows.names(connection)
    at = np.searchsorted(places.face_ids, face_ids)
    at = np.minimum(at, max(len(places.face_ids) - 1, 0))
    placed = places.face_ids[at] == face_ids if len(places.face_ids) else np.zeros(len(rows), bool)
    face_ids, person, state = face_ids[placed], person[placed].astype(np.int64), state[placed]
    xy = places.xy[at[placed]].reshape(-1, 2)
    person[_alone(person, names)] = NOBODY
    return FaceMap(
        face_ids,
        xy,
        person,
        state,
        _clouds(xy, person, names, _REACH * places.room),
        int((~placed).sum()),
    )


def _alone(person: Ints, names: dict[PersonId, str]) -> npt.NDArray[np.bool_]:
    """Which faces are alone in an unnamed group."""
    owner, back, size = np.unique(person, return_inverse=True, return_counts=True)
    nameless = np.array([each not in names for each in owner.tolist()], bool)
    alone: npt.NDArray[np.bool_] = ((size == 1) & nameless)[back] if len(owner) else person < 0
    return alone


def _clouds(
    xy: Floats, person: Ints, names: dict[PersonId, str], reach: float
) -> tuple[Cloud, ...]:
    order = np.argsort(person, kind="stable")
    owner, first, size = np.unique(person[order], return_index=True, return_counts=True)
    if not len(owner):
        return ()
    xy = xy[order]
    middle = np.add.reduceat(xy, first) / size[:, None]
    square = ((xy - np.repeat(middle, size, axis=0)) ** 2).sum(axis=1)
    radius = _SPREAD * np.sqrt(np.add.reduceat(square, first) / size)
    # The center suffices for the many small ones, which are usually in one place.
    large = size >= max(_FEW, int(np.sort(size)[-_CLOSELY:][0]))
    clouds = []
    for at, each in enumerate(owner.tolist()):
        if each == NOBODY:
            continue
        x, y, wide = float(middle[at, 0]), float(middle[at, 1]), float(radius[at])
        name = names.get(each)
        if large[at] or (name is not None and size[at] >= _FEW):
            x, y, wide = _thick_of(xy[first[at] : first[at] + size[at]], reach)
        clouds.append(Cloud(each, name, int(size[at]), x, y, wide))
    clouds.sort(key=lambda cloud: (cloud.name is None, -cloud.faces, cloud.person_id))
    return tuple(clouds)


def _thick_of(points: Floats, reach: float) -> tuple[float, float, float]:
    """Find the densest part of points: the center may be empty if a person is in two places."""
    middle = np.median(points, axis=0)
    middle = points[((points - middle) ** 2).sum(axis=1).argmin()]
    for _ in range(_SEEKS):
        near = ((points - middle) ** 2).sum(axis=1) <= reach**2
        middle = points[near].mean(axis=0)
    far = np.sqrt(((points - middle) ** 2).sum(axis=1))
    return float(middle[0]), float(middle[1]), float(np.quantile(far, _MOST))


def as_json(shown: FaceMap) -> dict[str, Any]:
    """Convert the map to plain lists, for `json`."""
    names = {cloud.person_id: cloud.name for cloud in shown.clouds}
    words = {number: word for word, number in _STATES.items()}
    return {
        "faces": [
            {
                "face_id": face,
                "x": round(x, 4),
                "y": round(y, 4),
                "person_id": None if person == NOBODY else person,
                "name": names.get(person),
                "state": words[state],
            }
            for face, (x, y), person, state in zip(
                shown.face_ids.tolist(),
                shown.xy.tolist(),
                shown.person.tolist(),
                shown.state.tolist(),
                strict=True,
            )
        ],
        "people": [
            {
                "person_id": cloud.person_id,
                "name": cloud.name,
                "faces": cloud.faces,
                "x": round(cloud.x, 4),
                "y": round(cloud.y, 4),
            }
            for cloud in shown.clouds
        ],
    }
