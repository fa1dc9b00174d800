"""Reader for the metadata inside a photo file: dates and everything else.

Which of the dates counts is decided in `images.dates`, together with the file's name and neighbors;
what else is read is in `images.photo_info`.
"""

from __future__ import annotations

import datetime
import email.utils
import io
import os
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageFile, IptcImagePlugin

from facesorter.images import (
    decode,
    decoders,
    embedded,
    formats,
    photo_info,
    raw,
    tiff,
    time_zones,
    video_headers,
)
from facesorter.images.dates import UTC_MARK, DateSource, parse_date, utc_time
from facesorter.images.photo_info import NO_INFO, PhotoInfo
from facesorter.images.video_headers import VideoHeader

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_ORIGINAL, _DIGITISED = 0x9003, 0x9004
_GPS_TIME, _GPS_DATE = 7, 29
_TIFF_XMP = 700
_IPTC_DATE, _IPTC_TIME = (2, 55), (2, 60)

_SCANNER = re.compile(
    r"scan|perfection|expression|\blide\b|opticfilm|flextight|imacon|noritsu|frontier",
    re.IGNORECASE,
)
"""Models that digitise prints and film: their date is that of the scan."""


@dataclass(frozen=True, slots=True)
class PhotoMetadata:
    """Dates of a photo file, and all else that it says."""

    dates: Mapping[DateSource, str] = field(default_factory=dict)
    """As `dates.parse_date` returns them."""
    info: PhotoInfo = NO_INFO

    @property
    def camera(self) -> str | None:
        """Make and model."""
        return self.info.camera


NO_METADATA = PhotoMetadata()
LIMITS = decoders.Limits(seconds=12.0, memory=300 << 20)
"""For the metadata of one file, where decoders may read all of it to find them."""


def read_metadata(data: bytes) -> PhotoMetadata:
    """Read a photo's metadata, without decoding pixels. Thread: any; blocks; never raises."""
    if not decode.opens_here(data):
        try:
            return decoders.run_within(LIMITS, read_metadata, data)
        except Exception:  # the decoder crashed
            return NO_METADATA
    try:
        if raw.looks_raw(data):
            return _of_tiff(data)
        try:
            with decode.open_image(_readable(data)) as image:
                return _with_pages(_of_image(image, data), data)
        except Exception:  # pixels that Pillow refuses; the tags may be as usual
            return _with_pages(_of_tiff(data), data) if data.startswith(_TIFF) else NO_METADATA
    except Exception:  # metadata of damaged files makes parsers raise anything
        return NO_METADATA


def _with_pages(metadata: PhotoMetadata, data: bytes) -> PhotoMetadata:
    """Add the number of pages of a TIFF that has several; smaller copies of a page are none."""
    if not data.startswith(_TIFF):
        return metadata
    pages = sum(not page.one(tiff.NEW_SUBFILE) & 1 for page in tiff.pages(data))
    return replace(metadata, info=replace(metadata.info, pages=pages)) if pages > 1 else metadata


def tags_and_xmp(data: bytes) -> tuple[Image.Exif, bytes]:
    """Return a photo's EXIF tags and XMP packet, empty where missing. Thread: any; never raises."""
    if not decode.opens_here(data):
        try:
            return decoders.run_within(LIMITS, tags_and_xmp, data)
        except Exception:  # the decoder crashed
            return Image.Exif(), b""
    try:
        if raw.looks_raw(data):
            return _tags_of_tiff(data)
        try:
            with decode.open_image(_readable(data)) as image:
                return _tags_of_image(image, data)
        except Exception:  # as in `read_metadata`
            return _tags_of_tiff(data) if data.startswith(_TIFF) else (Image.Exif(), b"")
    except Exception:  # metadata of damaged files makes parsers raise anything
        return Image.Exif(), b""


