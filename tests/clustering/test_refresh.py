"""What a refresh promises, on random libraries and on ones where the right answer is known."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facesorter.app.evaluation import metrics
from facesorter.cancel import Cancelled, CancelToken
from facesorter.clustering.collages import ALONE, ALSO
from facesorter.clustering.compiled import UNCOMPILED, uses_machine_code
from facesorter.clustering.engine import propose
from facesorter.clustering.proposal import Proposal, Snapshot
from tests.support.examples import examples

from .libraries import (
    FROZEN,
    accepted,
    crowded,
    machine_code,
    make_snapshot,
    people,
    random_library,
    reordered,
    same_partition,
    synthetic,
    unit,
)

seeds = st.integers(0, 2**32 - 1)
grids = st.sampled_from([0, 1, 2])
thorough = settings(max_examples=examples(60), deadline=None)


def check(snapshot: Snapshot, proposal: Proposal) -> None:
    """Every promise that holds for any library."""
    person, confirmed = proposal.person, snapshot.confirmed
    assert np.array_equal(proposal.face_ids, snapshot.face_ids)
    held = confirmed >= 0
    assert np.array_equal(person[held], confirmed[held]), "a confirmed face left its person"
    where = {int(face): i for i, face in enumerate(snapshot.face_ids.tolist())}
    for face, other in snapshot.rejections.tolist():
        row = where[face]
        assert confirmed[row] == other or person[row] != other, "a rejected face came back"
    for other, born in snapshot.births.tolist():
        early = snapshot.taken < born
        assert not (early & (person == other) & ~held).any(), "a face from before the birth"
    known = set(snapshot.shown.tolist()) | set(confirmed.tolist()) | {-1}
    assert set(person[person >= 0].tolist()) <= known, "an id out of nowhere"
    numbers, size = np.unique(person[person != -1], return_counts=True)
    for number in numbers[size == 1].tolist():
        assert held[person == number].all(), "a group of one face that nobody confirmed"
    # One face of a photo per person, unless the same picture twice, confirmed, or a person whom
    # several other photos show.
    for number in numbers.tolist():
        members = np.flatnonzero(person == number)
        for photo in np.unique(snapshot.photo_ids[members]):
            faces = members[snapshot.photo_ids[members] == photo]
            for face in faces[~held[faces]].tolist():
                others = faces[faces != face]
                if len(others):
                    cosines = snapshot.embeddings[others] @ snapshot.embeddings[face]
                    alike = cosines.max() >= 0.80 - 1 / 4096
                    assert alike or witnesses(snapshot, face, others) >= ALONE, "twice in a photo"
    assert np.isfinite(proposal.similarity).all()
    assert (proposal.similarity[person == -1] == 0).all()


def witnesses(snapshot: Snapshot, face: int, others: np.ndarray) -> int:
    """Most other photos that are near to both a face and another of its photo."""
    ceiling = FROZEN.ceiling
    near = snapshot.embeddings @ snapshot.embeddings[[face, *others]].T
    near = near >= ceiling + ALSO * (1 - ceiling) - 1 / 4096
    apart = snapshot.photo_ids != snapshot.photo_ids[face]
    return max(
        len(np.unique(snapshot.photo_ids[apart & near[:, 0] & near[:, at]]))
        for at in range(1, len(others) + 1)
    )


@thorough
@given(seeds, grids)
def test_no_constraint_is_ever_broken(seed: int, grid: int) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    check(snapshot, propose(snapshot))


@thorough
@given(seeds, grids)
def test_proposing_again_changes_nothing(seed: int, grid: int) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    once = accepted(snapshot, propose(snapshot))
    again = propose(once)
    assert np.array_equal(again.person, once.shown)


@thorough
@given(seeds, grids)
def test_the_order_of_arrival_does_not_matter(seed: int, grid: int) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    order = np.random.default_rng(seed + 1).permutation(len(snapshot.face_ids))
    straight, shuffled = propose(snapshot), propose(reordered(snapshot, order))
    assert same_partition(straight.person[order], shuffled.person)
    ids = straight.person[order]
    assert np.array_equal(np.where(ids >= 0, ids, -1), np.where(shuffled.person >= 0, ids, -1))
    assert straight.thresholds == shuffled.thresholds


@thorough
@given(seeds)
def test_a_face_far_from_all_others_changes_nothing(seed: int) -> None:
    snapshot, _ = random_library(seed)
    n, d = snapshot.embeddings.shape
    wider = np.zeros((n + 1, d + 1), np.float32)
    wider[:n, :d], wider[n, d] = snapshot.embeddings, 1
    before = propose(replace(snapshot, embeddings=wider[:n]))
    fields = {
        name: np.append(getattr(snapshot, name), value)
        for name, value in (
            ("face_ids", 99_999),
            ("photo_ids", 99_999),
            ("quality", np.float32(0.9)),
            ("taken", np.nan),
            ("confirmed", -1),
            ("shown", -1),
        )
    }
    after = propose(replace(snapshot, embeddings=wider, **fields))
    assert np.array_equal(after.person[:n], before.person)
    assert after.person[n] == -1


def test_two_photos_of_one_person_are_a_group() -> None:
    proposal = propose(make_snapshot(people((0, 1, 2, 3), (0, 1, 2, 4), (8,))))
    assert proposal.person.tolist() == [-2, -2, -1]
    assert proposal.similarity[:2] == pytest.approx([0.75, 0.75], abs=1e-3)


def test_a_named_person_receives_its_like_and_keeps_its_id() -> None:
    faces = people((0, 1, 2, 3), (0, 1, 2, 4), (0, 1, 2, 5))
    confirmed = np.array([7, -1, -1])
    proposal = propose(make_snapshot(faces, confirmed=confirmed, shown=confirmed))
    assert proposal.person.tolist() == [7, 7, 7]


def test_two_named_persons_never_join_however_alike() -> None:
    faces = people((0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3))
    confirmed = np.array([7, -1, 8, -1])
    proposal = propose(make_snapshot(faces, confirmed=confirmed, shown=confirmed))
    assert proposal.person[0] == 7 and proposal.person[2] == 8


def alike(cosines: np.ndarray) -> np.ndarray:
    """Faces with just these cosines."""
    return unit(np.linalg.cholesky(cosines + 1e-9 * np.eye(len(cosines))))


def test_three_who_are_all_a_little_alike_are_a_group_and_two_are_not() -> None:
    three, two = np.full((3, 3), 0.42), np.full((2, 2), 0.42)
    np.fill_diagonal(three, 1)
    np.fill_diagonal(two, 1)
    assert propose(make_snapshot(alike(three))).person.tolist() == [-2, -2, -2]
    assert propose(make_snapshot(alike(two))).person.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("others", "joins"), [((0.47, 0.35, 0.35), False), ((0.47, 0.45, 0.35), True)]
)
def test_who_is_like_one_of_a_group_must_not_be_unlike_the_rest(
    others: tuple[float, ...], joins: bool
) -> None:
    cosines = np.full((5, 5), 0.7)
    cosines[4, :3] = cosines[:3, 4] = others
    cosines[4, 3] = cosines[3, 4] = 0.33
    np.fill_diagonal(cosines, 1)
    person = propose(make_snapshot(alike(cosines))).person.tolist()
    assert person == [-2, -2, -2, -2, -2 if joins else -1]


def test_an_unnamed_group_keeps_its_id_and_the_older_wins_a_tie() -> None:
    faces = people((0, 1, 2, 3), (0, 1, 2, 4), (0, 1, 2, 5), (0, 1, 2, 6))
    proposal = propose(make_snapshot(faces, shown=np.array([41, 41, 12, 12])))
    assert proposal.person.tolist() == [12, 12, 12, 12]


def test_two_faces_of_one_photo_are_two_people() -> None:
    faces = people((0, 1, 2, 3), (0, 1, 2, 4))
    proposal = propose(make_snapshot(faces, photo_ids=np.array([1, 1])))
    assert proposal.person.tolist() == [-1, -1]


def test_the_same_picture_twice_in_one_photo_may_be_one_person() -> None:
    faces = people((0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4, 6))
    proposal = propose(make_snapshot(faces, photo_ids=np.array([1, 1])))
    assert proposal.person.tolist() == [-2, -2]


def test_poor_faces_form_no_group_but_may_join_one() -> None:
    faces = people((0, 1, 2, 3), (0, 1, 2, 4), (0, 1, 2, 5), (8, 9), (8, 9))
    quality = np.array([0.9, 0.9, 0.01, 0.01, 0.01], np.float32)
    proposal = propose(make_snapshot(faces, quality=quality))
    assert proposal.person.tolist() == [-2, -2, -2, -1, -1]


def test_rejected_faces_of_one_person_form_a_group_of_their_own() -> None:
    faces = people(*[(0, 1, 2, 3, 4, 5 + at) for at in range(6)])
    confirmed = np.array([7, 7, 7, -1, -1, -1])
    ids = np.arange(100, 106)
    rejections = np.stack([ids[3:], np.full(3, 7)], axis=1)
    proposal = propose(
        make_snapshot(faces, confirmed=confirmed, shown=confirmed, rejections=rejections)
    )
    assert proposal.person.tolist() == [7, 7, 7, -2, -2, -2]


def test_faces_from_before_a_birth_are_somebody_else() -> None:
    faces = people(*[(0, 1, 2, 3)] * 5)
    confirmed = np.array([7, 7, -1, -1, -1])
    taken = np.array([5000.0, 6000, 5500, 900, np.nan])
    births = np.array([[7, 4000]])
    library = make_snapshot(faces, confirmed=confirmed, shown=confirmed, taken=taken)
    assert propose(library).person.tolist() == [7, 7, 7, 7, 7]
    assert propose(replace(library, births=births)).person.tolist() == [7, 7, 7, -1, 7]


def born_in_1970(cosines: np.ndarray, years: list[int]) -> Snapshot:
    """Three confirmed photos of a man born in 1970, and others of some years."""
    confirmed = np.r_[np.full(3, 7), np.full(len(years), -1)]
    taken = (np.array([2000, 2001, 2002, *years]) - 1970) * 365.25
    return make_snapshot(
        alike(cosines),
        confirmed=confirmed,
        shown=confirmed,
        taken=taken,
        owned=np.array([7]),
        births=np.array([[7, 0]]),
    )


@pytest.mark.parametrize("near", [0.55, 0.65])
def test_a_wrong_date_bars_no_photo_that_looks_like_it(near: float) -> None:
    cosines = np.full((5, 5), 0.7)
    cosines[3:, :3] = cosines[:3, 3:] = near
    cosines[3, 4] = cosines[4, 3] = near + 0.03  # the misdated one is nearer than the man
    np.fill_diagonal(cosines, 1)
    assert propose(born_in_1970(cosines, [2003, 1912])).person.tolist() == [7, 7, 7, 7, -1]
    assert propose(born_in_1970(cosines, [1912, 2003])).person.tolist() == [7, 7, 7, -1, 7]


def test_a_forebear_whose_photos_are_mostly_older_stays_one() -> None:
    cosines = np.full((7, 7), 0.58)
    cosines[:3, :3] = 0.7
    cosines[3:, :3] = cosines[:3, 3:] = 0.47
    np.fill_diagonal(cosines, 1)
    found = propose(born_in_1970(cosines, [1950, 1955, 1960, 1985])).person.tolist()
    assert found == [7, 7, 7, -2, -2, -2, -2]


def test_twins_get_no_face_that_could_be_either() -> None:
    faces = people(
        (0, 1, 2, 3), (0, 1, 2, 4), (0, 1, 5, 6), (0, 1, 5, 7), (0, 1, 2, 5), (0, 1, 2, 3)
    )
    confirmed = np.array([7, 7, 8, 8, -1, -1])
    library = make_snapshot(faces, confirmed=confirmed, shown=confirmed)
    assert propose(library).person[4] in (7, 8)
    apart = propose(replace(library, alike=np.array([[7, 8]])))
    assert apart.person.tolist() == [7, 7, 8, 8, -1, 7]


def test_no_faces_and_one_face() -> None:
    assert len(propose(make_snapshot(np.zeros((0, 128), np.float32), thresholds=None)).person) == 0
    assert propose(make_snapshot(people((0,)), thresholds=None)).person.tolist() == [-1]


def test_a_cancelled_refresh_stops() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        propose(make_snapshot(people((0,), (1,))), token)


def test_thresholds_only_rise_and_only_when_the_library_grew() -> None:
    snapshot, _ = synthetic(1500, 128, 3)
    first = propose(snapshot).thresholds
    kept = propose(replace(snapshot, thresholds=first)).thresholds
    assert kept == first
    small = replace(first, n=100, ceiling=0.2, floor=first.floor + 0.1)
    risen = propose(replace(snapshot, thresholds=small)).thresholds
    assert risen.ceiling == pytest.approx(first.ceiling)
    assert risen.floor == pytest.approx(small.floor, abs=1e-3)


@pytest.mark.parametrize(
    ("n", "d", "seed"), [(1500, 128, 4), (1500, 512, 4), (3000, 128, 3), (3000, 512, 8)]
)
def test_a_library_once_grouped_stays_as_it_is(n: int, d: int, seed: int) -> None:
    """In another process too, which knows nothing but the thresholds."""
    snapshot, _ = synthetic(n, d, seed)
    once = accepted(snapshot, propose(snapshot))
    again = propose(once)
    assert np.array_equal(again.person, once.shown)
    assert again.thresholds == once.thresholds


def scores(snapshot: Snapshot, truth: np.ndarray) -> tuple[metrics.Score, metrics.Score]:
    person = propose(snapshot).person
    label = np.where(person == -1, -1, np.unique(person, return_inverse=True)[1])
    return metrics.bcubed(truth, label), metrics.pairwise(truth, label)


def test_a_synthetic_library_of_3000_faces_is_grouped_well() -> None:
    bcubed, pairwise = scores(*synthetic(3000, 512, 7))
    assert bcubed.f >= 0.945
    assert pairwise.f >= 0.94


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 8, 9, 10])
def test_synthetic_libraries_meet_the_target_table(seed: int) -> None:
    bcubed, pairwise = scores(*synthetic(10_000, 512, seed))
    assert bcubed.f >= 0.953
    assert pairwise.f >= 0.955


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 8, 9, 10])
def test_the_harder_model_meets_the_target_table(seed: int) -> None:
    bcubed, pairwise = scores(*synthetic(10_000, 128, seed))
    assert bcubed.f >= 0.92
    assert pairwise.f >= 0.90


def longest_hold(snapshot: Snapshot) -> float:
    """Seconds for which another thread could not run while the library was grouped."""
    longest, running = 0.0, True

    def watch() -> None:
        nonlocal longest
        last = time.perf_counter()
        while running:
            time.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    watcher = threading.Thread(target=watch)
    watcher.start()
    propose(snapshot)
    running = False
    watcher.join()
    return longest


def test_the_interpreter_is_never_held_long() -> None:
    snapshot, _ = synthetic(6000, 128, 5)
    # Another program may keep the processors busy once; a call that holds the lock always does.
    assert any(longest_hold(snapshot) < 0.1 for _ in range(5))


def test_nor_is_it_by_a_library_that_is_grouped_uncompiled() -> None:
    snapshot, _, _ = crowded(UNCOMPILED, 512)
    with machine_code(False):
        assert any(longest_hold(snapshot) < 0.1 for _ in range(5))
        assert not uses_machine_code()


def twins(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two people as alike as their own photos, and the photos that they are on, often together."""
    random = np.random.default_rng(seed)
    d, each, together = 32, 30, 12
    common, a, b = np.linalg.qr(random.normal(size=(d, 3)))[0].T
    truth = np.repeat([0, 1], each)
    people = np.stack([common + 0.25 * a, common + 0.25 * b])[truth]
    rows = unit(people + 0.7 * unit(random.normal(size=(2 * each, d))))
    alone = 1000 + np.arange(each - together)
    photos = np.concatenate([np.arange(together), alone, np.arange(together), 100 + alone])
    return rows, truth, photos


