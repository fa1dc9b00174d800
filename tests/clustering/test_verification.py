"""Which suggested faces nobody is asked about, and which a doubt of any kind keeps in question."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facesorter.clustering.engine import Engine, propose
from facesorter.clustering.proposal import Snapshot
from facesorter.clustering.verification import BESIDE_MARGIN, LEAST_CONFIRMED, RIVAL_MARGIN, SURE

from .libraries import FROZEN, crowded, make_snapshot, part, same, unit

ANNA, BELLA = 1, 2
D = 64
BAR = FROZEN.floor + SURE * (1 - FROZEN.floor)
FIRST, NEW = slice(0, 6), slice(6, 12)
"""Faces confirmed as Anna, and others of hers."""


def library(likeness: float = 0.8, seed: int = 1, **fields: object) -> Snapshot:
    """Twelve faces of Anna at about this cosine from each other, half confirmed; 40 strangers."""
    random = np.random.default_rng(seed)
    own = np.zeros((12, D))
    own[:, 0] = np.sqrt(likeness)
    own += np.sqrt(1 - likeness) * unit(random.normal(size=(12, D)))
    rows = unit(np.concatenate([own, random.normal(size=(40, D))]))
    given = {"confirmed": confirmed(len(rows)), "owned": np.array([ANNA])} | fields
    return make_snapshot(rows, shown=given["confirmed"], **given)


def confirmed(n: int, first: slice = FIRST) -> np.ndarray:
    result = np.full(n, -1)
    result[first] = ANNA
    return result


def with_face(snapshot: Snapshot, likeness: float) -> Snapshot:
    """Give Anna's last face this cosine to the mean of the confirmed ones."""
    rows = np.asarray(snapshot.embeddings).copy()
    mean = unit(rows[FIRST].mean(axis=0, keepdims=True))[0]
    across = rows[11] - (rows[11] @ mean) * mean
    rows[11] = likeness * mean + np.sqrt(1 - likeness**2) * across / np.linalg.norm(across)
    return replace(snapshot, embeddings=rows)


def sure(snapshot: Snapshot) -> np.ndarray:
    return propose(snapshot).sure


def test_faces_like_the_confirmed_ones_are_sure_and_strangers_are_not() -> None:
    found = propose(library())
    assert found.sure[NEW].all()
    assert (found.person[NEW] == ANNA).all()
    assert not found.sure[FIRST].any(), "confirmed faces are more than sure"
    assert not found.sure[12:].any()


@pytest.mark.parametrize(("above", "expected"), [(0.01, True), (-0.01, False)])
def test_the_bar_stands_between_the_floor_and_one(above: float, expected: bool) -> None:
    snapshot = with_face(library(), BAR + above)
    found = propose(snapshot)
    assert found.person[11] == ANNA, "suggested either way"
    assert found.sure[11] == expected


def test_few_confirmed_faces_say_nothing_for_sure() -> None:
    for count in (LEAST_CONFIRMED - 1, LEAST_CONFIRMED):
        snapshot = library(confirmed=confirmed(52, slice(0, count)))
        assert sure(snapshot)[NEW].all() == (count == LEAST_CONFIRMED)


def test_unnamed_groups_have_no_sure_faces() -> None:
    snapshot = library(confirmed=np.full(52, -1), owned=np.zeros(0, np.int64))
    found = propose(snapshot)
    assert (found.person[NEW] <= -2).all() and not found.sure.any()


def test_what_the_user_said_about_a_face_keeps_it_in_question() -> None:
    snapshot = library()
    rejected = np.array([[snapshot.face_ids[6], BELLA]])
    snapshot = replace(snapshot, rejections=rejected, unsure=snapshot.face_ids[7:8])
    found = propose(snapshot)
    assert (found.person[6:8] == ANNA).all()
    assert found.sure[6:12].tolist() == [False, False, True, True, True, True]


def test_poor_faces_are_never_sure_and_never_teach() -> None:
    snapshot = library()
    quality = snapshot.quality.copy()
    quality[6] = 0.3
    assert sure(replace(snapshot, quality=quality))[NEW].tolist() == [False] + 5 * [True]
    quality[FIRST] = 0.3
    assert not sure(replace(snapshot, quality=quality)).any()


def test_machine_made_members_never_make_others_sure() -> None:
    """A chain that leads away from the confirmed faces stays in question, however long it waits."""
    angles = np.concatenate([np.zeros(6), np.linspace(0.1, 1.2, 30)])
    rows = np.zeros((36, D))
    rows[:, 0], rows[:, 1] = np.cos(angles), np.sin(angles)
    rows[:6, 2:] = 0.1 * np.random.default_rng(1).normal(size=(6, D - 2))
    who = confirmed(36)
    snapshot = make_snapshot(unit(rows), confirmed=who, shown=who, owned=np.array([ANNA]))
    first = propose(snapshot)
    assert first.person[-1] == ANNA and first.sure[6] and not first.sure[-1]
    again = propose(replace(snapshot, shown=first.person))
    assert np.array_equal(first.sure, again.sure)


