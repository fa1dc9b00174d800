"""Photo formats: one record per format, with everything that other modules need to know.

`images.decode` reads photos by these records, the scan finds them, the installers offer their
media types, and built programs bundle their plugins. To add a format, add a record here; see
"A photo format" in CONTRIBUTING.md.

Cheap to import: the scan checks every file name in a folder with `is_photo`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of photo file; ``max_pixels`` is 0 if it is recognized but can't be read."""

    name: str
    """Name used in messages and the README."""
    suffixes: tuple[str, ...]
    """Lowercase, without the dot. They decide what counts as a photo, never how it is read."""
    magic: tuple[bytes, ...] = ()
    """Possible first bytes of such files, starting at byte ``magic_at``."""
    magic_at: int = 0
    pillow: tuple[str, ...] = ()
    """Pillow's names, in order of preference: the first one opens the file, and the others are
    formats that its reader may report."""
    max_pixels: int = 0
    """Most pixels of a picture, see [Note: bounded memory]; cameras and scanners stay below."""
    in_process: bool = False
    """Whether it is decoded in this process: where that is quick, and the decoder has never crashed
    on a damaged file. All others are in a process of their own, see `images.decoders`."""
    animated: bool = False
    """Whether it may have several frames that are played, see `images.animation`."""
    plugins: tuple[str, ...] = ()
    """Modules whose import registers the format with Pillow."""
    register: Callable[[Any], object] | None = None
    """Called with the first plugin module if importing it does not register the format."""
    media_types: tuple[str, ...] = ()
    """Types for which desktops offer the program in "Open with"; empty for rare formats."""


def _register_heif(pi_heif: Any) -> None:
    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )


def _register_tiff(plugin: Any) -> None:
    # Pillow knows CIELab of 8 bits only. Read as RGB, the upper bytes of 16 bits are the same,
    # but for the signs; `convert.to_rgb` puts them right.
    for order, raw_mode in ((plugin.II, "RGB;16L"), (plugin.MM, "RGB;16B")):
        plugin.OPEN_INFO[order, 8, (1,), 1, (16, 16, 16), ()] = ("RGB", raw_mode)


def _register_jxl(jxl: Any) -> None:
    jxl.register()


