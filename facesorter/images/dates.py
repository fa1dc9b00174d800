"""Decide when a photo was taken, from all known dates.

Pure: dates in, one date out. A date is ISO text of local time that is as long as it is precise:
``1956``, ``1956-07``, ``1956-07-04`` or ``1956-07-04T15:30:00``. So dates sort as text, and one
that begins with another lies within it. Time zones are apart, because a photo belongs to the day on
which people took it; `library.photo_order` uses them within a day.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

RULE = 4
"""Raise it when the same candidates give another date, or another offset from universal time; the
next scan then decides again."""
REREAD = 1
"""Raise it to `RULE` when other dates are read from files; those dated by an earlier rule are then
read again, without their pixels."""
REREAD_VIDEOS = 3
"""The same of videos: those dated earlier were stored in the time zone of the computer."""
UTC_MARK = "Z"
"""Ends a stored date that is in universal time. It becomes local time before it is compared."""

FIRST_YEAR = 1826
"""Year of the oldest surviving photograph; scans of old prints may have early dates."""
GRACE = datetime.timedelta(days=1)
"""What a date may be ahead of this computer's clock: no time zone is further away."""


class DateSource(StrEnum):
    """Source of a photo's date."""

    GIVEN = "given"
    ORIGINAL = "exif-original"
    XMP = "xmp"
    IPTC = "iptc"
    DIGITISED = "exif-digitised"
    SIDECAR = "sidecar"
    TAKEOUT = "takeout"
    CONTAINER = "container"
    NAME = "name"
    VIDEO = "video"
    GPS = "gps"
    FOLDER = "folder"
    SCANNED = "scanned"
    FILE = "file"
    NONE = "none"


ORDER: Mapping[DateSource, str] = {
    DateSource.GIVEN: "the user: entered in facesorter, and never overruled",
    DateSource.ORIGINAL: "EXIF DateTimeOriginal: the camera’s clock at the moment of exposure",
    DateSource.XMP: "XMP DateTimeOriginal or DateCreated: also what somebody entered for a scan",
    DateSource.IPTC: "IPTC DateCreated: as XMP, in the older form",
    DateSource.DIGITISED: "EXIF DateTimeDigitized, XMP CreateDate: for a digital camera, the same",
    DateSource.SIDECAR: "an XMP file beside the photo: written by a photo manager",
    DateSource.TAKEOUT: "Google Takeout’s JSON file beside the photo: what Google Photos showed",
    DateSource.CONTAINER: "the creation time of the file format, such as PNG: often of an export",
    DateSource.NAME: "the file name: from a phone or messenger, or by hand",
    DateSource.VIDEO: "a video’s creation time: in UTC, shown in the zone of its place",
    DateSource.GPS: "GPS: right, but in UTC, so up to a day off at sea",
    DateSource.FOLDER: "the folder name: true of most photos in the folder",
    DateSource.SCANNED: "EXIF DateTimeDigitized without a camera: the day a print was scanned",
    DateSource.FILE: "the file’s modification time: of the last copy or edit, so a mere guess",
}
"""Sources from the most to the least trusted, each with the reason. EXIF's DateTime (ModifyDate) is
not among them: it says when a program last saved the file."""


BY_CAMERA = (DateSource.ORIGINAL, DateSource.DIGITISED)
"""Sources that are the camera's clock. The date stays: it may be that of an old print that was
photographed, entered by another program."""
BY_CLOCK = (*BY_CAMERA, DateSource.XMP)
"""Sources that are what a clock showed."""
IN_UTC = (DateSource.VIDEO, DateSource.GPS)
"""Sources in universal time; shown in that of the place where the photo was taken."""


class Doubt(StrEnum):
    """Reason to check a photo's date."""

    FUTURE = "future"
    """A better source gives a date in the future: that of the camera or of this computer's clock.
    Decided again by every scan, since clocks get set."""
    RESET = "reset"
    """A day that clocks begin with when their battery was empty."""
    EARLY = "early"
    """Before the camera came out, by its own clock; see `images.camera_years`."""
    FILE = "file"
    """Only the file's time is known."""


RESET_DAYS = ("1904-01-01T", "1970-01-01T", "1980-01-01T", "2000-01-01T")
"""Where clocks begin: QuickTime, Unix, FAT and many cameras, many others. With a time of day, since
people write ``1970-01-01`` for a year."""


@dataclass(frozen=True, slots=True)
class Taken:
    """When a photo was taken."""

    at: str
    """As precise as it is known; see the module."""
    source: DateSource
    doubt: Doubt | None = None


