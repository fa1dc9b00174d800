"""Photos are sorted by date, and on a day of several time zones by the moment."""

from __future__ import annotations

import datetime
import io
import itertools
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from facesorter.cancel import CancelToken
from facesorter.domain import PhotoId
from facesorter.images import metadata
from facesorter.library import folder_tree, queries, web_pages
from facesorter.library.decisions import dates, journal, places
from facesorter.library.photo_order import camera, keys
from facesorter.library.scanning import record
from facesorter.library.scanning.scan import Scan
from facesorter.library.search import search
from facesorter.storage import photos
from facesorter.storage.photo_order import Timed
from tests.support.albums import Album
from tests.support.photo_order import check
from tests.support.quicktime import UTC, apple, movie, mvhd

PARIS, NEW_YORK, TOKYO = (48.85341, 2.3488), (40.71427, -74.00597), (35.6895, 139.69171)
HONOLULU = (21.30694, -157.85833)


def picture(
    taken: str,
    camera: str = "Phone",
    offset: str = "",
    place: tuple[float, float] | None = None,
) -> bytes:
    """A JPEG taken at a local time of 2019-07-24, or another date; each has another content."""
    exif = Image.Exif()
    exif[0x0110] = camera
    inner = exif.get_ifd(0x8769)
    inner[0x9003] = taken.replace("-", ":") if " " in taken else f"2019:07:24 {taken}"
    if offset:
        inner[0x9011] = offset
    if place is not None:
        gps = exif.get_ifd(0x8825)
        for tag, degrees, signs in ((1, place[0], "NS"), (3, place[1], "EW")):
            gps[tag] = signs[degrees < 0]
            gps[tag + 1] = (abs(degrees), 0.0, 0.0)
    out = io.BytesIO()
    comment = repr((taken, camera, offset, place))
    Image.new("RGB", (16, 12)).save(out, "JPEG", exif=exif, comment=comment)
    return out.getvalue()


def clip(utc: str, place: tuple[float, float] | None = None) -> bytes:
    """A video recorded at a moment, as ``2019-07-24 22:00:00`` in universal time."""
    first = datetime.datetime(2019, 7, 24, 8, 25, 25)
    created = UTC + int((datetime.datetime.fromisoformat(utc) - first).total_seconds())
    keys = {} if place is None else {"location.ISO6709": f"{place[0]:+08.4f}{place[1]:+09.4f}/"}
    return movie(mvhd(created, 600), apple(**keys))


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path)


