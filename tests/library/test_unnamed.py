"""Unnamed people hidden in one decision, and that they stay quiet when they come again."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from facesorter.app.services import Services
from facesorter.domain import Region
from facesorter.library import queries, review
from facesorter.library.decisions import corrections, journal, unnamed
from facesorter.library.scanning import folders
from facesorter.storage import embeddings, faces, library_settings, photos
from tests.library.acts import exact
from tests.library.made import DIMENSION, POINTS, Bench, fill, unit


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    fill(made.connection, people=6, each=8, strangers=9, per_photo=2, spread=0.8, seed=4)
    made.refresh()
    return made


def add_looks(bench: Bench, face_ids: list[int], count: int, *, spread: float = 0.8) -> None:
    """Add photos with one face each that look like given faces."""
    random = np.random.default_rng(count)
    model = library_settings.get(bench.connection, "model")
    assert model is not None
    own = embeddings.matrix(bench.connection, face_ids, DIMENSION)
    middle = unit(own.sum(axis=0))
    for number in range(count):
        photo = photos.insert(
            bench.connection, 1, f"more {face_ids[0]} {number}.jpg", 1, 1, "2022-01-01", "exif"
        )
        photos.set_analysed(
            bench.connection,
            photo,
            content_hash=f"{face_ids[0]} {number}",
            width=100,
            height=100,
            orientation=1,
        )
        face = faces.insert(bench.connection, photo, Region(0.2, 0.2, 0.4, 0.4), POINTS, 0.9, 0.8)
        noise = unit(random.standard_normal(DIMENSION)) * spread
        embeddings.put(bench.connection, face, model, unit(middle + noise))


def test_a_folder_is_emptied_in_one_decision_that_can_be_undone(bench: Bench) -> None:
    named = review.questions_open(bench.connection)[0].person_id
    bench.do(corrections.name, named, "Anna")
    before = exact(bench)
    found = unnamed.in_folder(bench.connection, 1)
    assert named not in found.person_ids and found.face_ids
    bench.do(unnamed.hide, found)
    assert review.questions_open(bench.connection) == []
    assert unnamed.in_folder(bench.connection, 1).faces == 0
    after = exact(bench)
    assert all(entry[0] in ("confirmed", "ignored") for entry in after.faces.values())
    assert after.persons[named] == before.persons[named]
    assert len(bench.all("SELECT * FROM decision")) == 2
    bench.refresh(full=True)
    assert review.questions_open(bench.connection) == []
    assert exact(bench) == after
    assert bench.do(journal.undo).kind == "strangers"
    assert exact(bench) == before
    assert bench.do(journal.redo).skipped == 0
    assert exact(bench) == after


def test_the_same_strangers_are_absorbed_in_silence(bench: Bench) -> None:
    groups = [q.person_id for q in review.questions_open(bench.connection)]
    own = {p: bench.column("SELECT id FROM face WHERE person_id = ?", p) for p in groups}
    single = bench.column("SELECT id FROM face WHERE state = 'unknown'")[0]
    bench.do(unnamed.hide, unnamed.in_folder(bench.connection, 1))
    for members in own.values():
        add_looks(bench, members, 5)
    add_looks(bench, [single], 4, spread=0.5)
    bench.refresh()
    assert review.questions_open(bench.connection) == []
    for person, members in own.items():
        there = bench.column("SELECT id FROM face WHERE person_id = ?", person)
        assert len(there) >= len(members) + 4
    # Brought back, they are as good as anybody.
    bench.do(corrections.hide, groups[0], False)
    assert groups[0] in {q.person_id for q in review.questions_open(bench.connection)}


def test_a_photo_takes_its_unnamed_people_only(bench: Bench) -> None:
    photo = bench.one("SELECT photo_id FROM face GROUP BY photo_id HAVING count(*) = 2")
    there = bench.column("SELECT person_id FROM face WHERE photo_id = ?", photo)
    found = unnamed.in_photo(bench.connection, photo)
    assert set(found.person_ids) == {person for person in there if person}
    assert len(found.face_ids) == there.count(None)
    bench.do(unnamed.hide, found)
    hidden = bench.column("SELECT id FROM person WHERE hidden = 1")
    assert set(found.person_ids) <= set(hidden)
    assert len(hidden) == 2


def test_who_is_at_home_elsewhere_is_no_stranger(bench: Bench) -> None:
    person = review.questions_open(bench.connection)[0].person_id
    bench.connection.execute("INSERT INTO folder (path, added_at) VALUES ('/wedding', '2024')")
    taken = bench.column("SELECT photo_id FROM face WHERE person_id = ? LIMIT 2", person)
    for photo in taken:
        bench.connection.execute("UPDATE photo SET folder_id = 2 WHERE id = ?", (photo,))
    found = unnamed.in_folder(bench.connection, 2)
    assert person not in found.person_ids and found.known_elsewhere >= 1


def test_small_groups_are_set_aside_below_a_number(bench: Bench) -> None:
    sizes = {q.person_id: q.worth for q in review.questions_open(bench.connection)}
    limit = max(sizes.values())
    found = unnamed.below(bench.connection, limit)
    assert not found.face_ids
    bench.do(unnamed.hide, found)
    left = {q.person_id for q in review.questions_open(bench.connection)}
    assert left == {person for person, faces in sizes.items() if faces >= limit}


def test_faces_nobody_can_tell_are_ignored(bench: Bench) -> None:
    face = bench.column("SELECT id FROM face WHERE state = 'unknown'")[0]
    bench.connection.execute("UPDATE face SET quality = 0.01 WHERE id = ?", (face,))
    bench.do(unnamed.hide, unnamed.in_folder(bench.connection, 1))
    assert exact(bench).faces[face] == ("ignored", None)


def scan(services: Services, folder_id: int, photos_there: int) -> None:
    """Scan a folder, and wait until so many photos are analysed and grouped."""
    services.pipeline.scan([folder_id])
    end = time.monotonic() + 300
    while services.query(queries.counts).result(60).photos < photos_there:
        assert time.monotonic() < end
        time.sleep(0.05)
    services.wait_idle()


def test_real_strangers_stay_quiet(shared_photos: Path, tmp_path: Path) -> None:
    """A small form of `tests/benchmarks/strangers.py`, through a whole scan."""
    people = [
        p for p in sorted((shared_photos / "labelled").iterdir()) if len(list(p.iterdir())) > 5
    ]
    rest = defaultdict(list)
    party = tmp_path / "Party"
    party.mkdir()
    for person in people[:6]:
        found = sorted(person.iterdir())[:6]
        for path in found[:4]:
            shutil.copy(path, party / f"{person.name} {path.name}")
        rest[person.name] = found[4:]
    services = Services(tmp_path / "library", tmp_path / "cache", watch=False)
    services.start().result(60)
    folder = services.submit(folders.add, str(party)).result(60)
    scan(services, folder.id, 24)
    assert services.query(review.questions_open).result(60)
    found_here = services.query(unnamed.in_folder, folder.id).result(60)
    services.submit(unnamed.hide, found_here).result(60)
    for name, paths in rest.items():
        for path in paths:
            shutil.copy(path, party / f"{name} {path.name}")
    scan(services, folder.id, 36)
    assert services.query(review.questions_open).result(60) == []
    assert services.stop(30)


def test_only_those_who_are_mostly_among_some_faces_are_set_aside(bench: Bench) -> None:
    first, second, named = (q.person_id for q in review.questions_open(bench.connection)[:3])
    bench.do(corrections.name, named, "Anna")
    own = {
        person: queries.face_ids(bench.connection, person_id=person)
        for person in (first, second, named)
    }
    loose = [
        face.id
        for face in queries.faces(bench.connection, queries.face_ids(bench.connection))
        if face.person_id is None
    ]
    chosen = [*own[first], *own[second][:2], *own[named], loose[0]]
    found = unnamed.among(bench.connection, chosen)
    assert found.person_ids == (first,) and found.known_elsewhere == 1
    assert found.face_ids == (loose[0],)
    before = exact(bench)
    bench.do(unnamed.hide, found)
    assert queries.hidden_ids(bench.connection)[:1] != []
    assert first in queries.hidden_ids(bench.connection)
    assert {second, named}.isdisjoint(queries.hidden_ids(bench.connection))
    bench.do(journal.undo)
    assert exact(bench) == before
    assert unnamed.among(bench.connection, []).faces == 0
