"""Raw photos: previews, developing, orientation and dates, of files made up on the spot."""

import datetime
import struct

import numpy as np
import pytest
from PIL import Image

from facesorter.errors import UnreadablePhoto
from facesorter.images import decode, decoders, developing, raw, tiff
from facesorter.images.dates import DateSource
from facesorter.images.metadata import read_metadata
from tests import photos
from tests.support.corners import INVERSE, corner_colours
from tests.support.raws import Layout, crw, dng

SIZE = (300, 200)


def small_dng(layout: Layout) -> bytes:
    return dng(photos.quarters(*SIZE), layout)


@pytest.mark.parametrize(
    "layout",
    [
        Layout(),
        Layout(order=">"),
        Layout(tiled=True),
        Layout(sensor_first=True),
        Layout(linear=True),
        Layout(linear=True, tiled=True, order=">"),
        Layout(preview=photos.encoded(photos.quarters(160, 120), "JPEG")),
    ],
    ids=["strip", "Motorola", "tiles", "sensor first", "linear", "linear tiles", "small preview"],
)
def test_a_dng_without_a_large_preview_is_developed(layout: Layout) -> None:
    picture = decode.load_upright(small_dng(layout), long_side=None)
    assert picture.format == "RAW"
    assert (picture.width, picture.height) == SIZE
    assert picture.pixels.shape == ((200, 300, 3) if layout.linear else (100, 150, 3))
    assert corner_colours(picture.pixels) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_developed_photo_is_turned_once(orientation: int) -> None:
    turn = INVERSE[orientation]
    stored = photos.quarters(*SIZE)
    stored = stored if turn is None else stored.transpose(turn)
    picture = decode.load_upright(dng(stored, Layout(orientation=orientation)), long_side=100)
    assert corner_colours(picture.pixels) == ["red", "green", "blue", "white"]
    assert (picture.width, picture.height, picture.orientation) == (*SIZE, orientation)
    assert picture.pixels.shape == (67, 100, 3)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_large_preview_goes_first_and_is_turned_once(order: str) -> None:
    stored = photos.quarters(1200, 1800).transpose(Image.Transpose.ROTATE_90)
    preview = photos.encoded(stored, "JPEG")
    data = dng(Image.new("RGB", (90, 60)), Layout(order=order, orientation=6, preview=preview))
    picture = decode.load_upright(data, long_side=300)
    assert (picture.width, picture.height, picture.orientation) == (1200, 1800, 6)
    assert corner_colours(picture.pixels) == ["red", "green", "blue", "white"]


def test_a_small_preview_is_shown_when_the_sensor_data_are_missing() -> None:
    preview = photos.encoded(photos.quarters(600, 400), "JPEG")
    whole = small_dng(Layout(preview=preview))
    lost = whole.replace(struct.pack("<HHII", 0x103, 3, 1, 1), struct.pack("<HHII", 0x103, 3, 1, 9))
    assert lost != whole
    picture = decode.load_upright(lost, long_side=None)
    assert (picture.width, picture.height) == (600, 400)


def test_missing_sensor_data_are_not_shown_as_black() -> None:
    whole = small_dng(Layout())
    # As copied in part: directories first, then half of the data.
    at = whole.index(small_dng(Layout())[8:200])
    size = struct.pack("<HHII", 0x117, 4, 1, 2 * SIZE[0] * SIZE[1])
    larger = whole.replace(size, struct.pack("<HHII", 0x117, 4, 1, len(whole) * 2))
    assert at and larger != whole and raw.is_cut_short(larger)
    with pytest.raises(UnreadablePhoto, match="incomplete"):
        decode.load_upright(larger, long_side=100)


@pytest.mark.parametrize("linear", [False, True])
def test_a_sensor_that_is_too_large_is_refused_before_it_is_unpacked(
    linear: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoders, "inside", True)
    monkeypatch.setattr(developing, "MAX_LINEAR" if linear else "MAX_SENSOR", 59_999)
    with pytest.raises(UnreadablePhoto, match="300 by 200"):
        decode.load_upright(small_dng(Layout(linear=linear)), long_side=None)


def test_what_a_camera_says_is_read() -> None:
    data = small_dng(Layout())
    found = read_metadata(data)
    assert found.dates[DateSource.ORIGINAL] == "2011-12-13T14:15:16"
    assert found.camera == "Maker One"


@pytest.mark.parametrize(("rotation", "orientation"), [(0, 1), (90, 6), (-90, 8), (180, 3), (7, 1)])
def test_a_crw_tells_its_camera_date_and_turn(rotation: int, orientation: int) -> None:
    taken = datetime.datetime(2001, 2, 3, 4, 5, 6)
    seconds = int((taken - datetime.datetime(1970, 1, 1)).total_seconds())
    preview = photos.encoded(photos.quarters(900, 600), "JPEG")
    data = crw(rotation=rotation, taken=seconds, preview=preview)
    assert raw.looks_raw(data)
    assert raw.exif(data)[0x112] == orientation
    found = read_metadata(data)
    assert found.dates == {DateSource.ORIGINAL: "2001-02-03T04:05:06"}
    assert found.camera == "Canon EOS D30"
    picture = decode.load_upright(data, long_side=None)
    assert (picture.width > picture.height) == (orientation in (1, 3))


def test_damaged_crw_files_say_nothing() -> None:
    data = crw(rotation=0, taken=1)
    for cut in range(14, len(data), 7):
        assert read_metadata(data[:cut]).camera in (None, "Canon EOS D30")


def test_a_scan_with_maker_and_smaller_pictures_below_is_no_raw() -> None:
    data = bytearray(photos.encoded(photos.quarters(), "TIFF", tiffinfo={0x10F: "Scanner"}))
    assert not raw.looks_raw(bytes(data)) and raw.has_maker(bytes(data))
    assert decode.load_upright(bytes(data), long_side=None).format == "TIFF"


def test_directories_of_nonsense_end() -> None:
    looping = b"II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00"
    assert len(list(tiff.pages(looping))) == 1
    for data in (b"", b"II*\x00", b"II*\x00\xff\xff\xff\xff", b"MM\x00+" + b"\xff" * 40):
        assert list(tiff.pictures(data)) == []
        assert not raw.looks_raw(data)
    random = np.random.default_rng(1)
    whole = small_dng(Layout())
    for _ in range(200):
        broken = bytearray(whole)
        for at in random.integers(0, len(whole), 20):
            broken[at] = random.integers(256)
        list(tiff.pictures(bytes(broken)))


@photos.needs_shared
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("cases/CRW.CRW", (2176, 1448)),
        ("cases/jolstravatnet.pef", (720, 480)),
        ("cases/ReaganLargeTiff.tiff", (200, 130)),
        ("formats/canon_eos_6d.dng", (1224, 816)),
        ("formats/Canon-R6-pruned.CR3", (1620, 1080)),
    ],
)
def test_real_files(name: str, size: tuple[int, int]) -> None:
    picture = decode.load_upright((photos.SHARED / name).read_bytes(), long_side=800)
    assert (picture.width, picture.height) == size
    assert 20 < picture.pixels.mean() < 200 and picture.pixels.std() > 20
