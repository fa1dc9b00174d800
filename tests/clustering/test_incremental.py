"""A refresh after few changes equals a recompute: families, refusals, decisions in between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facesorter.clustering.engine import Engine, propose
from facesorter.clustering.proposal import Snapshot
from tests.support.examples import examples

from .libraries import (
    accepted,
    crowd_of_relatives,
    islands,
    make_snapshot,
    part,
    same,
    synthetic,
    unit,
)

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=examples(25), deadline=None)
@given(seeds, st.booleans())
def test_few_changes_end_where_all_at_once_do(seed: int, decided: bool) -> None:
    whole = crowd_of_relatives(seed, decided=decided)
    random = np.random.default_rng(seed + 1)
    n = len(whole.face_ids)
    there = random.random(n) < 0.8
    watched(Engine(), whole, there, random)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_library_that_grows_ends_where_all_at_once_does(seed: int) -> None:
    whole, _ = synthetic(6000, 128, seed)
    random = np.random.default_rng(seed)
    there = random.random(6000) < 0.6
    watched(Engine(), whole, there, random, steps=120, several=(1, 5, 60))


def watched(
    engine: Engine,
    whole: Snapshot,
    there: np.ndarray,
    random: np.random.Generator,
    *,
    steps: int = 7,
    several: tuple[int, ...] = (0, 1, 1, 2, 6),
) -> None:
    n = len(whole.face_ids)
    for _ in range(steps):
        now = part(whole, np.flatnonzero(there))
        rejections = now.rejections[np.isin(now.rejections[:, 0], now.face_ids)]
        now = replace(now, rejections=rejections)
        proposal = engine.propose(now)
        same(proposal, propose(now))
        shown = whole.shown.copy()
        shown[there] = accepted(now, proposal).shown
        whole = replace(whole, shown=shown, thresholds=proposal.thresholds)
        changed = random.choice(n, int(random.choice(several)), replace=False)
        if random.random() < 0.7:
            there[changed] = True
        else:
            there[changed] ^= True
        there[:2] = True
        if random.random() < 0.2:
            face = int(random.integers(n))
            confirmed = whole.confirmed.copy()
            confirmed[face] = -1 if confirmed[face] >= 0 else 10 + int(random.integers(5))
            owned = np.union1d(whole.owned, confirmed[confirmed >= 0])
            whole = replace(whole, confirmed=confirmed, owned=owned)
        if random.random() < 0.2:
            taken = whole.taken.copy()
            taken[int(random.integers(n))] = float(random.integers(9000))
            whole = replace(whole, taken=taken)


def test_a_later_photo_of_a_face_is_noticed() -> None:
    """The same faces, but two of them said to be of one photo: they may not be one person now."""
    whole = crowd_of_relatives(5, decided=False)
    engine = Engine()
    first = engine.propose(whole)
    group = np.flatnonzero(
        first.person == np.bincount(-first.person[first.person < -1]).argmax() * -1
    )
    assert len(group) > 3
    photos = whole.photo_ids.copy()
    photos[group] = 7
    moved = replace(whole, photo_ids=photos)
    same(engine.propose(moved), propose(moved))


def test_two_engines_may_go_on_from_the_same_arrays() -> None:
    whole = crowd_of_relatives(3, decided=True)
    n = len(whole.face_ids)
    one, other = Engine(), Engine()
    one.propose(part(whole, np.arange(n - 12)))
    one.propose(part(whole, np.arange(n - 9)))
    other.restore(one.arrays())
    left, right = part(whole, np.arange(n - 3)), part(whole, np.r_[: n - 9, n - 3 : n])
    same(one.propose(left), propose(left))
    same(other.propose(right), propose(right))
    same(one.propose(whole), propose(whole))
    same(other.propose(whole), propose(whole))


@settings(max_examples=examples(30), deadline=None)
@given(seeds, st.booleans())
def test_few_changes_in_some_families_end_where_all_at_once_do(seed: int, decided: bool) -> None:
    whole = islands(seed, decided=decided)
    random = np.random.default_rng(seed + 1)
    there = random.random(len(whole.face_ids)) < 0.85
    there[:2] = True
    watched(Engine(), whole, there, random, steps=8, several=(0, 1, 1, 2))


@settings(max_examples=examples(15), deadline=None)
@example(384)
@example(2563)
@given(seeds)
def test_crowded_families_that_grow_face_by_face(seed: int) -> None:
    """In the two examples crowding grows, and an edge goes at an end that nothing happened to."""
    whole = islands(seed, decided=False, sizes=(3, 70, 150), alike=3)
    random = np.random.default_rng(seed + 1)
    there = random.random(len(whole.face_ids)) < 0.7
    engine = Engine()
    for _ in range(8):
        there[:2] = True
        now = part(whole, np.flatnonzero(there))
        same(engine.propose(now), propose(now))
        come = random.random() < 0.8 and not there.all()
        there[random.choice(np.flatnonzero(there != come), int(random.choice([1, 2])))] = come


def test_a_face_that_no_list_held_and_that_went_is_noticed() -> None:
    """Who is nearest to an outlier has forty nearer ones: only the forest says that it is gone."""
    random = np.random.default_rng(0)
    rows = 0.03 * random.normal(size=(81, 24))
    rows[:60, 0] += 1
    rows[60:80, 1:21] += np.eye(20)
    rows[80, [0, 22]] += 0.6, 0.8
    whole = make_snapshot(unit(rows))
    engine = Engine()
    first = engine.propose(whole)
    same(engine.propose(part(whole, np.arange(80))), propose(part(whole, np.arange(80))))
    assert first.person[80] == first.person[0] != -1


def test_a_person_confirmed_in_two_families_makes_one_of_them() -> None:
    """What the user says holds components together that no similarity does."""
    rows = np.zeros((30, 30))
    for first in range(0, 30, 3):
        rows[first : first + 3, first] = 1
        rows[range(first, first + 3), range(first, first + 3)] += 0.4
    confirmed = np.full(30, -1)
    confirmed[[0, 3]] = 7
    whole = make_snapshot(unit(rows), confirmed=confirmed, shown=confirmed, owned=np.array([7]))
    engine = Engine()
    engine.propose(part(whole, np.delete(np.arange(30), 5)))
    proposal = engine.propose(whole)
    same(proposal, propose(whole))
    assert proposal.person[:6].tolist() == [7] * 6
    assert len(np.unique(proposal.person)) == 9


def test_nothing_new_but_two_persons_who_look_alike() -> None:
    """No similarity changed, and yet faces that could be either must go."""
    whole = islands(4, decided=True, sizes=(12, 40))
    engine = Engine()
    first = engine.propose(whole)
    pairs = np.array([[one, other] for one in whole.owned for other in whole.owned if one < other])
    twins = replace(whole, alike=pairs, shown=first.person.clip(-1))
    proposal = engine.propose(twins)
    same(proposal, propose(twins))
    assert (proposal.person != first.person).any()
