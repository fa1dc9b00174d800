"""Edits that keep a file's size and modification time are noticed nevertheless."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from facesorter.cancel import CancelToken
from facesorter.files import content_hash, sample_hash
from facesorter.library import check
from facesorter.library.scanning import listing, record
from facesorter.library.scanning import scan as scanning
from facesorter.library.scanning.scan import SAMPLING, Scan
from tests.support.albums import Album

WHOLE_SECOND = 1_600_000_000_000_000_000


@pytest.fixture
def album(tmp_path: Path) -> Album:
    made = Album(tmp_path)
    for number in range(3):
        place = f"Photos/{number}.jpg"
        made.write(place, f"photo number {number}".encode(), mtime_ns=WHOLE_SECOND)
    made.scan()
    made.analyse()
    made.name_new()
    return made


def edit(album: Album, place: str, content: bytes) -> None:
    """As ``exiftool -P`` does: a new file in the place of the old one, with its time."""
    path = album.base / place
    before = path.stat()
    assert len(content) == before.st_size
    fresh = path.with_name("fresh.tmp")
    fresh.write_bytes(content)
    fresh.replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def in_order(album: Album) -> bool:
    on_disk = {place: content_hash(album.base / place) for place in album.files()}
    return album.shown() == {place: (digest, "analysed") for place, digest in on_disk.items()}


def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that doesn't tell when a file was changed, as Windows."""
    monkeypatch.setattr(listing, "change_time", lambda _: None)


def sample_all(album: Album) -> int:
    """A scan that looks for edits which the system doesn't tell; returns what differs."""
    differences = 0
    for batch in Scan(album.bench.connection, CancelToken()).run(None, sampling=SAMPLING):
        album.bench.do(record.found, batch)
        differences += batch.differences
    return differences


needs_change_times = pytest.mark.skipif(os.name == "nt", reason="the system doesn't tell them")


@needs_change_times
def test_the_next_scan_sees_it(album: Album) -> None:
    edit(album, "Photos/1.jpg", b"photo number 7")
    assert album.scan() == 1
    album.analyse()
    assert in_order(album) and album.scan() == 0


@needs_change_times
def test_other_permissions_are_no_edit(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    before = album.shown()
    for limit in (scanning.FULLY_READ, 0):
        monkeypatch.setattr(scanning, "FULLY_READ", limit)
        for place in album.files():
            path = album.base / place
            path.chmod(path.stat().st_mode ^ 0o040)
        album.scan()
        assert album.shown() == before and max(album.analyses.values()) == 1
        assert album.scan() == 0


@needs_change_times
def test_an_edit_among_many_files_of_other_permissions(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "FULLY_READ", 0)
    edit(album, "Photos/2.jpg", b"photo number 8")
    (album.base / "Photos" / "1.jpg").chmod(0o600)
    assert album.scan() == 1
    album.analyse()
    assert in_order(album)


def test_where_the_system_tells_nothing_samples_do(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent(monkeypatch)
    album.bench.connection.execute("UPDATE photo SET sample = NULL")
    assert sample_all(album) == 0
    edit(album, "Photos/1.jpg", b"photo number 7")
    assert album.scan() == 0
    assert sample_all(album) == 1
    album.analyse()
    assert in_order(album) and sample_all(album) == 0


def test_a_library_that_knows_no_change_times_learns_them(album: Album) -> None:
    album.bench.connection.execute("UPDATE photo SET changed_ns = NULL, sample = NULL")
    assert album.scan() == 0
    assert max(album.analyses.values()) == 1
    known = album.bench.all("SELECT count(*) FROM photo WHERE changed_ns IS NULL")
    assert known == [(0,)] or os.name == "nt"


@needs_change_times
def test_coarse_clocks_tell_nothing() -> None:
    """FAT and exFAT give the modification time in place of the time of change."""

    def told(changed: int, modified: int) -> int | None:
        stat: Any = SimpleNamespace(st_ctime_ns=changed, st_mtime_ns=modified)
        return listing.change_time(stat)

    assert told(WHOLE_SECOND, WHOLE_SECOND) is None
    assert told(WHOLE_SECOND + 1, WHOLE_SECOND) == WHOLE_SECOND + 1
    assert told(WHOLE_SECOND + 1, WHOLE_SECOND + 1) == WHOLE_SECOND + 1


def test_samples_differ_wherever_metadata_is(tmp_path: Path) -> None:
    size = 1_000_000
    plain = bytearray(size)
    samples = {sample_hash(bytes(plain))}
    for place in (0, 1000, 100_000, size - 30_000, size - 1):
        other = plain.copy()
        other[place] = 1
        samples.add(sample_hash(bytes(other)))
    assert len(samples) == 6
    path = tmp_path / "file"
    path.write_bytes(plain)
    assert sample_hash(path) == sample_hash(bytes(plain))


def test_check_names_the_file_and_repair_reads_it_again(album: Album) -> None:
    edit(album, "Photos/1.jpg", b"photo number 7")
    (finding,) = check.original_findings(album.bench.connection)
    assert str(album.base / "Photos" / "1.jpg") in str(finding.message)
    assert finding.repairable and finding.photo_id is not None
    assert album.bench.do(check.repair, [finding.photo_id]) == 1
    album.analyse()
    assert in_order(album)
    assert list(check.original_findings(album.bench.connection)) == []
