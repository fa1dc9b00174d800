"""Cutting a mixed group finds the people in it."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.clustering.split import cut, least_alike, looks_like_two

from .libraries import look_alikes, same_partition, unit


def mixed(people: int, each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(people), each)
    family = random.normal(size=32)
    centres = unit(family + random.normal(size=(people, 32)) * 1.2)
    return unit(centres[truth] + random.normal(size=(len(truth), 32)) * 0.09), truth


@pytest.mark.parametrize("people", [2, 3, 5])
def test_the_people_of_a_mixed_group_are_told_apart(people: int) -> None:
    faces, truth = mixed(people, 12, people)
    found = cut(faces, np.arange(len(faces)), people)
    assert same_partition(found, truth)


def test_a_large_group_is_cut_through_a_sample() -> None:
    faces, truth = mixed(2, 2500, 1)
    assert same_partition(cut(faces, np.arange(len(faces)), 2), truth)


def test_the_largest_part_comes_first_and_small_groups_fall_apart() -> None:
    faces, truth = mixed(2, 10, 3)
    found = cut(faces[4:], np.arange(16), 2)
    assert (found[truth[4:] == 1] == 0).all()
    assert cut(faces[:2], np.arange(2), 3).tolist() == [0, 1]


def test_two_faces_of_one_photo_are_held_apart() -> None:
    faces = unit(np.array([[1, 0, 0.9], [1, 0.1, 0], [1, 0, 1.0], [1, 0.1, 0.05]]))
    assert (faces[0] @ faces[1]) < 0.8
    found = cut(faces, np.array([1, 1, 2, 3]), 2)
    assert found[0] != found[1]


def test_a_cut_into_one_or_many_is_refused() -> None:
    faces, _ = mixed(2, 5, 3)
    for parts in (1, 6):
        with pytest.raises(ValueError, match="parts"):
            cut(faces, np.arange(10), parts)


def test_two_people_are_least_alike_where_they_differ() -> None:
    random = np.random.default_rng(4)
    both = [made_person(random, 40), made_person(random, 7)]
    likeness, part = least_alike(np.concatenate(both), 3)
    assert likeness < 0.2 and np.flatnonzero(part).tolist() == list(range(40, 47))


def test_one_person_and_a_poor_photo_are_not_two() -> None:
    random = np.random.default_rng(5)
    one, other = made_person(random, 30), made_person(random, 2)
    likeness, part = least_alike(np.concatenate([one, other]), 3)
    assert likeness > 0.5 and part.sum() <= 15
    assert least_alike(one[:5], 3)[0] == 1.0 and not least_alike(one[:5], 3)[1].any()


def test_of_a_large_group_some_are_looked_at_and_all_are_told() -> None:
    random = np.random.default_rng(6)
    likeness, part = least_alike(
        np.concatenate([made_person(random, 1500), made_person(random, 500)]), 3
    )
    assert likeness < 0.2 and np.flatnonzero(part).tolist() == list(range(1500, 2000))


def made_person(random: np.random.Generator, count: int) -> np.ndarray:
    """Faces with cosines of about 0.64 to each other."""
    centre = random.standard_normal(128)
    centre /= np.linalg.norm(centre)
    noise = random.standard_normal((count, 128))
    noise *= 0.75 / np.linalg.norm(noise, axis=1, keepdims=True)
    faces = centre + noise
    return (faces / np.linalg.norm(faces, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(("between", "two"), [(0.45, True), (0.56, False)])
def test_parts_far_less_alike_than_each_within_look_like_two(between: float, two: bool) -> None:
    faces = np.concatenate(look_alikes(60, 12, between=between))
    likeness, part = least_alike(faces, 3)
    assert part.tolist() == [False] * 60 + [True] * 12
    assert looks_like_two(faces, part, likeness) == two
