"""The simulated user ends where everybody is complete, and is charged for what was done."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.app.evaluation import simulated_user
from facesorter.app.evaluation.simulated_user import arrivals, complete, decisions_on
from facesorter.clustering.proposal import Snapshot
from tests.clustering.libraries import make_snapshot, people, synthetic, unit

ALIKE = ((0, 1, 2, 3), (0, 1, 2, 4), (0, 1, 2, 5), (0, 1, 2, 6))
OTHER = ((8, 9, 10, 11), (8, 9, 10, 12), (8, 9, 10, 13))


def test_groups_that_stay_as_they_are() -> None:
    truth = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3])
    # Everybody in a group of their own: one name for each of the two with three photos.
    assert decisions_on(truth, np.array([0, 0, 0, 1, 1, 1, 2, 2, -1])) == 2
    # Two names; one more group of the first person; a face of nobody's; a stranger among them.
    assert decisions_on(truth, np.array([0, 0, 5, 1, 1, 1, 2, 2, -1])) == 3
    assert decisions_on(truth, np.array([0, 0, -1, 1, 1, 1, 2, 2, -1])) == 3
    assert decisions_on(truth, np.array([0, 0, 0, 1, 1, 1, 2, 2, 1])) == 3
    # Nothing is grouped: every face of the two. Who has two photos is nobody's business.
    assert decisions_on(truth, np.full(9, -1)) == 6
    assert decisions_on(np.array([0, 0, 1]), np.array([0, 0, -1])) == 0
    # A face of somebody wanted among many strangers is fetched rather than the group named.
    assert decisions_on(np.array([0, 0, 0, 1, 2, 3]), np.array([0, 0, 1, 1, 1, 1])) == 2
    # A face that nobody knows costs nothing, wherever it is.
    assert decisions_on(np.array([0, 0, 0, -1]), np.array([0, 0, 0, 0])) == 1


def test_a_name_each_where_the_groups_are_right() -> None:
    done = complete(make_snapshot(people(*ALIKE, *OTHER, (15,))), np.array([0] * 4 + [1] * 3 + [2]))
    assert (done.named, done.total) == (2, 2)


def test_a_lone_face_costs_one_and_a_wrong_one_too() -> None:
    # The last of the first person looks like nobody; a stranger looks like the first person.
    faces = people(*ALIKE, (15,), (0, 1, 2, 7))
    done = complete(make_snapshot(faces), np.array([0] * 5 + [1]))
    assert (done.named, done.assigned, done.taken_out, done.total) == (1, 1, 1, 3)


def test_two_groups_of_one_person_are_merged() -> None:
    done = complete(make_snapshot(people(*ALIKE, *OTHER)), np.zeros(7, np.int64))
    assert (done.named, done.merged, done.total) == (1, 1, 2)


def test_a_mixed_group_is_taken_apart_at_once() -> None:
    random = np.random.default_rng(3)
    shared, a, b = np.linalg.qr(random.normal(size=(24, 3)))[0].T
    truth = np.repeat([0, 1], 12)
    centres = np.stack([shared + 0.5 * a, shared + 0.5 * b])[truth]
    rows = unit(centres + 0.3 * unit(random.normal(size=(24, 24))))
    snapshot = make_snapshot(rows)
    done = complete(snapshot, truth)
    # Both together are one group; the cut is right; the second part gets a name.
    assert (done.parted, done.named, done.taken_out) == (1, 2, 0)


@pytest.mark.parametrize(("d", "seed"), [(512, 3), (128, 4)])
def test_everybody_is_complete_and_right_in_the_end(
    d: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[simulated_user._User] = []
    start = simulated_user._User.__init__

    def watched(self: simulated_user._User, *args: object) -> None:
        start(self, *args)  # type: ignore[arg-type]
        ends.append(self)

    monkeypatch.setattr(simulated_user._User, "__init__", watched)
    snapshot, truth = synthetic(1500, d, seed)
    truth = np.unique(truth, return_inverse=True)[1]
    done = complete(snapshot, truth)
    (user,) = ends
    end: Snapshot = user.snapshot
    wanted = np.flatnonzero(np.bincount(truth) >= 3)
    assert set(user.home) == set(wanted.tolist())
    for person, home in user.home.items():
        assert np.array_equal(np.flatnonzero(end.shown == home), np.flatnonzero(truth == person))
    at_least = len(wanted)
    assert at_least <= done.total < decisions_on(truth, np.full(len(truth), -1))


def test_few_faces_that_come_later_are_put_with_a_wrong_name() -> None:
    snapshot, truth = synthetic(3000, 512, 5)
    found = arrivals(snapshot, np.unique(truth, return_inverse=True)[1])
    assert found.new > 1000
    assert found.right > 100
    assert 1000 * found.wrong <= 5 * found.new
