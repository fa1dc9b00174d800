"""The tree of folders, the photos in them, and what the user says about folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facesorter.cancel import CancelToken
from facesorter.domain import FolderId
from facesorter.errors import UserError
from facesorter.library import folder_tree, queries
from facesorter.library.folder_tree import Order
from facesorter.library.scanning import folders, record
from facesorter.library.scanning.scan import Scan
from facesorter.library.transaction import Transaction
from facesorter.names import fold
from facesorter.storage import folders as folder_rows
from facesorter.storage import photos as photo_rows
from tests.library.made import Bench
from tests.support.albums import Album
from tests.support.examples import examples

PLACES = (
    "Photos/root.jpg",
    "Photos/2019/a.jpg",
    "Photos/2019/Day 10/IMG_10.jpg",
    "Photos/2019/Day 10/IMG_2.jpg",
    "Photos/2019/Day 2/b.jpg",
    "Photos/2019-extra/c.jpg",
    "Photos/Empty/below/d.jpg",
)


@pytest.fixture
def album(tmp_path: Path) -> Album:
    made = Album(tmp_path)
    for place in PLACES:
        made.write(place, f"content of {place}".encode())
    scan(made)
    return made


def scan(album: Album, wanted: set[FolderId] | None = None) -> None:
    for batch in Scan(album.bench.connection, CancelToken()).run(wanted):
        album.bench.do(record.found, batch)


def root(album: Album, name: str = "Photos") -> FolderId:
    every = folder_rows.every(album.bench.connection, watched_only=True)
    return next(folder.id for folder in every if folder.path.endswith(name))


def names(album: Album, place: str = "", order: Order = Order.NAME) -> list[tuple[str, int]]:
    tree = folder_tree.read(album.bench.connection, dated=True)
    return [(each.name, each.photos) for each in tree.children(root(album), place, order)]


def shown(album: Album) -> set[str]:
    ids = queries.photo_ids(album.bench.connection)
    found = {photo.path for photo in queries.photos(album.bench.connection, ids)}
    return {Path(path).relative_to(album.base).as_posix() for path in found} - anchors(album)


def anchors(album: Album) -> set[str]:
    return {p.relative_to(album.base).as_posix() for p in album.base.rglob("*anchor*")}


def files(album: Album, ids: list) -> list[str]:
    return [
        Path(photo.path).relative_to(album.base / "Photos").as_posix()
        for photo in queries.photos(album.bench.connection, ids)
        if "anchor" not in photo.path
    ]


def test_children_with_what_is_below_them(album: Album) -> None:
    assert names(album) == [("2019", 4), ("2019-extra", 1), ("Empty", 1)]
    assert names(album, "2019/") == [("Day 2", 1), ("Day 10", 2)]
    assert names(album, "Empty/") == [("below", 1)]
    assert names(album, "2019/Day 2/") == []


def test_orders(album: Album) -> None:
    assert [name for name, _ in names(album, "2019/", Order.PHOTOS)] == ["Day 10", "Day 2"]
    album.bench.connection.execute("UPDATE photo SET taken_at = '2001-01-01'")
    album.bench.connection.execute(
        "UPDATE photo SET taken_at = '2020-01-01' WHERE relpath LIKE 'Empty%'"
    )
    assert [name for name, _ in names(album, "", Order.DATE)] == ["Empty", "2019", "2019-extra"]


def test_missing_photos_do_not_count(album: Album) -> None:
    (album.base / "Photos" / "2019" / "Day 2" / "b.jpg").unlink()
    scan(album)
    assert names(album, "2019/") == [("Day 10", 2)]


def test_a_folder_knows_whether_it_opens(album: Album) -> None:
    tree = folder_tree.read(album.bench.connection)
    opens = {each.name: each.opens for each in tree.children(root(album))}
    assert opens == {"2019": True, "2019-extra": False, "Empty": True}
    assert tree.get(root(album), "2020/") is None


def test_photos_with_and_without_subfolders(album: Album) -> None:
    connection, folder = album.bench.connection, root(album)
    deep = folder_tree.photo_ids(connection, folder, "2019/")
    assert sorted(files(album, deep)) == [
        "2019/Day 10/IMG_10.jpg",
        "2019/Day 10/IMG_2.jpg",
        "2019/Day 2/b.jpg",
        "2019/a.jpg",
    ]
    assert files(album, folder_tree.photo_ids(connection, folder, "2019/", deep=False)) == [
        "2019/a.jpg"
    ]
    assert files(album, folder_tree.photo_ids(connection, folder, deep=False)) == ["root.jpg"]
    assert len(files(album, folder_tree.photo_ids(connection, folder))) == len(PLACES)


def test_photos_from_the_oldest_with_those_without_a_date_last(album: Album) -> None:
    bench, folder = album.bench.connection, root(album)
    newest = folder_tree.photo_ids(bench, folder)
    bench.execute("UPDATE photo SET taken_at = '', sort_at = '' WHERE id = ?", (newest[0],))
    newest = folder_tree.photo_ids(bench, folder)
    assert len(newest) > 2
    assert folder_tree.oldest_first(bench, folder) == [*newest[-2::-1], newest[-1]]


def test_photos_by_name_with_their_folders(album: Album) -> None:
    ids, places = folder_tree.photos_by_name(album.bench.connection, root(album), "2019/")
    assert files(album, ids) == [
        "2019/a.jpg",
        "2019/Day 2/b.jpg",
        "2019/Day 10/IMG_2.jpg",
        "2019/Day 10/IMG_10.jpg",
    ]
    assert places == [(0, "2019/"), (1, "2019/Day 2/"), (2, "2019/Day 10/")]
    ids, places = folder_tree.photos_by_name(album.bench.connection, root(album), deep=False)
    assert files(album, ids) == ["root.jpg"] and places == [(0, "")]


def test_photos_by_name_after_renaming_deleting_and_adding(album: Album) -> None:
    there = album.base / "Photos" / "2019" / "Day 10"
    (there / "IMG_2.jpg").rename(there / "IMG_11.jpg")
    (there.parent / "a.jpg").unlink()
    album.write("Photos/2019/Day 10/img_3.jpg", b"new")
    scan(album)
    ids, places = folder_tree.photos_by_name(album.bench.connection, root(album), "2019/")
    assert files(album, ids) == [
        "2019/Day 2/b.jpg",
        "2019/Day 10/img_3.jpg",
        "2019/Day 10/IMG_10.jpg",
        "2019/Day 10/IMG_11.jpg",
    ]
    assert places == [(0, "2019/Day 2/"), (1, "2019/Day 10/")]


def test_photos_by_name_come_sorted_from_the_index(album: Album) -> None:
    statements: list[str] = []
    connection = album.bench.connection
    connection.set_trace_callback(statements.append)
    folder_tree.photos_by_name(connection, root(album))
    connection.set_trace_callback(None)
    (query,) = [each for each in statements if "photo_by_name" in each]
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
    assert "USING INDEX photo_by_name" in plan and "TEMP B-TREE" not in plan


NAMES = st.text("aB_.0129é", min_size=1, max_size=8).filter(lambda name: name.strip("."))


@settings(max_examples=examples(60))
@given(st.sets(NAMES, min_size=1, max_size=8))
def test_numbers_in_names_are_sorted_by_value(names: set[str]) -> None:
    bench = Bench()
    bench.connection.execute("INSERT INTO folder (path, added_at) VALUES ('/p', '2024')")
    for name in names:
        photo_rows.insert(bench.connection, FolderId(1), f"a/{name}", 1, 1, "", "file")
    ids, _ = folder_tree.photos_by_name(bench.connection, FolderId(1))
    paths = [photo.path for photo in queries.photos(bench.connection, ids)]

    keys = [
        re.sub(r"\d+", lambda number: number[0].zfill(9), fold(Path(path).name)) for path in paths
    ]
    assert len(keys) == len(names) and keys == sorted(keys)


def test_photos_are_found_by_their_path(album: Album) -> None:
    inside = str(album.base / "Photos" / "2019" / "a.jpg")
    found = folder_tree.locate(album.bench.connection, [inside, "/elsewhere/a.jpg"])
    assert list(found) == [inside]
    assert found[inside][1:] == (root(album), "2019/")


def test_names_that_are_not_text(tmp_path: Path) -> None:
    album = Album(tmp_path)
    place = tmp_path / "Photos" / "caf\udce9"
    try:
        place.mkdir(parents=True)
    except OSError:
        pytest.skip("this file system holds text only")
    (place / "a.jpg").write_bytes(b"a")
    album.write("Photos/root.jpg", b"content")
    scan(album)
    tree = folder_tree.read(album.bench.connection)
    (child,) = [each for each in tree.children(root(album)) if "anchor" not in each.name]
    assert child.name == "caf\ufffd"
    (folder,) = [each for each in tree.roots if each.id == root(album)]
    assert folder_tree.place_path(folder, child.place) == str(place)


# What the user says about folders.


def test_a_paused_folder_is_scanned_only_when_asked_for(album: Album) -> None:
    folder = root(album)
    album.bench.do(folders.pause_watching, folder, True)
    album.write("Photos/new.jpg", b"something new")
    scan(album)
    assert "Photos/new.jpg" not in shown(album)
    scan(album, {folder})
    assert "Photos/new.jpg" in shown(album)
    assert folder_rows.by_id(album.bench.connection, folder).paused  # type: ignore[union-attr]


def test_a_folder_left_out_returns(album: Album) -> None:
    folder = root(album)
    before = shown(album)
    album.bench.do(folders.leave_out, folder, "2019/")
    assert not [place for place in shown(album) if "2019/" in place]
    scan(album)
    assert shown(album) == {place for place in before if "/2019/" not in place}
    album.bench.do(folders.include, folder, "2019/")
    scan(album)
    assert shown(album) == before


@pytest.mark.parametrize("act", ["leave out", "remove"])
def test_a_scan_that_runs_meanwhile_puts_nothing_back(album: Album, act: str) -> None:
    folder = root(album)
    album.write("Photos/2019/a.jpg", b"edited")
    album.write("Photos/2019/new.jpg", b"something new")
    batches = list(Scan(album.bench.connection, CancelToken()).run({folder}))
    asked: list[FolderId] = []

    def leave_out(txn: Transaction) -> None:
        folders.leave_out(txn, folder, "2019/")
        asked.extend(txn.changes().unscanned)

    if act == "remove":
        album.bench.do(folders.stop_watching, folder)
    else:
        album.bench.do(leave_out)
    for batch in batches:
        album.bench.do(record.found, batch)
    if act == "leave out":
        assert asked == [folder]
        scan(album, set(asked))
    pending = album.bench.all("SELECT relpath FROM photo WHERE status = 'pending'")
    assert ("2019/new.jpg",) not in pending
    assert not [place for place in shown(album) if "2019/" in place]


def test_adding_a_folder_left_out_includes_it(album: Album) -> None:
    folder, before = root(album), shown(album)
    album.bench.do(folders.leave_out, folder, "2019/")
    added = album.bench.do(folders.add, str(album.base / "Photos" / "2019"))
    assert added.id == folder and added.left_out == ()
    scan(album)
    assert shown(album) == before


def test_a_folder_inside_one_left_out_is_watched_by_itself(album: Album) -> None:
    folder = root(album)
    album.bench.do(folders.leave_out, folder, "2019/")
    added = album.bench.do(folders.add, str(album.base / "Photos" / "2019" / "Day 2"))
    assert added.id != folder
    scan(album)
    assert {place for place in shown(album) if "/2019/" in place} == {"Photos/2019/Day 2/b.jpg"}
    ids = [row[0] for row in album.bench.all("SELECT id FROM photo WHERE relpath LIKE '%b.jpg'")]
    assert len(ids) == 1, "the photo that was known"


def test_adding_the_outer_folder_again_leaves_the_inner_one_watched(album: Album) -> None:
    outer = root(album)
    album.bench.do(folders.leave_out, outer, "2019/")
    inner = album.bench.do(folders.add, str(album.base / "Photos" / "2019" / "Day 2"))
    scan(album)
    before = shown(album)
    album.bench.do(folders.stop_watching, outer)
    assert album.bench.do(folders.add, str(album.base / "Photos")).id == outer
    scan(album)
    assert shown(album) == before
    assert inner.id in {
        each.id for each in folder_rows.every(album.bench.connection, watched_only=True)
    }
    album.bench.do(folders.include, outer, "2019/")
    scan(album)
    found = album.bench.all("SELECT id FROM photo WHERE relpath LIKE '%b.jpg'")
    assert len(found) == 1, "no file is two photos"


def test_a_relocated_folder_keeps_its_photos(album: Album) -> None:
    folder, before = root(album), names(album)
    ids = set(queries.photo_ids(album.bench.connection))
    (album.base / "Photos").rename(album.base / "Moved")
    album.bench.do(folders.relocate, folder, str(album.base / "Moved"))
    scan(album)
    assert root(album, "Moved") == folder
    tree = folder_tree.read(album.bench.connection)
    assert [(each.name, each.photos) for each in tree.children(folder)] == before
    assert set(queries.photo_ids(album.bench.connection)) == ids


def test_a_wrong_place_is_refused(album: Album) -> None:
    other = album.base / "Other"
    other.mkdir()
    with pytest.raises(UserError, match="None of the photos"):
        album.bench.do(folders.relocate, root(album), str(other))
    with pytest.raises(UserError, match="isn’t a folder"):
        album.bench.do(folders.relocate, root(album), str(album.base / "nowhere"))
    album.write("Second/x.jpg", b"x")
    second = album.bench.do(folders.add, str(album.base / "Second"))
    with pytest.raises(UserError, match="overlaps"):
        album.bench.do(folders.relocate, second.id, str(album.base / "Photos" / "2019"))
