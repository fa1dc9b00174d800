from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from facesorter.images import decode
from facesorter.images.dates import decide
from facesorter.images.metadata import NO_METADATA, read_file, read_metadata
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


def iptc(*fields: tuple[int, str]) -> bytes:
    """A JPEG with IPTC fields of the second record."""
    block = b"".join(
        b"\x1c\x02" + bytes([field]) + len(text).to_bytes(2) + text.encode()
        for field, text in fields
    )
    resource = b"8BIM\x04\x04\0\0" + len(block).to_bytes(4) + block + b"\0" * (len(block) % 2)
    body = b"Photoshop 3.0\0" + resource
    data = jpeg()
    return data[:2] + b"\xff\xed" + (len(body) + 2).to_bytes(2) + body + data[2:]


def dates(data: bytes) -> dict[str, str]:
    return {str(source): at for source, at in read_metadata(data).dates.items()}


def test_dates_of_exif() -> None:
    one, two, three = "2001:02:03 04:05:06", "2002:02:03 04:05:06", "2003:02:03 04:05:06"
    exif = exif_with(original=one, digitised=two, changed=three)
    assert dates(jpeg(exif)) == {
        "exif-original": "2001-02-03T04:05:06",
        "scanned": "2002-02-03T04:05:06",
    }
    assert dates(jpeg(exif_with(changed=three))) == {}, "an edit is no date of a photo"
    assert dates(jpeg()) == {}


@pytest.mark.parametrize(
    ("make", "model", "source"),
    [
        ("Canon", "Canon EOS R6", "exif-digitised"),
        ("Apple", "iPhone 15", "exif-digitised"),
        ("Canon", "CanoScan 9000F", "scanned"),
        ("EPSON", "Perfection V600", "scanned"),
        ("", "", "scanned"),
    ],
)
def test_what_a_camera_digitised_was_taken_then(make: str, model: str, source: str) -> None:
    exif = exif_with(digitised="2002:02:03 04:05:06")
    exif[0x010F], exif[0x0110] = make, model
    assert dates(jpeg(exif)) == {source: "2002-02-03T04:05:06"}


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ([(55, "19560704"), (60, "100000+0000")], "1956-07-04T10:00:00"),
        ([(55, "19560704")], "1956-07-04"),
        ([(55, "19560000")], "1956"),
        ([(55, "1956-07-04"), (60, "x")], "1956-07-04"),
        ([(60, "100000+0000")], None),
        ([(55, "00000000")], None),
        ([(55, "")], None),
    ],
)
def test_iptc(fields: list[tuple[int, str]], date: str | None) -> None:
    assert dates(iptc(*fields)) == ({"iptc": date} if date else {})


def png(before: bytes = b"", after: bytes = b"") -> bytes:
    """A PNG with more chunks before and after its pixels."""
    data = photos.encoded(photos.quarters(), "PNG")
    start, end = data.index(b"IDAT") - 4, data.index(b"IEND") - 4
    return data[:start] + before + data[start:end] + after + data[end:]


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2019:07:05 12:34:56", "2019-07-05T12:34:56"),
        ("Tue, 16 Jun 2009 14:57:56 GMT", "2009-06-16T14:57:56"),
        ("6/16/09", None),
    ],
)
def test_creation_time_of_png(text: str, date: str | None) -> None:
    found = dates(png(chunk(b"tEXt", b"Creation Time\0" + text.encode())))
    assert found == ({"container": date} if date else {})


def test_png_metadata_after_the_pixels() -> None:
    exif = exif_with(original="2011:10:09 08:07:06").tobytes().removeprefix(b"Exif\0\0")
    assert dates(png(after=chunk(b"eXIf", exif))) == {"exif-original": "2011-10-09T08:07:06"}


