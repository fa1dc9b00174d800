"""Suspects first: planted faces stand at the top, with the reason; why a face is where it is."""

from __future__ import annotations

import pytest

from facesorter.errors import UserError
from facesorter.library import outliers, review
from facesorter.library.decisions import collages, corrections, journal
from facesorter.library.outliers import Reason
from facesorter.storage import faces, versions
from tests.library.made import Bench, fill


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    fill(made.connection, people=5, each=12, strangers=6, per_photo=1, spread=0.8, seed=8)
    made.refresh()
    return made


def people(bench: Bench) -> list[int]:
    return [q.person_id for q in review.questions_open(bench.connection)]


def of(bench: Bench, person: int) -> list[int]:
    return bench.column("SELECT id FROM face WHERE person_id = ? ORDER BY id", person)


def test_planted_faces_stand_first_with_their_reason(bench: Bench) -> None:
    anna, maria, *_ = people(bench)
    bench.do(corrections.name, anna, "Anna")
    of_maria = of(bench, maria)[0]
    of_nobody = bench.column("SELECT id FROM face WHERE state = 'unknown'")[0]
    bench.do(corrections.assign, anna, [of_maria, of_nobody])
    found = outliers.suspects(bench.connection, anna)
    assert sorted(s.face_id for s in found) == of(bench, anna)
    assert {s.face_id for s in found[:2]} == {of_maria, of_nobody}
    reasons = {s.face_id: s for s in found}
    assert reasons[of_maria].reason is Reason.RIVAL and reasons[of_maria].rival_id == maria
    assert reasons[of_nobody].reason in (Reason.UNLIKE, Reason.RIVAL)
    assert found[-1].reason is Reason.NONE
    assert [s.doubt for s in found] == sorted((s.doubt for s in found), reverse=True)


def test_a_second_face_in_one_photo_is_doubted(bench: Bench) -> None:
    anna = people(bench)[0]
    bench.do(corrections.name, anna, "Anna")
    first, second = of(bench, anna)[:2]
    photo = bench.one("SELECT photo_id FROM face WHERE id = ?", first)
    bench.connection.execute("UPDATE face SET photo_id = ? WHERE id = ?", (photo, second))
    top = outliers.suspects(bench.connection, anna)[0]
    assert top.face_id in (first, second) and top.reason is Reason.PHOTO
    bench.do(collages.set_collage, bench.column("SELECT photo_id FROM face WHERE id = ?", first))
    assert all(s.reason is not Reason.PHOTO for s in outliers.suspects(bench.connection, anna))


def test_a_face_from_another_age_is_told(bench: Bench) -> None:
    anna = people(bench)[0]
    bench.do(corrections.name, anna, "Anna")
    face = of(bench, anna)[3]
    bench.connection.execute(
        "UPDATE photo SET taken_at = '1950-01-01T00:00:00', sort_at = '1950-01-01T00:00:00' "
        "WHERE id = (SELECT photo_id FROM face WHERE id = ?)",
        (face,),
    )
    found = {s.face_id: s for s in outliers.suspects(bench.connection, anna)}
    assert found[face].reason is Reason.TIME
    assert max(found.values(), key=lambda s: s.doubt).face_id == face


def test_why_shows_confirmed_faces_and_the_margin(bench: Bench) -> None:
    anna = people(bench)[0]
    faces = of(bench, anna)
    bench.do(corrections.confirm, anna, faces[:5])
    found = outliers.why(bench.connection, faces[-1])
    assert len(found.nearest) == outliers.SHOWN
    assert {face for face, _ in found.nearest} <= set(faces[:5])
    likes = [like for _, like in found.nearest]
    assert likes == sorted(likes, reverse=True) and likes[0] > 0.4
    assert found.margin > 0.1
    # A face does not speak for itself.
    assert faces[0] not in {face for face, _ in outliers.why(bench.connection, faces[0]).nearest}
    nobody = bench.column("SELECT id FROM face WHERE state = 'unknown'")[0]
    with pytest.raises(UserError, match="assigned to anyone"):
        outliers.why(bench.connection, nobody)


def test_nobody_and_a_single_face_are_no_trouble(bench: Bench) -> None:
    assert outliers.suspects(bench.connection, 999) == []
    alone = bench.do(corrections.move_to_new_person, of(bench, people(bench)[0])[:1])
    (only,) = outliers.suspects(bench.connection, alone)
    assert only.doubt == 0
    assert outliers.why(bench.connection, only.face_id).nearest == ()


def test_doubtful_are_confirmed_faces_until_they_are_said_to_be_right(bench: Bench) -> None:
    anna, eva = people(bench)[:2]
    planted = of(bench, eva)[:1]
    bench.do(corrections.confirm, anna, of(bench, anna))
    bench.do(corrections.confirm, eva, of(bench, eva))
    bench.do(corrections.assign, anna, planted)
    (found,) = outliers.doubtful(bench.connection, anna)
    assert found.face_id == planted[0] and found.reason is Reason.RIVAL and found.rival_id == eva
    bench.do(outliers.mark_correct, anna, planted)
    assert outliers.doubtful(bench.connection, anna) == []
    # Of another person nothing was said.
    bench.do(corrections.assign, eva, of(bench, anna)[:1])
    assert len(outliers.doubtful(bench.connection, eva)) == 1
    bench.do(journal.undo)
    bench.do(journal.undo)
    assert [each.face_id for each in outliers.doubtful(bench.connection, anna)] == planted


def test_a_face_that_is_no_longer_on_its_photo_is_not_shown(bench: Bench) -> None:
    anna = people(bench)[0]
    bench.do(corrections.name, anna, "Anna")
    bench.do(corrections.confirm, anna, of(bench, anna))
    first, *others = of(bench, anna)
    with bench.database.atomic():
        photo = bench.one("SELECT photo_id FROM face WHERE id = ?", first)
        row = versions.keep(bench.connection, versions.Version(photo, "before", 1, 1, 1))
        faces.move_to_photo(bench.connection, [first], row)
    found = [each.face_id for each in outliers.suspects(bench.connection, anna)]
    assert sorted(found) == others
