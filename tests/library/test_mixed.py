"""Groups that look like two people: found in the background, asked once."""

from __future__ import annotations

import pytest

from facesorter.cancel import Cancelled, CancelToken
from facesorter.library import outliers, queries, review, splitting
from facesorter.library.decisions import corrections, journal
from facesorter.library.review import Kind, Question
from facesorter.storage import mixed
from tests.library.made import Bench, fill


def mixed_library() -> tuple[Bench, int, set[int]]:
    """Somebody with twelve faces and five of somebody else, and a third who is one."""
    bench = Bench()
    with bench.database.atomic():
        first, second, _, _ = fill(bench.connection, people=3, each=12, per_photo=1, seed=8)
    bench.refresh()
    person = queries.faces(bench.connection, first[:1])[0].person_id
    assert person is not None
    bench.do(corrections.assign, person, first + second[:5])
    bench.do(corrections.name, person, "Anna")
    return bench, person, set(second[:5])


def questions(bench: Bench) -> list[Question]:
    return [q for q in review.questions_open(bench.connection) if q.kind is Kind.MIXED]


def look(bench: Bench) -> int:
    found = splitting.find_mixed(bench.connection)
    bench.do(splitting.record, found)
    return len(found)


def test_a_mixed_person_is_found_and_looked_at_once() -> None:
    bench, person, other = mixed_library()
    assert questions(bench) == []
    assert look(bench) >= 2
    (question,) = questions(bench)
    assert question.person_id == person and set(question.face_ids) == other
    card = review.card(bench.connection, question)
    assert set(card.others) <= other and not set(card.faces) & other
    assert len(card.faces) == review.STRIP
    assert look(bench) == 0


def test_faces_of_a_second_person_say_so_among_the_doubtful() -> None:
    bench, person, other = mixed_library()
    look(bench)
    found = {each.face_id: each for each in outliers.suspects(bench.connection, person)}
    reasons = {found[face].reason for face in other}
    assert reasons <= {outliers.Reason.APART, outliers.Reason.RIVAL}
    assert all(found[f].reason is not outliers.Reason.APART for f in set(found) - other)
    (question,) = questions(bench)
    bench.do(review.one_person, review.card(bench.connection, question))
    settled = outliers.suspects(bench.connection, person)
    assert all(each.reason is not outliers.Reason.APART for each in settled)


def test_looking_ends_when_the_program_does() -> None:
    bench, *_ = mixed_library()
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        splitting.find_mixed(bench.connection, token)


@pytest.mark.parametrize("answer", [review.one_person, review.unsure])
def test_an_answer_holds_for_the_same_faces_in_another_group(answer: object) -> None:
    bench, person, _ = mixed_library()
    look(bench)
    (question,) = questions(bench)
    bench.do(answer, review.card(bench.connection, question))
    assert questions(bench) == []
    # The same faces, as another person: a refresh or a merge may do that.
    own = queries.face_ids(bench.connection, person_id=person)
    elsewhere = bench.do(corrections.move_to_new_person, own)
    look(bench)
    assert elsewhere in {each.person_id for each in mixed.every(bench.connection) if each.part}
    assert questions(bench) == []
    bench.do(journal.undo)
    bench.do(journal.undo)
    assert [q.key for q in questions(bench)] == [question.key]


def test_a_person_taken_apart_is_no_longer_asked_about() -> None:
    bench, person, _ = mixed_library()
    look(bench)
    parts = splitting.propose(bench.connection, person, 2)
    bench.do(corrections.split_person, person, [corrections.Part(tuple(p)) for p in parts])
    assert questions(bench) == []
    look(bench)
    assert questions(bench) == []


def test_marked_faces_stay_out_of_the_name() -> None:
    bench = Bench()
    with bench.database.atomic():
        first, second, _ = fill(bench.connection, people=2, each=6, per_photo=1, seed=9)
    bench.refresh()
    a = queries.faces(bench.connection, first[:1])[0].person_id
    b = queries.faces(bench.connection, second[:1])[0].person_id
    bench.do(corrections.name, a, "Anna", without=first[:2])
    assert set(queries.face_ids(bench.connection, person_id=a)) == set(first[2:])
    bench.refresh(full=True)
    assert not set(first[:2]) & set(queries.face_ids(bench.connection, person_id=a))
    bench.do(corrections.merge, a, [b], second[:1])
    found = set(queries.face_ids(bench.connection, person_id=a))
    assert found == set(first[2:]) | set(second[1:])
    assert (second[0], a) in bench.all("SELECT face_id, person_id FROM rejection")
    bench.do(journal.undo)
    bench.do(journal.undo)
    assert set(queries.face_ids(bench.connection, person_id=b)) == set(second)
