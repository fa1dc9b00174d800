"""digiKam's database: faces, people, collections, and files that aren't one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from facesorter.cancel import Cancelled, CancelToken
from facesorter.errors import UserError
from facesorter.exchange.digikam import read_database
from facesorter.exchange.names import Frame, Source
from facesorter.exchange.reading import Reading
from tests.support.other_programs import Box, DigikamPhoto, digikam_database

ANNA = Box("Anna Müller", 0.1, 0.2, 0.3, 0.4)
OTHER = Box("", 0.5, 0.5, 0.1, 0.2)


def database(folder: Path, *photos: DigikamPhoto, identifier: str | None = None) -> Path:
    return digikam_database(
        folder / "digikam4.db", photos, identifier=identifier or f"volumeid:?path={folder}"
    )


def test_faces_of_all_kinds(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        DigikamPhoto(
            "/2020",
            "a.jpg",
            1000,
            500,
            1,
            [ANNA],
            [OTHER],
            [OTHER],
            [OTHER],
            ["Ben"],
        ),
        DigikamPhoto("/2020", "b.jpg", 1000, 500, 1, tagged=["Ben"]),
        DigikamPhoto("/2020", "no people.jpg", 1000, 500, 1),
        DigikamPhoto("/2020", "in the trash.jpg", 1000, 500, 1, [ANNA], status=3),
    )
    first, second = read_database(path, Reading())
    assert [each.photo for each in (first, second)] == [
        tmp_path / "2020" / "a.jpg",
        tmp_path / "2020" / "b.jpg",
    ]
    # Nobody confirmed the proposed one, and the ignored one isn't wanted.
    assert [region.name for region in first.names.regions] == ["Anna Müller", "", ""]
    region = first.names.regions[0]
    assert (region.x, region.y, region.w, region.h) == pytest.approx(ANNA[1:])
    assert (region.source, region.frame) == (Source.DIGIKAM, Frame.UPRIGHT)
    assert first.names.people == second.names.people == (("Ben", Source.DIGIKAM),)
    assert first.names.program == "digiKam" and first.names.origin == path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_are_of_the_upright_picture(tmp_path: Path, orientation: int) -> None:
    path = database(tmp_path, DigikamPhoto("/", "a.jpg", 1000, 500, orientation, [ANNA]))
    (found,) = read_database(path, Reading())
    region = found.names.regions[0]
    assert (region.x, region.y, region.w, region.h) == pytest.approx(ANNA[1:])
    assert region.applied_to == ((500, 1000) if orientation > 4 else (1000, 500))
    assert found.photo == tmp_path / "a.jpg"


@pytest.mark.parametrize(
    ("identifier", "specific"),
    [
        ("volumeid:?path={photos}&fileuuid=1-2-3", "/"),
        ("volumeid:?path={encoded}", "/"),
        ("volumeid:?uuid=1-2-3", "{photos}"),
        ("networkshareid:?mountpath={photos}", "/"),
        ("volumeid:?uuid=of-another-computer", "/home/somebody/Pictures"),
    ],
)
def test_where_collections_are(tmp_path: Path, identifier: str, specific: str) -> None:
    photos = tmp_path / "Photos + more"
    (photos / "2020").mkdir(parents=True)
    places = {"photos": str(photos), "encoded": str(photos).replace("/", "%2F")}
    path = digikam_database(
        photos / "digikam4.db",
        [DigikamPhoto("/2020", "a.jpg", 10, 10, 1, [ANNA])],
        identifier=identifier.format(**places),
        specific=specific.format(**places),
    )
    (found,) = read_database(path, Reading())
    assert found.photo == photos / "2020" / "a.jpg"


def test_paths_that_lead_out_are_left_out(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        DigikamPhoto("/../../etc", "a.jpg", 10, 10, 1, [ANNA]),
        DigikamPhoto("/2020", "../a.jpg", 10, 10, 1, [ANNA]),
        DigikamPhoto("/2020", "..\\a.jpg", 10, 10, 1, [ANNA]),
        DigikamPhoto("/2020", "b.jpg", 10, 10, 1, [ANNA]),
    )
    assert [each.photo.name for each in read_database(path, Reading())] == ["b.jpg"]


def test_nothing_is_written_beside_it(tmp_path: Path) -> None:
    path = database(tmp_path, DigikamPhoto("/", "a.jpg", 10, 10, 1, [ANNA]))
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert len(list(read_database(path, Reading()))) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["digikam4.db"]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_one_that_digikam_is_writing(tmp_path: Path) -> None:
    path = database(tmp_path, DigikamPhoto("/", "a.jpg", 10, 10, 1, [ANNA]))
    with closing(sqlite3.connect(path, isolation_level=None)) as busy:
        busy.execute("PRAGMA journal_mode = WAL")
        busy.execute("BEGIN IMMEDIATE")
        busy.execute("UPDATE Images SET fileSize = 2")
        assert len(list(read_database(path, Reading()))) == 1


def test_a_locked_one_is_read_as_it_is_on_disk(tmp_path: Path) -> None:
    path = database(tmp_path, DigikamPhoto("/", "a.jpg", 10, 10, 1, [ANNA]))
    with closing(sqlite3.connect(path, isolation_level=None)) as busy:
        busy.execute("BEGIN EXCLUSIVE")
        assert len(list(read_database(path, Reading()))) == 1


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    path = database(
        tmp_path, *(DigikamPhoto("/", f"{at}.jpg", 10, 10, 1, [ANNA]) for at in range(20))
    )
    token = CancelToken()
    seen: list[int] = []
    found = read_database(path, Reading(token, seen.append))
    next(found)
    token.cancel()
    with pytest.raises(Cancelled):
        list(found)
    assert seen == [1]


def test_databases_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "digikam4.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE Images (id)")
    views = tmp_path / "views.db"
    with closing(sqlite3.connect(views)) as connection, connection:
        forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        for table in ("AlbumRoots", "Albums", "Images", "ImageInformation", "Tags", "ImageTags"):
            connection.execute(f"CREATE VIEW {table} AS {forever}")
    (tmp_path / "whole").mkdir()
    whole = database(tmp_path / "whole", *_many())
    damaged = tmp_path / "damaged.db"
    data = bytearray(whole.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    damaged.write_bytes(data)
    text = tmp_path / "text.db"
    text.write_text("hello")
    for each in (path, views, damaged, text):
        with pytest.raises(UserError, match=r"database"):
            list(read_database(each, Reading()))


def _many() -> list[DigikamPhoto]:
    return [DigikamPhoto("/", f"{at}.jpg", 10, 10, 1, [ANNA]) for at in range(500)]


def test_odd_values(tmp_path: Path) -> None:
    path = database(tmp_path, DigikamPhoto("/", "a.jpg", 100, 100, 1, [ANNA], tagged=["Ben"]))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO ImageTagProperties VALUES (1, 100, 'tagRegion', ?)",
            [
                ("<rect x='1'/>",),
                ("<rect " + 'x="1" ' * 10_000 + "/>",),
                ('<rect x="900" y="0" width="5" height="5"/>',),
                ('<rect x="99999999999" y="0" width="5" height="5"/>',),
                (None,),
                (b"\xff\x00",),
            ],
        )
        connection.execute("UPDATE TagProperties SET value = ? WHERE tagid = 101", (b"\xff\xfe",))
        connection.execute("UPDATE ImageInformation SET orientation = 'x'")
    (found,) = read_database(path, Reading())
    assert [region.name for region in found.names.regions] == ["Anna Müller"]
