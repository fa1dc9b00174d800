"""What holds for any library over its whole life: arrivals in batches, decisions taken back, ids.

The other promises are in `test_engine` (incremental = batch, round trips), `test_refresh` (order,
constraints, again the same) and `test_hierarchy` (the tree equals hdbscan's).
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facesorter.clustering.engine import Engine, propose
from facesorter.clustering.normalisation import crowding, normalise
from facesorter.clustering.proposal import FIRST_NEW, Snapshot
from tests.support.examples import examples

from .libraries import (
    accepted,
    faces_of_people,
    in_order,
    make_snapshot,
    part,
    random_library,
    same,
    same_partition,
    synthetic,
    taken_in,
)

seeds = st.integers(0, 2**32 - 1)
grids = st.sampled_from([0, 1, 2])
thorough = settings(max_examples=examples(50), deadline=None)


def batches(snapshot: Snapshot, count: int, seed: int) -> list[np.ndarray]:
    """Rows of the library after each batch; photos arrive whole and in any order."""
    photos, photo = np.unique(snapshot.photo_ids, return_inverse=True)
    when = np.random.default_rng(seed).integers(0, count, len(photos))[photo]
    return [np.flatnonzero(when <= batch) for batch in range(count)]


@thorough
@given(seeds, grids, st.integers(1, 6))
def test_batches_in_any_order_end_where_one_does(seed: int, grid: int, count: int) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    engine = Engine()
    for rows in batches(snapshot, count, seed):
        if len(rows):
            engine.propose(part(snapshot, rows))
    same(engine.propose(snapshot), propose(snapshot))


@thorough
@given(seeds, grids)
def test_decisions_that_are_taken_back_leave_no_trace(seed: int, grid: int) -> None:
    decided, _ = random_library(seed, grid=grid)
    n = len(decided.face_ids)
    untouched = replace(
        decided,
        confirmed=np.full(n, -1),
        shown=np.full(n, -1),
        rejections=np.zeros((0, 2), np.int64),
        owned=np.zeros(0, np.int64),
    )
    engine = Engine()
    before = engine.propose(untouched)
    engine.propose(decided)
    same(engine.propose(untouched), before)


@thorough
@given(seeds)
def test_what_happens_to_people_far_away_changes_nothing(seed: int) -> None:
    here, _ = random_library(seed)
    there, _ = random_library(seed + 1)
    n, d = here.embeddings.shape
    m = len(there.face_ids)
    rows = np.zeros((n + m, 2 * d), np.float32)
    rows[:n, :d], rows[n:, d:] = here.embeddings, there.embeddings

    def both(theirs: Snapshot) -> Snapshot:
        joined = {
            name: np.concatenate([getattr(here, name), getattr(theirs, name)])
            for name in ("quality", "taken")
        }
        # Other photos, other persons; owned persons there are of no account here.
        moved = {
            name: np.where(getattr(theirs, name) >= 0, getattr(theirs, name) + 5000, -1)
            for name in ("confirmed", "shown", "photo_ids")
        }
        for name, values in moved.items():
            joined[name] = np.concatenate([getattr(here, name), values])
        joined["face_ids"] = np.concatenate([here.face_ids, theirs.face_ids + 10_000])
        joined["rejections"] = np.concatenate(
            [here.rejections, theirs.rejections + np.array([10_000, 5000])]
        )
        joined["owned"] = np.concatenate([here.owned, theirs.owned + 5000])
        return replace(here, embeddings=rows, **joined)

    engine = Engine()
    busy = engine.propose(both(there)).person[:n]
    quiet = replace(
        there,
        confirmed=np.full(m, -1),
        rejections=np.zeros((0, 2), np.int64),
        owned=np.zeros(0, np.int64),
    )
    calm = engine.propose(both(quiet)).person[:n]
    assert same_partition(busy, calm)
    assert np.array_equal(np.where(busy >= 0, busy, -1), np.where(calm >= 0, calm, -1))
    alone = engine.propose(part(both(there), np.arange(n))).person
    assert same_partition(busy, alone)


@pytest.mark.parametrize("seed", range(5))
def test_a_higher_ceiling_only_refines(seed: int) -> None:
    embeddings = in_order(faces_of_people(400, 12, seed))
    graph = taken_in(embeddings, np.ones(400, bool), 800).graph(800)
    before = None
    for ceiling in (0.70, 0.62, 0.55, 0.45, 0.35):
        fair = normalise(graph, crowding(graph, ceiling), ceiling)
        now = fair.components_at(int(np.ceil(ceiling * 4096)))
        if before is not None:
            # Whoever was together under the higher ceiling still is.
            assert len(np.unique(np.stack([before, now]), axis=1).T) == len(np.unique(before))
        before = now


@pytest.mark.parametrize(("d", "seed"), [(512, 1), (128, 2), (128, 3)])
def test_ids_stay_while_photos_arrive_in_any_order(d: int, seed: int) -> None:
    snapshot, truth = synthetic(2500, d, seed)
    n = len(truth)
    shown, confirmed = np.full(n, -1), np.full(n, -1)
    engine, thresholds, fresh = Engine(), None, 1000
    stayed = groups = 0
    for number, rows in enumerate(batches(snapshot, 8, seed)):
        now = replace(
            part(replace(snapshot, shown=shown, confirmed=confirmed), rows),
            thresholds=thresholds,
            owned=np.unique(confirmed[confirmed >= 0]),
        )
        proposal = engine.propose(now)
        thresholds = proposal.thresholds
        new = proposal.person <= FIRST_NEW
        person = np.where(new, fresh + FIRST_NEW - proposal.person, proposal.person)
        fresh = max(fresh, int(person.max()) + 1)
        before, shown = shown, np.full(n, -1)
        shown[rows] = person
        for old in np.unique(before[before >= 0]).tolist():
            faces = np.flatnonzero((before == old) & (shown >= 0))
            if not len(faces):
                continue
            ids, count = np.unique(shown[faces], return_counts=True)
            kept = ids[count == count.max()]
            if old in now.owned:
                assert old in kept, "a named person lost their id"
            else:
                groups += 1
                stayed += old in kept
        # The user names the largest three groups as they come.
        ids, count = np.unique(shown[(shown >= 0) & (confirmed < 0)], return_counts=True)
        for largest in ids[np.argsort(-count)][: 3 if number < 5 else 0].tolist():
            faces = shown == largest
            confirmed[faces & ~np.isin(shown, now.owned)] = largest
        assert (shown[confirmed >= 0] == confirmed[confirmed >= 0]).all()
    assert groups > 500
    assert stayed >= 0.99 * groups


@thorough
@given(seeds, grids, st.integers(0, 5))
def test_any_photo_may_go_missing_and_come_back(seed: int, grid: int, number: int) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    # What is said of a person whom no confirmed face holds goes with the faces shown as them.
    lasting = np.isin(snapshot.rejections[:, 1], snapshot.confirmed)
    owned = np.intersect1d(snapshot.owned, snapshot.confirmed)
    births = snapshot.births[np.isin(snapshot.births[:, 0], snapshot.confirmed)]
    snapshot = replace(
        snapshot, rejections=snapshot.rejections[lasting], owned=owned, births=births
    )
    engine = Engine()
    once = accepted(snapshot, engine.propose(snapshot))
    photos = np.unique(once.photo_ids)
    gone = once.photo_ids == photos[number % len(photos)]
    if not gone.all():
        less = accepted(
            part(once, np.flatnonzero(~gone)), engine.propose(part(once, np.flatnonzero(~gone)))
        )
        # What was known of them is kept while they are gone.
        shown = once.shown.copy()
        shown[~gone] = less.shown
        back = engine.propose(replace(once, shown=shown))
        assert same_partition(back.person, engine.propose(once).person)


def test_rejections_between_twins_are_not_asked_again() -> None:
    """Two named people who look alike and share photos: no answer is asked for twice."""
    random = np.random.default_rng(0)
    common, a, b = np.linalg.qr(random.normal(size=(32, 3)))[0].T
    truth = np.repeat([0, 1], 20)
    rows = np.stack([common + 0.25 * a, common + 0.25 * b])[truth]
    rows = rows + 0.1 * random.normal(size=rows.shape)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    photos = np.concatenate([np.arange(20), np.arange(20) + 10 * (np.arange(20) >= 10)])
    confirmed = np.where(np.arange(40) % 20 < 4, truth + 7, -1)
    snapshot = make_snapshot(
        rows, photo_ids=photos, confirmed=confirmed, shown=confirmed, owned=np.array([7, 8])
    )
    rejected: set[tuple[int, int]] = set()
    engine = Engine()
    for _ in range(6):
        proposal = engine.propose(snapshot)
        assert not any({q.a, q.b} == {7, 8} for q in proposal.questions)
        for person in (7, 8):
            _, count = np.unique(photos[proposal.person == person], return_counts=True)
            assert count.max() == 1, "the same person twice on a photo"
        given_to = set(zip(snapshot.face_ids.tolist(), proposal.person.tolist(), strict=True))
        assert not given_to & rejected, "asked again"
        snapshot = accepted(snapshot, proposal)
        wrong = (snapshot.shown >= 7) & (snapshot.shown <= 8) & (snapshot.shown != truth + 7)
        # The user answers every other of them; what is said stays said.
        some = np.flatnonzero(wrong)[::2]
        rejected |= set(
            zip(snapshot.face_ids[some].tolist(), snapshot.shown[some].tolist(), strict=True)
        )
        rejections = np.array(sorted(rejected), np.int64).reshape(-1, 2)
        shown = snapshot.shown.copy()
        shown[some] = -1
        snapshot = replace(snapshot, rejections=rejections, shown=shown)


@pytest.mark.scale
@pytest.mark.timeout(900)
def test_few_faces_more_cost_little_beside_all_of_them() -> None:
    snapshot, _ = synthetic(50_000, 128, 7)
    engine, spent = Engine(), []
    thresholds = None
    for count in (49_800, 49_900, 49_999, 50_000):
        rows = np.arange(count)
        start = time.process_time()
        proposal = engine.propose(replace(part(snapshot, rows), thresholds=thresholds))
        spent.append(time.process_time() - start)
        thresholds = proposal.thresholds
    whole, hundred, _, one = spent
    assert hundred < whole / 10
    assert one <= hundred
