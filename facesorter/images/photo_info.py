"""Reader for a photo's metadata: camera, exposure, place, title, caption and keywords.

From EXIF tags, IPTC records and XMP, embedded or in a sidecar; `images.metadata` opens the files.
Dates are read by `images.metadata`, and decided by `images.dates`.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from facesorter.images import xmp_properties

RULE = 3
"""Raise it when more, or other, is read from the same file: photos are then read again."""

MOST_STARS = 5
LONGEST = 10_000
"""Characters of a text that are kept."""
MOST_KEYWORDS = 500
LONGEST_KEYWORD = 250
"""Characters of a keyword that are kept."""
_LARGEST_ISO = 100_000_000
"""Greater numbers are damage; the fastest cameras have 4,560,000."""

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_DESCRIPTION, _MAKE, _MODEL = 0x010E, 0x010F, 0x0110
_RATING, _RATING_PERCENT = 0x4746, 0x4749
_XP_TITLE, _XP_COMMENT, _XP_KEYWORDS = 0x9C9B, 0x9C9C, 0x9C9E
_EXPOSURE_TIME, _F_NUMBER, _ISO, _EXPOSURE_INDEX = 0x829A, 0x829D, 0x8827, 0x8832
_SHUTTER_SPEED, _APERTURE, _FLASH = 0x9201, 0x9202, 0x9209
_FOCAL_LENGTH, _FOCAL_LENGTH_35, _LENS = 0x920A, 0xA405, 0xA434
_SUBSECOND = 0x9291
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_ALTITUDE_REF, _ALTITUDE = 5, 6
_CHARSET, _OBJECT_NAME, _KEYWORDS, _CAPTION = (1, 90), (2, 5), (2, 25), (2, 120)
_UTF8 = b"\x1b%G"
_ISO_OVERFLOW = 65535
"""What a 16-bit ISO holds where the true one is larger."""

_JUNK = re.compile(
    r"(?:(?:olympus|minolta|konica|sony|kodak|samsung|maginon)[ _])*"
    r"(?:digital |exif[ _]jpeg[ _])?(?:still ?)?(?:camera|dsc|picture|image)"
    r"|dcim|dcf1\.0|default|untitled|none|\W*",
    re.IGNORECASE,
)
"""What cameras write as the description of every photo: "OLYMPUS DIGITAL CAMERA", "SONY DSC",
"Exif_JPEG_PICTURE"."""


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """What a file says about its photo; None where it says nothing."""

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    exposure_time: float | None = None
    """Seconds."""
    f_number: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    """Millimeters, as engraved on the lens."""
    focal_length_35: float | None = None
    """Millimeters of a lens with that angle of view on 35 mm film."""
    flash: bool | None = None
    """Whether it fired."""
    latitude: float | None = None
    """Degrees, WGS 84, negative in the south."""
    longitude: float | None = None
    """Degrees, negative in the west."""
    altitude: float | None = None
    """Meters above sea level, negative below it."""
    utc_offset: int | None = None
    """Minutes by which the date taken is ahead of universal time, see `images.time_zones`."""
    subsecond: int | None = None
    """Milliseconds by which the date taken is after its second, by the camera; orders bursts."""
    rating: int | None = None
    """Stars, 0 to 5; 0 is a rating, too."""
    title: str | None = None
    caption: str | None = None
    keywords: tuple[str, ...] = ()
    pages: int | None = None
    """Pages of a TIFF file that has several, of which the first is shown."""

    @property
    def camera(self) -> str | None:
        """Make and model without repetition."""
        return camera_name(self.make, self.model)

    def stored(self) -> str:
        """Return it as JSON, without what is unknown. Inverse of `parse`."""
        return json.dumps({key: value for key, value in asdict(self).items() if value not in _NONE})


_NONE: tuple[object, ...] = (None, ())
NO_INFO = PhotoInfo()
_DESCRIPTIVE = ("rating", "title", "caption", "keywords")
_PLACE = ("latitude", "longitude", "altitude")


def parse(stored: str | None) -> PhotoInfo:
    """Return what `PhotoInfo.stored` stored; fields of a newer program are ignored."""
    found = json.loads(stored) if stored else {}
    known = {field.name: found[field.name] for field in fields(PhotoInfo) if field.name in found}
    return PhotoInfo(**{**known, "keywords": tuple(known.get("keywords", ()))})


def overlaid(inside: PhotoInfo, beside: PhotoInfo) -> PhotoInfo:
    """Return what a file says together with its sidecars.

    Words, stars and places are the sidecar's, since the program that wrote it knows better and
    couldn't write the photo. Of camera and exposure, the sidecar only has a copy.
    """
    given = {key: value for key, value in _values(beside).items() if value not in _NONE}
    of_camera = {
        key: value
        for key, value in given.items()
        if key not in _DESCRIPTIVE + _PLACE and getattr(inside, key) is None
    }
    better = {key: value for key, value in given.items() if key in _DESCRIPTIVE}
    place = _of_place(beside) if beside.latitude is not None else {}
    return replace(inside, **of_camera, **better, **place)


def _values(info: PhotoInfo) -> dict[str, Any]:
    return {field.name: getattr(info, field.name) for field in fields(info)}


def _of_place(info: PhotoInfo) -> dict[str, Any]:
    return {key: getattr(info, key) for key in _PLACE}


def camera_name(make: str | None, model: str | None) -> str | None:
    """Return make and model as people say them: "Canon EOS R6" rather than "Canon Canon EOS R6"."""
    make, model = make or "", model or ""
    if make and model.lower().startswith(make.lower().split()[0]):
        make = ""
    return f"{make} {model}".strip() or None


def of_file(
    tags: Mapping[int, Any],
    inner: Mapping[int, Any],
    gps: Mapping[int, Any],
    iptc: Mapping[Any, Any],
    xmp: bytes,
) -> PhotoInfo:
    """Read all kinds of metadata of a file. XMP goes first in words, and EXIF in numbers.

    Args:
        tags: The first EXIF directory.
        inner: The EXIF directory proper.
        gps: The GPS directory.
        iptc: Pillow's IPTC records.
        xmp: The XMP packet, or empty.
    """
    from_exif, from_iptc, from_xmp = _of_exif(tags, inner, gps), _of_iptc(iptc), of_xmp(xmp)
    return PhotoInfo(
        make=from_exif.make or from_xmp.make,
        model=from_exif.model or from_xmp.model,
        lens=from_exif.lens or from_xmp.lens,
        exposure_time=_first(from_exif.exposure_time, from_xmp.exposure_time),
        f_number=_first(from_exif.f_number, from_xmp.f_number),
        iso=_first(from_exif.iso, from_xmp.iso),
        focal_length=_first(from_exif.focal_length, from_xmp.focal_length),
        focal_length_35=_first(from_exif.focal_length_35, from_xmp.focal_length_35),
        flash=_first(from_exif.flash, from_xmp.flash),
        **_of_place(from_exif if from_exif.latitude is not None else from_xmp),
        subsecond=from_exif.subsecond,
        rating=_first(from_xmp.rating, from_exif.rating),
        title=from_xmp.title or from_iptc.title or from_exif.title,
        caption=from_xmp.caption or from_iptc.caption or from_exif.caption,
        # Programs write one list twice; where they differ, one of them was written later.
        keywords=_keywords((*from_xmp.keywords, *from_iptc.keywords)) or from_exif.keywords,
    )


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _of_exif(
    tags: Mapping[int, Any], inner: Mapping[int, Any], gps: Mapping[int, Any]
) -> PhotoInfo:
    def get(tag: int) -> Any:
        # Some raw files keep all tags in one directory.
        value = inner.get(tag)
        return tags.get(tag) if value is None else value

    latitude, longitude = _coordinates(gps)
    iso = _positive(_one(get(_ISO)))
    if iso == _ISO_OVERFLOW:
        iso = _positive(_one(get(_EXPOSURE_INDEX))) or iso
    flash = _number(_one(get(_FLASH)))
    return PhotoInfo(
        make=_text(tags.get(_MAKE)),
        model=_text(tags.get(_MODEL)),
        lens=_lens(get(_LENS)),
        exposure_time=_positive(get(_EXPOSURE_TIME)) or _of_apex(get(_SHUTTER_SPEED), -1.0),
        f_number=_positive(get(_F_NUMBER)) or _of_apex(get(_APERTURE), 0.5),
        iso=_iso(iso),
        focal_length=_positive(get(_FOCAL_LENGTH)),
        focal_length_35=_positive(get(_FOCAL_LENGTH_35)),
        flash=None if flash is None else bool(int(flash) & 1),
        latitude=latitude,
        longitude=longitude,
        altitude=None
        if latitude is None
        else _altitude(gps.get(_ALTITUDE), gps.get(_ALTITUDE_REF)),
        subsecond=_milliseconds(get(_SUBSECOND)),
        rating=_stars(tags.get(_RATING)) or _stars_of_percent(tags.get(_RATING_PERCENT)),
        title=_wide(tags.get(_XP_TITLE)),
        caption=_human_caption(_text(tags.get(_DESCRIPTION))) or _wide(tags.get(_XP_COMMENT)),
        keywords=_keywords((_wide(tags.get(_XP_KEYWORDS)) or "").split(";")),
    )


def _of_iptc(iptc: Mapping[Any, Any]) -> PhotoInfo:
    utf8 = iptc.get(_CHARSET) == _UTF8

    def read(value: object) -> str | None:
        data = value[0] if isinstance(value, list) and value else value
        if not isinstance(data, bytes):
            return None
        try:
            return _text(data.decode("utf-8"))
        except UnicodeDecodeError:
            return _text(data.decode("utf-8" if utf8 else "cp1252", "replace"))

    words = iptc.get(_KEYWORDS)
    return PhotoInfo(
        title=read(iptc.get(_OBJECT_NAME)),
        caption=_human_caption(read(iptc.get(_CAPTION))),
        keywords=_keywords(map(read, words if isinstance(words, list) else [words])),
    )


def of_xmp(packet: bytes) -> PhotoInfo:
    """Read an XMP packet or sidecar; what can't be parsed is left out."""
    found = xmp_properties.read(packet)

    def text(*names: str) -> str | None:
        return next((value for name in names if (value := _text(found.first(name)))), None)

    def number(*names: str) -> float | None:
        return next((n for name in names if (n := _positive(found.first(name))) is not None), None)

    latitude = _xmp_degrees(found.first("exif:GPSLatitude"), "NS")
    longitude = _xmp_degrees(found.first("exif:GPSLongitude"), "EW")
    latitude, longitude = _valid(latitude, longitude)
    altitude = _altitude(found.first("exif:GPSAltitude"), found.first("exif:GPSAltitudeRef"))
    iso = number("exif:ISOSpeedRatings", "exifEX:PhotographicSensitivity")
    fired = found.first("exif:Fired")
    return PhotoInfo(
        make=text("tiff:Make"),
        model=text("tiff:Model"),
        lens=_lens(text("exifEX:LensModel", "aux:Lens")),
        exposure_time=number("exif:ExposureTime")
        or _of_apex(found.first("exif:ShutterSpeedValue"), -1.0),
        f_number=number("exif:FNumber") or _of_apex(found.first("exif:ApertureValue"), 0.5),
        iso=_iso(iso),
        focal_length=number("exif:FocalLength"),
        focal_length_35=number("exif:FocalLengthIn35mmFilm"),
        flash=None if fired is None else fired.casefold() == "true",
        latitude=latitude,
        longitude=longitude,
        altitude=None if latitude is None else altitude,
        rating=_first(
            _stars(found.first("xmp:Rating")),
            _stars_of_percent(found.first("microsoft:Rating")),
        ),
        title=text("dc:title"),
        caption=_human_caption(text("dc:description")),
        keywords=_keywords(found.every("dc:subject")),
    )


