"""Folders that go away, names that are odd, links that loop: what a scan makes of them."""

from __future__ import annotations

import os
import sys
import threading
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from facesorter.cancel import Cancelled, CancelToken
from facesorter.errors import UserError
from facesorter.library.scanning import folders, record
from facesorter.library.scanning import listing as walks
from facesorter.library.scanning.scan import AT_REST, BATCH, Scan
from facesorter.storage import file_names
from tests.support.albums import ANCHOR, Album, digest_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="names are text on this system")


@pytest.fixture
def album(tmp_path: Path) -> Album:
    made = Album(tmp_path)
    for number in range(6):
        made.write(f"Photos/trip/{number}.jpg", f"photo number {number}".encode())
    look(made)
    return made


def look(album: Album) -> None:
    album.scan()
    album.analyse()
    album.name_new()


def states(album: Album) -> dict[str, str]:
    return dict(album.bench.all("SELECT path, state FROM folder"))


def status_counts(album: Album) -> dict[str, int]:
    return dict(album.bench.all("SELECT status, count(*) FROM photo GROUP BY status"))


def in_order(album: Album) -> bool:
    on_disk = {place: digest_of((album.base / place).read_bytes()) for place in album.files()}
    return album.shown() == {place: (digest, "analysed") for place, digest in on_disk.items()}


def test_a_folder_that_is_absent_is_unplugged_and_keeps_all(album: Album) -> None:
    before = album.shown()
    (album.base / "Photos").rename(album.base / "elsewhere")
    album.scan()
    assert states(album)[str(album.base / "Photos")] == "unplugged"
    assert album.shown() == before
    (album.base / "elsewhere").rename(album.base / "Photos")
    album.scan()
    assert states(album)[str(album.base / "Photos")] == "present"
    look(album)
    assert album.shown() == before and max(album.analyses.values()) == 1


def test_a_folder_that_is_suddenly_empty_is_unplugged(album: Album) -> None:
    before = album.shown()
    root = album.base / "Photos"
    root.rename(album.base / "elsewhere")
    root.mkdir()
    (root / "readme.txt").write_text("a mount point")
    album.scan()
    assert states(album)[str(root)] == "unplugged" and album.shown() == before


def test_a_scan_while_photos_are_written_again(album: Album) -> None:
    """As a restored backup does: each file is emptied first."""
    before = album.shown()
    paths = sorted((album.base / "Photos" / "trip").iterdir())
    contents = [path.read_bytes() for path in paths]
    for path in paths:
        path.write_bytes(b"")

    def restore() -> None:
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)

    writer = threading.Timer(AT_REST / 5, restore)
    writer.start()
    album.scan()
    writer.join()
    look(album)
    assert album.shown() == before and max(album.analyses.values()) == 1


def test_a_file_that_goes_while_it_is_written_is_not_missing_yet(album: Album) -> None:
    before = album.shown()
    path = album.base / "Photos" / "trip" / "1.jpg"
    content = path.read_bytes()
    path.write_bytes(b"half")
    remover = threading.Timer(AT_REST / 5, path.unlink)
    remover.start()
    album.scan()
    remover.join()
    assert album.shown() == before
    path.write_bytes(content)
    look(album)
    assert album.shown() == before and max(album.analyses.values()) == 1


