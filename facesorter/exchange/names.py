"""What another program said about who is in a photo, as it said it: the readers' common result.

Nothing is decided here. Whether a region is that of the stored or of the upright picture, and which
face it names, is found by `library.name_import` with the faces found in the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where names come from. The values are stored."""

    MWG = "mwg"
    MICROSOFT = "microsoft"
    KEYWORDS = "keywords"
    PERSON_IN_IMAGE = "person-in-image"
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
class SaidRegion:
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
    """Width and height of the picture that the region was made on, px, where it is said."""


@dataclass(frozen=True, slots=True)
class PhotoNames:
    """Who is in a photo, as said inside the file, in a sidecar or in a program's database."""

    regions: tuple[SaidRegion, ...] = ()
    people: tuple[tuple[str, Source], ...] = ()
    """People who are on the photo, nobody says where, each once; none of those with a region."""
    program: str | None = None
    """The program that wrote it, as it calls itself: "digiKam-8.4.0", where it is said."""
    rotation: int | None = None
    """Degrees clockwise by which the program turned its view of the file, where it says so."""

    def __bool__(self) -> bool:
        return bool(self.regions or self.people)