FORMATS = (
    Format(
        name="JPEG",
        suffixes=("jpg", "jpeg", "jpe", "jfif", "jif", "mpo", "jps"),
        magic=(b"\xff\xd8\xff",),
        pillow=("JPEG", "MPO"),  # MPO: several JPEG pictures in one file
        max_pixels=400 * MEGA,  # baseline files are decoded at a fraction of their size
        in_process=True,
        plugins=("PIL.JpegImagePlugin", "PIL.MpoImagePlugin"),
        media_types=("image/jpeg",),
    ),
    Format(
        name="PNG",
        suffixes=("png", "apng"),
        magic=(b"\x89PNG",),
        pillow=("PNG",),
        max_pixels=100 * MEGA,  # 4 bytes a pixel while decoding: 400 MB
        in_process=True,
        animated=True,
        plugins=("PIL.PngImagePlugin",),
        media_types=("image/png",),
    ),
    Format(
        name="WebP",
        suffixes=("webp",),
        magic=(b"WEBP",),
        magic_at=8,
        pillow=("WEBP",),
        max_pixels=80 * MEGA,  # 7 bytes a pixel while decoding, see `images.large_webp`
        animated=True,
        plugins=("PIL.WebPImagePlugin",),
        media_types=("image/webp",),
    ),
    Format(
        name="TIFF",
        suffixes=("tif", "tiff", "btf"),
        magic=(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
        pillow=("TIFF",),
        max_pixels=100 * MEGA,
        plugins=("PIL.TiffImagePlugin",),
        register=_register_tiff,
        media_types=("image/tiff",),
    ),
    Format(
        name="BMP",
        suffixes=("bmp", "dib"),
        magic=(b"BM",),
        pillow=("BMP",),
        max_pixels=100 * MEGA,
        in_process=True,
        plugins=("PIL.BmpImagePlugin",),
        media_types=("image/bmp",),
    ),
    Format(
        name="GIF",
        suffixes=("gif",),
        magic=(b"GIF8",),
        pillow=("GIF",),
        max_pixels=64 * MEGA,
        in_process=True,
        animated=True,
        plugins=("PIL.GifImagePlugin",),
        media_types=("image/gif",),
    ),
    Format(
        name="AVIF",
        suffixes=("avif", "avifs"),
        magic=(b"ftypavif", b"ftypavis"),
        magic_at=4,
        pillow=("AVIF",),
        max_pixels=70 * MEGA,  # 9 bytes a pixel while decoding
        animated=True,
        plugins=("PIL.AvifImagePlugin",),
        media_types=("image/avif",),
    ),
    Format(
        name="HEIC",
        suffixes=("heic", "heics", "heif", "heifs", "hif"),
        magic=(b"ftyphe", b"ftypmif1", b"ftypmsf1"),
        magic_at=4,
        pillow=("HEIF",),
        max_pixels=50 * MEGA,  # its decoder holds several pictures; more if it consists of tiles
        plugins=("pi_heif",),
        register=_register_heif,
        media_types=("image/heic", "image/heif"),
    ),
    Format(
        name="JPEG XL",
        suffixes=("jxl",),
        magic=(b"\xff\x0a", b"\x00\x00\x00\x0cJXL "),
        pillow=("JXL",),
        max_pixels=80 * MEGA,  # 8 bytes a pixel while decoding; lossless ones fail above 40
        plugins=("facesorter.images.jxl",),
        register=_register_jxl,
        media_types=("image/jxl",),
    ),
    Format(
        name="JPEG 2000",
        suffixes=("jp2", "j2k", "j2c", "jpc", "jpf", "jpx"),
        magic=(b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
        pillow=("JPEG2000",),
        max_pixels=50 * MEGA,  # at half size from `decode.MAX_JPEG2000`
        plugins=("PIL.Jpeg2KImagePlugin",),
        media_types=("image/jp2",),
    ),
    Format(
        name="Photoshop",
        suffixes=("psd",),
        magic=(b"8BPS",),
        pillow=("PSD",),
        max_pixels=100 * MEGA,  # the composite only, no layers
        plugins=("PIL.PsdImagePlugin",),
        media_types=("image/vnd.adobe.photoshop",),
    ),
)

_RAW = """
3fr ari arw bay cr2 cr3 crw dcr dng erf fff gpr iiq k25 kdc mef mos mrw nef nrw orf pef ptx raf raw
rw2 rwl sr2 srf srw x3f
"""
RAW_SUFFIXES = frozenset(_RAW.split())
"""Camera raw files, shown by their embedded preview (`images.raw`) or developed
(`images.developing`)."""

VIDEO_SUFFIXES = frozenset({"mp4", "mov", "m4v", "avi", "mkv", "webm", "3gp", "3g2", "mts", "m2ts"})
"""Videos, which are photos to most of the program: `images.videos` gives frames of them."""

PHOTO_SUFFIXES = RAW_SUFFIXES.union(VIDEO_SUFFIXES, *(form.suffixes for form in FORMATS))

READABLE = tuple(form for form in FORMATS if form.max_pixels)

BY_PILLOW = {name: form for form in READABLE for name in form.pillow}
"""Formats by Pillow's name for them."""

ANIMATED = frozenset(suffix for form in READABLE if form.animated for suffix in form.suffixes)
"""Suffixes of files that may be animated."""

PLUGINS = tuple(plugin for form in READABLE for plugin in form.plugins)
"""Modules imported by name, which tools that read import statements miss."""


def is_photo(name: str) -> bool:
    """Return whether a file name (without folders) is that of a photo or video.

    Hidden files are not photos, nor are the ``._`` companions that macOS leaves on other systems'
    disks, which carry a photo's name but no picture.
    """
    stem, dot, suffix = name.rpartition(".")
    return bool(dot and stem) and name[0] != "." and suffix.lower() in PHOTO_SUFFIXES


def may_be_animated(name: str) -> bool:
    """Return whether a file may have several frames, by its name."""
    return name.rpartition(".")[2].lower() in ANIMATED


def is_video(name: str) -> bool:
    """Return whether a file name or path is that of a video."""
    return name.rpartition(".")[2].lower() in VIDEO_SUFFIXES


def by_magic(data: bytes) -> Format | None:
    """Detect the format from a file's first bytes; None if unknown."""
    for form in FORMATS:
        if data.startswith(form.magic, form.magic_at):
            return form
    return None


def is_sidecar(name: str) -> bool:
    """Return whether a file may tell something about a photo beside it, by its name."""
    return name.lower().endswith((".xmp", ".json"))
