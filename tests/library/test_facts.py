"""Births, deaths, notes, relatives: ages, merges, and nobody before they were born."""

from __future__ import annotations

import datetime
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facesorter.domain import FaceState, is_before
from facesorter.images.dates import earliest
from facesorter.library import grouping, identify, queries, review
from facesorter.library.decisions import corrections, details, journal, relationships
from facesorter.library.decisions.details import Age, Facts
from facesorter.library.decisions.relationships import Relationship
from facesorter.storage import faces as face_rows
from facesorter.storage import photos, questions
from tests.library import made
from tests.library.made import Bench, small


@pytest.mark.parametrize(
    ("birth", "taken", "death", "age"),
    [
        ("2019-05-31", "2019-05-31T00:00:00", None, Age(0, 0, True)),
        ("2019-05-31", "2019-06-30T12:00:00", None, Age(0, 0, True)),
        ("2019-05-31", "2019-07-01T12:00:00", None, Age(0, 1, True)),
        ("2016-02-29", "2019-02-28T12:00:00", None, Age(2, 35, True)),
        ("2016-02-29", "2019-03-01T12:00:00", None, Age(3, 36, True)),
        ("2016", "2019-03-01T12:00:00", None, Age(3, 36, False)),
        ("2016", "2016-01-01T00:00:00", None, Age(0, 0, False)),
        ("2016", "2015-12-31T23:59:59", None, None),
        ("2016-05-02", "2016-05-01T23:59:59", None, None),
        ("1950", "2001-01-01T00:00:00", "2000", None),
        ("1950-05-31", "1956", None, Age(6, 72, False)),
        ("1950-05-31", "1950", None, Age(0, 0, False)),
        ("1950-05-31", "1949", None, None),
        ("1950-05-31", "1956", "1955", None),
        ("1950-05-31", "1956", "1956-01-01", Age(6, 72, False)),
        ("2019-05-31", "2019-05", None, Age(0, 0, True)),
        ("2019-05-31", "2019-07", None, Age(0, 2, True)),
        ("2019-05-31", "2019-04", None, None),
        ("2019", "2019-07", None, Age(0, 0, False)),
        ("2019-05-31", "2019-07-05", None, Age(0, 1, True)),
        ("1950", "2000-06-01T00:00:00", "2000", Age(50, 600, False)),
        (None, "2001-01-01T00:00:00", None, None),
    ],
)
def test_ages(birth: str | None, taken: str, death: str | None, age: Age | None) -> None:
    assert details.age(birth, taken, death) == age


