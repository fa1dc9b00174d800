"""Duplicates: groups, which one is best, what is carried over, and what is never shown again."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest

from facesorter.errors import UserError
from facesorter.library import duplicates
from facesorter.library.decisions import corrections, descriptions, journal, labels, rotation
from facesorter.library.decisions import duplicates as decisions
from facesorter.library.duplicates import Reason
from facesorter.storage import faces, fingerprints, persons
from tests.library.acts import exact
from tests.library.made import Bench, fill


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.own = fill(made.connection, people=3, each=6, per_photo=2)  # type: ignore[attr-defined]
    made.refresh()
    return made


def photo_ids(bench: Bench) -> list[int]:
    return bench.column("SELECT id FROM photo ORDER BY id")


def set_photo(bench: Bench, photo: int, **values: object) -> None:
    marks = ", ".join(f"{column} = ?" for column in values)
    bench.connection.execute(f"UPDATE photo SET {marks} WHERE id = ?", (*values.values(), photo))


def make_copies(bench: Bench, *photos: int) -> None:
    for photo in photos[1:]:
        set_photo(bench, photo, content_hash=content(bench, photos[0]))


def content(bench: Bench, photo: int) -> str:
    return str(bench.one("SELECT content_hash FROM photo WHERE id = ?", photo))


def make_alike(bench: Bench, a: int, b: int, likeness: float = 0.97) -> None:
    pair = (content(bench, a), content(bench, b), likeness)
    bench.do(duplicates.record_pairs, [pair], [])


def found(bench: Bench) -> list[set[int]]:
    return [set(group.ids) for group in duplicates.groups(bench.connection)]


def test_exact_and_near_duplicates_are_one_group(bench: Bench) -> None:
    a, b, c, d, *_ = photo_ids(bench)
    assert found(bench) == []
    make_copies(bench, a, b)
    assert found(bench) == [{a, b}]
    assert duplicates.groups(bench.connection)[0].exact
    make_alike(bench, b, c)
    assert found(bench) == [{a, b, c}]
    assert not duplicates.groups(bench.connection)[0].exact
    set_photo(bench, b, status="missing")
    assert found(bench) == [{a, c}]
    assert d not in found(bench)[0]


def test_two_shots_by_the_cameras_clock_are_no_duplicates(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    make_alike(bench, a, b)
    for photo, second in ((a, "2019-05-01T10:00:00"), (b, "2019-05-01T10:00:01")):
        set_photo(bench, photo, dates=json.dumps({"exif-original": second}))
    assert found(bench) == []
    # A copy without a date, or with a less precise one, remains a copy.
    set_photo(bench, b, dates=json.dumps({"exif-original": "2019-05-01"}))
    assert found(bench) == [{a, b}]
    set_photo(bench, b, dates=json.dumps({"name": "2020-01-01"}))
    assert found(bench) == [{a, b}]


@pytest.mark.parametrize(
    ("better", "reason"),
    [
        ({"width": 8000, "height": 6000}, Reason.PIXELS),
        ({"dates": json.dumps({"exif-original": "2019"})}, Reason.METADATA),
        ({"relpath": "photo.png", "size": 1000}, Reason.FORMAT),
        ({"size": 9000}, Reason.QUALITY),
        ({"favourite": 1}, Reason.DECISIONS),
    ],
)
def test_the_best_is_suggested_with_the_reason(
    bench: Bench, better: dict[str, object], reason: Reason
) -> None:
    a, b, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    for photo in (a, b):
        set_photo(bench, photo, size=1000)
    (group,) = duplicates.groups(bench.connection)
    assert (group.ids, group.reasons) == ((a, b), (Reason.FIRST,))
    set_photo(bench, b, **better)
    (group,) = duplicates.groups(bench.connection)
    assert (group.ids, group.reasons) == ((b, a), (reason,))


def test_copies_by_their_names_are_not_the_best(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    set_photo(bench, b, size=1000)
    for name in ("IMG_1 (1).jpg", "IMG_1 copy.jpg", "IMG-20190501-WA0003.jpg", "Kopie von x.jpg"):
        set_photo(bench, a, relpath=name, size=1000)
        (group,) = duplicates.groups(bench.connection)
        assert (group.ids, group.reasons) == ((b, a), (Reason.NAME,)), name


def test_a_photo_on_an_absent_drive_is_not_the_best(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    bench.connection.execute(
        "INSERT INTO folder (path, state, added_at) VALUES ('/drive', 'unplugged', '2024')"
    )
    away = bench.one("SELECT max(id) FROM folder")
    set_photo(bench, a, folder_id=away, width=9000, height=9000)
    (group,) = duplicates.groups(bench.connection)
    assert (group.ids[0], group.reasons[0]) == (b, Reason.PRESENT)
    before = exact(bench)
    with pytest.raises(UserError, match="isn’t connected"):
        bench.do(decisions.keep, [a], [b])
    assert exact(bench) == before


def test_not_duplicates_is_remembered_and_can_be_undone(bench: Bench) -> None:
    a, b, c, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    make_alike(bench, b, c)
    bench.do(decisions.tell_apart, [c, a])
    # The rest stays together, and the two are never in one group, whatever else is alike.
    assert found(bench) == [{a, b}]
    bench.do(decisions.tell_apart, [a, b, c])
    assert found(bench) == []
    assert bench.do(journal.undo).kind is journal.Kind.NOT_DUPLICATES
    assert found(bench) == [{a, b}]
    bench.do(journal.undo)
    assert found(bench) == [{a, b, c}]
    bench.do(journal.redo)
    assert found(bench) == [{a, b}]


def test_what_was_said_is_carried_over_in_one_decision(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    # The same faces in the same places.
    own, other = (faces.of_photo(bench.connection, photo) for photo in (a, b))
    person = bench.do(corrections.move_to_new_person, [other[0].id], "Anna")
    bench.do(corrections.ignore, [other[1].id])
    bench.do(corrections.set_cover, person, other[0].id)
    bench.do(labels.add_tag, "Beach", [b])
    bench.do(labels.add_to_named_album, "Summer", [b])
    bench.do(labels.set_favourite, [b])
    bench.connection.execute(
        "UPDATE face SET state = 'unknown', person_id = NULL WHERE photo_id = ?", (a,)
    )
    before = exact(bench)
    bench.do(decisions.keep, [a], [b])
    after = exact(bench)
    assert after.faces[own[0].id] == ("confirmed", person)
    assert after.faces[own[1].id] == ("ignored", None)
    assert after.persons[person][1] == own[0].id
    assert {row[0] for row in after.labels - before.labels} == {"photo_tag", "album_photo", "photo"}
    # What was said of the other one stays with it, should it come back from the trash.
    assert after.faces[other[0].id] == ("confirmed", person)
    assert bench.do(journal.undo).kind is journal.Kind.KEEP
    assert exact(bench).labels == before.labels
    assert exact(bench).faces[own[1].id][0] != "ignored"
    assert exact(bench).persons[person] == before.persons[person]
    bench.do(journal.redo)
    assert exact(bench) == after


def test_what_the_user_said_of_the_kept_photo_stands(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    own, other = (faces.of_photo(bench.connection, photo) for photo in (a, b))
    tom = bench.do(corrections.move_to_new_person, [own[0].id], "Tom")
    anna = bench.do(corrections.move_to_new_person, [other[0].id], "Anna")
    bench.do(corrections.confirm, anna, [other[1].id])
    bench.connection.execute("INSERT INTO rejection VALUES (?, ?)", (own[1].id, anna))
    bench.connection.execute(
        "UPDATE face SET state = 'unknown', person_id = NULL WHERE id = ?", (own[1].id,)
    )
    bench.do(decisions.keep, [a], [b])
    after = exact(bench).faces
    assert after[own[0].id] == ("confirmed", tom)
    assert after[own[1].id] == ("unknown", None)


def test_no_stars_and_no_title_are_said_too(bench: Bench) -> None:
    a, b, c, *_ = photo_ids(bench)
    bench.do(descriptions.rate, [a], 0)
    bench.do(descriptions.describe, [a], title="", caption="")
    bench.do(descriptions.rate, [b], 5)
    bench.do(descriptions.describe, [b], title="Opera", caption="in Paris")
    bench.do(rotation.rotate, [b], 90)
    bench.do(decisions.keep, [a], [b])
    (kept,) = bench.all("SELECT rating, title, caption, turn FROM photo WHERE id = ?", a)
    assert kept == (0, "", "", 90)
    # And they are carried to a photo of which nothing was said.
    bench.do(decisions.keep, [c], [a])
    found = bench.all("SELECT rating, title, caption, turn FROM photo WHERE id = ?", c)
    assert found == [(0, "", "", 90)]


def test_what_is_no_duplicate_of_a_copy_is_none_of_the_kept_one(bench: Bench) -> None:
    a, b, c, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    make_alike(bench, b, c)
    bench.do(decisions.tell_apart, [a, c])
    bench.do(decisions.keep, [b], [a])
    set_photo(bench, a, status="missing")
    assert found(bench) == []
    bench.do(journal.undo)
    assert found(bench) == [{b, c}]


def test_many_copies_of_one_content_are_grouped_at_once(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    made = [fingerprints.Member(each, "same", None) for each in range(1, 20_001)]
    apart = {(a, b)}
    started = time.monotonic()
    groups = duplicates._join(made, [], apart)
    assert time.monotonic() - started < 5  # by pairs, it takes minutes
    assert [len(group) for group in groups] == [19_999]


def test_fingerprints_are_missed_in_parts(bench: Bench) -> None:
    ids = photo_ids(bench)
    set_photo(bench, ids[2], content_hash=content(bench, ids[1]))
    passed, last = [], ""
    while part := fingerprints.without(bench.connection, 2, last):
        passed += part
        last = part[-1][1]
    assert sorted(photo for photo, _ in passed) == [each for each in ids if each != ids[2]]
    bench.do(duplicates.record_prints, [fingerprints.Fingerprint(passed[0][1], b"x")])
    assert len(fingerprints.without(bench.connection, 1000)) == len(passed) - 1


def test_a_face_that_only_the_other_one_has_is_added(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    own, other = (faces.of_photo(bench.connection, photo) for photo in (a, b))
    faces.delete(bench.connection, [own[0].id])
    person = bench.do(corrections.move_to_new_person, [other[0].id], "Anna")
    bench.do(decisions.keep, [a], [b])
    (added,) = (f for f in faces.of_photo(bench.connection, a) if f.person_id == person)
    assert added.region == other[0].region
    bench.do(journal.undo)
    assert exact(bench).faces.get(added.id) is None  # kept as a row for redo, shown nowhere


def test_a_pair_is_kept_for_contents(bench: Bench) -> None:
    a, b, c, *_ = photo_ids(bench)
    make_alike(bench, a, b)
    print_ = fingerprints.Fingerprint(content(bench, c), b"x")
    bench.do(duplicates.record_prints, [print_])
    assert fingerprints.every(bench.connection, compared=False) == [print_]
    # Edited since: the file is no copy any more.
    set_photo(bench, b, content_hash="other")
    assert found(bench) == []


def test_a_group_tells_what_it_takes(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    (group,) = duplicates.groups(bench.connection)
    assert group.spare == group.photos[1].size
    assert dataclasses.is_dataclass(group)


def test_exact_copies_count_once_in_a_persons_photos(bench: Bench) -> None:
    person = bench.one("SELECT id FROM person ORDER BY id")

    def counted() -> int:
        return persons.summaries(bench.connection, [person])[0].photos

    a, b, *_ = bench.column(
        "SELECT DISTINCT photo_id FROM face WHERE person_id = ? ORDER BY 1", person
    )
    before = counted()
    make_copies(bench, a, b)
    assert fingerprints.copies_differ(bench.connection)
    bench.do(duplicates.record_copies)
    assert counted() == before - 1
    assert not fingerprints.copies_differ(bench.connection)
    set_photo(bench, a, status="missing")
    bench.do(duplicates.record_copies)
    assert counted() == before - 1
    set_photo(bench, a, status="analysed", content_hash="edited")
    bench.do(duplicates.record_copies)
    assert counted() == before


def test_the_best_of_several_groups_is_kept_in_one_decision(bench: Bench) -> None:
    a, b, c, d, *_ = photo_ids(bench)
    make_copies(bench, a, b)
    make_copies(bench, c, d)
    bench.do(labels.add_tag, "Beach", [b])
    bench.do(labels.set_favourite, [d])
    before = exact(bench)
    bench.do(decisions.keep_each, [([a], [b]), ([c], [d])])
    after = exact(bench)
    added = {row for row in after.labels - before.labels if row[0] == "photo_tag"}
    assert len(added) == 1 and a in next(iter(added))
    assert bench.one("SELECT favourite FROM photo WHERE id = ?", c)
    assert bench.one("SELECT favourite FROM photo WHERE id = ?", a) != 1
    bench.do(journal.undo)
    assert exact(bench).labels == before.labels


def test_only_copies_that_are_there_as_known_may_go(bench: Bench, tmp_path: Path) -> None:
    a, b, c, d, e, *_ = photo_ids(bench)
    make_copies(bench, a, b, c, d)
    bench.connection.execute("UPDATE folder SET path = ?", (str(tmp_path),))
    for photo in (a, b, c, d):
        path = tmp_path / f"{photo}.jpg"
        if photo == d:
            path.symlink_to(tmp_path / f"{a}.jpg")  # the same file under another path
        else:
            path.write_bytes(b"same")
        stat = path.stat()
        where = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        set_photo(bench, photo, relpath=path.name, **where)
    ((best, others),) = duplicates.spare_copies(bench.connection)
    assert (best.id, [photo.id for photo in others]) == (a, [b, c])
    (tmp_path / f"{b}.jpg").write_bytes(b"edited")
    ((_, others),) = duplicates.spare_copies(bench.connection)
    assert [photo.id for photo in others] == [c]
    make_alike(bench, a, e)
    assert duplicates.spare_copies(bench.connection) == [], "not all are identical"
    set_photo(bench, e, content_hash="other")
    (tmp_path / f"{a}.jpg").unlink()
    assert duplicates.spare_copies(bench.connection) == []
