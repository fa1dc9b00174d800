"""docs/cli.md is true: its example runs, its options, fields and exit codes are the program's."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from PIL import Image

from facesorter.cli.decisions import run_decision
from facesorter.cli.main import main, parser
from facesorter.desktop import updates
from facesorter.storage.database import DATABASE_NAME
from tests import command, photos
from tests.clustering.libraries import machine_code
from tests.desktop.server import Site, serving

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
sys.path.insert(0, str(ROOT / "packaging"))

import commands as tool  # noqa: E402 - packaging's programs are no package


class Row(NamedTuple):
    """A row of the page's table of commands."""

    name: str
    text: str
    answer: str
    fields: frozenset[str]
    """Of the JSON object, or of each line."""


def table() -> dict[str, Row]:
    rows = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 3:
            name = cells[0].strip("` ").split()[0]
            top_level = re.sub(r"\([^)]*\)", "", cells[2])
            fields = re.findall(r"`(\w+)`", top_level)
            rows[name] = Row(name, " ".join(cells[:2]), cells[2], frozenset(fields))
    return rows


ROWS = table()


def test_the_table_is_that_of_the_command_line() -> None:
    assert tool.updated(PAGE) == PAGE, "run: python packaging/commands.py"
    assert set(ROWS) == set(tool.commands(parser()))


@pytest.mark.parametrize("name", sorted(ROWS))
def test_options_are_those_of_the_program(name: str) -> None:
    known = set(tool.commands(parser())[name][0]._option_string_actions)
    every = {"--help", "-h", "--library", "--json"}
    assert set(re.findall(r"`(--[a-z-]+)", ROWS[name].text)) >= known - every


def test_a_new_command_gets_a_row() -> None:
    without = (
        "\n".join(line for line in PAGE.splitlines() if not line.startswith("| `hide ")) + "\n"
    )
    assert "| `hide PERSON` |" in tool.updated(without)
    assert tool.updated(without).splitlines()[-1] == PAGE.splitlines()[-1]


# A library on real photos, for what follows.


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with pictures in which six people appear twice; nothing has been scanned."""
    made = tmp_path_factory.mktemp("home")
    pictures = made / "Pictures"
    pictures.mkdir()
    shutil.copy(photos.six_people(), pictures / "friends.jpg")
    shutil.copy(photos.astronaut(), pictures / "astronaut.png")
    with Image.open(photos.six_people()) as image:
        image.reduce(2).resize(image.size).save(pictures / "friends again.jpg", quality=80)
    return made


def lines(home: Path, *words: str, code: int = 0) -> list[dict[str, Any]]:
    """What a command answers, in this process: a start takes half a second."""
    out = io.StringIO()
    fresh = mock.patch.dict(os.environ, command.environment(home), clear=True)
    # A map is drawn by machine code; what comes after it begins without, as each program does.
    plain = machine_code(False)
    with fresh, plain, mock.patch("facesorter.logs.start"), redirect_stdout(out):
        assert main([*words, "--json"]) == code, words
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture(scope="module")
def documented(home: Path) -> dict[str, str]:
    """What each line of the page's example printed, in order, in a fresh home."""
    block = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    answers = {}
    for line in block[1].splitlines():
        program, *words = shlex.split(line)
        assert program == "facesorter"
        done = command.run(home, *(word.replace("~", str(home)) for word in words))
        assert done.returncode == 0, f"{line}: {done.stderr}"
        answers[line] = done.stdout
    return answers


def test_the_example_does_what_it_shows(documented: dict[str, str]) -> None:
    assert len(documented) >= 6
    assert all(answer.strip() for answer in documented.values())
    assert "3 photos" in documented["facesorter scan ~/Pictures"]
    assert len(documented["facesorter people"].splitlines()) >= 6
    of_anna = documented["facesorter photos --person Anna --json"].splitlines()
    assert {Path(json.loads(line)["path"]).name for line in of_anna} == {
        "friends.jpg",
        "friends again.jpg",
    }


@pytest.fixture
def site() -> Iterator[Site]:
    """A server on this computer, in the place of the one that knows of new versions."""
    with serving() as made:
        yield made


