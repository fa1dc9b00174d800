"""The words of the program as types: folders, photos, faces, persons, and what changed.

Frozen and free of NumPy and Qt, so that every layer may hold them. Times are ISO-8601 text;
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
    """Whether a watched folder can be reached."""

    PRESENT = "present"
    UNPLUGGED = "unplugged"
    """The folder is absent, or empty where photos were: nothing of it is forgotten."""


class PhotoStatus(StrEnum):
    """What is known of a photo file."""

    PENDING = "pending"
    ANALYSED = "analysed"
    FAILED = "failed"
    MISSING = "missing"
    """The file is gone from a folder that is there; its faces and names are kept."""


class FaceState(StrEnum):
    """What a face is towards its person."""

    UNKNOWN = "unknown"
    SUGGESTED = "suggested"
    """Put with a person by the machine, for the user to confirm or reject."""
    CONFIRMED = "confirmed"
    IGNORED = "ignored"
    """Not a face, or nobody of interest: left out of grouping until the user says otherwise."""


class FaceOrigin(StrEnum):
    """Where a face's region comes from."""

    DETECTED = "detected"
    DRAWN = "drawn"
    IMPORTED = "imported"


SAME_PLACE = 0.5
"""Overlap (intersection over union) from which a newly found face is an old one: the value that
Immich and the detection benchmarks use; two faces of one photo never overlap that much."""


@dataclass(frozen=True, slots=True)
class Region:
    """A face's place: fractions of the upright photo, origin top left."""

    x: float
    y: float
    w: float
    h: float

    def overlap(self, other: Region) -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        height = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.w * self.h + other.w * other.h - shared)

    def is_at(self, other: Region) -> bool:
        """Whether both are the same face's place; see `SAME_PLACE`."""
        return self.overlap(other) >= SAME_PLACE


def match_regions(
    known: Sequence[Region],
    found: Sequence[Region],
    likeness: Callable[[int, int], float] | None = None,
) -> dict[int, int]:
    """Match newly found faces to known ones, best pair first, each once.

    Args:
        known: Places of the known faces in a photo.
        found: Places of the faces that were found now.
        likeness: How alike a known and a found face (by index) look, 0 to 1, in the measure of
            overlap, or 0 where that is not enough to match them; None to go by place alone.

    Returns:
        The index of the known face for each found one that is known.
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
    """Local time as the camera wrote it; the file's date where it wrote none."""
    taken_from: str
    unplugged: bool
    faces: int
    favourite: bool = False


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


@dataclass(frozen=True, slots=True)
class Person:
    """A group of faces that the user can see, named or not; its id is permanent."""

    id: PersonId
    name: str | None
    faces: int
    """Confirmed and suggested faces in photos that are not missing."""
    confirmed: int
    suggested: int
    photos: int
    cover_face_id: FaceId | None
    first: str | None
    last: str | None
    hidden: bool
    favourite: bool = False
    birth_date: str | None = None
    """"2019-05-31", or "2019" where the user knows the year alone."""
    death_date: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A word that the user put on photos or persons; known to the library alone."""

    id: TagId
    name: str


@dataclass(frozen=True, slots=True)
class Album:
    """Photos that the user put together, or, with a search, whatever that finds."""

    id: AlbumId
    name: str
    search: str | None = None
    """The saved search of a smart album."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a transaction changed, by id; views decide for themselves what to read again."""

    folders: frozenset[FolderId] = frozenset()
    photos: frozenset[PhotoId] = frozenset()
    faces: frozenset[FaceId] = frozenset()
    persons: frozenset[PersonId] = frozenset()
    decided: bool = False
    """A decision was made, undone or redone: the undo state differs."""
    facts: tuple[tuple[str, int], ...] = field(default=())
    """Counts to tell the user about, such as ``("skipped", 3)``."""
    marked: frozenset[PhotoId] = frozenset()
    """Photos whose tags, albums or star differ; their pixels and faces are what they were."""
    shelves: bool = False
    """Tags or albums came, went, were renamed, or hold something else."""
    unscanned: frozenset[FolderId] = frozenset()
    """Folders that were added, and have to be scanned."""

    def __or__(self, other: Changes) -> Changes:
        """Both changes as one."""
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
        )

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return any(getattr(self, f.name) for f in dataclasses.fields(self))
