"""QuickTime files without pictures, box by box."""

from __future__ import annotations

import struct

UTC = 3_646_801_525
"""2019-07-24 08:25:25 UTC in seconds since 1904."""


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def mvhd(created: int, duration: int, scale: int = 600, *, version: int = 0) -> bytes:
    form = ">BxxxQQIQ" if version else ">BxxxIIII"
    return box(b"mvhd", struct.pack(form, version, created, created, scale, duration), bytes(80))


def tkhd(width: int, height: int, matrix: tuple[int, int, int, int] = (1, 0, 0, 1)) -> bytes:
    a, b, c, d = (value << 16 for value in matrix)
    turned = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return box(b"tkhd", bytes(40), turned, struct.pack(">II", width << 16, height << 16))


def track(head: bytes, colr: bytes = b"") -> bytes:
    entry = box(b"hvc1", bytes(78), colr)
    stbl = box(b"stbl", box(b"stsd", bytes(4), struct.pack(">I", 1), entry))
    handler = box(b"hdlr", bytes(8), b"vide", bytes(12))
    return box(b"trak", head, box(b"mdia", handler, box(b"minf", stbl)))


def apple(**texts: str) -> bytes:
    keys = b"".join(box(b"mdta", f"com.apple.quicktime.{key}".encode()) for key in texts)
    items = b"".join(
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0), text.encode()))
        for number, text in enumerate(texts.values(), 1)
    )
    return box(
        b"meta",
        box(b"hdlr", bytes(24)),
        box(b"keys", bytes(4), struct.pack(">I", len(texts)), keys),
        box(b"ilst", items),
    )


def movie(*parts: bytes) -> bytes:
    return box(b"ftyp", b"qt  ", bytes(4)) + box(b"mdat", bytes(100)) + box(b"moov", *parts)
