"""Copies of a photo in another format or size, with its metadata and colors."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from facesorter.domain import Given, NamedRegion
from facesorter.images import colour, convert, decode, metadata
from facesorter.images.copy_options import CopyFormat, CopyOptions
from facesorter.images.dates import exif_date
from facesorter.images.xmp import Packet

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_ORIENTATION, _WIDTH, _HEIGHT = 0x0112, 0xA002, 0xA003
_ORIGINAL = 0x9003
_OF_ORIGINAL = (0x9011, 0x9291)
"""Time zone and fraction of a second of that date."""
_MAKER_NOTE = 0x927C
_RATING, _RATING_PERCENT = 0x4746, 0x4749
_XP_TITLE = 0x9C9B
_CAPTIONS = (0x010E, 0x9C9C)
"""ImageDescription, and Windows Explorer's comment."""
_TIFF_XMP = 0x02BC
_TIFF_LAYOUT = (
    *range(0x00FE, 0x0107),
    *range(0x0111, 0x0112),
    *range(0x0115, 0x011A),
    0x011C,
    *range(0x0140, 0x0149),
    0x014A,
    0x0152,
    0x0153,
    0x015B,
    0x0211,
    0x0212,
    0x0213,
    _TIFF_XMP,
    0x8649,
    0x83BB,
    0x8773,
    0xC4A5,
)
"""Tags that describe how the original's pixels are stored, or repeat what is carried elsewhere."""
NOTHING_GIVEN = Given()
_MOST = 65_000
"""Bytes that fit into one segment of a JPEG."""


def converted(
    data: bytes,
    options: CopyOptions,
    taken_at: str | None = None,
    people: Sequence[NamedRegion] = (),
    *,
    corrected: bool = False,
    turned: int = 0,
    given: Given = NOTHING_GIVEN,
    place: tuple[float, float] | None = None,
) -> bytes:
    """Return the content of a copy, upright. Thread: any; blocks.

    EXIF is kept but for the orientation, which is applied, the embedded thumbnail and, unless
    wanted, GPS. XMP is kept but for face regions that don't fit the turned pixels. Colors keep
    their profile; HDR and wide-gamut photos without one become sRGB.

    Args:
        data: Content of the whole original.
        options: Format, size and quality; the format isn't `CopyFormat.ORIGINAL`.
        taken_at: Date to write if the original has none inside, as in `Photo.taken_at`.
        corrected: Whether that date replaces one inside, because it is the user's.
        people: Written if ``options.names``, in place of the regions in the original.
        turned: Degrees clockwise, as in `Photo.turn`, on top of the original's orientation.
        given: Stars, title and caption to write in place of those inside.
        place: Latitude and longitude to write in place of the GPS data inside; degrees.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    picture = decode.load_upright(data, long_side=options.long_side, exact_colours=False)
    icc = picture.colour.icc
    if picture.colour.hdr or icc is None:
        icc, pixels = None, colour.to_srgb(picture.pixels, picture.colour)
    else:
        pixels = picture.pixels
    image = Image.fromarray(convert.turn(pixels, convert.TURNED[turned]))
    tags, xmp = metadata.tags_and_xmp(data)
    if corrected:
        inside = metadata.directory(tags, _EXIF_IFD)
        for tag in (_ORIGINAL, *_OF_ORIGINAL):
            inside.pop(tag, None)
    _describe(tags, given)
    if place is not None:
        _locate(tags, place)
    extra: dict[str, Any] = {"exif": _exif(tags, image.size, options.location, taken_at)}
    regions = None
    if options.names:
        regions = [replace(each, region=each.region.turned(turned)) for each in people]
    orientation = picture.orientation if turned == 0 else convert.TURNED[turned]
    kept = options.location and place is None
    known = _known(xmp, orientation, kept, corrected)
    packet = _packet(known, image.size, regions, given)
    out = io.BytesIO()
    if icc is not None:
        extra["icc_profile"] = icc
    if options.format is CopyFormat.PNG:
        if packet:
            extra["pnginfo"] = PngInfo()
            extra["pnginfo"].add_itxt("XML:com.adobe.xmp", packet.decode())
        image.save(out, "PNG", **extra)
    else:
        if packet:
            extra["xmp"] = packet
        image.save(out, "JPEG", quality=options.quality, optimize=True, **extra)
    return out.getvalue()


def _exif(tags: Image.Exif, size: tuple[int, int], location: bool, taken_at: str | None) -> bytes:
    """Serialize the tags that hold for the copy; empty if they can't be written."""
    made = Image.Exif()
    for tag, value in tags.items():
        if tag not in _TIFF_LAYOUT and tag not in (_EXIF_IFD, _GPS_IFD):
            made[tag] = value
    made[_ORIENTATION] = 1
    inner = dict(metadata.directory(tags, _EXIF_IFD))
    inner[_WIDTH], inner[_HEIGHT] = size
    if taken_at and not inner.get(_ORIGINAL):
        inner[_ORIGINAL] = exif_date(taken_at)
    made.get_ifd(_EXIF_IFD).update(inner)
    gps = metadata.directory(tags, _GPS_IFD)
    if location and gps:
        made.get_ifd(_GPS_IFD).update(gps)
    for drop in ((), (_MAKER_NOTE,), tuple(tag for tag in inner if tag not in (_WIDTH, _HEIGHT))):
        # Maker notes of some cameras, and tags that break their own type, can't be written again.
        for tag in drop:
            made.get_ifd(_EXIF_IFD).pop(tag, None)
        try:
            content = made.tobytes()
        except Exception:  # whatever Pillow meets in tags of any camera
            continue
        if len(content) < _MOST:
            return content
    return b""


def _describe(tags: Image.Exif, given: Given) -> None:
    """Remove the words that are given otherwise, and set the stars; XMP has the words."""
    dropped: list[int] = []
    if given.rating is not None:
        tags[_RATING] = given.rating
        dropped.append(_RATING_PERCENT)
    if given.title is not None:
        dropped.append(_XP_TITLE)
    if given.caption is not None:
        dropped += _CAPTIONS
    for tag in dropped:
        tags.pop(tag, None)


def _locate(tags: Image.Exif, place: tuple[float, float]) -> None:
    """Make a place the only GPS data."""
    gps = tags.get_ifd(_GPS_IFD)
    gps.clear()
    for tag, degrees, signs in zip((1, 3), place, ("NS", "EW"), strict=True):
        seconds = round(abs(degrees) * 3600, 2)
        gps[tag] = signs[degrees < 0]
        gps[tag + 1] = (seconds // 3600, seconds % 3600 // 60, round(seconds % 60, 2))


def _known(xmp: bytes, orientation: int, location: bool, corrected: bool) -> bytes:
    """Return what the original's XMP packet says that holds for the copy, or nothing."""
    if not xmp:
        return b""
    try:
        packet = Packet(xmp)
    except ValueError:
        return b""
    if orientation != 1:
        # Regions are relative to the pixels as stored or as shown, depending on who wrote them.
        packet.drop_regions()
    if not location:
        packet.drop_place()
    if corrected:
        packet.drop_dates()
    packet.set_upright()
    return packet.bytes()


def _packet(
    known: bytes, size: tuple[int, int], people: Sequence[NamedRegion] | None, given: Given
) -> bytes:
    """Return an XMP packet with people and descriptions; without the rest, if it's too large."""
    for start in (known, b""):
        packet = Packet(start)
        if people is not None:
            packet.set_people(people, size)
        packet.describe(given)
        written = packet.bytes() if start or people or given != NOTHING_GIVEN else b""
        if len(written) <= _MOST:
            return written
    return b""
