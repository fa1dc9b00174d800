"""What a refresh leaves to the next one changes nothing: libraries of some size, few changes."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facesorter.clustering import crossing
from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import Snapshot
from facesorter.clustering.refresh import propose

from .libraries import FROZEN, accepted, make_snapshot, synthetic, unit
from .test_engine import part, same

seeds = st.integers(0, 2**32 - 1)


def crowd_of_relatives(seed: int, *, decided: bool) -> Snapshot:
    """People who run into each other, many to a photo: refusals, rings and ties everywhere."""
    random = np.random.default_rng(seed)
    n, d = int(random.integers(60, 260)), 24
    people = random.normal(size=(max(2, n // int(random.choice([9, 30]))), d)) + random.uniform(
        0, 1
    ) * np.ones(d)
    truth = random.integers(0, len(people), n)
    rows = people[truth] + random.uniform(0.3, 0.9) * random.normal(size=(n, d))
    if random.random() < 0.5:
        rows = np.rint(rows * 2) / 2
    rows[np.abs(rows).sum(axis=1) == 0, 0] = 1
    some = random.random(n)
    confirmed = np.where(decided & (some < 0.1), truth + 10, -1)
    wrong = np.flatnonzero(decided & (some > 0.95))
    owned = np.unique(confirmed[confirmed >= 0])
    snapshot = make_snapshot(
        unit(rows),
        photo_ids=random.integers(0, max(1, n // 3), n),
        quality=random.uniform(0, 1, n).astype(np.float32),
        taken=np.where(some < 0.3, np.nan, random.integers(0, 9000, n) + 0.0),
        confirmed=confirmed,
        shown=confirmed,
        owned=owned,
        thresholds=replace(FROZEN, n=10**9),
        births=np.stack([owned, random.integers(0, 9000, len(owned))], axis=1)[::4],
    )
    rejections = np.stack([snapshot.face_ids[wrong], truth[wrong] + 10], axis=1)
    return replace(snapshot, rejections=rejections)


@settings(max_examples=60, deadline=None)
@given(seeds, st.booleans())
def test_few_changes_end_where_all_at_once_do(seed: int, decided: bool) -> None:
    whole = crowd_of_relatives(seed, decided=decided)
    random = np.random.default_rng(seed + 1)
    n = len(whole.face_ids)
    there = random.random(n) < 0.8
    engine = Engine()
    with patch.object(crossing, "_WORTH", int(random.choice([0, 3, 500]))):
        watched(engine, whole, there, random)


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


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_are_used_again(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from facesorter.clustering import walk

    whole = crowd_of_relatives(seed, decided=True)
    rows = np.arange(len(whole.face_ids) - 1)
    seen = []
    original = walk._walk

    def spy(*arguments: object) -> None:
        original(*arguments)  # type: ignore[arg-type]
        seen.append(arguments)

    monkeypatch.setattr(walk, "_walk", spy)
    engine = Engine()
    engine.propose(part(whole, rows))
    seen.clear()
    engine.propose(whole)
    edges, before = seen[-1][0], seen[-1][14]
    assert (before >= 0).sum() > 0.8 * len(edges)


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
