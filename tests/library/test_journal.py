"""Undo and redo: across restarts, in the face of what the machine did meanwhile, in few rows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from facesorter.library.decisions import corrections, journal
from facesorter.library.library import Library
from facesorter.storage import faces, persons
from tests.library import acts, made
from tests.library.made import Bench, small
from tests.support.libraries import faces_of, groups


def test_undo_after_closing_and_opening_again(tmp_path: Path) -> None:
    def again() -> Library:
        return Library(tmp_path)

    library = again()
    library.transact(lambda txn: made.fill(txn.connection, people=2, each=4))
    person, _ = library.transact(corrections.move_to_new_person, [1, 2], "Anna")
    library.transact(corrections.ignore, [3])
    library.close(snapshot=False)

    library = again()
    assert journal.status(library.connection) == journal.UndoStatus("ignore", (("faces", 1),))
    assert library.transact(journal.undo)[0].kind == "ignore"
    library.close(snapshot=False)

    library = again()
    undone, changes = library.transact(journal.undo)
    assert (undone.kind, undone.skipped) == ("split", 0)
    assert changes.decided and changes.faces == {1, 2} and person in changes.persons
    assert not persons.exists(library.connection, person)
    assert library.transact(journal.undo)[0].kind is None
    library.close(snapshot=False)

    library = again()
    assert journal.status(library.connection).redo_kind == "split"
    assert [library.transact(journal.redo)[0].kind for _ in range(3)] == ["split", "ignore", None]
    assert persons.name_of(library.connection, person) == "Anna"
    states = library.connection.execute("SELECT id, state FROM face WHERE id < 4").fetchall()
    assert states == [(1, "confirmed"), (2, "confirmed"), (3, "ignored")]
    library.close(snapshot=False)


def test_a_kind_that_only_a_newer_program_knows_can_be_undone() -> None:
    bench = small()
    first = groups(bench)[0]
    bench.do(corrections.name, first, "Anna")
    bench.connection.execute("UPDATE decision SET kind = 'frame'")
    assert journal.status(bench.connection).undo_kind is journal.Kind.OTHER
    assert bench.do(journal.undo).kind is journal.Kind.OTHER
    assert persons.name_of(bench.connection, first) is None


def test_a_new_decision_retires_what_could_be_redone() -> None:
    bench = small()
    first, second = groups(bench)[:2]
    bench.do(corrections.name, first, "Anna")
    bench.do(corrections.name, second, "Berta")
    bench.do(journal.undo)
    bench.do(journal.undo)
    bench.do(corrections.hide, first)
    assert bench.do(journal.redo).kind is None
    entries = journal.entries(bench.connection)
    assert [(e.kind, e.undone, e.superseded) for e in entries] == [
        ("hide", False, False),
        ("name", True, True),
        ("name", True, True),
    ]
    assert bench.do(journal.undo).kind == "hide"
    assert bench.do(journal.undo).kind is None
    assert bench.do(journal.redo).kind == "hide"


def test_several_people_set_aside_are_one_decision_and_one_undo() -> None:
    bench = small()
    people = groups(bench)[:3]
    before = bench.connection.execute("SELECT id, person_id, state FROM face ORDER BY id")
    kept = before.fetchall()
    hidden = "SELECT id FROM person WHERE hidden = 1 ORDER BY id"
    bench.do(corrections.hide_all, people)
    assert [row[0] for row in bench.connection.execute(hidden)] == sorted(people)
    assert [(e.kind, dict(e.args)) for e in journal.entries(bench.connection)] == [
        ("hide", {"persons": 3})
    ]
    bench.do(journal.undo)
    assert bench.connection.execute(hidden).fetchall() == []
    now = bench.connection.execute("SELECT id, person_id, state FROM face ORDER BY id")
    assert now.fetchall() == kept
    bench.do(journal.redo)
    bench.do(corrections.hide_all, people, False)
    assert bench.connection.execute(hidden).fetchall() == []
    assert [e.kind for e in journal.entries(bench.connection)] == ["show", "hide"]


def test_what_changes_nothing_is_no_decision() -> None:
    bench = small()
    person = groups(bench)[0]
    bench.do(corrections.name, person, "Anna")
    bench.do(journal.undo)
    before = len(journal.entries(bench.connection))
    bench.do(corrections.name, person, "")
    bench.do(corrections.name, person, "   ")
    bench.do(corrections.hide, person, False)
    bench.do(corrections.merge, person, [person])
    bench.do(corrections.ignore, [])
    bench.do(corrections.restore, faces_of(bench, person))
    bench.do(corrections.confirm, person, [])
    assert len(journal.entries(bench.connection)) == before
    assert bench.do(journal.redo).kind == "name"


def test_merging_ten_thousand_faces_is_a_handful_of_rows_and_quick() -> None:
    bench = Bench()
    with bench.database.atomic():
        made.fill(bench.connection, people=2, each=5_000, per_photo=10, dimension=8)
        ids = bench.column("SELECT id FROM face")
        people = [persons.insert(bench.connection, made.AT) for _ in range(2)]
        for face in ids:
            faces.set_suggestion(bench.connection, face, people[face % 2], 0.7)
    start = acts.exact(bench)
    started = time.perf_counter()
    bench.do(corrections.merge, people[0], [people[1]])
    took = time.perf_counter() - started
    rows = bench.all("SELECT row_ids FROM decision_change")
    assert len(rows) <= 4
    assert bench.one("SELECT count(*) FROM face WHERE person_id = ?", people[0]) == 10_000
    started = time.perf_counter()
    assert bench.do(journal.undo).skipped == 0
    undoing = time.perf_counter() - started
    assert acts.exact(bench) == start
    assert took < 2 and undoing < 2


def test_rows_that_are_gone_are_counted_not_forced() -> None:
    bench = small()
    person = groups(bench)[0]
    own = faces_of(bench, person)
    bench.do(corrections.confirm, person, own[:2])
    bench.do(corrections.reject, person, own[2:])
    bench.do(journal.undo)
    bench.do(journal.undo)
    # The photo was analysed again and two of its faces are no longer found.
    with bench.database.atomic():
        faces.delete(bench.connection, [own[0], own[2]])
    assert bench.do(journal.redo).skipped == 1
    again = bench.do(journal.redo)
    assert again.skipped == 2  # the face, and that it was rejected
    state = acts.exact(bench)
    assert state.faces[own[1]] == ("confirmed", person)
    assert state.rejections == {(face, person) for face in own[3:]}


def test_undo_leaves_alone_what_was_decided_otherwise_behind_its_back() -> None:
    bench = small()
    person = groups(bench)[0]
    own = faces_of(bench, person)
    bench.do(corrections.confirm, person, own)
    bench.connection.execute(
        "UPDATE face SET state = 'ignored', person_id = NULL WHERE id = ?", (own[0],)
    )
    assert bench.do(journal.undo).skipped == 1
    state = acts.exact(bench)
    assert state.faces[own[0]] == ("ignored", None)
    assert {state.faces[face] for face in own[1:]} == {("suggested", person)}


def test_undoing_a_merge_brings_back_names_covers_and_rejections() -> None:
    bench = small()
    first, second, third = groups(bench)[:3]
    for person, name in ((first, "Anna"), (second, "Berta")):
        bench.do(corrections.name, person, name)
        bench.do(corrections.set_cover, person, faces_of(bench, person)[1])
    stranger = faces_of(bench, third)[0]
    bench.do(corrections.reject, second, [stranger])
    bench.do(corrections.reject, second, [faces_of(bench, second)[0]])
    bench.connection.execute("UPDATE person SET birth_date = '1990-01-01' WHERE id = ?", (second,))
    before = acts.exact(bench)
    bench.do(corrections.merge, first, [second])
    merged = acts.exact(bench)
    assert second not in merged.persons
    assert merged.persons[first][0] == "Anna"
    assert merged.persons[first][3] == "1990-01-01"
    assert (stranger, first) in merged.rejections
    assert bench.do(journal.undo).skipped == 0
    assert acts.exact(bench) == before


def test_undo_after_the_machine_moved_suggestions() -> None:
    bench = small(4)
    first, second = groups(bench)[:2]
    own = faces_of(bench, first)
    bench.do(corrections.name, first, "Anna")
    bench.do(corrections.reject, first, [own[0]])
    with bench.database.atomic():
        faces.set_suggestion(bench.connection, own[0], second, 0.6)
    assert bench.do(journal.undo).skipped == 0
    assert acts.exact(bench).faces[own[0]] == ("confirmed", first)
    with bench.database.atomic():
        faces.set_suggestion(bench.connection, faces_of(bench, second)[0], first, 0.5)
    assert bench.do(journal.undo).skipped == 0
    assert acts.exact(bench).persons[first][0] is None


def test_redoing_a_rejection_takes_the_machines_suggestion_away() -> None:
    bench = small()
    first, second = groups(bench)[:2]
    face = faces_of(bench, second)[0]
    bench.do(corrections.reject, first, [face])
    bench.do(journal.undo)
    with bench.database.atomic():
        faces.set_suggestion(bench.connection, face, first, 0.9)
    bench.do(journal.redo)
    assert acts.exact(bench).faces[face] == ("unknown", None)


@pytest.mark.parametrize(
    ("there", "typed"),
    [
        ("Anna", "ANNA"),
        ("Øyvind", "øYVIND"),
        ("Мария", "мария"),
        ("Νίκος", "ΝΊΚΟΣ"),
        ("Groß", "GROSS"),
        ("José", "jose\u0301"),
        ("Zoe\u0308", "ZOË"),
        ("李雷", "李雷"),
        ("Anna Maria", "  anna \t maria "),
    ],
)
def test_a_name_that_is_taken_in_any_case_and_script(there: str, typed: str) -> None:
    bench = small()
    first, second = groups(bench)[:2]
    bench.do(corrections.name, first, there)
    before = acts.exact(bench)
    with pytest.raises(corrections.SameName) as caught:
        bench.do(corrections.name, second, typed)
    assert caught.value.person_id == first
    with pytest.raises(corrections.SameName):
        bench.do(corrections.move_to_new_person, faces_of(bench, second)[:1], typed)
    assert acts.exact(bench) == before
    bench.do(corrections.name, second, typed, allow_same=True)
    assert len(persons.with_name(bench.connection, there)) == 2


@pytest.mark.parametrize(
    ("there", "typed"),
    [("René", "Rene"), ("Rene", "René"), ("O’Brien", "o'brien"), ("Łukasz", "Lukasz")],
)
def test_a_name_that_is_taken_with_other_accents(there: str, typed: str) -> None:
    bench = small()
    first, second = groups(bench)[:2]
    bench.do(corrections.name, first, there)
    with pytest.raises(corrections.SameName) as caught:
        bench.do(corrections.name, second, typed)
    assert caught.value.person_id == first
    assert caught.value.name == typed
    bench.do(corrections.name, second, typed, allow_same=True)
    assert persons.with_name(bench.connection, there) == [first]
    assert persons.with_name(bench.connection, typed) == [second]


def test_what_can_not_be_seen_is_no_name() -> None:
    bench = small()
    first = groups(bench)[0]
    bench.do(corrections.name, first, "An\u200bna\u202e")
    assert persons.name_of(bench.connection, first) == "Anna"
    with pytest.raises(corrections.UserError, match=r"^Enter a name\.$"):
        bench.do(corrections.name, first, "\u200b\u2060")
    assert persons.name_of(bench.connection, first) == "Anna"
    bench.do(corrections.name, first, " ")
    assert persons.name_of(bench.connection, first) is None


def test_a_name_that_is_no_text_is_refused() -> None:
    bench = small()
    with pytest.raises(corrections.UserError, match="invalid characters"):
        bench.do(corrections.name, groups(bench)[0], "Jos\udce9")
