"""What photo files say about themselves: EXIF, IPTC, XMP, sidecars; and files that lie."""

from __future__ import annotations

import io
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from facesorter.images import photo_info, xmp_properties
from facesorter.images.metadata import read_metadata
from facesorter.images.photo_info import NO_INFO, PhotoInfo, of_takeout, of_xmp, overlaid, parse
from facesorter.images.sidecars import read_sidecars
from tests import photos
from tests.benchmarks import photo_info_table

EXIF_IFD, GPS_IFD = 0x8769, 0x8825


def jpeg(
    tags: dict[int, Any] | None = None,
    inner: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
    xmp: bytes = b"",
) -> bytes:
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(EXIF_IFD).update(inner or {})
    exif.get_ifd(GPS_IFD).update(gps or {})
    out = io.BytesIO()
    Image.new("RGB", (8, 6)).save(out, "JPEG", exif=exif, **({"xmp": xmp} if xmp else {}))
    return out.getvalue()


def packet(inside: str, attributes: str = "") -> bytes:
    return f"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""".encode()


def alt(name: str, *texts: tuple[str, str]) -> str:
    items = "".join(f'<rdf:li xml:lang="{language}">{text}</rdf:li>' for language, text in texts)
    return f"<dc:{name}><rdf:Alt>{items}</rdf:Alt></dc:{name}>"


def test_exif() -> None:
    found = read_metadata(
        jpeg(
            {0x010F: "Canon", 0x0110: "Canon EOS R6", 0x010E: "At the harbor"},
            {
                0x829A: IFDRational(1, 250),
                0x829D: IFDRational(8),
                0x8827: 200,
                0x920A: IFDRational(50),
                0xA405: 75,
                0xA434: "RF50mm F1.8 STM",
                0x9209: 0x19,
            },
            {
                1: "S",
                2: (IFDRational(33), IFDRational(51), IFDRational(2448, 100)),
                3: "W",
                4: (IFDRational(151), IFDRational(12), IFDRational(0)),
                5: b"\x01",
                6: IFDRational(125, 10),
            },
        )
    ).info
    assert found == PhotoInfo(
        make="Canon",
        model="Canon EOS R6",
        lens="RF50mm F1.8 STM",
        exposure_time=0.004,
        f_number=8.0,
        iso=200,
        focal_length=50.0,
        focal_length_35=75.0,
        flash=True,
        latitude=-33.8568,
        longitude=-151.2,
        altitude=-12.5,
        caption="At the harbor",
    )
    assert found.camera == "Canon EOS R6"
    assert parse(found.stored()) == found


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [("5", 500), ("05", 50), ("123456", 123), ("00", 0), ("7 ", 700), ("", None), ("a1", None)],
)
def test_fractions_of_a_second(written: str, milliseconds: int | None) -> None:
    found = read_metadata(jpeg(inner={0x9003: "2019:06:12 12:00:00", 0x9291: written})).info
    assert found.subsecond == milliseconds
    assert parse(found.stored()) == found


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (IFDRational(0), IFDRational(0), IFDRational(0)), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (IFDRational(0, 0),) * 3, 3: "E", 4: (IFDRational(0, 0),) * 3},
        {1: "N", 2: (IFDRational(91), IFDRational(0), IFDRational(0)), 3: "E", 4: (1.0, 0.0, 0.0)},
        {1: "N", 2: (IFDRational(48), IFDRational(0), IFDRational(0))},
        {6: IFDRational(100)},
    ],
    ids=["zero", "unknown", "beyond the pole", "half", "only a height"],
)
def test_no_place(gps: dict[int, Any]) -> None:
    found = read_metadata(jpeg(gps=gps)).info
    assert (found.latitude, found.longitude, found.altitude) == (None, None, None)


