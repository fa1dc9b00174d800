"""Domain types: folders, photos, faces, people, and sets of changes.

Frozen and free of NumPy and Qt, so that every layer can use them. Times are ISO-8601 text;
regions are fractions of the upright photo.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from facesorter.errors import Message

FolderId = NewType("FolderId", int)
PhotoId = NewType("PhotoId", int)
FaceId = NewType("FaceId", int)
PersonId = NewType("PersonId", int)
DecisionId = NewType("DecisionId", int)
TagId = NewType("TagId", int)
AlbumId = NewType("AlbumId", int)


class FolderState(StrEnum):
    """Availability of a watched folder."""

    PRESENT = "present"
    UNPLUGGED = "unplugged"
    """The folder is absent, or empty though it had photos; all its data is kept."""


class PhotoStatus(StrEnum):
    """Processing status of a photo file."""

    PENDING = "pending"
    ANALYSED = "analysed"
    FAILED = "failed"
    MISSING = "missing"
    """The file is gone from an available folder; its faces and names are kept."""


class FaceState(StrEnum):
    """Relation of a face to its person."""

    UNKNOWN = "unknown"
    SUGGESTED = "suggested"
    """Assigned to a person automatically, for the user to confirm or reject."""
    CONFIRMED = "confirmed"
    IGNORED = "ignored"
    """Not a face, or not of interest: excluded from grouping until the user changes that."""


class FaceOrigin(StrEnum):
    """Origin of a face's region."""

    DETECTED = "detected"
    DRAWN = "drawn"
    IMPORTED = "imported"


SAME_PLACE = 0.5
"""Overlap (intersection over union) from which a newly found face is a known one: the value used by
Immich and detection benchmarks; two faces of one photo never overlap that much."""

SAME_LOOK = 0.8
"""Similarity from which a face is the same in spite of another place, as after a crop or a
rotation. No two people of the development set come near it."""


@dataclass(frozen=True, slots=True)
class Region:
    """Bounding box of a face: fractions of the upright photo, origin top left."""

    x: float
    y: float
    w: float
    h: float

    def turned(self, degrees: int) -> Region:
        """Return the region in the photo turned clockwise by a multiple of 90 degrees."""
        match degrees % 360:
            case 90:
                return Region(1 - self.y - self.h, self.x, self.h, self.w)
            case 180:
                return Region(1 - self.x - self.w, 1 - self.y - self.h, self.w, self.h)
            case 270:
                return Region(self.y, 1 - self.x - self.w, self.h, self.w)
            case _:
                return self

    def overlap(self, other: Region) -> float:
        """Return the intersection over union, 0 to 1."""
        width = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        height = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.w * self.h + other.w * other.h - shared)

    def is_at(self, other: Region) -> bool:
        """Return whether both regions show the same face; see `SAME_PLACE`."""
        return self.overlap(other) >= SAME_PLACE


def in_video(region: Region, moment: int | None) -> Region:
    """Return a region that overlaps only those of the same moment of a video; None in a photo."""
    return (
        region if moment is None else dataclasses.replace(region, x=region.x + 2.0 * (moment + 1))
    )


def turned_points(
    points: Sequence[tuple[float, float]], degrees: int
) -> tuple[tuple[float, float], ...]:
    """Return points, as fractions of a photo, in the photo turned as by `Region.turned`."""
    match degrees % 360:
        case 90:
            return tuple((1 - y, x) for x, y in points)
        case 180:
            return tuple((1 - x, 1 - y) for x, y in points)
        case 270:
            return tuple((y, 1 - x) for x, y in points)
        case _:
            return tuple(points)


@dataclass(frozen=True, slots=True)
class Given:
    """What the user entered about a photo; None where nothing, "" or 0 for "none"."""

    rating: int | None = None
    title: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class NamedRegion:
    """The face of a named person."""

    name: str
    region: Region
    """Relative to the upright picture."""


def is_before(date: str | None, other: str | None) -> bool:
    """Return whether a date is surely before another; False for None.

    Both are as precise as they are known: "1956" isn't before "1956-05-31", as it may be December.
    """
    return bool(date and other and date[: len(other)] < other[: len(date)])


