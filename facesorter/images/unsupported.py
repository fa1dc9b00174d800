"""Files that look like media but are not supported, so that the user hears about them.

Told by their suffix, or by how they begin where they have none. A kind is what people call such a
file: "PSD", "WMV", "JPEG without a suffix".
"""

from __future__ import annotations

from facesorter.images import formats

_PICTURES = """
ai apng bpg cin cur dds dpx emf eps exr fits fpx hdr icns ico iff j2c j2k jng jp2 jpc jpf jpx jps
jxr kra lif mng mpo ora pam pbm pcd pcx pfm pgm pict pnm ppm psb psd pspimage qoi ras rgbe sgi svg
svgz tga vicar webm wdp wmf xbm xcf xpm
"""
_VIDEOS = """
3g2 3gp 3gpp amv asf avi divx dv f4v flv insv ivf lrv m1v m2t m2ts m2v m4v mjpeg mjpg mkv mov mp4
mpe mpeg mpg mts mxf ogm ogv qt rm rmvb swf vob wmv xvid
"""
MEDIA = frozenset(f"{_PICTURES} {_VIDEOS}".split())
"""Suffixes of pictures and videos, read or not."""

HEAD = 32
"""Bytes that `by_content` looks at."""

WITHOUT_SUFFIX = "{kind} without a suffix"
"""Kind of a file that would be read if its name said what it is."""

_BEGINNINGS = (
    (4, b"ftyp", "MP4"),
    (0, b"\x1a\x45\xdf\xa3", "MKV"),
    (0, b"8BPS", "PSD"),
    (0, b"\x00\x00\x01\xba", "MPG"),
    (0, b"FLV\x01", "FLV"),
)
"""Where and how files begin that no `formats.Format` knows."""


def by_name(name: str) -> str | None:
    """Return the kind of a file that is media by its suffix and isn't read; None for others."""
    stem, dot, suffix = name.rpartition(".")
    if not (dot and stem) or name[0] == "." or formats.is_photo(name):
        return None
    return suffix.upper() if suffix.lower() in MEDIA else None


def is_nameless(name: str) -> bool:
    """Return whether only the content of a file can tell what it is: its name has no suffix."""
    return name[:1] != "." and "." not in name


def by_content(head: bytes) -> str | None:
    """Return what a file is by its first `HEAD` bytes, such as "JPEG"; None if it isn't media."""
    form = formats.by_magic(head)
    if form is not None:
        return form.name
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "AVI"
    return next((kind for at, mark, kind in _BEGINNINGS if head.startswith(mark, at)), None)
