"""HEIC and JPEG XL as cameras write them: stored pixels, the format's own turn, and EXIF's.

By programs that only benchmarks and slow tests use: heif-enc and cjxl (Debian: libheif-examples and
libjxl-tools).
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image

from tests import photos

TURNS: Final = {
    1: (),
    2: ((b"imir", 1),),
    3: ((b"irot", 2),),
    4: ((b"imir", 0),),
    5: ((b"irot", 3), (b"imir", 1)),
    6: ((b"irot", 3),),
    7: ((b"irot", 1), (b"imir", 1)),
    8: ((b"irot", 1),),
}
"""HEIF's properties that turn a picture as an EXIF orientation does, in the order to apply."""


def heic(picture: Image.Image, orientation: int) -> bytes:
    """Return a HEIC file of stored pixels, to be turned by an EXIF orientation.

    heif-enc keeps the EXIF of a JPEG but turns nothing, so the properties are added here.
    """
    return turned(_encoded(picture, orientation, ".heic", "heif-enc", "-q", "85"), orientation)


def jxl(picture: Image.Image, orientation: int) -> bytes:
    """Return a JPEG XL file of stored pixels, to be turned by an EXIF orientation."""
    return _encoded(picture, orientation, ".jxl", "cjxl", "-d", "1", "-e", "3", "-j", "0")


def _encoded(picture: Image.Image, orientation: int, suffix: str, *command: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    with tempfile.TemporaryDirectory() as scratch:
        given, made = Path(scratch) / "given.jpg", Path(scratch) / f"made{suffix}"
        given.write_bytes(photos.encoded(picture, "JPEG", quality=95, exif=exif.tobytes()))
        where = [str(given), "-o", str(made)] if suffix == ".heic" else [str(given), str(made)]
        subprocess.run([*command, *where], check=True, capture_output=True)
        return made.read_bytes()


def turned(data: bytes, orientation: int) -> bytes:
    """Return a HEIF file whose picture, the only item of its kind, is turned.

    Args:
        data: As heif-enc writes it: the boxes ftyp, meta, mdat, and no turn yet.
        orientation: EXIF orientation, 1 to 8, that the turn is to be equal to.
    """
    added = TURNS[orientation]
    before, meta, after = _split(data, b"meta", 0)
    growth = 9 * len(added) + len(added)
    inside = meta[12:]
    lead, iprp, rest = _split(inside, b"iprp", 0)
    _, ipco, _ = _split(iprp, b"ipco", 8)
    _, ipma, _ = _split(iprp, b"ipma", 8)
    count = len(_kinds(ipco))
    properties = b"".join(_box(kind, bytes([value])) for kind, value in added)
    places = bytes(0x80 | (count + 1 + at) for at in range(len(added)))
    iprp = _box(b"iprp", _box(b"ipco", ipco[8:], properties), _associated(ipma, places))
    meta = _box(b"meta", meta[8:12], _moved(lead + iprp + rest, growth))
    return before + meta + after


def _box(kind: bytes, *content: bytes) -> bytes:
    joined = b"".join(content)
    return struct.pack(">I4s", len(joined) + 8, kind) + joined


def _split(data: bytes, kind: bytes, at: int) -> tuple[bytes, bytes, bytes]:
    """Return what is before a box, the box, and what is after it."""
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == kind:
            return data[:at], data[at : at + size], data[at + size :]
        at += size
    raise AssertionError(f"no box {kind!r}")


def _kinds(container: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(container):
        found.append(container[at + 4 : at + 8])
        at += int.from_bytes(container[at : at + 4], "big")
    return found


def _associated(ipma: bytes, places: bytes) -> bytes:
    """Associate properties with the first item, which is the picture."""
    version_and_flags, (count, item, amount) = ipma[8:12], struct.unpack_from(">IHB", ipma, 12)
    assert version_and_flags == bytes(4), "only short items and places are known here"
    head = version_and_flags + struct.pack(">IHB", count, item, amount + len(places))
    own = ipma[19 : 19 + amount]
    return _box(b"ipma", head, own, places, ipma[19 + amount :])


def _moved(inside: bytes, by: int) -> bytes:
    """Return the boxes in meta with the places of all content further back."""
    before, iloc, after = _split(inside, b"iloc", 0)
    version, sizes, count = iloc[8], iloc[12:14], int.from_bytes(iloc[14:16], "big")
    assert version <= 1 and sizes == b"\x44\x40", "only heif-enc's form is known here"
    made, at = bytearray(iloc), 16
    for _ in range(count):
        at += 4 if version == 0 else 6
        base, extents = struct.unpack_from(">IH", iloc, at)
        struct.pack_into(">I", made, at, base + by)
        at += 6 + 8 * extents
    return before + bytes(made) + after
