"""Large WebP pictures: the same picture as Pillow's."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from facesorter.images import decode, decoders, large_webp
from tests import photos


def picture(mode: str) -> Image.Image:
    image = Image.fromarray(photos.pixels(photos.astronaut())).resize((300, 200))
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def turned() -> bytes:
    tags = Image.Exif()
    tags[0x0112] = 6
    return tags.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lossless": True},
        {"exif": turned()},
    ],
)
def test_large_pictures_look_as_small_ones_do(
    mode: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoders, "inside", True)
    data = photos.encoded(picture(mode), "WEBP", **options)
    usual = decode.load_upright(data, long_side=120)
    monkeypatch.setattr(decode, "LARGE", 1_000)
    used = []
    original = large_webp.load
    monkeypatch.setattr(large_webp, "load", lambda *args: used.append(original(*args)) or used[-1])
    large = decode.load_upright(data, long_side=120)
    assert used and used[0] is not None
    assert (large.width, large.height, large.orientation) == (
        usual.width,
        usual.height,
        usual.orientation,
    )
    assert large.pixels.shape == usual.pixels.shape
    assert np.abs(large.pixels.astype(int) - usual.pixels).mean() < 2


def test_what_opencv_cannot_read_pillow_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "inside", True)
    monkeypatch.setattr(decode, "LARGE", 1_000)
    monkeypatch.setattr(large_webp.cv2, "imdecode", lambda *_: None)
    data = photos.encoded(picture("RGB"), "WEBP")
    assert decode.load_upright(data, long_side=120).width == 300
