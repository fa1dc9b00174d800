"""A photo's dimensions from its header alone: no decoder runs, and no memory is allocated.

It is a claim. What a decoder finds may be larger, so it is checked again before pixels are decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from facesorter.images import bmff, formats, raw, tiff


class Declared(NamedTuple):
    """What the header says; width and height are in pixels, before turning."""

    width: int
    height: int
    progressive: bool = False
    """Whether a JPEG is, so that it is decoded scan by scan."""

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height


def declared(data: bytes) -> Declared | None:
    """Return the size that a file declares; None if it isn't told, as in raw files."""
    form = formats.by_magic(data)
    read = _READERS.get(form.name) if form is not None else None
    try:
        return read(data) if read is not None else None
    except (struct.error, IndexError, ValueError):
        return None


def _jpeg(data: bytes) -> Declared | None:
    at = 2
    while True:
        at = data.index(b"\xff", at) if data[at] != 0xFF else at
        kind = data[at + 1]
        if kind in (0xFF, 0x00) or 0xD0 <= kind <= 0xD8 or kind == 0x01:  # filling, or no length
            at += 1 if kind == 0xFF else 2
        elif 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Declared(width, height, kind in (0xC2, 0xC6, 0xCA, 0xCE))
        elif kind in (0xD9, 0xDA):
            return None
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))


def _png(data: bytes) -> Declared | None:
    return Declared(*struct.unpack_from(">II", data, 16)) if data[12:16] == b"IHDR" else None


def _gif(data: bytes) -> Declared:
    return Declared(*struct.unpack_from("<HH", data, 6))


def _bmp(data: bytes) -> Declared:
    if struct.unpack_from("<I", data, 14)[0] == 12:
        return Declared(*struct.unpack_from("<HH", data, 18))
    width, height = struct.unpack_from("<ii", data, 18)
    return Declared(abs(width), abs(height))


def _webp(data: bytes) -> Declared | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return Declared(
            1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        )
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return Declared(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Declared(width & 0x3FFF, height & 0x3FFF)
    return None


def _tiff(data: bytes) -> Declared | None:
    page = None if raw.looks_raw(data) else next(tiff.pages(data), None)
    return Declared(page.one(tiff.WIDTH), page.one(tiff.HEIGHT)) if page is not None else None


def _heif(data: bytes) -> Declared | None:
    size = bmff.declared_size(data)
    return None if size is None else Declared(*size)


def _jpeg_2000(data: bytes) -> Declared | None:
    if data.startswith(b"\xff\x4f"):
        right, bottom, left, top = struct.unpack_from(">IIII", data, 8)
        return Declared(max(0, right - left), max(0, bottom - top))
    at = data.find(b"ihdr", 0, 1 << 12)
    if at < 0:
        return None
    height, width = struct.unpack_from(">II", data, at + 4)
    return Declared(width, height)


def _photoshop(data: bytes) -> Declared:
    height, width = struct.unpack_from(">II", data, 14)
    return Declared(width, height)


_RATIOS = ((1, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Width to height by the code of ISO/IEC 18181-1; the first means that the width follows."""


def _jpeg_xl(data: bytes) -> Declared | None:
    start = 0
    if not data.startswith(b"\xff\x0a"):
        for box in bmff.boxes(data, 0, len(data)):
            if box.kind in (b"jxlc", b"jxlp"):
                start = box.start + (4 if box.kind == b"jxlp" else 0)
                break
    if data[start : start + 2] != b"\xff\x0a":
        return None
    bits, at = int.from_bytes(data[start + 2 : start + 16], "little"), 0

    def take(count: int) -> int:
        nonlocal at
        value = bits >> at & (1 << count) - 1
        at += count
        return value

    eighths = take(1)

    def side() -> int:
        return 8 * (take(5) + 1) if eighths else take((9, 13, 18, 30)[take(2)]) + 1

    height, ratio = side(), take(3)
    across, down = _RATIOS[ratio]
    return Declared(height * across // down if ratio else side(), height)


_READERS: dict[str, Callable[[bytes], Declared | None]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "GIF": _gif,
    "BMP": _bmp,
    "WebP": _webp,
    "TIFF": _tiff,
    "AVIF": _heif,
    "HEIC": _heif,
    "JPEG 2000": _jpeg_2000,
    "JPEG XL": _jpeg_xl,
    "Photoshop": _photoshop,
}
"""By the name of the format."""
