"""What is asked, in what order, and that nothing is asked twice."""

from __future__ import annotations

import pytest

from facesorter.errors import UserError
from facesorter.library import review
from facesorter.library.decisions import corrections, journal
from facesorter.library.review import Card, Kind, Question
from facesorter.storage import faces, mixed, questions
from tests.library.acts import exact
from tests.library.made import Bench, fill


@pytest.fixture
def bench() -> Bench:
    """Six people; two of them look alike, as brothers do, and one was found in two groups."""
    made = Bench()
    fill(made.connection, people=6, each=9, strangers=8, per_photo=1, spread=0.8, seed=3)
    made.refresh()
    return made


def asked(bench: Bench) -> list[Question]:
    return review.questions_open(bench.connection)


def of(bench: Bench, kind: Kind) -> list[Question]:
    return [question for question in asked(bench) if question.kind is kind]


def card(bench: Bench, question: Question) -> Card:
    return review.card(bench.connection, question)


def suggest(bench: Bench, person: int, count: int) -> list[int]:
    """Have the machine suggest faces of nobody for a person."""
    found = bench.column("SELECT id FROM face WHERE state = 'unknown' LIMIT ?", count)
    for place, face in enumerate(found):
        faces.set_suggestion(bench.connection, face, person, 0.6 - 0.01 * place)
    return found


def doubt(bench: Bench) -> tuple[int, int]:
    """Have the machine ask whether the first two groups are one person."""
    a, b = (question.person_id for question in of(bench, Kind.NAME)[:2])
    questions.set_pairs(bench.connection, [questions.Pair(min(a, b), max(a, b), 0.5)])
    return a, b


def test_unnamed_groups_are_asked_largest_first(bench: Bench) -> None:
    found = of(bench, Kind.NAME)
    assert len(found) >= 6
    assert [q.worth for q in found] == sorted((q.worth for q in found), reverse=True)
    assert len(card(bench, found[0]).faces) == min(9, found[0].worth)
    bench.do(corrections.name, found[0].person_id, "Anna")
    assert found[0].person_id not in {q.person_id for q in of(bench, Kind.NAME)}


def test_names_are_offered_likeliest_first(bench: Bench) -> None:
    first, second, *_ = of(bench, Kind.NAME)
    bench.do(corrections.name, first.person_id, "Anna")
    half = list(card(bench, first).faces[:4])
    part = bench.do(corrections.move_to_new_person, half)
    bench.do(corrections.name, second.person_id, "Maria")
    (question,) = [q for q in of(bench, Kind.NAME) if q.person_id == part]
    assert card(bench, question).candidates[0] == first.person_id


def test_suggestions_come_in_batches_likeliest_first(bench: Bench) -> None:
    person = of(bench, Kind.NAME)[0].person_id
    bench.do(corrections.name, person, "Anna")
    bench.connection.execute("UPDATE face SET state = 'suggested' WHERE person_id = ?", (person,))
    found = suggest(bench, person, 5)
    batches = of(bench, Kind.FACES)
    assert [len(q.face_ids) for q in batches] == [12, 2]
    assert batches[1].face_ids[-1] == found[-1]
    # One answer says of all twelve who they are.
    yes, no = batches[0].face_ids[:10], batches[0].face_ids[10:]
    bench.do(corrections.confirm_and_reject, person, yes, no)
    assert [len(q.face_ids) for q in of(bench, Kind.FACES)] == [2]
    states = {face: entry for face, entry in exact(bench).faces.items() if face in (*yes, *no)}
    assert {states[face] for face in yes} == {("confirmed", person)}
    assert {states[face] for face in no} == {("unknown", None)}
    assert len(bench.all("SELECT * FROM decision")) == 2


