"""The search for near duplicates: new photos with all others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from facesorter.app.services import Services
from facesorter.library import duplicates
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction
from facesorter.storage import fingerprints
from facesorter.storage import photos as rows
from tests import photos


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = Services(tmp_path / "library", tmp_path / "cache", watch=False)
    made.pipeline.analysing = False
    made.start().result(60)
    yield made
    assert made.stop(60)


def add(txn: Transaction, *paths: Path) -> None:
    folder = folders.add(txn, str(paths[0].parent))
    for path in paths:
        stat = path.stat()
        where = (path.name, stat.st_size, stat.st_mtime_ns)
        photo_id = rows.insert(txn.connection, folder.id, *where, "2019-06-01", "file")
        rows.set_analysed(
            txn.connection, photo_id, content_hash=path.stem, width=1, height=1, orientation=1
        )


def groups(services: Services) -> list[set[str]]:
    found = services.query(duplicates.groups).result(60)
    return [{Path(photo.path).stem for photo in group.photos} for group in found]


def test_new_photos_are_compared_with_all_others(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    with Image.open(photos.astronaut()) as opened:
        image = opened.convert("RGB")
    image.save(folder / "original.png")
    image.reduce(2).save(folder / "small.jpg", quality=40)
    ImageOps.mirror(image).save(folder / "mirrored.png")
    services.submit(
        add, *(folder / n for n in ("original.png", "small.jpg", "mirrored.png"))
    ).result(60)
    services.duplicates.find()
    assert groups(services) == [{"original", "small"}]
    image.crop((12, 12, 500, 500)).save(folder / "cropped.jpg")
    services.submit(add, folder / "cropped.jpg").result(60)
    services.duplicates.find()
    assert groups(services) == [{"original", "small", "cropped"}]
    assert not services.query(fingerprints.every, compared=False).result(60)
