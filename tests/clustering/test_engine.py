"""An engine that remembers answers exactly as one that starts from nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facesorter.cancel import Cancelled, CancelToken
from facesorter.clustering import graph, neighbours
from facesorter.clustering.engine import Engine, propose
from facesorter.clustering.proposal import Ints, Loaded, Singles
from facesorter.storage import graph_file
from tests.support.examples import examples

from .libraries import FROZEN, accepted, make_snapshot, part, random_library, same, synthetic

seeds = st.integers(0, 2**32 - 1)
grids = st.sampled_from([0, 1, 2])


@settings(max_examples=examples(60), deadline=None)
@given(seeds, grids, st.booleans(), st.booleans())
def test_faces_may_come_and_go_in_any_order(
    seed: int, grid: int, frozen: bool, short: bool
) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    snapshot = replace(snapshot, thresholds=FROZEN if frozen else None)
    random = np.random.default_rng(seed)
    kept, seen = (10, 8) if short else (neighbours.KEPT, neighbours.NEIGHBOURS)
    with (
        patch.multiple(neighbours, KEPT=kept, NEIGHBOURS=seen),
        patch.multiple(graph, NEIGHBOURS=seen),
    ):
        engine = Engine()
        for _ in range(6):
            there = random.random(len(snapshot.face_ids)) < random.choice([0.1, 0.5, 0.8, 0.95])
            now = part(snapshot, np.flatnonzero(there))
            decided = np.where(random.random(len(now.confirmed)) < 0.3, now.confirmed, -1)
            now = replace(now, confirmed=decided)
            same(engine.propose(now), propose(now))


def test_a_face_whose_embedding_or_quality_changed_is_looked_at_anew() -> None:
    snapshot, _ = random_library(12)
    engine = Engine()
    engine.propose(snapshot)
    rows = snapshot.embeddings.copy()
    rows[0] = rows[1]
    quality = snapshot.quality.copy()
    quality[2] = 0.01
    changed = replace(snapshot, embeddings=rows, quality=quality)
    same(engine.propose(changed), propose(changed))


@pytest.mark.parametrize("d", [128, 512])
def test_a_library_that_grows_and_shrinks_is_as_one_read_at_once(d: int) -> None:
    snapshot, _ = synthetic(2500, d, 6)
    random = np.random.default_rng(0)
    engine = Engine()
    thresholds = None
    there = np.zeros(len(snapshot.face_ids), bool)
    for share in (0.5, 0.8, 0.82, 0.7, 1.0):
        faces = random.permutation(len(there))
        there[faces[: int(share * len(faces))]] = True
        there[faces[int(share * len(faces)) :]] &= (
            random.random(len(faces) - int(share * len(faces))) < 0.9
        )
        now = replace(part(snapshot, np.flatnonzero(there)), thresholds=thresholds)
        proposal = engine.propose(now)
        same(proposal, propose(now))
        thresholds = proposal.thresholds


def test_a_photo_removed_and_added_again_restores_the_state() -> None:
    snapshot, _ = synthetic(1500, 128, 5)
    engine = Engine()
    once = accepted(snapshot, engine.propose(snapshot))
    photo = np.isin(once.photo_ids, once.photo_ids[:5])
    engine.propose(part(once, np.flatnonzero(~photo)))
    again = engine.propose(replace(once, shown=np.where(photo, -1, once.shown)))
    assert np.array_equal(again.person, once.shown)


class Counted(Loaded):
    """Embeddings that count how many are read."""

    def __init__(self, embeddings: Singles) -> None:
        super().__init__(embeddings)
        self.read = 0

    def load(self, at: Ints) -> Singles:
        self.read += len(at)
        return super().load(at)


def test_only_new_faces_are_read() -> None:
    snapshot, _ = random_library(3)
    rows = snapshot.embeddings
    assert isinstance(rows, np.ndarray)
    counted = Counted(rows)
    engine = Engine()
    engine.propose(replace(snapshot, embeddings=counted))
    assert counted.read == len(rows)
    engine.propose(replace(snapshot, embeddings=counted))
    assert counted.read == len(rows)


def test_a_cancelled_engine_can_be_asked_again() -> None:
    snapshot, _ = random_library(4)
    engine, token = Engine(), CancelToken()
    engine.propose(part(snapshot, np.arange(3)))
    token.cancel()
    with pytest.raises(Cancelled):
        engine.propose(snapshot, token)
    same(engine.propose(snapshot), propose(snapshot))


def test_an_empty_library_and_another_model() -> None:
    engine = Engine()
    first, _ = random_library(5)
    engine.propose(first)
    wider = make_snapshot(np.eye(4, 20, dtype=np.float32))
    same(engine.propose(wider), propose(wider))
    empty = make_snapshot(np.zeros((0, 20), np.float32))
    assert len(engine.propose(empty).person) == 0
    same(engine.propose(first), propose(first))


@settings(max_examples=examples(30), deadline=None)
@given(seeds, grids)
def test_what_was_kept_goes_on_as_if_the_program_had_never_ended(seed: int, grid: int) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    random = np.random.default_rng(seed)
    before = part(snapshot, np.flatnonzero(random.random(len(snapshot.face_ids)) < 0.8))
    engine, later = Engine(), Engine()
    engine.propose(before)
    if not (kept := engine.arrays()):
        return
    later.restore({name: array.copy() for name, array in kept.items()})
    same(later.propose(snapshot), propose(snapshot))


def test_nothing_is_compared_twice_after_a_start(tmp_path: Path) -> None:
    snapshot, _ = random_library(3)
    engine, later = Engine(), Engine()
    expected = engine.propose(snapshot)
    graph_file.save(tmp_path, engine.arrays())
    kept = graph_file.load(tmp_path)
    assert kept is not None
    later.restore(kept)
    with patch.object(graph, "pairs_above", side_effect=AssertionError("compared again")):
        same(later.propose(snapshot), expected)


def test_a_damaged_file_of_what_was_compared_is_left_alone(tmp_path: Path) -> None:
    snapshot, _ = random_library(3)
    engine = Engine()
    engine.propose(snapshot)
    graph_file.save(tmp_path, engine.arrays())
    path = tmp_path / graph_file.GRAPH_NAME
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(whole[: random.integers(0, len(whole) + 1)])
        for at in random.integers(0, max(len(damaged), 1), 3):
            if len(damaged):
                damaged[at] ^= 1 << random.integers(0, 8)
        path.write_bytes(damaged)
        kept = graph_file.load(tmp_path)
        if kept is not None:
            with suppress(ValueError):
                engine.restore(kept)
                same(engine.propose(snapshot), propose(snapshot))
    for name, array in engine.arrays().items():
        if name == "forest":  # fewer links are a forest, too
            continue
        wrong = {**engine.arrays(), name: array[:-1] if array.ndim else np.array("0")}
        with pytest.raises(ValueError):
            Engine().restore(wrong)
