from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facesorter.domain import Region
from facesorter.errors import UnreadablePhoto
from facesorter.images import decode, thumbnails
from facesorter.images.thumbnails import Kind, ThumbnailCache
from tests import photos


def test_keys_tell_versions_and_places_apart() -> None:
    here, there = Region(0.1, 0.2, 0.3, 0.4), Region(0.1, 0.2, 0.3, 0.41)
    keys = {
        thumbnails.photo_key(1, 2, 3),
        thumbnails.photo_key(2, 2, 3),
        thumbnails.photo_key(1, 9, 3),
        thumbnails.photo_key(1, 2, 9),
        thumbnails.face_key(1, 2, 3, here),
        thumbnails.face_key(1, 2, 3, there),
        thumbnails.face_key(1, 2, 9, here),
    }
    assert len(keys) == 7
    assert all(key.isalnum() for key in keys)
    assert thumbnails.photo_key(1, 2, 3) == thumbnails.photo_key(1, 2, 3)
    # What a database gives back may differ in the last digits.
    assert thumbnails.face_key(1, 2, 3, here) == thumbnails.face_key(
        1, 2, 3, Region(0.1 + 1e-9, 0.2, 0.3, 0.4)
    )


def test_store_read_and_path(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path / "not there yet")
    key = thumbnails.photo_key(1, 2, 3)
    assert cache.read(key, Kind.PHOTO) is None and not cache.has(key, Kind.PHOTO)
    assert cache.store_photo(key, np.full((40, 60, 3), 99, np.uint8))
    path = cache.path(key, Kind.PHOTO)
    assert path.relative_to(tmp_path).parts[1:] == ("photo", key[:2], f"{key}.jpg")
    data = cache.read(key, Kind.PHOTO)
    assert data is not None
    assert decode.load_upright(data, long_side=None).pixels.shape == (40, 60, 3)
    assert cache.read(key, Kind.FACE) is None
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [f"{key}.jpg"]


def test_damaged_file_is_forgotten_and_made_again(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path)
    key = thumbnails.photo_key(1, 2, 3)
    pixels = np.full((40, 60, 3), 99, np.uint8)
    cache.store_face(key, pixels)
    path = cache.path(key, Kind.FACE)
    path.write_bytes(path.read_bytes()[:-20])
    assert cache.read(key, Kind.FACE) is None
    assert not path.exists()
    cache.store_face(key, pixels)
    assert cache.read(key, Kind.FACE) is not None


def test_a_disk_that_will_not_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    cache = ThumbnailCache(blocked)
    assert not cache.store_photo("ab" * 16, np.zeros((4, 4, 3), np.uint8))
    assert cache.read("ab" * 16, Kind.PHOTO) is None
    cache.discard("ab" * 16, Kind.PHOTO)


def test_photo_thumbnail_fits_and_never_enlarges() -> None:
    wide = np.zeros((500, 1000, 3), np.uint8)
    assert thumbnails.photo_thumbnail(wide).shape == (160, 320, 3)
    assert thumbnails.photo_thumbnail(wide[:10, :20]).shape == (10, 20, 3)
    assert thumbnails.photo_thumbnail(np.zeros((3000, 2, 3), np.uint8)).shape == (320, 1, 3)


def marked(width: int, height: int, eyes: list[tuple[float, float]]) -> np.ndarray:
    """A grey photo with white eyes at fractions of it."""
    pixels = np.full((height, width, 3), 100, np.uint8)
    for x, y in eyes:
        left, top = round(x * width), round(y * height)
        pixels[max(top - 3, 0) : top + 4, max(left - 3, 0) : left + 4] = 255
    return pixels


EYES = [(0.45, 0.46), (0.55, 0.46)]
POINTS = [*EYES, (0.5, 0.5), (0.46, 0.55), (0.54, 0.55)]


@pytest.mark.parametrize(("width", "height"), [(600, 400), (400, 600), (3000, 2000), (200, 200)])
def test_eyes_are_on_one_line(width: int, height: int) -> None:
    region = Region(0.4, 0.4, 0.2, 0.2)
    crop = thumbnails.face_crop(marked(width, height, EYES), region, POINTS)
    assert crop.shape[0] == crop.shape[1] <= 256
    rows = np.nonzero(crop[..., 0] > 200)[0]
    assert abs(rows.mean() / len(crop) - thumbnails.EYE_LINE) < 0.02


def test_small_faces_are_not_blown_up() -> None:
    crop = thumbnails.face_crop(np.zeros((100, 100, 3), np.uint8), Region(0.4, 0.4, 0.2, 0.2))
    assert crop.shape == (76, 76, 3)


@given(
    st.floats(-0.3, 1.1),
    st.floats(-0.3, 1.1),
    st.floats(0.001, 1.3),
    st.floats(0.001, 1.3),
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(16, 256),
)
def test_any_region_gives_a_square(
    x: float, y: float, w: float, h: float, width: int, height: int, side: int
) -> None:
    pixels = np.full((height, width, 3), 50, np.uint8)
    crop = thumbnails.face_crop(pixels, Region(x, y, w, h), None, side)
    assert crop.shape[0] == crop.shape[1] <= side
    assert crop.shape[2] == 3 and crop.flags.c_contiguous


def test_beyond_the_photo_its_edge_goes_on() -> None:
    pixels = np.full((200, 200, 3), 180, np.uint8)
    crop = thumbnails.face_crop(pixels, Region(-0.1, -0.1, 0.4, 0.4))
    assert (crop > 170).all()


def test_near_the_edge_the_crop_is_tighter_and_inside() -> None:
    # Green is the photo; a face whose full margin would leave it on all sides.
    pixels = np.zeros((200, 160, 3), np.uint8)
    pixels[..., 1] = np.arange(160)
    pixels[:, 80] = 255
    crop = thumbnails.face_crop(pixels, Region(0.1, 0.2, 0.7, 0.6), None, 160)
    rows = crop[:, :, 1].astype(int)
    assert (np.abs(rows[80] - rows[0]) <= 2).all()
    aside = thumbnails.face_crop(pixels, Region(0.02, 0.3, 0.4, 0.4), None, 160)
    # Moved to the side, so that the photo's first columns are the crop's.
    assert aside[80, :4, 1].max() < 6


def test_make_face_decodes_enough_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    path = photos.six_people()
    region = Region(0.362, 0.302, 0.082, 0.162)
    sizes = []
    whole = decode.load_upright

    def watched(data: bytes, *, long_side: int | None) -> decode.Picture:
        picture = whole(data, long_side=long_side)
        sizes.append(max(picture.pixels.shape))
        return picture

    monkeypatch.setattr(decode, "load_upright", watched)
    large = thumbnails.make_face(path, region, side=256)
    small = thumbnails.make_face(path.read_bytes(), region, side=64)
    assert large.shape == (256, 256, 3) and small.shape == (64, 64, 3)
    assert sizes[0] == 1280 and sizes[1] < 900
    shrunk = large.reshape(64, 4, 64, 4, 3).mean((1, 3))
    assert np.abs(shrunk - small).mean() < 12


def test_make_photo_and_unreadable(tmp_path: Path) -> None:
    assert max(thumbnails.make_photo(photos.six_people()).shape) == 320
    (tmp_path / "bad.jpg").write_bytes(b"bad")
    with pytest.raises(UnreadablePhoto):
        thumbnails.make_photo(tmp_path / "bad.jpg")
