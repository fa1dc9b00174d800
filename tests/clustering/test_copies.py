"""Copies of a photo are one witness: in groups, in votes, in thresholds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facesorter.clustering.engine import Engine, propose
from facesorter.clustering.proposal import Snapshot
from tests.support.examples import examples

from .libraries import (
    accepted,
    make_snapshot,
    people,
    random_library,
    same,
    same_partition,
    synthetic,
)

seeds = st.integers(0, 2**32 - 1)


def with_copies(snapshot: Snapshot, photos: np.ndarray, **fields: Any) -> Snapshot:
    """A library with all faces of some photos once more, in a backup folder that nobody touched."""
    copied = np.flatnonzero(np.isin(snapshot.photo_ids, photos))
    n = len(copied)
    nobody = np.full(n, -1, np.int64)
    more: dict[str, Any] = {
        "face_ids": snapshot.face_ids[copied] + 100_000,
        "embeddings": np.asarray(snapshot.embeddings)[copied],
        "photo_ids": snapshot.photo_ids[copied] + 100_000,
        "quality": snapshot.quality[copied],
        "taken": snapshot.taken[copied],
        "confirmed": nobody,
        "shown": nobody,
        **fields,
    }
    joined = {name: np.concatenate([getattr(snapshot, name), more[name]]) for name in more}
    return replace(snapshot, **joined)


def test_a_stranger_seen_once_is_nobody_with_a_copy_too() -> None:
    rows = people((0, 1, 2, 3), (0, 1, 2, 4), (8, 9))
    library = with_copies(make_snapshot(rows), np.array([2]))
    assert propose(library).person.tolist() == [-2, -2, -1, -1]
    whole = with_copies(make_snapshot(rows), np.arange(3))
    assert propose(whole).person.tolist() == [-2, -2, -1, -2, -2, -1]


def test_copies_go_where_the_photo_goes() -> None:
    rows = people((0, 1, 2, 3), (0, 1, 2, 4), (8, 9))
    confirmed = np.array([7, -1, 9])
    library = make_snapshot(rows, confirmed=confirmed, shown=confirmed, owned=np.array([7, 9]))
    found = propose(with_copies(library, np.arange(3)))
    assert found.person.tolist() == [7, 7, 9, 7, 7, 9]
    # Nothing is as similar as a copy.
    assert found.similarity[5] == 1


def test_what_was_said_of_a_photo_holds_for_its_copies() -> None:
    rows = people((0, 1, 2, 3), (0, 1, 2, 4), (0, 1, 2, 5))
    confirmed = np.array([7, 7, -1])
    library = make_snapshot(
        rows,
        confirmed=confirmed,
        shown=confirmed,
        owned=np.array([7]),
        rejections=np.array([[102, 7]]),
    )
    assert propose(with_copies(library, np.array([2]))).person.tolist() == [7, 7, -1, -1]


def test_a_copy_dated_before_the_birth_stays_out_and_bars_nobody() -> None:
    rows = people((0, 1, 2, 3), (0, 1, 2, 4), (0, 1, 2, 5))
    confirmed = np.array([7, 7, -1])
    library = make_snapshot(
        rows,
        confirmed=confirmed,
        shown=confirmed,
        owned=np.array([7]),
        taken=np.full(3, 9000.0),
        births=np.array([[7, 100]]),
    )
    copied = with_copies(library, np.array([2]), taken=np.array([-9000.0]))
    assert propose(copied).person.tolist() == [7, 7, 7, -1]


@settings(max_examples=examples(30), deadline=None)
@given(seeds)
def test_a_backup_of_some_photos_changes_no_group(seed: int) -> None:
    snapshot, _ = random_library(seed)
    snapshot = replace(snapshot, births=np.zeros((0, 2), np.int64))
    photos = np.unique(snapshot.photo_ids)[::2]
    library = with_copies(snapshot, photos)
    n = len(snapshot.face_ids)
    before, after = propose(snapshot), propose(library)
    # Ids that were shown nowhere are given in the order of faces, so only known ones compare.
    assert same_partition(after.person[:n], before.person)
    assert np.array_equal(after.person[:n] >= 0, before.person >= 0)
    engine = Engine()
    engine.propose(snapshot)
    same(engine.propose(library), after)
    again = propose(accepted(library, after))
    assert same_partition(again.person, after.person)


@pytest.mark.parametrize("d", [128, 512])
def test_a_backup_moves_no_threshold(d: int) -> None:
    snapshot, _ = synthetic(1200, d, 5)
    once = propose(snapshot)
    twice = propose(with_copies(snapshot, np.unique(snapshot.photo_ids)[::3]))
    assert replace(twice.thresholds, n=0) == replace(once.thresholds, n=0)


def test_a_copy_of_what_was_confirmed_as_two_people_is_surely_neither() -> None:
    rows = people(
        *[(0, 1, 2, each) for each in (3, 4, 5)], *[(8, 9, 10, each) for each in (11, 12)]
    )
    confirmed = np.array([7, 7, 7, 9, 9])
    library = make_snapshot(rows, confirmed=confirmed, shown=confirmed, owned=np.array([7, 9]))
    nine = np.array([9])
    library = with_copies(library, np.array([0]), confirmed=nine, shown=nine)
    more = np.array([200_000])
    found = propose(with_copies(library, np.array([0]), face_ids=more, photo_ids=more))
    assert not found.sure[-1]
