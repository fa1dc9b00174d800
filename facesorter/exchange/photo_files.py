"""Names inside photo files and in the XMP sidecars beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from facesorter.errors import UserError
from facesorter.exchange.names import PhotoNames, Source, without_repetition
from facesorter.exchange.people_keywords import named_by
from facesorter.exchange.reading import Found, Reading, read_limited
from facesorter.exchange.xmp_people import read_packet
from facesorter.images import bmff
from facesorter.images.xmp_packets import LARGEST, read_packets

_TURNED_BY_FORMAT: Final = (".heic", ".heif", ".hif")
_DEGREES: Final = {3: 180, 6: 90, 8: 270}
"""By EXIF orientation. Cameras write no mirrored pictures."""


def read_photo(photo: Path, sidecars: Sequence[Path], reading: Reading) -> Iterator[Found]:
    """Yield what a photo file says, and what each of its XMP sidecars says. Thread: any; blocks.

    They may disagree. Files that can't be read are noted in ``reading``. For the sidecars of a
    photo see `images.sidecars.Sidecars.of`.

    HEIC pictures arrive turned, so their photos have no orientation. But some programs count from
    the pixels as they are stored, as in other files, so the format's turn is given as a hint.
    """
    turn: int | None = None
    for path in (photo, *sidecars):
        try:
            photo_names = of_sidecar(path) if path != photo else embedded(path)
        except (UserError, OSError) as error:
            reading.skip(path, error)
            continue
        if photo_names.regions and turn is None:
            turn = _turn(photo)
        if photo_names:
            yield Found(photo, dataclasses.replace(photo_names, origin=path, rotation=turn or None))


def _turn(photo: Path) -> int:
    """Return the degrees clockwise by which HEIC's own properties turn a picture; else 0."""
    if photo.suffix.lower() not in _TURNED_BY_FORMAT:
        return 0
    try:
        return _DEGREES.get(bmff.turn(photo.read_bytes()), 0)
    except OSError:
        return 0


def embedded(photo: Path) -> PhotoNames:
    """Read the names inside a photo file; none from one that is damaged. Blocks.

    Raises:
        UserError: It holds XMP that no program writes for a photo.
        OSError: The file can't be read.
    """
    inside = read_packets(photo)
    packets = [read_packet(packet) for packet in inside.packets]
    regions = tuple(region for each in packets for region in each.regions)
    people = [person for each in packets for person in each.people]
    people += [(name, Source.KEYWORDS) for name in named_by(inside.keywords)]
    program = next((each.program for each in packets if each.program), None)
    return PhotoNames(regions, without_repetition(regions, people), program)


def of_sidecar(path: Path) -> PhotoNames:
    """Read the names in an XMP sidecar. Blocks.

    Raises:
        UserError: It is too large, or holds what no program writes for a photo.
        OSError: The file can't be read.
    """
    return read_packet(read_limited(path, LARGEST))
