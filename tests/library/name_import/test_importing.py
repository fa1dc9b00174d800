"""Names of other programs are used in one decision, and never go over what the user said."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facesorter.domain import FaceState, Region
from facesorter.exchange.names import ImportedRegion, PhotoNames, Source
from facesorter.faces.analyzer import FoundFace
from facesorter.library.decisions import boxes, corrections, journal
from facesorter.library.decisions.journal import Kind
from facesorter.library.name_import import applying, importing, unplaced_names
from facesorter.library.name_import.importing import Gathered, Preview
from facesorter.library.name_import.judging import Conflict
from facesorter.library.transaction import Transaction
from facesorter.storage import decisions, embeddings, faces, imported_names, persons
from tests.library import acts
from tests.library.made import Bench, fill


@pytest.fixture
def bench() -> Bench:
    """Twelve faces, three in each photo, none grouped: so each decision is about its faces."""
    made = Bench()
    with made.database.atomic():
        fill(made.connection, people=3, each=4, per_photo=3, spread=0.5)
    return made


def photo_of(bench: Bench, at: int) -> Path:
    return Path("/photos/0") / bench.column("SELECT relpath FROM photo ORDER BY id")[at]


def faces_in(bench: Bench, at: int) -> list[Any]:
    photo = bench.column("SELECT id FROM photo ORDER BY id")[at]
    return faces.of_photo(bench.connection, photo)


def box(face: Any, name: str, source: Source = Source.MWG) -> ImportedRegion:
    region = face.region
    return ImportedRegion(name, region.x, region.y, region.w, region.h, source)


def regions(*boxes: ImportedRegion) -> PhotoNames:
    return PhotoNames(boxes)


def gathered(bench: Bench, *found: tuple[int, PhotoNames]) -> Gathered:
    return importing.gather(bench.connection, [(photo_of(bench, at), names) for at, names in found])


def bring_in(bench: Bench, names: Gathered, *theirs: Conflict, drawn: Any = None) -> Preview:
    """Use names as the program does; returns what the preview had promised."""
    shown = importing.preview(bench.connection, names)
    bench.do(importing.use, names, "files", theirs, shown.new_faces)
    work_off(bench, drawn)
    return shown


def work_off(bench: Bench, drawn: Any = None) -> int:
    waiting = imported_names.photos_to_place(bench.connection, 1000)
    pack = bench.one("SELECT sha256 FROM model")
    judged = applying.judge(bench.connection, waiting)
    return int(bench.do(applying.apply, judged, drawn or {}, pack))


def name_of(bench: Bench, face: Any) -> str | None:
    (now,) = faces.by_ids(bench.connection, [face.id])
    return now.name if now.state is FaceState.CONFIRMED else None


def test_names_are_given_and_one_undo_takes_all_back(bench: Bench) -> None:
    before = acts.exact(bench)
    one, two, three = faces_in(bench, 0)
    names = gathered(bench, (0, regions(box(one, "Anna"), box(two, "Ben"))), (1, regions()))
    shown = bring_in(bench, names)
    assert (shown.new_faces, shown.new_people, shown.photos) == (2, 2, 1)
    assert (name_of(bench, one), name_of(bench, two), name_of(bench, three)) == (
        "Anna",
        "Ben",
        None,
    )
    status = journal.status(bench.connection)
    assert status.undo_kind is Kind.IMPORT_NAMES
    assert dict(status.undo_args)["faces"] == 2
    assert bench.do(journal.undo).skipped == 0
    assert acts.exact(bench) == before
    assert bench.do(journal.redo).skipped == 0
    assert name_of(bench, one) == "Anna"


def test_a_name_means_the_person_who_has_it_in_any_spelling(bench: Bench) -> None:
    one, two, _ = faces_in(bench, 0)
    rene = bench.do(corrections.move_to_new_person, [one.id], "René")
    shown = bring_in(bench, gathered(bench, (0, regions(box(two, "RENE")))))
    assert shown.new_people == 0
    assert faces.by_ids(bench.connection, [two.id])[0].person_id == rene


def test_the_user_goes_first_unless_they_say_otherwise(bench: Bench) -> None:
    one, two, three = faces_in(bench, 0)
    bench.do(corrections.move_to_new_person, [one.id], "Clara")
    bench.do(corrections.ignore, [two.id])
    anna = bench.do(corrections.move_to_new_person, [faces_in(bench, 1)[0].id], "Anna")
    bench.do(corrections.reject, anna, [three.id])
    names = gathered(bench, (0, regions(box(one, "Anna"), box(two, "Ben"), box(three, "anna"))))
    shown = bring_in(bench, names)
    assert [(each.kind, each.faces) for each in shown.conflicts] == [
        (Conflict.OTHER_NAME, 1),
        (Conflict.IGNORED, 1),
        (Conflict.NOT_THEM, 1),
    ]
    example = shown.conflicts[0].examples[0]
    assert (example.mine, example.theirs, example.face_id) == ("Clara", "Anna", one.id)
    assert [name_of(bench, each) for each in (one, two, three)] == ["Clara", None, None]
    bench.do(journal.undo)
    bring_in(bench, names, Conflict.OTHER_NAME, Conflict.IGNORED, Conflict.NOT_THEM)
    assert [name_of(bench, each) for each in (one, two, three)] == ["Anna", "Ben", "Anna"]


def test_sources_that_disagree_name_nobody_unless_the_first_may(bench: Bench) -> None:
    one = faces_in(bench, 0)[0]
    names = gathered(bench, (0, regions(box(one, "Anna"), box(one, "Eve", Source.MICROSOFT))))
    (conflict,) = bring_in(bench, names).conflicts
    assert (conflict.kind, conflict.faces) == (Conflict.SOURCES, 1)
    (example,) = conflict.examples
    assert (example.face_id, example.theirs, example.others) == (one.id, "Anna", ("Eve",))
    assert name_of(bench, one) is None
    bench.do(journal.undo)
    bring_in(bench, names, Conflict.SOURCES)
    assert name_of(bench, one) == "Anna"


def test_sources_disagree_about_a_face_that_the_user_named(bench: Bench) -> None:
    one = faces_in(bench, 0)[0]
    bench.do(corrections.move_to_new_person, [one.id], "Anna")
    names = gathered(bench, (0, regions(box(one, "Anna"), box(one, "Eve", Source.MICROSOFT))))
    (conflict,) = bring_in(bench, names).conflicts
    assert (conflict.kind, conflict.faces) == (Conflict.OTHER_NAME, 1)
    assert name_of(bench, one) == "Anna"
    bench.do(journal.undo)
    bring_in(bench, names, Conflict.OTHER_NAME)
    assert name_of(bench, one) == "Eve"


def test_two_sources_that_agree_are_one(bench: Bench) -> None:
    one = faces_in(bench, 0)[0]
    names = gathered(bench, (0, regions(box(one, "Anna"), box(one, "anna", Source.MICROSOFT))))
    shown = bring_in(bench, names)
    assert (shown.new_faces, shown.known, shown.conflicts) == (1, 0, ())


def test_again_without_news_there_is_nothing_to_do(bench: Bench) -> None:
    names = gathered(bench, (0, regions(*(box(f, f"P{f.id}") for f in faces_in(bench, 0)))))
    bring_in(bench, names)
    again = importing.preview(bench.connection, names)
    assert not again
    assert again.known == 3


def test_news_there_replace_what_came_from_there_and_not_what_the_user_said(bench: Bench) -> None:
    one, two, three = faces_in(bench, 0)
    bring_in(
        bench, gathered(bench, (0, regions(box(one, "Anna"), box(two, "Ben"), box(three, "Eve"))))
    )
    clara = bench.do(corrections.move_to_new_person, [two.id], "Clara")
    # Nothing is new of the second; the first changed; the third lost its name.
    names = gathered(bench, (0, regions(box(one, "Dora"), box(two, "Ben"), box(three, ""))))
    shown = bring_in(bench, names)
    assert (shown.new_faces, shown.taken_back, shown.conflicts) == (1, 1, ())
    assert [name_of(bench, each) for each in (one, two, three)] == ["Dora", "Clara", None]
    # A new name for what the user changed is a conflict, and the user's word stays.
    shown = bring_in(bench, gathered(bench, (0, regions(box(one, "Dora"), box(two, "Fay")))))
    assert [each.kind for each in shown.conflicts] == [Conflict.OTHER_NAME]
    assert faces.by_ids(bench.connection, [two.id])[0].person_id == clara


def test_a_sidecar_that_is_gone_takes_no_names_with_it(bench: Bench) -> None:
    one = faces_in(bench, 0)[0]
    bring_in(bench, gathered(bench, (0, regions(box(one, "Anna")))))
    bring_in(bench, gathered(bench, (0, PhotoNames(people=(("Zoe", Source.KEYWORDS),)))))
    assert name_of(bench, one) == "Anna"


def test_faces_that_wait_are_counted_once_for_all_kinds_of_region(bench: Bench) -> None:
    one, two = faces_in(bench, 0)[:2]
    bench.connection.execute("UPDATE photo SET status = 'pending' WHERE id = ?", (one.photo_id,))
    bench.connection.commit()
    both = [
        box(face, name, source)
        for face, name in ((one, "Anna"), (two, "ANNA"))
        for source in (Source.MWG, Source.MICROSOFT)
    ]
    rounded = [dataclasses.replace(each, x=each.x + 1e-6) for each in both]
    photo, sidecar = (0, regions(*both, box(two, "Ben"))), (0, regions(*rounded))
    shown = importing.preview(bench.connection, gathered(bench, photo, sidecar))
    assert (shown.waiting, shown.new_faces) == (3, 3)
    assert [(each.name, each.faces) for each in shown.people] == [("Anna", 2), ("Ben", 1)]


def test_names_wait_for_the_analysis_and_belong_to_the_same_decision(bench: Bench) -> None:
    one = faces_in(bench, 0)[0]
    bench.connection.execute("UPDATE photo SET status = 'pending' WHERE id = ?", (one.photo_id,))
    bench.connection.commit()
    shown = bring_in(bench, gathered(bench, (0, regions(box(one, "Anna")))))
    assert (shown.waiting, shown.new_faces) == (1, 1)
    bench.do(corrections.move_to_new_person, [faces_in(bench, 1)[0].id], "Zoe")
    assert work_off(bench) == 0
    later = Bench(bench.connection.serialize())  # the program was closed meanwhile
    later.connection.execute("UPDATE photo SET status = 'analysed'")
    later.connection.commit()
    assert work_off(later) == 1
    assert name_of(later, one) == "Anna"
    assert later.do(journal.undo).kind is Kind.SPLIT
    assert name_of(later, one) == "Anna"
    assert later.do(journal.undo).kind is Kind.IMPORT_NAMES
    assert name_of(later, one) is None
    assert persons.with_name(later.connection, "Anna") == []


def test_what_is_undone_while_it_waits_is_not_given(bench: Bench) -> None:
    one = faces_in(bench, 0)[0]
    bench.do(importing.use, gathered(bench, (0, regions(box(one, "Anna")))), "files")
    bench.do(journal.undo)
    assert work_off(bench) == 0
    bench.do(journal.redo)
    assert work_off(bench) == 1
    assert bench.do(journal.undo).skipped == 0
    assert name_of(bench, one) is None


def test_names_that_wait_follow_a_person_who_was_renamed_or_merged(bench: Bench) -> None:
    one, two, _ = faces_in(bench, 0)
    late = faces_in(bench, 1)[0]
    bench.connection.execute("UPDATE photo SET status = 'pending' WHERE id = ?", (late.photo_id,))
    bench.connection.commit()
    bring_in(
        bench, gathered(bench, (0, regions(box(one, "Anna"))), (1, regions(box(late, "Anna"))))
    )
    anna = faces.by_ids(bench.connection, [one.id])[0].person_id
    other = bench.do(corrections.move_to_new_person, [two.id], "Anna Bauer")
    bench.do(corrections.merge, other, [anna])
    bench.connection.execute("UPDATE photo SET status = 'analysed'")
    bench.connection.commit()
    assert work_off(bench) == 1
    assert faces.by_ids(bench.connection, [late.id])[0].person_id == other


def test_a_region_where_no_face_was_found_becomes_a_drawn_face(bench: Bench) -> None:
    here = Region(0.4, 0.7, 0.1, 0.15)
    there = ImportedRegion("Anna", here.x, here.y, here.w, here.h, Source.MWG)
    nobody = ImportedRegion("", 0.1, 0.7, 0.1, 0.15, Source.MWG)
    names = gathered(bench, (0, PhotoNames((there, nobody))))
    assert importing.preview(bench.connection, names).drawn == 1
    bench.do(importing.use, names, "files")
    photo = faces_in(bench, 0)[0].photo_id
    (wanted,) = applying.judge(bench.connection, [photo]).to_draw()
    assert wanted.region.overlap(here) > 0.999
    assert work_off(bench) == 0  # it waits until the pixels were looked at
    old = faces_in(bench, 0)[0]
    vector = np.zeros(64, np.float32)
    seen = FoundFace(here, np.array(old.landmarks, np.float32), 0.0, 0.3, vector)
    assert work_off(bench, {wanted.imported_id: seen}) == 1
    (drawn,) = [face for face in faces_in(bench, 0) if face.origin == "drawn"]
    assert (drawn.name, drawn.state, drawn.region) == ("Anna", FaceState.CONFIRMED, here)
    bench.do(journal.undo)
    assert {face.state for face in faces_in(bench, 0) if face.origin == "drawn"} == {"ignored"}


def test_a_face_that_the_user_drew_stays_when_its_name_is_removed_there(bench: Bench) -> None:
    one, *_ = faces_in(bench, 0)
    here, pack = Region(0.4, 0.7, 0.1, 0.15), bench.one("SELECT sha256 FROM model")
    vector = np.zeros(64, np.float32)
    seen = FoundFace(here, np.array(one.landmarks, np.float32), 0.0, 0.3, vector)
    mine = bench.do(boxes.draw, one.photo_id, seen, pack, name="Carla")
    bench.do(corrections.reject, bench.one("SELECT max(id) FROM person"), [mine])
    there = ImportedRegion("Anna", here.x, here.y, here.w, here.h, Source.MWG)
    bring_in(bench, gathered(bench, (0, regions(there))))
    (drawn,) = faces.by_ids(bench.connection, [mine])
    assert (drawn.name, drawn.state) == ("Anna", FaceState.CONFIRMED)
    bring_in(bench, gathered(bench, (0, regions(box(one, "Ben")))))
    (drawn,) = faces.by_ids(bench.connection, [mine])
    assert (drawn.name, drawn.state) == (None, FaceState.UNKNOWN)


def test_a_region_of_a_photo_that_cannot_be_read_is_left_alone(bench: Bench) -> None:
    there = ImportedRegion("Anna", 0.4, 0.7, 0.1, 0.15, Source.MWG)
    bench.do(importing.use, gathered(bench, (0, PhotoNames((there,)))), "files")
    (wanted,) = applying.judge(bench.connection, [faces_in(bench, 0)[0].photo_id]).to_draw()
    assert work_off(bench, {wanted.imported_id: None}) == 0
    assert not imported_names.photos_to_place(bench.connection, 10)


def people(*names: str, source: Source = Source.TAKEOUT) -> PhotoNames:
    return PhotoNames(people=tuple((name, source) for name in names))


def test_a_name_without_a_place_is_the_one_face_that_is_left(bench: Bench) -> None:
    one, two, three = faces_in(bench, 0)
    bench.do(corrections.move_to_new_person, [one.id], "Clara")
    bench.do(corrections.ignore, [two.id])
    bring_in(bench, gathered(bench, (0, people("Clara", "Anna"))))
    assert [name_of(bench, each) for each in (one, two, three)] == ["Clara", None, "Anna"]


def test_a_name_that_could_be_of_several_faces_is_nobodys_but_is_shown(bench: Bench) -> None:
    before = acts.decided(bench)
    shown = bring_in(bench, gathered(bench, (0, people("Anna"))))
    assert (shown.unplaced, shown.new_faces) == (1, 0)
    assert acts.decided(bench) == before
    photo = faces_in(bench, 0)[0].photo_id
    assert [row[:2] for row in imported_names.on_photos(bench.connection, [photo])] == [
        (photo, "Anna")
    ]


def test_a_name_without_a_place_confirms_the_suggestion_of_that_person(bench: Bench) -> None:
    one, two, _ = faces_in(bench, 0)
    bring_in(bench, gathered(bench, (0, people("Anna"))))
    anna = bench.do(corrections.move_to_new_person, [faces_in(bench, 1)[0].id], "Anna")
    assert not applying.suggested(bench.connection)
    with bench.database.atomic():
        faces.set_suggestion(bench.connection, two.id, anna, 0.6)
    bench.do(applying.set_resolved, applying.newly_resolved(bench.connection))
    ready = applying.suggested(bench.connection)
    bench.do(journal.undo)
    bench.do(journal.undo)
    assert bench.do(applying.follow_suggestions, ready) == 0, "the names are no longer used"
    bench.do(journal.redo)
    bench.do(journal.redo)
    with bench.database.atomic():
        faces.set_suggestion(bench.connection, two.id, anna, 0.6)
    assert bench.do(applying.follow_suggestions, ready) == 1
    assert bench.do(applying.follow_suggestions, ready) == 0
    assert name_of(bench, two) == "Anna"
    assert name_of(bench, one) is None


def test_the_large_face_of_a_reference_photo_is_the_person(bench: Bench) -> None:
    one, two, three = faces_in(bench, 0)
    bench.connection.execute(
        "UPDATE face SET w = w * 0.2, h = h * 0.2 WHERE id IN (?, ?)", (one.id, three.id)
    )
    bench.connection.commit()
    bring_in(bench, gathered(bench, (0, people("Anna", source=Source.REFERENCES))))
    assert [name_of(bench, each) for each in (one, two, three)] == [None, "Anna", None]


def test_namesakes_are_asked_about(bench: Bench) -> None:
    one, two, three = faces_in(bench, 0)
    small = bench.do(corrections.move_to_new_person, [one.id], "Anna")
    others = faces_in(bench, 1)
    large = bench.do(corrections.move_to_new_person, [face.id for face in others], "x")
    bench.do(corrections.name, large, "Anna", allow_same=True)
    names = gathered(bench, (0, regions(box(one, "Anna"), box(three, "Anna"))))
    assert bring_in(bench, names).conflicts[0].kind is Conflict.NAMESAKES
    assert name_of(bench, three) is None
    bench.do(journal.undo)
    bring_in(bench, names, Conflict.NAMESAKES)
    assert faces.by_ids(bench.connection, [three.id])[0].person_id == large
    assert faces.by_ids(bench.connection, [one.id])[0].person_id == small
    assert name_of(bench, two) is None


def test_faces_that_the_user_put_together_get_the_name_as_one(bench: Bench) -> None:
    one, two, _ = faces_in(bench, 0)
    unnamed = bench.do(corrections.move_to_new_person, [one.id, two.id])
    bring_in(bench, gathered(bench, (0, regions(box(one, "Anna")))))
    assert persons.name_of(bench.connection, unnamed) == "Anna"
    assert name_of(bench, two) == "Anna"


def test_photos_are_found_by_the_end_of_their_path(bench: Bench) -> None:
    moved = Path("D:/old/photos/0") / photo_of(bench, 0).name
    found = importing.gather(
        bench.connection,
        [(moved, people("Anna")), ("/elsewhere/1.jpg", people("Ben"))],
    )
    assert ([row.name for row in found.rows], found.elsewhere) == (["Anna"], 1)


def test_what_is_decided_while_names_are_judged_goes_first(bench: Bench) -> None:
    one, two, _ = faces_in(bench, 0)
    bench.do(
        importing.use, gathered(bench, (0, regions(box(one, "Anna"), box(two, "Ben")))), "files"
    )
    judged = applying.judge(bench.connection, [one.photo_id])
    bench.do(corrections.move_to_new_person, [one.id], "Clara")
    assert bench.do(applying.apply, judged, {}) == 1
    assert (name_of(bench, one), name_of(bench, two)) == ("Clara", "Ben")
    assert bench.do(journal.undo).kind is Kind.SPLIT
    assert bench.do(journal.undo).skipped == 0
    assert name_of(bench, two) is None


def test_an_import_that_was_never_decided_leaves_nothing(bench: Bench) -> None:
    one, two, _ = faces_in(bench, 0)
    bring_in(bench, gathered(bench, (0, regions(box(one, "Anna")))))
    kept = bench.all("SELECT * FROM imported_name")
    begun = bench.do(importing.stage, "files")
    bench.do(importing.add, begun, gathered(bench, (0, regions(box(two, "Ben")))).rows)
    assert not imported_names.photos_to_place(bench.connection, 10), "as the program was killed"
    assert work_off(bench) == 0
    while bench.do(importing.drop_undecided):
        pass
    assert bench.all("SELECT * FROM imported_name") == kept
    assert bench.one("SELECT count(*) FROM name_import") == 1


def test_parts_of_one_import_share_the_entries_of_the_journal(bench: Bench) -> None:
    before = acts.exact(bench)
    names = gathered(
        bench, *((at, regions(*(box(f, "Anna") for f in faces_in(bench, at)))) for at in range(4))
    )
    bench.do(importing.use, names, "files")
    for photo_id in imported_names.photos_to_place(bench.connection, 10):
        bench.do(applying.apply, applying.judge(bench.connection, [photo_id]), {})
    assert bench.one("SELECT count(*) FROM decision_change WHERE table_name = 'face'") == 1
    assert bench.one("SELECT count(*) FROM face WHERE state = 'confirmed'") == 12
    assert bench.do(journal.undo).skipped == 0
    assert acts.exact(bench) == before


def recognize(bench: Bench, least: float) -> int:
    """Look for the faces of people who are said to be on photos."""
    waiting = imported_names.recognizable(bench.connection, 0, 100)
    found = unplaced_names.find(bench.connection, waiting, lambda far: least)
    return int(bench.do(unplaced_names.confirm, found))


def persons_faces(bench: Bench, person: int) -> list[Any]:
    """The faces that one drawn person has, by their photos, of which no two are the same."""
    bench.connection.execute("UPDATE face SET quality = 0.9")
    bench.connection.commit()
    every = [face for at in range(4) for face in faces_in(bench, at)]
    vectors = embeddings.matrix(bench.connection, [face.id for face in every], 64)
    alike = vectors @ vectors.T
    first = every[person]
    return sorted(every, key=lambda face: -alike[every.index(first), every.index(face)])[:4]


def test_a_person_who_is_on_a_photo_is_found_by_less_likeness(bench: Bench) -> None:
    mine, *known = persons_faces(bench, 0)
    anna = bench.do(corrections.move_to_new_person, [face.id for face in known], "Anna")
    at = bench.column("SELECT id FROM photo ORDER BY id").index(mine.photo_id)
    bring_in(bench, gathered(bench, (at, people("Anna"))))
    assert name_of(bench, mine) is None
    assert recognize(bench, 0.99) == 0, "not alike enough"
    assert recognize(bench, 0.1) == 1
    (now,) = faces.by_ids(bench.connection, [mine.id])
    assert (now.person_id, now.state) == (anna, FaceState.CONFIRMED)
    assert recognize(bench, 0.1) == 0
    result = bench.do(journal.undo)
    assert (result.kind, result.skipped) == (Kind.IMPORT_NAMES, 0)
    assert name_of(bench, mine) is None
    assert recognize(bench, 0.1) == 0, "the names aren't in use"
    bench.do(journal.redo)
    assert name_of(bench, mine) == "Anna"


def test_what_the_user_said_of_a_face_or_photo_goes_before_likeness(bench: Bench) -> None:
    mine, *known = persons_faces(bench, 0)
    anna = bench.do(corrections.move_to_new_person, [face.id for face in known], "Anna")
    at = bench.column("SELECT id FROM photo ORDER BY id").index(mine.photo_id)
    bring_in(bench, gathered(bench, (at, people("Anna"))))
    waiting = imported_names.recognizable(bench.connection, 0, 100)
    found = unplaced_names.find(bench.connection, waiting, lambda far: 0.1)
    assert [each.face_id for each in found] == [mine.id]
    bench.do(corrections.reject, anna, [mine.id])
    assert bench.do(unplaced_names.confirm, found) == 0, "decided meanwhile"
    assert recognize(bench, 0.1) == 0
    bench.do(journal.undo)
    bench.do(corrections.move_to_new_person, [mine.id], "Ben")
    assert recognize(bench, 0.1) == 0
    assert name_of(bench, mine) == "Ben"


def test_faces_that_are_about_as_alike_are_not_told_apart() -> None:
    known = np.array([[1, 0, 0]], np.float32)
    faces = np.array([[0.6, 0.8, 0], [0.55, 0, 0.83], [0, 1, 0]], np.float32)
    assert unplaced_names.pick(faces, known, 0.3) is None
    assert unplaced_names.pick(faces[[0, 2]], known, 0.3) == 0
    assert unplaced_names.pick(faces[[0, 2]], known, 0.7) is None
    assert unplaced_names.pick(faces[:0], known, 0.3) is None
    assert unplaced_names.pick(faces, known[:0], 0.3) is None


def test_what_the_user_says_after_answering_stands(bench: Bench) -> None:
    """Names that waited don't go over newer decisions, though they were to go over older ones."""
    one, two, three = faces_in(bench, 0)
    clara = bench.do(corrections.move_to_new_person, [one.id, three.id], "Clara")
    names = gathered(bench, (0, regions(box(one, "Anna"), box(two, "Ben"), box(three, "Carl"))))
    bench.do(importing.use, names, "files", tuple(Conflict), 3)
    judged = applying.judge(bench.connection, imported_names.photos_to_place(bench.connection, 10))
    dora = bench.do(corrections.move_to_new_person, [one.id], "Dora")
    bench.do(corrections.ignore, [two.id])
    bench.do(applying.apply, judged, {})
    assert [name_of(bench, each) for each in (one, two, three)] == ["Dora", None, "Carl"]
    for _ in range(2):
        assert bench.do(journal.undo).skipped == 0
    assert faces.by_ids(bench.connection, [one.id])[0].person_id == clara != dora
    assert bench.do(journal.undo).skipped == 0
    assert [name_of(bench, each) for each in (one, two, three)] == ["Clara", None, "Clara"]


