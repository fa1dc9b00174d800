"""The search for near duplicates: new photos with all others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from facesorter.app.services import Services
from facesorter.library import duplicates, stacks
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction
from facesorter.storage import fingerprints
from facesorter.storage import photos as rows
from facesorter.storage import stacks as stack_rows
from facesorter.storage.stacks import Place
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


def test_a_scan_searches_for_stacks_where_photos_changed(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places, search = [], stacks.search

    def noted(connection: Any, place: Place | None, token: Any) -> Any:
        places.append(None if place is None else place.inner)
        return search(connection, place, token)

    monkeypatch.setattr(stacks, "search", noted)
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (40, 30)).save(tmp_path / "photos" / name / "1.png")
    services.submit(folders.add, str(tmp_path / "photos")).result(60)
    services.wait_idle()
    services.duplicates.find()
    assert set(places) == {None}, "a folder was added"
    places.clear()
    services.rescan()
    services.wait_idle()
    services.duplicates.find()
    assert places == []
    Image.new("RGB", (40, 30), "red").save(tmp_path / "photos" / "a" / "2.png")
    services.rescan()
    services.wait_idle()
    services.duplicates.find()
    assert set(places) == {"a/"}
    places.clear()
    (tmp_path / "more").mkdir()
    services.submit(folders.add, str(tmp_path / "more")).result(60)
    services.wait_idle()
    services.duplicates.find()
    assert None in places


def test_a_start_searches_for_stacks_only_if_photos_changed_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places, search = [], stacks.search

    def noted(connection: Any, place: Place | None, token: Any) -> Any:
        places.append(place)
        return search(connection, place, token)

    monkeypatch.setattr(stacks, "search", noted)

    def session(*added: str, find: bool = True) -> list[Place | None]:
        """Open the library, add photos, and return where stacks were searched."""
        places.clear()
        services = Services(tmp_path / "library", tmp_path / "cache", watch=False)
        services.pipeline.analysing = False
        services.start().result(60)
        for name in added:
            path = tmp_path / "photos" / name
            path.parent.mkdir(exist_ok=True)
            Image.new("RGB", (40, 30)).save(path)
            services.submit(add, path).result(60)
        services.wait_idle()
        if find:
            services.duplicates.find()
        assert services.stop(60)
        return list(places)

    assert None in session("1.png")
    assert session() == []
    session("2.png", find=False)
    assert None in session(), "photos were added, and not searched before the end"
    assert session() == []
    monkeypatch.setattr(stack_rows, "RULE", stack_rows.RULE + 1)
    assert None in session(), "by another rule there are other stacks"
