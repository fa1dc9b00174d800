"""What files say follows the files: moved, copied, edited, with sidecars, of older libraries."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, TiffImagePlugin

from facesorter.domain import PhotoId
from facesorter.images.photo_info import PhotoInfo
from facesorter.library import photo_details
from facesorter.library.decisions import descriptions, duplicates
from facesorter.library.photo_details import PhotoDetails
from facesorter.library.scanning import describing, scan
from facesorter.library.search import search
from facesorter.storage import photos
from tests.support.albums import Album

SIDECAR = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="{stars}"/></rdf:RDF></x:xmpmeta>"""


def picture(model: str, shade: int = 0) -> bytes:
    exif = Image.Exif()
    exif[0x0110], exif[0x4746] = model, 2
    out = io.BytesIO()
    Image.new("RGB", (16, 12), (shade, 90, 90)).save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path)


def look(album: Album) -> None:
    album.scan()
    album.analyse()


def sidecar(album: Album, place: str, stars: int) -> None:
    album.write(place, SIDECAR.format(stars=stars).encode())


def details(album: Album, place: str) -> PhotoDetails:
    connection = album.bench.connection
    for (photo_id,) in album.bench.all("SELECT id FROM photo WHERE status != 'missing'"):
        (found,) = photo_details.of(connection, [PhotoId(photo_id)])
        if found.photo.path.endswith(place):
            return found
    raise AssertionError(place)


def names(album: Album, text: str) -> set[str]:
    found = search.photo_ids(album.bench.connection, text)
    return {Path(path).name for path in photos.paths(album.bench.connection, found).values()}


def test_a_sidecar_comes_changes_and_goes(album: Album) -> None:
    album.write("Photos/a.jpg", picture("R6"))
    look(album)
    assert (details(album, "a.jpg").info.model, details(album, "a.jpg").rating) == ("R6", 2)
    sidecar(album, "Photos/a.jpg.xmp", 5)
    look(album)
    assert (details(album, "a.jpg").info.model, details(album, "a.jpg").rating) == ("R6", 5)
    assert names(album, "rating:5") == {"a.jpg"}
    sidecar(album, "Photos/a.jpg.xmp", 4)
    look(album)
    assert details(album, "a.jpg").rating == 4
    (album.base / "Photos/a.jpg.xmp").unlink()
    look(album)
    assert details(album, "a.jpg").rating == 2
    assert max(album.analyses.values()) == 1


def test_a_copy_and_a_moved_photo_leave_the_sidecar_behind(album: Album) -> None:
    album.write("Photos/a.jpg", picture("R6"))
    sidecar(album, "Photos/a.jpg.xmp", 5)
    look(album)
    assert details(album, "a.jpg").rating == 5
    album.write("Photos/sub/copy.jpg", picture("R6"))
    look(album)
    assert details(album, "copy.jpg").rating == 2 and details(album, "a.jpg").rating == 5
    (album.base / "Photos/a.jpg").rename(album.base / "Photos/Ёлка.jpg")
    look(album)
    assert details(album, "Ёлка.jpg").rating == 2
    assert names(album, "file:елка") == {"Ёлка.jpg"} and names(album, "file:a.jpg") == set()
    assert max(album.analyses.values()) == 1


def test_an_edited_file_is_described_anew_and_the_user_is_not_overruled(album: Album) -> None:
    album.write("Photos/a.jpg", picture("R6"))
    look(album)
    photo = details(album, "a.jpg").photo.id
    album.bench.do(descriptions.rate, [photo], 0)
    album.bench.do(descriptions.describe, [photo], caption="mine")
    album.write("Photos/a.jpg", picture("D70", 60))
    sidecar(album, "Photos/a.xmp", 5)
    look(album)
    found = details(album, "a.jpg")
    assert found.photo.id == photo and found.info.model == "D70" and found.info.rating == 5
    assert (found.rating, found.caption) == (0, "mine")


