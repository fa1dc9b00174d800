import logging
import sys
from pathlib import Path

import pytest

from facesorter import logs, paths
from facesorter.cli.main import main


def test_resources_of_a_checkout_hold_the_models() -> None:
    folder = paths.resources() / "models" / "opencv-zoo"
    assert len(list(folder.glob("*.onnx"))) == 2
    for name in ("NOTICE", "README.md", "LICENSE-YuNet", "LICENSE-SFace"):
        assert (folder / name).stat().st_size > 400


def test_resources_of_a_frozen_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resources").mkdir()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resources() == tmp_path / "resources"


def test_resources_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "facesorter"
    (package / "resources").mkdir(parents=True)
    monkeypatch.setattr(paths, "__file__", str(package / "paths.py"))
    assert paths.resources() == package / "resources"


def test_own_folders_are_named_and_not_created() -> None:
    for folder in (paths.data_dir(), paths.cache_dir(), paths.settings_dir()):
        assert folder.is_absolute()
        assert "facesorter" in folder.parts


def test_a_user_without_a_home_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def homeless(*_: object, **__: object) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("platformdirs.user_data_path", homeless)
    assert main(["people"]) == 2
    output = capsys.readouterr().err
    assert "no home folder" in output and output.count("\n") == 1


@pytest.mark.parametrize(("home", "says"), [("/home/anna", "in ~/x"), ("/", "in /home/anna/x")])
def test_logs_shorten_a_home_folder_that_is_one(
    home: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path(home))
    record = logging.LogRecord("facesorter", logging.INFO, "", 0, "in %s", ("/home/anna/x",), None)
    assert logs._NoHome().filter(record) and record.getMessage() == says
