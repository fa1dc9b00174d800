"""Reader for a photo's date and camera, from its metadata or file name.

Dates are local time as the camera's clock showed it, ``YYYY-MM-DDTHH:MM:SS``; time zones are
dropped, because a family album follows the order in which people lived it.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PIL import Image

from facesorter.images import decode, raw

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_ORIGINAL, _DIGITISED, _CHANGED = 0x9003, 0x9004, 0x0132
_MAKE, _MODEL = 0x010F, 0x0110
_GPS_TIME, _GPS_DATE = 7, 29
_TIFF_XMP = 700

FIRST_YEAR = 1826
"""Year of the oldest surviving photograph; scans of old prints may have early dates."""


class DateSource(StrEnum):
    """Source of a photo's date."""

    ORIGINAL = "exif-original"
    DIGITISED = "exif-digitised"
    CHANGED = "exif-changed"
    XMP = "xmp"
    GPS = "gps"
    NAME = "name"
    FILE = "file"
    """The file's modification date, for callers that found no other."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PhotoMetadata:
    """Date and camera of a photo file."""

    taken_at: str | None
    taken_from: str
    """A `DateSource`; ``none`` if there is no date."""
    camera: str | None


NO_METADATA = PhotoMetadata(None, DateSource.NONE, None)


def read_metadata(data: bytes) -> PhotoMetadata:
    """Read a photo's date and camera. Thread: any; never raises.

    Sources in order: the original, digitized and changed dates of EXIF, then XMP, then GPS.
    """
    try:
        tags, xmp = _tags(data)
        taken_at, source = _date(tags, xmp)
        return PhotoMetadata(taken_at, source, _camera(tags))
    except Exception:  # metadata of damaged files makes parsers raise anything
        return NO_METADATA


def _tags(data: bytes) -> tuple[Image.Exif, bytes]:
    """Return the EXIF tags and the raw XMP packet."""
    if raw.looks_raw(data):
        tags = raw.exif(data)
        return tags, _bytes(tags.get(_TIFF_XMP))
    with decode.open_image(data) as image:
        tags = image.getexif()
        info = image.info
        packet = info.get("xmp") or info.get("XML:com.adobe.xmp") or tags.get(_TIFF_XMP)
        return tags, _bytes(packet)


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else b""


def _date(tags: Image.Exif, xmp: bytes) -> tuple[str | None, DateSource]:
    inner = _ifd(tags, _EXIF_IFD)
    gps = _gps_date(_ifd(tags, _GPS_IFD)) or _xmp_date(xmp, (b"exif:GPSTimeStamp",))
    for source, value in (
        # Some raw files keep all tags in one directory.
        (DateSource.ORIGINAL, inner.get(_ORIGINAL) or tags.get(_ORIGINAL)),
        (DateSource.DIGITISED, inner.get(_DIGITISED) or tags.get(_DIGITISED)),
        (DateSource.CHANGED, tags.get(_CHANGED)),
        (DateSource.XMP, _xmp_date(xmp, _XMP_DATES)),
        (DateSource.GPS, gps),
    ):
        found = parse_date(value)
        if found is not None:
            return found, source
    return None, DateSource.NONE


def _ifd(tags: Image.Exif, number: int) -> dict[int, Any]:
    try:
        return tags.get_ifd(number)
    except Exception:  # one broken directory must not hide the others
        return {}


def _camera(tags: Image.Exif) -> str | None:
    make, model = (str(tags.get(tag) or "").strip("\x00 ") for tag in (_MAKE, _MODEL))
    if make and model.lower().startswith(make.lower().split()[0]):
        make = ""  # "Canon" and "Canon EOS R6"
    return f"{make} {model}".strip() or None


_XMP_DATES = (b"exif:DateTimeOriginal", b"photoshop:DateCreated", b"xmp:CreateDate")


def _xmp_date(xmp: bytes, names: tuple[bytes, ...]) -> str | None:
    """Return the first of the named dates in an XMP packet, as attribute or element.

    Matched by pattern rather than parsed: packets are often broken, and a parser of untrusted XML
    would be one more component exposed to damaged files.
    """
    if b"\x00" in xmp:  # UTF-16; only ASCII matters here
        xmp = xmp.replace(b"\x00", b"")
    for name in names:
        match = re.search(re.escape(name) + rb"\s*(?:=\s*[\"']|>)\s*([0-9][^\"'<]{3,40})", xmp)
        if match:
            return match[1].decode("ascii", "replace")
    return None


def _gps_date(gps: dict[int, Any]) -> str | None:
    """Return the GPS date. It is UTC, so at most some hours off."""
    day, time = gps.get(_GPS_DATE), gps.get(_GPS_TIME)
    if not day:
        return None
    try:
        hour, minute, second = (int(float(part)) for part in time or ())
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        hour = minute = second = 0
    return f"{day} {hour:02}:{minute:02}:{second:02}"


_DATE = re.compile(
    r"\s*(\d{4})[:\-./](\d{1,2})(?:[:\-./](\d{1,2}))?"
    r"(?:[ T]+(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2}))?)?"
)


def parse_date(value: object) -> str | None:
    """Convert an EXIF or XMP date to ISO text; None for nonsense such as ``0000:00:00``."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    match = _DATE.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    return _plausible(year, month, day or 1, hour, minute, second)


def _plausible(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str | None:
    try:
        moment = datetime.datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None
    tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
    if year < FIRST_YEAR or moment > tomorrow:
        return None
    return moment.isoformat(timespec="seconds")


_NAME_DATES = (
    # 2019-06-12 15.30.00, 2019_06_12T15-30-00, Screenshot_2019-06-12-15-30-00
    re.compile(
        r"(?<!\d)(\d{4})[-_.](\d{2})[-_.](\d{2})"
        r"(?:(?:[-_. T]|\s+at\s+)+(\d{2})[-_.:h]?(\d{2})[-_.:m]?(\d{2}))?(?!\d{3})"
    ),
    # IMG_20190612_153000, PXL_20190612_153000123, IMG-20190612-WA0001, 20190612153000
    re.compile(
        r"(?<!\d)((?:18|19|20)\d{2})(\d{2})(\d{2})(?:[-_. T]?(\d{2})(\d{2})(\d{2})\d{0,3})?(?!\d)"
    ),
)


def date_from_name(name: str) -> str | None:
    """Extract the date that a camera or messenger put into a file name.

    Midnight if the name has no time. Only plausible dates count: with a digit too many around it,
    a number is taken for a running number.
    """
    for pattern in _NAME_DATES:
        for match in pattern.finditer(name):
            found = _plausible(*(int(part or 0) for part in match.groups()))
            if found is not None:
                return found
    return None
