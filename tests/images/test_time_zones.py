"""How far a photo's clock was from universal time."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from facesorter.images import time_zones
from facesorter.images.metadata import read_metadata

TAKEN = "2019:07:05 14:05:00"


def offset(
    inner: dict[int, Any], gps: dict[int, Any] | None = None, xmp: bytes = b"", modified: str = ""
) -> int | None:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update(inner)
    exif.get_ifd(0x8825).update(gps or {})
    if modified:
        exif[0x0132] = modified
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif, xmp=xmp)
    return read_metadata(out.getvalue()).info.utc_offset


def packet(date: str) -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:DateTimeOriginal="'
        + date.encode()
        + b'"/></rdf:RDF></x:xmpmeta>'
    )


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("+09:00", 540),
        ("-03:30", -210),
        ("-0800", -480),
        ("Z", 0),
        ("+00:00", 0),
        (b"+05:45\x00", 345),
        ("+09:07", None),
        ("+25:00", None),
        ("   :  ", None),
        ("", None),
        (None, None),
        (9, None),
    ],
)
def test_offsets_as_written(text: object, minutes: int | None) -> None:
    assert time_zones.parse(text) == minutes


@pytest.mark.parametrize(
    ("utc", "minutes"),
    [
        ("2019-07-05T05:05:00", 540),
        ("2019-07-05T05:06:30", 540),
        ("2019-07-06T00:05:00", -600),
        ("2019-07-05T14:05:00", 0),
        ("2019-07-05T08:20:00", 345),
        ("2019-07-05T05:00:00", None),
        ("2019-07-05T05:20:00", 525),
        ("2019-07-05T05:35:00", None),
        ("2019-07-01T05:05:00", None),
        ("2019-07-05", None),
        (None, None),
    ],
)
def test_the_satellites_tell_the_zone(utc: str | None, minutes: int | None) -> None:
    assert time_zones.by_gps("2019-07-05T14:05:00", utc) == minutes


def test_exif_says_it_of_the_date_taken() -> None:
    gps = {7: (5.0, 5.0, 0.0), 29: "2019:07:05"}
    assert offset({0x9003: TAKEN, 0x9011: "+02:00"}) == 120
    assert offset({0x9004: TAKEN, 0x9012: "+02:00"}) == 120
    assert offset({0x9003: TAKEN, 0x9011: "+02:00"}, gps) == 120, "what the camera says goes first"
    assert offset({0x9003: TAKEN}, gps) == 540
    assert offset({0x9003: TAKEN}) is None
    assert offset({0x9011: "+02:00"}) is None, "there is no date that it could belong to"


def test_the_zone_of_an_edit_is_not_the_photos() -> None:
    assert offset({0x9003: TAKEN, 0x9010: "+02:00"}, modified=TAKEN) == 120
    assert offset({0x9003: TAKEN, 0x9010: "+02:00"}, modified="2020:01:01 10:00:00") is None


def test_xmp_says_it_of_the_same_moment() -> None:
    assert offset({0x9003: TAKEN}, xmp=packet("2019-07-05T14:05:00+09:00")) == 540
    assert offset({0x9003: TAKEN}, xmp=packet("2019-07-05T14:05:00.25-07:00")) == -420
    assert offset({0x9003: TAKEN}, xmp=packet("2019-07-05T05:05:00Z")) is None
    assert offset({}, xmp=packet("2019-07-05T14:05:00+09:00")) == 540
    assert offset({}, xmp=packet("2019-07-05T14:05:00")) is None
