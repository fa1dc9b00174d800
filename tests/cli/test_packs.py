"""pack try, report, use and drop, as a user meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from facesorter import paths
from facesorter.app import model_switch, packs
from facesorter.cli.main import main
from facesorter.faces import models
from facesorter.settings import Settings
from tests import photos
from tests.fakes import FakeAnalyzer, draw_photo
from tests.support.packs import CELL, HALF, POINTS, scrfd

PEOPLE = ((1, 2), (1, 3), (2, 3), (1,), (2,), (3,), (1, 2, 3), (4,))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of drawn people, and packs that read them differently."""
    monkeypatch.setattr(paths, "settings_dir", lambda: tmp_path / "settings")
    (tmp_path / "other").mkdir()

    def load(settings: Settings) -> FakeAnalyzer:
        if settings.models_folder:
            return FakeAnalyzer(name=Path(settings.models_folder).name, dimension=64)
        return FakeAnalyzer(name="fake")

    monkeypatch.setattr(model_switch, "load_analyzer", load)
    for number, people in enumerate(PEOPLE):
        draw_photo(tmp_path / "photos" / f"{number}.png", people, number=number)
    return tmp_path


def run(home: Path, capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    code = main([*map(str, words), "--library", str(home / "library"), "--json"])
    out = capsys.readouterr().out
    assert code == 0, out
    return json.loads(out)


def say(home: Path, capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main([*map(str, words), "--library", str(home / "library")])
    out, err = capsys.readouterr()
    return code, out, err


def people(home: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert main(["people", "--library", str(home / "library"), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_pack_is_tried_reported_used_and_left(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(home, capsys, "scan", home / "photos")
    before = people(home, capsys)
    main(["name", str(before[0]["person_id"]), "Anna", "--library", str(home / "library")])
    capsys.readouterr()
    named = people(home, capsys)

    tried = run(home, capsys, "pack", "try", home / "other")
    assert (tried["name"], tried["photos"], tried["waiting"], tried["unread"]) == ("other", 8, 0, 0)
    assert people(home, capsys) == named
    assert Settings.load(paths.settings_dir()).models_folder == ""

    report = run(home, capsys, "pack", "report")
    assert report["faces"] == sum(len(row) for row in PEOPLE)
    assert [report[key] for key in ("moves", "splits", "joins", "doubtful")] == [[], [], [], []]
    assert report["used"]["same_pairs"] == report["tried"]["same_pairs"] > 0
    code, out, _ = say(home, capsys, "pack", "report")
    assert code == 0 and "fake is in use, other is being tested" in out
    assert "0 people would be several" in out

    used = run(home, capsys, "pack", "use")
    assert (used["pack"], used["waiting"]) == ("other", 0)
    assert Settings.load(paths.settings_dir()).models_folder == str(home / "other")
    assert {(p["name"], p["faces"]) for p in people(home, capsys)} == {
        (p["name"], p["faces"]) for p in named
    }
    # Nothing is analysed twice: the pack has seen every photo.
    assert run(home, capsys, "scan")["pending"] == 0

    back = run(home, capsys, "pack", "use")
    assert back["pack"] == "fake"
    assert Settings.load(paths.settings_dir()).models_folder == ""
    assert run(home, capsys, "pack", "drop") == {"dropped": True}
    code, _, err = say(home, capsys, "pack", "use")
    assert code == 2 and "pack try" in err


def test_a_trial_goes_on_with_what_is_new(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(home, capsys, "scan", home / "photos")
    run(home, capsys, "pack", "try", home / "other")
    draw_photo(home / "photos" / "new.png", (1, 4), number=77)
    (home / "photos" / "0.png").write_bytes(b"no longer a picture")
    run_again = main(["scan", "--library", str(home / "library")])
    assert run_again == 1
    capsys.readouterr()
    assert run(home, capsys, "pack", "report")["trial"]["waiting"] == 1
    found = run(home, capsys, "pack", "try", home / "other")
    assert found["waiting"] == 0


def test_what_can_not_be_tried_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = say(home, capsys, "pack", "try", home / "nowhere")
    assert code == 2 and "There’s no folder" in err
    code, _, err = say(home, capsys, "pack", "try", home / "other")
    assert code == 2 and "No photos have been analyzed yet" in err
    run(home, capsys, "scan", home / "photos")
    code, _, err = say(home, capsys, "pack", "try", "bundled")
    assert code == 2 and "already in use" in err


def test_a_library_with_faces_is_not_switched_without_a_trial(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "folder_of", lambda _: str(home / "other"))
    run(home, capsys, "models", "use", "buffalo_l")
    assert Settings.load(paths.settings_dir()).models_folder == str(home / "other")
    run(home, capsys, "settings", "models_folder", "")
    run(home, capsys, "scan", home / "photos")
    ways = (("models", "use", "buffalo_l"), ("settings", "models_folder", str(home / "other")))
    for words in ways:
        code, _, err = say(home, capsys, *words)
        assert code == 2 and f"pack try {home / 'other'}" in err
        assert Settings.load(paths.settings_dir()).models_folder == ""


@photos.needs_shared
@pytest.mark.slow
def test_a_real_pack_in_insightface_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(paths, "settings_dir", lambda: tmp_path / "settings")
    folder = tmp_path / "second"
    folder.mkdir()
    # Its detector sees one face in the middle of everything, which is what portraits show.
    (folder / "det_500m.onnx").write_bytes(scrfd(CELL, 0.9, [HALF] * 4, POINTS))
    source = models.read_verified(
        models.bundled_pack().directory / models.SFACE[0], models.SFACE[1]
    )
    (folder / "w600k_test.onnx").write_bytes(models.fold(source, ("N", 3, 112, 112)))
    (tmp_path / "photos").mkdir()
    known = [sorted(one.glob("*.jpg")) for one in sorted((photos.SHARED / "labelled").iterdir())]
    for files in [files for files in known if len(files) >= 5][:2]:
        for path in files[:5]:
            shutil.copy(path, tmp_path / "photos")
    scanned = run(tmp_path, capsys, "scan", tmp_path / "photos")
    assert scanned["people"] == 2
    tried = run(tmp_path, capsys, "pack", "try", folder)
    assert (tried["name"], tried["dimension"], tried["photos"]) == ("second", 128, 10)
    report = run(tmp_path, capsys, "pack", "report")
    assert report["faces"] == scanned["faces"]
    used = run(tmp_path, capsys, "pack", "use")
    assert used["pack"] == "second"
