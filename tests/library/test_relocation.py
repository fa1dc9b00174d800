"""A library beside its photos is found again elsewhere; one computer at a time has it open."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from facesorter.library.decisions import corrections
from facesorter.library.library import Library
from facesorter.library.relocation import beside
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction
from facesorter.storage import folders as folder_rows
from facesorter.storage import lock, photos
from facesorter.storage.database import LibraryError
from facesorter.storage.lock import TakenOverError
from tests.library import made as rows


def made(drive: Path) -> None:
    """A drive with a library beside a folder of photos."""
    pictures = drive / "Photos"
    pictures.mkdir(parents=True)
    (pictures / "a.jpg").write_bytes(b"photo")
    library = Library(drive / "facesorter")
    folder, _ = library.transact(folders.add, str(pictures))
    library.transact(
        lambda txn: photos.insert(txn.connection, folder.id, "a.jpg", 5, 1, "2020", "exif")
    )
    library.close(snapshot=False)


def paths(library: Library) -> list[str]:
    return [folder.path for folder in folder_rows.every(library.connection)]


def test_a_drive_that_is_mounted_elsewhere(tmp_path: Path) -> None:
    made(tmp_path / "E")
    (tmp_path / "E").rename(tmp_path / "F")
    library = Library(tmp_path / "F" / "facesorter")
    assert paths(library) == [str(tmp_path / "F" / "Photos")]
    library.close(snapshot=False)


def test_a_copy_of_the_library_leaves_the_photos_where_they_are(tmp_path: Path) -> None:
    made(tmp_path / "E")
    shutil.copytree(tmp_path / "E", tmp_path / "copy")
    library = Library(tmp_path / "copy" / "facesorter")
    assert paths(library) == [str(tmp_path / "E" / "Photos")]
    library.close(snapshot=False)


def test_another_folder_of_that_name_is_not_taken_for_it(tmp_path: Path) -> None:
    made(tmp_path / "E")
    (tmp_path / "E").rename(tmp_path / "F")
    (tmp_path / "F" / "Photos" / "a.jpg").rename(tmp_path / "F" / "Photos" / "other.jpg")
    library = Library(tmp_path / "F" / "facesorter")
    assert paths(library) == [str(tmp_path / "E" / "Photos")]
    library.close(snapshot=False)


def test_paths_of_another_system() -> None:
    assert beside("E:\\Photos\\2019", "E:\\facesorter", "/media/x/facesorter") == os.path.normpath(
        "/media/x/Photos/2019"
    )
    assert beside("D:\\Photos", "E:\\facesorter", "/media/x/facesorter") is None
    assert beside("/Users/a/Pictures", "/Users/a/Library/facesorter", "/home/b/x/fs") == (
        os.path.normpath("/home/b/Pictures")
    )


def held_by(directory: Path, computer: str, seconds: float) -> None:
    holder = directory / lock.HOLDER_NAME
    holder.write_text(json.dumps({"computer": computer, "name": "anna-laptop"}), "utf-8")
    past = holder.stat().st_mtime - seconds
    os.utime(holder, (past, past))


def test_a_library_that_another_computer_has_open(tmp_path: Path) -> None:
    Library(tmp_path).close(snapshot=False)
    assert not (tmp_path / lock.HOLDER_NAME).exists(), "an orderly end leaves nothing"
    before = (tmp_path / "library.db").read_bytes()
    held_by(tmp_path, "other", 20)
    with pytest.raises(LibraryError, match=r"open on another computer \(anna-laptop\)"):
        Library(tmp_path)
    assert (tmp_path / "library.db").read_bytes() == before
    held_by(tmp_path, "other", lock.LEFT_AFTER + 60)
    library = Library(tmp_path)
    holder = json.loads((tmp_path / lock.HOLDER_NAME).read_bytes())
    assert holder["computer"] == lock.this_computer()
    library.close(snapshot=False)


def test_what_this_computer_left_by_a_crash_is_no_obstacle(tmp_path: Path) -> None:
    Library(tmp_path).close(snapshot=False)
    held_by(tmp_path, lock.this_computer(), 1)
    Library(tmp_path).close(snapshot=False)
    (tmp_path / lock.HOLDER_NAME).write_text("{garbled", "utf-8")
    Library(tmp_path).close(snapshot=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "SETTLED", 0.01)


def slept(held: lock.Lock, seconds: float) -> None:
    held._renewed -= seconds


def test_a_computer_that_slept_notices_that_it_lost_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "RENEWED", 0.01)
    held = lock.take_lock(tmp_path)
    held_by(tmp_path, "other", 0)
    held._thread.join(30)
    assert held.lost
    held.release()
    assert json.loads((tmp_path / lock.HOLDER_NAME).read_bytes())["computer"] == "other"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("closed_again", [False, True])
def test_nothing_is_written_once_another_computer_had_the_library(
    tmp_path: Path, closed_again: bool
) -> None:
    library = Library(tmp_path)
    library.transact(lambda txn: rows.fill(txn.connection, people=1, each=2, per_photo=1))
    if closed_again:
        (tmp_path / lock.HOLDER_NAME).unlink()
    else:
        held_by(tmp_path, "other", 0)
    slept(library._lock, lock.LEFT_AFTER + 1)
    log = tmp_path / "library.db-wal"
    before = [log.read_bytes(), (tmp_path / "library.db").read_bytes()]
    assert before[0]
    for _ in range(2):
        with pytest.raises(TakenOverError, match="nothing more is saved here"):
            library.transact(corrections.ignore, [1])
    with pytest.raises(TakenOverError):
        library.snapshot_if_due()
    library.close()
    assert [log.read_bytes(), (tmp_path / "library.db").read_bytes()] == before
    assert (tmp_path / lock.HOLDER_NAME).exists() != closed_again


@pytest.mark.usefixtures("quick")
def test_what_is_being_written_when_the_computer_falls_asleep_is_taken_back(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.transact(lambda txn: rows.fill(txn.connection, people=1, each=2, per_photo=1))

    def sleeps_then_writes(txn: Transaction) -> None:
        corrections.ignore(txn, [1])
        held_by(tmp_path, "other", 0)
        slept(library._lock, lock.LEFT_AFTER + 1)

    with pytest.raises(TakenOverError):
        library.transact(sleeps_then_writes)
    ignored = library.connection.execute("SELECT count(*) FROM face WHERE state = 'ignored'")
    assert ignored.fetchone() == (0,)
    library.close()


@pytest.mark.usefixtures("quick")
def test_a_computer_that_slept_alone_goes_on(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for seconds in (lock.LEFT_AFTER + 1, 3 * lock.RENEWED):
        slept(library._lock, seconds)
        library.transact(lambda txn: None)
        assert library._lock._since() < lock.RENEWED
    (tmp_path / lock.HOLDER_NAME).unlink()  # too soon for another computer to have come and gone
    slept(library._lock, 3 * lock.RENEWED)
    library.transact(lambda txn: None)
    assert (tmp_path / lock.HOLDER_NAME).exists()
    library.close(snapshot=False)


def test_of_two_computers_that_claim_a_library_at_once_one_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_by(tmp_path, "crashed", lock.LEFT_AFTER + 60)
    monkeypatch.setattr(lock.time, "sleep", lambda _: held_by(tmp_path, "third", 0))
    with pytest.raises(LibraryError, match="open on another computer"):
        lock.take_lock(tmp_path)
    monkeypatch.undo()
    (tmp_path / lock.HOLDER_NAME).unlink()
    lock.take_lock(tmp_path).release()