@pytest.mark.parametrize("late", [False, True])
def test_metadata_never_decodes_pixels(late: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    exif = exif_with(original="2011:10:09 08:07:06").tobytes().removeprefix(b"Exif\0\0")
    plain = photos.encoded(Image.new("L", (300, 200)), "PNG")
    at = plain.index(b"IEND" if late else b"IDAT") - 4
    data = plain[:at] + chunk(b"eXIf", exif) + plain[at:]
    decoded: list[tuple[int, int]] = []
    load = ImageFile.ImageFile.load

    def noted(image: ImageFile.ImageFile) -> Image.core.PixelAccess | None:
        decoded.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", noted)
    assert dates(data) == {"exif-original": "2011-10-09T08:07:06"}
    assert dates(plain) == {}
    assert set(decoded) <= {(1, 1)}


def test_exif_that_imagemagick_wrote_as_text() -> None:
    exif = exif_with(original="2011:10:09 08:07:06").tobytes()
    for rest in ("", "\n\n$odd"):
        text = f"\nexif\n{len(exif):8}\n{exif.hex()}{rest}"
        body = b"Raw profile type exif\0\0" + zlib.compress(text.encode())
        found = dates(png(chunk(b"zTXt", body)))
        assert found == {"exif-original": "2011-10-09T08:07:06"}


def test_a_tiff_whose_pixels_pillow_refuses() -> None:
    info = exif_with(original="2011:10:09 08:07:06")
    data = photos.encoded(photos.quarters(), "TIFF", exif=info.tobytes())
    compression = (0x0103).to_bytes(2, "little") + b"\x03\0\x01\0\0\0"
    assert compression in data
    odd = data.replace(compression + b"\x01\0", compression + b"\xff\xfe")
    assert odd != data
    assert dates(odd) == {"exif-original": "2011-10-09T08:07:06"}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_file_and_its_bytes_say_the_same(form: str, tmp_path: Path) -> None:
    exif = exif_with(original="2011:10:09 08:07:06").tobytes()
    path = tmp_path / "photo"
    path.write_bytes(photos.encoded(photos.quarters(), form, exif=exif))
    assert read_file(path) == read_metadata(path.read_bytes())
    assert read_file(path).dates
    path.write_bytes(path.read_bytes()[:30])
    assert read_file(path) == NO_METADATA
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_format_that_has_exif(form: str) -> None:
    data = photos.encoded(
        photos.quarters(), form, exif=exif_with(original="2011:10:09 08:07:06").tobytes()
    )
    assert dates(data) == {"exif-original": "2011-10-09T08:07:06"}


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description {}>{}</rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)


@pytest.mark.parametrize(
    ("attributes", "elements", "expected"),
    [
        (
            'photoshop:DateCreated="2012-03-04T05:06:07+02:00"',
            "",
            {"xmp": "2012-03-04T05:06:07"},
        ),
        (
            "",
            "<xmp:CreateDate>2012-03-04T05:06</xmp:CreateDate>",
            {"scanned": "2012-03-04T05:06:00"},
        ),
        ("xap:CreateDate='2012-03'", "", {"scanned": "2012-03"}),
        ('photoshop:DateCreated="1956"', "", {"xmp": "1956"}),
        (
            'exif:DateTimeOriginal="0000-00-00" xmp:CreateDate="2015-01-01"',
            "<photoshop:DateCreated>2014-01-01</photoshop:DateCreated>",
            {"xmp": "2014-01-01", "scanned": "2015-01-01"},
        ),
        ('tiff:DateTime="2015-01-01" xmp:ModifyDate="2015-01-01"', "", {}),
        ('xmp:CreateDate="soon"', "", {}),
    ],
)
def test_xmp(attributes: str, elements: str, expected: dict[str, str]) -> None:
    assert dates(jpeg(xmp=XMP.format(attributes, elements).encode())) == expected


def test_xmp_in_utf_16() -> None:
    packet = XMP.format('photoshop:DateCreated="2012-03-04T05:06:07"', "").encode("utf-16")
    assert dates(jpeg(xmp=packet)) == {"xmp": "2012-03-04T05:06:07"}


def test_gps() -> None:
    exif = Image.Exif()
    gps = exif.get_ifd(0x8825)
    gps[29] = "2009:08:07"
    assert dates(jpeg(exif)) == {"gps": "2009-08-07"}
    gps[7] = (6.0, 5.0, 4.0)
    assert dates(jpeg(exif)) == {"gps": "2009-08-07T06:05:04"}


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
    taken = decide(found.dates, "2026-01-01T00:00:00")
    assert taken.source == source
    assert taken_at in (None, taken.at)


@photos.needs_shared
@pytest.mark.parametrize(
    ("name", "taken_at"),
    [
        ("Bush-dog.jpg", "2003-08-30"),
        ("Issue 62.png", "2009-06-16T14:57:56"),
        ("cielab-dagams.tiff", "2016-07-08T06:46:14"),
        ("iptc-independent-photographer-example.jpg", "1985-11-25"),
        ("jolstravatnet.pef", "2021-02-05T10:56:53"),
        ("paris_icc_exif_xmp.png", "2022-08-22T20:30:46"),
        ("upstream66.jpg", "2018-12-11T10:00:51"),
        ("withXmp.jpg", "2015-01-22"),
    ],
)
def test_real_files_whose_dates_are_hard_to_read(name: str, taken_at: str) -> None:
    found = read_metadata(decode.read_bytes(photos.SHARED / "cases" / name))
    assert decide(found.dates, "2026-01-01T00:00:00").at == taken_at


def test_the_place_is_read() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 25.2), 3: "E", 4: (151.0, 12.0, 36.0)})
    info = read_metadata(jpeg(exif)).info
    assert (info.latitude, info.longitude) == pytest.approx((-33.857, 151.21), abs=1e-4)
    assert read_metadata(jpeg()).info.latitude is None
