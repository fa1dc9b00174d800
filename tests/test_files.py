"""Files that appear whole or not at all, and what identifies their content."""

import contextlib
import hashlib
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from facesorter import files
from facesorter.images.dates import at_time
from facesorter.library.scanning.listing import Version


def test_a_file_and_its_folder_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    files.write_atomically(path, b"one")
    files.write_atomically(path, b"two", sync=True)
    assert path.read_bytes() == b"two"
    assert os.listdir(path.parent) == ["b.txt"]


def test_what_was_there_outlives_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), files.replacing(path) as partial:
        partial.write_bytes(b"half")
        assert path.read_bytes() == b"old"
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["kept.txt"]


def test_a_refused_write_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.mkdir()
    with pytest.raises(OSError, match="taken"):
        files.write_atomically(path, b"data")
    assert os.listdir(tmp_path) == ["taken"]


def test_threads_writing_one_file_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    contents = [bytes([number]) * 100_000 for number in range(4)]

    def write(content: bytes) -> None:
        for _ in range(20):
            files.write_atomically(path, content)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert os.listdir(tmp_path) == ["shared"]


def test_sync_reaches_the_disk_before_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(files.os, "fsync", lambda _: seen.append(os.listdir(tmp_path)))
    files.write_atomically(tmp_path / "kept", b"data")
    assert not seen
    files.write_atomically(tmp_path / "new", b"data", sync=True)
    assert len(seen) == 1
    assert "new" not in seen[0]


def test_hashes_of_a_file_are_those_of_its_bytes(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    path = tmp_path / "data"
    path.write_bytes(data)
    assert files.content_hash(path) == files.content_hash(data)
    assert files.content_hash(b"") == hashlib.blake2b(b"", digest_size=16).hexdigest()
    assert files.sha256(path) == files.sha256(data) == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("letter", ["a", "ž", "你"])
def test_the_longest_name_that_a_disk_allows_can_be_written(letter: str, tmp_path: Path) -> None:
    path = tmp_path / (letter * (255 // len(letter.encode())))
    files.write_atomically(path, b"data")
    assert path.read_bytes() == b"data" and os.listdir(tmp_path) == [path.name]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "settings.json", tmp_path / "settings.json"
    target.write_bytes(b"old")
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("this system makes no links")
    files.write_atomically(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert os.listdir(target.parent) == ["settings.json"]


def test_only_old_partial_files_are_removed(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / n for n in (".a.1-2.partial", ".b.1-2.partial", ".c.partial"))
    for path in (old, fresh, other):
        path.touch()
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    files.remove_partials(tmp_path)
    assert not old.exists() and fresh.exists() and other.exists()
    files.remove_partials(tmp_path / "nowhere")


def test_partial_files_are_known_by_the_ends_of_names(tmp_path: Path) -> None:
    sidecar, photo = tmp_path / ".A.XMP.1-2.partial", tmp_path / ".a.jpg.1-2.partial"
    for path in (sidecar, photo):
        path.touch()
        os.utime(path, (1, 1))
    files.remove_partials(tmp_path, (".xmp", ".xmp.backup"))
    assert not sidecar.exists() and photo.exists()


@pytest.mark.parametrize("year", [-5_000, 1969, 2026, 9_999, 60_000])
def test_any_time_of_a_file_can_be_stored(year: int) -> None:
    seconds = (year - 1970) * 31_556_952
    times = {"st_mtime_ns": seconds * 10**9, "st_ctime_ns": seconds * 10**9 + 1}
    stat = os.stat_result((0o100644, 0, 0, 1, 0, 0, 5, seconds, seconds, seconds), times)
    found = Version.of(stat)
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute("SELECT ?, ?, ?", found).fetchone() == found
    assert (found.mtime_ns == times["st_mtime_ns"]) == (1678 < year < 2262)
    at_time(found.mtime_ns / 1e9)
