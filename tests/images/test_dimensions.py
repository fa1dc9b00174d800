"""Sizes are told before a decoder sees the file."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from facesorter.images import decode, dimensions, formats
from tests import photos

decode.prepare()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000"])
@pytest.mark.parametrize("size", [(1, 1), (61, 40), (300, 7)])
def test_what_pillow_writes(form: str, size: tuple[int, int]) -> None:
    data = photos.encoded(Image.new("RGB", size, "teal"), form)
    found = dimensions.declared(data)
    if formats.by_magic(data) is None:
        pytest.skip("not a format that is read")
    assert found is not None
    assert (found.width, found.height, found.progressive) == (*size, False)


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"progressive": True, "exif": b"Exif\0\0" + bytes(3000)}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0II*\0"}),
        ("TIFF", {"big_tiff": True}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_other_kinds(form: str, options: dict[str, object]) -> None:
    data = photos.encoded(Image.new("RGB", (61, 40), "teal"), form, **options)
    found = dimensions.declared(data)
    if formats.by_magic(data) is None:
        pytest.skip("not a format that is read")
    assert found is not None
    assert (found.width, found.height) == (61, 40)
    assert found.progressive == ("progressive" in options)


def test_heic() -> None:
    assert dimensions.declared(photos.heic()) == (96, 64, False)


@pytest.mark.parametrize("cut", [3, 9, 13, 20, 40, 80])
def test_headers_that_end_early_tell_nothing(cut: int) -> None:
    for form in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF"):
        data = photos.encoded(Image.new("RGB", (61, 40), "teal"), form)
        found = dimensions.declared(data[:cut])
        assert found is None or (found.width, found.height) == (61, 40)


@given(st.binary(max_size=60), st.sampled_from([form.magic[0] for form in formats.FORMATS]))
def test_nonsense_tells_nothing(noise: bytes, magic: bytes) -> None:
    for start in (0, 4, 8):
        dimensions.declared(noise[:start].ljust(start, b"\0") + magic + noise)


@photos.needs_shared
@pytest.mark.parametrize("folder", ["formats", "cases", "pairs"])
def test_real_files(folder: str) -> None:
    told = 0
    for path in sorted((photos.SHARED / folder).iterdir()):
        data = path.read_bytes()
        found, form = dimensions.declared(data), formats.by_magic(data)
        if found is None or form is None or not form.max_pixels:
            continue
        try:
            with Image.open(io.BytesIO(data)) as image:
                size = image.size
        except Exception:  # damaged
            continue
        # Some are cropped after decoding, and raw files begin with a smaller picture.
        assert found.pixels >= size[0] * size[1] or form.name == "TIFF", path.name
        told += 1
    assert told
