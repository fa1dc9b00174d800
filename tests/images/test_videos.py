"""Frames of videos: posters, frames at a time, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facesorter.errors import UnreadablePhoto
from facesorter.images import colour, decode, thumbnails, video_frames, videos
from facesorter.images.formats import is_photo, is_video
from tests.fakes import draw_video

SHOTS = (((1,), 2.0), ((200,), 2.0), ((300, 301), 2.0))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_video(tmp_path_factory.mktemp("clips") / "clip.mp4", SHOTS, before=2.0)


@pytest.mark.parametrize(
    "name", ["a.mp4", "A.MOV", "b.m4v", "c.avi", "d.mkv", "e.webm", "f.3gp", "g.MTS"]
)
def test_videos_are_found_as_photos_are(name: str) -> None:
    assert is_photo(name) and is_video(name)
    assert is_video(f"/some/folder/{name}") and not is_video("a.jpg")


def test_the_poster_is_not_black(clip: Path) -> None:
    pixels = thumbnails.make_photo(clip)
    assert pixels.std() > video_frames.LIVELY


def test_a_frame_at_a_time(clip: Path) -> None:
    first, second = (_frame(clip, moment) for moment in (3_000, 5_000))
    other = _frame(clip, 3_500)
    assert np.abs(first - other).mean() < 3 < np.abs(first - second).mean()


def test_after_the_end_is_the_last_frame(clip: Path) -> None:
    assert np.abs(_frame(clip, 60_000) - _frame(clip, 7_900)).mean() < 3


def _frame(path: Path, moment: int) -> np.ndarray:
    data = decode.read_picture(path, moment)
    return decode.load_upright(data, long_side=None).pixels.astype(np.int16)


@pytest.mark.parametrize("content", [b"", b"no video", b"\x00\x00\x00\x10ftypisom" + bytes(500)])
def test_what_is_no_video_has_a_reason(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(UnreadablePhoto) as caught:
        videos.still(path)
    assert str(caught.value).endswith(".")


def test_hlg_is_toned_to_what_sdr_shows() -> None:
    """75 % of HLG is paper white (ITU-R BT.2408), and black stays black."""
    grey = np.full((2, 2, 3), round(0.75 * 255), np.uint8)
    toned = colour.to_srgb(grey, colour.Colour(transfer=colour.HLG))
    assert 215 < toned.mean() < 256
    assert not colour.to_srgb(grey * 0, colour.Colour(transfer=colour.HLG)).any()