def test_xmp_as_elements_and_attributes() -> None:
    found = of_xmp(
        packet(
            alt("title", ("de", "Oper"), ("x-default", "Opera"))
            + alt("description", ("x-default", "At the\nharbor &amp; bay"))
            + "<dc:subject><rdf:Bag><rdf:li>Sydney</rdf:li><rdf:li>sea</rdf:li>"
            "<rdf:li>Sydney</rdf:li></rdf:Bag></dc:subject>"
            "<exif:GPSLatitude>33,51.408S</exif:GPSLatitude>"
            '<exif:Flash rdf:parseType="Resource"><exif:Fired>True</exif:Fired></exif:Flash>',
            'xmp:Rating="4" exif:GPSLongitude="151,12,55E" aux:Lens="RF50mm" exif:FNumber="8/1"',
        )
    )
    assert found.title == "Opera" and found.caption == "At the\nharbor & bay"
    assert found.keywords == ("Sydney", "sea") and found.rating == 4
    assert found.latitude == pytest.approx(-33.8568)
    assert found.longitude == pytest.approx(151.21528, abs=1e-4)
    assert found.flash is True and found.lens == "RF50mm" and found.f_number == 8.0


def test_names_within_something_else_mean_something_else() -> None:
    inside = (
        '<r:Regions xmlns:r="urn:regions" rdf:parseType="Resource"><dc:title>Anna</dc:title>'
        '<r:Area xmp:Rating="5"/></r:Regions>'
    )
    assert of_xmp(packet(inside)) == NO_INFO


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "latin-1"])
def test_packets_in_other_encodings(encoding: str) -> None:
    whole = packet(alt("title", ("x-default", "Größe"))).decode()
    assert of_xmp(whole.encode(encoding)).title == "Größe"


