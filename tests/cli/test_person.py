"""What the user says of persons, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.programs import Program


def test_facts_are_said_shown_and_undone(program: Program) -> None:
    person = str(program.lines("people")[0]["person_id"])
    empty = program.json("person", person)
    assert empty == {
        "person_id": int(person),
        "name": None,
        "birth_date": None,
        "death_date": None,
        "notes": None,
        "favourite": False,
        "relatives": [],
    }
    program.json("name", person, "Anna")
    answer = program.json(
        "person", "Anna", "--born", "1950", "--died", "2020-01-02", "--notes", "cello"
    )
    assert answer["decided"] is True and answer["people"] == [int(person)]
    assert program.json("person", "Anna", "--favourite")["decided"] is True
    assert program.json("person", "Anna", "--favourite")["decided"] is False
    text = program.run("person", "Anna").stdout
    assert "Born: 1950" in text and "Notes: cello" in text and "Favorite: yes" in text
    assert [row["kind"] for row in program.lines("log")] == ["favourite", "facts", "name"]
    program.json("undo", "3")
    assert program.json("person", person) == empty


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--born", "31.5.2019"), "a valid date"),
        (("--born", "2019-02-30"), "a valid date"),
        (("--born", "2999"), "between 1"),
        (("--born", "1066"), "between 1"),
        (("--born", "1980", "--died", "1979-12-31"), "before the date of birth"),
    ],
)
def test_dates_that_cannot_be_are_refused(
    program: Program, words: tuple[str, ...], sentence: str
) -> None:
    person = str(program.lines("people")[0]["person_id"])
    refused = program.run("person", person, *words)
    assert refused.returncode == 2 and sentence in refused.stderr
    assert program.json("person", person)["birth_date"] is None


def test_relatives_are_said_both_ways(program: Program) -> None:
    a, b, c = (str(row["person_id"]) for row in program.lines("people"))
    program.json("relate", a, "parent", b)
    assert [r["kin"] for r in program.json("person", a)["relatives"]] == ["parent"]
    assert [r["kin"] for r in program.json("person", b)["relatives"]] == ["child"]
    program.json("relate", b, "parent", c)
    refused = program.run("relate", c, "parent", a)
    assert refused.returncode == 2 and "their own ancestor" in refused.stderr
    assert program.run("relate", a, "twin", a).returncode == 2
    program.json("relate", b, "twin", a)
    assert [r["kin"] for r in program.json("person", a)["relatives"]] == ["twin"]
    assert program.json("unrelate", a, b)["decided"] is True
    assert program.json("person", a)["relatives"] == []
    program.json("undo", "2")
    assert [r["kin"] for r in program.json("person", b)["relatives"]] == ["parent", "child"]


def test_portraits_are_written_to_a_new_folder_only(program: Program, tmp_path: Path) -> None:
    person = str(program.lines("people")[0]["person_id"])
    target = tmp_path / "out" / "Anna"
    failed = program.run("portraits", person, target, "--json")
    # These photos are rows without files: each is told, and the others would go on.
    assert failed.returncode == 1
    answer = json.loads(failed.stdout)
    assert answer["portraits"] == 0 and len(answer["failed"]) == 6
    (target / "mine.txt").write_text("mine")
    refused = program.run("portraits", person, target)
    assert refused.returncode == 2 and "new or an empty folder" in refused.stderr
    assert [path.name for path in target.iterdir()] == ["mine.txt"]
