"""Which pictures of a person are played."""

from __future__ import annotations

from facesorter.library import playback, queries
from facesorter.library.decisions import corrections
from facesorter.storage import faces as face_rows
from tests.library.made import Bench, fill


def test_the_confirmed_faces_oldest_first_one_a_photo() -> None:
    bench = Bench()
    with bench.database.atomic():
        first, *_ = fill(bench.connection, people=1, each=30, per_photo=2, seed=3)
    person = bench.do(corrections.move_to_new_person, first[:20], "Anna")
    for face in first[20:]:
        face_rows.set_suggestion(bench.connection, face, person, 0.5)
    found = playback.frames(bench.connection, person)
    taken = face_rows.taken(bench.connection, found)
    assert [taken[face] for face in found] == sorted(taken[face] for face in found)
    rows = {face.id: face for face in queries.faces(bench.connection, first[:20])}
    assert set(found) <= set(rows)
    photos = [rows[face].photo_id for face in found]
    assert sorted(photos) == sorted({row.photo_id for row in rows.values()})
    for face in found:
        same = [r for r in rows.values() if r.photo_id == rows[face].photo_id]
        assert rows[face].quality == max(r.quality for r in same)
    few = playback.frames(bench.connection, person, most=5)
    assert len(few) == 5 and set(few) <= set(found)
    assert [found.index(face) for face in few] == sorted(found.index(face) for face in few)


def test_without_confirmed_faces_all_are_played_but_those_without_eyes() -> None:
    bench = Bench()
    with bench.database.atomic():
        first, *_ = fill(bench.connection, people=1, each=8, per_photo=1, seed=3)
    bench.refresh()
    person = queries.faces(bench.connection, first[:1])[0].person_id
    assert person is not None
    assert set(playback.frames(bench.connection, person)) == set(first)
    bench.connection.execute("UPDATE face SET landmarks = zeroblob(40) WHERE id = ?", (first[0],))
    assert set(playback.frames(bench.connection, person)) == set(first[1:])
