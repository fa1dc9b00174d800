"""The map beside the library: kept, lost, damaged, and read with what the library knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facesorter.clustering.engine import Engine
from facesorter.library import face_map, grouping
from facesorter.library.decisions import corrections
from facesorter.library.face_map import CONFIRMED, NOBODY, SUGGESTED, UNKNOWN
from tests.library import made


@pytest.fixture
def bench() -> made.Bench:
    bench = made.small()
    bench.refresh()
    return bench


def likeness_of(bench: made.Bench):  # type: ignore[no-untyped-def]
    engine = Engine()
    grouping.propose(bench.connection, engine)
    found = engine.likeness()
    assert found is not None
    return found


def test_it_is_kept_and_read_again(bench: made.Bench, tmp_path: Path) -> None:
    likeness = likeness_of(bench)
    places = face_map.renew(None, likeness)
    assert face_map.load(tmp_path) is None
    face_map.save(tmp_path, places)
    again = face_map.load(tmp_path)
    assert again is not None and face_map.is_current(again, likeness)
    assert np.allclose(again.xy, places.xy, rtol=1e-6, atol=1e-5) and again.room == places.room
    assert [path.name for path in tmp_path.iterdir()] == [face_map.MAP_NAME]


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "other version", "not a number"])
def test_a_damaged_file_is_as_good_as_none(bench: made.Bench, tmp_path: Path, damage: str) -> None:
    face_map.save(tmp_path, face_map.renew(None, likeness_of(bench)))
    file = tmp_path / face_map.MAP_NAME
    whole = file.read_bytes()
    if damage in ("other version", "not a number"):
        with np.load(file) as stored:
            fields = dict(stored)
        if damage == "other version":
            fields["version"] = np.array(99)
        else:
            fields["xy"][0] = np.nan
        np.savez(file, **fields)
    else:
        file.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "text": b"hello"}[damage])
    assert face_map.load(tmp_path) is None


def test_that_it_cannot_be_kept_is_no_fault(bench: made.Bench, tmp_path: Path) -> None:
    face_map.save(tmp_path / "gone", face_map.renew(None, likeness_of(bench)))
    assert not (tmp_path / "gone").exists()


def test_who_looks_otherwise_is_new(bench: made.Bench) -> None:
    likeness = likeness_of(bench)
    places = face_map.renew(None, likeness)
    likeness.vectors[0] = -likeness.vectors[0]
    assert not face_map.is_current(places, likeness)
    renewed = face_map.renew(places, likeness)
    assert renewed.looks[0].tolist() == likeness.vectors[0, :2].tolist()
    assert (renewed.xy[0] != places.xy[0]).any()


def test_it_shows_what_the_library_says_now(bench: made.Bench) -> None:
    likeness = likeness_of(bench)
    places = face_map.renew(None, likeness)
    shown = face_map.read(bench.connection, places)
    assert shown.unplaced == 0 and len(shown.xy) == len(shown.face_ids) > 0
    largest = shown.clouds[0]
    members = shown.face_ids[shown.person == largest.person_id]
    assert largest.faces == len(members) > 1
    assert set(shown.state[shown.person == largest.person_id]) <= {SUGGESTED, CONFIRMED}
    bench.do(corrections.name, largest.person_id, "Anna")
    shown = face_map.read(bench.connection, places)
    assert shown.clouds[0].name == "Anna"
    assert set(shown.state[shown.person == largest.person_id]) == {CONFIRMED}
    assert all((shown.state == UNKNOWN) <= (shown.person == NOBODY))
    gone = int(members[0])
    bench.do(corrections.ignore, [gone])
    assert gone not in face_map.read(bench.connection, places).face_ids
    bench.do(corrections.hide, largest.person_id, True)
    shown = face_map.read(bench.connection, places)
    assert not set(members.tolist()) & set(shown.face_ids.tolist())


def test_a_person_in_two_places_is_named_where_most_faces_are() -> None:
    random = np.random.default_rng(0)
    points = np.concatenate(
        [random.normal((0, 0), 0.3, (30, 2)), random.normal((50, 0), 0.3, (20, 2))]
    )
    x, y, radius = face_map._thick_of(points, 2.0)
    assert abs(x) < 0.5 and abs(y) < 0.5 and radius > 40


def test_faces_that_came_since_are_counted(bench: made.Bench) -> None:
    likeness = likeness_of(bench)
    places = face_map.renew(None, likeness)
    fewer = face_map.Places(places.face_ids[3:], places.xy[3:], places.looks[3:], places.room)
    assert face_map.read(bench.connection, fewer).unplaced == 3
    none = face_map.Places(places.face_ids[:0], places.xy[:0], places.looks[:0], 1.0)
    assert len(face_map.read(bench.connection, none).face_ids) == 0
    found = face_map.as_json(face_map.read(bench.connection, places))
    assert len(found["faces"]) == len(places.face_ids) and found["people"]
