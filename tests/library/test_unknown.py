"""Unknown faces: which they are, and that those of one person stand together."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.library import unassigned
from facesorter.library.decisions import corrections
from facesorter.storage import embeddings
from tests.library.made import Bench, fill, small, unit


def together(order: list[int], truth: dict[int, int]) -> float:
    """Share of faces that stand beside one of their own."""
    beside = [
        any(
            0 <= at + step < len(order) and truth[order[at + step]] == truth[face]
            for step in (-1, 1)
        )
        for at, face in enumerate(order)
    ]
    return sum(beside) / len(beside)


@pytest.mark.parametrize("block", [2_000, 50])
def test_faces_of_one_person_stand_together(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unassigned, "BLOCK", block)
    bench = Bench()
    with bench.database.atomic():
        people = fill(bench.connection, people=30, each=6, per_photo=2, seed=5, spread=0.6)
    truth = {face: number for number, faces in enumerate(people) for face in faces}
    order = unassigned.listed(bench.connection)
    assert sorted(order) == sorted(truth)
    assert together(unassigned.face_ids(bench.connection), truth) < 0.3
    assert together(order, truth) > 0.9
    (anchor,) = people[3][:1]
    alike = unassigned.listed(bench.connection, start=anchor)
    assert alike[0] == anchor and set(alike[:6]) == set(people[3])


def test_only_faces_with_nobody_are_listed() -> None:
    bench = small(2)
    groups = bench.all(
        "SELECT person_id, count(*) FROM face WHERE person_id IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    before = set(unassigned.face_ids(bench.connection))
    assert before == set(
        bench.column(
            "SELECT id FROM face WHERE state = 'unknown' OR person_id IN (SELECT person_id "
            "FROM face GROUP BY 1 HAVING count(*) = 1)"
        )
    )
    large = next(person for person, count in groups if count > 2)
    faces = bench.column("SELECT id FROM face WHERE person_id = ? ORDER BY id", large)
    bench.do(corrections.reject, large, faces[:1])
    bench.do(corrections.ignore, faces[1:2])
    assert set(unassigned.face_ids(bench.connection)) == before | {faces[0]}


def test_an_order_in_use_stays() -> None:
    bench = Bench()
    with bench.database.atomic():
        fill(bench.connection, people=4, each=3, seed=1)
    first = unassigned.listed(bench.connection)
    bench.do(corrections.move_to_new_person, first[2:4])
    late = first.pop(5)
    assert unassigned.listed(bench.connection, first) == [*first[:2], *first[4:], late]


def test_faces_without_embedding_come_last() -> None:
    bench = Bench()
    with bench.database.atomic():
        (faces, _) = fill(bench.connection, people=1, each=6, seed=1)
        other = embeddings.model_id(bench.connection, "other", "other", 16)
        vector = unit(np.ones(16))
        embeddings.put(bench.connection, faces[0], other, vector)
        bench.connection.execute("DELETE FROM embedding WHERE face_id = ?", (faces[1],))
    assert set(unassigned.listed(bench.connection)[-2:]) == set(faces[:2])
    assert set(unassigned.listed(bench.connection, start=faces[2])[-2:]) == set(faces[:2])
    assert sorted(unassigned.listed(bench.connection, start=faces[1])) == sorted(faces)
    bench.connection.execute("DELETE FROM embedding")
    assert sorted(unassigned.listed(bench.connection)) == sorted(faces)
