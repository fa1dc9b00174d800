"""JPEG XL: pixels, what the file says, and files that are damaged."""

import numpy as np
import pylibjxl
import pytest
from PIL import Image, ImageCms

from facesorter.errors import UnreadablePhoto
from facesorter.images import decode, decoders, formats
from facesorter.images.dates import DateSource
from facesorter.images.metadata import read_metadata, tags_and_xmp
from tests import photos
from tests.support.corners import INVERSE, corner_colours

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>"""


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F], tags[0x0110] = "Maker", "Maker One"
    tags.get_ifd(0x8769)[0x9003] = "2011:12:13 14:15:16"
    return tags


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_made_of_jpegs_are_turned_once(orientation: int) -> None:
    turn = INVERSE[orientation]
    stored = photos.quarters(64, 48)
    stored = stored if turn is None else stored.transpose(turn)
    jpeg = photos.encoded(stored, "JPEG", exif=exif(orientation), xmp=XMP)
    data = pylibjxl.jpeg_to_jxl(jpeg)
    picture = decode.load_upright(data, long_side=None)
    assert corner_colours(picture.pixels) == ["red", "green", "blue", "white"]
    assert (picture.width, picture.height, picture.orientation) == (64, 48, 1)
    assert picture.pixels.shape == (48, 64, 3)
    found = read_metadata(data)
    assert found.dates[DateSource.ORIGINAL] == "2011-12-13T14:15:16"
    assert (found.camera, found.info.rating) == ("Maker One", 4)
    tags, packet = tags_and_xmp(data)
    assert tags.get(0x0112) in (None, 1) and packet == XMP


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("L", 77, (77, 77, 77)),
        ("RGB", (200, 100, 50), (200, 100, 50)),
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
    ],
)
def test_modes(mode: str, colour: int | tuple[int, ...], expected: tuple[int, ...]) -> None:
    pixels = np.asarray(Image.new(mode, (20, 10), colour))
    data = pylibjxl.encode(np.ascontiguousarray(pixels), lossless=True)
    picture = decode.load_upright(data, long_side=None)
    assert picture.format == "JXL" and picture.pixels.shape == (10, 20, 3)
    assert (picture.pixels == expected).all()


def test_metadata_are_read_without_decoding_the_picture() -> None:
    data = pylibjxl.encode(
        np.zeros((60, 40, 3), np.uint8), exif=exif().tobytes(), xmp=XMP, lossless=True
    )
    at = data.index(b"jxlc")
    size = int.from_bytes(data[at - 4 : at], "big")
    damaged = data[: at + 20] + bytes(size - 24) + data[at - 4 + size :]
    with pytest.raises(UnreadablePhoto):
        decode.load_upright(damaged, long_side=None)
    assert read_metadata(damaged).camera == "Maker One"


def swapped_profile() -> bytes:
    """A profile in which red and green are swapped, so that it can't be overlooked."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"sRGB", b"Test")
    profile = profile.replace("sRGB".encode("utf-16-be"), "Test".encode("utf-16-be"))
    for old, new in ((b"rXYZ", b"????"), (b"gXYZ", b"rXYZ"), (b"????", b"gXYZ")):
        profile = profile.replace(old, new, 1)
    return profile


@pytest.mark.parametrize("lossless", [False, True])
def test_a_colour_profile_is_honoured(lossless: bool) -> None:
    pixels = np.full((16, 16, 3), (200, 60, 60), np.uint8)
    data = pylibjxl.encode(pixels, lossless=lossless, icc=swapped_profile())
    red, green, blue = decode.load_upright(data, long_side=None).pixels[8, 8].tolist()
    assert abs(red - 60) < 12 and abs(green - 200) < 12 and abs(blue - 60) < 12


def test_too_large_ones_are_refused_by_their_header(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pylibjxl.encode(np.zeros((300, 400), np.uint8))
    monkeypatch.setattr(decoders, "inside", True)
    monkeypatch.setattr(pylibjxl, "JXL", None)  # decoding would fail
    form = formats.BY_PILLOW["JXL"]
    monkeypatch.setitem(
        formats.BY_PILLOW, "JXL", formats.Format(form.name, form.suffixes, max_pixels=119_999)
    )
    with pytest.raises(UnreadablePhoto, match="400 by 300"):
        decode.load_upright(data, long_side=100)


def test_damage_is_told_in_words() -> None:
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    jpeg = photos.encoded(Image.fromarray(noise), "JPEG", exif=exif(6), xmp=XMP)
    data = pylibjxl.jpeg_to_jxl(jpeg)
    for share in (0.01, 0.1, 0.5, 0.9):
        with pytest.raises(UnreadablePhoto):
            decode.load_upright(data[: int(len(data) * share)], long_side=None)
    for _ in range(100):
        broken = bytearray(data)
        for at in rng.integers(12, len(data), 8):
            broken[at] = rng.integers(256)
        read_metadata(bytes(broken))
        try:
            decode.load_upright(bytes(broken), long_side=None)
        except UnreadablePhoto as error:
            assert str(error).endswith(".")
