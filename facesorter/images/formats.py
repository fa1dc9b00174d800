"""The photo formats: one record for each, and everything about a format that others must know.

`images.decode` reads by it, the scan finds photos by it, the installers offer its types, and the
program that is built for others takes its plugins along. To add a format, add a record here; see
"A photo format" in CONTRIBUTING.md.

Imports nothing heavy: the scan asks it about every file name in a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of photo file; ``max_pixels`` 0 is one that is recognized but can't be read."""

    name: str
    """As sentences and README say it."""
    suffixes: tuple[str, ...]
    """Lower case, without the dot. They decide what is taken for a photo, never how it is read."""
    magic: tuple[bytes, ...] = ()
    """How such files begin, from byte ``magic_at`` on."""
    magic_at: int = 0
    pillow: tuple[str, ...] = ()
    """What Pillow calls it, in the order of preference: the first is asked to open the file, and
    the others are what the same reader may find in it."""
    max_pixels: int = 0
    """Most pixels of a picture, see [Note: bounded memory]; cameras and scanners stay below."""
    plugins: tuple[str, ...] = ()
    """Modules whose import makes Pillow know the format."""
    register: Callable[[Any], object] | None = None
    """Called with the first plugin once it is imported, where importing it is not enough."""
    media_types: tuple[str, ...] = ()
    """What desktops offer the program for in "Open with"; none where few people have such files."""


def _register_heif(pi_heif: Any) -> None:
    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )


FORMATS = (
    Format(
        name="JPEG",
        suffixes=("jpg", "jpeg", "jpe", "jfif", "jif"),
        magic=(b"\xff\xd8\xff",),
        pillow=("JPEG", "MPO"),  # MPO: several JPEG pictures in one file
        max_pixels=400 * MEGA,  # baseline files are decoded at a fraction of their size
        plugins=("PIL.JpegImagePlugin", "PIL.MpoImagePlugin"),
        media_types=("image/jpeg",),
    ),
    Format(
        name="PNG",
        suffixes=("png",),
        magic=(b"\x89PNG",),
        pillow=("PNG",),
        max_pixels=100 * MEGA,  # 4 bytes a pixel while decoding: 400 MB
        plugins=("PIL.PngImagePlugin",),
        media_types=("image/png",),
    ),
    Format(
        name="WebP",
        suffixes=("webp",),
        magic=(b"WEBP",),
        magic_at=8,
        pillow=("WEBP",),
        max_pixels=50 * MEGA,  # its decoder holds several whole pictures: 10 to 16 bytes a pixel
        plugins=("PIL.WebPImagePlugin",),
        media_types=("image/webp",),
    ),
    Format(
        name="TIFF",
        suffixes=("tif", "tiff"),
        magic=(b"II*\x00", b"MM\x00*"),
        pillow=("TIFF",),
        max_pixels=100 * MEGA,
        plugins=("PIL.TiffImagePlugin",),
        media_types=("image/tiff",),
    ),
    Format(
        name="BMP",
        suffixes=("bmp", "dib"),
        magic=(b"BM",),
        pillow=("BMP",),
        max_pixels=100 * MEGA,
        plugins=("PIL.BmpImagePlugin",),
        media_types=("image/bmp",),
    ),
    Format(
        name="GIF",
        suffixes=("gif",),
        magic=(b"GIF8",),
        pillow=("GIF",),
        max_pixels=64 * MEGA,
        plugins=("PIL.GifImagePlugin",),
        media_types=("image/gif",),
    ),
    Format(
        name="AVIF",
        suffixes=("avif", "avifs"),
        magic=(b"ftypavif", b"ftypavis"),
        magic_at=4,
        pillow=("AVIF",),
        max_pixels=50 * MEGA,  # as WebP
        plugins=("PIL.AvifImagePlugin",),
        media_types=("image/avif",),
    ),
    Format(
        name="HEIC",
        suffixes=("heic", "heics", "heif", "heifs", "hif"),
        magic=(b"ftyphe", b"ftypmif1", b"ftypmsf1"),
        magic_at=4,
        pillow=("HEIF",),
        max_pixels=50 * MEGA,  # as WebP
        plugins=("pi_heif",),
        register=_register_heif,
        media_types=("image/heic", "image/heif"),
    ),
    Format(
        name="JPEG XL",
        suffixes=("jxl",),
        magic=(b"\xff\x0a", b"\x00\x00\x00\x0cJXL "),
    ),
)

_RAW = """
3fr ari arw bay cr2 cr3 crw dcr dng erf fff iiq k25 kdc mef mos mrw nef nrw orf pef ptx raf raw rw2
rwl sr2 srf srw x3f
"""
RAW_SUFFIXES = frozenset(_RAW.split())
"""Camera raw files: `images.raw` shows the preview that the camera put inside."""

PHOTO_SUFFIXES = RAW_SUFFIXES.union(*(form.suffixes for form in FORMATS))

READABLE = tuple(form for form in FORMATS if form.max_pixels)

BY_PILLOW = {name: form for form in READABLE for name in form.pillow}
"""The format of a picture that Pillow opened, by Pillow's name for it."""

PLUGINS = tuple(plugin for form in READABLE for plugin in form.plugins)
"""Modules that are imported by name, which nobody sees who only reads import statements."""


def is_photo(name: str) -> bool:
    """Whether a file of this name is taken for a photo; ``name`` is without its folders.

    Hidden files are not, and neither are the ``._`` companions that macOS leaves on other systems'
    disks, which carry a photo's name and no picture.
    """
    stem, dot, suffix = name.rpartition(".")
    return bool(dot and stem) and name[0] != "." and suffix.lower() in PHOTO_SUFFIXES


def by_magic(data: bytes) -> Format | None:
    """What a file's first bytes say that it is; None where no format begins so."""
    for form in FORMATS:
        if data.startswith(form.magic, form.magic_at):
            return form
    return None