def read_file(path: Path) -> PhotoMetadata:
    """Read a photo file's metadata, of a JPEG or video only its header. Thread: any; blocks.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        if formats.is_video(path.name):
            return of_video(video_headers.read(file))
        if file.read(len(_JPEG)) == _JPEG:
            return _of_header(file)
        if os.fstat(file.fileno()).st_size > decode.MAX_FILE:
            return NO_METADATA
        file.seek(0)
        return read_metadata(file.read())


_CHUNK = 16 << 20
"""Bytes of a chunk of metadata that is read."""
_JPEG, _PNG, _TIFF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", tiff.MAGIC


def _of_header(file: BinaryIO) -> PhotoMetadata:
    decode.prepare()
    try:
        with Image.open(file, formats=["JPEG"]) as image:
            return _of_image(image)
    except OSError as error:
        if error.errno is not None:
            raise
        return NO_METADATA  # Pillow's own, for a damaged file
    except Exception:  # as above
        return NO_METADATA


def _readable(data: bytes) -> bytes:
    return without_pixels(io.BytesIO(data)) if data.startswith(_PNG) else data


def without_pixels(file: BinaryIO) -> bytes:
    """Return the metadata of a PNG file as one of a single pixel, and skip the file's pixels.

    Metadata may follow the pixels, which Pillow decodes to get there.
    """
    file.seek(len(_PNG))
    kept = [_PNG, _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))]
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt") and length <= _CHUNK:
            kept.append(header + file.read(length + 4))
        else:
            file.seek(length + 4, io.SEEK_CUR)
    return b"".join((*kept, _chunk(b"IDAT", zlib.compress(bytes(2))), _chunk(b"IEND", b"")))


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _of_image(image: ImageFile.ImageFile, data: bytes = b"") -> PhotoMetadata:
    return _metadata(*_tags_of_image(image, data), _iptc(image), image.info)


def _tags_of_image(image: ImageFile.ImageFile, data: bytes = b"") -> tuple[Image.Exif, bytes]:
    tags = _tags(image)
    exif, xmp = embedded.find(image, data)
    if exif:
        tags.load(b"Exif\x00\x00" + exif)
    return tags, xmp or packet(image) or _bytes(tags.get(_TIFF_XMP))


def packet(image: Image.Image) -> bytes:
    """Return the XMP packet that Pillow found, empty if it found none."""
    info = image.info
    return _bytes(info.get("xmp") or info.get("XML:com.adobe.xmp")) or _profile(info, "xmp")


def _of_tiff(data: bytes) -> PhotoMetadata:
    return _metadata(*_tags_of_tiff(data), {}, {})


def _tags_of_tiff(data: bytes) -> tuple[Image.Exif, bytes]:
    tags = raw.exif(data)
    return tags, _bytes(tags.get(_TIFF_XMP))


def _tags(image: Image.Image) -> Image.Exif:
    try:
        return image.getexif()
    except Exception:  # Pillow doesn't read ImageMagick's form if anything follows it
        tags = Image.Exif()
        if data := _profile(image.info, "exif") or _profile(image.info, "APP1"):
            tags.load(data)
        return tags


def _profile(info: Mapping[Any, Any], name: str) -> bytes:
    """Return metadata that ImageMagick wrote into a PNG as text: name, length, hexadecimal."""
    match = re.match(r"\s*\w+\s+\d+\s+([0-9a-f\s]*)", str(info.get(f"Raw profile type {name}")))
    digits = "".join(match[1].split()) if match else ""
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _metadata(
    tags: Image.Exif, xmp: bytes, iptc: Mapping[Any, Any], info: Mapping[Any, Any]
) -> PhotoMetadata:
    inner, gps = directory(tags, _EXIF_IFD), directory(tags, _GPS_IFD)
    described = replace(
        _info(tags, inner, gps, iptc, xmp), utc_offset=_utc_offset(tags, inner, gps, xmp)
    )
    # Some raw files keep all tags in one directory.
    digitised = parse_date(inner.get(_DIGITISED) or tags.get(_DIGITISED)) or xmp_date(
        xmp, DIGITISED_IN_XMP
    )
    by_camera = described.camera is not None and not _SCANNER.search(described.camera)
    found = {
        DateSource.ORIGINAL: parse_date(inner.get(_ORIGINAL) or tags.get(_ORIGINAL)),
        DateSource.XMP: xmp_date(xmp, ORIGINAL_IN_XMP),
        DateSource.IPTC: _iptc_date(iptc),
        DateSource.DIGITISED if by_camera else DateSource.SCANNED: digitised,
        DateSource.CONTAINER: _creation_time(info.get("Creation Time")),
        DateSource.GPS: _gps_date(gps) or xmp_date(xmp, (b"exif:GPSTimeStamp",)),
    }
    return PhotoMetadata({source: at for source, at in found.items() if at}, described)


def _info(
    tags: Image.Exif,
    inner: Mapping[int, Any],
    gps: Mapping[int, Any],
    iptc: Mapping[Any, Any],
    xmp: bytes,
) -> PhotoInfo:
    try:
        return photo_info.of_file(tags, inner, gps, iptc, xmp)
    except Exception:  # an odd tag must not hide the dates
        return NO_INFO


def _utc_offset(
    tags: Image.Exif, inner: Mapping[int, Any], gps: dict[int, Any], xmp: bytes
) -> int | None:
    local = parse_date(inner.get(_ORIGINAL) or tags.get(_ORIGINAL)) or xmp_date(
        xmp, ORIGINAL_IN_XMP
    )
    local = local or parse_date(inner.get(_DIGITISED) or tags.get(_DIGITISED))
    offset = time_zones.of_exif(tags, inner)
    if offset is None and local is not None:
        offset = time_zones.of_xmp(xmp, ORIGINAL_IN_XMP, local)
    return time_zones.by_gps(local, _gps_date(gps)) if offset is None else offset


def of_video(header: VideoHeader) -> PhotoMetadata:
    """Return what a video says. Thread: any; never raises.

    Its creation time is UTC, marked by a "Z": where it was recorded isn't known here.
    """
    recorded, offset = parse_date(header.recorded), time_zones.at_end(header.recorded)
    made = None if header.created is None else utc_time(header.created)
    digitised = xmp_date(header.xmp, DIGITISED_IN_XMP)
    by_clock = time_zones.by_gps(digitised, made) is not None
    if offset is None:
        offset = time_zones.by_gps(recorded or (digitised if by_clock else None), made)
    found = {
        DateSource.ORIGINAL: recorded,
        DateSource.XMP: xmp_date(header.xmp, ORIGINAL_IN_XMP),
        DateSource.DIGITISED if by_clock else DateSource.CONTAINER: digitised,
        DateSource.VIDEO: made and f"{made}{UTC_MARK}",
    }
    embedded = photo_info.of_xmp(header.xmp) if header.xmp else NO_INFO
    here = header.latitude is not None
    info = replace(
        embedded,
        make=header.make or embedded.make,
        model=header.model or embedded.model,
        latitude=header.latitude if here else embedded.latitude,
        longitude=header.longitude if here else embedded.longitude,
        altitude=header.altitude if here else embedded.altitude,
        utc_offset=offset,
        title=embedded.title or header.title,
        caption=embedded.caption or header.caption,
    )
    return PhotoMetadata({source: at for source, at in found.items() if at}, info)


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else b""


def directory(tags: Image.Exif, number: int) -> dict[int, Any]:
    """Return one directory of the tags, empty if it is missing or broken."""
    try:
        return tags.get_ifd(number)
    except Exception:  # one broken directory must not hide the others
        return {}


def _iptc(image: ImageFile.ImageFile) -> Mapping[Any, Any]:
    try:
        return IptcImagePlugin.getiptcinfo(image) or {}
    except Exception:  # as above
        return {}


ORIGINAL_IN_XMP = (b"exif:DateTimeOriginal", b"photoshop:DateCreated")
DIGITISED_IN_XMP = (b"exif:DateTimeDigitized", b"xmp:CreateDate", b"xap:CreateDate")
"""Names in an XMP packet; xap is xmp's old prefix."""


