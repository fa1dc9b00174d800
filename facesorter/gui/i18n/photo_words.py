"""Words for what is known of a photo: its date and source, camera, exposure, and place."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.images.dates import DateSource, Doubt, precision
from facesorter.images.photo_info import PhotoInfo
from facesorter.images.picture_names import Role
from facesorter.library.stacks import Reason

MEGA = 1_000_000
LEAST_MEGA = 0.1
"""Megapixels from which they are told."""


def file_size(size: int) -> str:
    """Format a number of bytes: "4.2 MB"."""
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def pixels(width: int, height: int) -> str:
    """Format a photo's size: "4,000 × 3,000 (12 MP)"."""
    mega = width * height / MEGA
    if mega < LEAST_MEGA:
        return f"{words.number(width)} × {words.number(height)}"
    return translate("PhotoWords", "{width} × {height} ({mega} MP)").format(
        width=words.number(width),
        height=words.number(height),
        mega=QLocale().toString(mega, "f", 0 if mega >= 10 else 1),
    )


def role(role: str) -> str:
    """Return what a file is to its picture, as one word or two; "" for the camera's own."""
    match role:
        case Role.EDITED:
            return translate("PhotoWords", "Edited copy")
        case Role.RAW:
            return translate("PhotoWords", "Raw file")
        case Role.LOSSLESS:
            return translate("PhotoWords", "Export")
        case Role.MOVING:
            return translate("PhotoWords", "Moving part")
        case _:
            return ""


def top(reason: Reason) -> str:
    """Say why a photo is on top of its stack."""
    match reason:
        case Reason.CHOSEN:
            return translate("PhotoWords", "On top: chosen by you")
        case Reason.EDITED:
            return translate("PhotoWords", "On top: edited")
        case Reason.PICTURE:
            return translate("PhotoWords", "On top: the camera’s own photo")
        case Reason.FACES:
            return translate("PhotoWords", "On top: clearest faces")
        case Reason.DETAIL:
            return translate("PhotoWords", "On top: most detail")
        case Reason.FIRST:
            return translate("PhotoWords", "On top")


def moment(taken_at: str, utc_offset: int | None) -> str:
    """Format a date, and the zone that its time is in, where both are known: "…, UTC+9"."""
    text = words.moment(taken_at)
    if utc_offset is None or precision(taken_at) != "second":
        return text
    return f"{text}, {zone(utc_offset)}"


def zone(utc_offset: int) -> str:
    """Format minutes from universal time: "UTC", "UTC+9" or "UTC−3:30"."""
    hours, minutes = divmod(abs(utc_offset), 60)
    if not utc_offset:
        return "UTC"
    sign = "−" if utc_offset < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def span(first: str, last: str) -> str:
    """Format the days between two dates."""
    one, other = words.day(first), words.day(last)
    return one if one == other else f"{one} – {other}"


def source(taken_from: str) -> str:
    """Say where a photo's date was found; "" if that is unknown."""
    texts = {
        DateSource.GIVEN: translate("PhotoWords", "entered by you"),
        DateSource.ORIGINAL: translate("PhotoWords", "from the camera"),
        DateSource.XMP: translate("PhotoWords", "from the photo’s metadata (XMP)"),
        DateSource.IPTC: translate("PhotoWords", "from the photo’s metadata (IPTC)"),
        DateSource.DIGITISED: translate("PhotoWords", "from the camera"),
        DateSource.SIDECAR: translate("PhotoWords", "from the XMP file next to it"),
        DateSource.TAKEOUT: translate("PhotoWords", "from Google Photos"),
        DateSource.CONTAINER: translate("PhotoWords", "when the file was created"),
        DateSource.NAME: translate("PhotoWords", "from the file name"),
        DateSource.VIDEO: translate("PhotoWords", "when the video was recorded"),
        DateSource.GPS: translate("PhotoWords", "from GPS"),
        DateSource.FOLDER: translate("PhotoWords", "from the folder name"),
        DateSource.SCANNED: translate("PhotoWords", "when it was scanned"),
        DateSource.FILE: translate("PhotoWords", "when the file was last changed"),
    }
    return next((text for each, text in texts.items() if each == taken_from), "")


def date_doubt(doubt: str | None) -> str:
    """Say why a photo's date is in doubt; "" if it isn't."""
    texts = {
        Doubt.FUTURE: translate("PhotoWords", "A more reliable date is in the future."),
        Doubt.EARLY: translate("PhotoWords", "This camera came out later."),
        Doubt.RESET: translate("PhotoWords", "Cameras show this day until their clock is set."),
    }
    return next((text for each, text in texts.items() if each == doubt), "")


def exposure(info: PhotoInfo) -> str:
    """Format an exposure: "1/250 s · f/8 · ISO 200 · 50 mm"."""
    parts = []
    if info.exposure_time:
        parts.append(_exposure_time(info.exposure_time))
    if info.f_number:
        parts.append(f"f/{_short(info.f_number)}")
    if info.iso:
        parts.append(f"ISO {info.iso}")
    if info.focal_length:
        focal = translate("PhotoWords", "{n} mm").format(n=_short(info.focal_length))
        if info.focal_length_35 and round(info.focal_length_35) != round(info.focal_length):
            full = _short(info.focal_length_35)
            focal = translate("PhotoWords", "{n} mm ({full} mm on 35 mm film)").format(
                n=_short(info.focal_length), full=full
            )
        parts.append(focal)
    if info.flash:
        parts.append(translate("PhotoWords", "flash"))
    return " · ".join(parts)


def _exposure_time(seconds: float) -> str:
    if seconds < 0.3:
        return translate("PhotoWords", "1/{n} s").format(n=words.number(round(1 / seconds)))
    return translate("PhotoWords", "{n} s").format(n=_short(seconds))


def _short(value: float) -> str:
    return QLocale().toString(round(value, 1), "g", 6)


def coordinates(there: tuple[float, float] | None) -> str:
    """Format latitude and longitude as maps read them: "48.20820, 16.37380"."""
    return f"{there[0]:.5f}, {there[1]:.5f}" if there is not None else ""


def altitude(info: PhotoInfo) -> str:
    """Format the height above sea level, or ""."""
    if info.altitude is None:
        return ""
    meters = words.number(round(info.altitude)).replace("-", "−")
    return translate("PhotoWords", "{n} m above sea level").format(n=meters)
