"""Look-alikes in a group by a link or two stay two people; the years of one life stay one."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.engine import Engine, propose

from .libraries import look_alikes, make_snapshot, part, same, unit


def linked(*, between: float) -> np.ndarray:
    """A person with 60 photos, 12 of another, and one link between them below the floor."""
    one, other = look_alikes(60, 12, between=between, d=512)
    other[0] = unit(other[:1] + 0.25 * one[:1])[0]
    assert 0.45 < float(other[0] @ one[0]) < 0.70
    return np.concatenate([one, other])


def test_brothers_who_meet_in_one_photo_stay_two_and_are_asked_about() -> None:
    library = make_snapshot(linked(between=0.40))
    proposal = propose(library)
    person = proposal.person
    assert len(set(person[:60].tolist())) == 1 and len(set(person[60:].tolist())) == 1
    assert person[0] != person[60] and (person != -1).all()
    asked = [{question.a, question.b} for question in proposal.questions]
    assert asked == [{int(person[0]), int(person[60])}]
    # A few at a time, the same.
    engine = Engine()
    engine.propose(part(library, np.arange(66)))
    same(engine.propose(library), proposal)


def test_confirmed_faces_of_one_person_are_never_divided() -> None:
    confirmed = np.full(72, -1)
    confirmed[[0, 60]] = 7
    library = make_snapshot(
        linked(between=0.40), confirmed=confirmed, shown=confirmed, owned=np.array([7])
    )
    assert (propose(library).person == 7).all()


def test_a_child_who_grows_up_stays_one() -> None:
    """Each age is like the next, below the floor; the first is hardly like the last."""
    random = np.random.default_rng(3)
    axes = np.linalg.qr(random.normal(size=(2048, 2)))[0].T
    angle = 0.66 * np.arange(3).repeat(10)[:, None]
    middle = np.cos(angle) * axes[0] + np.sin(angle) * axes[1]
    noise = unit(random.normal(size=(len(angle), 2048)))
    rows = unit(np.sqrt(0.68) * middle + np.sqrt(0.32) * noise)
    between = rows[:10] @ rows[10:].T
    assert 0.50 < between[:, :10].max() < 0.60 and between[:, -10:].max() < 0.30
    assert propose(make_snapshot(rows)).person.tolist() == [-2] * len(rows)
