"""identify, compare and evaluate on real photos; nothing is written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from facesorter import logs
from facesorter.cli.main import main
from facesorter.cli.recognition import _people
from facesorter.domain import PersonId
from facesorter.faces import calibration
from facesorter.faces.models import load_pack
from facesorter.library.identify import Match
from facesorter.library.library import Library
from facesorter.library.scanning import record
from facesorter.settings import Settings
from tests import photos


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on a library of its own; its exit code and its JSON lines."""
    monkeypatch.setattr(logs, "start", lambda *_args, **_options: None)

    def run(*words: str | Path) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        code = main([*map(str, words), "--library", str(tmp_path / "library"), "--json"])
        output = capsys.readouterr()
        return code, [json.loads(line) for line in output.out.splitlines()]

    return run


def mirrored(tmp_path: Path, source: Path, name: str) -> Path:
    """Another picture of the same people."""
    path = tmp_path / name
    pixels = photos.pixels(source)[:, ::-1]
    small = cv2.resize(pixels, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    Image.fromarray(np.ascontiguousarray(small)).save(path, quality=85)
    return path


def test_identify_names_whom_the_library_knows(ask: Any, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    shutil.copy(photos.six_people(), pictures)
    shutil.copy(mirrored(tmp_path, photos.six_people(), "again.jpg"), pictures)
    assert ask("scan", pictures)[0] == 0
    people = [row["person_id"] for row in ask("people")[1]]
    assert len(people) == 6
    ask("name", people[0], "Anna")
    before = ask("log")[1], ask("faces")[1]
    other = mirrored(tmp_path, photos.six_people(), "other.png")
    code, rows = ask("identify", other, photos.astronaut(), tmp_path / "nothing.jpg")
    assert code == 1
    known = [row for row in rows if row["image"] == str(other)]
    assert len(known) == 6
    assert {row["people"][0]["person_id"] for row in known} == set(people)
    assert {row["people"][0]["verdict"] for row in known} == {"same"}
    assert [row["people"][0]["name"] for row in known].count("Anna") == 1
    (stranger,) = (row for row in rows if row["image"] == str(photos.astronaut()))
    assert all(match["verdict"] != "same" for match in stranger["people"])
    assert rows[-1]["error"] == "The file no longer exists."
    assert (ask("log")[1], ask("faces")[1]) == before


def test_what_a_crowd_adds_makes_nobody_the_same_person() -> None:
    known = calibration.OPENCV_ZOO
    (child,) = _people([Match(PersonId(1), None, 0.55, 0.38)], known)
    assert child["similarity"] == 0.55 and child["verdict"] == "unsure"


def test_a_face_is_one_person_where_the_first_is_far_better() -> None:
    known = calibration.OPENCV_ZOO
    pairs = ((1, 0.83), (2, 0.74), (3, 0.45))
    matches = [Match(PersonId(who), None, value, value) for who, value in pairs]
    assert known.verdict(0.45) is calibration.Verdict.SAME
    assert [each["verdict"] for each in _people(matches, known)] == ["same", "same", "unsure"]
    # Alone, it might well be.
    assert _people(matches[2:], known)[0]["verdict"] == "same"


def test_a_library_of_another_pack_can_not_be_asked(ask: Any, tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    library.transact(lambda txn: record.use_model(txn, "other", "0" * 64, 512))
    library.close(snapshot=False)
    assert ask("identify", photos.astronaut())[0] == 2


def test_compare(ask: Any, tmp_path: Path) -> None:
    again = mirrored(tmp_path, photos.astronaut(), "again.png")
    code, (same,) = ask("compare", photos.astronaut(), again)
    assert code == 0
    assert same["verdict"] == "same" and same["similarity"] > 0.8
    assert same["false_accept_rate"] <= 1e-4
    _, (different,) = ask("compare", photos.astronaut(), photos.six_people())
    assert different["verdict"] == "different"
    assert different["false_accept_rate"] > 1e-2
    assert len(different["similarities"]) == 1 and len(different["similarities"][0]) == 6
    letter = tmp_path / "letter.jpg"
    letter.write_text("no photo")
    assert ask("compare", letter, again)[0] == 2
    wall = tmp_path / "wall.png"
    photos.quarters().save(wall)
    assert ask("compare", wall, again)[0] == 2


def test_evaluate(ask: Any, tmp_path: Path) -> None:
    people = tmp_path / "people"
    for name, source in (("six", photos.six_people()), ("one", photos.astronaut())):
        (people / name).mkdir(parents=True)
        shutil.copy(source, people / name)
        mirrored(people / name, source, "again.png")
    photos.quarters().save(people / "one" / "wall.png")
    pictures = tmp_path / "new" / "plots"
    code, (found,) = ask("evaluate", people, "--plots", pictures)
    assert code == 0
    assert found["plots"] == [
        str(pictures / f"{name}.png") for name in ("similarities", "reliability", "memberships")
    ]
    for path in found["plots"]:
        with Image.open(path) as picture:
            assert picture.format == "PNG" and picture.size == (1280, 800)
            assert len(picture.getcolors(1 << 20) or ()) > 20
    assert (found["people"], found["photos"], found["missed"]) == (2, 5, 1)
    # Three pictures of one person, one of them without a face: two of its pairs are lost.
    assert (found["same_pairs"], found["other_pairs"]) == (4, 4)
    assert found["tar"] == {"0.01": 0.5, "0.001": 0.5, "0.0001": 0.5}
    assert found["pairwise"][0] == 1.0 and found["purity"] == 1.0
    assert found["coverage"] == pytest.approx(0.8)
    # One person has three photos, one of them without a face: a name, and a face to draw.
    decisions = found["decisions"]
    assert (decisions["persons"], decisions["named"], decisions["drawn"]) == (1, 0, 1)
    assert decisions["total"] == 1 and decisions["per_1000_faces"] == 250
    assert found["arrivals"]["wrong"] == 0
    file = tmp_path / "file"
    file.write_text("")
    assert ask("evaluate", people, "--plots", file)[0] == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert ask("evaluate", empty)[0] == 2
    assert ask("evaluate", tmp_path / "nowhere")[0] == 2


def test_settings_reach_the_analysis() -> None:
    from facesorter.app.model_switch import load_analyzer

    pixels = photos.pixels(photos.six_people())
    height, width = pixels.shape[:2]
    regions = [face.region for face in load_pack().analyse(pixels)]
    sizes = sorted(max(region.w * width, region.h * height) for region in regions)
    limit = int(sizes[3])
    analyzer: Any = load_analyzer(Settings(thorough=True, smallest_face=limit))
    assert analyzer.options.thorough and analyzer.options.smallest == limit
    assert len(analyzer.analyse(pixels)) == sum(size >= limit for size in sizes) == 3
    plain, both = (
        sorted(model.analyse(pixels), key=lambda face: face.region.x)
        for model in (load_pack(), load_analyzer(Settings(thorough=True)))
    )
    alike = [float(a.embedding @ b.embedding) for a, b in zip(plain, both, strict=True)]
    # The mirror images of poorer faces are looked at anyway.
    assert 0.9 < min(alike) < 0.9999 < max(alike)
