"""What developers start the program with: all that is logged, and a library to throw away."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter import __main__ as start
from facesorter import logs, paths
from tests import command, photos


def everything_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_a_scratch_library_leaves_nothing(tmp_path: Path) -> None:
    pictures = tmp_path / "Pictures"
    pictures.mkdir()
    (pictures / "one.png").write_bytes(photos.encoded(photos.quarters(), "PNG"))
    before = everything_below(tmp_path)
    done = command.run(tmp_path, "--scratch", "scan", str(pictures), "--no-analyse")
    assert done.returncode == 0, done.stderr
    assert "1 photo" in done.stdout
    assert everything_below(tmp_path) == before
    empty = command.run(tmp_path, "--scratch", "people")
    assert empty.returncode == 2 and "one.png" not in empty.stdout


def test_a_scratch_library_is_empty_and_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def run(_args: list[str], *, debug: bool) -> int:
        for folder in (paths.data_dir(), paths.cache_dir(), paths.settings_dir()):
            folder.mkdir(parents=True)
            seen.append(folder)
        return 0

    monkeypatch.setattr("facesorter.cli.main.main", run)
    monkeypatch.setattr(paths, "_root", None)
    assert start.main(["--scratch", "people"]) == 0
    assert len(set(seen)) == 3
    assert not any(folder.exists() for folder in seen)


def test_debug_reaches_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(logs, "start", lambda _folder, *, verbose: asked.append(verbose))
    for words in (["people"], ["--debug", "people"], ["people", "--debug"]):
        assert start.main([*words, "--library", "nowhere"]) == 2
    assert asked == [False, True, True]


def test_debug_prints_what_is_logged(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(photos.encoded(photos.quarters(), "PNG"))
    quiet = command.run(tmp_path, "--scratch", "scan", str(tmp_path), "--no-analyse")
    loud = command.run(tmp_path, "--scratch", "--debug", "scan", str(tmp_path), "--no-analyse")
    assert "DEBUG" not in quiet.stderr
    assert "DEBUG MainThread facesorter: facesorter " in loud.stderr
