"""Says which files are photos, by name alone; what a file truly holds is for `decode` to find.

Imports nothing heavy: the scan asks it about every file name in a folder.
"""

from __future__ import annotations

# fmt: off
RAW_SUFFIXES = frozenset((
    "3fr", "ari", "arw", "bay", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "iiq", "k25",
    "kdc", "mef", "mos", "mrw", "nef", "nrw", "orf", "pef", "ptx", "raf", "raw", "rw2", "rwl",
    "sr2", "srf", "srw", "x3f",
))
"""Camera raw files: shown by the preview that the camera put inside."""

PHOTO_SUFFIXES = RAW_SUFFIXES | frozenset((
    "jpg", "jpeg", "jpe", "jfif", "jif", "png", "webp", "tif", "tiff", "bmp", "dib", "gif",
    "avif", "avifs", "heic", "heics", "heif", "heifs", "hif", "jxl",
))
"""Lower case, without the dot. JPEG XL is listed so that such a file is named, not ignored."""
# fmt: on


def is_photo(name: str) -> bool:
    """Whether a file of this name is taken for a photo; ``name`` is without its folders.

    Hidden files are not, and neither are the ``._`` companions that macOS leaves on other systems'
    disks, which carry a photo's name and no picture.
    """
    stem, dot, suffix = name.rpartition(".")
    return bool(dot and stem) and name[0] != "." and suffix.lower() in PHOTO_SUFFIXES
