"""Raw files made up on the spot: DNGs in the layouts of cameras and converters, and CIFF."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 10: 8}
_LETTERS = {1: "B", 3: "H", 4: "I"}
_TILE = 64
# From CIE XYZ to linear sRGB, so that sRGB is what the camera sees.
_MATRIX = [3.2405, -1.5371, -0.4985, -0.9693, 1.8760, 0.0416, 0.0556, -0.2040, 1.0572]


@dataclass
class Layout:
    """How a DNG is laid out."""

    order: str = "<"
    """Byte order as in `struct`."""
    orientation: int = 1
    tiled: bool = False
    linear: bool = False
    """All colors at each pixel, as in ProRAW, rather than a mosaic of them."""
    sensor_first: bool = False
    """The sensor's data in the first directory, as small cameras write; else below it."""
    preview: bytes = b""
    """A JPEG."""
    tags: dict[int, tuple[int, Any]] = field(default_factory=dict)
    """More tags of the first directory: type and value."""


def dng(stored: Image.Image, layout: Layout) -> bytes:
    """A DNG of a picture, which is stored as it is given; orientation is only said."""
    out = bytearray(b"II*\x00" if layout.order == "<" else b"MM\x00*") + bytes(4)
    sensor = _sensor(np.asarray(stored.convert("RGB")), layout, out)
    first: dict[int, tuple[int, Any]] = {
        0x10F: (2, b"Maker\x00"),
        0x110: (2, b"Maker One\x00"),
        0x112: (3, [layout.orientation]),
        0xC612: (1, [1, 4, 0, 0]),
        0xC614: (2, b"Maker One\x00"),
        0xC621: (10, _MATRIX),
        0xC628: (5, [1.0, 1.0, 1.0]),
        0xC65A: (3, [21]),
        0x9003: (2, b"2011:12:13 14:15:16\x00"),
        **layout.tags,
    }
    preview = _preview(layout.preview, out) if layout.preview else {}
    if layout.sensor_first:
        below = [preview] if preview else []
        first |= sensor
    else:
        below = [sensor]
        first |= preview or {0xFE: (4, [1])}
    if below:
        first[0x14A] = (4, [_directory(each, out, layout.order) for each in below])
    at = _directory(first, out, layout.order)
    struct.pack_into(layout.order + "I", out, 4, at)
    return bytes(out)


def lab_tiff(lightness: int, a: int, b: int, order: str = "<") -> bytes:
    """A TIFF of one CIELab color, 16 bits each; lightness in percent."""
    out = bytearray(b"II*\x00" if order == "<" else b"MM\x00*") + bytes(4)
    values = struct.pack(order + "Hhh", round(lightness * 655.35), a * 256, b * 256) * (20 * 10)
    tags: dict[int, tuple[int, Any]] = {
        0x100: (4, [20]),
        0x101: (4, [10]),
        0x102: (3, [16, 16, 16]),
        0x103: (3, [1]),
        0x106: (3, [8]),
        0x111: (4, [_append(values, out)]),
        0x115: (3, [3]),
        0x116: (4, [10]),
        0x117: (4, [len(values)]),
    }
    struct.pack_into(order + "I", out, 4, _directory(tags, out, order))
    return bytes(out)


