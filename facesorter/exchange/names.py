"""Names of people in a photo as another program stored them: the readers' common result.

Nothing is decided here. Whether a region is that of the stored or of the upright picture, and which
face it names, is for the importer to find, with the faces found in the pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from facesorter import names

OURS: Final = "facesorter"
"""Program of a sidecar that this program made, and that no other has written since."""
LONGEST_NAME: Final = 250
"""Characters of a name that are kept; longer ones are damage, or meant to take memory."""
_OUTSIDE: Final = 0.25
"""Share of a region that may stick out of the picture; detectors frame faces cut by its edge."""


class Source(StrEnum):
    """Where names come from. The values are stored."""

    MWG = "mwg"
    MICROSOFT = "microsoft"
    KEYWORDS = "keywords"
    PERSON_IN_IMAGE = "person-in-image"
    IPTC = "iptc"
    """IPTC's image regions; its people without a place are `PERSON_IN_IMAGE`."""
    ACDSEE = "acdsee"
    """ACDSee's regions inside a file; its categories are `KEYWORDS`."""
    PICASA = "picasa"
    DIGIKAM = "digikam"
    TAKEOUT = "takeout"
    APPLE_PHOTOS = "apple-photos"
    IMMICH = "immich"
    PHOTOPRISM = "photoprism"
    TONFOTOS = "tonfotos"
    REFERENCES = "references"
    FACESORTER = "facesorter"


class Frame(StrEnum):
    """The picture whose fractions a region is given in."""

    STORED = "stored"
    """As the file's pixels are stored, before its orientation is applied."""
    UPRIGHT = "upright"
    UNKNOWN = "unknown"
    """Programs differ: to be decided by the faces found."""


@dataclass(frozen=True, slots=True)
class ImportedRegion:
    """A face that another program saw or was told of."""

    name: str
    """Whose it is, "" if nobody was named: a face all the same."""
    x: float
    """Left edge; like y, w and h a fraction of the picture of `frame`, origin top left."""
    y: float
    w: float
    h: float
    source: Source
    frame: Frame = Frame.UNKNOWN
    applied_to: tuple[int, int] | None = None
    """Width and height of the picture that the region was made on, px, where it is given."""

    @classmethod
    def within(
        cls,
        name: str,
        x: float,
        y: float,
        w: float,
        h: float,
        *,
        source: Source,
        frame: Frame = Frame.UNKNOWN,
        applied_to: tuple[int, int] | None = None,
    ) -> ImportedRegion | None:
        """Return the region; None if it lies beyond the picture and a margin, or has no size."""
        out = _OUTSIDE
        if not (0 < w <= 1 + out and 0 < h <= 1 + out):
            return None
        if x < -out * w or y < -out * h or x + w > 1 + out * w or y + h > 1 + out * h:
            return None
        return cls(name, x, y, w, h, source, frame, applied_to)


@dataclass(frozen=True, slots=True)
class PhotoNames:
    """Who is in a photo, by the file itself, a sidecar or a program's database."""

    regions: tuple[ImportedRegion, ...] = ()
    people: tuple[tuple[str, Source], ...] = ()
    """Who is on the photo, nobody says where, each once; without those who have a region."""
    program: str | None = None
    """The program that wrote it, as it calls itself: "digiKam-8.4.0", where it is given."""
    rotation: int | None = None
    """Degrees clockwise by which the program turned its view of the file, where it says so; of HEIC
    pictures those by which the format turns the stored pixels."""
    origin: Path | None = None
    """The file that says so: the photo itself, a sidecar, a program's file or database."""

    def __bool__(self) -> bool:
        return bool(self.regions or self.people)


def given_name(text: str) -> str:
    """Return a name as it is stored, without control characters; "" if nothing visible remains."""
    return names.clean(text[:LONGEST_NAME])


def without_repetition(
    regions: Iterable[ImportedRegion], people: Iterable[tuple[str, Source]]
) -> tuple[tuple[str, Source], ...]:
    """Return the people without a region, each once, with the first source that names them."""
    known = {names.fold(region.name) for region in regions}
    kept = []
    for text, source in people:
        name = given_name(text)
        if name and (key := names.fold(name)) not in known:
            known.add(key)
            kept.append((name, source))
    return tuple(kept)
