"""A photo's date follows its file, name, folder and sidecars, the clock and the rule."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facesorter.images import metadata
from facesorter.images.dates import RULE
from facesorter.library import photo_dates, places, queries
from facesorter.library.decisions import details
from facesorter.library.decisions.details import Facts
from facesorter.library.scanning import dating, folders
from facesorter.library.search import search
from facesorter.storage import photos as photos_rows
from tests import photos
from tests.benchmarks import exiftool_dates
from tests.benchmarks.dates_table import is_right, truths
from tests.support.albums import Album
from tests.support.pictures import picture
from tests.support.quicktime import UTC, apple, movie, mvhd

IN_2024 = 1_709_424_000_000_000_000
"""2024-03-03, as file time in nanoseconds."""


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path)


def look(album: Album) -> None:
    album.scan()
    album.analyse()


def date(album: Album, place: str) -> tuple[str, str]:
    return album.dates()[f"Photos/{place}"][:2]


def test_renamed_and_copied_photos_have_the_date_of_their_own_name(album: Album) -> None:
    album.write("Photos/IMG_0001.jpg", picture(1), mtime_ns=IN_2024)
    album.write("Photos/IMG_0002.jpg", picture(2), mtime_ns=IN_2024)
    look(album)
    assert date(album, "IMG_0001.jpg")[1] == date(album, "IMG_0002.jpg")[1] == "file"
    (album.base / "Photos/IMG_0001.jpg").rename(album.base / "Photos/1961-08-13 Oma.jpg")
    album.write("Photos/sub/1970-05-05 Oma.jpg", picture(2), mtime_ns=IN_2024)
    look(album)
    assert date(album, "1961-08-13 Oma.jpg") == ("1961-08-13", "name")
    assert date(album, "sub/1970-05-05 Oma.jpg") == ("1970-05-05", "name")
    assert date(album, "IMG_0002.jpg")[1] == "file"
    album.write("Photos/IMG_0003.jpg", picture(2), mtime_ns=IN_2024)
    (album.base / "Photos/sub").rename(album.base / "Photos/2019-07 Beach")
    (album.base / "Photos/2019-07 Beach/1970-05-05 Oma.jpg").rename(
        album.base / "Photos/2019-07 Beach/x.jpg"
    )
    look(album)
    assert date(album, "2019-07 Beach/x.jpg") == ("2019-07", "folder")
    assert date(album, "IMG_0003.jpg")[1] == "file", "the date of a copy's name"
    assert max(album.analyses.values()) == 1


def test_a_date_in_the_file_goes_wherever_it_goes(album: Album) -> None:
    content = picture(1, "2015:02:01 14:42:59")
    album.write("Photos/a.jpg", content)
    look(album)
    (album.base / "Photos/a.jpg").rename(album.base / "Photos/1961-08-13 b.jpg")
    album.write("Photos/2019/c.jpg", content)
    look(album)
    for place in ("1961-08-13 b.jpg", "2019/c.jpg"):
        assert date(album, place) == ("2015-02-01T14:42:59", "exif-original")


def test_a_first_scan_under_a_wrong_clock(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        for module in (dating, photo_dates):
            patch.setattr(module, "latest_now", lambda: "2001-01-02T00:00:00")
        album.write("Photos/a.jpg", picture(1, "2015:02:01 14:42:59"))
        look(album)
        assert album.dates()["Photos/a.jpg"][1:] == ("file", "future")
    monkeypatch.setattr(metadata, "read_file", None)
    assert album.scan() == 0
    assert album.dates()["Photos/a.jpg"] == ("2015-02-01T14:42:59", "exif-original", None)


def test_partial_dates_are_sorted_headed_and_found(album: Album) -> None:
    names = ("1956-11", "1956-07-04 10.00.00", "1956-07-04", "1956-07", "1956", "1955-12-31")
    for shade, name in enumerate(names):
        album.write(f"Photos/{name} Oma.jpg", picture(shade))
    look(album)
    connection = album.bench.connection
    name_of = {
        photo_id: Path(path).name.removesuffix(" Oma.jpg")
        for photo_id, path in photos_rows.paths(connection, photos_rows.ids(connection)).items()
    }
    ids = search.photo_ids(connection, "1955-1956")
    assert [name_of[each] for each in ids] == [*names]
    assert queries.months(connection, ids) == [
        (0, "1956-11"),
        (1, "1956-07"),
        (4, "1956"),
        (5, "1955-12"),
    ]
    for text, found in (("1956", names[:5]), ("July 1956", names[1:4]), ("1956-07-04", names[1:3])):
        assert [name_of[each] for each in search.photo_ids(connection, text)] == [*found]


def test_a_library_from_before_gets_its_dates_right_without_analysis(album: Album) -> None:
    album.write("Photos/a.jpg", picture(1, "1956:00:00 00:00:00"))
    album.write("Photos/Screenshot 2019-06-12 at 3.30.00 PM.jpg", picture(2))
    look(album)
    album.bench.connection.execute(
        "UPDATE photo SET dates = NULL, date_rule = 0, taken_at = '2024-03-03T00:00:00', "
        "taken_from = 'exif-changed'"
    )
    (album.base / "Photos/a.jpg").rename(album.base / "Photos/1961-08-13 b.jpg")
    album.scan()
    assert date(album, "1961-08-13 b.jpg")[1] == "exif-changed", "not decided before it is read"
    album.scan()
    assert date(album, "1961-08-13 b.jpg") == ("1956", "exif-original")
    assert date(album, "Screenshot 2019-06-12 at 3.30.00 PM.jpg")[0] == "2019-06-12T15:30:00"
    assert max(album.analyses.values()) == 1


def test_a_file_that_may_have_crashed_the_program_is_dated_without_reading_it(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    album.write("Photos/1961-08-13 Oma.jpg", picture(1))
    look(album)
    album.bench.connection.execute(
        "UPDATE photo SET dates = NULL, date_rule = 0, taken_from = 'file', status = 'failed'"
    )
    monkeypatch.setattr(metadata, "read_file", None)
    album.scan()
    assert date(album, "1961-08-13 Oma.jpg") == ("1961-08-13", "name")


def test_a_new_rule_is_applied_without_reading_files(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    album.write("Photos/a.jpg", picture(1, "2015:02:01 14:42:59"))
    look(album)
    monkeypatch.setattr(metadata, "read_file", None)
    for module in (dating, photo_dates):
        monkeypatch.setattr(module, "RULE", RULE + 1)
    monkeypatch.setattr(photo_dates, "date_in_name", lambda name: "2014")
    album.scan()
    assert date(album, "a.jpg")[1] == "exif-original"
    assert date(album, "anchor.jpg") == ("2014", "name")
    assert set(album.bench.column("SELECT date_rule FROM photo")) == {RULE + 1}


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer in Japan's time zone."""
    monkeypatch.setenv("TZ", "XYZ-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def clip(place: str = "") -> bytes:
    """A video recorded at 08:25:25 in universal time."""
    keys = {"location.ISO6709": place} if place else {}
    return movie(mvhd(UTC, 600), apple(**keys))


def read_as_if_playable(album: Album) -> None:
    """Read what the videos say; they have no pictures."""
    album.scan()
    album.bench.connection.execute("UPDATE photo SET status = 'analysed', date_rule = 1")
    album.scan()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one time zone for all")
@pytest.mark.usefixtures("in_tokyo")
def test_a_video_has_the_time_of_its_place_or_else_of_the_computer(album: Album) -> None:
    album.write("Photos/rome.mov", clip("+41.8897+012.4694/"))
    album.write("Photos/sea.mov", clip("+00.0000-030.0000/"))
    album.write("Photos/somewhere.mov", clip())
    album.write("Photos/PXL_20190724_082525123.mp4", clip("+41.8897+012.4694/"))
    album.write("Photos/VID_20190724_102520.mp4", clip("+41.8897+012.4694/"))
    read_as_if_playable(album)
    assert date(album, "rome.mov") == ("2019-07-24T10:25:25", "video")
    assert date(album, "PXL_20190724_082525123.mp4") == ("2019-07-24T10:25:25", "video")
    assert date(album, "VID_20190724_102520.mp4") == ("2019-07-24T10:25:20", "name")
    assert (
        date(album, "sea.mov")
        == date(album, "somewhere.mov")
        == (
            "2019-07-24T17:25:25",
            "video",
        )
    )


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one time zone for all")
@pytest.mark.usefixtures("in_tokyo")
def test_a_video_dated_by_an_earlier_rule_is_read_again_once(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    album.write("Photos/rome.mov", clip("+41.8897+012.4694/"))
    read_as_if_playable(album)
    (photo_id,) = album.bench.column("SELECT id FROM photo WHERE relpath = 'rome.mov'")
    before = json.dumps({"video": "2019-07-24T17:25:25"})
    album.bench.connection.execute(
        "UPDATE photo SET dates = ?, date_rule = 2, taken_at = '2019-07-24T17:25:25' WHERE id = ?",
        (before, photo_id),
    )
    # Undoing a decision doesn't make it a video that was read.
    photo_dates.decide_again(album.bench.connection, [photo_id])
    assert date(album, "rome.mov") == ("2019-07-24T17:25:25", "video")
    album.scan()
    assert date(album, "rome.mov") == ("2019-07-24T10:25:25", "video")
    monkeypatch.setattr(metadata, "read_file", None)
    album.scan()
    assert date(album, "rome.mov") == ("2019-07-24T10:25:25", "video")


@pytest.mark.parametrize(
    ("source", "offset", "zone", "ahead"),
    [
        ("exif-original", None, "Europe/Rome", 120),
        ("exif-original", 540, "Europe/Rome", 540),
        ("exif-original", None, "", None),
        ("video", 540, "Europe/Rome", 120),
        ("video", None, "", None),
        ("gps", None, "Europe/Rome", 120),
        ("gps", None, "", 0),
        ("name", None, "Europe/Rome", 120),
        ("folder", None, "Europe/Rome", None),
        ("given", 540, "Europe/Rome", 120),
        ("given", 540, "", None),
    ],
)
def test_the_zone_is_the_cameras_or_else_that_of_the_place(
    source: str, offset: int | None, zone: str, ahead: int | None
) -> None:
    assert photo_dates.utc_offset("2019-07-24T10:25:25", source, offset, zone) == ahead
    assert photo_dates.utc_offset("2019-07-24", source, offset, zone) is None


def test_a_date_from_gps_alone_is_local_where_the_place_is_known(album: Album) -> None:
    album.write("Photos/a.jpg", picture(1))
    look(album)
    (photo_id,) = album.bench.column("SELECT id FROM photo WHERE relpath = 'a.jpg'")
    for place, local in ((3169070, "2019-07-25T01:30:00"), (0, "2019-07-24T23:30:00")):
        album.bench.connection.execute(
            "UPDATE photo SET dates = ? WHERE id = ?",
            (json.dumps({"gps": "2019-07-24T23:30:00"}), photo_id),
        )
        album.bench.connection.execute(
            "INSERT OR REPLACE INTO photo_location (photo_id, latitude, longitude, place) "
            "VALUES (?, 41.9, 12.5, ?)",
            (photo_id, place),
        )
        photo_dates.decide_again(album.bench.connection, [photo_id])
        assert date(album, "a.jpg") == (local, "gps")


def test_cities_are_read_before_the_writer_needs_them(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading them takes half a second, in which nothing else could be saved."""
    read: list[str] = []
    real = photo_dates.decide_again
    monkeypatch.setattr(places, "warm", lambda: read.append("cities"))

    def decide_again(*args: Any) -> photo_dates.Redated:
        read.extend(["dates"] * len(args[1]))
        return real(*args)

    monkeypatch.setattr(photo_dates, "decide_again", decide_again)
    album.write("Photos/a.jpg", picture(1))
    look(album)
    for place in (0, 3169070):
        album.bench.connection.execute(
            "INSERT OR REPLACE INTO photo_location (photo_id, latitude, longitude, place) "
            "SELECT id, 41.9, 12.5, ? FROM photo WHERE relpath = 'a.jpg'",
            (place,),
        )
        album.bench.connection.execute("UPDATE photo SET date_rule = 2 WHERE relpath = 'a.jpg'")
        read.clear()
        album.scan()
        assert read == (["cities", "dates"] if place else ["dates"])


def test_sidecars_that_come_change_and_go(album: Album) -> None:
    album.write("Photos/a.jpg", picture(1))
    album.write("Photos/b.jpg", picture(2))
    beside = album.base / "Photos/a.jpg.xmp"
    look(album)
    for written in ("1956-07", "1957"):
        beside.write_text(f'<x exif:DateTimeOriginal="{written}"/>')
        album.scan()
        assert date(album, "a.jpg") == (written, "sidecar")
        assert date(album, "b.jpg")[1] == "file"
    beside.unlink()
    album.scan()
    assert date(album, "a.jpg")[1] == "file"
    beside.write_text('<x exif:DateTimeOriginal="1958"/>')
    album.write("Photos/new.jpg", picture(3))
    (album.base / "Photos/new.xmp").write_text('<x exif:DateTimeOriginal="1959"/>')
    album.scan()
    assert date(album, "new.jpg") == ("1959", "sidecar"), "before its analysis"
    assert max(album.analyses.values()) == 1


def test_a_folder_that_becomes_part_of_another_keeps_its_dates(tmp_path: Path) -> None:
    album = Album(tmp_path)
    (tmp_path / "out/2019 Italy").mkdir(parents=True)
    (tmp_path / "out/2019 Italy/a.jpg").write_bytes(picture(1))
    album.bench.do(folders.add, str(tmp_path / "out/2019 Italy"))
    look(album)
    place = "out/2019 Italy/a.jpg"
    assert album.dates()[place][:2] == ("2019", "folder"), "the watched folder has a date itself"
    album.bench.do(folders.add, str(tmp_path / "out"))
    look(album)
    assert album.dates()[place][:2] == ("2019", "folder")


def test_nobody_is_suggested_on_a_photo_that_turns_out_to_be_older(album: Album) -> None:
    album.write("Photos/a.jpg", picture(1))
    look(album)
    album.name_new()
    bench = album.bench
    (face, person) = bench.all(
        "SELECT face.id, person_id FROM face JOIN photo ON photo.id = photo_id "
        "WHERE relpath = 'a.jpg'"
    )[0]
    bench.connection.execute("UPDATE face SET state = 'suggested' WHERE id = ?", (face,))
    bench.do(details.set_details, person, Facts(birth_date="1961-08-14"))
    path = album.base / "Photos/a.jpg"
    for name, left in (("1961 Oma.jpg", "suggested"), ("1961-08-13 Oma.jpg", "unknown")):
        path = path.rename(path.with_name(name))
        album.scan()
        assert bench.one("SELECT state FROM face WHERE id = ?", face) == left


def test_dates_as_cameras_scanners_and_messengers_leave_them(album: Album) -> None:
    right = {
        "01-year-blank.jpg": (picture(1, "1956:  :     :  :  "), "1956"),
        "02-year-zero.jpg": (picture(2, "1956:00:00 00:00:00"), "1956"),
        "07-24h.jpg": (picture(3, "2015:02:01 24:00:00"), "2015-02-02T00:00:00"),
        "09-blank-padded.jpg": (picture(4, "2004: 8: 4  9: 5: 6"), "2004-08-04T09:05:06"),
        "18921105_1382934811751234_7738_n.jpg": (picture(5), None),
        "IMG_20090612_153000-edited.jpg": (picture(6), "2009-06-12T15:30:00"),
        "Screen Shot 2019-06-12 at 3.30.00 PM.jpg": (picture(7), "2019-06-12T15:30:00"),
        "WhatsApp Bild 2019-06-12 um 15.41.14.jpg": (picture(8), "2019-06-12T15:41:14"),
    }
    for name, (content, _) in right.items():
        album.write(f"Photos/{name}", content)
    look(album)
    for name, (_, expected) in right.items():
        at, source = date(album, name)
        assert source == "file" if expected is None else at == expected, name


@photos.needs_shared
def test_every_name_and_sidecar_whose_truth_is_known(tmp_path: Path) -> None:
    album, folder = Album(tmp_path), photos.SHARED / "dates"
    album.bench.do(folders.add, str(folder))
    look(album)
    found = {
        relpath: {
            "taken_at": at,
            "taken_from": source,
            "taken_doubt": doubt,
            "taken_precision": "second",
        }
        for relpath, at, source, doubt in album.bench.all(
            "SELECT relpath, taken_at, taken_from, taken_doubt FROM photo"
        )
    }
    truth = truths(folder)
    assert truth
    assert [name for name in truth if not is_right(truth[name], found[name])] == []


@photos.needs_shared
@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not on this machine")
@pytest.mark.parametrize("folder", ["formats", "dates"])
def test_dates_in_files_are_those_of_exiftool_or_explained(folder: str) -> None:
    rows = exiftool_dates.compare(photos.SHARED / folder)
    assert sum(row.verdict == "same" for row in rows) >= 5
    assert [row for row in rows if not row.is_explained] == []
