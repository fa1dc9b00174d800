"""The date that camcorders write into the stream of the picture."""

from __future__ import annotations

import io
import random

import pytest

from facesorter.images import avchd, video_headers
from facesorter.images.dates import DateSource
from facesorter.images.metadata import of_video

MARK = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66")
PICTURE, SOUND = 0x1011, 0x1100


def message(zone: int, *date: int) -> bytes:
    """A message with a date in decimal digits: years by two digits, months, and so on."""
    digits = bytes(int(str(part), 16) for part in date)
    entries = [b"\x18" + bytes([zone]) + digits[:3], b"\x19" + digits[3:], b"\x70" + bytes(4)]
    body = MARK + b"MDPM" + bytes([len(entries)]) + b"".join(entries)
    return b"\0\0\0\1\6\5" + bytes([len(body)]) + body.replace(b"\0\0\0", b"\0\0\3\0") + b"\x80"


def stream(content: bytes, *, front: int, filling: int = 0) -> bytes:
    """A transport stream whose packets have some bytes in front, with sound between them."""
    packets = []
    while content:
        room = 184 - (filling + 1 if filling else 0)
        part, content = content[:room], content[room:]
        spare = 184 - len(part)
        field = b"" if not spare else bytes([spare - 1]) + b"\xff" * (spare - 1)
        kind = 0x30 if spare else 0x10
        packets.append(b"\x47" + PICTURE.to_bytes(2, "big") + bytes([kind]) + field + part)
        packets.append(b"\x47" + SOUND.to_bytes(2, "big") + b"\x10" + bytes(184))
    packets += [b"\x47\x1f\xff\x10" + b"\xff" * 184] * 3
    return b"".join(bytes(front) + packet for packet in packets)


@pytest.mark.parametrize("front", [0, 4])
@pytest.mark.parametrize("filling", [0, 120])
def test_the_date_is_read_across_packets(front: int, filling: int) -> None:
    data = stream(bytes(150) + message(2, 20, 11, 12, 13, 14, 15, 16), front=front, filling=filling)
    assert avchd.recorded(data) == "2011-12-13T14:15:16+01:00"
    found = of_video(video_headers.read(io.BytesIO(data)))
    assert found.dates == {DateSource.ORIGINAL: "2011-12-13T14:15:16"}
    assert found.info.utc_offset == 60


@pytest.mark.parametrize(
    ("zone", "expected"),
    [(0, "+00:00"), (0x13, "+09:30"), (0x2A, "-05:00"), (0x42, ""), (0xFF, ""), (0x1E, "")],
)
def test_zones(zone: int, expected: str) -> None:
    data = stream(message(zone, 20, 10, 1, 2, 0, 0, 0), front=4)
    assert avchd.recorded(data) == f"2010-01-02T00:00:00{expected}"


def test_without_a_date_there_is_none() -> None:
    blank = message(0, 20, 10, 1, 2, 3, 4, 5).replace(b"\x18\0\x20\x10", b"\x18\0\xff\xff")
    for content in (bytes(500), blank, MARK + b"MDPM", MARK + b"MDPM\xff"):
        data = stream(content, front=4)
        assert avchd.is_stream(data[:600]) and avchd.recorded(data) is None


def test_damage_is_survived() -> None:
    chance = random.Random(1)
    whole = stream(bytes(150) + message(2, 20, 11, 12, 13, 14, 15, 16), front=4)
    for _ in range(300):
        data = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(3):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        video_headers.read(io.BytesIO(bytes(data)))
