"""Frames of animated pictures."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facesorter.images import animation, decode, formats
from tests import photos

COLOURS = ((200, 30, 30), (30, 160, 30), (30, 30, 220))
FORMS = {"GIF": "gif", "WEBP": "webp", "PNG": "png", "AVIF": "avif"}


def moving(form: str, *, frames: int = 3, milliseconds: int = 70, **options: object) -> bytes:
    made = [Image.new("RGB", (60, 40), colour) for colour in COLOURS[:frames]]
    first, *others = made
    return photos.encoded(
        first, form, save_all=True, append_images=others, duration=milliseconds, **options
    )


@pytest.mark.parametrize("form", FORMS)
def test_all_frames_are_given_in_order_with_their_times(form: str) -> None:
    decode.prepare()
    data = moving(form)
    assert animation.is_animated(data[:4096])
    with animation.frames(data, 30) as made:
        seen = list(made)
    assert [frame.milliseconds for frame in seen] == [70, 70, 70]
    assert {frame.pixels.shape for frame in seen} == {(20, 30, 3)}
    for frame, colour in zip(seen, COLOURS, strict=True):
        assert np.abs(frame.pixels[10, 15].astype(int) - colour).max() < 30


@pytest.mark.parametrize("form", FORMS)
def test_still_pictures_are_known_by_their_header_or_give_no_frame(form: str) -> None:
    data = photos.encoded(photos.quarters(), form)
    if form != "GIF":
        assert not animation.is_animated(data)
    with animation.frames(data, 30) as made:
        assert list(made) == []


@pytest.mark.parametrize("suffix", FORMS.values())
def test_suffixes_of_animations(suffix: str) -> None:
    assert formats.may_be_animated(f"a.{suffix.upper()}")
    assert not formats.may_be_animated("a.jpg")


def test_frames_without_a_time_are_shown_for_a_tenth_of_a_second() -> None:
    with animation.frames(moving("GIF", milliseconds=0), 30) as made:
        assert {frame.milliseconds for frame in made} == {animation.DEFAULT_DURATION}


def test_frames_are_upright_and_on_white() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with animation.frames(moving("PNG", exif=exif), 60) as made:
        assert {frame.pixels.shape for frame in made} == {(60, 40, 3)}
    clear = [Image.new("RGBA", (8, 8), (*colour, 0)) for colour in COLOURS]
    out = io.BytesIO()
    clear[0].save(out, "WEBP", save_all=True, append_images=clear[1:], lossless=True)
    with animation.frames(out.getvalue(), 8) as made:
        assert all((frame.pixels == 255).all() for frame in made)


def test_the_photo_itself_is_the_first_frame() -> None:
    picture = decode.load_upright(moving("GIF"), long_side=None)
    assert np.abs(picture.pixels[20, 30].astype(int) - COLOURS[0]).max() < 30


def test_damaged_animations_end(tmp_path: Path) -> None:
    data = moving("GIF")
    random = np.random.default_rng(5)
    for _ in range(60):
        broken = bytearray(data)
        for at in random.integers(6, len(data), 6):
            broken[at] = random.integers(256)
        try:
            with animation.frames(bytes(broken), 30) as made:
                assert len(list(made)) <= animation.MOST_FRAMES
        except Exception as error:
            assert not isinstance(error, (MemoryError, RecursionError))
