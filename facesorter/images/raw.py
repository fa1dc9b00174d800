"""Camera raw files: detected by content, with their JPEG previews and tags.

Nearly every camera embeds a preview in its raw files, often in full size. Searching for JPEG start
markers works for every maker's layout without knowing any of them. Where the preview is small,
`images.developing` makes a picture of the sensor's data.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image

from facesorter.images import ciff, tiff

_MAGICS = (b"II*\x00\x10\x00\x00\x00CR", b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00")
_MORE_MAGICS = (b"\x00MRM", b"FOVb")
_JPEG = b"\xff\xd8\xff"

MAX_CANDIDATES = 4096
"""Most start markers checked: 16 MB of sensor data contain one by chance, a tiled DNG hundreds."""

_PHASE_ONE = (b"IIIITwaR", b"MMMMRawT")
_DNG_VERSION, _MAKE, _CFA_PATTERN = 0xC612, 0x10F, 0x828E
_COLOR_FILTERS, _LINEAR_RAW = 32803, 34892
"""Photometric interpretations of a sensor's data."""


def looks_raw(data: bytes) -> bool:
    """Return whether the bytes are a camera raw file, judging by content."""
    if data.startswith(_MAGICS + _MORE_MAGICS) or data[4:12] == b"ftypcrx ":
        return True
    if data.startswith(ciff.MAGIC, ciff.MAGIC_AT):
        return True
    if not data.startswith(tiff.MAGIC):
        return False
    if any(mark in data[:32] for mark in _PHASE_ONE):
        return True
    return any(map(_is_of_sensor, tiff.pictures(data)))


def _is_of_sensor(picture: tiff.Directory) -> bool:
    if picture.one(tiff.PHOTOMETRIC) in (_COLOR_FILTERS, _LINEAR_RAW):
        return True
    if _DNG_VERSION in picture.tags or _CFA_PATTERN in picture.tags:
        return True
    # A camera's file whose sensor data lie beyond its end, or can't be followed.
    return _MAKE in picture.tags and tiff.SUB_IFDS in picture.tags and not picture.complete


def has_maker(data: bytes) -> bool:
    """Return whether a TIFF file names its camera, so that it may be an unusual raw file."""
    return any(_MAKE in page.tags for page in tiff.pages(data))


def is_cut_short(data: bytes) -> bool:
    """Return whether a raw file lacks bytes at its end, as far as its directories say.

    LibRaw makes black pixels of what is missing.
    """
    return any(picture.end() > len(data) for picture in tiff.pictures(data))


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
    if data.startswith(ciff.MAGIC, ciff.MAGIC_AT):
        return ciff.exif(data)
    if data.startswith((b"FUJIFILMCCD-RAW", b"FOVb")):
        found = previews(data)
        if found:
            with Image.open(io.BytesIO(found[0]), formats=["JPEG"]) as image:
                return image.getexif()
        return tags
    if data.startswith(b"\x00MRM"):
        at = data.find(b"\x00TTW", 0, 1 << 12)
        data = data[at + 8 :] if at > 0 else b""
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
