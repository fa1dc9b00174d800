"""Copies in another format or size: pixels, metadata, colors."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from facesorter.errors import UserError
from facesorter.images import decode
from facesorter.images.copy_options import CopyFormat, CopyOptions
from facesorter.images.copying import converted
from tests import photos

RED, GREEN = (200, 30, 30), (30, 160, 60)
GPS = {1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (11.0, 30.0, 0.0)}
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    b'tiff:Orientation="6" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
)


def original(orientation: int = 1, xmp: bytes = b"", **more: Any) -> bytes:
    """A JPEG, stored 400 by 200, whose stored left half is red."""
    pixels = np.full((200, 400, 3), GREEN, np.uint8)
    pixels[:, :200] = RED
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = orientation, "Canon"
    inner = tags.get_ifd(0x8769)
    inner[0x9003], inner[0x829D], inner[0x927C] = "2019:06:28 12:00:00", 2.8, b"maker's own"
    tags.get_ifd(0x8825).update(GPS)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", exif=tags, xmp=xmp, quality=95, **more)
    return out.getvalue()


@pytest.mark.parametrize("form", [CopyFormat.JPEG, CopyFormat.PNG])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_copy_is_upright_and_keeps_what_was_recorded(form: CopyFormat, orientation: int) -> None:
    data = original(orientation)
    copy = converted(data, CopyOptions(form))
    with Image.open(io.BytesIO(copy)) as image:
        tags = image.getexif()
        assert tags.get(0x0112) == 1 and tags.get(0x010F) == "Canon"
        inner = tags.get_ifd(0x8769)
        assert inner[0x9003] == "2019:06:28 12:00:00" and float(inner[0x829D]) == 2.8
        assert (inner[0xA002], inner[0xA003]) == image.size
        assert dict(tags.get_ifd(0x8825)) == GPS
        shown = np.asarray(image.convert("RGB"), np.int16)
    wanted = decode.load_upright(data, long_side=None).pixels.astype(np.int16)
    assert shown.shape == wanted.shape
    assert abs(shown - wanted).mean() < 3


@pytest.mark.parametrize("side", [100, 399, 400, 5000])
def test_a_copy_is_made_smaller_but_never_larger(side: int) -> None:
    with Image.open(io.BytesIO(converted(original(), CopyOptions(CopyFormat.JPEG, side)))) as image:
        assert max(image.size) == min(side, 400)


@pytest.mark.parametrize(
    "tag",
    ["exif:GPSLatitude", "photoshop:City", "photoshop:Country", "Iptc4xmpCore:Location"],
)
def test_location_is_left_out_on_request(tag: str) -> None:
    options = CopyOptions(CopyFormat.JPEG, location=False)
    xmp = XMP.replace(b'xmp:Rating="4"', tag.encode() + b'="48,12N"')
    copy = converted(original(xmp=xmp), options)
    with Image.open(io.BytesIO(copy)) as image:
        assert not image.getexif().get_ifd(0x8825)
    assert b"GPS" not in copy and b"48,12" not in copy


def test_xmp_is_kept_with_the_orientation_of_the_copy() -> None:
    copy = converted(original(6, XMP), CopyOptions(CopyFormat.JPEG))
    assert b'xmp:Rating="4"' in copy
    assert b'tiff:Orientation="1"' in copy and b'tiff:Orientation="6"' not in copy


def test_regions_that_the_turn_made_wrong_are_left_out() -> None:
    regions = XMP.replace(b"/></rdf:RDF>", b' mwg-rs:Name="Anna"/></rdf:RDF>')
    assert b"Anna" not in converted(original(6, regions), CopyOptions(CopyFormat.JPEG))
    assert b"Anna" in converted(original(1, regions), CopyOptions(CopyFormat.JPEG))


def test_a_profile_is_kept_with_the_pixels_it_describes() -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    copy = converted(original(icc_profile=icc), CopyOptions(CopyFormat.JPEG))
    with Image.open(io.BytesIO(copy)) as image:
        assert image.info["icc_profile"] == icc


def test_a_date_from_elsewhere_is_written_if_there_is_none_inside() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (40, 30), RED).save(plain, "PNG")
    options = CopyOptions(CopyFormat.JPEG)
    copy = converted(plain.getvalue(), options, taken_at="2001-02-03T04:05:06")
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getexif().get_ifd(0x8769)[0x9003] == "2001:02:03 04:05:06"
    copy = converted(plain.getvalue(), options, taken_at="1956-07")
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getexif().get_ifd(0x8769)[0x9003] == "1956:07:     :  :  "
    copy = converted(original(), options, taken_at="2001-02-03T04:05:06")
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getexif().get_ifd(0x8769)[0x9003] == "2019:06:28 12:00:00"


def test_real_photos_of_every_format_are_converted(shared_photos: Path) -> None:
    done = 0
    for path in sorted((shared_photos / "formats").rglob("*"))[::2]:
        try:
            data = decode.read_bytes(path)
            wanted = decode.load_upright(data, long_side=64)
        except UserError:  # what can’t be shown can’t be exported
            continue
        copy = converted(data, CopyOptions(CopyFormat.JPEG, 64))
        shown = decode.load_upright(copy, long_side=64)
        assert shown.pixels.shape == wanted.pixels.shape, path
        assert abs(shown.pixels.astype(int) - wanted.pixels).mean() < 12, path
        done += 1
    assert done >= 20


def test_a_photo_of_people_survives() -> None:
    data = photos.six_people().read_bytes()
    copy = converted(data, CopyOptions(CopyFormat.JPEG, 800))
    assert len(copy) < len(data)
