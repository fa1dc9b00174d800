import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from facesorter.errors import UnreadablePhoto
from facesorter.images import colour, decode, decoders, formats
from tests import photos
from tests.support.corners import INVERSE, corner_colours

decode.prepare()
WRITTEN = [form.pillow[0] for form in formats.READABLE if form.pillow[0] in Image.SAVE]
"""The formats that Pillow writes, too; of the others tests need a file."""


def load(data: bytes, long_side: int | None = None) -> decode.Picture:
    return decode.load_upright(data, long_side=long_side)


@pytest.mark.parametrize("form", WRITTEN)
def test_formats_give_contiguous_rgb(form: str) -> None:
    picture = load(photos.encoded(photos.quarters(), form))
    assert picture.pixels.shape == (40, 60, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.c_contiguous
    assert (picture.width, picture.height, picture.orientation) == (60, 40, 1)
    assert picture.format == form
    assert corner_colours(picture.pixels) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("form", formats.READABLE, ids=lambda form: form.name)
def test_a_format_is_told_by_how_it_begins(form: formats.Format) -> None:
    made = {"HEIC": photos.heic, "JPEG XL": photos.jxl, "Photoshop": photos.psd}.get(form.name)
    if made is None:
        data = photos.encoded(photos.quarters(), form.pillow[0])
    else:
        data = made() if made is photos.heic else made(photos.quarters())
    assert formats.by_magic(data) is form
    assert formats.BY_PILLOW[load(data).format] is form


# What the viewer should see is red, green / blue, white; each file holds it turned the other way.


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("long_side", [None, 30])
def test_every_orientation(form: str, orientation: int, long_side: int | None) -> None:
    stored = photos.quarters(60, 40)
    turn = INVERSE[orientation]
    if turn is not None:
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = load(photos.encoded(stored, form, exif=exif), long_side)
    assert (picture.width, picture.height) == (60, 40)
    assert picture.pixels.shape == ((40, 60, 3) if long_side is None else (20, 30, 3))
    assert corner_colours(picture.pixels) == ["red", "green", "blue", "white"]
    assert picture.pixels.flags.c_contiguous
    if form != "AVIF":  # which keeps the turn in its own box
        assert picture.orientation == orientation


@pytest.mark.parametrize("in_parts", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_parts_of_a_full_picture(
    orientation: int, in_parts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = photos.encoded(photos.quarters(), "JPEG", exif=exif)
    monkeypatch.setattr(decode, "LARGE", 0 if in_parts else decode.LARGE)
    whole = load(data).pixels
    with decode.open_full(data) as full:
        assert (full.height, full.width, full.scale) == (*whole.shape[:2], 1)
        assert np.array_equal(full.read(0, 0, full.width, full.height), whole)
        assert np.array_equal(full.read(3, 5, 11, 7), whole[5:12, 3:14])


def test_a_full_picture_of_no_photo_says_why() -> None:
    with pytest.raises(UnreadablePhoto), decode.open_full(b"\xff\xd8\xff nothing"):
        pass


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_nonsense_orientation_is_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert load(photos.encoded(photos.quarters(), "JPEG", exif=exif)).orientation == 1


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "really a png.jpg"
    path.write_bytes(photos.encoded(photos.quarters(), "PNG"))
    assert load(decode.read_bytes(path)).format == "PNG"


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("long_side", [1, 7, 64, 100, 319, 5000])
def test_long_side_is_a_bound(form: str, long_side: int) -> None:
    data = photos.encoded(Image.fromarray(photos.pixels(photos.six_people())), form)
    picture = load(data, long_side)
    assert max(picture.pixels.shape[:2]) == min(long_side, 1280)
    assert (picture.width, picture.height) == (1280, 886)


def test_shrunk_pixels_equal_shrunk_whole() -> None:
    image = Image.fromarray(photos.pixels(photos.six_people()))
    small = load(photos.encoded(image, "PNG"), 301).pixels
    plain = np.asarray(image.resize(small.shape[1::-1], Image.Resampling.BOX))
    assert np.abs(small.astype(int) - plain).mean() < 2


def test_extreme_shapes() -> None:
    assert load(photos.encoded(Image.new("RGB", (1, 1), "red"), "PNG")).pixels.tolist() == [
        [[255, 0, 0]]
    ]
    tall = load(photos.encoded(Image.new("L", (2, 9000), 100), "PNG"), 640)
    assert tall.pixels.shape == (640, 1, 3)


def test_modes_become_rgb() -> None:
    red = Image.new("RGB", (32, 24), (250, 10, 20))
    for image, form in [
        (red.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"),
        (red.convert("P", palette=Image.Palette.ADAPTIVE), "GIF"),
        (red.convert("CMYK"), "JPEG"),
        (red.convert("CMYK"), "TIFF"),
        (red.convert("RGBA"), "PNG"),
        (red.convert("YCbCr"), "TIFF"),
    ]:
        got = load(photos.encoded(image, form)).pixels.reshape(-1, 3).mean(0)
        assert np.abs(got - (250, 10, 20)).max() < 8, (image.mode, form)
    for mode, value, expected in [("1", 1, 255), ("L", 77, 77), ("LA", (77, 255), 77)]:
        grey = Image.new(mode, (8, 8), value)
        assert (load(photos.encoded(grey, "PNG")).pixels == expected).all(), mode


def test_deep_grey_becomes_eight_bits() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    for form in ("PNG", "TIFF"):
        got = load(photos.encoded(Image.fromarray(ramp), form)).pixels
        assert np.array_equal(got[..., 0], ramp >> 8), form
        assert np.array_equal(got[..., 0], got[..., 2])
    share = Image.fromarray(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16))
    got = load(photos.encoded(share, "TIFF")).pixels[..., 1]
    assert got.min() == 0 and got.max() == 255 and abs(int(got[8, 0]) - 128) <= 1


def test_transparency_lies_on_white() -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert (load(photos.encoded(clear, "PNG")).pixels == 255).all()
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    assert (load(photos.encoded(half, "WEBP", lossless=True)).pixels == 127).all()
    keyed = Image.new("P", (8, 8), 3)
    keyed.putpalette([10, 20, 30] * 256)
    assert (load(photos.encoded(keyed, "PNG", transparency=3)).pixels == 255).all()


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (20, 20), name) for name in ("red", "blue")]
    for form in ("GIF", "WEBP", "TIFF"):
        data = photos.encoded(frames[0], form, save_all=True, append_images=frames[1:])
        red, _, blue = load(data).pixels[10, 10].tolist()
        assert red > 200 and blue < 60, form


def test_wide_gamut_is_converted_on_demand() -> None:
    p3 = ImageCms.createProfile("sRGB")
    data = photos.encoded(
        Image.new("RGB", (8, 8), (200, 60, 60)),
        "JPEG",
        quality=100,
        icc_profile=ImageCms.ImageCmsProfile(p3).tobytes(),
    )
    assert (load(data).pixels[4, 4] == load(data).pixels[0, 0]).all()
    pixels = np.full((4, 4, 3), (200, 60, 60), np.uint8)
    wide = colour.to_srgb(pixels, colour.Colour(primaries=12))
    # A colour of Display P3 is more vivid than the same numbers in sRGB.
    assert wide[0, 0, 0] > 205 and wide[0, 0, 1] < 50
    grey = np.full((4, 4, 3), 128, np.uint8)
    assert np.abs(colour.to_srgb(grey, colour.Colour(primaries=12)).astype(int) - 128).max() <= 1


def test_a_profile_that_cannot_be_used_is_ignored() -> None:
    pixels = np.full((4, 4, 3), 99, np.uint8)
    assert (colour.to_srgb(pixels, colour.Colour(icc=b"nonsense")) == 99).all()
    data = photos.encoded(Image.new("CMYK", (8, 8)), "JPEG", icc_profile=b"nonsense" * 20)
    assert (load(data).pixels > 250).all()


def test_pq_values_are_brought_to_ordinary_brightness() -> None:
    # From ITU-R BT.2408: PQ 0.58 is paper white, 203 nits; 0.508 is 100 nits, 49 % of it, in sRGB
    # 0.73.
    values = np.zeros((1, 2, 3), np.uint8)
    values[0, 0], values[0, 1] = round(0.58 * 255), round(0.508 * 255)
    white, grey = colour.to_srgb(values, colour.Colour(primaries=1, transfer=colour.PQ))[0, :, 0]
    assert white > 235
    assert abs(int(grey) - 186) <= 4


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_cut_jpeg_is_shown_as_far_as_it_goes(share: float, progressive: bool) -> None:
    image = Image.fromarray(photos.pixels(photos.astronaut()))
    data = photos.encoded(image, "JPEG", progressive=progressive)
    cut = load(data[: int(len(data) * share)], 256)
    whole = load(data, 256)
    assert whole.note is None
    assert cut.note == decode.CUT_SHORT
    assert cut.pixels.shape == whole.pixels.shape
    if not progressive and share > 0.1:  # of less, the header takes most
        rows = int(len(whole.pixels) * share * 0.6)
        assert np.array_equal(cut.pixels[:rows], whole.pixels[:rows])


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_jpeg_without_its_last_bytes(missing: int) -> None:
    data = photos.encoded(Image.fromarray(photos.pixels(photos.astronaut())), "JPEG")
    assert load(data[:-missing]).note == decode.CUT_SHORT


def test_a_png_cut_behind_its_pixels() -> None:
    data = photos.encoded(photos.quarters(), "PNG")
    assert load(data[:-1]).note is None  # nothing is missing but the word "end"
    cut = load(data[:-12] + b"\0\0\1\0IDAT")
    assert cut.note == decode.CUT_SHORT
    assert corner_colours(cut.pixels) == ["red", "green", "blue", "white"]


def test_a_large_cut_jpeg_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    data = photos.encoded(Image.fromarray(photos.pixels(photos.astronaut())), "JPEG")
    monkeypatch.setattr(decode, "LARGE", 1000)
    parts = []
    for end in (len(data), len(data) // 2):
        with decode.open_full(data[:end]) as full:
            parts.append(full.read(10, 10, 200, 50))
    assert np.array_equal(*parts)


def test_a_jpeg_that_ends_in_its_header_is_an_error() -> None:
    data = photos.encoded(photos.quarters(), "JPEG")
    with pytest.raises(UnreadablePhoto, match=r"incomplete|damaged"):
        load(data[: data.index(b"\xff\xda")])


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_cut_files_are_errors_not_grey_pictures(form: str, share: float) -> None:
    image = Image.fromarray(photos.pixels(photos.astronaut()))
    data = photos.encoded(image, form)
    with pytest.raises(UnreadablePhoto) as caught:
        load(data[: int(len(data) * share)], 256)
    assert str(caught.value).endswith(".")
    assert "0x" not in str(caught.value) and "Error" not in str(caught.value)


@photos.needs_shared
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_cut_heic_file_is_an_error(share: float) -> None:
    data = (photos.SHARED / "formats" / "formats__heic__IMG_2682.heic").read_bytes()
    with pytest.raises(UnreadablePhoto, match="incomplete"):
        load(data[: int(len(data) * share)], 256)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\0" * 5000, "only zeros"),
        (b"hello, I am a text", "isn’t a photo"),
        (b"<html><body>404</body></html>", "isn’t a photo"),
        (b"\xff\x0a" + b"\1" * 99, "JPEG XL photo but is damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\1" * 99, "PNG photo but is damaged"),
        (b"%PDF-1.4" + b"\n" * 99, "isn’t a photo"),
        (b"II*\0\x08\0\0\0\1\0\x12\xc6\4\0\1\0\0\0\1\4\0\0\0\0\0\0", "incomplete"),
    ],
)
def test_what_is_no_photo_is_told_in_words(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadablePhoto, match=sentence):
        load(data)


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(UnreadablePhoto, match="too large"):
        load(png_claiming(50_000, 50_000), 256)


