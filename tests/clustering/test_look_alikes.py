"""Brothers stay two and are asked about; one person's years stay one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facesorter.clustering.engine import propose
from facesorter.clustering.proposal import Snapshot, Thresholds

from .libraries import look_alikes, make_snapshot, unit

FOUND = Thresholds(0.45, 0.62, 0.50, 0.48, 0)


def brothers(*, between: float = 0.45, few: int = 12) -> Snapshot:
    """Somebody with 300 photos, and a few of a brother, one of which looks like him."""
    many, rest = look_alikes(300, few, between=between)
    rest[0] = unit(0.22 * many[:1] + 0.75 * rest[:1])[0]
    assert (many @ rest[0]).max() > FOUND.floor
    rows = np.concatenate([many, rest])
    return make_snapshot(rows, thresholds=replace(FOUND, n=len(rows)))


def groups(person: np.ndarray) -> tuple[int, int]:
    """Who most of the many, and most of the few, are with."""
    many, few = person[:300], person[300:]
    return tuple(
        int(np.unique(p)[np.unique(p, return_counts=True)[1].argmax()]) for p in (many, few)
    )


def test_a_brother_with_few_photos_stays_apart_and_is_asked_about() -> None:
    found = propose(brothers())
    one, other = groups(found.person)
    assert one != other and one != -1 != other
    assert (found.person[301:] == other).all() and (found.person[:300] == one).all()
    assert {one, other} in [{each.a, each.b} for each in found.questions]


def test_a_named_person_does_not_take_the_brother_in() -> None:
    snapshot = brothers()
    confirmed = np.where(np.arange(312) < 50, 7, -1)
    found = propose(replace(snapshot, confirmed=confirmed, shown=confirmed, owned=np.array([7])))
    one, other = groups(found.person)
    assert one == 7 and other not in (-1, 7)
    assert {one, other} in [{each.a, each.b} for each in found.questions]


@pytest.mark.parametrize(("between", "few"), [(0.58, 12), (0.45, 3)])
def test_what_is_hardly_apart_or_hardly_there_is_one_group(between: float, few: int) -> None:
    one, other = groups(propose(brothers(between=between, few=few)).person)
    assert one == other != -1


def test_faces_confirmed_as_one_person_stay_together() -> None:
    snapshot = brothers()
    confirmed = np.full(312, 7)
    found = propose(replace(snapshot, confirmed=confirmed, shown=confirmed, owned=np.array([7])))
    assert (found.person == 7).all()


def test_years_that_run_into_each_other_are_one_person() -> None:
    # Sixty years of a life: near years are alike, the first and the last are strangers.
    random = np.random.default_rng(3)
    axes = np.linalg.qr(random.standard_normal((128, 2)))[0].T
    angle = np.linspace(0, 1.3, 360)[:, None]
    rows = np.sqrt(0.7) * (np.cos(angle) * axes[0] + np.sin(angle) * axes[1])
    rows = unit(rows + np.sqrt(0.3 / 128) * random.standard_normal((360, 128)))
    found = propose(make_snapshot(rows, thresholds=replace(FOUND, n=360)))
    assert len(np.unique(found.person)) == 1
