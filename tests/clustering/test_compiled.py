"""As machine code and as plain Python, the loops give the same results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import Proposal, Snapshot
from tests.clustering.libraries import accepted, crowded, machine_code, part, random_library
from tests.support.examples import examples


def life(snapshot: Snapshot) -> tuple[list[Proposal], dict[str, np.ndarray]]:
    """What a library that comes in two parts, is looked at and shrinks again is grouped into."""
    engine, found = Engine(), []
    n = len(snapshot.face_ids)
    for rows in (np.arange(n // 2), np.arange(n), np.arange(n)[np.arange(n) % 5 != 0]):
        now = part(snapshot, rows)
        if found:
            now = replace(now, thresholds=found[-1].thresholds)
        found.append(engine.propose(now))
        found.append(engine.propose(accepted(now, found[-1])))
    return found, engine.arrays()


def lives_equal(snapshot: Snapshot) -> None:
    """Uncompiled and compiled, everything is the same to the bit and of the same type."""
    with machine_code(False):
        plain, plain_arrays = life(snapshot)
    with machine_code(True):
        machine, machine_arrays = life(snapshot)
    for one, other in zip(plain, machine, strict=True):
        assert one.person.dtype == other.person.dtype
        assert one.person.tobytes() == other.person.tobytes()
        assert one.similarity.tobytes() == other.similarity.tobytes()
        assert (one.thresholds, one.questions) == (other.thresholds, other.questions)
    assert plain_arrays.keys() == machine_arrays.keys()
    for name, values in plain_arrays.items():
        assert values.dtype == machine_arrays[name].dtype
        assert values.tobytes() == machine_arrays[name].tobytes(), name


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2]), st.booleans())
def test_uncompiled_equals_compiled(seed: int, grid: int, calibrated: bool) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    lives_equal(replace(snapshot, thresholds=None) if calibrated else snapshot)


@pytest.mark.parametrize(("n", "d", "seed"), [(700, 128, 1), (300, 512, 2)])
def test_uncompiled_equals_compiled_in_a_crowded_library(n: int, d: int, seed: int) -> None:
    snapshot, truth, _ = crowded(n, d, seed)
    faces = np.arange(len(truth))
    confirmed = np.where((faces % 7 == 0) & (truth < 20), 10 + truth, -1)
    lives_equal(
        replace(
            snapshot,
            confirmed=confirmed,
            shown=np.where(faces % 3 == 0, 10 + truth, confirmed),
            owned=np.arange(10, 30),
            rejections=np.stack([snapshot.face_ids[1::11], 10 + truth[1::11]], axis=1),
            quality=np.where(faces % 13 == 0, 0.01, 0.9).astype(np.float32),
        )
    )
