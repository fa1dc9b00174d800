"""Two libraries that decided differently become the same, whichever takes in the other."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from facesorter.library import transaction
from facesorter.library.decisions import corrections, descriptions, details, journal, labels, stacks
from facesorter.library.merging.merge import merge, preview
from facesorter.names import caseless
from facesorter.storage import erasing
from facesorter.storage.foreign import open_foreign
from tests import command
from tests.library import acts
from tests.library.acts import Act, Player
from tests.library.made import Bench, small
from tests.support import schemas
from tests.support.acting import LIBRARIES, NUMBERS
from tests.support.examples import examples

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
LEFT_OUT = {"race"}
"""Acts that do what only the machine does in between."""
KINDS = tuple(kind for kind in acts.DECISIONS if kind not in LEFT_OUT)
TURNS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.builds(
            Act,
            st.sampled_from((*KINDS, *KINDS, "undo", "redo")),
            NUMBERS,
            NUMBERS,
            st.lists(NUMBERS, max_size=4).map(tuple),
        ),
    ),
    min_size=2,
    max_size=14,
)
"""Decisions on either of two computers, in the order of time."""


@contextmanager
def clock() -> Iterator[None]:
    """A second for each look at the clock, so that there is an order."""
    ticks = itertools.count()

    def now() -> str:
        seconds = next(ticks)
        return (
            f"2026-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000+00:00"
        )

    with mock.patch.object(transaction, "now", now), mock.patch.object(journal, "now", now):
        yield


def renumbered(seed: int) -> Bench:
    """The same photos on another computer, which found the same faces and groups by itself."""
    bench = small(seed)
    connection = bench.connection
    connection.execute("PRAGMA foreign_keys = off")
    connection.execute("UPDATE face SET id = id + 5000, person_id = person_id + 700")
    connection.execute("UPDATE embedding SET face_id = face_id + 5000")
    connection.execute("UPDATE person SET id = id + 700, created_at = '2020-02-02'")
    connection.execute("UPDATE person SET first_cover_id = first_cover_id + 5000")
    connection.execute("UPDATE pair SET a = a + 700, b = b + 700")
    connection.execute("UPDATE photo SET id = id + 900")
    connection.execute("UPDATE face SET photo_id = photo_id + 900")
    connection.commit()
    connection.execute("PRAGMA foreign_keys = on")
    assert not bench.all("PRAGMA foreign_key_check")
    return bench


def by_hand(bench: Bench) -> set[frozenset[str]]:
    """Stacks that the user made, and photos taken out of others, by content."""
    found: dict[int, set[str]] = {}
    for content, number in bench.all(
        "SELECT content_hash, given_stack FROM photo WHERE given_stack IS NOT NULL"
    ):
        found.setdefault(number, set()).add(content)
    return {frozenset(contents) for contents in found.values()}


def result(bench: Bench) -> dict[str, Any]:
    """All that was said, in words that don't depend on ids."""
    face = {
        row[0]: row[1:]
        for row in bench.all(
            "SELECT face.id, content_hash, x, y, w, h FROM face JOIN photo ON photo.id = photo_id"
        )
    }
    photo = dict(bench.all("SELECT id, content_hash FROM photo"))
    confirmed = bench.all("SELECT id, person_id FROM face WHERE state = 'confirmed'")
    shown: dict[int, Any] = {}
    for person, name in bench.all("SELECT id, name FROM person"):
        own = tuple(sorted(face[f] for f, p in confirmed if p == person))
        if own or name:
            shown[person] = (name or "", own)
    links = bench.all("SELECT face_id, person_id FROM rejection")
    return {
        "confirmed": {face[f]: shown[p] for f, p in confirmed},
        "ignored": {
            face[row[0]] for row in bench.all("SELECT id FROM face WHERE state = 'ignored'")
        },
        "rejected": {(face[f], shown[p]) for f, p in links if p in shown},
        "people": sorted(
            (shown[p], *map(str, rest))
            for p, *rest in bench.all(
                "SELECT id, hidden, birth_date, death_date, notes, favourite FROM person"
            )
            if p in shown and shown[p][1]
        ),
        "covers": {
            shown[p]: face.get(c)
            for p, c in bench.all("SELECT id, cover_face_id FROM person")
            if p in shown and shown[p][1]
        },
        "photos": bench.all(
            "SELECT content_hash, favourite, repeats, given_date, rating, title, caption, turn, "
            "given_place, given_latitude, given_longitude FROM photo ORDER BY 1"
        ),
        "stacks": by_hand(bench),
        "tags": {
            (photo[p], name)
            for p, name in bench.all(
                "SELECT photo_id, name FROM photo_tag JOIN tag ON tag.id = tag_id"
            )
        },
        "albums": {
            (photo[p], name)
            for p, name in bench.all(
                "SELECT photo_id, name FROM album_photo JOIN album ON album.id = album_id"
            )
        },
        "relations": {
            (frozenset((shown[a], shown[b])) if kind != "parent" else (shown[a], shown[b]), kind)
            for a, b, kind in bench.all("SELECT a, b, kind FROM relation")
            if a in shown and b in shown and shown[a][1] and shown[b][1]
        },
    }


