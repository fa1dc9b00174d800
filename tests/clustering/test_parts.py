"""Only components that something changed in are grouped again, and nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facesorter.clustering import adjusting, crossing, groups, parts, walked
from facesorter.clustering import engine as engines
from facesorter.clustering.engine import Engine
from facesorter.clustering.forest import Graph, Numbering, components
from facesorter.clustering.proposal import Snapshot
from facesorter.clustering.refresh import propose
from facesorter.clustering.similarity import unpack

from .libraries import FROZEN, make_snapshot, unit
from .test_engine import part, same
from .test_memory import watched

seeds = st.integers(0, 2**32 - 1)


def islands(
    seed: int, *, decided: bool, sizes: tuple[int, ...] = (3, 12, 40), alike: float = 1
) -> Snapshot:
    """Families that nobody's looks connect; but photos show several, and some persons span two."""
    random = np.random.default_rng(seed)
    count, d = int(random.integers(3, 7)), 16
    rows, truth = [], []
    for island in range(count):
        n = int(random.choice(sizes))
        people = random.normal(size=(max(1, n // int(random.choice([3, 6, 75]))), d))
        people += random.uniform(0, alike)
        who = random.integers(0, len(people), n)
        block = np.zeros((n, count * d))
        noise = random.uniform(0.3, 1.2) * random.normal(size=(n, d))
        block[:, island * d : (island + 1) * d] = people[who] + noise
        rows.append(block)
        truth.append(who + 100 * island)
    everybody, who = np.concatenate(rows), np.concatenate(truth)
    n = len(who)
    some = random.random(n)
    confirmed = np.where(decided & (some < 0.15), who + 10, -1)
    # Somebody changed beyond recognition: only the user's word holds their faces together.
    if random.random() < 0.5:
        confirmed[confirmed == 110] = 10
    owned = np.unique(confirmed[confirmed >= 0])
    snapshot = make_snapshot(
        unit(everybody),
        photo_ids=random.integers(0, max(1, n // 2), n),
        quality=random.uniform(0, 1, n).astype(np.float32),
        taken=np.where(some > 0.8, np.nan, random.integers(0, 9000, n) + 0.0),
        confirmed=confirmed,
        shown=confirmed,
        owned=owned,
        births=np.stack([owned, random.integers(0, 9000, len(owned))], axis=1)[::4],
        thresholds=replace(FROZEN, n=10**9),
    )
    wrong = np.flatnonzero(decided & (some > 0.93))
    return replace(
        snapshot, rejections=np.stack([snapshot.face_ids[wrong], who[wrong] + 10], axis=1)
    )


def taken_out(engine: Engine, snapshot: Snapshot) -> tuple[Any, list[int]]:
    """What an engine proposes, and the sizes of the parts that it took out for it."""
    sizes = []
    original = parts.part_of

    def spy(*arguments: Any) -> parts.Part | None:
        found = original(*arguments)
        if found is not None:
            sizes.append(len(found.faces))
        return found

    with patch.object(groups, "part_of", spy):
        return engine.propose(snapshot), sizes


@settings(max_examples=80, deadline=None)
@given(seeds, st.booleans())
def test_few_changes_end_where_all_at_once_do(seed: int, decided: bool) -> None:
    whole = islands(seed, decided=decided)
    random = np.random.default_rng(seed + 1)
    there = random.random(len(whole.face_ids)) < 0.85
    there[:2] = True
    with (
        patch.object(parts, "_WORTH", float(random.choice([0.7, 2]))),
        patch.object(walked, "_PART", float(random.choice([0, 0.3, 2]))),
        patch.object(crossing, "_WORTH", int(random.choice([0, 3, 500]))),
    ):
        watched(Engine(), whole, there, random, steps=8, several=(0, 1, 1, 2))


Component = tuple[frozenset[tuple[int, ...]], frozenset[tuple[int, ...]]]


def components_of(fair: Graph, numbering: Numbering) -> dict[frozenset[int], Component]:
    """Edges and penalties of each component, by the slots of its faces."""
    lo, hi, steps = unpack(fair.forest)
    label = components(fair.n, fair.forest)
    order = numbering.order
    found = {}
    assert fair.penalty is not None
    for number in range(int(label.max(initial=-1)) + 1):
        faces = np.flatnonzero(label == number)
        own = np.flatnonzero(label[lo] == number)
        edges = np.stack([order[lo[own]], order[hi[own]], steps[own]], axis=1)
        penalties = np.stack([order[faces], fair.penalty[faces]], axis=1)
        found[frozenset(order[faces].tolist())] = (
            frozenset(map(tuple, edges.tolist())),
            frozenset(map(tuple, penalties.tolist())),
        )
    return found


@settings(max_examples=100, deadline=None)
@example(384)
@example(2563)
@given(seeds)
def test_components_without_a_changed_face_are_what_they_were(seed: int) -> None:
    whole = islands(seed, decided=False, sizes=(3, 70, 150), alike=3)
    random = np.random.default_rng(seed + 1)
    n = len(whole.face_ids)
    there = random.random(n) < 0.7
    there[:2] = True
    seen: list[tuple[dict[frozenset[int], Component], np.ndarray | None, Numbering]] = []
    original = engines.group

    def spy(*arguments: Any) -> Any:
        _, fair, _, _, _, numbering, changed, _ = arguments
        seen.append((components_of(fair, numbering), changed, numbering))
        return original(*arguments)

    engine = Engine()
    with patch.object(engines, "group", spy), patch.object(adjusting, "_MOST_CHANGED", 2.0):
        for _ in range(8):
            engine.propose(part(whole, np.flatnonzero(there)))
            come = random.random() < 0.8 and not there.all()
            there[random.choice(np.flatnonzero(there != come), int(random.choice([1, 2])))] = come
            there[:2] = True
    # In the two examples a crowd grows, and an edge goes at an end that nothing happened to.
    for (before, _, _), (after, changed, numbering) in pairwise(seen):
        if changed is not None:
            marked = set(numbering.order[changed].tolist())
            for faces, component in after.items():
                assert faces & marked or before.get(faces) == component


def test_a_face_that_no_list_held_and_that_went_is_noticed() -> None:
    """Who is nearest to an outlier has forty nearer ones: only the forest says that it is gone."""
    random = np.random.default_rng(0)
    rows = 0.03 * random.normal(size=(81, 24))
    rows[:60, 0] += 1
    rows[60:80, 1:21] += np.eye(20)
    rows[80, [0, 22]] += 0.6, 0.8
    whole = make_snapshot(unit(rows))
    seen = []
    original = engines.group

    def spy(*arguments: Any) -> Any:
        seen.append(arguments[6])
        return original(*arguments)

    engine = Engine()
    with patch.object(engines, "group", spy):
        first = engine.propose(whole)
        same(engine.propose(part(whole, np.arange(80))), propose(part(whole, np.arange(80))))
    assert first.person[80] == first.person[0] != -1
    assert seen[1] is None or seen[1].sum() >= 60


@pytest.mark.parametrize("seed", range(5))
def test_a_new_face_has_its_own_family_grouped_again_and_no_other(seed: int) -> None:
    whole = islands(seed, decided=False, sizes=(40,))
    n = len(whole.face_ids)
    engine = Engine()
    engine.propose(part(whole, np.arange(n - 1)))
    proposal, sizes = taken_out(engine, whole)
    same(proposal, propose(whole))
    last_island = np.abs(whole.embeddings[-1]).argmax() // 16
    family = (np.abs(whole.embeddings).argmax(axis=1) // 16 == last_island).sum()
    assert len(sizes) == 1 and 1 <= sizes[0] <= family


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
    proposal, sizes = taken_out(engine, whole)
    same(proposal, propose(whole))
    assert sizes == [6]
    assert proposal.person[:6].tolist() == [7] * 6
    assert len(np.unique(proposal.person)) == 9


def test_nothing_new_but_two_persons_who_look_alike() -> None:
    """No component changed, and yet faces that could be either must go."""
    whole = islands(4, decided=True, sizes=(12, 40))
    engine = Engine()
    first = engine.propose(whole)
    pairs = np.array([[one, other] for one in whole.owned for other in whole.owned if one < other])
    twins = replace(whole, alike=pairs, shown=first.person.clip(-1))
    proposal, sizes = taken_out(engine, twins)
    same(proposal, propose(twins))
    assert sizes == [0] and (proposal.person != first.person).any()


def test_a_walk_through_few_edges_leaves_what_is_known_of_the_others() -> None:
    whole = islands(3, decided=True, sizes=(40,))
    n = len(whole.face_ids)
    engine = Engine()
    engine.propose(part(whole, np.arange(n - 1)))
    known = engine._memory.walked._last
    assert known is not None and len(known.a) > 20
    _, sizes = taken_out(engine, whole)
    assert 0 < sizes[0] <= n // 6
    assert engine._memory.walked._last is known