def test_a_broken_packet_is_read_up_to_the_fault() -> None:
    whole = packet(alt("title", ("x-default", "Opera")) + "<dc:subject><oops></dc:subject>")
    assert of_xmp(whole).title == "Opera"
    # The tail of an older, longer packet.
    tail = (
        packet(alt("title", ("x-default", "Opera"))) + b"</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    )
    assert of_xmp(tail).title == "Opera"


def test_hostile_packets() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    assert of_xmp(laughs + packet(alt("title", ("x-default", "&b;")))) == NO_INFO
    deep = "<dc:title>" * 5000 + "x" + "</dc:title>" * 5000
    assert of_xmp(packet(deep)).title is None
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    assert of_xmp(outside + packet("<dc:title>&a;</dc:title>")) == NO_INFO


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    assert isinstance(of_xmp(data), PhotoInfo)
    whole = packet(alt("title", ("x-default", "Opera")))
    xmp_properties.read(whole[: len(whole) // 2] + data + whole[len(whole) // 2 :])


@pytest.mark.parametrize(
    ("rating", "stars"), [("5", 5), ("0", 0), ("4.0", 4), ("-1", None), ("9", None), ("x", None)]
)
def test_stars(rating: str, stars: int | None) -> None:
    assert of_xmp(packet("", f'xmp:Rating="{rating}"')).rating == stars


def test_stars_of_windows() -> None:
    assert read_metadata(jpeg({0x4749: 75})).info.rating == 4
    assert read_metadata(jpeg({0x4746: 3})).info.rating == 3


def test_xmp_goes_before_exif_in_words_and_exif_in_numbers() -> None:
    xmp = packet(alt("description", ("x-default", "by hand")), 'exif:FNumber="2/1"')
    found = read_metadata(jpeg({0x010E: "of EXIF"}, {0x829D: IFDRational(8)}, xmp=xmp)).info
    assert found.caption == "by hand" and found.f_number == 8.0


@pytest.mark.parametrize(
    "junk",
    [
        *("OLYMPUS DIGITAL CAMERA", "KONICA MINOLTA DIGITAL CAMERA", "KODAK Digital Still Camera"),
        *("SONY DSC", "Exif_JPEG_PICTURE", "default", "   ", "DCF1.0"),
    ],
)
def test_what_a_camera_writes_into_every_photo_is_no_caption(junk: str) -> None:
    assert read_metadata(jpeg({0x010E: junk})).info.caption is None


@pytest.mark.parametrize(
    "caption", ["My daughter with her first camera", "Sony let me hold the new camera"]
)
def test_what_somebody_wrote_about_a_camera_is_a_caption(caption: str) -> None:
    assert read_metadata(jpeg({0x010E: caption})).info.caption == caption


def test_numbers_that_no_library_can_hold() -> None:
    assert of_xmp(packet("", 'exif:ISOSpeedRatings="1e300"')).iso is None
    assert read_metadata(jpeg({}, {0x8827: 6400})).info.iso == 6400


def test_a_packet_made_to_take_hours_takes_none() -> None:
    place = f'exif:GPSLatitude="1{" " * 20_000}x" exif:GPSLongitude="1"'
    assert of_xmp(packet("", place)).latitude is None
    titles = alt("title", *[("x-default", "a")] * 5000)
    assert len(xmp_properties.read(packet(titles)).every("dc:title")) <= 1000


def test_a_keyword_of_a_megabyte_is_cut_short() -> None:
    bag = f"<dc:subject><rdf:Bag><rdf:li>{'a' * 1_000_000}</rdf:li></rdf:Bag></dc:subject>"
    assert list(map(len, of_xmp(packet(bag)).keywords)) == [photo_info.LONGEST_KEYWORD]


def test_texts_in_utf8() -> None:
    assert read_metadata(jpeg({0x010E: "Größe".encode()})).info.caption == "Größe"


def test_iptc() -> None:
    records = b"".join(
        b"\x1c" + bytes((record, number)) + struct.pack(">H", len(data)) + data
        for record, number, data in [
            (1, 90, b"\x1b%G"),
            (2, 5, "Größe".encode()),
            (2, 25, b"sea"),
            (2, 25, "Straße".encode()),
            (2, 120, b"At the harbor"),
        ]
    )
    records += b"\x00" * (len(records) % 2)
    resource = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(records)) + records
    segment = b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource
    plain = jpeg()
    found = read_metadata(plain[:2] + segment + plain[2:]).info
    assert found.title == "Größe" and found.caption == "At the harbor"
    assert found.keywords == ("sea", "Straße")


def test_a_sidecar_goes_first_in_words_and_places_only() -> None:
    inside = PhotoInfo(
        model="R6", rating=1, caption="old", latitude=1.0, longitude=2.0, altitude=3.0
    )
    beside = PhotoInfo(model="other", lens="RF50", rating=5, latitude=48.0, longitude=16.0)
    assert overlaid(inside, beside) == PhotoInfo(
        model="R6", lens="RF50", rating=5, caption="old", latitude=48.0, longitude=16.0
    )
    assert overlaid(inside, NO_INFO) == inside


def test_sidecars_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg.xmp").write_bytes(packet("", 'xmp:Rating="5"'))
    (tmp_path / "a.xmp").write_bytes(packet(alt("title", ("x-default", "A")), 'xmp:Rating="1"'))
    (tmp_path / "a.jpg.json").write_text(
        '{"description": "At sea", "geoData": {"latitude": 48.2, "longitude": 16.3, "altitude": 9}}'
    )
    names = ("a.jpg.xmp", "a.xmp", "a.jpg.json")
    info = read_sidecars([tmp_path / name for name in names]).info
    assert info == PhotoInfo(
        rating=5, title="A", caption="At sea", latitude=48.2, longitude=16.3, altitude=9.0
    )


@pytest.mark.parametrize(
    "takeout", [{}, {"geoData": None}, {"geoData": {"latitude": 0, "longitude": 0}}]
)
def test_takeout_without_a_place(takeout: dict[str, Any]) -> None:
    assert of_takeout(takeout) == NO_INFO


@photos.needs_shared
@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not on this machine")
def test_as_exiftool_says() -> None:
    """Files of every format and odd metadata: equal, or different for a reason named here."""
    folders = [photos.SHARED / name for name in ("formats", "regions", "cases")]
    files = [file for folder in folders for file in photo_info_table.files_below(folder)]
    counts, differences = photo_info_table.compare(files)
    explained = {
        # The camera's own text, in all of its photos.
        ("caption", "SONY DSC"),
        # Rejected, which isn't a number of stars.
        ("rating", -1),
    }
    odd = {
        "heif__corrupted.hif",  # no reader of pixels opens it, so it isn't shown
        "CRW.CRW",  # only its maker's own notes have the exposure
        "ReaganLargeTiff.tiff",  # its keywords in IPTC are in a Photoshop resource
    }
    left = [
        each
        for each in differences
        if (each.field, each.theirs) not in explained and each.file not in odd
    ]
    assert left == []
    assert counts["make", "same"] > 30 and counts["latitude", "same"] > 12
    assert photo_info.RULE
