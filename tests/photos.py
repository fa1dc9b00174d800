"""Real photos that tests use, and photos made up on the spot."""

from __future__ import annotations

import io
import os
import struct
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

SHARED = Path(os.environ.get("FACESORTER_SHARED", Path(__file__).parents[2] / "shared")) / "photos"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared photos are not on this machine"
)


def _package(name: str) -> Path:
    """Folder of an installed package, without importing it."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def six_people() -> Path:
    """A photo with six faces."""
    return _package("insightface") / "data" / "images" / "t1.jpg"


def astronaut() -> Path:
    """A photo with one face."""
    return _package("skimage") / "data" / "astronaut.png"


def heic() -> bytes:
    """A HEIC file's bytes, which nothing here can write."""
    sample = Path(__file__).parents[1] / "resources" / "sample" / "halves.heic"
    return sample.read_bytes()


def jxl(image: Image.Image) -> bytes:
    """A JPEG XL file of an image."""
    import pylibjxl

    return bytes(pylibjxl.encode(np.asarray(image.convert("RGB")), lossless=True))


def psd(image: Image.Image, *, depth: int = 8, resources: dict[int, bytes] | None = None) -> bytes:
    """A Photoshop file of an RGB image: the composite, no layers."""
    blocks = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)
        for number, content in (resources or {}).items()
    )
    array = np.asarray(image.convert("RGB"))
    high, wide = array.shape[:2]
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, high, wide, depth, 3)
    planes = np.ascontiguousarray(array.transpose(2, 0, 1))
    body = planes if depth == 8 else planes.astype(">u2") * 257
    sections = struct.pack(">II", 0, len(blocks)) + blocks + bytes(4)
    return head + sections + b"\x00\x00" + body.astype(body.dtype).tobytes()


@cache
def pixels(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB, read plainly."""
    with Image.open(path) as image:
        array = np.asarray(image.convert("RGB"))
    array.setflags(write=False)
    return array


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """The bytes of an image file."""
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def quarters(width: int = 60, height: int = 40) -> Image.Image:
    """Red, green, blue and white quarters: shows how a picture was turned."""
    array = np.zeros((height, width, 3), np.uint8)
    array[: height // 2, : width // 2] = 255, 0, 0
    array[: height // 2, width // 2 :] = 0, 255, 0
    array[height // 2 :, : width // 2] = 0, 0, 255
    array[height // 2 :, width // 2 :] = 255
    return Image.fromarray(array)