@pytest.fixture
def in_paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer two hours ahead of universal time."""
    monkeypatch.setenv("TZ", "XYZ-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def look(album: Album) -> None:
    """Scan and analyze; videos, which have no pictures here, are read as if they had."""
    album.scan()
    connection = album.bench.connection
    videos = "status = 'pending' AND relpath LIKE '%.mov'"
    connection.execute(f"UPDATE photo SET status = 'analysed', date_rule = 1 WHERE {videos}")
    album.scan()
    album.analyse()
    check(connection)


def names(album: Album, ids: list[PhotoId]) -> list[str]:
    paths = photos.paths(album.bench.connection, ids)
    return [Path(paths[each]).stem for each in ids]


def by_date(album: Album, text: str = "2019") -> list[str]:
    """Names of the photos found by a search, oldest first."""
    return names(album, search.photo_ids(album.bench.connection, text)[::-1])


def a_day_from_paris_to_new_york(album: Album) -> list[str]:
    """Write its photos and one of the day before; returns their names as they were taken."""
    files = {
        "0 the day before.jpg": picture("2019-07-23 23:59:00", offset="+02:00"),
        "1 phone.jpg": picture("08:00:00", offset="+02:00"),
        "2 camera.jpg": picture("09:00:00", "Old Camera"),
        "3 no place.mov": clip("2019-07-24 12:00:00"),
        "4 phone.jpg": picture("18:00:00", offset="+02:00"),
        "5 gps alone.jpg": picture("18:30:00", "Tracker", place=PARIS),
        "6 phone.jpg": picture("17:00:00", offset="-04:00"),
        # Nobody set this clock on the plane.
        "7 camera.jpg": picture("23:30:00", "Old Camera"),
        "8 video.mov": clip("2019-07-24 22:00:00", NEW_YORK),
        "9 gps alone.jpg": picture("18:30:00", "Tracker", place=NEW_YORK),
    }
    in_disorder = random.Random(5).sample(sorted(files), len(files))
    for name in in_disorder:
        album.write(f"Photos/{name}", files[name])
    look(album)
    return [name.rpartition(".")[0] for name in files]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one time zone for all")
@pytest.mark.usefixtures("in_paris")
def test_a_day_of_travel_is_in_the_order_of_its_moments_in_every_list(album: Album) -> None:
    told = a_day_from_paris_to_new_york(album)
    connection = album.bench.connection
    assert by_date(album) == by_date(album, "July 2019") == told
    assert by_date(album, "2019-07-24") == told[1:], "days stay local"
    ids = queries.photo_ids(connection)
    assert names(album, ids)[: len(told)] == told[::-1]
    root = album.roots["Photos"]
    assert names(album, folder_tree.photo_ids(connection, root))[: len(told)] == told[::-1]
    assert names(album, folder_tree.oldest_first(connection, root))[: len(told)] == told
    pages = web_pages.plan(connection, ids[: len(told)], web_pages.Options(title="Trip"))
    assert [Path(page.photo.path).stem for page in pages] == told
    faces = queries.face_ids(connection)
    photo_of = dict(album.bench.all("SELECT id, photo_id FROM face"))
    with_faces = [each for each in ids[: len(told)] if each in photo_of.values()]
    assert [photo_of[each] for each in faces][: len(with_faces)] == with_faces
    assert len(with_faces) == len(told) - 2
    assert queries.months(connection, ids)[:1] == [(0, "2019-07")]
    local = {Path(p).stem: at for p, (at, *_) in album.dates().items()}
    assert (local["4 phone"], local["6 phone"]) == ("2019-07-24T18:00:00", "2019-07-24T17:00:00")


def test_over_the_date_line_the_local_date_goes_back(album: Album) -> None:
    files = {
        "1 narita.jpg": picture("19:00:00", offset="+09:00"),
        "2 camera.jpg": picture("20:00:00", "Old Camera"),
        # The flight leaves on the 25th and lands on the 24th: eight hours later, but a day before.
        "3 waikiki.jpg": picture("12:30:00", offset="-10:00"),
        "4 gps alone.jpg": picture("13:00:00", "Tracker", place=HONOLULU),
        "5 gate.jpg": picture("2019-07-25 00:10:00", offset="+09:00"),
        "6 beach.jpg": picture("2019-07-25 07:00:00", offset="-10:00"),
    }
    for name, content in reversed(files.items()):
        album.write(f"Photos/{name}", content)
    look(album)
    assert by_date(album) == [name.removesuffix(".jpg") for name in files]
    assert by_date(album, "2019-07-24") == [name.removesuffix(".jpg") for name in files][:4]


def test_the_hour_that_comes_twice(album: Album) -> None:
    for name, taken, offset in (
        ("1", "2019-10-27 02:50:00", "+02:00"),
        ("2", "2019-10-27 02:10:00", "+01:00"),
    ):
        album.write(f"Photos/{name}.jpg", picture(taken, offset=offset))
    look(album)
    assert by_date(album) == ["1", "2"]


def test_days_of_one_zone_or_none_are_sorted_by_their_dates_alone(album: Album) -> None:
    for number, (offset, model) in enumerate(
        itertools.product(("", "+02:00"), ("Phone", "Old Camera"))
    ):
        album.write(f"Photos/{number}.jpg", picture(f"1{number}:00:00", model, offset))
        album.write(f"Photos/same {number}.jpg", picture("09:00:00", f"{model} {number}", offset))
    album.write("Photos/2019-07-24 scan.jpg", b"scan")
    look(album)
    connection = album.bench.connection
    assert connection.execute(
        "SELECT count(*) FROM photo WHERE sort_at != taken_at"
    ).fetchone() == (0,)
    before = album.bench.column(
        "SELECT id FROM photo WHERE taken_at != '' ORDER BY taken_at DESC, id DESC"
    )
    assert search.photo_ids(connection, "dated") == before


def test_dates_and_places_that_are_given_move_photos_and_undo_moves_them_back(
    album: Album,
) -> None:
    files = {
        "1.jpg": picture("08:00:00", offset="+02:00"),
        "2.jpg": picture("18:00:00", offset="+02:00"),
        "3.jpg": picture("17:00:00", offset="-04:00"),
        "camera a.jpg": picture("10:00:00", "Old Camera"),
        "camera b.jpg": picture("20:30:00", "Old Camera"),
    }
    for name, content in files.items():
        album.write(f"Photos/{name}", content)
    look(album)
    bench = album.bench
    ids = {name.stem: id_ for id_, path in _paths(album).items() if (name := Path(path))}
    in_paris = ["1", "camera a", "2", "camera b", "3"]
    assert by_date(album) == in_paris, "its first photo is nearest to one from Paris"

    def moved(expected: list[str], *decision: object) -> None:
        bench.do(*decision)  # type: ignore[arg-type] # each takes its own
        check(bench.connection)
        assert by_date(album) == expected
        bench.do(journal.undo)
        check(bench.connection)
        assert by_date(album) == in_paris
        bench.do(journal.redo)
        check(bench.connection)
        assert by_date(album) == expected
        bench.do(journal.undo)

    # What the user says of the place of one holds for the camera's clock, all day.
    moved(["1", "camera a", "2", "3", "camera b"], places.set_place, [ids["camera a"]], *NEW_YORK)
    # A date by hand is the clock's no more: 17:30 is what the clocks around showed.
    given = {ids["camera b"]: "2019-07-24T17:30:00"}
    moved(["1", "camera a", "2", "3", "camera b"], dates.give, given)
    # The offset that a file says doesn't hold for another date.
    given = {ids["3"]: "2019-07-24T18:30:00"}
    moved(["1", "camera a", "2", "3", "camera b"], dates.give, given)
    # Less precise dates are within no time of the day.
    moved(["3", "1", "camera a", "2", "camera b"], dates.give, {ids["3"]: "2019-07-24"})
    moved(["3", "1", "camera a", "2", "camera b"], dates.give, {ids["3"]: "2019-07"})
    # The day has one zone again: no photo keeps a key of before.
    moved(["1", "camera a", "2", "camera b", "3"], dates.give, {ids["3"]: "2019-08-01T10:00:00"})


def test_a_video_is_in_local_time_of_the_place_that_the_user_gives(album: Album) -> None:
    album.write("Photos/a.mov", clip("2019-07-24 22:00:00", PARIS))
    look(album)
    (photo_id,) = album.bench.column("SELECT id FROM photo WHERE relpath = 'a.mov'")
    assert album.dates()["Photos/a.mov"][0] == "2019-07-25T00:00:00"
    album.bench.do(places.set_place, [photo_id], *NEW_YORK)
    assert album.dates()["Photos/a.mov"][0] == "2019-07-24T18:00:00"
    album.bench.do(journal.undo)
    assert album.dates()["Photos/a.mov"][0] == "2019-07-25T00:00:00"


def test_photos_that_come_and_go_are_sorted_in(album: Album) -> None:
    album.write("Photos/paris.jpg", picture("18:00:00", offset="+02:00"))
    album.write("Photos/camera.jpg", picture("18:30:00", "Old Camera"))
    look(album)
    assert by_date(album) == ["paris", "camera"]
    album.write("Photos/new york.jpg", picture("17:00:00", offset="-04:00"))
    look(album)
    assert by_date(album) == ["paris", "camera", "new york"]
    os.remove(album.base / "Photos/paris.jpg")
    look(album)
    assert by_date(album) == ["camera", "new york"], "what is known of a missing photo stays"


def test_a_copy_of_what_has_changed_meanwhile_is_sorted_in(album: Album) -> None:
    album.write("Photos/paris.jpg", picture("18:00:00", offset="+02:00"))
    album.write("Photos/new york.jpg", picture("17:00:00", offset="-04:00"))
    look(album)
    connection = album.bench.connection
    album.write("Phone/2019-07-24 17.30.00.jpg", (album.base / "Photos/new york.jpg").read_bytes())
    batches = list(Scan(connection, CancelToken()).run(None))
    assert [len(batch.copied) for batch in batches if batch.copied] == [1]
    connection.execute("UPDATE photo SET content_hash = '0' WHERE relpath = 'new york.jpg'")
    for batch in batches:
        album.bench.do(record.found, batch)
    check(connection)


def test_a_library_from_before_is_sorted_by_its_next_scan(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    album.write("Photos/paris.jpg", picture("18:00:00", offset="+02:00"))
    album.write("Photos/new york.jpg", picture("17:00:00", offset="-04:00"))
    look(album)
    album.bench.connection.execute(
        "UPDATE photo SET date_rule = 3, utc_offset = NULL, sort_at = taken_at"
    )
    assert by_date(album) == ["new york", "paris"]
    monkeypatch.setattr(metadata, "read_file", None)
    album.scan()
    assert by_date(album) == ["paris", "new york"]


def _paths(album: Album) -> dict[PhotoId, str]:
    connection = album.bench.connection
    return photos.paths(connection, photos.ids(connection))


TIMES = st.integers(0, 86_399).map(
    lambda at: f"2019-07-24T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}"
)
OFFSETS = st.sampled_from((None, None, -600, -240, 120, 345, 540, 840))
SOURCES = st.sampled_from(("exif-original", "given", "name"))
DAYS = st.lists(
    st.tuples(
        TIMES, SOURCES, OFFSETS, st.sampled_from((None, "X", "Y")), st.sampled_from(("", "b/"))
    ),
    max_size=12,
).map(
    lambda day: [
        Timed(PhotoId(n), at, source, offset, at, None, model, (1, folder))
        for n, (at, source, offset, model, folder) in enumerate(day)
    ]
)


def moment(photo: Timed) -> datetime.datetime:
    return datetime.datetime.fromisoformat(photo.taken_at) - datetime.timedelta(
        minutes=photo.utc_offset or 0
    )


@given(DAYS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_is_total_and_by_the_moment(day: list[Timed], chance: random.Random) -> None:
    order = keys(day)
    assert order.keys() == {each.id for each in day}, "each has one key, so all can be compared"
    assert keys(chance.sample(day, len(day))) == order
    assert all(key.startswith("2019-07-24T") and len(key) == 19 for key in order.values())
    for one, other in itertools.combinations(day, 2):
        if one.utc_offset is not None and other.utc_offset is not None:
            assert (order[one.id] < order[other.id]) == (moment(one) < moment(other))
        elif one.utc_offset == other.utc_offset and camera(one) == camera(other) is not None:
            assert (order[one.id] < order[other.id]) == (one.taken_at < other.taken_at)
    if len({each.utc_offset for each in day} - {None}) < 2:
        assert order == {each.id: each.taken_at for each in day}


@given(DAYS, st.data())
@settings(deadline=None)
def test_a_photo_without_a_zone_moves_none_with_one(day: list[Timed], data: st.DataObject) -> None:
    known = [each for each in day if each.utc_offset is not None]
    alone, among = keys(known), keys(day)
    assert {each: among[each] for each in alone} == alone
