"""Everything the user said, in a file and back: nothing is lost, and nothing here is overruled."""

from __future__ import annotations

import csv
import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facesorter.domain import Region
from facesorter.errors import UserError
from facesorter.exchange import dump
from facesorter.faces.analyzer import FoundFace
from facesorter.library import dumps, queries
from facesorter.library.decisions import corrections, dates, descriptions, details, journal, labels
from facesorter.storage import embeddings, library_settings
from tests.library import acts
from tests.library.acts import Player
from tests.library.made import POINTS, Bench, small
from tests.support.acting import LIBRARIES, ONLY_DECISIONS
from tests.support.examples import examples


def described(bench: Bench) -> Any:
    """What an analyzer would make of any region: something."""

    def look(path: Path, region: Region, moment: int | None) -> FoundFace:
        vector = np.zeros(64, np.float32)
        vector[hash((path, region, moment)) % 64] = 1
        points = np.array(POINTS, np.float32)
        return FoundFace(region, points, 0.5, 0.5, vector, moment=moment)

    return look


def load(bench: Bench, path: Path) -> dumps.Loaded:
    plan = dumps.plan(bench.connection, path)
    assert not plan.unknown
    faces = dumps.describe(bench.connection, plan, described(bench))
    model = library_settings.get(bench.connection, "model")
    sha256 = embeddings.by_id(bench.connection, model)["sha256"]
    loaded = bench.do(dumps.apply, plan, faces, str(sha256))
    assert isinstance(loaded, dumps.Loaded)
    return loaded


def stacks(bench: Bench) -> set[frozenset[tuple[str, int | None]]]:
    """Photos that the user stacked, took apart, or put on top, by content."""
    found = defaultdict(set)
    for content, number, top in bench.all(
        "SELECT content_hash, given_stack, given_top FROM photo "
        "WHERE given_stack IS NOT NULL OR given_top = 1"
    ):
        found[number].add((content, top))
    return {frozenset(each) for each in found.values()}


def meaning(bench: Bench) -> dict[str, Any]:
    """What the user said, by photos, places and names rather than by ids."""
    place = {
        face: (digest, *(round(each, 4) for each in box))
        for face, digest, *box in bench.all(
            "SELECT face.id, content_hash, x, y, w, h FROM face JOIN photo ON photo.id = photo_id"
        )
    }
    photo = dict(bench.all("SELECT id, content_hash FROM photo"))
    held = defaultdict(set)
    for face, person in bench.all("SELECT id, person_id FROM face WHERE state = 'confirmed'"):
        held[person].add(place[face])
    persons = {
        row[0]: (*row[1:], frozenset(held[row[0]]))
        for row in bench.all(
            "SELECT id, name, birth_date, death_date, notes, favourite, hidden FROM person"
        )
        if row[1] or held[row[0]]
    }
    tags = dict(bench.all("SELECT id, name FROM tag"))
    albums = dict(bench.all("SELECT id, name FROM album"))
    return {
        "people": sorted(map(repr, persons.values())),
        "covers": {
            (repr(persons[person]), place[face])
            for person, face in bench.all("SELECT id, cover_face_id FROM person")
            if person in persons and face in place
        },
        "ignored": {
            place[face]
            for (face,) in bench.all(
                "SELECT id FROM face WHERE state = 'ignored' AND origin != 'drawn'"
            )
        },
        "rejections": {
            (place[face], repr(persons[person]))
            for face, person in bench.all("SELECT face_id, person_id FROM rejection")
            if person in persons and _shown(bench, face)
        },
        "relations": {
            (
                kind,
                *sorted((repr(persons[a]), repr(persons[b])) if kind != "parent" else ()),
                *((repr(persons[a]), repr(persons[b])) if kind == "parent" else ()),
            )
            for a, b, kind in bench.all("SELECT a, b, kind FROM relation")
            if a in persons and b in persons
        },
        "photos": bench.all(
            "SELECT content_hash, given_date, rating, title, caption, favourite, repeats, turn, "
            "given_place, given_latitude, given_longitude FROM photo ORDER BY 1"
        ),
        "stacks": stacks(bench),
        "tags": {tags[t] for t in tags},
        "photo tags": {
            (photo[p], tags[t]) for p, t in bench.all("SELECT photo_id, tag_id FROM photo_tag")
        },
        "person tags": {
            (repr(persons[p]), tags[t])
            for p, t in bench.all("SELECT person_id, tag_id FROM person_tag")
            if p in persons
        },
        "albums": set(bench.all("SELECT name, search FROM album")),
        "held": {
            (photo[p], albums[a])
            for p, a in bench.all("SELECT photo_id, album_id FROM album_photo")
        },
    }


def _shown(bench: Bench, face: int) -> bool:
    return bool(
        bench.one(
            "SELECT count(*) FROM face WHERE id = ? AND (origin != 'drawn' OR state != 'ignored')",
            face,
        )
    )


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.integers(0, LIBRARIES - 1), ONLY_DECISIONS, st.booleans())
def test_whatever_was_decided_comes_back_in_an_untouched_library(
    seed: int, steps: list[Any], as_csv: bool
) -> None:
    bench = small(seed)
    Player(bench).play(steps)
    fresh = small(seed)
    before = acts.exact(fresh)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all"
        dumps.write(bench.connection, path, as_csv=as_csv)
        loaded = load(fresh, path)
        assert loaded.conflicts == 0
        assert meaning(fresh) == meaning(bench)
        # Again, nothing changes; and one undo takes it all back.
        decided = acts.decided(fresh)
        load(fresh, path)
        assert acts.decided(fresh) == decided
    assert fresh.undo_all() <= 1
    assert acts.exact(fresh) == before


