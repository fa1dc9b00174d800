"""The user's word, and what photos say: who must be together and who can not be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    """Number the photos that have several faces."""
    order = np.argsort(photo_ids)
    ids = photo_ids[order]
    edge = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1], True]) if len(ids) else np.zeros(1, int)
    count = np.diff(edge)
    several = count > 1
    number = np.where(several, np.cumsum(several) - 1, -1)
    of = np.empty(len(ids), np.int64)
    of[order] = np.repeat(number, count)
    faces = order[np.repeat(several, count)]
    return Photos(of, np.r_[0, np.cumsum(count[several])], faces, photo_ids)
