"""Dates by hand and repairs: previewed, one decision each, respected by every scan, undone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.library import (
    cameras,
    date_checks,
    date_repair,
    folder_tree,
    grouping,
    photo_dates,
    queries,
)
from facesorter.library.date_checks import Check
from facesorter.library.date_repair import (
    FromFolder,
    FromName,
    FromNeighbours,
    Keep,
    Original,
    Repair,
    SetTo,
    Shift,
    Spread,
    Why,
)
from facesorter.library.decisions import corrections, dates, details, journal
from facesorter.library.decisions.details import Facts
from facesorter.library.search import search
from facesorter.storage import persons
from facesorter.storage.schema import STEPS
from tests.support.albums import Album
from tests.support.pictures import picture


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path)


def look(album: Album, **files: bytes) -> None:
    for name, content in files.items():
        album.write(f"Photos/{name}.jpg", content)
    album.scan()
    album.analyse()


def photo(album: Album, name: str) -> PhotoId:
    return PhotoId(album.bench.one("SELECT id FROM photo WHERE relpath = ?", name))


def date(album: Album, name: str) -> tuple[str, str, str | None]:
    return album.dates()[f"Photos/{name}"]


def previewed(album: Album, how: Repair, *names: str) -> list[str | Why]:
    found = date_repair.preview(album.bench.connection, [photo(album, n) for n in names], how)
    return [each.why or each.after for each in found]


def test_a_given_date_stays_through_scans_renames_and_new_rules(album: Album) -> None:
    look(album, a=picture(1, "2015:02:01 14:42:59"))
    album.bench.do(dates.give, {photo(album, "a.jpg"): "1956-07"})
    assert date(album, "a.jpg") == ("1956-07", "given", None)
    (album.base / "Photos/a.jpg").rename(album.base / "Photos/1961-08-13 b.jpg")
    album.scan()
    album.touch("Photos/1961-08-13 b.jpg")
    look(album)
    name = "1961-08-13 b.jpg"
    assert date(album, name) == ("1956-07", "given", None)
    known = photo_dates.known(album.bench.connection, photo(album, name))
    assert list(known.values())[:3] == ["1956-07", "2015-02-01T14:42:59", "1961-08-13"]
    assert previewed(album, Original(), name) == ["2015-02-01T14:42:59"]
    album.bench.do(date_repair.repair, [photo(album, name)], Original())
    assert date(album, name) == ("2015-02-01T14:42:59", "exif-original", None)
    for step, at in (
        (journal.undo, "1956-07"),
        (journal.undo, "2015-02-01T14:42:59"),
        (journal.redo, "1956-07"),
    ):
        assert album.bench.do(step).skipped == 0
        assert date(album, name)[0] == at


def test_a_photo_edited_outside_keeps_the_date_that_was_given(album: Album) -> None:
    look(album, a=picture(1, "2015:02:01 14:42:59"))
    album.bench.do(dates.give, {photo(album, "a.jpg"): "1956"})
    look(album, a=picture(9, "2016:02:01 14:42:59"))
    assert date(album, "a.jpg")[0] == "1956"
    album.bench.do(journal.undo)
    assert date(album, "a.jpg")[0] == "2016-02-01T14:42:59", "what the file says now"


def test_a_moved_photo_whose_copy_was_scanned_first_keeps_its_given_date(album: Album) -> None:
    content = picture(1, "2015:02:01 14:42:59")
    look(album, a=content)
    album.bench.do(dates.give, {photo(album, "a.jpg"): "1956"})
    look(album, b=content)
    assert date(album, "b.jpg")[0] == "2015-02-01T14:42:59"
    (album.base / "Photos/a.jpg").unlink()
    look(album)
    assert date(album, "b.jpg") == ("1956", "given", None)


def test_photos_without_a_date_come_last_and_say_nothing_about_a_person(album: Album) -> None:
    look(album, a=picture(1, "2015:02:01 14:42:59"), b=picture(2), c=picture(3))
    connection = album.bench.connection
    assert date(album, "b.jpg") == ("", "file", "file")
    months = queries.months(connection, queries.photo_ids(connection))
    assert [month for _, month in months] == ["2015-02", ""]
    for text in ("no date", "undated", "date:none", "not dated", "without date"):
        assert len(search.photo_ids(connection, text)) == 4, text  # two are anchors
    assert len(search.photo_ids(connection, "dated")) == 1
    assert len(search.photo_ids(connection, "before 2020")) == 1
    assert len(search.photo_ids(connection, "until 2020")) == 1
    assert len(search.photo_ids(connection, "doubtful")) == 4
    everyone = album.bench.column("SELECT id FROM face")

    person = album.bench.do(corrections.move_to_new_person, everyone, "Anna")
    assert persons.dates(connection, [person]) == {person: ("2015-02-01T14:42:59",) * 2}
    assert details.age("2010-05-05", "") is None
    album.bench.connection.execute("UPDATE face SET state = 'suggested'")
    album.bench.do(details.set_details, person, Facts(birth_date="2020"))
    left = album.bench.column(
        "SELECT relpath FROM face JOIN photo ON photo.id = photo_id "
        "WHERE face.state = 'suggested' AND relpath != 'anchor.jpg' ORDER BY 1"
    )
    assert left == ["b.jpg", "c.jpg"], "an unknown date bars nobody"


def test_a_photo_still_to_be_read_stands_at_its_files_time(album: Album) -> None:
    album.write("Photos/a.jpg", picture(1))
    album.scan()
    assert date(album, "a.jpg")[0].startswith("2020-")
    album.analyse()
    assert date(album, "a.jpg")[0] == ""


def test_a_clock_that_was_wrong_is_shifted(album: Album) -> None:
    files = {
        "a": picture(1, "2015:02:01 14:42:59"),
        "b": picture(2, "2000:01:01 00:10:00"),
        "c": picture(3, "2099:01:01 00:00:00"),
        "d": picture(4),
    }
    look(album, **files)
    names = ("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    hour = [
        "2015-02-01T15:42:59",
        "2000-01-01T01:10:00",
        Why.FUTURE,
        Why.NO_DATE,
    ]
    assert previewed(album, Shift(3600), *names) == hour
    shown = date_repair.clock(album.bench.connection, photo(album, "c.jpg"))
    seconds = date_repair.offset_between(shown, "2019-07-05T12:00:00")
    assert previewed(album, Shift(seconds), "c.jpg") == ["2019-07-05T12:00:00"]
    assert album.bench.do(date_repair.repair, [photo(album, n) for n in names], Shift(3600)) == 2
    assert date(album, "b.jpg") == ("2000-01-01T01:10:00", "given", None)
    assert previewed(album, Shift(-3600), "b.jpg") == ["2000-01-01T00:10:00"]
    album.bench.do(journal.undo)
    assert date(album, "b.jpg") == ("2000-01-01T00:10:00", "exif-original", "reset")


@pytest.mark.parametrize(
    ("date", "seconds", "found"),
    [
        ("2019-05-31", 86_400, "2019-06-01"),
        ("2019-05-31", 3_600, Why.NO_TIME),
        ("2019", 86_400, Why.NO_TIME),
        ("1826-01-01", -86_400, Why.FUTURE),
        ("2019-05-31", 86_400 * 10**8, Why.FUTURE),
    ],
)
def test_dates_are_shifted_as_precisely_as_they_are_known(
    album: Album, date: str, seconds: int, found: str | Why
) -> None:
    look(album, a=picture(1))
    album.bench.do(dates.give, {photo(album, "a.jpg"): date})
    assert previewed(album, Shift(seconds), "a.jpg") == [found]


def test_dates_from_names_folders_and_neighbours(album: Album) -> None:
    for place, content in {
        "Photos/2019-07 Beach/IMG_9.jpg": picture(1, "2019:07:05 10:00:00"),
        "Photos/2019-07 Beach/IMG_10.jpg": picture(2, "2099:07:05 10:00:00"),
        "Photos/2019-07 Beach/IMG_11.jpg": picture(3, "2019:07:05 12:00:00"),
        "Photos/IMG_20190612_153000.jpg": picture(4, "2015:02:01 14:42:59"),
        "Photos/x.jpg": picture(5),
        "Photos/Trips/Alps/1.jpg": picture(6, "2012:08:05 10:00:00"),
        "Photos/Trips/Alps/2.jpg": picture(7),
    }.items():
        album.write(place, content)
    look(album)
    ten, named, other = "2019-07 Beach/IMG_10.jpg", "IMG_20190612_153000.jpg", "x.jpg"
    assert previewed(album, FromName(), named, other) == ["2019-06-12T15:30:00", Why.NOT_IN_NAME]
    assert previewed(album, FromFolder(), ten, other) == ["2019-07", Why.NOT_IN_FOLDER]
    assert previewed(album, FromNeighbours(), ten, other) == ["2019-07-05", "2015-02-01"]
    assert previewed(album, FromNeighbours(), "Trips/Alps/2.jpg") == ["2012-08-05"]
    everything = [row for row in album.bench.column("SELECT relpath FROM photo WHERE folder_id=1")]
    assert set(previewed(album, FromNeighbours(), *everything)) == {Why.NO_NEIGHBOURS}


def test_dates_spread_evenly_in_the_order_of_names(album: Album) -> None:
    look(album, **{f"IMG_{n}": picture(n) for n in (9, 10, 11)})
    names = ("IMG_11.jpg", "IMG_9.jpg", "IMG_10.jpg")
    for first, last, found in (
        ("2019-07-01", "2019-07-03", ["2019-07-03", "2019-07-01", "2019-07-02"]),
        ("1959", "1950", ["1959", "1950", "1954"]),
        (
            "2019-07-01 10:00",
            "2019-07-01 11:00",
            ["2019-07-01T11:00:00", "2019-07-01T10:00:00", "2019-07-01T10:30:00"],
        ),
    ):
        assert previewed(album, Spread(first, last), *names) == found
    assert previewed(album, Spread("2019", "2019"), "IMG_9.jpg") == ["2019"]


def test_a_date_that_is_right_is_kept_without_doubt(album: Album) -> None:
    look(album, a=picture(1, "2000:01:01 00:10:00"), b=picture(2))
    assert previewed(album, Keep(), "a.jpg", "b.jpg") == ["2000-01-01T00:10:00", Why.NO_DATE]
    album.bench.do(date_repair.repair, [photo(album, "a.jpg")], Keep())
    assert date(album, "a.jpg") == ("2000-01-01T00:10:00", "given", None)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2019-13", "2019-02-30", "2019-01-01 25:00", "1500"]
)
def test_what_is_no_date_is_refused(album: Album, text: str) -> None:
    look(album, a=picture(1))
    for how in (SetTo(text), Spread("2019", text)):
        with pytest.raises(UserError, match="isn’t a valid date"):
            album.bench.do(date_repair.repair, [photo(album, "a.jpg")], how)
    with pytest.raises(UserError, match="in the future"):
        album.bench.do(date_repair.repair, [photo(album, "a.jpg")], SetTo("9000"))
    assert album.bench.do(journal.undo).kind is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("+1:00", 3600),
        ("-0:02:30", -150),
        ("7:30", 27_000),
        ("+365d 2:00", 31_543_200),
        ("-1d", -86_400),
    ],
)
def test_time_differences_as_typed(text: str, seconds: int) -> None:
    assert date_repair.seconds_of(text) == seconds
    assert date_repair.seconds_of(date_repair.offset_text(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "+", "1", "1:60", "one hour"])
def test_what_is_no_time_difference_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="isn’t a time difference"):
        date_repair.seconds_of(text)


def test_a_repair_that_changes_nothing_is_no_decision(album: Album) -> None:
    look(album, a=picture(1))
    chosen = [photo(album, "a.jpg")]
    for how in (Original(), Shift(3600)):
        assert album.bench.do(date_repair.repair, chosen, how) == 0
    assert album.bench.do(journal.undo).kind is None


def test_neither_order_nor_doubles_of_a_selection_matter(album: Album) -> None:
    look(album, a=picture(1), b=picture(2))
    a, b = photo(album, "a.jpg"), photo(album, "b.jpg")
    found = date_repair.preview(album.bench.connection, [b, a, b, PhotoId(999)], SetTo("1956"))
    assert [each.photo_id for each in found] == [b, a]


def test_dates_to_check_are_found_by_reason(album: Album) -> None:
    for n in range(10):
        album.write(f"Photos/2019/{n}.jpg", picture(n, f"2019:07:{n + 1:02} 10:00:00"))
    for n in range(20):
        album.write(f"Photos/Scans/{n}.jpg", picture(100 + n, "2010:03:03 09:09:09"))
        album.write(f"Photos/Midnight/{n}.jpg", picture(200 + n, "2010:03:04 00:00:00"))
        album.write(f"Photos/Years/{n}.jpg", picture(300 + n, f"{2000 + n}:03:04 12:00:00"))
    album.write("Photos/2019/far.jpg", picture(50, "2009:07:05 10:00:00"))
    album.write("Photos/2019/20190705_123456.jpg", picture(51, "2099:01:01 00:00:00"))
    album.write("Photos/b.jpg", picture(52, "2000:01:01 00:10:00"))
    album.write("Photos/early.jpg", picture(54, "2009:03:03 10:00:00", camera="iPhone 12"))
    album.write("Photos/in time.jpg", picture(55, "2021:03:03 10:00:00", camera="iPhone 12"))
    album.write("Photos/1956-07-04.jpg", picture(56, camera="iPhone 12"))
    album.write("Photos/right.jpg", picture(53, "1970:01:01 00:10:00"))
    look(album)
    album.bench.do(date_repair.repair, [photo(album, "right.jpg")], Keep())
    name = dict(album.bench.all("SELECT id, relpath FROM photo"))
    found = {
        check: [name[each] for each in ids]
        for check, ids in date_checks.find(album.bench.connection).items()
    }
    listed = {each for names in found.values() for each in names}
    searched = search.photo_ids(album.bench.connection, "doubtful")
    assert {name[each] for each in searched} == listed
    assert len(search.photo_ids(album.bench.connection, "not doubtful")) == len(name) - len(
        searched
    )
    assert set(found.pop(Check.SAME)) == {f"Scans/{n}.jpg" for n in range(20)}
    assert found == {
        Check.FUTURE: ["2019/20190705_123456.jpg"],
        Check.RESET: ["b.jpg"],
        Check.EARLY: ["early.jpg"],
        Check.FAR: ["2019/far.jpg"],
        Check.FILE: ["anchor.jpg", "anchor.jpg"],
    }


def test_a_library_from_before_loses_the_dates_that_were_only_file_times() -> None:
    connection = sqlite3.connect(":memory:")
    for name, script in STEPS.items():
        if name == "m016_given_dates":
            connection.execute("INSERT INTO folder (path, added_at) VALUES ('/p', '2024')")
            for relpath, source, dates, status in (
                ("read", "file", "{}", "analysed"),
                ("waiting", "file", None, "pending"),
                ("broken", "file", None, "failed"),
                ("dated", "name", "{}", "analysed"),
            ):
                connection.execute(
                    "INSERT INTO photo (folder_id, relpath, size, mtime_ns, taken_at, taken_from, "
                    "dates, status) VALUES (1, ?, 1, 1, '2024-05-01T12:00:00', ?, ?, ?)",
                    (relpath, source, dates, status),
                )
        connection.executescript(script)
        if name == "m016_given_dates":
            break
    rows = connection.execute("SELECT relpath FROM photo WHERE taken_at = '' ORDER BY relpath")
    assert [row[0] for row in rows] == ["broken", "read"]
    connection.close()


def test_an_unknown_date_is_no_day_to_grouping() -> None:
    found = grouping.days(["", "2019-07-05T12:00:00", "1956"])
    assert np.isnan(found[0]) and not np.isnan(found[1:]).any()


def test_cameras_are_known_without_the_files(album: Album) -> None:
    look(album, a=picture(1, camera="Canon EOS R6"), b=picture(2, camera="Pixel 6"), c=picture(3))
    ids = [photo(album, name) for name in ("a.jpg", "b.jpg", "c.jpg")]
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (album.base / "Photos" / name).unlink()
    connection = album.bench.connection
    assert cameras.of(connection, ids) == {ids[0]: "Canon EOS R6", ids[1]: "Pixel 6"}
    assert cameras.named(connection, ids, "pixel") == [ids[1]]


def test_a_camera_that_came_out_later_leaves_the_date_and_doubts_it(album: Album) -> None:
    look(album, a=picture(1, "2009:03:03 10:00:00", camera="NIKON D850"))
    assert date(album, "a.jpg") == ("2009-03-03T10:00:00", "exif-original", "early")
    album.bench.do(date_repair.repair, [photo(album, "a.jpg")], Keep())
    assert date(album, "a.jpg") == ("2009-03-03T10:00:00", "given", None)
    album.bench.do(journal.undo)
    assert date(album, "a.jpg")[2] == "early"


def test_a_camera_read_by_a_later_scan_doubts_the_date(album: Album) -> None:
    look(album, a=picture(1, "2009:03:03 10:00:00", camera="NIKON D850"))
    connection = album.bench.connection
    connection.execute("DELETE FROM photo_info")
    connection.execute("UPDATE photo SET taken_doubt = NULL")
    connection.commit()
    album.scan()
    assert date(album, "a.jpg")[2] == "early"


def test_photos_without_a_date_are_in_the_order_of_their_names(album: Album) -> None:
    names = ["z/1.jpg", "a/10.jpg", "a/1.jpg", "a/B.jpg", "a/c.jpg", "m 10/1.jpg", "m 2/1.jpg"]
    for shade, name in enumerate(names):
        album.write(f"Photos/{name}", picture(shade))
    look(album)
    album.write("Photos/a/2.jpg", picture(90))
    for n in (1, 2):
        album.write(f"Photos/a/dated {n}.jpg", picture(90 + n, f"2015:02:0{n} 14:42:59"))
    look(album)
    connection = album.bench.connection
    name = dict(album.bench.all("SELECT id, relpath FROM photo"))
    undated = ["a/1.jpg", "a/2.jpg", "a/10.jpg", "a/B.jpg", "a/c.jpg"]
    undated += ["m 2/1.jpg", "m 10/1.jpg", "z/1.jpg"]
    shown = ["a/dated 2.jpg", "a/dated 1.jpg", *undated]
    root = album.bench.one("SELECT folder_id FROM photo WHERE relpath = 'z/1.jpg'")
    for ids in (
        queries.photo_ids(connection),
        search.photo_ids(connection, ""),
        folder_tree.photo_ids(connection, root),
    ):
        assert [name[each] for each in ids if name[each] != "anchor.jpg"] == shown
    listed = date_checks.find(connection)[Check.FILE]
    assert [name[each] for each in listed if name[each] != "anchor.jpg"] == undated
    assert [name[each] for each in search.photo_ids(connection, "a no date")] == undated[:5]
    by_name, _ = folder_tree.photos_by_name(connection, root)
    assert [name[each] for each in by_name if name[each] in undated] == undated