def test_a_library_made_before_is_read_without_analysis(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    album.write("Photos/a.jpg", picture("R6"))
    album.write("Photos/b.jpg", picture("D70", 60))
    look(album)
    for table in ("photo_info", "photo_search"):
        album.bench.do(lambda txn, table=table: txn.connection.execute(f"DELETE FROM {table}"))
    assert details(album, "a.jpg").info == PhotoInfo()
    with monkeypatch.context() as patch:
        # No time in this scan: new photos go first.
        patch.setattr(describing, "READING", 0.0)
        assert album.scan() == 0
        assert details(album, "a.jpg").info.model is None
        # Their names are found all the same.
        assert names(album, "file:b.jpg") == {"b.jpg"}
    assert album.scan() == 0
    assert details(album, "a.jpg").info.model == "R6"
    assert names(album, "camera:d70") == {"b.jpg"}
    assert max(album.analyses.values()) == 1
    # And never again.
    monkeypatch.setattr("facesorter.images.metadata.read_file", None)
    assert album.scan() == 0


def test_names_of_an_older_library_are_searchable_after_one_scan(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [f"Photos/beach {n}.jpg" for n in range(7)]
    for place in places:
        album.write(place, picture("R6"))
    look(album)
    album.bench.connection.execute("DELETE FROM photo_search")
    monkeypatch.setattr(scan, "BATCH", 2)
    # As if none could be read, or time were short.
    monkeypatch.setattr(describing, "READING", -1.0)
    album.scan()
    assert len(names(album, "file:beach")) == len(places)


def test_a_photo_that_the_user_described_is_found_again_in_its_copy(album: Album) -> None:
    album.write("Photos/a.jpg", picture("R6"))
    look(album)
    photo = details(album, "a.jpg").photo.id
    album.bench.do(descriptions.describe, [photo], title="Opera")
    album.write("Photos/copy.jpg", picture("R6"))
    look(album)
    (album.base / "Photos/a.jpg").unlink()
    look(album)
    assert details(album, "copy.jpg").photo.id == photo
    assert names(album, "title:opera") == {"copy.jpg"}


def test_a_photo_told_apart_from_another_is_found_again_in_its_copy(album: Album) -> None:
    album.write("Photos/a.jpg", picture("R6"))
    album.write("Photos/b.jpg", picture("R6", 60))
    look(album)
    photo, other = (details(album, name).photo.id for name in ("a.jpg", "b.jpg"))
    album.bench.do(duplicates.tell_apart, [photo, other])
    for name in ("a", "b"):
        album.write(f"Photos/copy of {name}.jpg", (album.base / f"Photos/{name}.jpg").read_bytes())
        look(album)
        (album.base / f"Photos/{name}.jpg").unlink()
        look(album)
    assert details(album, "copy of a.jpg").photo.id == photo
    assert details(album, "copy of b.jpg").photo.id == other


def test_shared(album: Album) -> None:
    album.write("Photos/a.jpg", picture("R6"))
    album.write("Photos/b.jpg", picture("R6", 60))
    album.write("Photos/c.jpg", picture("D70", 90))
    look(album)
    a, b, c = (details(album, f"{name}.jpg").photo.id for name in "abc")
    connection = album.bench.connection
    same = photo_details.shared(connection, [a, b])
    assert same.one is None and same.info.model == "R6" and same.rating == 2 and same.title == ""
    assert same.folder == str(album.base / "Photos")
    differing = photo_details.shared(connection, [a, b, c])
    assert differing.info.model is None and differing.rating == 2
    assert photo_details.shared(connection, [PhotoId(99_999)]).ids == ()
    assert photo_details.shared(connection, [c]).one is not None


def test_the_pages_of_a_tiff_are_counted_without_its_previews(album: Album) -> None:
    pictures = [Image.new("RGB", (16, 12), (shade, 90, 90)) for shade in range(3)]
    for name, count in (("three.tif", 3), ("one.tif", 1)):
        out = io.BytesIO()
        pictures[0].save(out, "TIFF", save_all=True, append_images=pictures[1:count])
        album.write(f"Photos/{name}", out.getvalue())
    preview = TiffImagePlugin.ImageFileDirectory_v2()
    preview[254] = 1  # a smaller copy
    out = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(out) as writer:
        pictures[0].save(writer, "TIFF")
        writer.newFrame()
        pictures[1].save(writer, "TIFF", tiffinfo=preview)
    album.write("Photos/preview.tif", out.getvalue())
    look(album)
    pages = {name: details(album, name).pages for name in ("three.tif", "one.tif", "preview.tif")}
    assert pages == {"three.tif": 3, "one.tif": None, "preview.tif": None}