def xmp_date(xmp: bytes, names: tuple[bytes, ...]) -> str | None:
    """Return the first valid of the named dates in an XMP packet, as attribute or element.

    Matched by pattern rather than parsed: packets are often broken, and a parser of untrusted XML
    would be one more component exposed to damaged files.
    """
    if b"\x00" in xmp:  # UTF-16; only ASCII matters here
        xmp = xmp.replace(b"\x00", b"")
    for name in names:
        match = re.search(re.escape(name) + rb"\s*(?:=\s*[\"']|>)\s*([0-9][^\"'<]{3,40})", xmp)
        if match and (found := parse_date(match[1])):
            return found
    return None


def _iptc_date(iptc: Mapping[Any, Any]) -> str | None:
    """Return IPTC's DateCreated, with TimeCreated where it is complete."""
    day, time = (
        value.decode("ascii", "replace") if isinstance(value, bytes) else ""
        for value in (iptc.get(_IPTC_DATE), iptc.get(_IPTC_TIME))
    )
    return parse_date(f"{day} {time[:6]}") or parse_date(day)


def _creation_time(value: object) -> str | None:
    """Return PNG's "Creation Time", which should be as in e-mail and is often as in EXIF."""
    if not isinstance(value, str):
        return None
    try:
        found = email.utils.parsedate_to_datetime(value).replace(tzinfo=None)
    except ValueError:
        return parse_date(value)
    return found.isoformat(timespec="seconds") if found > datetime.datetime.min else None


def _gps_date(gps: dict[int, Any]) -> str | None:
    """Return the GPS date. It is UTC, so at most some hours off."""
    day, time = gps.get(_GPS_DATE), gps.get(_GPS_TIME)
    try:
        hour, minute, second = (int(float(part)) for part in time or ())
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return parse_date(day)
    return parse_date(f"{day} {hour:02}:{minute:02}:{second:02}")
