"""A library that can't be used says so in one sentence, and nothing of it is overwritten."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from facesorter import logs
from facesorter.library.decisions import corrections
from facesorter.library.library import Library
from facesorter.storage import backups, database, opening
from facesorter.storage.backups import SNAPSHOTS_NAME
from facesorter.storage.database import DATABASE_NAME, LibraryError
from facesorter.storage.lock import take_lock
from tests import command
from tests.library import made
from tests.support.programs import Program


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A library with people in it at home/library."""
    library = Library(tmp_path / "library")
    library.transact(lambda txn: made.fill(txn.connection, people=3, each=4, seed=1))
    library.close(snapshot=False)
    return tmp_path


@pytest.fixture
def program(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Program:
    """The commands over that library, in this process."""
    monkeypatch.setattr(logs, "start", lambda *_args, **_options: None)
    return Program(home, capsys)


def page_of(path: Path, table: str) -> tuple[int, int]:
    connection = sqlite3.connect(path)
    (page,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
    ).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    return (page - 1) * size, size


def content(directory: Path) -> bytes:
    """The library file without the header of SQLite, in which each opening leaves a stamp."""
    return (directory / DATABASE_NAME).read_bytes()[100:]


def garble_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * 100)


def garble_table(path: Path) -> None:
    start, size = page_of(path, "person")
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * size)


def garble_schema(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * 3000)


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def write_text(path: Path) -> None:
    path.write_text("Dear diary, " * 1000)


def use_as_other(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    connection.close()


def make_newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
        "VALUES ('facesorter', 'm777_tomorrow', '2099-01-01')"
    )
    connection.commit()
    connection.close()


DAMAGE = {
    garble_header: "damaged",
    garble_schema: "damaged",
    cut: "damaged",
    empty: "damaged",
    write_text: "damaged",
    use_as_other: "a facesorter library",
    make_newer: "newer version",
}


def refused(result: subprocess.CompletedProcess[str], words: str) -> None:
    assert result.returncode == 2, result
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_damage_is_one_sentence(damage, program: Program) -> None:  # type: ignore[no-untyped-def]
    library = program.library
    path = library / DATABASE_NAME
    damage(path)
    before = path.read_bytes()
    for words in (["people"], ["undo"], ["scan"], ["check", "--repair"]):
        refused(program.run(*words), DAMAGE[damage])
        assert path.read_bytes() == before, words
    with pytest.raises(LibraryError, match=DAMAGE[damage]):
        Library(library)
    assert path.read_bytes() == before


def test_damage_within_is_found_by_whoever_meets_it(program: Program) -> None:
    library = program.library
    garble_table(library / DATABASE_NAME)
    before = content(library)
    refused(program.run("people"), "damaged")
    refused(program.run("name", "1", "Anna"), "damaged")
    result = program.run("check", "--json")
    assert result.returncode == 1, result
    found = json.loads(result.stdout)
    assert not found["ok"] and {finding["kind"] for finding in found["findings"]} == {"file"}
    assert content(library) == before


def test_a_damaged_library_is_not_snapshotted(home: Path) -> None:
    directory = home / "library"
    library = Library(directory)
    library.close()
    kept = {path.name: path.read_bytes() for path in (directory / SNAPSHOTS_NAME).iterdir()}
    garble_table(directory / DATABASE_NAME)
    writer = opening.open_writer(directory)
    with pytest.raises(LibraryError, match="damaged"):
        backups.snapshot(writer.conn, directory, "daily")
    writer.close()
    assert {p.name: p.read_bytes() for p in (directory / SNAPSHOTS_NAME).iterdir()} == kept


def test_a_snapshot_is_a_library(home: Path) -> None:
    directory = home / "library"
    Library(directory).close()
    (snapshot,) = (directory / SNAPSHOTS_NAME).glob("*-daily.db")
    garble_header(directory / DATABASE_NAME)
    shutil.copy(snapshot, directory / DATABASE_NAME)
    library = Library(directory)
    assert library.connection.execute("SELECT count(*) FROM face").fetchone() == (12,)
    library.close(snapshot=False)


