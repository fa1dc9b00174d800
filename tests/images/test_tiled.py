"""A picture read tile by tile is the one that the decoder gives as a whole."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from facesorter.errors import UnreadablePhoto
from facesorter.images import bmff, convert, decode, tiled
from tests import photos

decode.prepare()


def box(kind: bytes, *content: bytes) -> bytes:
    joined = b"".join(content)
    return struct.pack(">I4s", len(joined) + 8, kind) + joined


def full(kind: bytes, version: int, *content: bytes) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]), *content)


def grid_file(
    columns: int, rows: int, size: tuple[int, int], turns: list[bytes], method: int = 0
) -> bytes:
    """A HEIC file whose picture consists of copies of the sample, turned by the given boxes."""
    sample = bmff.read_items(photos.heic())
    assert sample is not None
    tile = sample.content(1)
    kept = [sample.data[each.start : each.end] for each in sample.properties]
    count = columns * rows
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
    properties = [*kept, full(b"ispe", 0, struct.pack(">II", *size)), *turns]
    of_tile = bytes([len(kept), *(0x80 | n + 1 for n in range(len(kept)))])
    of_grid = bytes([1 + len(turns), *(len(kept) + n + 1 for n in range(1 + len(turns)))])
    main = count + 1
    kinds = [
        full(b"infe", 2, struct.pack(">HH", number, 0), b"hvc1", b"\0")
        for number in range(1, count + 1)
    ]
    kinds.append(full(b"infe", 2, struct.pack(">HH", main, 0), b"grid", b"\0"))
    associations = [struct.pack(">H", number) + of_tile for number in range(1, count + 1)]
    associations.append(struct.pack(">H", main) + of_grid)
    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(begin: int) -> bytes:
        places = [
            struct.pack(">HHHHII", number, 0, 0, 1, begin, len(tile))
            for number in range(1, count + 1)
        ]
        at = 0 if method else begin + len(tile)
        places.append(struct.pack(">HHHHII", main, method, 0, 1, at, len(grid)))
        return full(
            b"meta",
            0,
            full(b"hdlr", 0, bytes(4) + b"pict" + bytes(13)),
            full(b"pitm", 0, struct.pack(">H", main)),
            full(b"iinf", 0, struct.pack(">H", len(kinds)), *kinds),
            box(
                b"iprp",
                box(b"ipco", *properties),
                full(b"ipma", 0, struct.pack(">I", len(associations)), *associations),
            ),
            full(b"iloc", 1, struct.pack(">BBH", 0x44, 0, main), *places),
            box(b"idat", grid),
            full(
                b"iref",
                0,
                box(b"dimg", struct.pack(f">HH{count}H", main, count, *range(1, count + 1))),
            ),
        )

    begin = len(head) + len(meta(0)) + 8
    return head + meta(begin) + box(b"mdat", tile, grid)


IROT = [box(b"irot", bytes([quarters])) for quarters in range(4)]
IMIR = [box(b"imir", bytes([axis])) for axis in range(2)]


def whole(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=["HEIF"]) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize(
    "turns",
    [
        [],
        *([turn] for turn in IROT),
        *([mirror] for mirror in IMIR),
        *([turn, mirror] for turn in IROT for mirror in IMIR),
        *([mirror, turn] for turn in IROT for mirror in IMIR),
    ],
    ids=lambda turns: "-".join(turn[4:8].decode() + str(turn[8]) for turn in turns) or "plain",
)
def test_turned_and_cropped_as_the_decoder_does(turns: list[bytes]) -> None:
    data = grid_file(3, 2, (270, 120), turns)
    image = tiled.open_tiled(data)
    assert image is not None
    pixels = convert.turn(np.asarray(image.crop()), image.orientation)
    assert np.array_equal(pixels, whole(data))


def test_parts() -> None:
    data = grid_file(3, 2, (270, 120), [], method=1)
    image, expected = tiled.open_tiled(data), whole(data)
    assert image is not None
    for left, top, right, bottom in [(0, 0, 270, 15), (90, 60, 100, 70), (200, 0, 270, 120)]:
        part = np.asarray(image.crop((left, top, right, bottom)))
        assert np.array_equal(part, expected[top:bottom, left:right])


def test_a_large_picture_of_tiles_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facesorter.images.decoders.inside", True)
    data = grid_file(3, 2, (270, 120), [IROT[3]])
    usual = decode.load_upright(data, long_side=90)
    monkeypatch.setattr(decode, "LARGE", 1000)
    by_tiles = decode.load_upright(data, long_side=90)
    assert (by_tiles.width, by_tiles.height, by_tiles.orientation) == (120, 270, 1)
    assert by_tiles.pixels.shape == usual.pixels.shape == (90, 40, 3)
    assert np.abs(by_tiles.pixels.astype(int) - usual.pixels).max() <= 8
    with decode.open_full(data) as full:
        assert (full.width, full.height, full.scale) == (120, 270, 1)
        assert np.array_equal(full.read(10, 20, 100, 200), whole(data)[20:220, 10:110])


def test_no_more_than_the_tiles_hold() -> None:
    items = bmff.read_items(grid_file(3, 2, (400, 120), []))
    assert items is not None
    assert bmff.read_grid(items) is None


def test_a_damaged_tile_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facesorter.images.decoders.inside", True)
    monkeypatch.setattr(decode, "LARGE", 1000)
    data = bytearray(grid_file(3, 2, (270, 120), []))
    at = data.index(b"mdat") + 4
    data[at:] = bytes(len(data) - at - 8) + data[-8:]
    with pytest.raises(UnreadablePhoto, match="damaged"):
        decode.load_upright(bytes(data), long_side=None)