def same_names(bench: Bench) -> list[Any]:
    names = [caseless(name) for name in bench.column("SELECT name FROM person WHERE name <> ''")]
    return [name for name in names if names.count(name) > 1]


def take_in(here: Bench, there: Bench) -> None:
    """Merge, and prove that one undo takes all of it back, and redo brings it again."""
    before = acts.decided(here)
    done = here.do(merge, there.connection, "other")
    for query in ("PRAGMA foreign_key_check", "PRAGMA integrity_check"):
        assert here.all(query) in ([], [("ok",)])
    assert not here.all(
        "SELECT * FROM face JOIN rejection ON rejection.face_id = face.id "
        "AND rejection.person_id = face.person_id WHERE state = 'confirmed'"
    )
    after = result(here)
    if not done.empty and here.all("SELECT 1 FROM decision WHERE kind = 'merge-library'"):
        undone = here.do(journal.undo)
        assert (undone.kind, undone.skipped) == (journal.Kind.MERGE_LIBRARY, 0)
        assert acts.decided(here)[:1] == before[:1]
        assert here.do(journal.redo).skipped == 0
        assert result(here) == after


def check_both_orders(first: Bench, second: Bench, turns: list[tuple[int, Act]]) -> None:
    with clock():
        players = Player(first), Player(second)
        for who, act in turns:
            players[who].play([act])
        # Two people of one name in one library are told apart by their faces alone.
        assume(not any(same_names(bench) for bench in (first, second)))
        images = [bench.connection.serialize() for bench in (first, second)]
        one, two = (Bench(image) for image in images)
        take_in(one, second)
        take_in(two, first)
        assert result(one) == result(two)
        # Nothing is left to be said, but for questions about groups that nobody named.
        for left in (
            preview(one.connection, two.connection),
            preview(two.connection, one.connection),
        ):
            assert (left.faces, left.people, left.new_people) == (0, 0, [])


@settings(max_examples=examples(30), deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), TURNS)
def test_copies_that_went_their_own_ways(seed: int, turns: list[tuple[int, Act]]) -> None:
    check_both_orders(small(seed), small(seed), turns)


@settings(max_examples=examples(30), deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), TURNS)
def test_libraries_of_two_computers(seed: int, turns: list[tuple[int, Act]]) -> None:
    check_both_orders(small(seed), renumbered(seed), turns)


