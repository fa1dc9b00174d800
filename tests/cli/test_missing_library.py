"""A library that is missing, on a drive that is away, or emptied: no command makes another."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from facesorter.library.library import Library
from facesorter.storage import backups
from facesorter.storage.database import DATABASE_NAME
from tests.support.programs import Program

WRONG = 2
WRITING = ("scan {photos}", "refresh", "name 1 Anna", "undo", "check --repair", "backup {out}")
READING = ("photos", "people", "review", "log", "check --no-originals")


@pytest.fixture(params=["missing", "linked", "emptied"])
def gone(request: pytest.FixtureRequest, program: Program, tmp_path: Path) -> Path:
    """The folder of a library of which backups are left."""
    if request.param == "linked" and sys.platform == "win32":
        pytest.skip("links need rights there")
    directory = tmp_path / "library"
    library = Library(directory)
    backups.snapshot(library.connection, directory, "daily")
    library.close(snapshot=False)
    path = directory / DATABASE_NAME
    path.unlink()
    (tmp_path / "drive").mkdir()  # where it is mounted
    if request.param == "linked":
        path.symlink_to(tmp_path / "drive" / DATABASE_NAME)
    elif request.param == "emptied":
        path.touch()
    return directory


def content(directory: Path) -> dict[str, object]:
    """What is in the folder, without the lock and the log."""
    return {
        str(path.relative_to(directory)): path.readlink()
        if path.is_symlink()
        else path.read_bytes()
        for path in directory.rglob("*")
        if (path.is_symlink() or path.is_file()) and path.suffix not in (".lock", ".log")
    }


def test_no_command_makes_another(gone: Path, program: Program, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    before = content(gone)
    for words in WRITING + READING:
        places = {"photos": tmp_path / "photos", "out": tmp_path / "out.db"}
        done = program.run(*words.format(**places).split())
        assert done.returncode == WRONG and len(done.stderr.splitlines()) == 1, words
        assert content(gone) == before, words
        assert not list((tmp_path / "drive").iterdir()), words
    assert not (tmp_path / "out.db").exists()


def test_restore_brings_it_back(gone: Path, program: Program, tmp_path: Path) -> None:
    (kept,) = backups.backups(gone)
    before = kept.path.read_bytes()
    assert program.run("restore").returncode == 0
    assert kept.path.read_bytes() == before
    assert program.run("check", "--no-originals").returncode == 0
    library = Library(gone)
    assert library.connection.execute("SELECT count(*) FROM face").fetchone() == (18,)
    library.close(snapshot=False)
    assert not list((tmp_path / "drive").iterdir())


def test_an_emptied_library_never_pushes_out_a_full_backup(
    program: Program, tmp_path: Path
) -> None:
    """All photos gone, then weeks of daily backups, as after a library that was made anew."""
    directory = tmp_path / "library"
    library = Library(directory)
    full = backups.snapshot(library.connection, directory, "daily")
    old = full.rename(full.with_name("20200101-120000-daily.db"))
    for table in ("embedding", "face", "pair", "photo", "person"):
        library.connection.execute(f"DELETE FROM {table}")
    library.connection.commit()
    empty = backups.snapshot(library.connection, directory, "daily")
    for day in range(1, 29):
        shutil.copy(empty, empty.with_name(f"202601{day:02}-120000-daily.db"))
    backups.snapshot(library.connection, directory, "daily")
    library.close(snapshot=False)
    assert old.exists()
    assert len(backups.backups(directory)) < 28
    assert program.run("restore", old).returncode == 0
    library = Library(directory)
    assert library.connection.execute("SELECT count(*) FROM face").fetchone() == (18,)
    library.close(snapshot=False)