@pytest.mark.parametrize("kind", list(Kind))
def test_not_sure_is_never_asked_again_but_can_be_undone(bench: Bench, kind: Kind) -> None:
    if kind is Kind.FACES:
        person = of(bench, Kind.NAME)[0].person_id
        bench.do(corrections.name, person, "Anna")
        suggest(bench, person, 3)
    elif kind is Kind.SAME:
        doubt(bench)
    elif kind is Kind.MIXED:
        group = of(bench, Kind.NAME)[0]
        part = tuple(sorted(card(bench, group).faces[:3]))
        mixed.put(bench.connection, [mixed.MixedLook(group.person_id, group.worth, 0.2, part)])
    question = of(bench, kind)[0]
    before = exact(bench)
    bench.do(review.unsure, card(bench, question))
    assert question.key not in {q.key for q in asked(bench)}
    after = exact(bench)
    assert after.dismissals and after._replace(dismissals=before.dismissals) == before
    result = bench.do(journal.undo)
    assert result.kind == "unsure" and result.skipped == 0
    assert question.key in {q.key for q in asked(bench)}
    bench.do(journal.redo)
    bench.refresh(full=True)
    assert question.key not in {q.key for q in asked(bench)}


def test_a_group_in_new_shape_is_not_asked_again(bench: Bench) -> None:
    question = of(bench, Kind.NAME)[0]
    bench.do(review.unsure, card(bench, question))
    # As a refresh would that gives the same faces another id.
    bench.connection.execute("INSERT INTO person (id, created_at) VALUES (999, '2024')")
    bench.connection.execute(
        "UPDATE face SET person_id = 999 WHERE person_id = ?", (question.person_id,)
    )
    assert 999 not in {q.person_id for q in of(bench, Kind.NAME)}


def test_the_same_person_is_asked_about_and_merged(bench: Bench) -> None:
    a, b = doubt(bench)
    bench.do(corrections.name, b, "Anna")
    (question,) = of(bench, Kind.SAME)
    # The one with a name stays.
    assert (question.person_id, question.other_id) == (b, a)
    shown = card(bench, question)
    assert len(shown.faces) == len(shown.others) == review.STRIP
    bench.do(corrections.merge, b, [a])
    assert of(bench, Kind.SAME) == []


def test_two_told_apart_stay_apart(bench: Bench) -> None:
    a, b = doubt(bench)
    (question,) = of(bench, Kind.SAME)
    shown = card(bench, question)
    before = exact(bench)
    bench.do(review.keep_apart, shown)
    assert of(bench, Kind.SAME) == []
    state = exact(bench)
    assert all(state.faces[face] == ("confirmed", question.person_id) for face in shown.faces)
    assert all(state.faces[face] == ("confirmed", question.other_id) for face in shown.others)
    bench.refresh(full=True)
    doubt(bench)
    assert {q.key for q in of(bench, Kind.SAME)}.isdisjoint({question.key})
    assert {a, b} <= exact(bench).persons.keys()
    assert bench.do(journal.undo).skipped == 0
    assert exact(bench).rejections == before.rejections


def test_pairs_of_a_refresh_are_kept_and_those_of_the_last_forgotten() -> None:
    made = Bench()
    # Faces half-way between two people make groups that are like both.
    fill(made.connection, people=10, each=12, per_photo=1, spread=1.0, between=10, seed=0)
    made.refresh()
    found = questions.pairs(made.connection)
    assert found
    there = set(made.column("SELECT id FROM person"))
    assert all(pair.a in there and pair.b in there for pair in found)
    made.do(corrections.merge, found[0].a, [found[0].b])
    made.refresh()
    assert found[0][:2] not in {pair[:2] for pair in questions.pairs(made.connection)}


@pytest.mark.parametrize("seed", range(6))
def test_answering_reaches_zero_and_nothing_is_asked_twice(seed: int) -> None:
    bench = Bench()
    fill(
        bench.connection,
        people=9,
        each=10,
        strangers=12,
        between=8,
        per_photo=2,
        spread=1.1,
        seed=seed,
    )
    bench.refresh()
    settled: set[tuple[str, int, int]] = set()
    for turn in range(200):
        if not (waiting := asked(bench)):
            break
        question = waiting[0]
        assert question.key not in settled, "asked again"
        shown = card(bench, question)
        person, choice = question.person_id, (turn * 7 + seed) % 3
        if choice == 0:
            bench.do(review.unsure, shown)
        elif question.kind is Kind.NAME:
            if choice == 1:
                bench.do(corrections.name, person, f"Person {turn}")
            else:
                bench.do(corrections.hide, person)
        elif question.kind is Kind.FACES:
            half = len(shown.faces) // 2
            bench.do(corrections.confirm_and_reject, person, shown.faces[:half], shown.faces[half:])
        elif choice == 1 and question.other_id is not None:
            bench.do(corrections.merge, person, [question.other_id])
        else:
            bench.do(review.keep_apart, shown)
        settled.add(question.key)
        bench.refresh(full=turn % 5 == 0)
    assert asked(bench) == []
    bench.refresh(full=True)
    assert asked(bench) == []


