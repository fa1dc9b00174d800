"""Loose faces go where several speak for it, and to no group that could not have them."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import Proposal, Thresholds

from .libraries import FROZEN, make_snapshot, unit

STRICT = Thresholds(ceiling=0.46, floor=0.64, join=0.51, attach=0.49, n=1_000_000)


def spread(count: int, likeness: float, seed: int) -> np.ndarray:
    """float32[count + 1, 64]: faces of one person, each as like every other, and the person."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.normal(size=(64, count + 1)))[0].T
    person, single = axes[0], axes[1:]
    faces = np.sqrt(likeness) * person + np.sqrt(1 - likeness) * single
    return unit(np.vstack([faces, person]))


def like_all(faces: np.ndarray, cosine: float, seed: int) -> np.ndarray:
    """A face with one and the same cosine to all of some others."""
    random = np.random.default_rng(seed)
    direction = np.linalg.lstsq(faces.astype(float), np.full(len(faces), cosine), rcond=None)[0]
    rest = random.normal(size=faces.shape[1])
    rest -= np.linalg.pinv(faces.astype(float)) @ (faces @ rest)
    return direction + np.sqrt(1 - direction @ direction) * rest / np.linalg.norm(rest)


def propose(faces: np.ndarray, thresholds: Thresholds, **fields: object) -> Proposal:
    return Engine().propose(make_snapshot(unit(faces), thresholds=thresholds, **fields))


def test_a_face_that_is_a_little_like_all_of_a_group_joins_it() -> None:
    # Six photos of a person, alike by 0.66, and one that is like each by 0.43: below the ceiling,
    # but it is like their mean by 0.51.
    group = spread(6, 0.66, 1)[:-1]
    poor = like_all(group, 0.43, 2)
    stranger = like_all(group, 0.30, 3)
    person = propose(np.vstack([group, poor, stranger]), STRICT).person
    assert (person[:7] == person[0]).all()
    assert person[7] == -1


def test_a_small_group_has_a_mean_of_its_own_only_when_it_is_named() -> None:
    group = spread(4, 0.66, 1)[:-1]
    faces = np.vstack([group, like_all(group, 0.44, 2)])
    assert propose(faces, STRICT).person[4] == -1
    confirmed = np.r_[np.full(4, 9), -1]
    named = {"confirmed": confirmed, "shown": confirmed, "owned": np.array([9])}
    assert propose(faces, STRICT, **named).person[4] == 9


def test_a_face_between_two_groups_joins_neither() -> None:
    first, second = spread(5, 0.7, 4)[:-1], spread(5, 0.7, 5)[:-1]
    both = np.vstack([first, second])
    between = like_all(both, 0.45, 6)
    person = propose(np.vstack([both, between]), STRICT).person
    assert person[0] != person[5]
    assert person[10] == -1
    nearer = unit((between + 0.35 * spread(5, 0.7, 4)[-1])[None])[0]
    assert propose(np.vstack([both, nearer]), STRICT).person[10] == person[0]


def test_one_photo_and_no_rejected_face_joins_by_the_mean() -> None:
    group = spread(6, 0.66, 1)[:-1]
    poor = like_all(group, 0.43, 2)
    faces = np.vstack([group, poor])
    photo = np.array([1, 2, 3, 4, 5, 6, 6])
    assert propose(faces, STRICT, photo_ids=photo).person[6] == -1
    confirmed = np.r_[np.full(6, 9), -1]
    named = {"confirmed": confirmed, "shown": confirmed, "owned": np.array([9])}
    assert propose(faces, STRICT, **named).person[6] == 9
    rejected = np.array([[106, 9]])
    assert propose(faces, STRICT, rejections=rejected, **named).person[6] == -1


def test_one_near_face_of_many_is_too_little_for_a_named_person() -> None:
    random = np.random.default_rng(7)
    axes = np.linalg.qr(random.normal(size=(64, 8)))[0].T
    # Seven photos that the user said are one person, unlike as they are, and a face like one.
    faces = np.vstack([axes[:7], 0.52 * axes[0] + np.sqrt(1 - 0.52**2) * axes[7]])
    confirmed = np.r_[np.full(7, 9), -1]
    named = {"confirmed": confirmed, "shown": confirmed, "owned": np.array([9])}
    assert propose(faces, FROZEN, **named).person[7] == -1
