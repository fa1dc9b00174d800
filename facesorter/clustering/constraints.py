"""Must-link and cannot-link constraints, from the user's decisions and from shared photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.kernels import members_of
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import to_steps

SAME_PICTURE = to_steps(0.80)
"""Steps. Faces of one photo at least this similar are the same face twice: a collage, a mirror, a
photo of a photo. Different people stay below it in every set measured."""

PHOTO_CLASH = 0.10
"""Share of the smaller group that may have photos in common with the other. Not zero, because one
wrong face would keep two halves of a person apart; such faces are removed afterwards."""


class Photos(NamedTuple):
    """The photos that show several faces, numbered from 0 on."""

    of: Ints
    """int64[n], the number of each face's photo, or -1 where the face is alone in it."""
    start: Ints
    """int64[photos + 1], where each photo starts in ``faces``."""
    faces: Ints
    """int64, the faces of one photo after the other."""
    look: Ints
    """int64[n]: faces of a photo with equal numbers may be one person, see `collages`; all others
    are different people."""
    odd: Bools
    """bool[n]: faces that may be another of their photo, but could as well be a sibling, see
    `collages`."""


@dataclass(frozen=True)
class Constraints:
    """What the user decided and what the photos imply, by position of the face."""

    person: Ints
    """int64[n], the confirmed person, or -1."""
    rejected: dict[int, frozenset[int]]
    """Persons that an unconfirmed face is not."""
    photos: Photos
    born: Floats
    """float64[persons], day of birth by person id, minus infinity where unknown."""
    day: Floats
    """float64[n], day of the photo, infinity where unknown: an unconfirmed face is nobody who was
    born later."""
    alike: Ints
    """int64[r, 2], pairs of persons who look alike."""


def make_constraints(
    confirmed: Ints, photos: Photos, rejections: Ints, births: Ints, day: Floats, alike: Ints
) -> Constraints:
    """Collect constraints.

    Args:
        confirmed: int64[n], the confirmed person, or -1.
        photos: the photos with several faces.
        rejections: int64[m, 2], pairs of *position* and person.
        births: int64[b, 2], pairs of person and day.
        day: float64[n], day of the photo, infinity where unknown.
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
        photos,
        born,
        day,
        alike,
    )


def photos_of(photo_ids: Ints, repeating: Bools) -> Photos:
    """Number the photos that have several faces.

    Args:
        photo_ids: int64[n].
        repeating: bool[n], faces of photos of which the user said that they show somebody more
            than once.
    """
    _, photo, count = np.unique(photo_ids, return_inverse=True, return_counts=True)
    several = count > 1
    of = np.where(several, np.cumsum(several) - 1, -1)[photo]
    look = np.arange(len(photo_ids))
    look[repeating] = len(photo_ids) + photo[repeating]
    odd = np.zeros(len(photo_ids), bool)
    return Photos(of, *members_of(of, int(several.sum())), look, odd)


def doubled(label: Ints, photos: Photos) -> Bools:
    """bool[n]: the faces whose photo shows another of their group, who can't be the same person."""
    return _doubled(label, photos)


@compiled
def _doubled(label: Ints, photos: Photos) -> Bools:
    result = np.zeros(len(label), np.bool_)
    for photo in range(len(photos.start) - 1):
        for i in range(photos.start[photo], photos.start[photo + 1]):
            for k in range(photos.start[photo], i):
                a, b = photos.faces[i], photos.faces[k]
                if label[a] >= 0 and label[a] == label[b] and photos.look[a] != photos.look[b]:
                    result[a] = result[b] = True
    return result
