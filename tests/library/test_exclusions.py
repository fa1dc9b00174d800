"""Trash, thumbnails, and other programs' folders hold no photos of the user."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from facesorter.cancel import CancelToken
from facesorter.errors import Message
from facesorter.library import queries
from facesorter.library.scanning import exclusions, folders, listing, record
from facesorter.library.scanning.scan import Scan
from facesorter.storage import photos as photo_rows
from tests import photos
from tests.support.albums import Album, seen

DOCS = Path(__file__).parents[2] / "docs"

OWN = (
    "Photos/Holiday/IMG_1.jpg",
    "Photos/Photos Library.photoslibrary/originals/A/A1.jpeg",
    "Photos/Old.aplibrary/Masters/2009/1.jpg",
    "Photos/recycle/1.jpg",
)
OTHERS = (
    "Photos/Holiday/@eaDir/IMG_1.jpg/SYNOPHOTO_THUMB_XL.jpg",
    "Photos/#recycle/deleted.jpg",
    "Photos/#snapshot/yesterday/IMG_1.jpg",
    "Photos/$Recycle.Bin/S-1-5-21/$RABC123.jpg",
    "Photos/Photos Library.photoslibrary/resources/derivatives/A/A1_1.jpeg",
    "Photos/Old.aplibrary/Previews/2009/1.jpg",
    "Photos/Catalog Smart Previews.lrdata/1/2.dng",
    "Photos/WhatsApp/Sent/IMG_5.jpg",
    "Photos/WhatsApp/Sent/Private/IMG_6.jpg",
)
NEVER = (
    "Photos/.stversions/IMG_1.jpg",
    "Photos/.thumbnails/1.jpg",
    "Photos/.Trash-1000/files/1.jpg",
    "Photos/Holiday/._IMG_1.jpg",
)


@pytest.fixture
def album(tmp_path: Path) -> Album:
    made = Album(tmp_path)
    for place in (*OWN, *OTHERS, *NEVER):
        made.write(place, f"content of {place}".encode())
    (tmp_path / "Photos" / "WhatsApp" / "Sent" / ".nomedia").touch()
    return made


def scan(album: Album, *, everything: bool) -> set[str]:
    """Scan and analyze; returns the photos shown, without anchors."""
    scanning = Scan(album.bench.connection, CancelToken(), everything=everything)
    for batch in scanning.run(None):
        album.bench.do(record.found, batch)
    album.bench.do(record.relink)
    album.analyse()
    return {place for place in album.shown() if "anchor" not in place}


def test_they_are_left_out(album: Album) -> None:
    assert scan(album, everything=False) == set(OWN)


def test_they_can_be_included_except_hidden_ones(album: Album) -> None:
    assert scan(album, everything=True) == {*OWN, *OTHERS}


def test_photos_known_from_there_go_and_come_back_with_their_names(album: Album) -> None:
    shown = scan(album, everything=True)
    album.name_new()
    names = album.named()
    assert scan(album, everything=False) == set(OWN)
    assert album.named().keys() == names.keys()
    assert scan(album, everything=True) == shown
    assert album.named() == names and max(album.analyses.values()) == 1


def test_a_folder_with_nothing_else_is_not_offline(album: Album) -> None:
    (album.base / "Phone" / "anchor.jpg").unlink()
    album.write("Phone/@eaDir/1.jpg", b"a thumbnail")
    scan(album, everything=True)
    scan(album, everything=False)
    phone = str(album.base / "Phone")
    state = album.bench.all("SELECT state FROM folder WHERE path = ?", phone)
    assert state == [("present",)] and not any(p.startswith("Phone") for p in album.shown())


def test_a_folder_that_the_user_adds_is_scanned_and_no_file_is_two_photos(album: Album) -> None:
    scan(album, everything=True)
    album.name_new()
    names = album.named().keys()
    inner = album.base / "Photos" / "WhatsApp" / "Sent"
    album.bench.do(folders.add, str(inner))
    recycled = album.base / "Photos" / "#recycle"
    album.bench.do(folders.add, str(recycled))
    added = {place for place in OTHERS if "Sent" in place or "#recycle" in place}
    assert scan(album, everything=False) == {*OWN, *added}
    assert scan(album, everything=True) == {*OWN, *OTHERS}
    assert album.named().keys() == names


def test_the_documentation_lists_them() -> None:
    page = (DOCS / "faq.md").read_text(encoding="utf-8").casefold()
    for name in (*exclusions.NAMES, *(f"*{suffix}" for suffix in exclusions.LIBRARIES)):
        assert f"`{name}`" in page, name


def test_a_folder_watched_by_itself_is_not_scanned_twice_once_its_mark_is_gone(
    album: Album,
) -> None:
    scan(album, everything=False)
    sent = album.base / "Photos" / "WhatsApp" / "Sent"
    album.bench.do(folders.add, str(sent))
    within = {place for place in OTHERS if "Sent" in place}
    assert scan(album, everything=False) == {*OWN, *within}
    (sent / ".nomedia").unlink()
    assert scan(album, everything=False) == {*OWN, *within}


def test_on_a_drive_without_inodes_no_folder_is_taken_for_another(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "identity", lambda path: (1, 0) if Path(path).is_dir() else None)
    assert scan(album, everything=False) == set(OWN)
    assert scan(album, everything=True) == {*OWN, *OTHERS}


def test_what_looks_like_media_and_is_not_read_is_counted(album: Album) -> None:
    photo = photos.encoded(photos.quarters(), "JPEG")
    album.write("Photos/drawing.svg", b"<svg/>")
    album.write("Photos/Holiday/clip.WMV", b"video")
    album.write("Photos/Holiday/other.wmv", b"video")
    album.write("Photos/Holiday/IMG_0001", photo)
    album.write("Photos/Holiday/README", b"a text")
    album.write("Photos/Holiday/Thumbs.db", b"thumbnails")
    album.write("Photos/Holiday/._clip.wmv", b"video")
    album.write("Photos/#recycle/clip.wmv", b"video")
    scan(album, everything=False)
    counted = {"WMV": 2, "JPEG without a suffix": 1, "SVG": 1}
    assert queries.skipped(album.bench.connection) == counted
    (album.base / "Photos" / "drawing.svg").unlink()
    scan(album, everything=False)
    del counted["SVG"]
    assert queries.skipped(album.bench.connection) == counted


def test_a_photo_that_lacks_its_end_is_a_problem_and_a_photo(album: Album) -> None:
    scan(album, everything=False)
    connection = album.bench.connection
    photo_id = queries.photo_ids(connection)[0]
    (photo,) = photo_rows.by_ids(connection, [photo_id])
    result = replace(seen(b"content", "00"), note=Message("The end of this file is missing."))
    version = (photo.id, photo.size, photo.mtime_ns)
    album.bench.do(record.analysed, *version, result, album.model)
    (problem,) = queries.problems(connection)
    assert (problem.photo_id, problem.shown) == (photo_id, True)
    assert str(problem.error) == "The end of this file is missing."
    counts = queries.counts(connection)
    assert (counts.problems, counts.notes) == (0, 1)
    album.bench.do(record.analysed, *version, replace(result, note=None), album.model)
    assert queries.problems(connection) == []