def test_who_was_merged_away_meanwhile_is_said(bench: Bench) -> None:
    doubt(bench)
    (question,) = of(bench, Kind.SAME)
    shown = card(bench, question)
    assert question.other_id is not None
    bench.do(corrections.merge, question.person_id, [question.other_id])
    with pytest.raises(UserError, match="merged"):
        bench.do(review.keep_apart, shown)


def test_coverage_counts_named_persons_and_their_share(bench: Bench) -> None:
    assert review.coverage(bench.connection)[0] == 0
    first = of(bench, Kind.NAME)[0]
    bench.do(corrections.name, first.person_id, "Anna")
    people, share = review.coverage(bench.connection)
    assert people == 1 and share == pytest.approx(first.worth / 62)


def copied(bench: Bench, face: int, state: str, person: int) -> int:
    """Add an exact copy of a face's photo in another place; return the face in it."""
    (photo,) = bench.column("SELECT photo_id FROM face WHERE id = ?", face)
    connection = bench.connection
    connection.execute("UPDATE photo SET content_hash = ? WHERE id = ?", (f"hash{photo}", photo))
    columns = [row[1] for row in connection.execute("PRAGMA table_info(photo)") if row[1] != "id"]
    made = connection.execute(
        f"INSERT INTO photo ({', '.join(columns)}) SELECT "
        f"{', '.join('relpath || id' if c == 'relpath' else c for c in columns)} "
        "FROM photo WHERE id = ?",
        (photo,),
    ).lastrowid
    columns = [row[1] for row in connection.execute("PRAGMA table_info(face)") if row[1] != "id"]
    given = {"photo_id": made, "person_id": person, "state": f"'{state}'"}
    twin = connection.execute(
        f"INSERT INTO face ({', '.join(columns)}) SELECT "
        f"{', '.join(str(given.get(each, each)) for each in columns)} FROM face WHERE id = ?",
        (face,),
    ).lastrowid
    assert twin is not None
    return twin


def test_exact_copies_are_shown_once(bench: Bench) -> None:
    question = of(bench, Kind.NAME)[0]
    shown = card(bench, question).faces
    copied(bench, shown[0], "suggested", question.person_id)
    again = of(bench, Kind.NAME)[0]
    assert again.worth == question.worth + 1
    assert card(bench, again).faces == shown


@pytest.mark.parametrize("confirmed", [True, False])
def test_exact_copies_are_asked_about_once_and_the_answer_holds_for_all(
    bench: Bench, confirmed: bool
) -> None:
    person = of(bench, Kind.NAME)[0].person_id
    bench.do(corrections.name, person, "Anna")
    (face,) = suggest(bench, person, 1)
    twin = copied(bench, face, "suggested", person)
    (question,) = of(bench, Kind.FACES)
    assert question.face_ids == (face,)
    yes, no = ([face], []) if confirmed else ([], [face])
    bench.do(
        lambda txn: corrections.confirm_and_reject(
            txn, person, review.copies(txn, yes), review.copies(txn, no)
        )
    )
    state, owner = ("confirmed", person) if confirmed else ("unknown", None)
    rows = bench.connection.execute(
        "SELECT state, person_id FROM face WHERE id IN (?, ?)", (face, twin)
    )
    assert rows.fetchall() == [(state, owner)] * 2
    assert not of(bench, Kind.FACES)
    bench.do(journal.undo)
    assert of(bench, Kind.FACES) == [question]


def test_a_question_left_open_is_not_asked_of_a_copy(bench: Bench) -> None:
    person = of(bench, Kind.NAME)[0].person_id
    bench.do(corrections.name, person, "Anna")
    (face,) = suggest(bench, person, 1)
    copied(bench, face, "suggested", person)
    (question,) = of(bench, Kind.FACES)
    bench.do(review.unsure, card(bench, question))
    assert not of(bench, Kind.FACES)
