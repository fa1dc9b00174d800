"""Formats that are seldom: shown rightly, or called what they are."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from facesorter.errors import UnreadablePhoto
from facesorter.images import decode
from facesorter.images.dates import DateSource
from facesorter.images.metadata import read_metadata
from tests import photos
from tests.support.corners import corner_colours
from tests.support.raws import lab_tiff

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:DateTimeOriginal="2011-12-13T14:15:16"
/></rdf:RDF></x:xmpmeta>"""


def exif_block() -> bytes:
    tags = Image.Exif()
    tags[0x010F], tags[0x0110] = "Maker", "Maker One"
    return tags.tobytes().removeprefix(b"Exif\x00\x00")


def load(data: bytes) -> decode.Picture:
    return decode.load_upright(data, long_side=None)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("lab", "rgb"),
    [
        ((100, 0, 0), (255, 255, 255)),
        ((50, 0, 0), (119, 119, 119)),
        ((53, 80, 67), (254, 0, 0)),
        ((88, -79, 81), (0, 255, 0)),
        ((30, 68, -112), (0, 0, 255)),
    ],
)
def test_deep_cielab_has_the_right_colours(
    order: str, lab: tuple[int, int, int], rgb: tuple[int, int, int]
) -> None:
    picture = load(lab_tiff(*lab, order))
    assert picture.pixels.shape == (10, 20, 3)
    assert np.abs(picture.pixels[5, 5].astype(int) - rgb).max() < 30


def test_cielab_of_eight_bits() -> None:
    lab = photos.quarters().convert("LAB")
    assert corner_colours(load(photos.encoded(lab, "TIFF")).pixels)[3] == "white"


def test_bigtiff() -> None:
    data = photos.encoded(photos.quarters(), "TIFF", big_tiff=True)
    assert data[2] == 43
    assert corner_colours(load(data).pixels) == ["red", "green", "blue", "white"]


def big_endian_bigtiff(orientation: int) -> bytes:
    """What Pillow neither writes nor reads."""
    values = np.asarray(photos.quarters()).tobytes()
    rows = [
        (0x100, 4, 60),
        (0x101, 4, 40),
        (0x102, 3, 8),
        (0x103, 3, 1),
        (0x106, 3, 2),
        (0x111, 16, 16),
        (0x112, 3, orientation),
        (0x115, 3, 3),
        (0x116, 4, 40),
        (0x117, 16, len(values)),
    ]
    letters = {3: "H", 4: "I", 16: "Q"}
    table = struct.pack(">Q", len(rows)) + b"".join(
        struct.pack(">HHQ", tag, kind, 3 if tag == 0x102 else 1)
        + struct.pack(
            ">HHH" if tag == 0x102 else ">" + letters[kind], *[value] * (3 if tag == 0x102 else 1)
        ).ljust(8, b"\0")
        for tag, kind, value in rows
    )
    head = b"MM\x00+\x00\x08\x00\x00" + struct.pack(">Q", 16 + len(values))
    return head + values + table + bytes(8)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_what_pillow_cannot_read_is_read_otherwise(orientation: int) -> None:
    picture = load(big_endian_bigtiff(orientation))
    assert picture.format == "TIFF" and picture.orientation == orientation
    assert (picture.width, picture.height) == ((40, 60) if orientation == 6 else (60, 40))
    first = {1: "red", 3: "white", 6: "blue"}[orientation]
    assert corner_colours(picture.pixels)[0] == first


def test_an_odd_tiff_that_is_too_large_is_refused() -> None:
    data = big_endian_bigtiff(1).replace(
        struct.pack(">HHQI", 0x100, 4, 1, 60), struct.pack(">HHQI", 0x100, 4, 1, 60_000_000)
    )
    with pytest.raises(UnreadablePhoto, match="60,000,000 by 40"):
        load(data)


@pytest.mark.parametrize("form", ["TIFF", "MPO"])
def test_the_first_of_several_pictures_counts(form: str) -> None:
    second = Image.new("RGB", (30, 20), "black")
    data = photos.encoded(photos.quarters(), form, save_all=True, append_images=[second])
    picture = load(data)
    assert (picture.width, picture.height) == (60, 40)
    assert corner_colours(picture.pixels) == ["red", "green", "blue", "white"]


def test_photoshop_files_tell_camera_and_date() -> None:
    data = photos.psd(photos.quarters(), resources={1058: exif_block(), 1060: XMP})
    assert corner_colours(load(data).pixels) == ["red", "green", "blue", "white"]
    found = read_metadata(data)
    assert found.camera == "Maker One"
    assert found.dates == {DateSource.XMP: "2011-12-13T14:15:16"}


def test_deep_photoshop_files_and_large_documents_are_called_unsupported() -> None:
    for data in (
        photos.psd(photos.quarters(), depth=16),
        photos.psd(photos.quarters()).replace(b"8BPS\x00\x01", b"8BPS\x00\x02"),
    ):
        with pytest.raises(UnreadablePhoto, match="Photoshop photos aren’t supported yet"):
            load(data)


def test_jpeg_2000_tells_camera_and_date() -> None:
    out = io.BytesIO()
    photos.quarters().save(out, "JPEG2000")
    data = bytearray(out.getvalue())
    at = data.index(b"jp2c") - 4
    boxes = b""
    for name, content in (
        (b"JpgTiffExif->JP2", exif_block()),
        (bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), XMP),
    ):
        boxes += struct.pack(">I", 24 + len(content)) + b"uuid" + name + content
    data[at:at] = boxes
    found = read_metadata(bytes(data))
    assert found.camera == "Maker One"
    assert found.dates == {DateSource.XMP: "2011-12-13T14:15:16"}
    assert corner_colours(load(bytes(data)).pixels) == ["red", "green", "blue", "white"]


def test_a_jpeg_of_twelve_bits_is_called_so() -> None:
    data = bytearray(photos.encoded(photos.quarters(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = 0xC1, 12
    with pytest.raises(UnreadablePhoto, match="12-bit JPEG photos aren’t supported yet"):
        load(bytes(data))


@photos.needs_shared
@pytest.mark.parametrize("name", ["cielab-dagams.tiff", "BigTIFFMotorola.tif"])
def test_real_files(name: str) -> None:
    assert load((photos.SHARED / "cases" / name).read_bytes()).pixels.std() > 20
