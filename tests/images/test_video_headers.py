"""What videos say about themselves: dates, turns, places, colors; and lies."""

from __future__ import annotations

import csv
import io
import random
import struct
import time
from pathlib import Path

import pytest

from facesorter.images import metadata, video_headers
from facesorter.images.dates import DateSource
from facesorter.images.video_headers import VideoHeader
from tests.support.quicktime import UTC, apple, box, movie, mvhd, tkhd, track


def read(data: bytes) -> VideoHeader:
    return video_headers.read(io.BytesIO(data))


@pytest.mark.parametrize("version", [0, 1])
def test_quicktime_tells_length_turn_and_time(version: int) -> None:
    head = tkhd(1920, 1080, (0, 1, -1, 0))
    found = read(movie(mvhd(UTC, 2700, version=version), track(head)))
    assert found.duration == 4.5
    assert (found.width, found.height, found.rotation) == (1080, 1920, 90)
    assert found.created == UTC - 2_082_844_800


def test_a_phone_tells_local_time_camera_and_place() -> None:
    keys = apple(
        creationdate="2019-07-24T11:25:25+0300",
        make="Apple",
        model="iPhone 6",
        **{"location.ISO6709": "+32.0929-034.8620+015.500/"},
    )
    of_file = metadata.of_video(read(movie(mvhd(UTC, 600), keys)))
    assert of_file.dates[DateSource.ORIGINAL] == "2019-07-24T11:25:25"
    info = of_file.info
    assert (info.utc_offset, info.camera) == (180, "Apple iPhone 6")
    assert (info.latitude, info.longitude, info.altitude) == (32.0929, -34.862, 15.5)


def test_the_creation_time_is_marked_as_universal() -> None:
    header = read(movie(mvhd(UTC, 600)))
    assert metadata.of_video(header).dates == {DateSource.VIDEO: "2019-07-24T08:25:25Z"}


@pytest.mark.parametrize("created", [0, 1, 2**32 - 1])
def test_a_clock_that_was_never_set_is_no_date(created: int) -> None:
    assert "2019" not in str(metadata.of_video(read(movie(mvhd(created, 600)))).dates)
    assert read(movie(mvhd(0, 600))).created is None


def test_hdr_is_recognized() -> None:
    colr = box(b"colr", b"nclx", struct.pack(">HHHB", 9, 18, 9, 0))
    found = read(movie(track(tkhd(64, 48), colr)))
    assert (found.primaries, found.transfer) == (9, 18)


def test_matroska() -> None:
    def element(number: int, content: bytes) -> bytes:
        name = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return name + struct.pack(">I", 0x10000000 | len(content)) + content

    info = (
        element(0x2AD7B1, (1_000_000).to_bytes(3, "big"))
        + element(0x4489, struct.pack(">d", 13_699.0))
        + element(0x4461, struct.pack(">q", 570_000_000 * 10**9))
    )
    video = element(0xE0, element(0xB0, b"\x05\x00") + element(0xBA, b"\x02\xd0"))
    tracks = element(0x1654AE6B, element(0xAE, video))
    found = read(element(0x1A45DFA3, b"") + element(0x18538067, element(0x1549A966, info) + tracks))
    assert found.duration == 13.699
    assert (found.width, found.height) == (1280, 720)
    assert found.created == 978_307_200 + 570_000_000


@pytest.mark.parametrize(
    ("written", "date"),
    [
        (b"MON MAR 10 15:04:43 2003\n\x00", "2003-03-10T15:04:43"),
        (b"2005/08/17/ 11:42:43\x00", "2005-08-17T11:42:43"),
        (b"nonsense", None),
    ],
)
def test_cameras_date_in_avi(written: bytes, date: str | None) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("<I", len(content)) + content + b"\x00" * (len(content) % 2)

    avih = struct.pack("<10I", 66_667, 0, 0, 0, 41, 0, 1, 0, 320, 240) + bytes(16)
    lists = chunk(b"LIST", b"hdrl" + chunk(b"avih", avih) + chunk(b"IDIT", written))
    found = read(b"RIFF" + struct.pack("<I", len(lists) + 4) + b"AVI " + lists)
    assert (found.width, found.height, round(found.duration or 0, 3)) == (320, 240, 2.733)
    assert metadata.of_video(found).dates.get(DateSource.ORIGINAL) == date


def test_damage_is_left_out_and_takes_no_time() -> None:
    head = tkhd(1920, 1080)
    whole = movie(mvhd(UTC, 2700), track(head), apple(model="iPhone 6"))
    for length in range(0, len(whole), 7):
        read(whole[:length])
    chance = random.Random(1)
    begun = time.monotonic()
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(4):
            data[chance.randrange(len(data))] = chance.randrange(256)
        read(bytes(data))
    endless = box(b"ftyp", b"qt  ") + box(b"moov", box(b"free") * 100_000)
    assert read(endless) == VideoHeader()
    nested = b""
    for _ in range(2_000):
        nested = box(b"trak", box(b"mdia", nested))
    read(movie(nested))
    assert time.monotonic() - begun < 20


def test_as_exiftool_reads_them(shared_photos: Path) -> None:
    with (shared_photos / "videos" / "truth.csv").open(encoding="utf-8") as rows:
        truth = {row["FileName"]: row for row in csv.DictReader(rows)}
    names = [name for name in truth if not name.endswith((".csv", ".HEIC"))]
    assert len(names) > 10
    for name in names:
        with (shared_photos / "videos" / name).open("rb") as file:
            found = video_headers.read(file)
        row = truth[name]
        wide, high = sorted(map(int, row["ImageSize"].split("x")))
        assert sorted((found.width, found.height)) == [wide, high], name
        if row["Rotation"]:
            assert found.rotation == int(row["Rotation"]), name
        made = row["MediaCreateDate"]
        if made and not made.startswith("0000"):
            at = metadata.utc_time(found.created or 0)
            assert at == made.replace(":", "-", 2).replace(" ", "T"), name
