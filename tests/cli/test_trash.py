"""The trash command moves photos of the library, and says why one stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter.cli.main import main
from facesorter.domain import FolderId, FolderState
from facesorter.library.library import Library
from facesorter.library.scanning import folders
from facesorter.storage import photos


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo in the library, and a trash that is a folder."""
    path = tmp_path / "Photos" / "a.jpg"
    path.parent.mkdir()
    path.write_bytes(b"photo")
    library = Library(tmp_path / "library")
    folder = library.transact(folders.add, str(path.parent))[0]
    library.transact(
        lambda txn: photos.insert(txn.connection, folder.id, "a.jpg", 5, 1, "2019", "name")
    )
    library.close(snapshot=False)

    def send2trash(path: str) -> None:
        Path(path).rename(tmp_path / "trashed.jpg")

    monkeypatch.setattr("send2trash.send2trash", send2trash)
    return path


def trash(photo: Path, *words: str) -> int:
    library = photo.parents[1] / "library"
    return main(["trash", *words, "--yes", "--library", str(library)])


def test_a_photo_given_twice_is_moved_once(photo: Path) -> None:
    assert trash(photo, str(photo), str(photo)) == 0
    assert not photo.exists() and (photo.parents[1] / "trashed.jpg").exists()


def test_a_photo_of_a_drive_that_is_away_is_not_gone(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = Library(photo.parents[1] / "library")
    library.transact(folders.set_state, FolderId(1), FolderState.UNPLUGGED)
    library.close(snapshot=False)
    away = photo.rename(photo.with_name("away.jpg"))
    assert trash(photo, str(photo)) == 1
    assert "isn’t connected" in capsys.readouterr().err and away.exists()