def test_a_progressive_jpeg_of_many_scans_has_a_time_limit() -> None:
    data = photos.encoded(Image.new("L", (3000, 3000), 90), "JPEG", progressive=True)
    assert not decode._is_apart(data)
    assert decode._is_apart(data[:-2] + b"\xff\xda" * 100)


def test_broken_tags_dont_hide_a_picture() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", "\nexif\n 20\nxyz not hexadecimal")
    picture = load(photos.encoded(photos.quarters(), "PNG", pnginfo=text))
    assert corner_colours(picture.pixels) == ["red", "green", "blue", "white"]


def test_large_jpeg_is_decoded_in_small() -> None:
    image = Image.new("L", (12_000, 9_000), 90)
    picture = load(photos.encoded(image, "JPEG"), 640)
    assert picture.pixels.shape == (480, 640, 3)
    assert (picture.width, picture.height) == (12_000, 9_000)


def test_reading_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadablePhoto, match="no longer exists"):
        decode.read_bytes(tmp_path / "gone.jpg")
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(UnreadablePhoto, match="empty"):
        decode.read_bytes(tmp_path / "empty.jpg")
    with pytest.raises(UnreadablePhoto):
        decode.read_bytes(tmp_path)
    (tmp_path / "big.jpg").write_bytes(b"x" * 2000)
    monkeypatch.setattr(decode, "MAX_FILE", 1000)
    with pytest.raises(UnreadablePhoto, match="larger than"):
        decode.read_bytes(tmp_path / "big.jpg")


