"""Find a camera clock's offset from universal time (UTC), in minutes.

Three things tell it: the offset that newer cameras and phones write beside each date in EXIF, the
one in a date of XMP, and the time of the GPS satellites, which is UTC. Dates themselves stay local
time, see `images.dates`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

_DATE_TIME, _ORIGINAL, _DIGITISED = 0x0132, 0x9003, 0x9004
_OFFSETS = {_ORIGINAL: 0x9011, _DIGITISED: 0x9012, _DATE_TIME: 0x9010}
"""EXIF's dates, and the tags with their offsets."""

IN_USE = frozenset(
    {60 * hours for hours in range(-12, 15)}
    | {-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825}
)
"""Offsets that some clock on earth has, summer time included. Others come from a GPS time that is
older than the photo, or from a clock that was wrong."""
SLACK = 120
"""Seconds that a camera's clock may be off so that the GPS time still tells its offset."""
_ZONE = re.compile(r"\s*(?:(?P<utc>[Zz])|(?P<sign>[-+])(?P<hours>\d\d):?(?P<minutes>\d\d))\s*\x00*")


def parse(text: object) -> int | None:
    """Return the minutes of an offset such as ``+09:00``, ``-0330`` or ``Z``; None for others."""
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    match = _ZONE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    if match["utc"]:
        return 0
    minutes = 60 * int(match["hours"]) + int(match["minutes"])
    minutes = -minutes if match["sign"] == "-" else minutes
    return minutes if minutes in IN_USE else None


def at_end(text: str | None) -> int | None:
    """Return the minutes of the offset that ends a date and time; None without any."""
    match = re.search(r"\d(Z|[-+]\d\d:?\d\d)\s*$", text or "")
    return parse(match[1]) if match is not None else None


def of_exif(tags: Mapping[int, Any], inner: Mapping[int, Any]) -> int | None:
    """Return what EXIF says of its date taken.

    The offset of ModifyDate is that of the computer on which the photo was edited, unless it is the
    same moment.
    """

    def get(tag: int) -> Any:
        value = inner.get(tag)
        return tags.get(tag) if value is None else value

    taken = get(_ORIGINAL) or get(_DIGITISED)
    for date, offset in _OFFSETS.items():
        found = parse(get(offset))
        if found is not None and taken and get(date) == taken:
            return found
    return None


def of_xmp(xmp: bytes, names: tuple[bytes, ...], local: str) -> int | None:
    """Return the offset of the first named date in an XMP packet that is the same local time.

    Args:
        xmp: The packet, or empty.
        names: As for `metadata.xmp_date`.
        local: The date taken, as `dates.parse_date` returns it.
    """
    xmp = xmp.replace(b"\x00", b"")
    for name in names:
        pattern = re.escape(name) + rb"\s*(?:=\s*[\"']|>)\s*([-\d]+T[:\d]+)(?:\.\d+)?([^\"'<]{0,8})"
        match = re.search(pattern, xmp)
        if match is not None and len(local) == 19 and match[1].decode("ascii") == local:
            found = parse(match[2])
            if found is not None:
                return found
    return None


def by_gps(local: str | None, utc: str | None) -> int | None:
    """Return the offset between a camera's clock and the satellites', if that is one in use.

    Args:
        local: The time on the clock, as `dates.parse_date` returns it.
        utc: The GPS time of the same photo.
    """
    if local is None or utc is None or min(len(local), len(utc)) < len("2019-05-31T14:30:00"):
        return None
    apart = datetime.datetime.fromisoformat(local) - datetime.datetime.fromisoformat(utc)
    seconds = apart.total_seconds()
    minutes = 15 * round(seconds / 900)
    return minutes if minutes in IN_USE and abs(seconds - 60 * minutes) <= SLACK else None
