"""Photos go to the system's trash, and only there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from facesorter.desktop.trash import move_to_trash

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
