"""Lists and counts leave out what can't be seen, and agree with each other."""

from __future__ import annotations

import pytest

from facesorter.domain import FolderState, PersonOrder
from facesorter.errors import Message
from facesorter.library import listings, places, queries
from facesorter.library.decisions import corrections, journal
from facesorter.library.name_import import importing
from facesorter.library.search import search
from facesorter.names import fold
from facesorter.storage import folders, photos
from tests.library.made import Bench, fill, small
from tests.support.libraries import faces_of, groups


@pytest.fixture
def bench() -> Bench:
    """Two folders, one not watched any more; a missing, a failed and a waiting photo."""
    bench = small(3)
    with bench.database.atomic():
        fill(bench.connection, people=2, each=3, per_photo=2, seed=99)
    bench.refresh()
    first, second, third, fourth = groups(bench)[:4]
    bench.do(corrections.name, first, "Anna")
    bench.do(corrections.name, second, "Berta")
    bench.do(corrections.hide, third)
    bench.do(corrections.ignore, faces_of(bench, fourth)[:1])
    with bench.database.atomic():
        (missing,) = bench.column("SELECT photo_id FROM face WHERE person_id = ? LIMIT 1", first)
        photos.set_missing(bench.connection, missing)
        seen = [p for p in bench.column("SELECT id FROM photo ORDER BY id") if p != missing]
        photos.set_pending(bench.connection, seen[0])
        photos.set_failed(bench.connection, seen[1], Message("The file is damaged."), None)
        folders.set_watched(bench.connection, 2, False)
    return bench


def test_counts_agree_with_the_lists(bench: Bench) -> None:
    counts = queries.counts(bench.connection)
    assert counts.photos == len(queries.photo_ids(bench.connection))
    assert counts.persons == len(queries.person_ids(bench.connection))
    assert counts.named == len(queries.names(bench.connection)) == 2
    assert counts.faces == bench.one(
        "SELECT count(*) FROM face JOIN photo ON photo.id = photo_id "
        "WHERE photo.status != 'missing' AND state != 'ignored'"
    )
    assert counts.problems == len(queries.problems(bench.connection)) == 1
    assert counts.pending == 1
    assert queries.photo_ids(bench.connection, folder_id=2) == []


def test_persons_are_counted_alike_everywhere(bench: Bench) -> None:
    people = {person.id: person for person in queries.all_persons(bench.connection)}
    for person in people.values():
        seen = bench.all(
            "SELECT state, photo_id, taken_at FROM face JOIN photo ON photo.id = photo_id "
            "WHERE person_id = ? AND photo.status != 'missing'",
            person.id,
        )
        assert person.faces == len(seen)
        assert person.confirmed == sum(state == "confirmed" for state, *_ in seen)
        assert person.suggested == person.faces - person.confirmed
        assert person.photos == len({photo for _, photo, _ in seen})
        assert person.first == min((taken for *_, taken in seen), default=None)
        assert person.last == max((taken for *_, taken in seen), default=None)
    ids = queries.person_ids(bench.connection)
    assert queries.persons(bench.connection, ids) == [people[identity] for identity in ids]
    assert queries.names(bench.connection) == sorted(
        ((p.name, p.id, p.faces) for p in people.values() if p.name), key=lambda row: -row[2]
    )
    shown = [people[identity] for identity in ids]
    assert [p.name is None for p in shown] == sorted(p.name is None for p in shown)
    assert not any(person.hidden for person in shown)
    cards = queries.cards(bench.connection)
    assert cards.seen == ids and cards.named == sum(p.name is not None for p in shown)
    assert set(cards.hidden) == {p.id for p in people.values() if p.hidden}


@pytest.mark.parametrize("order", PersonOrder)
def test_people_are_sorted_as_their_rows_would_be(bench: Bench, order: PersonOrder) -> None:
    people = {person.id: person for person in queries.all_persons(bench.connection)}
    cards = queries.cards(bench.connection, order=order)
    named = [people[each] for each in cards.seen[: cards.named]]
    assert len(named) >= 2 and all(person.name for person in named)
    keys = {
        PersonOrder.FACES: lambda p: (not p.favourite, -p.faces, p.id),
        PersonOrder.NAME: lambda p: (not p.favourite, fold(p.name), p.id),
        PersonOrder.NEWEST: lambda p: (not p.favourite, [-ord(c) for c in p.last or ""]),
    }
    assert named == sorted(named, key=keys[order])
    unnamed = [people[each].faces for each in cards.seen[cards.named :]]
    assert unnamed == sorted(unnamed, reverse=True)
    wanted = named[0]
    found = queries.cards(bench.connection, order=order, matching=wanted.name[:2].upper())
    assert wanted.id in found.seen and all(
        any(word.startswith(fold(wanted.name[:2])) for word in fold(people[each].name).split())
        for each in found.seen
    )