def test_a_preview_shows_contradictions_and_one_undo_takes_it_back() -> None:
    here, there = small(3), renumbered(3)
    first, second = here.column("SELECT id FROM person ORDER BY id")[:2]
    photo = here.column("SELECT id FROM photo ORDER BY id")[0]
    with clock():
        here.do(corrections.name, first, "Anna")
        here.do(descriptions.describe, [photo], caption="Rome")
        there.do(corrections.name, first + 700, "Anna")
        there.do(details.update_details, first + 700, birth_date="1950")
        there.do(corrections.name, second + 700, "Bernd")
        there.do(descriptions.describe, [photo + 900], caption="Milan")
        there.do(labels.add_tag, "Italy", [photo + 900])
        here.do(details.update_details, first, birth_date="1951")
        shown = preview(here.connection, there.connection)
        assert shown.new_people == ["Bernd"] and shown.photos > 5 and shown.only_there == 0
        conflicts = {(c.about, c.here, c.there, c.here_counts) for c in shown.conflicts}
        assert conflicts == {
            ("caption", "Rome", "Milan", False),
            ("birth_date", "1951", "1950", True),
        }
        before = here.connection.serialize()
        assert preview(here.connection, there.connection) == shown
        assert here.connection.serialize() == before, "a preview writes nothing"
        here.do(merge, there.connection, "other")
        assert here.one("SELECT caption FROM photo WHERE id = ?", photo) == "Milan"
        assert here.one("SELECT birth_date FROM person WHERE name = 'Anna'") == "1951"
        assert here.column("SELECT name FROM tag") == ["Italy"]
        assert here.one("SELECT count(*) FROM person WHERE name = 'Bernd'") == 1
        assert here.do(journal.undo).skipped == 0
        assert here.one("SELECT caption FROM photo WHERE id = ?", photo) == "Rome"
        assert not here.column("SELECT name FROM person WHERE name = 'Bernd'")
        assert not here.column("SELECT name FROM tag")


def test_what_was_brought_in_keeps_its_time() -> None:
    """A third library decided in between: what it said counts, though it comes later."""
    one, two, three = small(3), small(3), small(3)
    person = one.column("SELECT id FROM person ORDER BY id")[0]
    with clock():
        two.do(corrections.name, person, "Early")
        three.do(corrections.name, person, "Later")
        one.do(merge, two.connection, "two")
        one.do(merge, three.connection, "three")
        assert one.one("SELECT name FROM person WHERE id = ?", person) == "Later"


def test_an_erased_person_does_not_come_back_by_a_merge() -> None:
    here, there = small(3), renumbered(3)
    person = here.column("SELECT id FROM person ORDER BY id")[0]
    with clock():
        there.do(corrections.name, person + 700, "Erna Erased")
        faces = here.column("SELECT id FROM face WHERE person_id = ?", person)
        erasing.gone(here.connection, [person], faces)
        erasing.delete(here.connection)
        here.do(merge, there.connection, "other")
        assert not here.column("SELECT id FROM person WHERE name IS NOT NULL")


def hostile(file: Path, kind: str) -> None:
    """Make a file that is to harm whoever reads it."""
    if kind == "text":
        file.write_text("no database")
        return
    if kind == "empty":
        file.write_bytes(b"")
        return
    if kind == "garbled":
        data = bytearray(file.read_bytes())
        data[5000:60000] = bytes(len(data[5000:60000]))
        file.write_bytes(data)
        return
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys = off")
        for statement in HOSTILE[kind]:
            connection.execute(statement)
        connection.commit()


