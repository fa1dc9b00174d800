"""The command line's promises: fields, exit codes, one line for what went wrong."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from facesorter.cli.main import parser
from facesorter.errors import Message
from facesorter.library.decisions import corrections
from facesorter.library.library import Library
from facesorter.storage.database import DATABASE_NAME, is_older
from tests import command
from tests.app.album import rows
from tests.library import made
from tests.support.programs import Program
from tests.support.schemas import FOLDER

PHOTO = (
    "photo_id",
    "path",
    "status",
    "error",
    "width",
    "height",
    "taken_at",
    "taken_from",
    "taken_precision",
    "taken_doubt",
    "faces",
    "favourite",
    "rating",
    "collage",
    "searched",
    "turn",
    "duration",
    "tags",
    "latitude",
    "longitude",
    "city",
    "region",
    "country",
)
FACE = (
    "face_id",
    "photo",
    "region",
    "landmarks",
    "score",
    "quality",
    "origin",
    "state",
    "person_id",
    "name",
    "similarity",
    "sure",
    "moment",
    "on_photo",
)
PERSON = (
    "person_id",
    "name",
    "faces",
    "confirmed",
    "suggested",
    "sure",
    "cover_face_id",
    "first",
    "last",
    "hidden",
)


def test_listings_have_exactly_the_fields_promised(program: Program) -> None:
    for words, fields in ((["photos"], PHOTO), (["faces"], FACE), (["people"], PERSON)):
        rows = program.lines(*words)
        assert rows
        assert {tuple(row) for row in rows} == {fields}
    photo, face, person = (program.lines(w)[0] for w in ("photos", "faces", "people"))
    assert photo["status"] == "analysed" and photo["faces"] == 1 and photo["error"] is None
    assert len(face["region"]) == 4 and np.shape(face["landmarks"]) == (5, 2)
    assert face["state"] == "suggested" and 0 < face["similarity"] <= 1
    assert person["name"] is None and person["suggested"] == person["faces"] == 6
    assert person["hidden"] is False and person["first"] <= person["last"]


def test_listings_can_be_narrowed(program: Program) -> None:
    person = program.lines("people")[0]["person_id"]
    own = program.lines("faces", "--person", str(person))
    assert len(own) == 6 and {row["person_id"] for row in own} == {person}
    path = own[0]["photo"]
    assert {row["photo"] for row in program.lines("faces", "--photo", path)} == {path}
    assert len(program.lines("photos", "--person", str(person))) <= 6
    assert program.lines("photos", "--status", "failed") == []
    assert program.lines("photos", "--folder", "/photos/1") == []
    assert len(program.lines("photos", "--folder", "/photos/0")) == 18


def test_reasons_are_finished_english_sentences(program: Program) -> None:
    message = Message("The file is larger than {size} MB.", size=2560)
    with sqlite3.connect(program.library / DATABASE_NAME) as connection:
        for photo, reason in ((1, message.stored()), (2, "What an older version said.")):
            connection.execute(
                "UPDATE photo SET status = 'failed', error = ? WHERE id = ?", (reason, photo)
            )
    connection.close()
    rows = {row["photo_id"]: row["error"] for row in program.lines("photos", "--status", "failed")}
    assert rows == {1: "The file is larger than 2,560 MB.", 2: "What an older version said."}


def test_photos_are_searched(program: Program) -> None:
    person = program.lines("people")[0]["person_id"]
    program.json("name", str(person), "Anna")
    own = {row["photo_id"] for row in program.lines("photos", "--person", "Anna")}
    rows = program.lines("photos", "--search", "only anna")
    assert {row["photo_id"] for row in rows} == own
    assert [row["taken_at"] for row in rows] == sorted(
        (row["taken_at"] for row in rows), reverse=True
    )
    assert program.lines("photos", "--search", "anna", "--status", "failed") == []
    result = program.run("photos", "--search", "Ana 2019")
    assert result.returncode == 2 and "Did you mean Anna?" in result.stderr


def test_photos_are_sorted_by_date(program: Program) -> None:
    newest = [row["taken_at"] for row in program.lines("photos", "--sort", "newest")]
    assert len(newest) > 2 and newest == sorted(newest, reverse=True)
    oldest = [row["taken_at"] for row in program.lines("photos", "--sort", "oldest")]
    assert oldest == newest[::-1]


def test_a_folder_is_no_photo(program: Program, tmp_path: Path) -> None:
    result = program.run("rate", "4", str(tmp_path))
    assert result.returncode == 2 and "is a folder" in result.stderr


def test_embeddings_come_in_the_order_of_the_lines(program: Program, tmp_path: Path) -> None:
    rows = program.lines("faces", "--embeddings", tmp_path / "out.npy")
    vectors = np.load(tmp_path / "out.npy")
    assert vectors.dtype == np.float32 and vectors.shape == (len(rows), made.DIMENSION)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    by_person: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        by_person.setdefault(row["person_id"], []).append(place)
    for places in by_person.values():
        assert (vectors[places] @ vectors[places].T).min() > 0.4


def test_every_decision_then_undo_and_redo_of_several(program: Program) -> None:
    first, second, third = (row["person_id"] for row in program.lines("people"))
    start = program.lines("faces"), program.lines("people")

    def own(person: int) -> list[str]:
        return [str(row["face_id"]) for row in program.lines("faces", "--person", str(person))]

    assert program.json("name", str(first), "Anna")["decided"] is True
    assert program.json("name", "anna", "Anna B")["people"] == [first]
    assert program.json("merge", "Anna B", str(second))["decided"]
    new = program.json("split", "Anna B", *own(first)[:2])["person_id"]
    assert program.json("assign", str(new), own(third)[0])["decided"]
    assert program.json("confirm", str(third), own(third)[0])["decided"]
    assert program.json("reject", str(third), own(third)[0])["decided"]
    assert program.json("ignore", own(third)[0])["decided"]
    assert program.json("ignore", *own(new)[:1])["decided"]
    end = program.lines("faces"), program.lines("people")
    log = program.lines("log")
    assert [row["kind"] for row in log] == [
        "ignore",
        "ignore",
        "reject",
        "confirm",
        "assign",
        "split",
        "merge",
        "rename",
        "name",
    ]
    assert {"decision", "kind", "made_at", "state"} <= set(log[0])
    assert {row["state"] for row in log} == {"done"}
    undone = program.json("undo", "4")["undo"]
    assert [row["kind"] for row in undone] == ["ignore", "ignore", "reject", "confirm"]
    assert len(program.json("undo", "99")["undo"]) == 5
    assert (program.lines("faces"), program.lines("people")) == start
    assert program.json("undo")["undo"] == []
    assert {row["state"] for row in program.lines("log")} == {"undone"}
    assert [row["kind"] for row in program.json("redo", "2")["redo"]] == ["name", "rename"]
    assert len(program.json("redo", "99")["redo"]) == 7
    assert (program.lines("faces"), program.lines("people")) == end
    assert program.json("check", "--no-originals")["ok"] is True


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["name", "99", "Anna"], "no person 99"),
        (["name", "Nobody", "Anna"], "no person Nobody"),
        (["merge", "1"], "PERSON"),
        (["confirm", "1", "9999"], "in the library: 9999"),
        (["split", "1", "9999"], "in the library"),
        (["ignore", "x"], "not the id of a face"),
        (["ignore", "9" * 30], "not the id of a face"),
        (["name", "9" * 30, "Anna"], " person 999"),
        (["faces", "--photo", "nowhere.jpg"], "in the library. 'facesorter scan' adds it."),
        (["photos", "--status", "odd"], "invalid choice"),
        (["undo", "0"], "1 or more"),
        (["undo", "many"], "1 or more"),
        (["log", "--count", "-1"], "1 or more"),
        (["frobnicate"], "invalid choice"),
        (["export", "", "--person", "1"], "the path is empty"),
        (["why", "9" * 30], "not the id of a face"),
        (["draw", "a.jpg", "0", "0", "1", "1", "--at", "nan"], "not a second"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_wrong_call_is_exit_code_2(words: list[str], says: str, program: Program) -> None:
    result = program.run(*words)
    assert result.returncode == 2, result
    assert says in result.stderr and "Traceback" not in result.stderr
    assert result.stdout == ""


def test_values_may_begin_with_a_minus() -> None:
    shift = parser().parse_args(["dates", "shift", "a.jpg", "--by", "-0:02:30"])
    assert shift.by == "-0:02:30"
    place = parser().parse_args(["place", "a.jpg", "--at", "-33.9,-.5"])
    assert place.at == (-33.9, -0.5)


def test_counts_may_be_larger_than_a_library_holds(program: Program) -> None:
    program.run("name", "1", "Anna")
    assert len(program.lines("log", "--count", "9" * 30)) == 1


def test_no_library_is_exit_code_2_and_makes_none(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    for words in (["people"], ["undo"], ["check", "--repair"], ["refresh"], ["ignore", "1"]):
        result = command.run(tmp_path, *words, "--library", nowhere)
        assert result.returncode == 2, words
        assert "no library in" in result.stderr
        assert not nowhere.exists(), words


def test_a_taken_name_says_whose_it_is(program: Program) -> None:
    first, second, _ = (str(row["person_id"]) for row in program.lines("people"))
    program.json("name", first, "Anna")
    result = program.run("name", second, "ANNA")
    assert result.returncode == 2 and f"person {first}" in result.stderr
    assert program.json("name", second, "ANNA", "--same")["decided"]
    assert "say which by its id" in program.run("photos", "--person", "anna").stderr


def test_a_photo_without_a_date_has_its_files_time_in_all_commands(program: Program) -> None:
    photo = program.lines("photos")[0]["path"]
    with closing(sqlite3.connect(program.library / DATABASE_NAME)) as connection, connection:
        connection.execute("UPDATE photo SET taken_at = '', sort_at = '', taken_from = 'file'")
    dates = {
        program.lines(*command)[0]["taken_at"]
        for command in (("photos", "--search", "undated"), ("details", photo))
    }
    assert not any(date.startswith("0000") for date in dates)


def test_check_is_exit_code_1_when_something_is_broken(program: Program) -> None:
    library = Library(program.library)
    library.transact(corrections.ignore, [1])
    with library.connection as connection:
        connection.execute("DELETE FROM embedding WHERE face_id = 2")
    library.close(snapshot=False)
    result = program.run("check", "--json")
    assert result.returncode == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["kind"] == "embedding" and "face 2" in finding["text"]
    found = program.json("check", "--repair", "--no-originals")
    assert found["ok"] and found["mended"] == 1
    assert len(list((program.library / "snapshots").glob("*-before-repair.db"))) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send on Windows")
def test_a_backup_catches_up_by_replay(program: Program, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(program.library, backup)
    first, second, *_ = (str(row["person_id"]) for row in program.lines("people"))
    program.json("name", first, "Anna")
    program.json("hide", second)
    done = command.run(tmp_path, "replay", program.library, "--library", backup, "--json")
    assert json.loads(done.stdout) == {"decisions": 2, "skipped": 0}, done
    named = command.run(tmp_path, "people", "--library", backup, "--json")
    assert "Anna" in named.stdout
    other = program.run("replay", tmp_path / "nothing")
    assert other.returncode == 2 and "no library at" in other.stderr
    program.json("name", second, "Bert")
    behind = command.run(tmp_path, "name", first, "Berta", "--library", backup)
    assert behind.returncode == 0, behind
    differ = program.run("replay", backup)
    assert differ.returncode == 2 and "their decisions differ" in differ.stderr


def test_an_interrupt_is_exit_code_130(program: Program, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    process = command.start(
        tmp_path, "scan", "--watch", "--library", program.library, tmp_path / "photos"
    )
    # An interrupt while the interpreter still imports is none of the program's business.
    deadline = time.monotonic() + 60
    photos = str(tmp_path / "photos")
    while (photos,) not in rows(program.library, "SELECT path FROM folder"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Progress was saved" in err and "Traceback" not in err


def test_questions_are_listed_and_settled(program: Program) -> None:
    before = program.lines("review")
    assert before and all(
        tuple(row)
        == ("question", "person_id", "name", "other_id", "other_name", "face_ids", "worth")
        for row in before
    )
    first, second = (row["person_id"] for row in before[:2])
    assert program.json("unsure", str(first))["decided"] is True
    assert first not in {row["person_id"] for row in program.lines("review")}
    assert program.json("unsure", str(first))["decided"] is False
    assert program.json("apart", str(first), str(second))["people"] == sorted([first, second])
    result = program.run("apart", str(first), str(first))
    assert result.returncode == 2 and "same person" in result.stderr
    program.json("undo", "2")
    assert program.lines("review") == before


def test_a_library_of_an_earlier_version_is_upgraded_before_it_is_read(program: Program) -> None:
    assert program.lines("people")
    path = program.library / DATABASE_NAME
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / "m007_two_models.sql").read_text(encoding="utf-8"))
        assert is_older(connection)
    assert program.lines("doctor")[0]["library"]
    assert program.lines("people") == []
    with closing(sqlite3.connect(path)) as connection:
        assert not is_older(connection)
