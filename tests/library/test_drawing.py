"""Drawn faces: they group and show like others, and undo and redo lose nothing of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facesorter.domain import FaceOrigin, FaceState, Region
from facesorter.errors import UserError
from facesorter.faces.analyzer import FoundFace, KnownFaces, PhotoFaces, analyse_photo
from facesorter.library.decisions import boxes, corrections, journal
from facesorter.library.scanning import record
from facesorter.storage import embeddings, faces, persons, photos
from tests.fakes import FakeAnalyzer
from tests.library.made import DIMENSION, POINTS, Bench, fill

PACK = f"made-{DIMENSION}"
PLACE = Region(0.1, 0.6, 0.2, 0.3)  # below the rows of faces that `fill` makes


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.own = fill(made.connection, people=3, each=5)  # type: ignore[attr-defined]
    made.refresh()
    return made


def seen(bench: Bench, like: int, region: Region = PLACE) -> FoundFace:
    """A face that looks like another one."""
    (vector,) = embeddings.several(bench.connection, [like]).values()
    other = vector + np.random.default_rng(like).normal(0, 0.05, DIMENSION)
    unit = (other / np.linalg.norm(other)).astype(np.float32)
    return FoundFace(region, np.array(POINTS, np.float32), 0.7, 0.6, unit)


def one(bench: Bench, face_id: int) -> tuple[FaceState, str | None]:
    (face,) = faces.by_ids(bench.connection, [face_id])
    return face.state, face.name


def photo_of(bench: Bench, face_id: int) -> int:
    return int(faces.by_ids(bench.connection, [face_id])[0].photo_id)


def test_a_drawn_face_is_grouped_like_others(bench: Bench) -> None:
    like = bench.own[0][0]
    made = bench.do(boxes.draw, photo_of(bench, bench.own[1][0]), seen(bench, like), PACK)
    (face,) = faces.by_ids(bench.connection, [made])
    assert (face.state, face.origin, face.region) == (FaceState.UNKNOWN, FaceOrigin.DRAWN, PLACE)
    bench.refresh(full=True)
    together = [face.person_id for face in faces.by_ids(bench.connection, [made, like])]
    if photo_of(bench, made) not in {photo_of(bench, f) for f in bench.own[0]}:
        assert together[0] == together[1] is not None


def test_undo_and_redo_keep_its_embedding(bench: Bench) -> None:
    face = seen(bench, bench.own[0][0])
    made = bench.do(boxes.draw, photo_of(bench, bench.own[0][1]), face, PACK, name=" Bob ")
    assert one(bench, made) == (FaceState.CONFIRMED, "Bob")
    (bob,) = persons.with_name(bench.connection, "Bob")
    for _ in range(2):
        assert bench.do(journal.undo).kind == "draw"
        assert one(bench, made) == (FaceState.IGNORED, None)
        assert not persons.exists(bench.connection, bob)
        bench.refresh(full=True)
        assert one(bench, made) == (FaceState.IGNORED, None)
        result = bench.do(journal.redo)
        assert (result.kind, result.skipped) == ("draw", 0)
        assert one(bench, made) == (FaceState.CONFIRMED, "Bob")
        kept = embeddings.several(bench.connection, [made])[made]
        assert np.array_equal(kept, face.embedding)


def test_somebody_known_is_given_the_face(bench: Bench) -> None:
    like = bench.own[2][0]
    (person,) = (face.person_id for face in faces.by_ids(bench.connection, [like]))
    bench.do(corrections.name, person, "Anna")
    photo = photo_of(bench, bench.own[0][0])
    made = bench.do(boxes.draw, photo, seen(bench, like), PACK, name="Anna")
    assert persons.with_name(bench.connection, "Anna") == [person]
    assert one(bench, made) == (FaceState.CONFIRMED, "Anna")
    # Nor does a new analysis of the photo, which finds nothing there, take it away.
    assert faces.undecided(bench.connection, [made]) == []


def test_what_can_not_be_drawn(bench: Bench) -> None:
    like = bench.own[0][0]
    (known,) = faces.by_ids(bench.connection, [like])
    before = bench.one("SELECT count(*) FROM face")
    for photo, face, pack, words in (
        (known.photo_id, seen(bench, like, known.region), PACK, "already"),
        (known.photo_id, seen(bench, like), "another", "a different model pack"),
        (9_999, seen(bench, like), PACK, "no longer"),
    ):
        with pytest.raises(UserError, match=words):
            bench.do(boxes.draw, photo, face, pack)
    assert bench.one("SELECT count(*) FROM face") == before
    assert bench.do(journal.undo).kind is None


def test_after_undo_it_can_be_drawn_again(bench: Bench) -> None:
    face = seen(bench, bench.own[0][0])
    photo = photo_of(bench, bench.own[0][1])
    first = bench.do(boxes.draw, photo, face, PACK)
    bench.do(journal.undo)
    second = bench.do(boxes.draw, photo, face, PACK)
    assert second != first
    assert one(bench, first)[0] is FaceState.IGNORED


# Boxes put right.


def test_a_changed_box_keeps_all_that_was_said(bench: Bench) -> None:
    face = bench.own[0][0]
    (known,) = faces.by_ids(bench.connection, [face])
    bench.do(corrections.name, known.person_id, "Anna")
    bench.do(corrections.set_cover, known.person_id, face)
    (other,) = {f.person_id for f in faces.by_ids(bench.connection, bench.own[1][:1])}
    bench.do(corrections.reject, other, [face])
    moved = seen(bench, face)
    made = bench.do(boxes.redraw, face, moved, PACK)
    assert made != face and one(bench, face) == (FaceState.IGNORED, None)
    (now,) = faces.by_ids(bench.connection, [made])
    assert (now.name, now.state, now.region) == ("Anna", FaceState.CONFIRMED, PLACE)
    assert now.origin is FaceOrigin.DRAWN
    assert np.array_equal(embeddings.several(bench.connection, [made])[made], moved.embedding)
    assert persons.traits(bench.connection, known.person_id)["cover_face_id"] == made
    assert persons.rejected_by(bench.connection, made) == [other]
    assert bench.do(journal.undo).kind == "redraw"
    (back,) = faces.by_ids(bench.connection, [face])
    assert (back.region, back.name, back.state) == (known.region, "Anna", FaceState.CONFIRMED)
    assert one(bench, made)[0] is FaceState.IGNORED
    assert persons.traits(bench.connection, known.person_id)["cover_face_id"] == face
    assert bench.do(journal.redo).skipped == 0
    bench.refresh(full=True)
    assert one(bench, made) == (FaceState.CONFIRMED, "Anna")
    assert faces.undecided(bench.connection, [face, made]) == []


def test_a_suggestion_stays_one_when_its_box_is_changed(bench: Bench) -> None:
    face = bench.own[0][0]
    (known,) = faces.by_ids(bench.connection, [face])
    assert known.state is FaceState.SUGGESTED
    made = bench.do(boxes.redraw, face, seen(bench, face), PACK)
    (now,) = faces.by_ids(bench.connection, [made])
    assert (now.person_id, now.state) == (known.person_id, FaceState.SUGGESTED)


def test_boxes_that_can_not_be_changed(bench: Bench) -> None:
    face, neighbour = bench.own[0][0], None
    for candidate in faces.of_photo(bench.connection, photo_of(bench, face)):
        neighbour = candidate if candidate.id != face else neighbour
    assert neighbour is not None
    bench.do(corrections.ignore, [bench.own[2][0]])
    before = bench.one("SELECT count(*) FROM face")
    for which, look, pack, words in (
        (face, seen(bench, face, neighbour.region), PACK, "already"),
        (face, seen(bench, face), "another", "a different model pack"),
        (bench.own[2][0], seen(bench, face), PACK, "no longer"),
        (9_999, seen(bench, face), PACK, "no longer"),
    ):
        with pytest.raises(UserError, match=words):
            bench.do(boxes.redraw, which, look, pack)
    assert bench.one("SELECT count(*) FROM face") == before


def test_a_box_may_be_changed_a_little(bench: Bench) -> None:
    """The old place is no face in the way of the new one."""
    face = bench.own[0][0]
    (known,) = faces.by_ids(bench.connection, [face])
    near = Region(known.region.x + 0.01, known.region.y, known.region.w, known.region.h)
    made = bench.do(boxes.redraw, face, seen(bench, face, near), PACK)
    again = bench.do(boxes.redraw, made, seen(bench, face, known.region), PACK)
    assert faces.by_ids(bench.connection, [again])[0].region == known.region
    for _ in range(2):
        bench.do(journal.undo)
    assert faces.by_ids(bench.connection, [face])[0] == known


@pytest.mark.parametrize("pack", [PACK, "newer"])
def test_a_new_analysis_leaves_a_changed_box_where_it_is(bench: Bench, pack: str) -> None:
    """Also where the detector sees the face at the old place, and with other models."""
    face = bench.own[0][0]
    (known,) = faces.by_ids(bench.connection, [face])
    photo = known.photo_id
    there = known.region
    near = Region(there.x + 0.02, there.y + 0.02, there.w * 0.9, there.h * 0.9)
    made = bench.do(boxes.redraw, face, seen(bench, face, near), PACK)
    bench.do(corrections.confirm, known.person_id, [made])
    model = bench.do(record.use_model, "made", pack, DIMENSION)
    assert faces.drawn_regions(bench.connection, photo) == [near]
    others = [f.id for f in faces.of_photo(bench.connection, photo) if f.id not in (face, made)]
    found = [seen(bench, each, _region(bench, each)) for each in others]
    # What `analyse_photo` makes of it: drawn regions go before what is found there.
    analysed = PhotoFaces("digest", 40, 30, 1, {}, (*found, seen(bench, face, near)), None)
    size, mtime, _ = photos.file_version(bench.connection, photo) or (0, 0, "")
    bench.do(record.analysed, photo, size, mtime, analysed, model)
    (now,) = faces.by_ids(bench.connection, [made])
    assert (now.region, now.state) == (near, FaceState.CONFIRMED)
    assert one(bench, face)[0] is FaceState.IGNORED
    shown = [f for f in faces.of_photo(bench.connection, photo) if f.state != "ignored"]
    assert len(shown) == len(others) + 1
    stored = bench.one("SELECT model_id FROM embedding WHERE face_id = ?", made)
    assert stored == model


def test_a_copy_of_the_photo_has_each_face_once(bench: Bench) -> None:
    face = bench.own[0][0]
    (known,) = faces.by_ids(bench.connection, [face])
    photo, there = known.photo_id, known.region
    shown = len(faces.of_photo(bench.connection, photo))
    near = Region(there.x + 0.01, there.y, there.w, there.h)
    bench.do(boxes.redraw, face, seen(bench, face, near), PACK)
    bench.do(boxes.draw, photo, seen(bench, face), PACK)
    bench.do(journal.undo)
    folder, digest = bench.all("SELECT folder_id, content_hash FROM photo WHERE id = ?", photo)[0]
    with bench.database.atomic():
        copy = photos.insert(bench.connection, folder, "copy.jpg", 7, 7, "2012", "exif")
    bench.do(record.analysed_before, copy, 7, 7, photo, digest)
    regions = [each.region for each in faces.of_photo(bench.connection, copy)]
    assert len(regions) == shown and near in regions and there not in regions


def _region(bench: Bench, face: int) -> Region:
    return faces.by_ids(bench.connection, [face])[0].region


def test_drawn_regions_go_before_what_is_found_there(tmp_path: Path) -> None:
    picture = tmp_path / "one.png"
    image = Image.new("RGB", (400, 300), (128, 128, 128))
    image.paste((250, 40, 40), (100, 100, 180, 180))
    image.save(picture)
    analyzer = FakeAnalyzer()
    alone = analyse_photo(picture, analyzer)
    (found,) = alone.faces
    place = found.region
    drawn = Region(place.x - 0.02, place.y, place.w + 0.04, place.h)
    seen_now = analyse_photo(
        picture, analyzer, known=KnownFaces(alone.content_hash, [drawn], [drawn])
    )
    assert [face.region for face in seen_now.faces] == [drawn]
    # A region that was only confirmed is the detector's to put right, as ever.
    seen_now = analyse_photo(picture, analyzer, known=KnownFaces(alone.content_hash, [drawn]))
    assert [face.region for face in seen_now.faces] == [place]
