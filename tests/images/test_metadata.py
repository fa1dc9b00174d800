import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from facesorter.images import decode
from facesorter.images.metadata import (
    NO_METADATA,
    DateSource,
    date_from_name,
    parse_date,
    read_metadata,
)
from tests import photos

ORIGINAL, DIGITISED, CHANGED = 0x9003, 0x9004, 0x0132


def exif_with(**dates: str) -> Image.Exif:
    exif = Image.Exif()
    inner = exif.get_ifd(0x8769)
    if "original" in dates:
        inner[ORIGINAL] = dates["original"]
    if "digitised" in dates:
        inner[DIGITISED] = dates["digitised"]
    if "changed" in dates:
        exif[CHANGED] = dates["changed"]
    return exif


def jpeg(exif: Image.Exif | None = None, xmp: bytes | None = None) -> bytes:
    options: dict[str, object] = {}
    if exif is not None:
        options["exif"] = exif
    if xmp is not None:
        options["xmp"] = xmp
    return photos.encoded(photos.quarters(), "JPEG", **options)


def test_the_order_of_dates() -> None:
    one, two, three = "2001:02:03 04:05:06", "2002:02:03 04:05:06", "2003:02:03 04:05:06"
    all_three = read_metadata(jpeg(exif_with(original=one, digitised=two, changed=three)))
    assert (all_three.taken_at, all_three.taken_from) == ("2001-02-03T04:05:06", "exif-original")
    two_left = read_metadata(jpeg(exif_with(digitised=two, changed=three)))
    assert (two_left.taken_at, two_left.taken_from) == ("2002-02-03T04:05:06", "exif-digitised")
    one_left = read_metadata(jpeg(exif_with(changed=three)))
    assert (one_left.taken_at, one_left.taken_from) == ("2003-02-03T04:05:06", "exif-changed")
    none_left = read_metadata(jpeg())
    assert (none_left.taken_at, none_left.taken_from) == (None, DateSource.NONE)


@pytest.mark.parametrize(
    "nonsense", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2019:13:45 99:99:99", "", "????"]
)
def test_nonsense_gives_way_to_the_next(nonsense: str) -> None:
    data = jpeg(exif_with(original=nonsense, changed="2003:02:03 04:05:06"))
    assert read_metadata(data).taken_at == "2003-02-03T04:05:06"


def test_a_date_in_the_future_is_nonsense() -> None:
    ahead = datetime.datetime.now() + datetime.timedelta(days=9)
    assert parse_date(ahead.strftime("%Y:%m:%d %H:%M:%S")) is None
    assert parse_date("1825:12:31 00:00:00") is None
    assert parse_date("1826:01:01 00:00:00") == "1826-01-01T00:00:00"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_format_that_has_exif(form: str) -> None:
    data = photos.encoded(
        photos.quarters(), form, exif=exif_with(original="2011:10:09 08:07:06").tobytes()
    )
    found = read_metadata(data)
    assert (found.taken_at, found.taken_from) == ("2011-10-09T08:07:06", "exif-original")


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description {}>{}</rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)


@pytest.mark.parametrize(
    ("attributes", "elements", "expected"),
    [
        ('photoshop:DateCreated="2012-03-04T05:06:07+02:00"', "", "2012-03-04T05:06:07"),
        ("", "<xmp:CreateDate>2012-03-04T05:06</xmp:CreateDate>", "2012-03-04T05:06:00"),
        ("xmp:CreateDate='2012-03'", "", "2012-03-01T00:00:00"),
        (
            'xmp:CreateDate="2015-01-01"',
            "<photoshop:DateCreated>2014-01-01</photoshop:DateCreated>",
            "2014-01-01T00:00:00",
        ),
        ('xmp:CreateDate="soon"', "", None),
    ],
)
def test_xmp(attributes: str, elements: str, expected: str | None) -> None:
    found = read_metadata(jpeg(xmp=XMP.format(attributes, elements).encode()))
    assert found.taken_at == expected
    assert found.taken_from == ("xmp" if expected else "none")


def test_xmp_in_utf_16() -> None:
    packet = XMP.format('xmp:CreateDate="2012-03-04T05:06:07"', "").encode("utf-16")
    assert read_metadata(jpeg(xmp=packet)).taken_at == "2012-03-04T05:06:07"


def test_gps_date_is_the_last_resort() -> None:
    exif = Image.Exif()
    gps = exif.get_ifd(0x8825)
    gps[29] = "2009:08:07"
    gps[7] = (6.0, 5.0, 4.0)
    found = read_metadata(jpeg(exif))
    assert (found.taken_at, found.taken_from) == ("2009-08-07T06:05:04", "gps")


def test_camera() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon\0", "Canon EOS R6"
    assert read_metadata(jpeg(exif)).camera == "Canon EOS R6"
    exif[0x010F], exif[0x0110] = "Apple", "iPhone 15"
    assert read_metadata(jpeg(exif)).camera == "Apple iPhone 15"
    assert read_metadata(jpeg()).camera is None


@given(st.binary(max_size=300))
def test_never_fails(noise: bytes) -> None:
    assert read_metadata(noise) == NO_METADATA
    whole = jpeg(exif_with(original="2011:10:09 08:07:06"))
    read_metadata(whole[:40] + noise + whole[40 + len(noise) :])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_20190612_153000.jpg", "2019-06-12T15:30:00"),
        ("PXL_20210101_123456789.MP.jpg", "2021-01-01T12:34:56"),
        ("2019-06-12 15.30.00.jpg", "2019-06-12T15:30:00"),
        ("2019-06-12 15.30.00-1.jpg", "2019-06-12T15:30:00"),
        ("Screenshot_2019-06-12-15-30-00.png", "2019-06-12T15:30:00"),
        ("Foto 2019-06-12 at 15.30.00.jpeg", "2019-06-12T15:30:00"),
        ("IMG-20190612-WA0001.jpg", "2019-06-12T00:00:00"),
        ("signal-2021-03-04-123456.jpg", "2021-03-04T12:34:56"),
        ("20190612153000.jpg", "2019-06-12T15:30:00"),
        ("1931-08-15 Babička.tif", "1931-08-15T00:00:00"),
        ("DSC01234.jpg", None),
        ("IMG_1234.jpg", None),
        ("99999999_123456.jpg", None),
        ("12345678901234567.jpg", None),
        ("2099-01-01.jpg", None),
        ("20191345_000000.jpg", None),
        ("report-2019-1-2.jpg", None),
    ],
)
def test_dates_in_names(name: str, expected: str | None) -> None:
    assert date_from_name(name) == expected


@photos.needs_shared
@pytest.mark.parametrize(
    ("name", "taken_at", "source"),
    [
        ("metadata__dates__gps-datetime.jpg", "2023-11-15T12:30:00", "gps"),
        ("metadata__dates__datetimeoriginal-gps.jpg", None, "exif-original"),
        ("formats__heic__IMG_2682.heic", None, "exif-original"),
        ("Canon-R6-pruned.CR3", None, "exif-original"),
        ("IMG_1361.dng", None, "exif-original"),
    ],
)
def test_real_files(name: str, taken_at: str | None, source: str) -> None:
    found = read_metadata(decode.read_bytes(photos.SHARED / "formats" / name))
    assert found.taken_from == source
    assert found.taken_at is not None
    if taken_at:
        assert found.taken_at == taken_at
