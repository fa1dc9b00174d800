"""Thumbnails that a power cut left empty are made again."""

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