def test_who_stands_beside_the_person_raises_the_bar() -> None:
    """A sister who is in the photos that show both is surely not Anna; one in a mirror may be."""
    snapshot = with_face(library(), BAR + 0.02)
    rows, photos = np.asarray(snapshot.embeddings).copy(), snapshot.photo_ids.copy()
    mean = unit(rows[FIRST].mean(axis=0, keepdims=True))[0]
    for beside, face in ((12, 0), (13, 1), (14, 2)):
        across = rows[beside] - (rows[beside] @ mean) * mean
        like = BAR + 0.02 - BESIDE_MARGIN + 0.01
        rows[beside] = like * mean + np.sqrt(1 - like**2) * across / np.linalg.norm(across)
        photos[beside] = photos[face]
        refused = np.stack([snapshot.face_ids[12 : beside + 1], np.full(beside - 11, ANNA)], axis=1)
        found = propose(replace(snapshot, embeddings=rows, photo_ids=photos, rejections=refused))
        assert found.person[beside] != ANNA and found.person[11] == ANNA
        # One is odd and may be Anna herself, of two the second counts.
        assert found.sure[11] == (beside == 12)


def test_a_face_near_somebody_else_is_asked_about() -> None:
    snapshot = library(likeness=0.9)
    rows, who = np.asarray(snapshot.embeddings).copy(), snapshot.confirmed.copy()
    random = np.random.default_rng(3)
    own = float(rows[11] @ unit(rows[FIRST].mean(axis=0, keepdims=True))[0])
    like = own - RIVAL_MARGIN + 0.005
    side = random.normal(size=D)
    side -= (side @ rows[11]) * rows[11]
    rows[12:18] = like * rows[11] + np.sqrt(1 - like**2) * side / np.linalg.norm(side)
    rows[12:18] += 0.002 * random.normal(size=(6, D))
    who[12:18] = BELLA
    snapshot = replace(
        snapshot,
        embeddings=unit(rows),
        confirmed=who,
        shown=who,
        owned=np.array([ANNA, BELLA]),
    )
    found = propose(snapshot)
    assert found.person[11] == ANNA
    assert found.sure[NEW].tolist() == 5 * [True] + [False]


def test_stated_twins_are_told_apart_or_asked_about() -> None:
    snapshot = library(alike=np.array([[ANNA, BELLA]]))
    assert not sure(snapshot).any(), "nothing is known of Bella"
    who = snapshot.confirmed.copy()
    rows = np.asarray(snapshot.embeddings).copy()
    rows[12:18] = unit(np.eye(D)[[1] * 6] + 0.05 * np.random.default_rng(2).normal(size=(6, D)))
    who[12:18] = BELLA
    apart = replace(
        snapshot, embeddings=rows, confirmed=who, shown=who, owned=np.array([ANNA, BELLA])
    )
    assert sure(apart)[NEW].all(), "the two look quite different"


def test_it_is_stricter_with_children() -> None:
    snapshot = with_face(library(taken=np.full(52, 9_000.0)), BAR + 0.02)
    for born, expected in ((9_000 - 30 * 365, True), (9_000 - 8 * 365, False)):
        found = propose(replace(snapshot, births=np.array([[ANNA, born]])))
        assert found.person[11] == ANNA and found.sure[11] == expected
        assert found.sure[6:11].all(), "what is plain stays plain"


def test_a_group_with_many_doubtful_faces_is_judged_more_strictly() -> None:
    """A look-alike whom nobody named fills a person's group with faces below the bar."""
    plain = with_face(library(), BAR + 0.02)
    assert sure(plain)[11]
    rows = np.asarray(plain.embeddings).copy()
    mean = unit(rows[FIRST].mean(axis=0, keepdims=True))[0]
    random = np.random.default_rng(5)
    side = random.normal(size=D)
    side -= (side @ mean) * mean
    like = BAR - 0.03
    rows[12:20] = like * mean + np.sqrt(1 - like**2) * side / np.linalg.norm(side)
    rows[12:20] += 0.01 * random.normal(size=(8, D))
    found = propose(replace(plain, embeddings=unit(rows)))
    assert (found.person[12:20] == ANNA).all() and not found.sure[12:20].any()
    assert not found.sure[11] and found.sure[6:10].any()


def test_strangers_of_a_crowd_are_hardly_ever_sure() -> None:
    """In a library with many look-alikes, as children are, at most one in 1,000 is wrong."""
    snapshot, truth, _ = crowded(3000)
    who = np.full(len(truth), -1)
    random = np.random.default_rng(1)
    for person in np.flatnonzero(np.bincount(truth) >= 12).tolist():
        who[random.choice(np.flatnonzero(truth == person), 6, replace=False)] = person
    found = propose(replace(snapshot, confirmed=who, shown=who, owned=np.unique(who[who >= 0])))
    wrong = found.sure & (found.person != truth)
    assert found.sure.sum() > 200 and wrong.sum() <= found.sure.sum() / 1000


def test_a_refresh_is_as_sure_as_a_recompute() -> None:
    whole = with_face(library(), BAR + 0.01)
    engine = Engine()
    for there in (np.arange(52) % 5 != 0, np.arange(52) % 3 != 0, np.ones(52, bool)):
        now = part(whole, np.flatnonzero(there))
        same(engine.propose(now), propose(now))