def of_takeout(data: Mapping[str, Any]) -> PhotoInfo:
    """Read the caption and place of Google Takeout's JSON; 0, 0 is a place that isn't known."""
    place = data.get("geoData")
    place = place if isinstance(place, dict) else {}
    latitude, longitude = _valid(_number(place.get("latitude")), _number(place.get("longitude")))
    return PhotoInfo(
        caption=_text(data.get("description")),
        latitude=latitude,
        longitude=longitude,
        altitude=None if latitude is None else _number(place.get("altitude")),
    )


# Texts.


def _text(value: object) -> str | None:
    """Return a text without padding; UTF-8 that was read as Latin-1, as by Pillow, is repaired."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    if not value.isascii():
        with contextlib.suppress(UnicodeError):  # then it was read rightly
            value = value.encode("latin-1").decode("utf-8")
        # Half of a pair can't be stored.
        value = value.encode("utf-8", "replace").decode("utf-8")
    return value.partition("\x00")[0].strip()[:LONGEST].rstrip() or None


def _human_caption(caption: str | None) -> str | None:
    """Return a caption that somebody wrote, not a camera."""
    return None if caption is None or _JUNK.fullmatch(caption) else caption


def _wide(value: object) -> str | None:
    """Return a text of Windows Explorer, which is UTF-16."""
    if isinstance(value, tuple):
        value = bytes(part & 0xFF for part in value if isinstance(part, int))
    if not isinstance(value, bytes):
        return None
    return _text(value.decode("utf-16-le", "ignore"))


def _keywords(words: Iterable[str | None]) -> tuple[str, ...]:
    found = (" ".join(word.split())[:LONGEST_KEYWORD].rstrip() for word in words if word)
    return tuple(dict.fromkeys(filter(None, found)))[:MOST_KEYWORDS]


def _lens(value: object) -> str | None:
    text = _text(value)
    return text if text and re.search(r"[^\W_]", text) and text.lower() != "unknown" else None


# Numbers.


def _one(value: object) -> object:
    return value[0] if isinstance(value, (tuple, list)) and value else value


def _number(value: object) -> float | None:
    """Return a finite number from a number, a rational or its text; None for anything else."""
    value = _one(value)
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    try:
        if isinstance(value, str):
            top, _, bottom = value.partition("/")
            found = float(top) / float(bottom or 1)
        else:
            found = float(value)  # type: ignore[arg-type] # of anything: the errors are caught
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _milliseconds(value: object) -> int | None:
    """Return what EXIF writes as the digits after the point: "5" is half a second."""
    digits = _text(value) or ""
    return int(digits[:3].ljust(3, "0")) if digits.isascii() and digits.isdigit() else None


def _positive(value: object) -> float | None:
    found = _number(value)
    return found if found is not None and found > 0 else None


def _iso(value: float | None) -> int | None:
    return round(value) if value is not None and value <= _LARGEST_ISO else None


def _of_apex(value: object, factor: float) -> float | None:
    """Convert EXIF's logarithmic exposure time (factor -1) or aperture (factor 1/2)."""
    found = _number(value)
    if found is None or abs(found) > 30:
        return None
    return float(f"{math.pow(2, factor * found):.2g}")


