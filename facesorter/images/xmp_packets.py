"""Finder for XMP packets and IPTC keywords in photo files of any size and format.

Reads a file's structure and only the parts that hold metadata, so a raw file of 100 MB costs a few
reads. Layouts: JPEG's from Adobe's XMP specification part 3 (1.1.3, extended XMP: a packet over
64 KB is a short one and the parts of a second, joined by its identifier), TIFF's from TIFF 6.0 and
BigTIFF, boxes from ISO/IEC 14496-12 and 18181-2. Other formats are opened whole.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from facesorter.images import metadata

LARGEST = 16 << 20
"""Bytes of a packet that is read; Lightroom's with many masks have some megabytes."""
_LARGEST_WHOLE = 64 << 20
"""Bytes of a file that is read whole, as plugins for HEIC, AVIF and WebP do anyway."""
_MOST_PARTS = 10_000
"""Chunks, boxes, or tags that are looked at."""

_APP1, _APP13 = 0xE1, 0xED
_PIXELS = (0xD9, 0xDA)
_MAIN = b"http://ns.adobe.com/xap/1.0/\x00"
_PHOTOSHOP, _IPTC_RESOURCE = b"Photoshop 3.0\x00", 0x0404
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\x00"
_EXTENDED = re.compile(rb"HasExtendedXMP\s*(?:=\s*[\"']|>)\s*([0-9A-Fa-f]{32})")
_XMP_TAG, _IPTC_TAG = 700, 33723
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_KEYWORDS, _CHARSET, _UTF8 = (2, 25), (1, 90), b"\x1b%G"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00")
"""TIFF, BigTIFF, and the raw files of Olympus and Panasonic."""
_RAF = b"FUJIFILMCCD-RAW"
_RAF_PREVIEW = 84
"""Where Fujifilm's raw files say where their JPEG is, which has all metadata."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a file holds of metadata that names people."""

    packets: tuple[bytes, ...] = ()
    """XMP, the main one first. Each may be damaged, hostile, or not XMP at all."""
    keywords: tuple[str, ...] = ()
    """IPTC's."""


NOTHING = Embedded()


def read_packets(path: Path) -> Embedded:
    """Read the packets of a photo file; nothing from one that is damaged. Thread: any; blocks.

    Raises:
        OSError: The file can't be read.
    """
    with path.open("rb") as file:
        try:
            return _read(file)
        except OSError as error:
            if error.errno is not None:
                raise
            return NOTHING
        except Exception:  # metadata of damaged files makes parsers raise anything
            return NOTHING


def _read(file: BinaryIO) -> Embedded:
    head = file.read(32)
    file.seek(0)
    if head.startswith(b"\xff\xd8\xff"):
        return _of_jpeg(file)
    if head.startswith(_TIFF):
        return _of_tiff(file, head)
    if head.startswith(_RAF):
        file.seek(_RAF_PREVIEW)
        at, length = struct.unpack(">II", file.read(8))
        file.seek(at)
        return _of_jpeg(io.BytesIO(file.read(min(length, LARGEST))))
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _of_whole(metadata.without_pixels(file))
    if head[4:8] in (b"ftyp", b"JXL ", b"jP  ") and (found := _of_boxes(file)):
        return Embedded(tuple(found))
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return _of_whole(file.read()) if size <= _LARGEST_WHOLE else NOTHING


def _of_whole(data: bytes) -> Embedded:
    _, packet = metadata.tags_and_xmp(data)
    return Embedded((packet[:LARGEST],) if packet else ())


def _of_jpeg(file: BinaryIO) -> Embedded:
    mains, parts, keywords = [], [], b""
    for kind, data in _segments(file):
        if kind == _APP1 and data.startswith(_MAIN):
            mains.append(data[len(_MAIN) :])
        elif kind == _APP1 and data.startswith(_EXTENSION):
            parts.append(data)
        elif kind == _APP13 and data.startswith(_PHOTOSHOP):
            keywords = keywords or _iptc_resource(data[len(_PHOTOSHOP) :])
    main = mains[0] if mains else b""
    found = (main, _extension(main, parts))
    return Embedded(tuple(each for each in found if each), _keywords(_iptc_records(keywords)))


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the segments before a JPEG's pixels, by marker; they end where they are damaged."""
    read = len(file.read(2))
    while read < LARGEST and (marker := file.read(2)):
        while marker == b"\xff\xff":
            # Markers may have fill bytes before them.
            marker = marker[1:] + file.read(1)
            read += 1
        length = file.read(2)
        if marker[:1] != b"\xff" or marker[1] in _PIXELS or len(length) < 2:
            return
        size = int.from_bytes(length, "big") - 2
        data = file.read(size) if size > 0 else b""
        if len(data) < size:
            return
        read += 4 + size
        yield marker[1], data