def test_remarks_of_decoders_are_not_warnings(recwarn: pytest.WarningsRecorder) -> None:
    # A TIFF directory with a nonsense entry makes Pillow warn; here warnings are errors.
    data = bytearray(photos.encoded(photos.quarters(), "TIFF"))
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    broken = struct.pack("<HHII", 0x0131, 2, 1000, len(data) - 3)
    moved = bytes(data[start + 2 : start + 2 + 12 * count])
    table = struct.pack("<H", count + 1) + moved + broken + b"\0\0\0\0"
    struct.pack_into("<I", data, 4, len(data))
    assert load(bytes(data) + table).format == "TIFF"
    assert not recwarn.list


def test_threads_decode_at_once() -> None:
    data = photos.encoded(Image.fromarray(photos.pixels(photos.six_people())), "JPEG")
    expected = load(data, 500).pixels
    results: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: results.append(load(data, 500).pixels)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert all(np.array_equal(result, expected) for result in results)


@photos.needs_shared
@pytest.mark.parametrize("folder", ["damaged", "formats"])
def test_every_file_gives_a_picture_or_a_sentence(folder: str) -> None:
    from facesorter.images.formats import is_photo

    paths = [p for p in (photos.SHARED / folder).rglob("*") if p.is_file() and is_photo(p.name)]
    assert len(paths) > 50
    shown = 0
    for path in paths:
        try:
            picture = load(decode.read_bytes(path), 640)
        except UnreadablePhoto as error:
            assert str(error).endswith(".") and 15 < len(str(error)) < 120, path
            continue
        assert max(picture.pixels.shape[:2]) <= 640
        shown += 1
    assert shown >= (60 if folder == "formats" else 1)


