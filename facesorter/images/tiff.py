"""Reader for the directories of TIFF files: which pictures they hold, and where.

Pillow reads pictures and tags. This answers what it can't: whether a camera wrote the file as raw,
whether bytes are missing at its end, how many pages it has; also of BigTIFF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")

NEW_SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 0xFE, 0x100, 0x101, 0x102, 0x103, 0x106
STRIP_OFFSETS, ORIENTATION, SAMPLES, STRIP_SIZES = 0x111, 0x112, 0x115, 0x117
TILE_OFFSETS, TILE_SIZES, SUB_IFDS, ICC = 0x144, 0x145, 0x14A, 0x8773
_CLASSIC, _BIG = ("H", 2, 12, "I", 4), ("Q", 8, 20, "Q", 8)
_INTEGERS = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q", 18: "Q"}
"""TIFF types whose values are read, with their letters in `struct`."""

MOST_DIRECTORIES = 10_000
_MOST_ENTRIES = 1_000
_MOST_VALUES = 1 << 17
"""Limits against damage: more tiles than a picture of 400 megapixels has."""


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: a page, a preview, a sensor's data."""

    tags: dict[int, tuple[int, ...]]
    """Values of integer tags by number; others are present, but empty."""
    complete: bool
    """Whether all directories that it refers to could be read."""

    def one(self, tag: int, default: int = 0) -> int:
        """Return the first value of a tag."""
        return next(iter(self.tags.get(tag, ())), default)

    def end(self) -> int:
        """Return the position in the file after this picture's last byte; 0 if it has none."""
        for offsets, sizes in ((STRIP_OFFSETS, STRIP_SIZES), (TILE_OFFSETS, TILE_SIZES)):
            ends = [
                at + size
                for at, size in zip(
                    self.tags.get(offsets, ()), self.tags.get(sizes, ()), strict=False
                )
            ]
            if ends:
                return max(ends)
        return 0


def pages(data: bytes) -> Iterator[Directory]:
    """Yield the directories that follow each other, without those below them."""
    try:
        yield from _chain(data, _start(data))
    except struct.error:
        return


def pictures(data: bytes) -> Iterator[Directory]:
    """Yield the directories that follow each other, each followed by those below it."""
    for page in pages(data):
        yield page
        for at in page.tags.get(SUB_IFDS, ())[:_MOST_ENTRIES]:
            try:
                below, _ = _directory(data, at)
            except struct.error:
                continue
            yield below


def _unpack(form: str, data: bytes, at: int) -> tuple[int, ...]:
    if at > len(data):  # which may be more than `struct` takes
        raise struct.error("beyond the end")
    return struct.unpack_from(form, data, at)


def _start(data: bytes) -> int:
    order, big = _kind(data)
    return _unpack(order + ("Q" if big else "I"), data, 8 if big else 4)[0]


def _kind(data: bytes) -> tuple[str, bool]:
    if not data.startswith(MAGIC):
        raise struct.error("not a TIFF file")
    return ("<" if data[:2] == b"II" else ">"), b"+" in data[2:4]


def _chain(data: bytes, at: int) -> Iterator[Directory]:
    seen: set[int] = set()
    while at and at not in seen and len(seen) < MOST_DIRECTORIES:
        seen.add(at)
        found, at = _directory(data, at)
        yield found


def _directory(data: bytes, at: int) -> tuple[Directory, int]:
    """Return a directory and the position of the next one; raises struct.error if it is cut."""
    order, big = _kind(data)
    letter, counted, size, offset, _ = _BIG if big else _CLASSIC
    (count,) = _unpack(order + letter, data, at)
    first = at + counted
    tags: dict[int, tuple[int, ...]] = {}
    complete = count <= _MOST_ENTRIES
    for entry in range(first, first + size * min(count, _MOST_ENTRIES), size):
        tag, kind, number = _unpack(order + "HH" + offset, data, entry)
        place = entry + size - struct.calcsize(order + offset)
        letter_of = _INTEGERS.get(kind)
        if letter_of is None or number > _MOST_VALUES:
            tags[tag] = ()
            continue
        if struct.calcsize(letter_of) * number > struct.calcsize(order + offset):
            (place,) = _unpack(order + offset, data, place)
        try:
            tags[tag] = _unpack(f"{order}{number}{letter_of}", data, place)
        except struct.error:
            tags[tag], complete = (), False
    for below in tags.get(SUB_IFDS, ()):
        complete = complete and 0 < below < len(data)
    end = first + size * count
    try:
        (following,) = _unpack(order + offset, data, end)
    except struct.error:
        following = 0
    return Directory(tags, complete), following
