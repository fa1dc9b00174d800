"""Names inside photo files of every format, and in the sidecars beside them."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pylibjxl
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from facesorter.errors import UserError
from facesorter.exchange.names import Source
from facesorter.exchange.photo_files import embedded, read_photo
from facesorter.exchange.reading import Reading
from facesorter.images.xmp_packets import read_packets
from tests import photos
from tests.support import encoders
from tests.support.xmp import FORMS, packet, regions

XMP = packet(regions(FORMS["elements"]))
PICTURE = Image.fromarray(np.full((40, 60, 3), 90, np.uint8))


def names(path: Path) -> list[str]:
    return [region.name for region in embedded(path).regions]


def saved(path: Path, **options: object) -> Path:
    PICTURE.save(path, **options)
    return path


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), kind) + data


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "tif"])
def test_formats_that_pillow_writes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        saved(path, pnginfo=info)
    elif suffix == "tif":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[700] = XMP
        tags.tagtype[700] = 1
        saved(path, tiffinfo=tags)
    else:
        saved(path, xmp=XMP)
    assert names(path) == ["Anna"]


def test_a_png_whose_packet_follows_the_pixels(tmp_path: Path) -> None:
    data = photos.encoded(PICTURE, "PNG")
    text = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + XMP
    chunk = struct.pack(">I", len(text)) + b"iTXt" + text
    chunk += struct.pack(">I", zlib.crc32(b"iTXt" + text))
    end = data.rindex(b"IEND") - 4
    path = tmp_path / "a.png"
    path.write_bytes(data[:end] + chunk + data[end:])
    assert names(path) == ["Anna"]


def extended(main: bytes, rest: bytes, *, missing: bool = False, other: bool = False) -> bytes:
    """A JPEG whose second packet is in parts, in the wrong order."""
    guid = hashlib.md5(rest).hexdigest().upper().encode()
    size = 60_000
    parts = [
        b"http://ns.adobe.com/xmp/extension/\x00"
        + (b"0" * 32 if other else guid)
        + struct.pack(">II", len(rest), at)
        + rest[at : at + size]
        for at in range(0, len(rest), size)
    ]
    assert len(parts) > 2
    if missing:
        del parts[1]
    main_packet = main.replace(
        b"<rdf:Description ",
        b'<rdf:Description xmlns:xmpNote="http://ns.adobe.com'
        b'/xmp/note/" xmpNote:HasExtendedXMP="' + guid + b'" ',
        1,
    )
    segments = [b"http://ns.adobe.com/xap/1.0/\x00" + main_packet, *reversed(parts)]
    data = photos.encoded(PICTURE, "JPEG")
    inserted = b"".join(b"\xff\xe1" + struct.pack(">H", len(each) + 2) + each for each in segments)
    return data[:2] + inserted + data[2:]


def test_packets_over_64_kb_are_joined(tmp_path: Path) -> None:
    many = "".join(FORMS["elements"].replace("Anna", f"Person {at}") for at in range(1000))
    rest = packet(regions(many))
    path = tmp_path / "a.jpg"
    path.write_bytes(extended(XMP, rest))
    found = names(path)
    assert len(found) == 1001 and found[0] == "Anna" and found[-1] == "Person 999"
    # Parts that are missing, or another packet's, are not guessed at.
    path.write_bytes(extended(XMP, rest, missing=True))
    assert names(path) == ["Anna"]
    path.write_bytes(extended(XMP, rest, other=True))
    assert names(path) == ["Anna"]


def raw(order: str, magic: bytes) -> bytes:
    """A raw file's first directory, with XMP, and sensor data between."""
    sensor = b"\xff" * 10_000
    entry = struct.pack(order + "HHII", 700, 1, len(XMP), 8 + len(sensor) + 18)
    return (
        magic
        + struct.pack(order + "I", 8 + len(sensor))
        + sensor
        + struct.pack(order + "H", 1)
        + entry
        + struct.pack(order + "I", 0)
        + XMP
    )


@pytest.mark.parametrize(
    ("order", "magic"),
    [("<", b"II*\x00"), (">", b"MM\x00*"), ("<", b"IIRO"), (">", b"MMOR"), ("<", b"IIU\x00")],
)
def test_raw_files(tmp_path: Path, order: str, magic: bytes) -> None:
    path = tmp_path / "a.dng"
    path.write_bytes(raw(order, magic))
    assert names(path) == ["Anna"]


def test_a_raw_file_of_fujifilm_has_it_in_its_jpeg(tmp_path: Path) -> None:
    preview = photos.encoded(PICTURE, "JPEG", xmp=XMP)
    head = b"FUJIFILMCCD-RAW ".ljust(84, b"0") + struct.pack(">II", 200, len(preview))
    path = tmp_path / "a.raf"
    path.write_bytes(head.ljust(200, b"\x00") + preview + b"\xff" * 1000)
    assert names(path) == ["Anna"]


def test_a_big_tiff(tmp_path: Path) -> None:
    entry = struct.pack("<HHQQ", 700, 1, len(XMP), 16 + 8 + 20 + 8)
    path = tmp_path / "a.tif"
    path.write_bytes(
        b"II+\x00\x08\x00\x00\x00" + struct.pack("<QQ", 16, 1) + entry + struct.pack("<Q", 0) + XMP
    )
    assert names(path) == ["Anna"]


