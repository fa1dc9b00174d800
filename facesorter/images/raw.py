"""Finder for the JPEG preview inside a camera raw file.

Nearly every camera embeds a preview in its raw files, often in full size. Searching for JPEG start
markers works for every maker's layout without knowing any of them.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from PIL import Image

_MAGICS = (b"II*\x00\x10\x00\x00\x00CR", b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00")
_MORE_MAGICS = (b"\x00MRM", b"FOVb")
_JPEG = b"\xff\xd8\xff"

MAX_CANDIDATES = 4096
"""Most start markers checked: 16 MB of sensor data contain one by chance, a tiled DNG hundreds."""

_DNG_VERSION, _SUB_IFDS, _MAKE, _CFA_PATTERN = 0xC612, 0x14A, 0x10F, 0x828E


def looks_raw(data: bytes) -> bool:
    """Return whether the bytes are a camera raw file, judging by content."""
    if data.startswith(_MAGICS + _MORE_MAGICS) or data[4:12] == b"ftypcrx ":
        return True
    if not data.startswith((b"II*\x00", b"MM\x00*")):
        return False
    tags = first_ifd(data)
    return _DNG_VERSION in tags or _CFA_PATTERN in tags or {_SUB_IFDS, _MAKE} <= tags


def first_ifd(data: bytes) -> set[int]:
    """Return the tags in a TIFF file's first directory; empty if unreadable."""
    order = "<" if data[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, start)
        return {
            struct.unpack_from(order + "H", data, start + 2 + 12 * entry)[0]
            for entry in range(count)
        }
    except struct.error:
        return set()


def has_maker(data: bytes) -> bool:
    """Return whether a TIFF file names its camera, so that it may be an unusual raw file."""
    return data.startswith((b"II*\x00", b"MM\x00*")) and _MAKE in first_ifd(data)


def previews(data: bytes) -> list[bytes]:
    """Return the three largest embedded JPEGs, largest first; each runs to the end of the file."""
    found = []
    for start in _beginnings(data):
        try:
            with Image.open(io.BytesIO(data[start : start + _HEADER]), formats=["JPEG"]) as image:
                found.append((image.width * image.height, start))
        except Exception:  # bytes that resemble a JPEG by chance may raise anything
            continue
    found.sort(key=lambda one: (-one[0], one[1]))
    return [data[start:] for _, start in found[:3]]


_HEADER = 256 << 10
"""Bytes read to learn a preview's size: enough for its EXIF and ICC segments."""


def exif(data: bytes) -> Image.Exif:
    """Return the EXIF tags of a raw file; empty if not found."""
    tags = Image.Exif()
    if data[4:12] == b"ftypcrx ":
        # Canon's CR3 keeps IFD0 and the EXIF directory in two boxes, each a separate TIFF.
        for box in (b"CMT2", b"CMT1"):
            at = data.find(box, 0, 1 << 20)
            if at > 0:
                part = Image.Exif()
                part.load(b"Exif\x00\x00" + data[at + 4 : at + 4 + (64 << 10)])
                tags.update(part)
        return tags
    if data.startswith(b"FUJIFILMCCD-RAW"):
        found = previews(data)
        if found:
            with Image.open(io.BytesIO(found[0]), formats=["JPEG"]) as image:
                return image.getexif()
        return tags
    if data.startswith((b"IIRO", b"IIRS", b"IIU\x00")):
        data = b"II*\x00" + data[4:]
    elif data.startswith(b"MMOR"):
        data = b"MM\x00*" + data[4:]
    if data.startswith((b"II*\x00", b"MM\x00*")):
        tags.load(b"Exif\x00\x00" + data)
    return tags


def _beginnings(data: bytes) -> Iterator[int]:
    at = -1
    for _ in range(MAX_CANDIDATES):
        at = data.find(_JPEG, at + 1)
        if at < 0:
            return
        yield at