def _stars(value: object) -> int | None:
    """Return 0 to 5 stars; None for a rejected photo, which Adobe gives -1."""
    found = _number(value)
    return None if found is None or not 0 <= found <= MOST_STARS else round(found)


def _stars_of_percent(value: object) -> int | None:
    """Return the stars that Windows Explorer means by 1, 25, 50, 75 and 99."""
    found = _number(value)
    if found is None or not 0 <= found <= 100:
        return None
    return 0 if found == 0 else min(MOST_STARS, round(found / 25) + 1)


# Places.


def _coordinates(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    return _valid(
        _degrees(gps.get(_LATITUDE), gps.get(_LATITUDE_REF)),
        _degrees(gps.get(_LONGITUDE), gps.get(_LONGITUDE_REF)),
    )


def _degrees(value: object, ref: object) -> float | None:
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return _signed(parts, str(_text(ref) or ""))


def _signed(parts: Sequence[object], ref: str) -> float | None:
    """Return degrees from degrees, minutes and seconds; negative in the south and the west."""
    numbers = [_number(part) for part in parts[:3]]
    if not numbers or numbers[0] is None:
        return None
    total = sum(abs(n or 0.0) / 60**power for power, n in enumerate(numbers))
    south = ref[:1].upper() in ("S", "W") if ref else numbers[0] < 0
    return float(-total if south else total)


def _valid(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    """Return a place, or nothing: 0, 0 is what programs write that know none."""
    if latitude is None or longitude is None or not (latitude or longitude):
        return None, None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return round(latitude, 7), round(longitude, 7)


def _altitude(value: object, ref: object) -> float | None:
    found = _number(value)
    if found is None:
        return None
    below = ref[:1] == b"\x01" if isinstance(ref, bytes) else _number(ref) == 1
    return round(-abs(found) if below else found, 2)


def _xmp_degrees(text: str | None, signs: str) -> float | None:
    """Read XMP's "48,12.345N", "48,12,20N" or plain degrees."""
    if not text:
        return None
    match = re.fullmatch(rf"([-\d.,/\s]+)([{signs}]?)", text.strip(), re.IGNORECASE)
    if match is None:
        return None
    return _signed(match[1].split(","), match[2])
