"""Copies in another format or size: pixels, metadata, colors."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from facesorter.domain import Given, NamedRegion, Region
from facesorter.errors import UserError
from facesorter.images import decode, metadata
from facesorter.images.copy_options import CopyFormat, CopyOptions
from facesorter.images.copying import converted
from facesorter.images.dates import DateSource
from facesorter.images.xmp import Packet
from tests import photos

RED, GREEN = (200, 30, 30), (30, 160, 60)
GPS = {1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (11.0, 30.0, 0.0)}
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    b'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
    b'xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" '
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
    xmp = XMP.replace(b"xmp:Rating", tag.encode() + b'="48,12N" xmp:Rating')
    copy = converted(original(xmp=xmp), options)
    with Image.open(io.BytesIO(copy)) as image:
        assert not image.getexif().get_ifd(0x8825)
    assert b"48,12" not in copy and b'xmp:Rating="4"' in copy


def test_xmp_is_kept_with_the_orientation_of_the_copy() -> None:
    copy = converted(original(6, XMP), CopyOptions(CopyFormat.JPEG))
    assert b'xmp:Rating="4"' in copy
    assert b'tiff:Orientation="1"' in copy and b'tiff:Orientation="6"' not in copy


def test_regions_that_the_turn_made_wrong_are_left_out() -> None:
    packet = Packet(XMP)
    packet.set_people([NamedRegion("Anna", Region(0.1, 0.2, 0.3, 0.4))], (400, 200))
    regions = packet.bytes().replace(b"<rdf:li>Anna</rdf:li>", b"")
    assert b"Anna" not in converted(original(6, regions), CopyOptions(CopyFormat.JPEG))
    assert b"Anna" in converted(original(1, regions), CopyOptions(CopyFormat.JPEG))


@pytest.mark.parametrize("form", [CopyFormat.JPEG, CopyFormat.PNG])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_names_are_written_where_the_faces_are(
    form: CopyFormat, orientation: int, tmp_path: Path
) -> None:
    """Read by ExifTool, since other programs must find them."""
    tool = shutil.which("exiftool")
    if tool is None:
        pytest.skip("exiftool isn’t installed")
    packet = Packet(XMP)
    packet.set_people([NamedRegion("Old", Region(0.5, 0.5, 0.1, 0.1))], (400, 200))
    people = [
        NamedRegion("Anna & Ben <b>", Region(0.1, 0.2, 0.3, 0.4)),
        NamedRegion("Élodie\x01", Region(0.6, 0.2, 0.2, 0.25)),
    ]
    options = CopyOptions(form, 100, names=True)
    path = tmp_path / f"copy.{form}"
    path.write_bytes(converted(original(orientation, packet.bytes()), options, None, people))
    done = subprocess.run(
        [tool, "-struct", "-json", "-XMP:all", path], capture_output=True, check=True
    )
    found = json.loads(done.stdout)[0]
    regions = found["RegionInfo"]
    with Image.open(path) as image:
        size = {"W": image.width, "H": image.height, "Unit": "pixel"}
    assert regions["AppliedToDimensions"] == size
    areas = {each["Name"]: each["Area"] for each in regions["RegionList"]}
    assert areas == {
        "Anna & Ben <b>": {"X": 0.25, "Y": 0.4, "W": 0.3, "H": 0.4, "Unit": "normalized"},
        "Élodie": {"X": 0.7, "Y": 0.325, "W": 0.2, "H": 0.25, "Unit": "normalized"},
    }
    microsoft = {
        each["PersonDisplayName"]: each["Rectangle"] for each in found["RegionInfoMP"]["Regions"]
    }
    assert microsoft["Élodie"] == "0.600000, 0.200000, 0.200000, 0.250000"
    assert found["PersonInImage"] == ["Old", "Anna & Ben <b>", "Élodie"]
    assert found["Subject"] == found["PersonInImage"] and found["Rating"] == 4


def test_a_packet_too_large_for_a_jpeg_leaves_room_for_the_names() -> None:
    large = XMP.replace(b'xmp:Rating="4"', b'xmp:Label="' + b"x" * 70_000 + b'"')
    people = [NamedRegion("Anna", Region(0.1, 0.2, 0.3, 0.4))]
    copy = converted(original(1, XMP), CopyOptions(CopyFormat.JPEG, names=True), None, people)
    assert b"Anna" in copy and b"xmp:Rating" in copy
    pixels = io.BytesIO()
    Image.new("RGB", (40, 30), RED).save(pixels, "TIFF", tiffinfo={700: large})
    options = CopyOptions(CopyFormat.JPEG, names=True)
    copy = converted(pixels.getvalue(), options, None, people)
    assert b"Anna" in copy and b"xxxx" not in copy


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


def test_a_date_that_the_user_corrected_replaces_the_one_inside() -> None:
    options = CopyOptions(CopyFormat.JPEG)
    copy = converted(original(), options, taken_at="2001-02-03T04:05:06", corrected=True)
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getexif().get_ifd(0x8769)[0x9003] == "2001:02:03 04:05:06"
    assert metadata.read_metadata(copy).dates[DateSource.ORIGINAL] == "2001-02-03T04:05:06"


def test_a_corrected_date_stands_alone() -> None:
    dated = XMP.replace(
        b"xmp:Rating", b'photoshop:DateCreated="1999-01-01" xmp:CreateDate="1999" xmp:Rating'
    )
    options = CopyOptions(CopyFormat.JPEG)
    copy = converted(original(1, dated), options, taken_at="1956-07", corrected=True)
    assert metadata.read_metadata(copy).dates == {DateSource.ORIGINAL: "1956-07"}
    assert b"1999-01-01" in converted(original(1, dated), options)


@pytest.mark.parametrize("form", [CopyFormat.JPEG, CopyFormat.PNG])
@pytest.mark.parametrize("xmp", [XMP, b"", b"<no XMP"])
def test_what_the_user_said_is_written_into_a_copy(form: CopyFormat, xmp: bytes) -> None:
    given = Given(2, "Opera <&>", "First line\nÉlodie\x01")
    copy = converted(original(1, xmp), CopyOptions(form), given=given)
    info = metadata.read_metadata(copy).info
    assert (info.rating, info.title, info.caption) == (2, "Opera <&>", "First line\nÉlodie")
    assert info.make == "Canon"
    # It goes before what the file said, also where the user said that there is none.
    again = converted(copy, CopyOptions(form), given=Given(0, "", ""))
    info = metadata.read_metadata(again).info
    assert (info.rating, info.title, info.caption) == (0, None, None)


def test_a_long_caption_fits_beside_a_large_packet() -> None:
    large = XMP.replace(b'xmp:Rating="4"', b'xmp:Label="' + b"x" * 60_000 + b'"')
    pixels = io.BytesIO()
    Image.new("RGB", (40, 30), RED).save(pixels, "TIFF", tiffinfo={700: large})
    given = Given(caption="я" * 10_000)
    copy = converted(pixels.getvalue(), CopyOptions(CopyFormat.JPEG), given=given)
    assert metadata.read_metadata(copy).info.caption == "я" * 10_000


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
