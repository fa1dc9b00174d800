"""The moving part of a photo: the seconds of video that phones record around it.

Google's and Samsung's phones append it to the JPEG or HEIC file (Motion Photo format 1.0, and what
came before it), Apple's write a MOV file of the same name.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from facesorter.images import video_headers

HEAD = 1 << 18
"""Bytes in which the XMP packet is looked for: JPEG's stands in the first 64 KiB segments."""
LARGEST = 64 << 20
"""Bytes of a moving part; usual are 2 to 10 MB for three seconds."""
MOST_BOXES = 64

_MICRO = re.compile(rb"MicroVideoOffset(?:=\"|>)(\d{1,10})")
_ITEM = re.compile(rb"<(?:Container:Item|rdf:li)\b[^>]*?MotionPhoto[^>]*>", re.DOTALL)
_LENGTH = re.compile(rb"Item:Length=\"(\d{1,10})\"")
_SAMSUNG = 0x0A30
"""The type of a moving part in Samsung's trailer, which ends with "SEFT"."""
_BESIDE = (".MOV", ".mov", "_HEVC.MOV", "_HEVC.mov")
"""What stands in place of the photo's suffix, by Apple's phones and what copies from them."""
SECONDS = 6.0
"""Length up to which such a file is a moving part; a camera may number photos and videos alike."""
_STILLS = (".heic", ".heif", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Motion:
    """Where a moving part is."""

    path: Path
    start: int
    """Byte at which the video begins, 0 in a file of its own."""
    length: int


def find(path: Path) -> Motion | None:
    """Find the moving part of a photo, in its file or beside it. Thread: any; blocks shortly."""
    if path.suffix.lower() not in _STILLS:
        return None
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            for start, length in _candidates(file, size):
                if 0 < start < size and 8 < length <= LARGEST and start + length <= size:
                    file.seek(start + 4)
                    if file.read(4) == b"ftyp":
                        return Motion(path, start, length)
        return _beside(path)
    except (OSError, struct.error):
        return None


def is_moving_part(path: Path) -> bool:
    """Return whether a video is the moving part of a photo beside it. Thread: any; blocks shortly.

    Its people are the photo's; to look for them in both would count them twice.
    """
    stem = next((path.name.removesuffix(end) for end in _BESIDE if path.name.endswith(end)), None)
    if stem is None:
        return False
    stem = stem.removesuffix("_HEVC")
    try:
        stills = (
            path.with_name(stem + end) for suffix in _STILLS for end in (suffix, suffix.upper())
        )
        return any(
            still.is_file() and (found := _beside(still)) is not None and found.path.samefile(path)
            for still in stills
        )
    except (OSError, struct.error):
        return False


def read(motion: Motion) -> bytes:
    """Return the video, as a whole MP4 or MOV file. Thread: any; blocks.

    Raises:
        OSError: The file can't be read.
    """
    with motion.path.open("rb") as file:
        file.seek(motion.start)
        return file.read(motion.length)


def _candidates(file: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Yield where the file says that a video may begin, and how long it is."""
    head = file.read(HEAD)
    if match := _MICRO.search(head):
        yield size - int(match[1]), int(match[1])
    for item in _ITEM.findall(head):
        if match := _LENGTH.search(item):
            # It is the last item, maybe before Samsung's trailer; the box says it better in HEIC.
            yield size - int(match[1]), int(match[1])
    if head[4:8] == b"ftyp":
        yield from _in_boxes(file, size)
    yield from _in_trailer(file, size)


def _in_boxes(file: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    at = 0
    for _ in range(MOST_BOXES):
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            head = 16
        if kind == b"mpvd":
            yield at + head, (length or size - at) - head
        if length < head or at + length >= size:
            return
        at += length


def _in_trailer(file: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Read Samsung's directory of what it appended: type, distance before it, and size of each."""
    if size < 20:
        return
    file.seek(size - 8)
    length, mark = struct.unpack("<I4s", file.read(8))
    if mark != b"SEFT" or not 12 <= length <= 4096:
        return
    directory = size - 8 - length
    file.seek(directory)
    data = file.read(length)
    if data[:4] != b"SEFH":
        return
    (count,) = struct.unpack_from("<I", data, 8)
    for number in range(min(count, MOST_BOXES)):
        kind, before, part = struct.unpack_from("<2xHII", data, 12 + 12 * number)
        if kind != _SAMSUNG or before > directory:
            continue
        file.seek(directory - before)
        inside = file.read(64).find(b"ftyp")
        if inside >= 4:
            yield directory - before + inside - 4, part - inside + 4


def _beside(path: Path) -> Motion | None:
    for ending in _BESIDE:
        other = path.with_name(path.stem + ending)
        if other.is_file() and (length := other.stat().st_size) <= LARGEST:
            with other.open("rb") as file:
                if (video_headers.read(file).duration or 0) <= SECONDS:
                    return Motion(other, 0, length)
    return None