def test_a_face_renamed_within_an_import_is_undone_in_order(bench: Bench) -> None:
    """As the two files of a picture are, where their sidecars say different names."""
    ids = bench.column("SELECT id FROM face ORDER BY id")[:2]
    people = [
        bench.do(corrections.move_to_new_person, [face.id], n)
        for face, n in zip(faces_in(bench, 2), "AB", strict=False)
    ]
    a, b = ({"person_id": person, "state": "confirmed"} for person in people)
    bench.do(corrections.assign, people[0], [ids[0]])
    before = acts.exact(bench)

    def change(face: int, image: dict[str, Any], first: bool = False) -> None:
        def work(txn: Transaction) -> None:
            if first:
                with txn.decision(Kind.IMPORT_NAMES, ()):
                    txn.update("face", [face], image)
                return
            newest = decisions.newest_done(txn.connection)
            assert newest is not None
            with txn.addition(newest.id):
                txn.update("face", [face], image)

        bench.do(work)

    change(ids[0], b, first=True)
    change(ids[1], a)
    change(ids[1], b)
    assert [face.person_id for face in faces.by_ids(bench.connection, ids)] == [people[1]] * 2
    assert bench.do(journal.undo).skipped == 0
    assert acts.exact(bench) == before
    assert bench.do(journal.redo).skipped == 0
    assert [face.person_id for face in faces.by_ids(bench.connection, ids)] == [people[1]] * 2
