"""Names inside photo files and in the XMP sidecars beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from facesorter.errors import UserError
from facesorter.exchange.names import PhotoNames, Source, without_repetition
from facesorter.exchange.people_keywords import named_by
from facesorter.exchange.reading import Found, Reading, read_limited
from facesorter.exchange.xmp_people import read_packet
from facesorter.images.packets import LARGEST, read_packets


def read_photo(photo: Path, sidecars: Sequence[Path], reading: Reading) -> Iterator[Found]:
    """Yield what a photo file says, and what each of its XMP sidecars says. Thread: any; blocks.

    They may disagree. Files that can't be read are noted in ``reading``. For the sidecars of a
    photo see `images.sidecars.Sidecars.of`.
    """
    for path in (photo, *sidecars):
        try:
            said = of_sidecar(path) if path != photo else embedded(path)
        except (UserError, OSError) as error:
            reading.skip(path, error)
            continue
        if said:
            yield Found(photo, dataclasses.replace(said, origin=path))


def embedded(photo: Path) -> PhotoNames:
    """Read the names inside a photo file; none from one that is damaged. Blocks.

    Raises:
        UserError: It holds XMP that no program writes for a photo.
        OSError: The file can't be read.
    """
    inside = read_packets(photo)
    said = [read_packet(packet) for packet in inside.packets]
    regions = tuple(region for each in said for region in each.regions)
    people = [person for each in said for person in each.people]
    people += [(name, Source.KEYWORDS) for name in named_by(inside.keywords)]
    program = next((each.program for each in said if each.program), None)
    return PhotoNames(regions, without_repetition(regions, people), program)


def of_sidecar(path: Path) -> PhotoNames:
    """Read the names in an XMP sidecar. Blocks.

    Raises:
        UserError: It is too large, or holds what no program writes for a photo.
        OSError: The file can't be read.
    """
    return read_packet(read_limited(path, LARGEST))
