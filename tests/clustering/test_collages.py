"""Photos that show somebody more than once cost nobody their photos, and make no siblings one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facesorter.clustering.engine import Engine, propose

from .libraries import accepted, make_snapshot, same, unit

COLLAGE = 5000


def album(
    *people: int, seed: int = 1, within: float = 0.64, between: float = 0.08, d: int = 128
) -> tuple[np.ndarray, np.ndarray]:
    """Photos of people with these mean cosines, as SFace sees them, and who is who."""
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(people)), people)
    axes = np.linalg.qr(random.normal(size=(d, len(people) + 1)))[0].T
    centre = np.sqrt(between) * axes[0] + np.sqrt(within - between) * axes[1:]
    noise = unit(random.normal(size=(len(truth), d)))
    return unit(centre[truth] + np.sqrt(1 - within) * noise), truth


def groups_of(person: np.ndarray, rows: np.ndarray) -> list[list[int]]:
    """Who is with whom among some faces."""
    found: dict[int, list[int]] = {}
    for row in rows.tolist():
        found.setdefault(int(person[row]), []).append(row)
    return sorted(found.values())


@pytest.mark.parametrize("size", [2, 4, 9])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_collage_takes_no_photo_from_anybody_and_joins_its_person(size: int, seed: int) -> None:
    rows, _ = album(9 + size, 8, 6, seed=seed)
    photos = np.arange(len(rows))
    inside = np.arange(len(rows)) < size
    photos[inside] = COLLAGE
    single = np.flatnonzero(~inside)
    without = propose(make_snapshot(rows[single], photo_ids=photos[single])).person
    assert len(set(without.tolist())) == 3 and (without != -1).all()
    person = propose(make_snapshot(rows, photo_ids=photos)).person
    before = [single[each].tolist() for each in groups_of(without, np.arange(len(single)))]
    assert groups_of(person, single) == before
    assert (person[inside] == person[size]).mean() >= 0.75


@pytest.mark.parametrize("seed", range(3))
def test_an_odd_picture_in_a_collage_draws_no_other_away(seed: int) -> None:
    """Two pictures of her resemble each other, and the rest of her far less."""
    rows, _ = album(10, within=0.78, between=0, d=1024, seed=seed)
    random = np.random.default_rng(100 + seed)
    usual, odd = unit(rows[:8].mean(axis=0, keepdims=True)), unit(random.normal(size=(1, 1024)))
    own = unit(random.normal(size=(2, 1024)))
    rows[8:] = unit(0.6 * usual + np.sqrt(0.64 - 0.6**2) * odd + np.sqrt(0.36) * own)
    assert propose(make_snapshot(rows[:9])).person.tolist() == [-2] * 9
    photos = np.where(np.isin(np.arange(10), [0, 9]), COLLAGE, np.arange(10))
    person = propose(make_snapshot(rows, photo_ids=photos)).person
    assert person[:9].tolist() == [-2] * 9


def test_a_collage_takes_no_photo_from_a_named_person() -> None:
    rows, truth = album(13, 6)
    photos = np.arange(len(rows))
    photos[:4] = COLLAGE
    confirmed = np.where((truth == 0) & (photos != COLLAGE), 7, -1)
    confirmed[11:13] = -1  # two that came with the collage
    library = make_snapshot(
        rows, photo_ids=photos, confirmed=confirmed, shown=confirmed, owned=np.array([7])
    )
    person = propose(library).person
    assert (person[truth == 0] == 7).all() and (person[truth == 1] != 7).all()
    # All of a sudden, or photo by photo: the same.
    engine = Engine()
    engine.propose(make_snapshot(rows[4:], confirmed=confirmed[4:], owned=np.array([7])))
    same(engine.propose(library), propose(library))


@pytest.mark.parametrize("between", [0.35, 0.45])
def test_siblings_on_one_photo_are_still_two(between: float) -> None:
    rows, truth = album(8, 8, within=0.66, between=between)
    photos = np.where(np.arange(16) % 8 == 0, COLLAGE, np.arange(16))
    person = propose(make_snapshot(rows, photo_ids=photos)).person
    assert person[0] != person[8] and len(set(person[person != -1].tolist())) >= 2
    assert not set(person[truth == 0].tolist()) & set(person[truth == 1].tolist()) - {-1}


def test_twins_often_together_are_still_two() -> None:
    # As alike as their own photos: nothing but the photos tells them apart.
    rows, _ = album(16, within=0.66)
    photos = np.r_[np.arange(8), 0, 1, 2, 3, 100 + np.arange(4)]
    person = propose(make_snapshot(rows, photo_ids=photos)).person
    for photo in range(4):
        pair = person[photos == photo]
        assert pair[0] != pair[1] or pair[0] == -1


def test_named_twins_are_told_apart_on_their_only_photo_together() -> None:
    rows, _ = album(12, within=0.68)
    photos = np.where(np.arange(12) % 6 == 0, COLLAGE, np.arange(12))
    confirmed = np.where(photos == COLLAGE, -1, np.arange(12) // 6 + 7)
    person = propose(
        make_snapshot(
            rows, photo_ids=photos, confirmed=confirmed, shown=confirmed, owned=np.array([7, 8])
        )
    ).person
    assert person[0] != person[6] or person[0] == -1


def test_what_the_user_says_of_a_photo_holds() -> None:
    # Two photos of her are too few to tell a mirror from a twin.
    rows, _ = album(4, within=0.70, seed=3)
    library = make_snapshot(rows, photo_ids=np.array([COLLAGE, COLLAGE, 1, 2]))
    person = propose(library).person
    assert person[0] != person[1]
    marked = replace(library, repeating=np.array([COLLAGE]))
    assert propose(marked).person.tolist() == [-2, -2, -2, -2]
    assert np.array_equal(propose(accepted(marked, propose(marked))).person, np.full(4, 1000))
    # Two faces confirmed as one person say the same of their photo.
    confirmed = np.array([7, 7, -1, -1])
    named = replace(library, confirmed=confirmed, shown=confirmed, owned=np.array([7]))
    assert propose(named).person.tolist() == [7, 7, 7, 7]


def test_only_those_who_repeat_are_free_in_a_photo() -> None:
    """A framed picture of her on the wall says nothing about the two siblings below it."""
    her, _ = album(10, within=0.66, seed=4)
    others, _ = album(5, 5, within=0.66, between=0.45, seed=5)
    rows = np.zeros((20, 256), np.float32)
    rows[:10, :128], rows[10:, 128:] = her, others
    photos = np.arange(20)
    photos[[0, 1, 10, 15]] = COLLAGE
    person = propose(make_snapshot(rows, photo_ids=photos)).person
    assert len(set(person[:10].tolist())) == 1
    assert not set(person[10:15].tolist()) & set(person[15:].tolist()) - {-1}
