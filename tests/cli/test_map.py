"""The map on the command line: a picture, JSON, the file kept, and what can't be done."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facesorter.library.face_map import MAP_NAME
from tests.support.programs import Program


def test_json_says_where_everybody_is(program: Program, tmp_path: Path) -> None:
    person = program.lines("people")[0]["person_id"]
    program.json("name", str(person), "Léa")
    out = tmp_path / "map.json"
    assert program.json("map", out) == {"file": str(out), "faces": 18, "named": 1}
    found = json.loads(out.read_text(encoding="utf-8"))
    faces = program.lines("faces")
    assert sorted(face["face_id"] for face in found["faces"]) == [f["face_id"] for f in faces]
    (lea,) = (each for each in found["people"] if each["name"] == "Léa")
    assert lea["faces"] == 6 and lea["person_id"] == person
    own = np.array([(f["x"], f["y"]) for f in found["faces"] if f["name"] == "Léa"])
    assert len(own) == 6
    others = np.array([(f["x"], f["y"]) for f in found["faces"] if f["name"] != "Léa"])
    far_own, far_others = (
        np.linalg.norm(part - own.mean(axis=0), axis=1) for part in (own, others)
    )
    assert far_own.max() < far_others.min()
    assert (program.library / MAP_NAME).is_file()
    # The file is what the next one starts from: nobody moves.
    program.json("map", tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text(encoding="utf-8")) == found


def test_the_picture_has_marks_and_names(program: Program, tmp_path: Path) -> None:
    program.json("map", tmp_path / "before.png")
    person = program.lines("people")[0]["person_id"]
    program.json("name", str(person), "Jiří 你")
    program.json("map", tmp_path / "after.PNG")
    with Image.open(tmp_path / "before.png") as a, Image.open(tmp_path / "after.PNG") as b:
        before, after = np.asarray(a.convert("RGB")), np.asarray(b.convert("RGB"))
    assert max(before.shape) <= 2_500 and before.shape == after.shape
    # Three people, each in a colour with soft edges, on white.
    assert len(np.unique(before.reshape(-1, 3), axis=0)) > 10
    assert 18 * 20 < (before != 255).any(axis=2).sum() < 18 * 150
    assert (before != after).any()


@pytest.mark.parametrize("name", ["map.gif", "map", "no/such/folder/map.png"])
def test_what_cannot_be_written_is_one_line(program: Program, tmp_path: Path, name: str) -> None:
    done = program.run("map", tmp_path / name)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_a_library_without_faces(program: Program, tmp_path: Path) -> None:
    for face in program.lines("faces"):
        program.json("ignore", str(face["face_id"]))
    done = program.run("map", tmp_path / "map.png")
    assert done.returncode == 2 and "no faces to draw" in done.stderr
