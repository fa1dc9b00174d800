"""The user's word, and what photos say: who must be together and who can not be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.neighbours import Table32
from facesorter.clustering.proposal import Floats, Ints
from facesorter.clustering.similarity import to_steps

SAME_PICTURE = to_steps(0.80)
"""Steps. Faces of one photo at least this similar are the same face twice: a collage, a mirror, a
photo of a photo. Different people stay below it in every set measured."""

PHOTO_CLASH = 0.10
"""Share of the smaller side that may have photos in common with the other: not zero, because one
wrong face would keep two halves of a person apart; the double faces are taken out afterwards."""


@dataclass(frozen=True)
class Photos:
    """Photos with several faces, by number."""

    of: Ints
    """int64[n], the number of each face's photo, or -1 where the face is the only one in it."""
    start: Ints
    """int64[photos + 1], where the faces of each photo start in `faces`."""
    faces: Ints
    """int64, positions of the faces of one photo after the other."""
    ids: Ints
    """int64[n], the photo that each face is in."""


@dataclass(frozen=True)
class Constraints:
    """What the user said and the photos say, by position of the face."""

    person: Ints
    """int64[n], the confirmed person, or -1."""
    rejected: dict[int, frozenset[int]]
    """Persons that an unconfirmed face is not."""
    photos: Photos
    born: Floats
    """float64[persons], day of birth by person id, minus infinity where nobody said."""
    day: Floats
    """float64[n], day of the photo, infinity where unknown: an undecided face is nobody who was
    born later."""
    alike: Ints
    """int64[r, 2], pairs of persons who look alike."""


def make_constraints(
    confirmed: Ints, photo_ids: Ints, rejections: Ints, births: Ints, taken: Floats, alike: Ints
) -> Constraints:
    """Collect constraints.

    Args:
        confirmed: int64[n], the confirmed person, or -1.
        photo_ids: int64[n].
        rejections: int64[m, 2], pairs of *position* and person.
        births: int64[b, 2], pairs of person and day.
        taken: float64[n], days, NaN where unknown.
        alike: int64[r, 2], pairs of persons.
    """
    rejected: dict[int, set[int]] = {}
    for face, person in rejections.tolist():
        if confirmed[face] < 0:
            rejected.setdefault(face, set()).add(person)
    born = np.full(max(int(confirmed.max(initial=0)), int(births.max(initial=0))) + 1, -np.inf)
    born[births[:, 0]] = births[:, 1]
    return Constraints(
        confirmed,
        {face: frozenset(persons) for face, persons in rejected.items()},
        photos_of(photo_ids),
        born,
        np.where(np.isnan(taken), np.inf, taken),
        alike,
    )


def photos_of(photo_ids: Ints) -> Photos:
    """Number the photos that have several faces, in the order of their first faces."""
    n = len(photo_ids)
    of, start, faces = np.empty(n, np.int64), np.zeros(n // 2 + 2, np.int64), np.empty(n, np.int64)
    room = 16
    while room < 2 * n:
        room *= 2
    count = _number_photos(photo_ids, of, start, faces, np.full(room, -1, np.int32))
    return Photos(of, start[: count + 1], faces[: start[count]], photo_ids)


@compiled
def _number_photos(photo_ids: Ints, of: Ints, start: Ints, faces: Ints, seat: Table32) -> int:
    """Find who shares a photo, with a table of the first face of each; returns the photos."""
    mask = len(seat) - 1
    first = np.empty(len(photo_ids), np.int32)
    size = np.zeros(len(photo_ids), np.int32)
    for face in range(len(photo_ids)):
        mixed = np.uint64(photo_ids[face]) * np.uint64(0x9E3779B97F4A7C15)
        at = np.int64(mixed >> np.uint64(32)) & mask
        while seat[at] >= 0 and photo_ids[seat[at]] != photo_ids[face]:
            at = (at + 1) & mask
        if seat[at] < 0:
            seat[at] = face
        first[face] = seat[at]
        size[seat[at]] += 1
    count = 0
    for face in range(len(photo_ids)):
        if size[face] > 1:
            of[face] = count
            start[count + 1] = start[count] + size[face]
            count += 1
    filled = start[:count].copy()
    for face in range(len(photo_ids)):
        if size[first[face]] > 1:
            photo = of[first[face]]
            of[face] = photo
            faces[filled[photo]] = face
            filled[photo] += 1
        else:
            of[face] = -1
    return count