def test_the_cover_is_the_chosen_one_else_the_best_confirmed_one(bench: Bench) -> None:
    connection = bench.connection
    person = groups(bench)[0]
    own = bench.column(
        "SELECT face.id FROM face JOIN photo ON photo.id = photo_id WHERE person_id = ? "
        "AND photo.status != 'missing' ORDER BY state = 'confirmed' DESC, face.quality DESC",
        person,
    )
    assert queries.persons(connection, [person])[0].cover_face_id == own[0]
    bench.do(corrections.set_cover, person, own[-1])
    assert queries.persons(connection, [person])[0].cover_face_id == own[-1]


def test_the_cover_first_shown_stays_when_better_faces_come(bench: Bench) -> None:
    connection = bench.connection
    person = groups(bench)[1]
    # As a refresh reports those it made.
    bench.do(lambda txn: txn.touch(persons=[person]))
    shown = queries.persons(connection, [person])[0].cover_face_id
    other = next(face for face in faces_of(bench, person) if face != shown)
    # A sharper one of the same person, confirmed at that.
    connection.execute("UPDATE face SET quality = 1 WHERE id = ?", (other,))
    bench.do(corrections.confirm, person, [other])
    assert queries.persons(connection, [person])[0].cover_face_id == shown
    # It goes only when its face does.
    bench.do(corrections.reject, person, [shown])
    assert queries.persons(connection, [person])[0].cover_face_id == other


def test_the_cover_first_shown_is_back_when_a_merge_is_undone(bench: Bench) -> None:
    connection = bench.connection
    first, second = groups(bench)[:2]
    bench.do(lambda txn: txn.touch(persons=[first, second]))
    shown = queries.persons(connection, [second])[0].cover_face_id
    other = next(face for face in faces_of(bench, second) if face != shown)
    connection.execute("UPDATE face SET quality = 1 WHERE id = ?", (other,))
    bench.do(corrections.merge, first, [second])
    bench.do(journal.undo)
    assert queries.persons(connection, [second])[0].cover_face_id == shown
    # What the machine wrote there meanwhile keeps nobody from being merged again.
    connection.execute("UPDATE person SET first_cover_id = NULL WHERE id = ?", (second,))
    assert bench.do(journal.redo).skipped == 0
    assert not queries.persons(connection, [second])


def test_photos_come_newest_first(bench: Bench) -> None:
    found = queries.photos(bench.connection, queries.photo_ids(bench.connection))
    assert [p.taken_at for p in found] == sorted((p.taken_at for p in found), reverse=True)
    person = groups(bench)[0]
    on_them = set(queries.photo_ids(bench.connection, person_id=person))
    assert on_them == {
        face.photo_id
        for face, _ in listings.faces(bench.connection, person_id=person, photo_id=None)
    }


def test_unplugged_folders_keep_their_photos(bench: Bench) -> None:
    before = queries.photo_ids(bench.connection)
    with bench.database.atomic():
        folders.set_state(bench.connection, 1, FolderState.UNPLUGGED)
    assert queries.photo_ids(bench.connection) == before
    assert all(photo.unplugged for photo in queries.photos(bench.connection, before))


def test_lists_of_all_photos_read_no_rows_in_the_order_of_names() -> None:
    """SQLite takes the index by name, as only it leaves out missing photos; rows are elsewhere."""
    bench, asked = small(), list[str]()
    connection = bench.connection
    connection.set_trace_callback(asked.append)
    places.counts(connection)
    search.suggestions(connection)
    importing.gather(connection, [])
    connection.set_trace_callback(None)
    steps = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert "SCAN photo USING COVERING INDEX photo_shown" in steps
    assert not [step for step in steps if "SCAN photo USING INDEX" in step]
