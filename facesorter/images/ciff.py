"""Reader for CIFF, the layout of Canon's CRW files (2000 to 2004), which has no TIFF and no EXIF.

A file is a heap: its last four bytes say where its table is, whose entries may be heaps in turn.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator

from PIL import Image

MAGIC = b"HEAPCCDR"
MAGIC_AT = 6

_MAKE_AND_MODEL, _TAKEN, _SHAPE = 0x080A, 0x180E, 0x1810
_HEAPS = (0x2800, 0x3000)
_KIND, _STORED_HERE = 0x3800, 0x4000
_DEEPEST, _MOST_ENTRIES = 4, 500
_MAKE, _MODEL, _ORIENTATION, _ORIGINAL = 0x010F, 0x0110, 0x0112, 0x9003
_TURNED = {0: 1, 90: 6, 180: 3, 270: 8}


def exif(data: bytes) -> Image.Exif:
    """Return make, model, orientation and date as EXIF tags; damaged ones are left out."""
    tags = Image.Exif()
    try:
        (start,) = struct.unpack_from("<I", data, 2)
        records = dict(_records(data, start, len(data), 0))
    except struct.error:
        return tags
    names = records.get(_MAKE_AND_MODEL, b"").split(b"\x00")
    if len(names) > 1 and all(names[:2]):
        tags[_MAKE], tags[_MODEL] = (name.decode("latin-1") for name in names[:2])
    if taken := _number(records.get(_TAKEN, b""), 0):
        # Seconds of the camera's own clock, which knows no zone.
        at = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=taken)
        tags[_ORIGINAL] = at.strftime("%Y:%m:%d %H:%M:%S")
    tags[_ORIENTATION] = _TURNED.get((_number(records.get(_SHAPE, b""), 3)) % 360, 1)
    return tags


def _records(data: bytes, start: int, end: int, depth: int) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of all records in a heap and in those inside it."""
    table = start + struct.unpack_from("<I", data, end - 4)[0]
    (count,) = struct.unpack_from("<H", data, table)
    for entry in range(min(count, _MOST_ENTRIES)):
        at = table + 2 + 10 * entry
        kind, size, offset = struct.unpack_from("<HII", data, at)
        if kind & _STORED_HERE:
            yield kind & 0x3FFF, data[at + 2 : at + 10]
        elif kind & _KIND in _HEAPS and depth < _DEEPEST:
            try:
                yield from _records(data, start + offset, start + offset + size, depth + 1)
            except struct.error:  # one broken heap must not hide the others
                continue
        else:
            yield kind & 0x3FFF, data[start + offset : start + offset + min(size, 4096)]


def _number(content: bytes, index: int) -> int:
    return (
        int(struct.unpack_from("<i", content, 4 * index)[0]) if len(content) > 4 * index + 3 else 0
    )
