"""Photos go to the system's trash, and only there."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from facesorter.desktop.trash import move_duplicates, move_to_trash
from facesorter.desktop.trash_restore import restore
from facesorter.domain import FolderId, Photo, PhotoId, PhotoStatus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into freedesktop's trash")


@pytest.fixture
def home_trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trash on the same drive as the photos."""
    import send2trash.plat_other as system

    trash = tmp_path / "Trash"
    monkeypatch.setattr(system, "HOMETRASH", str(trash))
    monkeypatch.setattr(system, "HOMETRASH_B", os.fsencode(trash))
    return trash


def test_files_can_be_restored_from_the_trash(tmp_path: Path, home_trash: Path) -> None:
    photos = [tmp_path / "a.jpg", tmp_path / "léto ☀.jpg"]
    for number, photo in enumerate(photos):
        photo.write_bytes(bytes([number]) * 100)
    steps: list[tuple[int, int]] = []
    assert move_to_trash([str(photo) for photo in photos], lambda *at: steps.append(at)) == []
    assert not any(photo.exists() for photo in photos)
    assert steps == [(1, 2), (2, 2)]
    kept = {path.read_bytes() for path in (home_trash / "files").iterdir()}
    assert kept == {b"\0" * 100, b"\1" * 100}


def test_files_are_put_back(tmp_path: Path, home_trash: Path) -> None:
    photos = [tmp_path / "a.jpg", tmp_path / "léto ☀.jpg", tmp_path / "below" / "a.jpg"]
    (tmp_path / "below").mkdir()
    begun = time.time()
    for number, photo in enumerate(photos):
        photo.write_bytes(bytes([number]))
        os.utime(photo, (1, 1))
    paths = [str(photo) for photo in photos]
    assert move_to_trash(paths) == []
    assert restore(paths, begun) == []
    assert [photo.read_bytes() for photo in photos] == [b"\0", b"\1", b"\2"]
    assert {photo.stat().st_mtime for photo in photos} == {1}
    assert not any((*(home_trash / "files").iterdir(), *(home_trash / "info").iterdir()))


def test_the_newest_of_a_path_is_put_back(tmp_path: Path, home_trash: Path) -> None:
    photo = tmp_path / "a.jpg"
    begun = time.time()
    for number, content in enumerate((b"first", b"second")):
        photo.write_bytes(content)
        assert move_to_trash([str(photo)]) == []
        for note in (home_trash / "info").iterdir():
            if not number:
                os.utime(note, (begun - 1, begun - 1))
    assert restore([str(photo)], begun) == []
    assert photo.read_bytes() == b"second"


def test_nothing_is_replaced_by_what_is_put_back(tmp_path: Path, home_trash: Path) -> None:
    begun = time.time()
    names = ("taken", "gone/a", "emptied", "older", "fine")
    photos = [tmp_path / f"{name}.jpg" for name in names]
    (tmp_path / "gone").mkdir()
    for photo in photos:
        photo.write_bytes(b"photo")
    assert move_to_trash([str(photo) for photo in photos]) == []
    photos[0].write_bytes(b"something else")
    (tmp_path / "gone").rmdir()
    (home_trash / "files" / "emptied.jpg").unlink()
    os.utime(home_trash / "info" / "older.jpg.trashinfo", (begun - 60, begun - 60))
    failed = restore([str(photo) for photo in photos], begun)
    assert [path for path, _ in failed] == [str(photo) for photo in photos[:4]]
    assert [str(why) for _, why in failed] == [
        "There’s another file in its place now.",
        "Its folder no longer exists.",
        "The photo is no longer in the trash.",
        "The photo is no longer in the trash.",
    ]
    assert photos[0].read_bytes() == b"something else" and photos[4].read_bytes() == b"photo"
    assert (home_trash / "files" / "taken.jpg").read_bytes() == b"photo"


def test_a_drive_without_links_is_no_hindrance(
    tmp_path: Path, home_trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    begun, photos = time.time(), [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    for photo in photos:
        photo.write_bytes(b"photo")
    assert move_to_trash([str(photo) for photo in photos]) == []
    photos[0].write_bytes(b"something else")
    ((path, _),) = restore([str(photo) for photo in photos], begun)
    assert path == str(photos[0]) and photos[0].read_bytes() == b"something else"
    assert photos[1].read_bytes() == b"photo"


def test_what_cannot_be_moved_stays(
    tmp_path: Path, home_trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, gone = tmp_path / "good.jpg", tmp_path / "gone.jpg"
    good.write_bytes(b"photo")
    failed = move_to_trash([str(gone), str(good)])
    assert [path for path, _ in failed] == [str(gone)]
    assert "no longer exists" in str(failed[0][1]) and not good.exists()

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    good.write_bytes(b"photo")
    monkeypatch.setattr("send2trash.send2trash", refuse)
    ((path, reason),) = move_to_trash([str(good)])
    assert path == str(good) and "Permission denied" in str(reason) and good.exists()


def known(path: Path) -> Photo:
    stat = path.stat()
    return Photo(
        *(PhotoId(1), FolderId(1), str(path), PhotoStatus.ANALYSED, None),
        *(stat.st_size, stat.st_mtime_ns, None, None, None, "", "none", False, 0),
    )


def test_the_kept_file_is_not_moved_by_another_path(tmp_path: Path, home_trash: Path) -> None:
    (tmp_path / "Photos").mkdir()
    # As by a second mount.
    (tmp_path / "Again").symlink_to(tmp_path / "Photos")
    for name in ("a.jpg", "copy.jpg"):
        (tmp_path / "Photos" / name).write_bytes(b"photo")
    os.link(tmp_path / "Photos/a.jpg", tmp_path / "Photos/hard link.jpg")
    kept = known(tmp_path / "Photos/a.jpg")
    others = [known(tmp_path / place) for place in ("Again/a.jpg", "Photos/copy.jpg")]
    others.append(known(tmp_path / "Photos/hard link.jpg"))
    ((path, reason),) = move_duplicates(others, [kept])
    assert path == others[0].path and "the photo to keep" in str(reason)
    assert [each.name for each in (tmp_path / "Photos").iterdir()] == ["a.jpg"]
    # Without a second name it is recognized by itself.
    ((path, _),) = move_duplicates(others[:1], [kept])
    assert Path(path).exists()


def test_a_duplicate_that_changed_is_not_moved(tmp_path: Path, home_trash: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"photo")
    kept, other = known(tmp_path / "a.jpg"), known(tmp_path / "b.jpg")
    (tmp_path / "b.jpg").write_bytes(b"an edit that nobody has seen")
    ((path, reason),) = move_duplicates([other], [kept])
    assert path == other.path and "has changed" in str(reason) and Path(path).exists()


@pytest.mark.parametrize(
    ("drive", "moved"), [(0, False), (2, False), (3, True), (4, False)], ids=str
)
def test_nothing_is_deleted_where_windows_has_no_trash(
    drive: int, moved: bool, tmp_path: Path, home_trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From network and removable drives Windows deletes at once instead."""
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"photo")
    monkeypatch.setattr("facesorter.desktop.trash._drive_type", lambda path: drive)
    failed = move_to_trash([str(photo)])
    assert photo.exists() is not moved and len(failed) == (not moved)