def test_only_files_of_this_moment_are_waited_for(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(CancelToken, "wait", lambda _, seconds: waits.append(seconds))
    path = album.base / "Photos" / "trip" / "1.jpg"
    path.write_bytes(b"")
    in_an_hour = time.time_ns() + 3600 * 10**9
    for moment, expected in ((None, 0), (in_an_hour, 0), (time.time_ns(), 1)):
        waits.clear()
        album.touch("Photos/trip/1.jpg", moment)
        assert album.scan() == 1
        assert len(waits) == expected and all(0 < seconds <= AT_REST for seconds in waits)


def test_a_folder_that_was_always_empty_is_present(tmp_path: Path) -> None:
    album = Album(tmp_path)
    (tmp_path / "new").mkdir()
    album.bench.do(folders.add, str(tmp_path / "new"))
    album.scan()
    assert set(states(album).values()) == {"present"}


def test_all_photos_moved_to_another_folder_leave_no_unplugged_one(album: Album) -> None:
    for place in album.files():
        if place.startswith("Photos/"):
            target = album.base / "Phone" / place
            target.parent.mkdir(parents=True, exist_ok=True)
            (album.base / place).rename(target)
    album.scan()
    assert set(states(album).values()) == {"present"}
    assert in_order(album) and max(album.analyses.values()) == 1


@pytest.mark.parametrize("at", range(8))
def test_a_drive_pulled_in_the_middle_of_a_scan(
    album: Album, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        album.write(f"Photos/dir {number}/new.jpg", f"new {number}".encode())
    before = album.shown()
    pulled = False
    calls = 0
    real = os.scandir

    def scandir(path: Any) -> Any:
        nonlocal pulled, calls
        if str(path).startswith(str(album.base / "Photos")):
            calls += 1
            if calls == at + 1:
                pulled = True
                (album.base / "Photos").rename(album.base / "elsewhere")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    album.scan()
    monkeypatch.undo()
    if pulled:
        assert "missing" not in status_counts(album)
        assert before.items() <= album.shown().items()
        assert states(album)[str(album.base / "Photos")] == "unplugged"
        (album.base / "elsewhere").rename(album.base / "Photos")
    look(album)
    assert in_order(album) and max(album.analyses.values()) == 1


def test_a_drive_that_is_away_for_a_moment_in_the_middle_of_a_scan(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = album.shown()
    root = album.base / "Photos"
    real = os.stat

    def stat(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(path).endswith(("2.jpg", "3.jpg")):
            raise FileNotFoundError(2, "No such file", path)
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", stat)
    album.scan()
    monkeypatch.undo()
    assert album.shown() == before
    (scanned,) = album.bench.column("SELECT scanned_at FROM folder WHERE path = ?", str(root))
    album.scan()
    assert album.bench.column("SELECT scanned_at FROM folder WHERE path = ?", str(root)) > [scanned]


def test_a_folder_that_may_not_be_read_has_no_missing_photos(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = album.shown()
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).rstrip("/").endswith("trip"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    # Their like elsewhere is a copy, as long as nobody knows that they are gone.
    album.write("Phone/0.jpg", (album.base / "Photos/trip/0.jpg").read_bytes())
    album.scan()
    assert before.items() <= album.shown().items() and "missing" not in status_counts(album)
    monkeypatch.undo()
    album.scan()
    assert in_order(album)


def test_a_whole_folder_that_may_not_be_read_is_unplugged(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).startswith(str(album.base / "Photos")):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    album.scan()
    assert states(album)[str(album.base / "Photos")] == "unplugged"
    assert "missing" not in status_counts(album)


@pytest.mark.parametrize("outer_first", [True, False])
def test_a_folder_inside_another_is_part_of_it(tmp_path: Path, outer_first: bool) -> None:
    album = Album(tmp_path)
    album.write("Photos/trip/beach/1.jpg", b"one")
    order = [tmp_path / "Photos/trip", tmp_path / "Photos/trip/beach"]
    for path in order if outer_first else order[::-1]:
        album.bench.do(folders.add, str(path))
    look(album)
    album.bench.do(folders.add, str(tmp_path))
    look(album)
    assert in_order(album)
    assert states(album) == {str(tmp_path): "present"}
    assert max(album.analyses.values()) == 1


def test_folders_around_and_inside_ones_that_are_watched_no_more(album: Album) -> None:
    root = album.base / "Photos"
    before = album.shown()
    album.bench.do(folders.stop_watching, album.roots["Photos"])
    inner = album.bench.do(folders.add, str(root / "trip"))
    look(album)
    assert max(album.analyses.values()) == 1
    again = album.bench.do(folders.add, str(root))
    assert again.id == album.roots["Photos"] and again.watched
    look(album)
    assert album.shown() == before and album.named().keys() == {d for d, _ in before.values()}
    assert inner.id not in album.bench.column("SELECT id FROM folder")
    assert max(album.analyses.values()) == 1


def test_a_folder_under_two_names_is_one(album: Album) -> None:
    link = album.base / "link"
    link.symlink_to(album.base / "Photos")
    album.bench.do(folders.add, str(link))
    album.bench.do(folders.add, str(link / "trip"))
    assert len(states(album)) == 2
    album.scan()
    link.unlink()
    assert in_order(album)


def test_a_linked_folder_inside_is_not_followed_but_can_be_added(album: Album) -> None:
    outside = album.base / "outside"
    album.write("outside/x.jpg", b"outside")
    (album.base / "Photos/to outside").symlink_to(outside)
    album.scan()
    assert not any("outside" in place for place in album.shown())
    album.bench.do(folders.add, str(album.base / "Photos/to outside"))
    album.scan()
    assert "Photos/to outside/x.jpg" in album.shown()
    assert "Photos/trip/0.jpg" in album.shown()


def test_a_hidden_folder_can_be_added_by_name(album: Album) -> None:
    album.write("Photos/.private/x.jpg", b"hidden")
    album.scan()
    assert not any("private" in place for place in album.shown())
    album.bench.do(folders.add, str(album.base / "Photos/.private"))
    album.scan()
    assert "Photos/.private/x.jpg" in album.shown()


def test_links_that_loop_or_lead_nowhere(album: Album) -> None:
    trip = album.base / "Photos/trip"
    (trip / "loop").symlink_to(trip)
    (trip / "self.jpg").symlink_to(trip / "self.jpg")
    (trip / "nowhere.jpg").symlink_to(trip / "nothing.jpg")
    (trip / "one.jpg").symlink_to(trip / "two.jpg")
    (trip / "two.jpg").symlink_to(trip / "one.jpg")
    (trip / "folder.jpg").mkdir()
    os.mkfifo(trip / "pipe.jpg") if hasattr(os, "mkfifo") else None
    before = album.shown()
    assert album.scan() == 0
    assert album.shown() == before
    assert all(at for (at,) in album.bench.all("SELECT scanned_at FROM folder")), (
        "they are seen whole"
    )


@pytest.mark.parametrize("fault", ["not there", "a file", "closed"])
def test_what_cannot_be_added_is_said(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    album = Album(tmp_path)
    path = tmp_path / fault
    if fault == "a file":
        path.write_bytes(b"x")
    if fault == "closed":
        path.mkdir()
        monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UserError, match=fault):
        album.bench.do(folders.add, str(path))
    with pytest.raises(UserError, match="“” isn’t a folder"):
        album.bench.do(folders.add, "")  # not the present folder
    assert len(states(album)) == 2


ODD_NAMES = [
    "with space.jpg",
    " leading and trailing .jpg",
    "100% #1 & more?.jpg",
    'it\'s "quoted".jpg',
    "back\\slash.jpg",
    "new\nline.jpg",
    "tab\there.jpg",
    "smile 😀👨‍👩‍👧.jpg",
    unicodedata.normalize("NFC", "Zoë.jpg"),
    unicodedata.normalize("NFD", "Zoë.jpg"),
    "日本語.jpg",
    "dots...jpg",
    "\x01marker.jpg",
    "-rf.jpg",
    "a" * 251 + ".jpg",
    "é" * 125 + "x.jpg",
    "CON.JPG",
    "x.JpEg",
]


@linux
def test_odd_names_survive_a_scan_a_move_and_a_restart(tmp_path: Path) -> None:
    album = Album(tmp_path)
    raw = [os.fsdecode(name) for name in (b"latin \xe9.jpg", b"\xff\xfe.jpg", b"\x01\xff.jpg")]
    for number, name in enumerate(ODD_NAMES + raw):
        album.write(f"Photos/{name}", f"odd {number}".encode())
        album.write(f"Photos/dir {name}/x.jpg", f"odd in folder {number}".encode()) if len(
            os.fsencode(name)
        ) < 240 else None
    look(album)
    assert in_order(album)
    assert album.scan() == 0
    for name in ODD_NAMES + raw:
        (tmp_path / "Photos" / name).rename(tmp_path / "Phone" / name)
    look(album)
    assert in_order(album) and max(album.analyses.values()) == 1
    (tmp_path / "Phone").rename(tmp_path / os.fsdecode(b"root \xe9 # %41"))
    album.bench.do(folders.add, str(tmp_path / os.fsdecode(b"root \xe9 # %41")))
    look(album)
    assert in_order(album) and max(album.analyses.values()) == 1


@linux
@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_are_stored_and_read_back(name: str) -> None:
    assert file_names.from_text(file_names.to_text(name)) == name


def test_files_that_are_no_photos_are_left_alone(album: Album) -> None:
    for name in ("notes.txt", ".hidden.jpg", "._0.jpg", "noext", "song.mp3", ".jpg", "x.jpg.part"):
        album.write(f"Photos/trip/{name}", b"no photo")
    before = album.shown()
    assert album.scan() == 0 and album.shown() == before


def test_cancelling_a_scan(album: Album) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        list(Scan(album.bench.connection, token).run(None))


def test_batches_are_small(album: Album) -> None:
    for number in range(BATCH + 20):
        album.write(f"Photos/many/{number}.jpg", b"content of a size of its own %06d" % number)
    sizes = []
    for batch in Scan(album.bench.connection, CancelToken()).run(None):
        sizes.append(batch.differences)
        album.bench.do(record.found, batch)
    assert max(sizes) == BATCH
    (album.base / "Photos/many").rename(album.base / "Phone/many")
    for batch in Scan(album.bench.connection, CancelToken()).run(None):
        assert batch.differences <= BATCH
        album.bench.do(record.found, batch)
    assert len(album.shown()) == BATCH + 20 + 8


def test_a_rename_by_case_alone(album: Album) -> None:
    path = album.base / "Photos/trip/1.jpg"
    path.rename(path.with_name("1.JPG"))
    look(album)
    assert in_order(album) and max(album.analyses.values()) == 1
    assert "missing" not in status_counts(album)


def test_walk_says_what_it_could_not_see() -> None:
    seen = walks.Walk(None, unread=["a/", "b/c.jpg"])  # type: ignore[arg-type] # not looked at
    assert seen.unseen("a/x.jpg") and seen.unseen("b/c.jpg")
    assert not seen.unseen("b/c.jpg.png") and not seen.unseen("ab.jpg")
    assert walks.Walk(None, unread=[""]).unseen("anything")  # type: ignore[arg-type]


def test_a_copy_made_before_the_original_was_edited(album: Album) -> None:
    """The edited photo keeps its id and names; the copy gets the faces without analysis."""
    place, copy = "Photos/trip/1.jpg", "Photos/trip/1 original.jpg"
    old = (album.base / place).read_bytes()
    (photo_id,) = album.bench.column("SELECT id FROM photo WHERE relpath = 'trip/1.jpg'")
    album.write(copy, old)
    album.write(place, b"edited, with a filter")
    album.scan()
    assert album.bench.all("SELECT id, status FROM photo WHERE relpath = 'trip/1.jpg'") == [
        (photo_id, "pending")
    ]
    album.analyse()
    assert in_order(album) and album.analyses[old] == 1
    ((bearer, status),) = album.named()[digest_of(old)]
    assert (bearer, status) == (digest_of(b"edited, with a filter"), "analysed")


def test_another_photo_in_the_place_of_one_that_had_gone(album: Album) -> None:
    """As when a camera counts from the beginning again."""
    path = album.base / "Photos/trip/1.jpg"
    content = path.read_bytes()
    path.unlink()
    look(album)
    album.write("Photos/trip/1.jpg", b"somebody else altogether")
    album.scan()
    album.analyse()
    assert album.named()[digest_of(content)] == [(digest_of(content), "missing")]
    assert in_order(album)
    album.write("Photos/restored.jpg", content)
    look(album)
    assert album.named()[digest_of(content)] == [(digest_of(content), "analysed")]
    assert in_order(album) and max(album.analyses.values()) == 1


def test_an_original_deleted_after_its_copy_was_seen(album: Album) -> None:
    """People move photos to another disk by copying first and deleting later."""
    content = (album.base / "Photos/trip/1.jpg").read_bytes()
    album.write("Phone/1.jpg", content)
    look(album)
    (album.base / "Photos/trip/1.jpg").unlink()
    look(album)
    assert album.named()[digest_of(content)] == [(digest_of(content), "analysed")]
    assert in_order(album)
    assert album.scan() == 0, "a second look finds something"


def test_an_anchor_is_a_photo(album: Album) -> None:
    assert f"Photos/{ANCHOR}" in album.shown()
