"""Boxes of HEIC and AVIF files (ISO/IEC 14496-12 and 23008-12), read without decoding pixels.

Tells the size of the picture, and takes out the tiles that large ones consist of, each as a small
file of its own: decoders give only the whole picture, and one of 200 megapixels takes a gigabyte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_TILES = 65_536
"""Tiles of the largest grid that the format has room for: 256 by 256."""

_CODED = (b"hvc1", b"av01")
_MIRRORED = {1: 2, 3: 4, 6: 5, 8: 7}
"""EXIF orientation of a turned picture that is then mirrored left to right."""


class Box(NamedTuple):
    """Where the content of a box is."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A picture that consists of tiles of one size."""

    width: int
    height: int
    """Size in pixels before it is turned; the last tiles may extend beyond it."""
    columns: int
    rows: int
    tile_width: int
    tile_height: int
    tiles: tuple[int, ...]
    """Items row by row."""
    orientation: int
    """EXIF orientation that the tiles have in common, 1 to 8."""


@dataclass(slots=True)
class Items:
    """The items of a file and what belongs to them."""

    data: bytes
    primary: int | None = None
    kinds: dict[int, bytes] = field(default_factory=dict)
    properties: list[Box] = field(default_factory=list)
    """With their headers."""
    associated: dict[int, list[int]] = field(default_factory=dict)
    """Places in ``properties`` by item, the first is 0."""
    places: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Start and length of the parts of each item's data."""
    sources: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """What an item is derived from."""

    def of(self, item: int, *kinds: bytes) -> list[Box]:
        """Return an item's properties of some kinds."""
        boxes = self.associated.get(item, ())
        found = [self.properties[place] for place in boxes if place < len(self.properties)]
        return [box for box in found if box.kind in kinds]

    def size(self, item: int | None) -> tuple[int, int] | None:
        """Return an item's width and height, before it is turned."""
        for box in self.of(item, b"ispe") if item is not None else ():
            width, height = struct.unpack_from(">II", self.data, box.start + 12)
            return int(width), int(height)
        return None

    def content(self, item: int) -> bytes:
        """Return an item's data; ValueError if its parts overlap so that it is larger than all."""
        parts = self.places.get(item, ())
        if sum(size for _, size in parts) > len(self.data):
            raise ValueError("an item is larger than its file")
        return b"".join(self.data[at : at + size] for at, size in parts)


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Give the boxes between two places, one inside the other is not; ends at nonsense."""
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= end:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        yield Box(kind, at + head, at + size)
        at += size


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Return the width and height that a file says it has; None if it says nothing."""
    items = read_items(data)
    if items is None:
        return None
    size = items.size(items.primary)
    if size is not None:
        return size
    sizes = [
        struct.unpack_from(">II", data, box.start + 12)
        for box in items.properties
        if box.kind == b"ispe" and box.end - box.start >= 20
    ]
    return max(sizes, key=lambda each: each[0] * each[1], default=None)


def turn(data: bytes) -> int:
    """Return how a picture is turned by its format, as an EXIF orientation; 1 if it isn't."""
    items = read_items(data)
    if items is None or items.primary is None:
        return 1
    try:
        return _orientation(items, items.primary)
    except IndexError:
        return 1


def read_items(data: bytes) -> Items | None:
    """Read what a file says about its items; None if it has none or is damaged."""
    try:
        for box in boxes(data, 0, len(data)):
            if box.kind == b"meta":
                return _of_meta(data, box)
    except (struct.error, IndexError, OverflowError):
        pass
    return None


def _of_meta(data: bytes, meta: Box) -> Items:
    items = Items(data)
    inside = {box.kind: box for box in boxes(data, meta.start + 4, meta.end)}
    if b"pitm" in inside:
        at = inside[b"pitm"].start
        items.primary = _number(data, at + 4, 4 if data[at] else 2)
    if b"iinf" in inside:
        _read_kinds(items, inside[b"iinf"])
    if b"iprp" in inside:
        _read_properties(items, inside[b"iprp"])
    if b"iloc" in inside:
        idat = inside.get(b"idat")
        _read_places(items, inside[b"iloc"], idat)
    if b"iref" in inside:
        _read_sources(items, inside[b"iref"])
    return items


def _number(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + size], "big")


def _read_kinds(items: Items, iinf: Box) -> None:
    data = items.data
    first = iinf.start + (6 if data[iinf.start] == 0 else 8)
    for box in boxes(data, first, iinf.end):
        version = data[box.start]
        if box.kind == b"infe" and version >= 2:
            wide = 2 if version == 2 else 4
            at = box.start + 4 + wide + 2
            items.kinds[_number(data, box.start + 4, wide)] = data[at : at + 4]


def _read_properties(items: Items, iprp: Box) -> None:
    data = items.data
    for box in boxes(data, iprp.start, iprp.end):
        if box.kind == b"ipco":
            items.properties = [
                Box(each.kind, each.start - 8, each.end) for each in boxes(data, box.start, box.end)
            ]
        elif box.kind == b"ipma":
            _read_associations(items, box)


def _read_associations(items: Items, ipma: Box) -> None:
    data, at = items.data, ipma.start
    wide, long = (4 if data[at] else 2), (2 if data[at + 3] & 1 else 1)
    count, at = _number(data, at + 4, 4), at + 8
    for _ in range(min(count, ipma.end)):
        item, at = _number(data, at, wide), at + wide
        amount, at = data[at], at + 1
        mask = 0x7FFF if long == 2 else 0x7F
        places = [_number(data, at + n * long, long) & mask for n in range(amount)]
        items.associated[item] = [place - 1 for place in places if place]
        at += amount * long
        if at > ipma.end:
            return


