"""Where everybody looks alike people must not run together, and nobody else may suffer for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facesorter.app.evaluation import metrics
from facesorter.clustering import normalisation
from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import Snapshot

from .libraries import crowded


def grouped(engine: Engine, snapshot: Snapshot) -> np.ndarray:
    person = engine.propose(snapshot).person
    return np.where(person == -1, -1, np.unique(person, return_inverse=True)[1])


def both(seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """Share of wrong companions of crowded faces: ours, and the plain engine's at equal recall."""
    snapshot, truth, crowd = crowded(seed=seed)
    engine = Engine()
    mine = grouped(engine, snapshot)
    thresholds = engine.propose(snapshot).thresholds
    ours, rest = (metrics.bcubed(truth[part], mine[part]) for part in (crowd, ~crowd))
    with monkeypatch.context() as patched:
        patched.setattr(normalisation, "STRENGTH", 0.0)
        plain_rest = metrics.bcubed(truth[~crowd], grouped(engine, snapshot)[~crowd])
        # The plain engine at the ceiling where it finds no more of the crowded than ours does.
        for above in np.arange(0.0, 0.15, 0.01):
            raised = replace(
                thresholds,
                ceiling=thresholds.ceiling + above,
                join=thresholds.join + above,
                attach=thresholds.attach + above,
            )
            label = grouped(engine, replace(snapshot, thresholds=raised))
            plain = metrics.bcubed(truth[crowd], label[crowd])
            if plain.recall <= ours.recall:
                break
    assert rest.f >= plain_rest.f - 0.002
    return 1 - ours.precision, 1 - plain.precision


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_crowded_cap_has_a_third_of_the_wrong_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, plain = np.array([both(seed, monkeypatch) for seed in range(1, 9)]).T
    assert ours.sum() <= 0.25 * plain.sum()
    # In the worst library too, but for the few faces that a step of the plain one's ceiling moves.
    assert (ours <= plain / 3 + 0.002).all()
