"""Turning photos for viewing: what the user sees turns, files and faces stay as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from facesorter.domain import Region, turned_points
from facesorter.images import convert
from facesorter.images.copy_options import CopyFormat, CopyOptions
from facesorter.images.thumbnails import face_key, make_face, make_photo, photo_key
from facesorter.library import export, queries
from facesorter.library.decisions import journal, rotation
from facesorter.library.export import Options
from tests.library.made import Bench, fill

TURNS = (0, 90, 180, 270)


def write(path: Path) -> bytes:
    """A photo with a red face in the upper left, as the file has it."""
    pixels = np.full((200, 300, 3), 200, np.uint8)
    pixels[20:80, 30:90] = (250, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)
    return path.read_bytes()


FACE = Region(30 / 300, 20 / 200, 60 / 300, 60 / 200)


@given(st.sampled_from(TURNS), st.sampled_from(TURNS))
def test_turns_add_up(first: int, second: int) -> None:
    region, point = Region(0.1, 0.2, 0.3, 0.4), [(0.1, 0.2)]
    both = region.turned(first).turned(second)
    once = region.turned(first + second)
    assert (both.x, both.y, both.w, both.h) == pytest.approx((once.x, once.y, once.w, once.h))
    twice = turned_points(turned_points(point, first), second)
    assert twice[0] == pytest.approx(turned_points(point, first + second)[0])


@pytest.mark.parametrize("degrees", TURNS)
def test_a_region_turns_with_the_pixels(degrees: int, tmp_path: Path) -> None:
    """The picture of the turned photo has the face where the turned region says."""
    write(tmp_path / "one.jpg")
    pixels = make_photo(tmp_path / "one.jpg", 300, degrees)
    height, width = pixels.shape[:2]
    assert (width > height) == (degrees in (0, 180))
    there = FACE.turned(degrees)
    x, y = round((there.x + there.w / 2) * width), round((there.y + there.h / 2) * height)
    assert pixels[y, x, 0] > 230 and pixels[y, x, 1] < 30
    (point,) = turned_points([(FACE.x, FACE.y)], degrees)
    corners = [(there.x, there.y), (there.x + there.w, there.y)]
    corners += [(x, y + there.h) for x, y in corners]
    assert any(point == pytest.approx(corner) for corner in corners)


@pytest.mark.parametrize("degrees", TURNS)
def test_the_crop_of_a_face_is_turned(degrees: int, tmp_path: Path) -> None:
    """Its square holds the face, whichever way the photo is turned."""
    write(tmp_path / "one.jpg")
    crop = make_face(tmp_path / "one.jpg", FACE, None, 128, degrees)
    red = (crop[:, :, 0] > 200) & (crop[:, :, 1] < 80)
    assert 0.15 < red.mean() < 0.7 and red[crop.shape[0] // 2, crop.shape[1] // 2]


def test_thumbnails_of_every_turn_have_keys_of_their_own() -> None:
    assert len({photo_key(1, 2, 3, turn) for turn in TURNS}) == 4
    assert photo_key(1, 2, 3, 0) == photo_key(1, 2, 3)
    assert len({face_key(1, 2, 3, FACE, turn) for turn in TURNS}) == 4


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Two photos that exist as files."""
    made = Bench()
    with made.database.atomic():
        fill(made.connection, people=1, each=2, per_photo=1, seed=1)
    made.connection.execute("UPDATE folder SET path = ?", [str(tmp_path / "Photos")])
    for photo in queries.photos(made.connection, queries.photo_ids(made.connection)):
        write(Path(photo.path))
    return made


def test_photos_turn_from_how_they_are_shown_and_undo_turns_them_back(bench: Bench) -> None:
    one, two = queries.photo_ids(bench.connection)

    def shown() -> list[int]:
        return [photo.turn for photo in queries.photos(bench.connection, [one, two])]

    bench.do(rotation.rotate, [one], 90)
    bench.do(rotation.rotate, [one, two], 90)
    assert shown() == [180, 90]
    bench.do(rotation.rotate, [one], 180)
    assert shown() == [0, 90]
    bench.do(journal.undo)
    bench.do(journal.undo)
    assert shown() == [90, 0]
    bench.do(journal.redo)
    assert shown() == [180, 90]
    bench.do(rotation.reset, [one, two])
    assert shown() == [0, 0]


def test_copies_are_turned_unless_they_are_the_file_itself(bench: Bench, tmp_path: Path) -> None:
    ids = queries.photo_ids(bench.connection)[:1]
    before = Path(queries.photos(bench.connection, ids)[0].path).read_bytes()
    bench.do(rotation.rotate, ids, 90)
    for form in CopyFormat:
        options = Options(copy=CopyOptions(form))
        plan = export.plan(bench.connection, ids, options)
        (path,) = export.run(plan, tmp_path / form.value, options).written
        if form is CopyFormat.ORIGINAL:
            assert path.read_bytes() == before
            continue
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
            assert image.getexif().get(0x0112) in (None, 1)
        there = FACE.turned(90)
        assert pixels.shape[:2] == (300, 200)
        y, x = round((there.y + there.h / 2) * 300), round((there.x + there.w / 2) * 200)
        assert pixels[y, x, 0] > 230 and pixels[y, x, 1] < 30


def test_turned_is_what_exif_orientation_says() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    for degrees, orientation in convert.TURNED.items():
        turned = convert.turn(pixels, orientation)
        assert np.array_equal(turned, np.rot90(pixels, -degrees // 90))
