"""Moving parts of photos: where phones put them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from facesorter.images import motion
from facesorter.images.motion import Motion

MP4 = struct.pack(">I4s4sI", 16, b"ftyp", b"mp42", 0) + bytes(300)
JPEG = b"\xff\xd8\xff\xe1" + bytes(200) + b"\xff\xd9"


def packet(inner: str) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description {inner}</x:xmpmeta>'.encode()


def micro() -> bytes:
    return JPEG + packet(f'GCamera:MicroVideoOffset="{len(MP4)}"/>') + MP4


def container() -> bytes:
    items = (
        '<rdf:li><Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary"/></rdf:li>'
        f'<rdf:li><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" '
        f'Item:Length="{len(MP4)}" Item:Padding="0"/></rdf:li>'
    )
    return JPEG + packet(f">{items}") + MP4


def samsung() -> bytes:
    name = b"MotionPhoto_Data"
    block = struct.pack("<2xHI", 0x0A30, len(name)) + name + MP4
    directory = b"SEFH" + struct.pack("<II", 107, 1)
    directory += struct.pack("<2xHII", 0x0A30, len(block), len(block))
    return JPEG + block + directory + struct.pack("<I4s", len(directory), b"SEFT")


def in_heic() -> bytes:
    box = struct.pack(">I4s", 8 + len(MP4), b"mpvd") + MP4
    return struct.pack(">I4s4sI", 16, b"ftyp", b"heic", 0) + box


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", micro()),
        ("a.jpg", container()),
        ("a.jpg", samsung()),
        ("a.heic", in_heic()),
    ],
)
def test_it_is_found_in_the_file(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = motion.find(path)
    assert found is not None and motion.read(found)[: len(MP4)] == MP4
    path.write_bytes(content[:-200])
    cut = motion.find(path)
    assert cut is None or motion.read(cut)[4:8] == b"ftyp"


def test_a_video_knows_the_photo_whose_moving_part_it_is(tmp_path: Path) -> None:
    for name in ("IMG_1.HEIC", "IMG_2.jpg", "IMG_4.png"):
        (tmp_path / name).write_bytes(JPEG)
    parts = ("IMG_1.MOV", "IMG_2_HEVC.MOV", "IMG_3.MOV", "IMG_4.MOV", "IMG_2.mp4")
    for name in parts:
        (tmp_path / name).write_bytes(MP4)
    found = [name for name in parts if motion.is_moving_part(tmp_path / name)]
    assert found == ["IMG_1.MOV", "IMG_2_HEVC.MOV"]


def test_it_is_found_beside_the_photo(tmp_path: Path) -> None:
    still, moving = tmp_path / "IMG_1.HEIC", tmp_path / "IMG_1.MOV"
    still.write_bytes(struct.pack(">I4s4sI", 16, b"ftyp", b"heic", 0))
    assert motion.find(still) is None
    moving.write_bytes(MP4)
    assert motion.find(still) == Motion(moving, 0, len(MP4))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        JPEG,
        JPEG + packet('GCamera:MicroVideoOffset="99999999"/>'),
        JPEG + packet('GCamera:MicroVideoOffset="10"/>') + MP4,
        JPEG + b"SEFH" + bytes(8) + struct.pack("<I4s", 12, b"SEFT"),
    ],
)
def test_other_photos_have_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert motion.find(path) is None
    assert motion.find(tmp_path / "gone.jpg") is None