def test_snapshots_are_daily_and_pruned(home: Path) -> None:
    directory = home / "library"
    folder = directory / SNAPSHOTS_NAME
    folder.mkdir()
    for day in range(10, 20):
        (folder / f"202401{day}-120000-daily.db").write_bytes(b"old")
    (folder / "20240119-120001-daily.partial").write_bytes(b"killed")
    for _ in range(3):
        Library(directory).close()
    names = sorted(path.name for path in folder.iterdir())
    # Seven days with today, and the last of the week before those.
    assert len(names) == backups.KEPT_NEWEST + 1
    assert names[0] == "20240113-120000-daily.db"
    assert [name for name in names if name.startswith("2024")] == names[:-1]


def test_a_second_program_is_told(home: Path) -> None:
    library = home / "library"
    code = textwrap.dedent(
        f"""
        import pathlib, sys
        from facesorter.library.library import Library
        library = Library(pathlib.Path({str(library)!r}))
        print("open", flush=True)
        sys.stdin.read()
        """
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=command.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None and other.stdout.readline() == "open\n"
    try:
        refused(command.run(home, "undo", "--library", library), "another facesorter")
        refused(command.run(home, "scan", "--library", library), "another facesorter")
        assert command.run(home, "people", "--library", library).returncode == 0
    finally:
        other.communicate("")
    assert command.run(home, "undo", "--library", library).returncode == 0


def test_another_programs_transaction_is_waited_for_and_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_MS", 100)
    library = Library(home / "library")
    browser = sqlite3.connect(home / "library" / DATABASE_NAME)
    browser.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryError, match="in use by another program"):
        library.transact(corrections.ignore, [1])
    browser.rollback()
    library.transact(corrections.ignore, [1])
    browser.close()
    library.close(snapshot=False)


@pytest.fixture
def read_only(home: Path) -> Iterator[Path]:
    """The library in folders that may only be read."""
    if sys.platform == "win32":
        pytest.skip("folders are not made read-only by their mode on Windows")
    library = home / "library"
    places = [library, *library.rglob("*")]
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield library
    finally:
        for path in places:
            path.chmod(0o755 if path.is_dir() else 0o644)


def as_anybody() -> None:
    """In the child: give up root's right to write where the mode says no."""
    if os.geteuid() == 0:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        if any(prctl(DROP_FROM_BOUNDING_SET, right, 0, 0, 0) for right in OVERRIDES):
            os._exit(SKIP)


