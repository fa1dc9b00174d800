"""What each decision says about faces that it does not name."""

from __future__ import annotations

import pytest

from facesorter.errors import UserError
from facesorter.library.decisions import corrections, journal
from tests.library import acts
from tests.library.made import Bench, small
from tests.support.libraries import faces_of, groups


def states(bench: Bench, person: int) -> set[str]:
    return set(bench.column("SELECT state FROM face WHERE person_id = ?", person))


def test_naming_a_group_confirms_what_it_shows_and_renaming_does_not() -> None:
    bench = small()
    first, second = groups(bench)[:2]
    bench.do(corrections.name, first, "Anna")
    assert states(bench, first) == {"confirmed"}
    # A person of the user's keeps suggestions as suggestions.
    bench.do(corrections.confirm, second, faces_of(bench, second)[:1])
    bench.do(corrections.name, second, "Berta")
    assert states(bench, second) == {"confirmed", "suggested"}
    bench.do(corrections.name, second, "Beate")
    assert states(bench, second) == {"confirmed", "suggested"}


@pytest.mark.parametrize("named", ["target", "other", "neither"])
def test_merging_groups_confirms_what_both_show(named: str) -> None:
    bench = small()
    target, other = groups(bench)[:2]
    if named != "neither":
        bench.do(corrections.name, target if named == "target" else other, "Anna")
    both = faces_of(bench, target) + faces_of(bench, other)
    bench.do(corrections.merge, target, [other])
    assert set(faces_of(bench, target)) == set(both)
    assert states(bench, target) == {"confirmed"}
    name = None if named == "neither" else "Anna"
    assert acts.exact(bench).persons[target][0] == name


def test_a_merge_keeps_the_cover_and_birth_date_that_only_the_other_had() -> None:
    bench = small()
    target, other = groups(bench)[:2]
    bench.do(corrections.name, other, "Anna")
    cover = faces_of(bench, other)[2]
    bench.do(corrections.set_cover, other, cover)
    bench.connection.execute("UPDATE person SET birth_date = '1990-01-01' WHERE id = ?", (other,))
    bench.do(corrections.merge, target, [other])
    assert acts.exact(bench).persons[target][:4] == ("Anna", cover, 0, "1990-01-01")


def test_a_rejection_from_either_holds_for_both_after_a_merge() -> None:
    bench = small()
    first, second, third = groups(bench)[:3]
    for person, name in ((first, "Anna"), (second, "Berta"), (third, "Carla")):
        bench.do(corrections.confirm, person, faces_of(bench, person)[:1])
        bench.do(corrections.name, person, name)
    of_first, of_second = faces_of(bench, first)[-1], faces_of(bench, second)[-1]
    bench.do(corrections.reject, second, [of_first])
    bench.do(corrections.reject, first, [of_second])
    assert acts.exact(bench).faces[of_first] == ("suggested", first)
    bench.do(corrections.merge, first, [second])
    state = acts.exact(bench)
    assert state.faces[of_first] == state.faces[of_second] == ("unknown", None)
    assert {(of_first, first), (of_second, first)} <= state.rejections


def test_splitting_a_group_confirms_the_faces_left_behind() -> None:
    bench = small()
    person = groups(bench)[0]
    own = faces_of(bench, person)
    new = bench.do(corrections.move_to_new_person, own[:2], "Zoe")
    assert faces_of(bench, new) == own[:2] and states(bench, new) == {"confirmed"}
    assert faces_of(bench, person) == own[2:] and states(bench, person) == {"confirmed"}
    assert acts.exact(bench).rejections == {(face, person) for face in own[:2]}


def test_confirming_again_takes_a_rejection_back() -> None:
    bench = small()
    person = groups(bench)[0]
    face = faces_of(bench, person)[0]
    bench.do(corrections.reject, person, [face])
    bench.do(corrections.assign, person, [face])
    state = acts.exact(bench)
    assert state.faces[face] == ("confirmed", person) and not state.rejections


def test_a_cover_is_a_face_of_the_person_and_says_that_it_is_them() -> None:
    bench = small()
    first, second = groups(bench)[:2]
    cover = faces_of(bench, first)[0]
    with pytest.raises(UserError, match="don’t belong to person"):
        bench.do(corrections.set_cover, second, cover)
    bench.do(corrections.set_cover, first, cover)
    assert acts.exact(bench).faces[cover] == ("confirmed", first)
    bench.do(corrections.assign, second, [cover])
    assert acts.exact(bench).persons[first][1] is None
    bench.do(journal.undo)
    assert acts.exact(bench).persons[first][1] == cover
    bench.do(corrections.ignore, [cover])
    assert acts.exact(bench).persons[first][1] is None


def test_faces_and_persons_that_are_gone() -> None:
    bench = small()
    person = groups(bench)[0]
    before = acts.exact(bench)
    for act in (corrections.assign, corrections.confirm, corrections.reject):
        with pytest.raises(UserError, match="Person 999 no longer exists"):
            bench.do(act, 999, [1])
        bench.do(act, person, [777_777])
    with pytest.raises(UserError, match="no longer in the library"):
        bench.do(corrections.move_to_new_person, [777_777])
    with pytest.raises(UserError, match="Person 999 no longer exists"):
        bench.do(corrections.merge, person, [999])
    with pytest.raises(UserError, match="These faces aren’t in the library: 777777"):
        bench.do(corrections.require_faces, [1, 777_777])
    after = acts.exact(bench)
    assert after.rejections == before.rejections and after.persons == before.persons


def test_a_face_named_twice_counts_once() -> None:
    bench = small()
    person = groups(bench)[0]
    face = faces_of(bench, person)[0]
    start = acts.exact(bench)
    bench.do(corrections.reject, person, [face] * 1200)
    assert bench.do(journal.undo).skipped == 0
    bench.do(corrections.confirm, person, [face] * 1200)
    assert bench.do(journal.undo).skipped == 0
    assert acts.exact(bench) == start
