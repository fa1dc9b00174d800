"""Backups: what stays, what comes back, and a log that is never played into another file."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facesorter.domain import PhotoId
from facesorter.library import check
from facesorter.library.decisions import corrections
from facesorter.library.library import Library
from facesorter.storage import backups, versions, wal
from facesorter.storage.backups import SNAPSHOTS_NAME, Backup, Holdings
from facesorter.storage.database import DATABASE_NAME, LibraryError, open_reader
from facesorter.storage.lock import take_lock
from facesorter.storage.opening import MissingLibraryError
from tests import command
from tests.library import made


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A library with three people in it."""
    folder = tmp_path / "library"
    library = Library(folder)
    library.transact(lambda txn: made.fill(txn.connection, people=3, each=4, seed=1))
    library.close(snapshot=False)
    return folder


def dump(path: Path) -> list[str]:
    """All rows of a database file alone, as text."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        return rows(connection)


def rows(connection: sqlite3.Connection) -> list[str]:
    """All rows, but for where the library is: copies are elsewhere."""
    return [line for line in connection.iterdump() if "VALUES('place'" not in line]


def name_first(library: Library, name: str) -> None:
    library.transact(corrections.move_to_new_person, [1, 2], name)


def leave_as_if_killed(library: Library, copy: Path) -> None:
    """Copy a library that is open, log and all, as a kill would leave it."""
    shutil.copytree(library.directory, copy)


def test_a_closed_library_is_one_file(directory: Path) -> None:
    library = Library(directory)
    name_first(library, "Anna")
    before = rows(library.connection)
    library.close(snapshot=False)
    assert not wal.log_path(directory / DATABASE_NAME).exists()
    assert dump(directory / DATABASE_NAME) == before
    assert "Anna" in "\n".join(before)


def test_a_killed_library_comes_back_whole(directory: Path, tmp_path: Path) -> None:
    library = Library(directory)
    name_first(library, "Anna")
    before = rows(library.connection)
    leave_as_if_killed(library, tmp_path / "killed")
    library.close(snapshot=False)
    assert wal.has_log(tmp_path / "killed" / DATABASE_NAME)
    again = Library(tmp_path / "killed")
    assert rows(again.connection) == before
    again.close(snapshot=False)


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_snapshot_over_a_killed_library_is_the_snapshot(
    directory: Path, tmp_path: Path, by_hand: bool
) -> None:
    library = Library(directory)
    kept = backups.snapshot(library.connection, directory, "daily")
    wanted = dump(kept)
    name_first(library, "Anna")
    leave_as_if_killed(library, tmp_path / "killed")
    library.close(snapshot=False)
    killed = tmp_path / "killed"
    source = killed / SNAPSHOTS_NAME / kept.name
    if by_hand:
        shutil.copy(source, killed / DATABASE_NAME)
        assert [f.kind for f in check.log_findings(killed)] == ["log"]
        with closing(open_reader(killed)) as reader:
            assert rows(reader) == wanted, "a reader doesn't play the log either"
    else:
        lock = take_lock(killed)
        backups.restore(killed, source)
        lock.release()
    again = Library(killed)
    assert rows(again.connection) == wanted
    again.close(snapshot=False)
    assert dump(killed / DATABASE_NAME) == wanted
    if by_hand:
        assert len(list(killed.glob("library.db-wal.*"))) == 1, "set aside, not thrown away"
    else:
        names = [b.reason for b in backups.backups(killed)]
        assert names == ["before-restore", "daily"]
        held = backups.backups(killed)[0].holdings
        assert held is not None and held.decisions == 1


def test_a_copy_of_the_file_from_another_day_is_not_given_the_log(
    directory: Path, tmp_path: Path
) -> None:
    shutil.copy(directory / DATABASE_NAME, tmp_path / "copy.db")
    wanted = dump(tmp_path / "copy.db")
    library = Library(directory)
    name_first(library, "Anna")
    leave_as_if_killed(library, tmp_path / "killed")
    library.close(snapshot=False)
    shutil.copy(tmp_path / "copy.db", tmp_path / "killed" / DATABASE_NAME)
    again = Library(tmp_path / "killed")
    assert rows(again.connection) == wanted
    again.close(snapshot=False)


def test_a_refused_log_is_not_folded_in(directory: Path, tmp_path: Path) -> None:
    path, other = directory / DATABASE_NAME, tmp_path / "other.db"
    before = path.read_bytes()
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("CREATE TABLE page (number)")
        connection.commit()
        shutil.copy(wal.log_path(other), wal.log_path(path))
    with pytest.raises(LibraryError, match="another program"):
        Library(directory)
    assert path.read_bytes() == before
    wal.log_path(path).unlink()
    wal.index_path(path).unlink(missing_ok=True)
    Library(directory).close(snapshot=False)


def test_check_says_when_the_log_is_gone(directory: Path, tmp_path: Path) -> None:
    assert not list(check.log_findings(directory))
    library = Library(directory)
    name_first(library, "Anna")
    assert not list(check.log_findings(directory)), "open is in order"
    (tmp_path / "alone").mkdir()
    shutil.copy(directory / DATABASE_NAME, tmp_path / "alone")
    library.close(snapshot=False)
    (finding,) = check.log_findings(tmp_path / "alone")
    assert "missing" in str(finding.message)
    assert not list(check.log_findings(directory))


def test_a_backup_is_plain_and_has_a_stamp_of_its_own(directory: Path, tmp_path: Path) -> None:
    library = Library(directory)
    made_ = backups.back_up(library.connection, tmp_path / "Backup #1?.db")
    again = backups.back_up(library.connection, tmp_path / "two.db")
    library.close(snapshot=False)
    assert made_.holdings == Holdings(photos=4, faces=12, people=0, decisions=0)
    stamps = {path.read_bytes()[60:64] for path in (made_.path, again.path)}
    stamps.add((directory / DATABASE_NAME).read_bytes()[60:64])
    assert len(stamps) == 3
    assert {path.suffix for path in tmp_path.glob("*.db*")} == {".db"}


def test_restoring_what_is_damaged_changes_nothing(directory: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.db"
    content = bytearray((directory / DATABASE_NAME).read_bytes())
    content[5000:9000] = b"\xa5" * 4000
    bad.write_bytes(content)
    before = (directory / DATABASE_NAME).read_bytes()
    with pytest.raises(LibraryError, match="damaged"):
        backups.restore(directory, bad)
    with pytest.raises(LibraryError, match="damaged"):
        (tmp_path / "text.db").write_text("Dear diary")
        backups.restore(directory, tmp_path / "text.db")
    assert (directory / DATABASE_NAME).read_bytes() == before
    assert not backups.backups(directory)


@pytest.mark.parametrize("what", ["photo", "folder"])
def test_what_is_no_backup_is_not_called_a_library(
    what: str, directory: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.jpg"
    if what == "photo":
        wrong.write_bytes(b"photo" * 1000)
        with pytest.raises(LibraryError, match=r"The backup .* is damaged"):
            backups.restore(directory, wrong)
    else:
        wrong.mkdir()
        with pytest.raises((IsADirectoryError, PermissionError)):
            backups.restore(directory, wrong)


def test_a_damaged_library_is_kept_beside_what_was_restored(directory: Path) -> None:
    library = Library(directory)
    kept = backups.snapshot(library.connection, directory, "daily")
    library.close(snapshot=False)
    path = directory / DATABASE_NAME
    path.write_bytes(b"\xa5" * 10_000)
    backups.restore(directory, kept)
    (aside,) = directory.glob("damaged-*")
    assert (aside / DATABASE_NAME).read_bytes() == b"\xa5" * 10_000
    Library(directory).close(snapshot=False)


# What stays.


def backup(day: datetime.date, decisions: int, photos: int = 10) -> Backup:
    made_at = f"{day.isoformat()}T12:00:00"
    path = Path(f"/b/{day:%Y%m%d}-120000-daily.db")
    return Backup(path, made_at, "daily", 1, Holdings(photos, 1, 1, decisions))


TODAY = datetime.date(2026, 11, 28)


def after_daily_use(decisions: list[int]) -> list[Backup]:
    """What is left after a daily backup of a library with that many decisions each day."""
    kept: list[Backup] = []
    for number, count in enumerate(decisions):
        kept.insert(0, backup(TODAY + datetime.timedelta(days=number), count))
        going = backups.expired(kept)
        kept = [each for each in kept if each not in going]
    return kept


def test_days_weeks_and_months_stay() -> None:
    kept = after_daily_use(list(range(500)))
    last = TODAY + datetime.timedelta(days=499)
    ages = [(last - datetime.date.fromisoformat(b.made_at[:10])).days for b in kept]
    assert ages[:7] == list(range(7))
    assert len(kept) == 7 + 4 + 12
    assert 300 < ages[-1] < 480


@given(st.lists(st.integers(0, 5), min_size=1, max_size=80))
def test_a_backup_is_never_pushed_out_by_one_that_holds_less(decisions: list[int]) -> None:
    kept = after_daily_use(decisions)
    assert max(b.holdings.decisions for b in kept if b.holdings) == max(decisions)
    assert len(kept) >= min(7, len(decisions))


def test_files_that_the_user_put_there_are_kept_and_stand_for_no_day(directory: Path) -> None:
    folder = directory / SNAPSHOTS_NAME
    folder.mkdir()
    for number in range(10):
        shutil.copy(directory / DATABASE_NAME, folder / f"mine {number}.db")
    shutil.copy(directory / DATABASE_NAME, folder / "20269999-999999-mine 10.db")  # no date
    library = Library(directory)
    library.close()
    assert len([b for b in backups.backups(directory) if b.reason == "daily"]) == 1
    assert len(list(folder.glob("*mine *.db"))) == 11
    assert not backups.expired(backups.backups(directory))


# A library that is linked to.

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


@pytest.fixture
def linked(directory: Path, tmp_path: Path) -> Path:
    """A library folder whose library lies on a drive."""
    drive = tmp_path / "drive"
    drive.mkdir()
    (directory / DATABASE_NAME).rename(drive / DATABASE_NAME)
    wal.owner_path(directory / DATABASE_NAME).unlink()
    (directory / DATABASE_NAME).symlink_to(drive / DATABASE_NAME)
    return directory


@needs_links
def test_a_linked_library_keeps_its_log_and_its_link(linked: Path, tmp_path: Path) -> None:
    library = Library(linked)
    kept = backups.snapshot(library.connection, linked, "daily")
    name_first(library, "Anna")
    assert wal.has_log(linked / DATABASE_NAME)
    library.close(snapshot=False)
    assert not wal.has_log(linked / DATABASE_NAME)
    backups.restore(linked, kept)
    assert (linked / DATABASE_NAME).is_symlink()
    assert dump(tmp_path / "drive" / DATABASE_NAME) == dump(kept)


@needs_links
def test_a_link_that_leads_nowhere_makes_nothing_there(linked: Path, tmp_path: Path) -> None:
    library = Library(linked)
    kept = backups.snapshot(library.connection, linked, "daily")
    library.close(snapshot=False)
    shutil.move(tmp_path / "drive", tmp_path / "away")
    (tmp_path / "drive").mkdir()  # where it is mounted
    backups.restore(linked, kept)
    assert not list((tmp_path / "drive").iterdir())
    assert dump(linked / DATABASE_NAME) == dump(kept)
    Library(linked).close(snapshot=False)


@needs_links
@pytest.mark.parametrize("left", [b"", b"no library any more" * 99])
def test_a_linked_library_that_is_damaged_comes_back_where_it_was(
    linked: Path, tmp_path: Path, left: bytes
) -> None:
    library = Library(linked)
    kept = backups.snapshot(library.connection, linked, "daily")
    library.close(snapshot=False)
    (tmp_path / "drive" / DATABASE_NAME).write_bytes(left)
    backups.restore(linked, kept)
    assert (linked / DATABASE_NAME).is_symlink()
    assert dump(tmp_path / "drive" / DATABASE_NAME) == dump(kept)
    (aside,) = linked.glob("damaged-*")
    assert (aside / DATABASE_NAME).read_bytes() == left
    Library(linked).close(snapshot=False)


def test_an_expired_backup_in_use_is_no_failure(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(directory)
    first = backups.snapshot(library.connection, directory, "daily")
    monkeypatch.setattr(
        backups, "expired", lambda found: [each for each in found if each.path == first]
    )

    unlink = Path.unlink

    def in_use(path: Path, **options: bool) -> None:
        if path == first:
            raise PermissionError(13, "used by another process", str(path))
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", in_use)
    assert backups.snapshot(library.connection, directory, "after-erase").exists()
    assert first.exists()
    library.close(snapshot=False)


def test_a_full_disk_leaves_the_library_where_it_is(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(directory)
    kept = backups.snapshot(library.connection, directory, "daily")
    name_first(library, "Anna")
    library.close(snapshot=False)
    before = dump(directory / DATABASE_NAME)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_copy", full)
    with pytest.raises(backups.UnwritableBackupError, match="No space"):
        backups.restore(directory, kept)
    assert dump(directory / DATABASE_NAME) == before
    assert not list(directory.glob("damaged-*"))


# A library that is not there.


def beside(directory: Path, how: str, tmp_path: Path) -> None:
    path = directory / DATABASE_NAME
    if how == "link":
        path.unlink()
        path.symlink_to(tmp_path / "drive" / DATABASE_NAME)
        return
    path.unlink()
    if how == "snapshot":
        return
    shutil.rmtree(directory / SNAPSHOTS_NAME)
    if how == "graph":
        (directory / "grouping.npz").write_bytes(b"graph")
    elif how == "map":
        (directory / "map.npz").write_bytes(b"map")
    elif how == "log":
        wal.log_path(path).write_bytes(b"log")


@pytest.mark.parametrize("how", ["snapshot", "graph", "map", "log", "link"])
def test_a_missing_library_is_not_replaced_by_an_empty_one(
    directory: Path, how: str, tmp_path: Path
) -> None:
    if how == "link" and sys.platform == "win32":
        pytest.skip("links need rights there")
    Library(directory).close()
    beside(directory, how, tmp_path)
    before = {
        path.name: os.readlink(path) if path.is_symlink() else "" for path in directory.iterdir()
    }
    with pytest.raises(MissingLibraryError, match="Nothing was changed"):
        Library(directory)
    assert {
        path.name: os.readlink(path) if path.is_symlink() else "" for path in directory.iterdir()
    } == before
    if how == "snapshot":
        (found,) = backups.backups(directory)
        backups.restore(directory, found.path)
        library = Library(directory)
        assert library.connection.execute("SELECT count(*) FROM face").fetchone() == (12,)
        library.close(snapshot=False)
        return
    aside = backups.start_over(directory)
    assert list(aside.iterdir())
    library = Library(directory)
    assert library.connection.execute("SELECT count(*) FROM face").fetchone() == (0,)
    library.close(snapshot=False)


def test_a_new_library_is_made_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "library" / "logs").mkdir(parents=True)
    Library(tmp_path / "library").close(snapshot=False)
    assert (tmp_path / "library" / DATABASE_NAME).exists()


# Whose business it is.


@pytest.mark.skipif(os.name != "posix", reason="rights are of another kind there")
def test_a_library_is_its_owners_alone(directory: Path) -> None:
    directory.chmod(0o755)
    for path in directory.iterdir():
        path.chmod(0o644)
    library = Library(directory)
    backups.snapshot(library.connection, directory, "daily")
    name_first(library, "Anna")
    open_to_others = [
        path.name
        for path in [directory, *directory.rglob("*")]
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert wal.has_log(directory / DATABASE_NAME)
    library.close(snapshot=False)
    assert not open_to_others


@pytest.mark.skipif(os.name != "posix", reason="rights are of another kind there")
def test_a_folder_with_other_things_in_it_keeps_its_rights(directory: Path) -> None:
    (directory / "holiday.txt").write_text("for all")
    directory.chmod(0o755)
    Library(directory).close(snapshot=False)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o755
    assert stat.S_IMODE((directory / "holiday.txt").stat().st_mode) & 0o044
    assert stat.S_IMODE((directory / DATABASE_NAME).stat().st_mode) == 0o600


# By command.


def test_backup_and_restore_by_command(directory: Path) -> None:
    home = directory.parent
    library = ["--library", directory, "--json"]
    done = json.loads(command.run(home, "backup", *library).stdout)
    assert done["decisions"] == 0 and done["photos"] == 4 and Path(done["file"]).exists()
    assert command.run(home, "ignore", "1", *library).returncode == 0
    plan = json.loads(command.run(home, "restore", "--dry-run", *library).stdout)
    listed = command.run(home, "backups", *library).stdout.splitlines()
    assert len(listed) >= 1 and json.loads(listed[-1])["file"] == done["file"]
    plan = json.loads(command.run(home, "restore", done["file"], "--dry-run", *library).stdout)
    assert plan["lost"]["decisions"] == 1 and not plan["restored"]
    done = json.loads(command.run(home, "restore", done["file"], *library).stdout)
    assert done["restored"] and done["lost"]["decisions"] == 1
    assert command.run(home, "log", *library).stdout == ""
    refused = command.run(home, "restore", home / "no.db", *library)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr


def test_earlier_versions_are_no_photos(directory: Path) -> None:
    """An older backup is not kept for ever because it had one more."""
    library = Library(directory)
    before = backups.holdings_of(library.connection)
    photo = PhotoId(1)
    library.transact(
        lambda txn: versions.keep(txn.connection, versions.Version(photo, "before", 1, 1, 1))
    )
    assert backups.holdings_of(library.connection) == before
    library.close(snapshot=False)
