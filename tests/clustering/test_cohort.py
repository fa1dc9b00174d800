"""What a crowd of look-alikes adds to a similarity."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.cohort import Cohort

from .libraries import unit

CEILING = 0.45


def library() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Faces and people: 30 children who look alike and 30 adults who don't, two photos each."""
    random = np.random.default_rng(5)
    looks = random.standard_normal((60, 128))
    looks[:30] += 12.5 * unit(random.standard_normal((1, 128)))
    person = np.repeat(np.arange(60), 2)
    faces = unit(unit(looks)[person] + random.standard_normal((120, 128)) * 0.04)
    return faces, person, np.flatnonzero(person < 30), np.flatnonzero(person >= 30)


def test_children_lose_what_their_crowd_adds_and_adults_nothing() -> None:
    faces, person, children, adults = library()
    cohort = Cohort.of(faces, person, CEILING)
    crowd = cohort.crowding(faces, person)
    assert (crowd[children] > 0.05).all() and (crowd[adults] < 0.02).all()
    # Strangers among children look like one adult in two photos would; less the crowd, they don't.
    alike = faces[children[::2]] @ faces[children[::2]].T - np.eye(30)
    added = (crowd[children[::2]][:, None] + crowd[children[::2]]) / 2
    assert alike.max() > CEILING > (alike - added - np.eye(30)).max()


def test_a_person_is_not_their_own_crowd() -> None:
    faces, _, children, _ = library()
    # One person under twelve ids, as before a merge; told so, they are no strangers.
    many = Cohort.of(faces[children[:1]].repeat(12, 0), np.arange(12), CEILING)
    assert many.crowding(faces[children[:1]], np.array([-1]))[0] > 0.1
    few = Cohort.of(faces[children[:1]].repeat(5, 0), np.arange(5), CEILING)
    assert few.crowding(faces[children[:1]], np.array([-1]))[0] == 0


def test_an_empty_library_adds_nothing() -> None:
    nobody = Cohort.of(np.zeros((0, 128), np.float32), np.zeros(0, np.int64), CEILING)
    assert nobody.crowding(unit(np.ones((2, 128))), np.array([-1, -1])).tolist() == [0, 0]
