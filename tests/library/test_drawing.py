"""Drawn faces: they group and show like others, and undo and redo lose nothing of them."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.domain import FaceOrigin, FaceState, Region
from facesorter.errors import UserError
from facesorter.faces.analyzer import FoundFace
from facesorter.library import corrections, drawing, journal
from facesorter.storage import embeddings, faces, persons
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
    made = bench.do(drawing.draw, photo_of(bench, bench.own[1][0]), seen(bench, like), PACK)
    (face,) = faces.by_ids(bench.connection, [made])
    assert (face.state, face.origin, face.region) == (FaceState.UNKNOWN, FaceOrigin.DRAWN, PLACE)
    bench.refresh(full=True)
    together = [face.person_id for face in faces.by_ids(bench.connection, [made, like])]
    if photo_of(bench, made) not in {photo_of(bench, f) for f in bench.own[0]}:
        assert together[0] == together[1] is not None


def test_undo_and_redo_keep_its_embedding(bench: Bench) -> None:
    face = seen(bench, bench.own[0][0])
    made = bench.do(drawing.draw, photo_of(bench, bench.own[0][1]), face, PACK, name=" Bob ")
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
    made = bench.do(drawing.draw, photo, seen(bench, like), PACK, name="Anna")
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
        (known.photo_id, seen(bench, like), "another", "another model pack"),
        (9_999, seen(bench, like), PACK, "no longer"),
    ):
        with pytest.raises(UserError, match=words):
            bench.do(drawing.draw, photo, face, pack)
    assert bench.one("SELECT count(*) FROM face") == before
    assert bench.do(journal.undo).kind is None


def test_after_undo_it_can_be_drawn_again(bench: Bench) -> None:
    face = seen(bench, bench.own[0][0])
    photo = photo_of(bench, bench.own[0][1])
    first = bench.do(drawing.draw, photo, face, PACK)
    bench.do(journal.undo)
    second = bench.do(drawing.draw, photo, face, PACK)
    assert second != first
    assert one(bench, first)[0] is FaceState.IGNORED
