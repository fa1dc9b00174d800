"""What looks like media and isn't read has a name."""

from __future__ import annotations

import pytest

from facesorter.images import formats, unsupported
from tests import photos


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("drawing.SVG", "SVG"),
        ("clip.wmv", "WMV"),
        ("photo.jpg", None),
        ("letter.doc", None),
        ("._clip.wmv", None),
        (".wmv", None),
        ("wmv", None),
        ("Thumbs.db", None),
    ],
)
def test_by_name(name: str, kind: str | None) -> None:
    assert unsupported.by_name(name) == kind


def test_what_is_read_is_not_unread() -> None:
    for suffix in formats.PHOTO_SUFFIXES:
        assert unsupported.by_name(f"a.{suffix}") is None


@pytest.mark.parametrize(("name", "nameless"), [("IMG_1", True), ("a.jpg", False), (".x", False)])
def test_names_without_a_suffix(name: str, nameless: bool) -> None:
    assert unsupported.is_nameless(name) == nameless


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (photos.encoded(photos.quarters(), "JPEG"), "JPEG"),
        (photos.encoded(photos.quarters(), "WEBP"), "WebP"),
        (b"\0\0\0\x20ftypisom" + bytes(20), "MP4"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"all: build\n\tcc main.c\n", None),
        (b"", None),
    ],
)
def test_by_content(data: bytes, kind: str | None) -> None:
    assert unsupported.by_content(data[: unsupported.HEAD]) == kind