@pytest.fixture
def decided() -> Bench:
    """A library with something of everything."""
    bench = small(3)
    photos = queries.photo_ids(bench.connection)
    groups = bench.column("SELECT DISTINCT person_id FROM face WHERE person_id IS NOT NULL")
    bench.do(corrections.name, groups[0], "Anna")
    bench.do(corrections.name, groups[1], "Tom, “T.”\nT")
    bench.do(details.update_details, groups[0], birth_date="1956-07", notes='a;b,c\n"d" \\0 ')
    bench.do(descriptions.rate, photos[:2], 0)
    bench.do(descriptions.describe, photos[:1], title="", caption="C\\")
    bench.do(dates.give, {photos[0]: "1956"})
    bench.do(labels.add_tag, "Beach", photos[:2], groups[:1])
    return bench


@pytest.mark.parametrize("as_csv", [False, True])
def test_a_file_reads_as_what_was_written(decided: Bench, tmp_path: Path, as_csv: bool) -> None:
    path = tmp_path / "all"
    counts = dumps.write(decided.connection, path, as_csv=as_csv).counts
    tables = dump.read(path)
    assert {name: len(rows) for name, rows in tables.items()} == counts
    for name in dump.TABLES:
        assert tables[name] == list(dumps._rows(decided.connection, name))


def test_json_is_json_and_reads_the_same_when_another_program_wrote_it(
    decided: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "all.json"
    dumps.write(decided.connection, path)
    whole = json.loads(path.read_text())
    assert whole["format"] == "facesorter" and set(dump.TABLES) < set(whole)
    again = tmp_path / "pretty.json"
    again.write_text(json.dumps(whole, indent=1, sort_keys=True))
    assert dump.read(again) == dump.read(path)


def test_csv_is_what_a_spreadsheet_reads(decided: Bench, tmp_path: Path) -> None:
    dumps.write(decided.connection, tmp_path / "all", as_csv=True)
    with (tmp_path / "all" / "people.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file)}
    assert {"Anna", "Tom, “T.” T"} <= names or {"Anna", "Tom, “T.”\nT"} <= names


def test_what_is_said_here_stays(decided: Bench, tmp_path: Path) -> None:
    dumps.write(decided.connection, tmp_path / "all.json")
    here = small(3)
    photos = queries.photo_ids(here.connection)
    groups = here.column("SELECT DISTINCT person_id FROM face WHERE person_id IS NOT NULL")
    here.do(corrections.name, groups[0], "Eva")
    here.do(descriptions.rate, photos[:1], 5)
    loaded = load(here, tmp_path / "all.json")
    assert loaded.conflicts == 2  # the name, and the stars
    assert here.one("SELECT name FROM person WHERE id = ?", groups[0]) == "Eva"
    assert here.one("SELECT rating FROM photo WHERE id = ?", photos[0]) == 5
    assert here.one("SELECT rating FROM photo WHERE id = ?", photos[1]) == 0
    assert here.do(journal.undo).kind == journal.Kind.LOAD


def test_moved_photos_are_known_by_their_content(decided: Bench, tmp_path: Path) -> None:
    dumps.write(decided.connection, tmp_path / "all.json")
    here = small(3)
    here.connection.execute("UPDATE folder SET path = '/elsewhere'")
    here.connection.execute("UPDATE photo SET relpath = 'moved/' || relpath")
    load(here, tmp_path / "all.json")
    assert meaning(here) == meaning(decided)


def test_photos_that_are_not_here_are_listed(decided: Bench, tmp_path: Path) -> None:
    dumps.write(decided.connection, tmp_path / "all.json")
    other = small(4)
    plan = dumps.plan(other.connection, tmp_path / "all.json")
    assert len(plan.unknown) == decided.one("SELECT count(*) FROM photo")
    assert not plan.photos and not plan.missing


HOSTILE = {
    "no JSON": "hello",
    "another program's": '{"format": "other", "version": 1}',
    "deep": "[" * 100_000,
    "a list": "[]",
    "wrong type": '{"format": "facesorter", "version": 1, "photos": [{"key": "a"}]}',
    "missing column": '{"format": "facesorter", "version": 1, "photos": [{"key": 1}]}',
    "not finite": '{"format": "facesorter", "version": 1,\n"faces": [\n{"key": 1, "photo": 1, '
    '"x": NaN, "y": 0, "w": 1, "h": 1, "origin": "", "state": "", "person": null}\n]}',
    "cut": '{"format": "facesorter", "version": 1,\n"photos": [\n{"key": 1, "conte',
    "long line": '{"format": "facesorter", "version": 1,\n"photos": [\n{"path": "'
    + "x" * 2_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_is_none_is_one_sentence(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    path.write_text(HOSTILE[kind])
    with pytest.raises(UserError, match="can load"):
        dump.read(path)


def test_a_newer_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    path.write_text('{"format": "facesorter", "version": 99}')
    with pytest.raises(UserError, match="newer"):
        dump.read(path)


def test_values_that_the_library_cannot_hold_are_left_out(decided: Bench, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    dumps.write(decided.connection, path)
    whole = json.loads(path.read_text())
    for row in whole["photos"]:
        row |= {"rating": 99, "turn": 45, "given_date": "tomorrow", "caption": "x" * 20_000}
        row |= {"given_place": 5, "given_latitude": 1e9, "given_longitude": 0}
    for row in whole["people"]:
        row |= {"birth_date": "2999", "name": "A\x00\nB" if row["name"] else None}
    for row in whole["faces"]:
        row |= {"x": -5.0}
    path.write_text(json.dumps(whole))
    here = small(3)
    load(here, path)
    assert here.one("SELECT count(*) FROM photo WHERE coalesce(rating, turn, given_place) > 0") == 0
    assert here.all("PRAGMA integrity_check") == [("ok",)]
    here.refresh(full=True)