@pytest.mark.parametrize("seed", range(5))
def test_twins_are_never_twice_on_a_photo_and_what_was_said_stays(seed: int) -> None:
    rows, truth, photos = twins(seed)
    random = np.random.default_rng(seed)
    snapshot = make_snapshot(rows, photo_ids=photos)
    check(snapshot, propose(snapshot))
    # The user names both, and corrects a few faces that the machine mixed up.
    confirmed = np.where(np.isin(np.arange(len(truth)) % 30, (0, 1, 2)), truth + 7, -1)
    snapshot = replace(snapshot, confirmed=confirmed, shown=confirmed, owned=np.array([7, 8]))
    for _ in range(4):
        proposal = propose(snapshot)
        check(snapshot, proposal)
        assert not any({q.a, q.b} == {7, 8} for q in proposal.questions)
        snapshot = accepted(snapshot, proposal)
        wrong = np.flatnonzero((snapshot.shown >= 7) & (snapshot.shown != truth + 7))
        wrong = wrong[snapshot.shown[wrong] <= 8]
        some = wrong[random.random(len(wrong)) < 0.5]
        rejected = np.stack([snapshot.face_ids[some], snapshot.shown[some]], axis=1)
        snapshot = replace(snapshot, rejections=np.concatenate([snapshot.rejections, rejected]))