@photos.needs_shared
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Canon-R6-pruned.CR3", (1620, 1080)),
        ("canon_eos_6d.dng", (1224, 816)),
        ("formats__heic__IMG_2682.heic", (4032, 3024)),
        ("formats__avif__10bit-HDR-P3-nclx.avif", (3681, 5594)),
        ("heif__RGBA_12__29x100.heif", (29, 100)),
        ("metadata__faces__portrait-orientation-6.jpg", (840, 700)),
    ],
)
def test_real_files_of_many_kinds(name: str, size: tuple[int, int]) -> None:
    picture = load((photos.SHARED / "formats" / name).read_bytes(), 800)
    assert (picture.width, picture.height) == size
    assert picture.pixels.std() > 10


def test_raw_preview_is_found_and_turned() -> None:
    preview = photos.encoded(photos.quarters(900, 600), "JPEG")
    tiny = photos.encoded(photos.quarters(90, 60), "JPEG")
    # A directory with a camera's name, an orientation and sub-directories, as raw files have.
    entries = [(0x010F, 2, 4, b"Cam\0"), (0x0112, 3, 1, b"\6\0\0\0"), (0x014A, 4, 1, b"\0\0\0\0")]
    table = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in entries
    )
    data = b"II*\0\x08\0\0\0" + table + b"\0\0\0\0" + tiny + b"\x55" * 999 + preview + b"\x11" * 99
    picture = load(data)
    assert picture.format == "RAW"
    assert (picture.width, picture.height) == (600, 900)
    assert corner_colours(picture.pixels) == ["blue", "red", "white", "green"]
    with pytest.raises(UnreadablePhoto, match="Raw photos from this camera"):
        load(b"II*\0\x08\0\0\0" + table + b"\0\0\0\0" + tiny)


def test_cause_keeps_the_technical_reason() -> None:
    with pytest.raises(UnreadablePhoto) as caught:
        load(b"not a photo")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("large", [False, True])
def test_photos_are_decoded_here_where_no_process_can_be_started(
    large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def none() -> Iterator[None]:
        yield None

    monkeypatch.setattr(decoders._pool, "process", none)
    monkeypatch.setattr(decode, "LARGE", 0 if large else decode.LARGE)
    data = photos.encoded(photos.quarters(), "WEBP", lossless=True)
    assert corner_colours(load(data).pixels) == ["red", "green", "blue", "white"]
    with decode.open_full(data) as full:
        assert full.read(0, 0, 3, 2).shape == (2, 3, 3)
    assert not decoders.decodes_here()
