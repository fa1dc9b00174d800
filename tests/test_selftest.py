"""The self-test passes where all is well, and notices what is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from facesorter import paths, selftest
from tests import command


def test_whole_self_test_passes_and_touches_nothing_of_the_users(tmp_path: Path) -> None:
    home, report = tmp_path / "home", tmp_path / "report.txt"
    done = subprocess.run(
        [sys.executable, "-m", "facesorter", "--self-test", str(report)],
        cwd=command.ROOT,
        env=command.environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    text = report.read_text(encoding="utf-8")
    assert done.returncode == 0, text
    assert "FAILED" not in text and "16 of 16 steps passed" in text
    assert not list(home.rglob("library.db"))


def test_broken_model_and_missing_sample_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = tmp_path / "resources"
    shutil.copytree(paths.resources() / "models", resources / "models")
    (resources / "sample").mkdir()
    recogniser = next(resources.rglob("face_recognition*.onnx"))
    data = bytearray(recogniser.read_bytes())
    data[len(data) // 2] ^= 1
    recogniser.write_bytes(data)
    monkeypatch.setattr(paths, "resources", lambda: resources)
    test = selftest._Test(tmp_path, sys.stdout)
    for step in ("_window", "_playback"):  # which need each other
        monkeypatch.setattr(test, step, lambda: "left out here")
    assert test.run() == 1
    output = capsys.readouterr().out
    assert "FAILED models" in output and "is damaged" in output
    assert "FAILED HEIC" in output and "ok     AVIF" in output


def test_picture_of_wrong_colours_is_no_decoder(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (96, 64)).save(tmp_path / "black.png")
    with pytest.raises(selftest.Failed, match="rather than"):
        selftest._halves((tmp_path / "black.png").read_bytes())
