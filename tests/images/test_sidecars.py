"""Files beside a photo that tell its date."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from facesorter.images.photo_info import NO_INFO
from facesorter.images.sidecars import Sidecars, read_sidecars

SECONDS = 1562330096
LOCAL = datetime.datetime.fromtimestamp(SECONDS).isoformat()
XMP = '<rdf:Description exif:DateTimeOriginal="2019-07-05T12:34:56"/>'


@pytest.mark.parametrize(
    ("photo", "sidecar"),
    [
        ("a.jpg", "a.jpg.xmp"),
        ("a.jpg", "a.xmp"),
        ("a.JPG", "A.XMP"),
        ("a.jpg", "a.jpg.json"),
        ("a.jpg", "a.jpg.supplemental-metadata.json"),
        ("a.jpg", "a.jpg.supplemental-meta.json"),
        ("a.jpg", "a.jpg.s.json"),
        ("a(1).jpg", "a.jpg(1).json"),
        ("a(1).jpg", "a.jpg.supplemental-metadata(1).json"),
        ("a-edited.jpg", "a.jpg.json"),
        ("a-edited.jpg", "a.jpg.supplemental-metadata.json"),
        ("a-bearbeitet(1).jpg", "a-bearbeitet.jpg(1).json"),
        (
            "00000IMG_00000_BURST20190705123456789_COVER.jpg",
            "00000IMG_00000_BURST20190705123456789_COVER.jp.json",
        ),
        ("IMG_20190705_123456_2.jpg", "IMG_20190705_123456_2.jpg.supplemental-metadat.json"),
    ],
)
def test_whose_a_sidecar_is(photo: str, sidecar: str) -> None:
    assert Sidecars([sidecar, "b.jpg.json", "b.xmp"]).of(photo) == [sidecar]


@pytest.mark.parametrize(
    ("photo", "other"),
    [
        ("a.jpg", "a.json"),
        ("a.jpg", "ab.xmp"),
        ("a.jpg", "b.jpg.xmp"),
        ("a.jpg", "a.jpg(1).json"),
        ("a(1).jpg", "a.jpg.json"),
        ("a.jpg", "metadata.json"),
        ("a-edited.jpg", "a.jpg.xmp"),
    ],
)
def test_what_is_no_sidecar_of_a_photo(photo: str, other: str) -> None:
    assert Sidecars([other]).of(photo) == []


def test_an_xmp_file_is_shared_by_raw_and_jpeg() -> None:
    there = Sidecars(["a.xmp"])
    assert there.of("a.jpg") == there.of("a.nef") == ["a.xmp"]


def test_photos_that_differ_in_case_only_have_their_own() -> None:
    photos = ["a.jpg", "A.jpg", "b.jpg", "B.png"]
    there = Sidecars(["A.jpg.xmp", "a.jpg.xmp", "B.xmp"], photos)
    assert [there.of(each) for each in photos] == [["a.jpg.xmp"], ["A.jpg.xmp"], [], ["B.xmp"]]
    there = Sidecars(["A.jpg.xmp"], photos)
    assert [there.of(each) for each in photos[:2]] == [[], ["A.jpg.xmp"]]
    assert Sidecars(["A.JPG.XMP"], ["a.jpg"]).of("a.jpg") == ["A.JPG.XMP"]


def test_dates(tmp_path: Path) -> None:
    (tmp_path / "a.xmp").write_text(XMP)
    taken = {"photoTakenTime": {"timestamp": str(SECONDS)}}
    (tmp_path / "a.jpg.json").write_text(json.dumps(taken))
    paths = [tmp_path / "gone.json", tmp_path / "a.xmp", tmp_path / "a.jpg.json"]
    assert read_sidecars(paths).dates == {"sidecar": "2019-07-05T12:34:56", "takeout": LOCAL}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\0",
        b"[" * 100_000,
        b'{"photoTakenTime": 1}',
        b'{"photoTakenTime": {"timestamp": "soon"}}',
        b'{"photoTakenTime": {"timestamp": 1e999}}',
        b'{"photoTakenTime": {"timestamp": "0"}}',
        b'{"photoTakenTime": {"timestamp": "99999999999999999999"}}',
        b'<x exif:DateTimeOriginal="soon"/>',
    ],
)
def test_nonsense_has_no_date(content: bytes, tmp_path: Path) -> None:
    paths = [tmp_path / "a.xmp", tmp_path / "a.json"]
    for path in paths:
        path.write_bytes(content)
    assert read_sidecars(paths) == ({}, NO_INFO)