def one_person(bench: Bench) -> tuple[int, list[int], str]:
    """The largest person, named with its faces as suggestions, and a date in their midst."""
    person = queries.person_ids(bench.connection)[0]
    own = queries.face_ids(bench.connection, person_id=person)
    bench.do(corrections.name, person, "Anna")
    bench.connection.execute("UPDATE face SET state = 'suggested' WHERE person_id = ?", (person,))
    taken = sorted(face_rows.taken(bench.connection, own).values())
    return person, own, taken[len(taken) // 2][:10]


def test_suggestions_from_before_the_birth_go_and_come_back_with_undo() -> None:
    bench = small(1)
    person, own, birth = one_person(bench)
    taken = face_rows.taken(bench.connection, own)
    early = {face for face in own if taken[face] < birth}
    assert 0 < len(early) < len(own)
    bench.do(details.set_details, person, Facts(birth_date=birth))
    left = set(queries.face_ids(bench.connection, person_id=person))
    assert left == set(own) - early
    bench.refresh(full=True)
    assert not early & set(queries.face_ids(bench.connection, person_id=person))
    bench.do(journal.undo)
    assert set(queries.face_ids(bench.connection, person_id=person)) == set(own)


def test_redo_takes_back_what_was_suggested_since() -> None:
    bench = small(1)
    person, own, birth = one_person(bench)
    bench.connection.execute(
        "UPDATE face SET state = 'unknown', person_id = NULL WHERE person_id = ?", (person,)
    )
    bench.do(details.set_details, person, Facts(birth_date=birth))
    bench.do(journal.undo)
    for face in own:
        face_rows.set_suggestion(bench.connection, face, person, 0.5)
    bench.do(journal.redo)
    taken = face_rows.taken(bench.connection, own)
    left = set(queries.face_ids(bench.connection, person_id=person))
    assert left == {face for face in own if taken[face] >= birth}


def test_what_the_user_confirmed_stays_before_the_birth() -> None:
    bench = small(1)
    person, own, birth = one_person(bench)
    bench.do(corrections.confirm, person, own)
    bench.do(details.set_details, person, Facts(birth_date=birth))
    bench.refresh(full=True)
    found = queries.face_ids(bench.connection, person_id=person, state=FaceState.CONFIRMED)
    assert set(found) >= set(own)


def test_the_machine_is_told_of_births_and_look_alikes() -> None:
    bench = small(1)
    a, b, c = queries.person_ids(bench.connection)[:3]
    bench.do(details.set_details, a, Facts(birth_date="2001-01-02"))
    bench.do(details.set_details, b, Facts(birth_date="1970"))
    bench.do(relationships.relate, b, Relationship.TWIN, a)
    bench.do(relationships.relate, b, Relationship.SIBLING, c)
    bench.do(relationships.relate, a, Relationship.PARTNER, c)
    snapshot = grouping.snapshot(bench.connection)
    assert snapshot is not None
    assert dict(snapshot.births.tolist()) == {a: 365 * 31 + 9, b: 0}
    wanted = sorted([[min(a, b), max(a, b)], [min(b, c), max(b, c)]])
    assert snapshot.alike.tolist() == wanted
    assert snapshot.births.dtype == snapshot.alike.dtype == np.int64


def test_a_proposal_under_way_puts_nobody_before_their_birth() -> None:
    bench = small(1)
    person, own, birth = one_person(bench)
    bench.connection.execute(
        "UPDATE face SET state = 'unknown', person_id = NULL WHERE person_id = ?", (person,)
    )
    state = grouping.state_of(bench.connection)
    proposal = grouping.propose(bench.connection)
    assert proposal is not None
    to_person = np.where(np.isin(proposal.face_ids, own), person, proposal.person)
    proposal = replace(proposal, person=to_person)
    bench.do(details.set_details, person, Facts(birth_date=birth))
    bench.do(grouping.apply, grouping.Applying(proposal, state))
    taken = face_rows.taken(bench.connection, own)
    shown = set(queries.face_ids(bench.connection, person_id=person))
    assert shown == {face for face in own if taken[face] >= birth}


def test_nobody_is_offered_before_their_birth() -> None:
    bench = small(1)
    a, b = queries.person_ids(bench.connection)[:2]
    bench.do(corrections.name, a, "Anna")
    bench.connection.execute("UPDATE embedding SET vector = (SELECT vector FROM embedding LIMIT 1)")
    questions.set_pairs(bench.connection, [questions.Pair(min(a, b), max(a, b), 0.5)])
    question = review.Question(review.Kind.NAME, b)
    assert review.card(bench.connection, question).candidates == (a,)
    same = [q for q in review.questions_open(bench.connection) if q.kind is review.Kind.SAME]
    assert [{q.person_id, q.other_id} for q in same] == [{a, b}]
    bench.do(details.set_details, a, Facts(birth_date="2020-06-01"))
    assert review.card(bench.connection, question).candidates == ()
    kinds = [q.kind for q in review.questions_open(bench.connection)]
    assert review.Kind.SAME not in kinds
    gallery = identify.Gallery(bench.connection, f"made-{made.DIMENSION}")
    look = np.ones(made.DIMENSION, np.float32)
    assert a in {m.person_id for m in gallery.best(look, 9)}
    assert a in {m.person_id for m in gallery.best(look, 9, "2020-06-01T08:00:00")}
    assert a not in {m.person_id for m in gallery.best(look, 9, "2020-05-31T08:00:00")}


def test_a_merge_keeps_what_was_said_of_both() -> None:
    bench = small(1)
    a, b, c = queries.person_ids(bench.connection)[:3]
    bench.do(details.set_details, a, Facts("1950", None, "sings", False))
    bench.do(details.set_details, b, Facts("1951", "2001-02-03", "paints", True))
    bench.do(relationships.relate, b, Relationship.CHILD, c)
    bench.do(relationships.relate, a, Relationship.SIBLING, b)
    bench.do(corrections.merge, a, [b])
    assert details.of(bench.connection, a) == Facts("1950", "2001-02-03", "sings\npaints", True)
    assert [(r.relationship, r.person_id) for r in relationships.of(bench.connection, a)] == [
        (Relationship.CHILD, c)
    ]
    bench.do(journal.undo)
    assert details.of(bench.connection, b) == Facts("1951", "2001-02-03", "paints", True)
    assert {r.relationship for r in relationships.of(bench.connection, b)} == {
        Relationship.CHILD,
        Relationship.SIBLING,
    }


def test_a_merge_takes_no_death_from_before_the_birth() -> None:
    bench = small(1)
    a, b = queries.person_ids(bench.connection)[:2]
    bench.do(details.set_details, a, Facts("1990-05-01"))
    bench.do(details.set_details, b, Facts("1901", "1980"))
    bench.do(corrections.merge, a, [b])
    assert details.of(bench.connection, a) == Facts("1990-05-01")
    bench.do(details.set_favourites, [a], True)
    assert details.of(bench.connection, a).favourite


def test_favourites_stand_first() -> None:
    bench = small(1)
    people = queries.person_ids(bench.connection)
    for at, person in enumerate(people):
        bench.do(corrections.name, person, f"Person {at}")
    last = queries.person_ids(bench.connection)[-1]
    bench.do(details.set_favourites, [last], True)
    assert queries.person_ids(bench.connection)[0] == last
    (shown,) = queries.persons(bench.connection, [last])
    assert shown.favourite


def test_several_favourites_are_one_decision_that_counts_those_that_changed() -> None:
    bench = small(1)
    a, b, c = queries.person_ids(bench.connection)[:3]
    bench.do(details.set_favourites, [a], True)
    bench.do(details.set_favourites, [a, b, c], True)
    status = journal.status(bench.connection)
    assert status.undo_kind is journal.Kind.FAVOURITE
    assert dict(status.undo_args) == {"persons": 2, "favourite": 1}
    bench.do(journal.undo)
    stars = [details.of(bench.connection, each).favourite for each in (a, b, c)]
    assert stars == [True, False, False]


DATES = st.builds(
    lambda moment, length: moment.isoformat(timespec="seconds")[:length],
    st.datetimes(datetime.datetime(1949, 11, 1), datetime.datetime(1950, 3, 1)),
    st.sampled_from([4, 7, 10, 19]),
)


@given(DATES, DATES)
def test_before_is_what_is_surely_before(one: str, other: str) -> None:
    """In Python, in SQL and in grouping: one ends before the other begins."""
    surely = earliest(other) > one + "9999-99-99T99:99:99"[len(one) :]
    assert is_before(one, other) == surely
    with closing(sqlite3.connect(":memory:")) as connection:
        query = f"SELECT {photos.is_before('?1', '?2')}"
        assert connection.execute(query, (one, other)).fetchone() == (surely,)
    born = int(grouping.days([earliest(other[:10])])[0])
    if len(other) <= len("1950-01-31"):
        assert (grouping.days([one])[0] < born) == surely


def test_a_photo_of_which_the_year_is_known_may_be_of_after_the_birth() -> None:
    bench = small(1)
    person, own, _ = one_person(bench)
    query = (
        "UPDATE photo SET taken_at = ?1, sort_at = ?1 "
        "WHERE id IN (SELECT photo_id FROM face WHERE id = ?2)"
    )
    for face in own:
        bench.connection.execute(query, ("1955" if face == own[-1] else "1956", face))
    bench.do(corrections.confirm, person, own[:1])
    bench.do(details.set_details, person, Facts(birth_date="1956-05-31"))
    assert set(queries.face_ids(bench.connection, person_id=person)) == set(own[:-1])
    bench.refresh(full=True)
    assert set(queries.face_ids(bench.connection, person_id=person)) & set(own) == set(own[:-1])