def _read_places(items: Items, iloc: Box, idat: Box | None) -> None:
    data, at = items.data, iloc.start
    version = data[at]
    offset_size, length_size = data[at + 4] >> 4, data[at + 4] & 15
    base_size, index_size = data[at + 5] >> 4, (data[at + 5] & 15 if version else 0)
    wide = 4 if version == 2 else 2
    count, at = _number(data, at + 6, wide), at + 6 + wide
    for _ in range(min(count, iloc.end)):
        item, at = _number(data, at, wide), at + wide
        method = 0
        if version:
            method, at = _number(data, at, 2) & 15, at + 2
        at += 2
        base, at = _number(data, at, base_size), at + base_size
        extents, at = _number(data, at, 2), at + 2
        if not (index_size or offset_size or length_size):
            extents = min(extents, 1)  # all would be the same, and take no room
        if method == 1:
            base += idat.start if idat else 0
        parts = []
        for _ in range(extents):
            at += index_size
            start, at = base + _number(data, at, offset_size), at + offset_size
            length, at = _number(data, at, length_size), at + length_size
            parts.append((start, length))
            if at > iloc.end:
                return
        if method in (0, 1):
            items.places[item] = parts


def _read_sources(items: Items, iref: Box) -> None:
    data = items.data
    wide = 4 if data[iref.start] else 2
    for box in boxes(data, iref.start + 4, iref.end):
        if box.kind == b"dimg":
            at = box.start
            item, count = _number(data, at, wide), _number(data, at + wide, 2)
            at += wide + 2
            items.sources[item] = tuple(
                _number(data, at + n * wide, wide) for n in range(min(count, MOST_TILES))
            )


def read_grid(items: Items) -> Grid | None:
    """Return the grid that the picture consists of; None if it doesn't, or is an odd one."""
    item = items.primary
    if item is None or items.kinds.get(item) != b"grid" or items.of(item, b"clap"):
        return None
    try:
        content = items.content(item)
        rows, columns = content[2] + 1, content[3] + 1
        width, height = struct.unpack_from(">II" if content[1] & 1 else ">HH", content, 4)
    except (struct.error, IndexError, ValueError):
        return None
    tiles = items.sources.get(item, ())
    sizes = {items.size(tile) for tile in tiles}
    size = next(iter(sizes), None)
    if len(tiles) != rows * columns or len(sizes) != 1 or size is None or 0 in size:
        return None
    if any(items.kinds.get(tile) not in _CODED for tile in tiles):
        return None
    if size[0] * columns < width or size[1] * rows < height or 0 in (width, height):
        return None
    return Grid(width, height, columns, rows, *size, tiles, _orientation(items, item))


def _orientation(items: Items, item: int) -> int:
    """Return the EXIF orientation for a picture's turn and mirror image, in their order."""
    found = 1
    for box in items.of(item, b"irot", b"imir"):
        value = items.data[box.start + 8]
        if box.kind == b"irot":
            found = _turned_left(found, value & 3)
        else:
            # 0 mirrors top to bottom, which is left to right and half a turn.
            found = _turned_left(_mirror(found), 0 if value & 1 else 2)
    return found


def _mirror(orientation: int) -> int:
    """Mirror left to right a picture that is shown in an orientation."""
    back = {shown: plain for plain, shown in _MIRRORED.items()}
    return _MIRRORED.get(orientation) or back[orientation]


def _turned_left(orientation: int, quarters: int) -> int:
    plain = (1, 8, 3, 6)
    mirrored = (2, 5, 4, 7)
    order = plain if orientation in plain else mirrored
    return order[(order.index(orientation) + quarters) % 4]


def tile_file(items: Items, tile: int) -> bytes:
    """Return a file whose picture is one tile."""
    content, kind = items.content(tile), items.kinds[tile]
    kept = [
        items.data[box.start : box.end]
        for box in (items.properties[place] for place in items.associated.get(tile, ()))
        if box.kind not in (b"irot", b"imir", b"clap")
    ]
    essential = b"".join(bytes([0x80 | (place + 1)]) for place in range(len(kept)))
    inside = [
        _full(b"hdlr", 0, bytes(4) + b"pict" + bytes(13)),
        _full(b"pitm", 0, struct.pack(">H", 1)),
        _full(
            b"iinf",
            0,
            struct.pack(">H", 1),
            _full(b"infe", 2, struct.pack(">HH", 1, 0), kind, b"\0"),
        ),
        _box(
            b"iprp",
            _box(b"ipco", *kept),
            _full(b"ipma", 0, struct.pack(">IHB", 1, 1, len(kept)), essential),
        ),
    ]
    head = _box(
        b"ftyp", b"heic" if kind == b"hvc1" else b"avif", bytes(4), b"mif1", b"heic", b"avif"
    )

    def meta(offset: int) -> bytes:
        places = struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, offset, len(content))
        return _full(b"meta", 0, *inside, _full(b"iloc", 0, places))

    begin = len(head) + len(meta(0)) + 8
    return b"".join((head, meta(begin), _box(b"mdat", content)))


def _box(kind: bytes, *content: bytes) -> bytes:
    joined = b"".join(content)
    return struct.pack(">I4s", len(joined) + 8, kind) + joined


def _full(kind: bytes, version: int, *content: bytes) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]), *content)