def _iptc_resource(data: bytes) -> bytes:
    """Return the IPTC records among Photoshop's resources: 8BIM, number, name, length, data."""
    at = 0
    while data[at : at + 4] == b"8BIM" and at + 12 <= len(data):
        number = int.from_bytes(data[at + 4 : at + 6], "big")
        # The name has its length in front; both are padded to an even size, as are the data.
        at += 6 + (data[at + 6] // 2 + 1) * 2
        size = int.from_bytes(data[at : at + 4], "big")
        if number == _IPTC_RESOURCE:
            return data[at + 4 : at + 4 + size]
        at += 4 + (size + 1) // 2 * 2
    return b""


def _extension(main: bytes, segments: list[bytes]) -> bytes:
    """Return the packet that continues ``main``; empty unless all of it is there."""
    named = _EXTENDED.search(main)
    parts: dict[bytes, dict[int, bytes]] = {}
    lengths: dict[bytes, int] = {}
    for data in segments:
        if not data.startswith(_EXTENSION) or len(data) < len(_EXTENSION) + 40:
            continue
        at = len(_EXTENSION)
        guid = data[at : at + 32].upper()
        length, offset = struct.unpack_from(">II", data, at + 32)
        parts.setdefault(guid, {})[offset] = data[at + 40 :]
        lengths[guid] = length
    # Some programs forget to name it; then there is only one to choose.
    guid = named[1].upper() if named else next(iter(parts), b"") if len(parts) == 1 else b""
    if guid not in parts or lengths[guid] > LARGEST:
        return b""
    whole = b"".join(parts[guid][offset] for offset in sorted(parts[guid]))
    return whole if len(whole) == lengths[guid] else b""


def _of_tiff(file: BinaryIO, head: bytes) -> Embedded:
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\x00", b"\x00+")
    pointer, count_code = ("Q", "Q") if big else ("I", "H")
    entry = struct.Struct(f"{order}HH{pointer}{8 if big else 4}s")
    file.seek(8 if big else 4)
    file.seek(_unpack(order + pointer, file))
    packets: list[bytes] = []
    keywords: tuple[str, ...] = ()
    for _ in range(min(_unpack(order + count_code, file), _MOST_PARTS)):
        tag, kind, count, value = entry.unpack(file.read(entry.size))
        if tag not in (_XMP_TAG, _IPTC_TAG):
            continue
        # IPTC is often declared as 32-bit numbers.
        size = count * (4 if kind in (4, 9) else 1)
        if size > LARGEST:
            continue
        here = file.tell()
        if size > len(value):
            file.seek(struct.unpack(order + pointer, value)[0])
            value = file.read(size)
        file.seek(here)
        if tag == _XMP_TAG:
            packets.append(value[:size])
        else:
            keywords = _keywords(_iptc_records(value[:size]))
    return Embedded(tuple(packets), keywords)


def _unpack(code: str, file: BinaryIO) -> int:
    return int(struct.unpack(code, file.read(struct.calcsize(code)))[0])


def _of_boxes(file: BinaryIO) -> list[bytes]:
    """Return the packets in a file's outermost boxes: Canon's CR3, JPEG 2000, JPEG XL."""
    found = []
    end = file.seek(0, io.SEEK_END)
    at = 0
    for _ in range(_MOST_PARTS):
        file.seek(at)
        header = file.read(16)
        if len(header) < 8:
            break
        length, kind = struct.unpack(">I4s", header[:8])
        start = at + 8
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack(">Q", header[8:])
            start = at + 16
        following = at + length if length else end
        size = following - start
        if size < 0 or following > end:
            break
        if kind == b"uuid" and size > 16 and size <= LARGEST:
            file.seek(start)
            if file.read(16) == _XMP_UUID:
                found.append(file.read(size - 16))
        elif kind == b"xml " and size <= LARGEST:
            file.seek(start)
            found.append(file.read(size))
        at = following
    return found


def _iptc_records(data: bytes) -> Mapping[Any, Any]:
    """Parse IPTC's records: 0x1C, record, number, length, text."""
    found: dict[tuple[int, int], list[bytes]] = {}
    at = 0
    while at + 5 <= len(data) and data[at] == 0x1C:
        record, number, length = struct.unpack_from(">BBH", data, at + 1)
        found.setdefault((record, number), []).append(data[at + 5 : at + 5 + length])
        at += 5 + length
    return found


def _keywords(records: Mapping[Any, Any]) -> tuple[str, ...]:
    charset = records.get(_CHARSET)
    utf8 = (charset[0] if isinstance(charset, list) and charset else charset) == _UTF8
    keywords = records.get(_KEYWORDS, [])
    found = []
    for each in keywords if isinstance(keywords, list) else [keywords]:
        if not isinstance(each, bytes):
            continue
        try:
            found.append(each.decode("utf-8"))
        except UnicodeDecodeError:
            found.append(each.decode("utf-8" if utf8 else "latin-1", "replace"))
    return tuple(found)