DROP_FROM_BOUNDING_SET = 24
OVERRIDES = (1, 2)
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH of linux/capability.h."""
SKIP = 77


def test_a_read_only_library_can_be_read_and_says_why_it_can_not_be_written(
    home: Path, read_only: Path
) -> None:
    if os.geteuid() == 0 and not sys.platform.startswith("linux"):
        pytest.skip("root writes anywhere")
    before = {path: path.stat().st_mtime_ns for path in read_only.rglob("*")}
    bytes_before = (read_only / DATABASE_NAME).read_bytes()
    for words in (["undo"], ["scan"], ["name", "1", "Anna"]):
        result = command.run(home, *words, "--library", read_only, preexec_fn=as_anybody)
        if result.returncode == SKIP:
            pytest.skip("root could not give up its rights here")
        refused(result, "Can’t save to the library")
    result = command.run(home, "faces", "--json", "--library", read_only, preexec_fn=as_anybody)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 12
    assert (read_only / DATABASE_NAME).read_bytes() == bytes_before
    assert {path: path.stat().st_mtime_ns for path in read_only.rglob("*")} == before


def test_a_full_disk_is_named_and_keeps_what_was(home: Path) -> None:
    library = Library(home / "library")
    library.transact(corrections.ignore, [1])
    (pages,) = library.connection.execute("PRAGMA page_count").fetchone()
    library.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryError, match="full"):
        library.transact(lambda txn: made.fill(txn.connection, people=20, each=20, seed=2))
    library.transact(corrections.ignore, [2])
    library.close(snapshot=False)
    again = Library(home / "library")
    rows = again.connection.execute("SELECT id FROM face WHERE state = 'ignored'").fetchall()
    assert rows == [(1,), (2,)]
    assert again.connection.execute("SELECT count(*) FROM face").fetchone() == (12,)
    assert database.integrity_problems(again.connection) == []
    again.close(snapshot=False)


def test_a_file_that_may_not_grow_is_named(home: Path) -> None:
    resource = pytest.importorskip("resource", reason="only Unix limits the size of files")
    library = home / "library"
    limit = 60_000

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    # A decision about thousands of faces, so that its log needs more than that.
    big = Library(library)
    big.transact(lambda txn: made.fill(txn.connection, people=50, each=40, seed=3))
    ids = [str(row[0]) for row in big.connection.execute("SELECT id FROM face")]
    big.close(snapshot=False)
    before = content(library)
    result = command.run(home, "ignore", *ids, "--library", library, preexec_fn=limited)
    refused(result, "full or failing")
    assert content(library) == before


def test_a_backup_that_does_not_fit_is_one_sentence(home: Path) -> None:
    resource = pytest.importorskip("resource", reason="only Unix limits the size of files")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    library = home / "library"
    Library(library).close()  # its log is empty
    kept = list((library / SNAPSHOTS_NAME).iterdir())
    for words in (["backup"], ["backup", str(home / "copy.db")]):
        result = command.run(home, *words, "--library", library, preexec_fn=limited)
        refused(result, "can’t be written")
    assert list((library / SNAPSHOTS_NAME).iterdir()) == kept and not (home / "copy.db").exists()


def test_a_full_disk_can_be_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = database._reader, list[str]()

    def full(path: Path, how: str) -> sqlite3.Connection:
        tried.append(how)
        if "immutable" in how:
            return real(path, how)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    monkeypatch.setattr(database, "_reader", full)
    with contextlib.closing(database.open_reader(home / "library")) as connection:
        assert connection.execute("SELECT count(*) FROM face").fetchone() == (12,)
    assert len(tried) == 2


def test_no_snapshot_is_no_failure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups.shutil, "disk_usage", no_room)
    library = Library(home / "library")
    library.transact(corrections.ignore, [1])
    library.close()
    take_lock(home / "library").release()


def test_a_library_is_made_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object, **__: object) -> None:
        raise Killed

    from facesorter.storage.migrations import migrations

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "apply", kill)
        with pytest.raises(Killed):
            Library(tmp_path)
    assert not (tmp_path / DATABASE_NAME).exists()
    Library(tmp_path).close()
    assert sorted(path.name for path in tmp_path.glob("library.*")) == [
        DATABASE_NAME,
        "library.db-owner",
        "library.lock",
    ]


def test_a_folder_name_that_looks_like_a_uri(tmp_path: Path) -> None:
    directory = tmp_path / "Fotos #1 ? 100%"
    Library(directory).close()
    reader = database.open_reader(directory)
    assert reader.execute("SELECT count(*) FROM face").fetchone() == (0,)
    reader.close()


def test_faults_of_our_own_are_not_called_damage(home: Path) -> None:
    library = Library(home / "library")
    with pytest.raises(sqlite3.IntegrityError):
        library.transact(
            lambda txn: txn.connection.execute("UPDATE face SET person_id = 999 WHERE id = 1")
        )
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        library.transact(lambda txn: txn.connection.execute("DELETE FROM faces"))
    library.close(snapshot=False)


def test_a_clock_that_once_was_ahead_puts_no_backup_off(home: Path) -> None:
    folder = home / "library" / SNAPSHOTS_NAME
    folder.mkdir()
    (folder / "20990101-120000-daily.db").write_bytes(b"from the future")
    Library(home / "library").close()
    assert len(list(folder.iterdir())) == 2