def _sensor(
    pixels: NDArray[np.uint8], layout: Layout, out: bytearray
) -> dict[int, tuple[int, Any]]:
    high, wide = pixels.shape[:2]
    code = pixels / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    values = (light * 65535).astype(layout.order + "u2")
    tags: dict[int, tuple[int, Any]] = {
        0xFE: (4, [0]),
        0x100: (4, [wide]),
        0x101: (4, [high]),
        0x102: (3, [16] * (3 if layout.linear else 1)),
        0x103: (3, [1]),
        0x106: (3, [34892 if layout.linear else 32803]),
        0x115: (3, [3 if layout.linear else 1]),
    }
    if not layout.linear:
        mosaic = values[:, :, 1].copy()
        mosaic[::2, ::2], mosaic[1::2, 1::2] = values[::2, ::2, 0], values[1::2, 1::2, 2]
        values = mosaic
        tags |= {0x828D: (3, [2, 2]), 0x828E: (1, [0, 1, 1, 2])}
    if layout.tiled:
        padding = [(0, -high % _TILE), (0, -wide % _TILE)] + [(0, 0)] * (values.ndim - 2)
        padded = np.pad(values, padding)
        parts = [
            padded[top : top + _TILE, left : left + _TILE]
            for top in range(0, high, _TILE)
            for left in range(0, wide, _TILE)
        ]
        names = 0x144, 0x145
        tags |= {0x142: (4, [_TILE]), 0x143: (4, [_TILE])}
    else:
        parts, names = [values], (0x111, 0x117)
        tags[0x116] = (4, [high])
    places = [(_append(part.tobytes(), out), part.nbytes) for part in parts]
    tags |= {names[0]: (4, [at for at, _ in places]), names[1]: (4, [n for _, n in places])}
    return tags


def _preview(jpeg: bytes, out: bytearray) -> dict[int, tuple[int, Any]]:
    import io

    wide, high = Image.open(io.BytesIO(jpeg)).size
    return {
        0xFE: (4, [1]),
        0x100: (4, [wide]),
        0x101: (4, [high]),
        0x102: (3, [8, 8, 8]),
        0x103: (3, [7]),
        0x106: (3, [6]),
        0x111: (4, [_append(jpeg, out)]),
        0x115: (3, [3]),
        0x116: (4, [high]),
        0x117: (4, [len(jpeg)]),
    }


def _append(data: bytes, out: bytearray) -> int:
    out += bytes(len(out) % 2)
    out += data
    return len(out) - len(data)


def _directory(tags: dict[int, tuple[int, Any]], out: bytearray, order: str) -> int:
    entries = []
    for tag, (kind, value) in sorted(tags.items()):
        if kind in (5, 10):
            numbers = [n for each in value for n in (round(each * 10_000), 10_000)]
            packed = struct.pack(f"{order}{len(numbers)}{'i' if kind == 10 else 'I'}", *numbers)
        elif isinstance(value, bytes):
            packed = value
        else:
            packed = struct.pack(f"{order}{len(value)}{_LETTERS[kind]}", *value)
        count = len(packed) // _SIZES[kind]
        if len(packed) > 4:
            packed = struct.pack(order + "I", _append(packed, out))
        entries.append(struct.pack(order + "HHI", tag, kind, count) + packed.ljust(4, b"\x00"))
    table = struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return _append(table, out)


def crw(*, rotation: int, taken: int, preview: bytes = b"") -> bytes:
    """A CRW with what Canon's first cameras say about themselves, and no sensor data."""
    body, records = bytearray(), []
    shape = struct.pack("<IIfiIII", 2160, 1440, 1.0, rotation, 8, 8, 1)
    inner: list[tuple[int, bytes]] = [
        (0x080A, b"Canon\x00Canon EOS D30\x00"),
        (0x1810, shape),
        (0x2007, preview),
    ]
    heap, places = bytearray(), []
    for kind, content in inner:
        places.append((kind, len(content), len(heap)))
        heap += content
    table = struct.pack("<H", len(places)) + b"".join(struct.pack("<HII", *p) for p in places)
    heap += table + struct.pack("<I", len(heap))
    records.append(struct.pack("<HII", 0x300A, len(heap), len(body)))
    body += heap
    records.append(struct.pack("<H", 0x580E) + struct.pack("<II", taken, 0))
    table = struct.pack("<H", len(records)) + b"".join(records)
    body += table + struct.pack("<I", len(body))
    return b"II" + struct.pack("<I", 26) + b"HEAPCCDR\x02\x00\x01\x00" + bytes(8) + bytes(body)
