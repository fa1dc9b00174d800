"""Originals are proven by their bytes, and each use of the network is on the list."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from facesorter import paths
from facesorter.cancel import Cancelled, CancelToken
from facesorter.desktop import network_uses, web
from facesorter.files import content_hash
from facesorter.library import prove
from facesorter.library.library import Library
from facesorter.library.scanning import folders
from facesorter.storage import photos
from tests.desktop.server import serving

NAMES = ("same", "edited", "changed", "missing", "offline")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    opened = Library(tmp_path / "library")
    for name in NAMES:
        folder = tmp_path / (name if name == "offline" else "Photos")
        folder.mkdir(exist_ok=True)
        file = folder / f"{name}.jpg"
        file.write_bytes(name.encode() * 100)
        watched, _ = opened.transact(folders.add, str(folder))
        about = file.stat()

        def add(
            txn: object,
            file: Path = file,
            about: os.stat_result = about,
            folder_id: int = watched.id,
        ) -> None:
            connection = txn.connection  # type: ignore[attr-defined]
            photo = photos.insert(
                connection, folder_id, file.name, about.st_size, about.st_mtime_ns, "2020", "exif"
            )
            digest = content_hash(file)
            photos.set_analysed(
                connection, photo, content_hash=digest, width=9, height=9, orientation=1
            )

        opened.transact(add)
    pictures = tmp_path / "Photos"
    (pictures / "edited.jpg").write_bytes(b"shorter")
    changed = pictures / "changed.jpg"
    before = changed.stat()
    changed.write_bytes(b"CHANGED" * 100)
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    (pictures / "missing.jpg").unlink()
    (tmp_path / "offline").rename(tmp_path / "unplugged")
    return opened


def test_each_original_is_what_it_is(library: Library) -> None:
    steps: list[tuple[int, int]] = []
    found = prove.prove(library.connection, progress=lambda *step: steps.append(step))
    assert (found.photos, found.same, found.offline) == (5, 1, 1)
    for listed, name in (
        (found.edited, "edited"),
        (found.changed, "changed"),
        (found.missing, "missing"),
    ):
        assert [Path(path).stem for path in listed] == [name]
    assert not found.whole
    assert steps == [(n, 5) for n in range(1, 6)]
    assert prove.prove(library.connection, sample=2).photos == 2
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        prove.prove(library.connection, token)
    library.close(snapshot=False)


def test_a_page_escapes_what_files_are_called() -> None:
    page = prove.as_html("Title", [("Originals", ["<script>.jpg & more"])])
    assert "&lt;script&gt;.jpg &amp; more" in page and "<script>" not in page


def test_every_request_is_listed_before_it_is_sent(tmp_path: Path) -> None:
    paths.use(tmp_path)
    try:
        assert network_uses.every() == []
        with serving() as site:
            site.files["/a?secret=1"] = b"found"
            web.ask(f"{site.url}/a?secret=1").close()
            with pytest.raises(web.WebError):
                web.ask(f"{site.url}/nothing")
            with pytest.raises(web.WebError):
                web.ask("http://example.org/never")
        addresses = [use.address for use in network_uses.every()]
        assert [address.rpartition("/")[2] for address in addresses] == ["a", "nothing"]
        assert "secret" not in (paths.data_dir() / network_uses.NAME).read_text()
        with (paths.data_dir() / network_uses.NAME).open("a") as file:
            file.write("garbled\n")
        assert network_uses.every()[-1].address == "garbled"
    finally:
        paths._root = None


def test_what_cannot_be_recorded_is_not_asked(tmp_path: Path) -> None:
    paths.use(tmp_path)
    try:
        (tmp_path / "library").write_text("a file in the place of the folder")
        with serving() as site:
            site.files["/a"] = b"found"
            with pytest.raises(web.WebError, match="couldn’t be recorded"):
                web.ask(f"{site.url}/a")
            assert not site.asked
    finally:
        paths._root = None