NO_DATE = ""
"""The date of a photo of which only the file's time is known. It sorts before all others, is never
surely before or after anything, and has no day."""
UNKNOWN = Taken(NO_DATE, DateSource.NONE)


def decide(candidates: Mapping[DateSource, str], latest: str) -> Taken:
    """Choose the date of the most trusted source, made more precise by others that agree.

    The file's time neither makes a date more precise nor replaces one in doubt. The user's own
    date is taken as it is.

    Args:
        candidates: Dates as `parse_date` returns them.
        latest: A later date is in the future. Full precision.
    """
    if DateSource.GIVEN in candidates:
        return Taken(candidates[DateSource.GIVEN], DateSource.GIVEN)
    ranked = [(source, candidates[source]) for source in ORDER if source in candidates]
    past = [one for one in ranked if one[1] <= latest]
    recorded = [one for one in past if one[0] is not DateSource.FILE]
    # The day of a scan is no better than January 1, 1970, which may be typed for the year.
    sound = [one for one in recorded if one[0] is not DateSource.SCANNED and not _is_reset(one[1])]
    choice = sound or recorded or past or ranked[-1:]
    if not choice:
        return UNKNOWN
    source, at = choice[0]
    for other, finer in choice[1:]:
        # Midnight is what programs write for lack of a time.
        if len(finer) > len(at) and finer.startswith(at) and not finer.endswith("T00:00:00"):
            source, at = other, finer
    doubt = None
    if any(one not in past for one in ranked[: ranked.index(choice[0]) + 1]):
        doubt = Doubt.FUTURE
    elif _is_reset(at):
        doubt = Doubt.RESET
    elif source is DateSource.FILE:
        doubt = Doubt.FILE
    return Taken(at, source, doubt)


def _is_reset(at: str) -> bool:
    return at.startswith(RESET_DAYS)


def precision(at: str) -> str:
    """Return "none", "year", "month", "day" or "second"."""
    return {0: "none", 4: "year", 7: "month", 10: "day"}.get(len(at), "second")


def earliest(at: str) -> str:
    """Return the first moment of a date, in full precision."""
    return at + "0000-01-01T00:00:00"[len(at) :]


def exif_date(at: str) -> str:
    """Return a date as EXIF writes it, with blanks for what is unknown."""
    return at.replace("-", ":").replace("T", " ") + "    :  :     :  :  "[len(at) :]


def latest_now() -> str:
    """Return the latest date that isn't in the future, by this computer's clock."""
    return (datetime.datetime.now() + GRACE).isoformat(timespec="seconds")


def at_time(seconds: float) -> str | None:
    """Convert seconds since 1970 to local time; None where the system can't."""
    try:
        return datetime.datetime.fromtimestamp(seconds).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return None


def utc_time(seconds: float) -> str | None:
    """Convert seconds since 1970 to UTC; None where the system can't."""
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


_DATE = re.compile(
    r"\s*(\d{4})(?:[:\-./]\s*(\d{1,2})(?:[:\-./]\s*(\d{1,2})"
    r"(?:[T\s]+(\d{1,2})[:.]\s*(\d{1,2})(?:[:.]\s*(\d{1,2}))?)?)?)?(?!\d)"
)
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2}))?(?!\d)")


def parse_date(value: object) -> str | None:
    """Convert a date of EXIF, XMP or IPTC; None for nonsense such as ``0000:00:00``.

    Blank or zero months and days are unknown ones: ``1956:00:00`` and ``1956:  :  `` are 1956.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if not isinstance(value, str):
        return None
    match = _DATE.match(value) or _COMPACT.match(value)
    if match is None:
        return None
    return iso_date(*(None if part is None else int(part) for part in match.groups()))


def iso_date(
    year: int | None,
    month: int | None = None,
    day: int | None = None,
    hour: int | None = None,
    minute: int | None = None,
    second: int | None = None,
) -> str | None:
    """Return a date as precise as its numbers; None if there is no such day.

    Zero is unknown in month and day. A time that doesn't exist is left out; 24:00 is the next day.
    """
    if not year or not FIRST_YEAR <= year <= 9999:
        return None
    if not month:
        return f"{year:04}"
    if not 1 <= month <= 12:
        return None
    if not day:
        return f"{year:04}-{month:02}"
    try:
        date = datetime.date(year, month, day)
        if hour is None or minute is None:
            return date.isoformat()
        if (hour, minute, second or 0) == (24, 0, 0):
            return f"{date + datetime.timedelta(1)}T00:00:00"
    except (ValueError, OverflowError):
        return None
    if hour > 23 or minute > 59:
        return date.isoformat()
    # 60 is a leap second.
    return f"{date}T{hour:02}:{minute:02}:{min(second or 0, 59):02}"
