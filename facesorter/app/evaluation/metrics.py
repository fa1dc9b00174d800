"""Quality of a grouping compared with the ground truth: BCubed, face pairs, clicks, fragments.

Everywhere, a face without a group (a negative label) counts as a group of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facesorter.clustering.proposal import Ints


@dataclass(frozen=True)
class Score:
    """Precision, recall and their harmonic mean, each 0 to 1."""

    precision: float
    recall: float

    @property
    def f(self) -> float:
        """The harmonic mean; 0 if both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def bcubed(truth: npt.ArrayLike, found: npt.ArrayLike) -> Score:
    """Score by face: mean purity of its group, and mean share of its person in that group.

    Bagga and Baldwin 1998.
    """
    true, group = _codes(truth, found)
    both, count = _cells(true, group)
    together = count[both]
    return Score(
        float((together / np.bincount(group)[group]).mean()),
        float((together / np.bincount(true)[true]).mean()),
    )


def pairwise(truth: npt.ArrayLike, found: npt.ArrayLike) -> Score:
    """Score by face pair: correctly grouped ones among those grouped, and among those that belong.

    Reveals a merger of two large persons, which hardly changes BCubed.
    """
    true, group = _codes(truth, found)
    _, count = _cells(true, group)
    right = _pairs(count)
    grouped, wanted = _pairs(np.bincount(group)), _pairs(np.bincount(true))
    return Score(right / grouped if grouped else 1.0, right / wanted if wanted else 1.0)


def clicks(truth: npt.ArrayLike, found: npt.ArrayLike) -> int:
    """Return the number of decisions that make every person complete.

    One to name or merge a shown group, one per wrong face in it, and one per ungrouped face of a
    person with several faces. Ungrouped strangers cost nothing.
    """
    true, group = _codes(truth, found)
    photos = np.bincount(true)
    total = 0
    order = np.argsort(group, kind="stable")
    for faces in np.split(true[order], np.flatnonzero(np.diff(group[order])) + 1):
        if len(faces) < 2:
            total += int((photos[faces] > 1).sum())
        else:
            total += 1 + len(faces) - int(np.bincount(faces).max())
    return total


def fragments(truth: npt.ArrayLike, found: npt.ArrayLike, least: int = 5) -> float:
    """Return the mean number of groups (of two or more) per person with ``least`` or more faces.

    1 is ideal.
    """
    true, group = _codes(truth, found)
    large = np.bincount(true)[true] >= least
    if not large.any():
        return 0.0
    _, count = _cells(true[large], group[large])
    return float((count >= 2).sum() / len(np.unique(true[large])))


def purity_and_coverage(truth: npt.ArrayLike, found: npt.ArrayLike) -> tuple[float, float]:
    """Return the share of grouped faces of their group's main person, and the share grouped.

    Only groups of two or more count, because single faces are always pure. Read both together.
    """
    true, group = _codes(truth, found)
    grouped = np.bincount(group)[group] > 1
    if not grouped.any():
        return 1.0, 0.0
    _, where, count = np.unique(group[grouped], return_inverse=True, return_counts=True)
    cells, together = _cells(true[grouped], where.astype(np.int64))
    main = np.zeros(len(count), np.int64)
    np.maximum.at(main, where, together[cells])
    return float(main.sum() / grouped.sum()), float(grouped.mean())


def _codes(truth: npt.ArrayLike, found: npt.ArrayLike) -> tuple[Ints, Ints]:
    group = np.asarray(found, np.int64).copy()
    alone = group < 0
    group[alone] = group.max(initial=0) + 1 + np.arange(int(alone.sum()))
    true = np.unique(np.asarray(truth), return_inverse=True)[1]
    return true.astype(np.int64), np.unique(group, return_inverse=True)[1].astype(np.int64)


def _cells(true: Ints, group: Ints) -> tuple[Ints, Ints]:
    key = true * (int(group.max(initial=0)) + 1) + group
    _, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    return inverse, count


def _pairs(count: Ints) -> float:
    sizes = count.astype(np.float64)
    return float((sizes * (sizes - 1) / 2).sum())
