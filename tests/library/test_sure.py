"""Faces that join a named person without a question: shown as such, never a decision."""

from __future__ import annotations

import pytest

from facesorter.domain import FaceState
from facesorter.library import queries, review
from facesorter.library.decisions import corrections, journal
from facesorter.library.review import Card, Kind, Question
from tests.library.made import Bench, fill

NAMED = 6


@pytest.fixture
def bench() -> Bench:
    """Anna was named when six of her photos were there; since then many more have come."""
    made = Bench()
    fill(made.connection, people=4, each=20, strangers=8, per_photo=1, spread=0.6, seed=3)
    made.refresh()
    made.do(corrections.name, anna(made), "Anna")
    late = faces_of(made, anna(made))[NAMED:]
    with made.database.atomic():
        made.connection.executemany(
            "UPDATE face SET state = 'suggested', similarity = NULL WHERE id = ?",
            [(face,) for face in late],
        )
    made.refresh(full=True)
    return made


def anna(bench: Bench) -> int:
    named = bench.column("SELECT id FROM person WHERE name = 'Anna'")
    largest = "SELECT person_id FROM face GROUP BY person_id ORDER BY count(*) DESC, 1 LIMIT 1"
    return named[0] if named else bench.column(largest)[0]


def faces_of(bench: Bench, person: int) -> list[int]:
    return bench.column("SELECT id FROM face WHERE person_id = ? ORDER BY id", person)


def sure(bench: Bench) -> list[int]:
    every = queries.faces(bench.connection, faces_of(bench, anna(bench)))
    return [face.id for face in every if face.sure]


def asked(bench: Bench) -> set[int]:
    found = review.questions_open(bench.connection)
    return {face for each in found if each.kind is Kind.FACES for face in each.face_ids}


def test_sure_faces_join_without_a_question(bench: Bench) -> None:
    joined = sure(bench)
    assert len(joined) >= 10
    assert not asked(bench).intersection(joined)
    (person,) = queries.persons(bench.connection, [anna(bench)])
    assert person.confirmed == NAMED and person.sure == len(joined)
    assert person.asked == person.suggested - len(joined) == len(asked(bench))
    states = {face.state for face in queries.faces(bench.connection, joined)}
    assert states == {FaceState.SUGGESTED}, "what the user confirmed stays apart"


def test_a_refresh_without_changes_writes_nothing(bench: Bench) -> None:
    before = bench.all("SELECT id, person_id, state, similarity, sure FROM face ORDER BY id")
    assert bench.refresh() == bench.refresh(full=True) == 0
    assert (
        bench.all("SELECT id, person_id, state, similarity, sure FROM face ORDER BY id") == before
    )


def test_a_sure_face_can_be_confirmed_and_rejected_and_both_undone(bench: Bench) -> None:
    first, second = sure(bench)[:2]
    bench.do(corrections.confirm, anna(bench), [first])
    bench.do(corrections.reject, anna(bench), [second])
    bench.refresh()
    assert not {first, second}.intersection(sure(bench))
    assert second not in faces_of(bench, anna(bench)), "it never comes back"
    bench.do(journal.undo)
    bench.do(journal.undo)
    bench.refresh()
    assert {first, second} <= set(sure(bench))


def test_not_sure_is_an_answer_that_the_machine_respects(bench: Bench) -> None:
    face = sure(bench)[0]
    question = Question(Kind.FACES, anna(bench), face_ids=(face,))
    bench.do(review.unsure, Card(question, (face,)))
    bench.refresh()
    assert face in faces_of(bench, anna(bench)) and face not in sure(bench)
    bench.do(journal.undo)
    bench.refresh()
    assert face in sure(bench)


def test_it_is_recalculated_from_confirmed_faces_alone(bench: Bench) -> None:
    """Without the confirmed faces nothing is sure any more, whatever joined before."""
    kept = faces_of(bench, anna(bench))[:2]
    others = [
        face.id
        for face in queries.faces(bench.connection, faces_of(bench, anna(bench)))
        if face.state is FaceState.CONFIRMED and face.id not in kept
    ]
    with bench.database.atomic():
        bench.connection.executemany(
            "UPDATE face SET state = 'suggested' WHERE id = ?", [(face,) for face in others]
        )
    bench.refresh(full=True)
    assert not sure(bench)
