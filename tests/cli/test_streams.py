"""Streams that are missing, full, or of a narrow encoding; outputs that would replace a photo."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from facesorter import __main__, paths
from facesorter.cli import trash
from facesorter.library import output_files
from facesorter.library.library import Library
from facesorter.library.scanning import folders
from facesorter.storage import photos
from tests.support.programs import Program

FULL = Path("/dev/full")


@pytest.mark.parametrize("missing", ["stdin", "stdout", "stderr"])
def test_a_missing_stream_does_not_matter(
    missing: str, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, missing, None)
    for words, code in ((["people"], 0), (["name", "1", "Zoë"], 0), (["erase", "Zoë"], 2)):
        assert __main__.main([*words, "--library", str(program.library)]) == code
    getattr(sys, missing).close()


def test_a_name_that_the_output_cannot_encode_is_escaped(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.run("name", "1", "Łukasz")
    written = io.BytesIO()
    with io.TextIOWrapper(written, encoding="latin-1") as narrow:
        monkeypatch.setattr(sys, "stdout", narrow)
        assert __main__.main(["person", "1", "--library", str(program.library)]) == 0
        assert written.getvalue().decode("latin-1") == "Person 1: \\u0141ukasz\n"


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
def test_output_that_cannot_be_written_is_one_line(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FULL.open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert __main__.main(["people", "--library", str(program.library)]) == 2
    output = capsys.readouterr().err
    assert output.count("\n") == 1 and "No space left on device" in output


def test_settings_that_cannot_be_saved_are_one_line(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(paths, "settings_dir", lambda: tmp_path / "file" / "settings")
    result = program.run("settings", "language", "de")
    assert result.returncode == 2 and "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1 and str(tmp_path / "file") in result.stderr


def test_no_answer_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())  # as Ctrl+D
    assert not trash.agreed(1)


@pytest.mark.parametrize("words", [["dump"], ["prove", "--save"], ["map"]])
@pytest.mark.parametrize("way", ["itself", "link", "backup"])
def test_no_output_replaces_a_photo_or_a_library(
    words: list[str], way: str, program: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "Photos"
    folder.mkdir()
    photo = folder / "a.png"
    photo.write_bytes(b"photo")
    library = Library(program.library)
    added = library.transact(folders.add, str(folder))[0]
    library.transact(
        lambda txn: photos.insert(txn.connection, added.id, "a.png", 5, 1, "2019", "name")
    )
    library.close(snapshot=False)
    target = photo
    if way == "link":
        target = tmp_path / "out.png"
        target.symlink_to(photo)
    if way == "backup":
        target = tmp_path / "out.png"
        program.run("backup", target)
    before = target.read_bytes()
    result = program.run(*words, target)
    assert result.returncode == 2 and "isn’t replaced" in result.stderr
    assert target.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_no_library_and_is_not_read(program: Program, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    library = Library(program.library)
    output_files.refuse_precious(library.connection, tmp_path / "pipe")
    library.close(snapshot=False)


def test_a_map_replaces_an_earlier_one(program: Program, tmp_path: Path) -> None:
    for _ in range(2):
        assert program.run("map", tmp_path / "map.png").returncode == 0