def test_fields_are_those_of_the_program(
    home: Path, documented: dict[str, str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions on the example's library, each with its answer."""
    people = [person["person_id"] for person in lines(home, "people")]
    faces = {
        person: [face["face_id"] for face in lines(home, "faces", "--person", str(person))]
        for person in people[:5]
    }
    a, b, c, d, e = people[:5]

    def words(*found: object) -> tuple[str, ...]:
        return tuple(map(str, found))

    known_people = home / "Known people"
    for name, photo in (("Ann", "astronaut.png"), ("Six", "friends.jpg")):
        (known_people / name).mkdir(parents=True)
        shutil.copy(home / "Pictures" / photo, known_people / name)
    (lonely,) = (face["face_id"] for face in lines(home, "faces") if face["person_id"] is None)
    choices = tool.commands(parser())
    scenario: list[tuple[str, ...]] = [
        words("scan"),
        words("refresh", "--full"),
        words("photos", "--folder", home / "Pictures", "--status", "analysed"),
        words("photos", "--sort", "oldest"),
        words("folders", "--tree", "--pause", home / "Pictures"),
        words("folders", "--resume", home / "Pictures"),
        words("dates"),
        words("dates", "list", home / "Pictures" / "friends.jpg"),
        words("faces", "--photo", home / "Pictures" / "friends.jpg"),
        words("people", "--sort", "name"),
        words("map", home / "map.png"),
        words(
            "export",
            home / "Copies",
            "--person",
            a,
            "--format",
            "jpeg",
            "--long-side",
            400,
            "--write-names",
        ),
        words("sidecars", home / "Sidecars", "--dates"),
        words("import", "--embedded", "--dry-run"),
        words("identify", home / "Pictures" / "friends.jpg"),
        words("compare", home / "Pictures" / "astronaut.png", home / "Pictures" / "friends.jpg"),
        words("evaluate", known_people),
        words("name", a, "Anna"),
        words("merge", b, c),
        words("split", b, faces[b][0]),
        words("assign", d, lonely),
        words("confirm", e, *faces[e]),
        words("reject", d, lonely),
        words("person", a, "--born", "1980-02-29", "--favourite"),
        words("portraits", a, home / "Portraits"),
        words("portraits", a, home / "a.webp", "--animated"),
        words("relate", a, "parent", d),
        words("unrelate", a, d),
        words("review"),
        words("apart", b, d),
        words("one", d),
        words("unsure", b),
        words("strangers", "--photo", home / "Pictures" / "astronaut.png"),
        words("hide", b),
        words("show", b),
        words("suspects", e),
        words("sure", e, faces[e][0]),
        words("why", faces[e][0]),
        words("ignore", faces[e][0]),
        words("draw", home / "Pictures" / "astronaut.png", 0.7, 0.1, 0.2, 0.2, "--name", "Bob"),
        words("redraw", faces[d][0], 0.01, 0.01, 0.1, 0.15),
        words("tag", "beach", home / "Pictures" / "friends.jpg", "--person", "Anna"),
        words("tags"),
        words("album", "Summer", home / "Pictures" / "friends.jpg"),
        words("albums"),
        words("favourite", home / "Pictures" / "astronaut.png"),
        words("collage", home / "Pictures" / "friends.jpg"),
        words("place", home / "Pictures" / "friends.jpg", "--city", "Rome, Italy"),
        words("places"),
        words("rotate", home / "Pictures" / "friends.jpg"),
        words("details", home / "Pictures" / "friends.jpg"),
        words("rate", 4, home / "Pictures" / "friends.jpg"),
        words("describe", home / "Pictures" / "friends.jpg", "--caption", "All six"),
        words("rename-tag", "Beach", "Seaside"),
        words("delete-tag", "seaside"),
        words("rename-album", "summer", "Winter"),
        words("delete-album", "Winter"),
        words("undo", 2),
        words("redo"),
        words("log", "--count", 3),
        words("pack", "drop"),
        words("dump", home / "everything.json"),
        words("load", home / "everything.json"),
        words("replay", next(home.rglob(DATABASE_NAME)).parent),
        words("retry"),
        words("check", "--no-originals"),
        words("backup"),
        words("backups"),
        words("erase", "Anna", "--dry-run"),
        words("prove", "--sample", 2, "--save", home / "proof.html"),
        words("merge-library", next(home.rglob(DATABASE_NAME)).parent),
        words("restore", "--dry-run"),
        words("doctor"),
        words("stack", home / "Pictures" / "friends.jpg", home / "Pictures" / "astronaut.png"),
        words("stack-top", home / "Pictures" / "astronaut.png"),
        words("stacks"),
        words("unstack", home / "Pictures" / "friends.jpg", home / "Pictures" / "astronaut.png"),
        words("duplicates"),
        words(
            "not-duplicates", home / "Pictures" / "friends.jpg", home / "Pictures" / "astronaut.png"
        ),
        words("favourite", home / "Pictures" / "friends again.jpg"),
        words("keep-duplicate", home / "Pictures" / "friends.jpg", "--yes"),
        words("keep-best", "--yes"),
        words("trash", home / "Pictures" / "astronaut.png", "--yes"),
        words("models"),
        words("settings"),
        words("update"),
    ]
    # A command that is one decision answers as every such command does.
    alike = {name for name in ROWS if choices[name][0].get_default("run") is run_decision}
    assert {step[0] for step in scenario} >= set(ROWS) - alike
    assert all(ROWS[name].fields == {"decided", "faces", "people"} for name in alike)
    monkeypatch.setattr(updates, "RELEASES_URL", f"{site.url}/latest")
    site.files["/latest"] = b'{"tag_name": "v99.0.0", "html_url": "https://example.org"}'
    for step in scenario:
        answers = lines(home, *step)
        assert answers, step
        # Entries of the log carry what their kind has to say besides.
        besides = {"name", "faces", "persons", "photos", "other", "kin"}
        besides = besides if step[0] == "log" else set()
        for answer in answers:
            assert set(answer) - besides == ROWS[step[0]].fields, step
        # Nobody looks mixed here, and no photo holds names.
        if "decided" in answers[0] and step[0] not in ("one", "keep-best", "import"):
            assert answers[0]["decided"] is True, step


def test_photos_that_failed_are_listed_as_described(home: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("no photo")
    library = ("--library", str(tmp_path / "library"))
    (answer,) = lines(home, "scan", str(tmp_path), *library, code=1)
    assert [set(failed) for failed in answer["failed"]] == [{"path", "error"}]
    assert re.search(r"`failed` \(each with `path`, `error`\)", ROWS["scan"].answer)
