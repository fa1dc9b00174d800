"""Places on the map: people together, the same each time, and staying where they were."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.cancel import Cancelled, CancelToken
from facesorter.clustering.engine import Engine
from facesorter.clustering.layout import lay_out, principal
from facesorter.clustering.neighbours import EMPTY, Likeness, Neighbours

from .libraries import make_snapshot, unit


def faces(people: int, each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    middle = random.normal(size=(people, 64))
    return unit(middle[person] + 0.5 * random.normal(size=(len(person), 64))), person


def likeness(vectors: np.ndarray) -> Likeness:
    engine = Engine()
    engine.propose(make_snapshot(vectors))
    found = engine.likeness()
    assert found is not None
    return found


def nearest(place: np.ndarray, count: int) -> np.ndarray:
    far = ((place[:, None] - place[None]) ** 2).sum(axis=2)
    np.fill_diagonal(far, np.inf)
    return np.argsort(far, axis=1)[:, :count]


def same_person(place: np.ndarray, person: np.ndarray, count: int) -> float:
    return float((person[nearest(place, count)] == person[:, None]).mean())


def test_people_are_islands() -> None:
    vectors, person = faces(60, 8)
    graph = likeness(vectors)
    place, room = lay_out(graph.neighbours, graph.vectors)
    assert place.shape == (480, 2) and np.isfinite(place).all()
    assert same_person(place, person, 5) > 0.97
    assert same_person(principal(vectors), person, 5) < 0.5
    # And each face has room, so that it can be seen and pressed.
    near = np.sqrt(((place - place[nearest(place, 1)[:, 0]]) ** 2).sum(axis=1))
    assert np.quantile(near, 0.1) > 0.5 * room


def test_the_same_faces_give_the_same_map() -> None:
    vectors, _ = faces(30, 6)
    graph = likeness(vectors)
    first, second = (lay_out(graph.neighbours, graph.vectors)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_the_map_stays_when_faces_come() -> None:
    vectors, person = faces(100, 10)
    new = np.random.default_rng(3).random(1000) < 0.01
    before = likeness(vectors[~new])
    earlier = np.full((1000, 2), np.nan)
    earlier[~new], room = lay_out(before.neighbours, before.vectors)
    graph = likeness(vectors)
    place, same_room = lay_out(graph.neighbours, graph.vectors, earlier, room)
    assert same_room == room
    moved = np.linalg.norm(place - earlier, axis=1)[~new]
    width = np.ptp(earlier[~new], axis=0).max()
    assert np.median(moved) < 0.01 * width
    # From nothing nobody would be where they were.
    anew, _ = lay_out(graph.neighbours, graph.vectors)
    assert np.median(np.linalg.norm(anew - earlier, axis=1)[~new]) > 3 * np.median(moved)
    # Who is new is among those they look like.
    assert (person[nearest(place, 5)[new]] == person[new][:, None]).mean() > 0.8


def test_nothing_moves_where_nobody_is_new() -> None:
    vectors, _ = faces(10, 5)
    graph = likeness(vectors)
    place, room = lay_out(graph.neighbours, graph.vectors)
    again, _ = lay_out(graph.neighbours, graph.vectors, place, room)
    assert np.array_equal(place, again)


def test_strangers_without_any_neighbour_are_placed_too() -> None:
    vectors = unit(np.random.default_rng(1).normal(size=(50, 128)))
    nobody = Neighbours(np.zeros((50, 32), np.int32), np.full((50, 32), EMPTY, np.int16))
    place, _ = lay_out(nobody, vectors)
    assert np.isfinite(place).all() and len(np.unique(place, axis=0)) == 50


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_hardly_any_faces(n: int) -> None:
    vectors = unit(np.eye(8)[:n] + 0.1)
    empty = Neighbours(np.zeros((n, 32), np.int32), np.full((n, 32), EMPTY, np.int16))
    place, room = lay_out(empty, vectors)
    assert place.shape == (n, 2) and np.isfinite(place).all() and room > 0


def test_copies_of_one_photo_do_not_fall_into_one() -> None:
    vectors = np.repeat(unit(np.random.default_rng(2).normal(size=(4, 64))), 20, axis=0)
    graph = likeness(vectors)
    place, _ = lay_out(graph.neighbours, graph.vectors)
    assert len(np.unique(place, axis=0)) == 80


def test_it_can_be_cancelled_and_says_how_far_it_is() -> None:
    vectors, _ = faces(30, 6)
    graph = likeness(vectors)
    token, shares = CancelToken(), []

    def progress(share: float) -> None:
        shares.append(share)
        if share > 0.3:
            token.cancel()

    with pytest.raises(Cancelled):
        lay_out(graph.neighbours, graph.vectors, token=token, progress=progress)
    assert shares == sorted(shares) and 0.3 < shares[-1] < 0.35


def test_likeness_is_by_face_id_and_outlives_the_next_proposal() -> None:
    vectors, person = faces(6, 5)
    engine = Engine()
    assert engine.likeness() is None
    snapshot = make_snapshot(vectors)
    engine.propose(snapshot)
    found = engine.likeness()
    assert found is not None
    assert np.array_equal(found.face_ids, snapshot.face_ids)
    assert np.array_equal(found.vectors, vectors)
    listed = found.neighbours.steps != EMPTY
    rows = np.nonzero(listed)[0]
    assert len(rows) and (person[found.neighbours.column[listed]] == person[rows]).mean() > 0.9
    column = found.neighbours.column.copy()
    engine.propose(make_snapshot(vectors[:7]))
    assert np.array_equal(found.neighbours.column, column)
