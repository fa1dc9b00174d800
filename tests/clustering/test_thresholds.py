"""What a library's own faces say about the similarity that two of them need."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import Snapshot, Thresholds
from facesorter.clustering.thresholds import PAIR_ABOVE

from .libraries import make_snapshot, unit


def strangers_and_pairs(strangers: int, pairs: int, cosine: float, seed: int) -> Snapshot:
    """Faces of people seen once, and of people seen twice, alike by about ``cosine``."""
    random = np.random.default_rng(seed)
    people = unit(random.normal(size=(strangers + pairs, 128)))
    again = people[:pairs].astype(float)
    other = random.normal(size=again.shape)
    other -= (other * again).sum(axis=1, keepdims=True) * again
    alike = random.normal(cosine, 0.02, (pairs, 1))
    again = alike * again + np.sqrt(1 - alike**2) * unit(other)
    return make_snapshot(unit(np.vstack([people, again])), thresholds=None)


def found(snapshot: Snapshot) -> Thresholds:
    return Engine().propose(snapshot).thresholds


def test_pairs_beyond_what_strangers_account_for_need_no_more_than_the_ceiling() -> None:
    ceiling = found(strangers_and_pairs(3000, 0, 0.0, 1)).ceiling
    # Strangers alone: whatever lies above the ceiling is chance.
    without = found(strangers_and_pairs(3000, 0, 0.0, 2))
    assert np.isclose(without.attach - without.ceiling, PAIR_ABOVE[-1], atol=0.001)
    # A few pairs are no proof, hundreds are.
    few = found(strangers_and_pairs(3000, 10, ceiling + 0.015, 3))
    assert np.isclose(few.attach - few.ceiling, PAIR_ABOVE[-1], atol=0.001)
    snapshot = strangers_and_pairs(3000, 400, ceiling + 0.015, 4)
    many = found(snapshot)
    assert many.attach - many.ceiling < 0.001
    person = Engine().propose(snapshot).person
    right = (person[:400] != -1) & (person[:400] == person[3400:])
    assert right.mean() > 0.5


def test_what_pairs_need_does_not_fall_while_a_library_grows() -> None:
    ceiling = found(strangers_and_pairs(3000, 0, 0.0, 1)).ceiling
    snapshot = strangers_and_pairs(3000, 400, ceiling + 0.015, 4)
    fresh = found(snapshot)
    assert fresh.attach < fresh.ceiling + 0.02
    strict = Thresholds(fresh.ceiling, fresh.floor, fresh.join, fresh.ceiling + 0.03, 100)
    again = (
        Engine()
        .propose(make_snapshot(np.asarray(snapshot.embeddings), thresholds=strict))
        .thresholds
    )
    assert again.n == len(snapshot.face_ids)
    assert again.attach >= strict.attach
