"""The user's word, and what photos say: who must be together and who can not be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.proposal import Ints
from facesorter.clustering.similarity import to_steps

SAME_PICTURE = to_steps(0.80)
"""Steps. Faces of one photo at least this similar are the same face twice: a collage, a mirror, a
photo of a photo. Different people stay below it in every set measured."""

PHOTO_CLASH = 0.10
"""Share of the smaller side that may have photos in common with the other: not zero, because one
wrong face would keep two halves of a person apart; the double faces are taken out afterwards."""


@dataclass(frozen=True)
class Constraints:
    """What the user said and the photos say, by position of the face."""

    person: Ints
    """int64[n], the confirmed person, or -1."""
    rejected: dict[int, frozenset[int]]
    """Persons that an unconfirmed face is not."""
    photo: Ints
    """int64[n], the photo, or -1 where the face is the only one in it."""


def make_constraints(confirmed: Ints, photo_ids: Ints, rejections: Ints) -> Constraints:
    """Collect constraints; ``rejections`` are pairs of *position* and person."""
    _, inverse, count = np.unique(photo_ids, return_inverse=True, return_counts=True)
    photo = np.where(count[inverse] > 1, inverse, -1).astype(np.int64)
    rejected: dict[int, set[int]] = {}
    for face, person in rejections.tolist():
        if confirmed[face] < 0:
            rejected.setdefault(face, set()).add(person)
    return Constraints(confirmed, {f: frozenset(p) for f, p in rejected.items()}, photo)
