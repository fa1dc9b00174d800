"""Thumbnails that a power cut left empty are made again, and those of copies from each other."""

from __future__ import annotations

import queue
from pathlib import Path

import pytest

from facesorter.app.reads import Reads
from facesorter.app.thumbnails import ThumbnailLoader
from facesorter.images.thumbnails import Kind, ThumbnailCache, is_whole
from facesorter.library import queries
from facesorter.library.library import Library
from facesorter.library.scanning import folders
from facesorter.storage import photos
from tests.app.album import draw


@pytest.mark.parametrize("left", [b"", b"\0" * 500, b"\xff\xd8\xff"])
def test_a_damaged_thumbnail_is_made_again(left: bytes, tmp_path: Path) -> None:
    root = tmp_path / "Photos"
    root.mkdir()
    draw(root / "a.png", 1)
    library = Library(tmp_path / "library")
    folder = library.transact(folders.add, str(root))[0]
    photo_id, _ = library.transact(
        lambda txn: photos.insert(txn.connection, folder.id, "a.png", 5, 1, "2019", "name")
    )
    loader = ThumbnailLoader(ThumbnailCache(tmp_path / "cache"), Reads(tmp_path / "library"))
    made: queue.Queue[Path | None] = queue.Queue()
    loader.loaded.connect(lambda kind, id_, path: made.put(path))
    path = loader.photo_path(queries.photos(library.connection, [photo_id])[0])
    path.parent.mkdir(parents=True)
    path.write_bytes(left)
    loader.request(Kind.PHOTO, photo_id)
    assert made.get(timeout=60) == path and is_whole(path)
    loader.stop()
    library.close(snapshot=False)


def test_a_copy_on_a_drive_that_is_away_is_shown_by_the_photo_at_home(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    ids = []
    for name in ("Photos", "Stick"):
        (tmp_path / name).mkdir()
        draw(tmp_path / name / "a.png", 1)
        folder = library.transact(folders.add, str(tmp_path / name))[0]
        photo_id, _ = library.transact(
            lambda txn, at=folder.id: photos.insert(
                txn.connection, at, "a.png", 5, 1, "2019", "name"
            )
        )
        ids.append(photo_id)
    library.transact(
        lambda txn: txn.connection.execute(
            "UPDATE photo SET status = 'analysed', content_hash = 'same'"
        )
    )
    (tmp_path / "Stick" / "a.png").unlink()
    library.transact(
        lambda txn: txn.connection.execute(
            "UPDATE folder SET state = 'unplugged' WHERE path LIKE '%Stick'"
        )
    )
    loader = ThumbnailLoader(ThumbnailCache(tmp_path / "cache"), Reads(tmp_path / "library"))
    made: queue.Queue[Path | None] = queue.Queue()
    loader.loaded.connect(lambda kind, id_, path: made.put(path))
    loader.request(Kind.PHOTO, ids[1])
    path = made.get(timeout=60)
    assert path is not None and is_whole(path)
    loader.stop()
    library.close(snapshot=False)