HOSTILE = {
    "huge": [
        "INSERT INTO person (name, created_at, notes) VALUES ('x', '2020', zeroblob(0) || "
        "replace(hex(zeroblob(20000000)), '00', 'ab'))"
    ],
    "endless view": [
        "DROP TABLE decision_change",
        "DROP TABLE decision",
        "CREATE VIEW decision AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) "
        "SELECT i AS id, 'name' AS kind, '[]' AS args, '' AS made_at, NULL AS undone_at, "
        "0 AS superseded FROM n",
    ],
    "virtual": ["CREATE VIRTUAL TABLE more USING fts5(name)"],
    "newer": [
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
        "VALUES ('facesorter', 'm999_future', '2030')"
    ],
    "control characters": [
        "INSERT INTO person (name, created_at) VALUES ('A' || char(27) || '[31m', '2020')"
    ],
    "deep json": [
        "INSERT INTO decision (kind, args, made_at) VALUES ('name', "
        "replace(hex(zeroblob(2000000)), '00', '['), '2020')"
    ],
    "no json": ["INSERT INTO decision (kind, args, made_at) VALUES ('name', '{{{', '2020')"],
    "wrong shape": ["INSERT INTO decision (kind, args, made_at) VALUES ('name', '7', '2020')"],
    "no tables": ["DROP TABLE embedding", "DROP TABLE rejection", "DROP TABLE face"],
    "date": ["INSERT INTO person (name, created_at, birth_date) VALUES ('B', '2020', 'yesterday')"],
}


def test_hostile_libraries_are_refused_with_a_sentence_each(tmp_path: Path) -> None:
    bench = small(3)
    own = tmp_path / "own"
    own.mkdir()
    (own / "library.db").write_bytes(bench.connection.serialize())
    kinds = [*HOSTILE, "text", "empty", "garbled"]
    for kind in kinds:
        file = tmp_path / kind / "library.db"
        file.parent.mkdir()
        shutil.copy(own / "library.db", file)
        hostile(file, kind)
    child = subprocess.run(
        [sys.executable, "-c", READER, str(own), *(str(tmp_path / kind) for kind in kinds)],
        cwd=command.ROOT,
        env=command.environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    *sentences, megabytes = child.stdout.splitlines()
    assert len(sentences) == len(kinds), sentences
    for kind, sentence in zip(kinds, sentences, strict=True):
        assert "Nothing was changed" in sentence and len(sentence) < 600, (kind, sentence)
    assert int(megabytes) < 300


READER = """
import pathlib, sys
from facesorter.errors import UserError
from facesorter.library.merging.merge import merge
from facesorter.library.library import Library
from facesorter.storage.foreign import open_foreign
here = Library(pathlib.Path(sys.argv[1]))
def dump():
    return list(here.connection.iterdump())
before = dump()
for other in sys.argv[2:]:
    try:
        with open_foreign(pathlib.Path(other)) as source:
            here.transact(merge, source, "other")
    except UserError as error:
        print(" ".join(str(error).split()))
    assert dump() == before
here.close(snapshot=False)
status = pathlib.Path("/proc/self/status")
peak = [line for line in status.open() if "VmHWM" in line] if status.exists() else ["VmHWM 0"]
print(int(peak[0].split()[1]) // 1024)
"""


def test_a_library_of_an_earlier_version_is_upgraded_in_a_copy(tmp_path: Path) -> None:
    old = tmp_path / "library.db"
    schema = (schemas.FOLDER / "m012_sure_faces.sql").read_text("utf-8")
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(schema)
    before = old.read_bytes()
    with open_foreign(tmp_path) as source:
        here = small(3)
        assert preview(here.connection, source).empty
    assert old.read_bytes() == before


def test_stacks_of_two_libraries_stay_apart() -> None:
    with clock():
        mine, theirs = small(1), renumbered(1)
        contents = "SELECT id FROM photo ORDER BY content_hash"
        here, there = mine.column(contents), theirs.column(contents)
        mine.do(stacks.stack, here[:2])
        theirs.do(stacks.stack, there[2:4])
        theirs.do(stacks.stack, there[4:7])
        both = by_hand(mine) | by_hand(theirs)
        mine.do(merge, theirs.connection, "theirs")
        theirs.do(merge, mine.connection, "mine")
        assert by_hand(mine) == by_hand(theirs) == both
        assert preview(mine.connection, theirs.connection).empty
        theirs.do(stacks.unstack, there[4:5])
        mine.do(merge, theirs.connection, "theirs")
        assert by_hand(mine) == by_hand(theirs)