def match_regions(
    known: Sequence[Region],
    found: Sequence[Region],
    likeness: Callable[[int, int], float] | None = None,
) -> dict[int, int]:
    """Match newly found faces to known ones, best pair first, each at most once.

    Args:
        known: Regions of the known faces in a photo.
        found: Regions of the newly found faces.
        likeness: Function of the indices of a known and a found face that returns how similar they
            look, 0 to 1 on the scale of overlap, or 0 if too little for a match. None to match by
            region alone.

    Returns:
        Index of the known face for each found face that matches one.
    """
    pairs = []
    for new, there in enumerate(found):
        for old, region in enumerate(known):
            alike = likeness(old, new) if likeness is not None else 0.0
            if region.is_at(there) or alike > 0:
                pairs.append((-max(region.overlap(there), alike), new, old))
    matched: dict[int, int] = {}
    for _, new, old in sorted(pairs):
        if new not in matched and old not in matched.values():
            matched[new] = old
    return matched


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that the user added."""

    id: FolderId
    path: str
    watched: bool
    state: FolderState
    added_at: str
    scanned_at: str | None
    paused: bool = False
    """Whether changes in it are ignored for now; only a scan of this very folder finds them."""
    left_out: tuple[str, ...] = ()
    """Subfolders that the user left out, as relative paths with a last "/"."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo file in the library."""

    id: PhotoId
    folder_id: FolderId
    path: str
    """Absolute path."""
    status: PhotoStatus
    error: Message | None
    size: int
    mtime_ns: int
    content_hash: str | None
    width: int | None
    height: int | None
    taken_at: str
    """Local time, as precise as it is known: "1956", "1956-07", "1956-07-04" or with the time."""
    taken_from: str
    """A `images.dates.DateSource`."""
    unplugged: bool
    faces: int
    favourite: bool = False
    repeats: bool = False
    """The user marked it as a collage: it shows somebody more than once."""
    taken_doubt: str | None = None
    """A `images.dates.Doubt`, or None."""
    searched: bool = True
    """Whether its small faces were looked for, if it is analyzed."""
    turn: int = 0
    """How the user turned it for viewing: 0, 90, 180 or 270 degrees clockwise."""
    duration: int | None = None
    """Length of a video in milliseconds, 0 until it is known; None for a photo."""
    sort_at: str = ""
    """What it is sorted by among others, see `library.photo_order`; never shown."""
    rating: int = 0
    """Stars, 0 to 5: the user's, or else the file's."""

    @property
    def is_video(self) -> bool:
        """Whether it is a video."""
        return self.duration is not None

    @property
    def shows_its_faces(self) -> bool:
        """Whether the file is, as far as known, the one in which the photo's faces were seen."""
        return self.content_hash is not None and self.status is not PhotoStatus.FAILED


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one photo."""

    id: FaceId
    photo_id: PhotoId
    region: Region
    landmarks: tuple[tuple[float, float], ...]
    """Five points, fractions of the upright photo: eyes, nose, mouth corners; left ones first."""
    detection_score: float
    quality: float
    origin: FaceOrigin
    state: FaceState
    person_id: PersonId | None
    name: str | None
    similarity: float | None
    moment: int | None = None
    """Time in a video, in milliseconds; None in a photo."""
    sure: bool = False
    """Suggested and so similar to the person's confirmed faces that nobody is asked."""


class PersonOrder(StrEnum):
    """Orders of people; favorites always come first, and unnamed people last."""

    FACES = "faces"
    """Most faces first."""
    NAME = "name"
    NEWEST = "newest"
    """By their latest photo."""


@dataclass(frozen=True, slots=True)
class Person:
    """A visible group of faces, named or not; its id is permanent."""

    id: PersonId
    name: str | None
    faces: int
    """Confirmed and suggested faces in photos that are not missing."""
    confirmed: int
    suggested: int
    sure: int
    """Those of the suggested faces that need no confirmation."""
    photos: int
    """Exact copies count once, as of the last search for duplicates."""
    cover_face_id: FaceId | None
    first: str | None
    last: str | None
    hidden: bool
    favourite: bool = False
    birth_date: str | None = None
    """"2019-05-31", or "2019-05" or "2019" if no more is known."""
    death_date: str | None = None

    @property
    def asked(self) -> int:
        """Number of suggested faces that wait for the user's answer."""
        return self.suggested - self.sure


@dataclass(frozen=True, slots=True)
class Tag:
    """A label that the user put on photos or people; stored only in the library."""

    id: TagId
    name: str


@dataclass(frozen=True, slots=True)
class Album:
    """Photos collected by the user, or the results of a saved search."""

    id: AlbumId
    name: str
    search: str | None = None
    """The saved search of a smart album."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes made by a transaction, by id; views decide what to reload."""

    folders: frozenset[FolderId] = frozenset()
    photos: frozenset[PhotoId] = frozenset()
    faces: frozenset[FaceId] = frozenset()
    persons: frozenset[PersonId] = frozenset()
    decided: bool = False
    """Whether a decision was made, undone or redone, so that the undo state differs."""
    facts: tuple[tuple[str, int], ...] = field(default=())
    """Counts to tell the user about, such as ``("skipped", 3)``."""
    marked: frozenset[PhotoId] = frozenset()
    """Photos whose tags, albums or star changed, but not their pixels or faces."""
    shelves: bool = False
    """Whether tags or albums were created, deleted, renamed or changed in content."""
    unscanned: frozenset[FolderId] = frozenset()
    """Added folders that have to be scanned."""
    stacks: bool = False
    """Whether photos were stacked, unstacked, or put on top."""

    def __or__(self, other: Changes) -> Changes:
        """Merge two sets of changes."""
        return Changes(
            self.folders | other.folders,
            self.photos | other.photos,
            self.faces | other.faces,
            self.persons | other.persons,
            self.decided or other.decided,
            self.facts + other.facts,
            self.marked | other.marked,
            self.shelves or other.shelves,
            self.unscanned | other.unscanned,
            self.stacks or other.stacks,
        )

    def __bool__(self) -> bool:
        """Return whether anything changed."""
        return any(getattr(self, f.name) for f in dataclasses.fields(self))