def test_formats_of_boxes(tmp_path: Path) -> None:
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + 5000) + b"\x00" * 5000
    files = {
        "a.cr3": box(b"ftyp", b"crx \x00\x00\x00\x01crx isom") + large + box(b"uuid", uuid + XMP),
        "a.jp2": box(b"jP  ", b"\r\n\x87\n") + box(b"uuid", uuid + XMP),
        "a.jxl": box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl ") + box(b"xml ", XMP),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert names(tmp_path / name) == ["Anna"], name


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool isn't installed")
def test_heic_as_exiftool_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(photos.heic())
    (tmp_path / "a.xmp").write_bytes(XMP)
    command = ["exiftool", "-q", "-tagsfromfile", tmp_path / "a.xmp", "-xmp:all", path]
    subprocess.run(command, check=True)
    assert names(path) == ["Anna"]


@pytest.mark.parametrize(("orientation", "degrees"), [(1, None), (3, 180), (6, 90), (8, 270)])
def test_heic_tells_how_it_is_turned(tmp_path: Path, orientation: int, degrees: int | None) -> None:
    photo, sidecar = tmp_path / "a.heic", tmp_path / "a.xmp"
    photo.write_bytes(encoders.turned(photos.heic(), orientation))
    sidecar.write_bytes(XMP)
    (found,) = read_photo(photo, [sidecar], Reading())
    assert found.names.rotation == degrees


def test_keywords_of_iptc_name_people_by_their_path(tmp_path: Path) -> None:
    def record(number: int, text: bytes) -> bytes:
        return struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text

    iptc = record(25, "People|Zoë".encode()) + record(25, b"Sea") + record(25, b"People|Ren\xe9")
    resource = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(iptc)) + iptc
    segment = b"Photoshop 3.0\x00" + resource + b"\x00" * (len(iptc) % 2)
    data = photos.encoded(PICTURE, "JPEG")
    path = tmp_path / "a.jpg"
    path.write_bytes(
        data[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + data[2:]
    )
    assert embedded(path).people == (("Zoë", Source.KEYWORDS), ("René", Source.KEYWORDS))
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33723] = iptc
    tags.tagtype[33723] = 7
    assert embedded(saved(tmp_path / "a.tif", tiffinfo=tags)).people[0][0] == "Zoë"


def test_photo_and_sidecars_are_read_each_for_itself(tmp_path: Path) -> None:
    photo = saved(tmp_path / "a.jpg", xmp=XMP)
    sidecars = [tmp_path / "a.jpg.xmp", tmp_path / "a.xmp", tmp_path / "missing.xmp"]
    sidecars[0].write_bytes(packet(regions(FORMS["attributes"].replace("Anna", "Ben"))))
    sidecars[1].write_bytes(b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + XMP)
    reading = Reading()
    found = list(read_photo(photo, sidecars, reading))
    assert [(each.photo, each.names.regions[0].name) for each in found] == [
        (photo, "Anna"),
        (photo, "Ben"),
    ]
    assert [each.names.origin for each in found] == [photo, sidecars[0]]
    assert [each.path for each in reading.skipped] == sidecars[1:]
    assert all(str(each.reason).endswith(".") for each in reading.skipped)


def test_sidecars_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xmp"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    reading = Reading()
    assert not list(read_photo(saved(tmp_path / "a.jpg"), [path], reading))
    assert str(reading.skipped[0].reason) == "The file is larger than 16 MB."


@pytest.mark.parametrize(
    "start", [b"II*\x00", b"MM\x00*", b"II+\x00", b"\xff\xd8\xff\xe1", b"RIFF"]
)
def test_damaged_files_name_nobody(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.jpg"
    for rest in (b"", b"\xff" * 40, b"\x00" * 40, b"\x08\x00\x00\x00" + b"\xff" * 400):
        path.write_bytes(start + rest)
        assert read_packets(path).packets == ()
    path.write_bytes(extended(XMP, packet(regions(FORMS["elements"] * 700)))[:70_000])
    assert names(path) in ([], ["Anna"])


def test_missing_files_are_errors(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        embedded(tmp_path / "a.jpg")
    with pytest.raises(UserError):
        embedded(saved(tmp_path / "b.jpg", xmp=b"<!DOCTYPE x>" + XMP))


def test_real_sidecars_of_raw_converters(shared_photos: Path) -> None:
    folder = shared_photos / "regions"
    for name in ("_27A1417.CR2.xmp", "_27A1434.JPG.xmp"):
        assert not list(read_photo(folder / "none.jpg", [folder / name], Reading()))
    found = embedded(folder / "Issue 356 (dotnet).png")
    assert [region.name for region in found.regions] == ["Denise Wood", "Daniel Wood"]
    assert [region.name for region in embedded(folder / "Issue 177.jpg").regions] == ["", ""]


@pytest.mark.parametrize("size", [len(XMP), 200 << 20])
def test_jpeg_xl_compresses_its_packet(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jxl"
    path.write_bytes(
        pylibjxl.encode(np.zeros((1, 1, 3), np.uint8), xmp=XMP + b" " * (size - len(XMP)))
    )
    assert b"brob" in path.read_bytes() and path.stat().st_size < 2000
    # A small file can hold a packet of any size; it is read in a process of its own.
    assert names(path) == (["Anna"] if size == len(XMP) else [])
