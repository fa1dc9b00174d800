"""Groups of photos that are the same picture, and which of each to keep.

Files with the same content are exact copies. Others are near duplicates if a search found them
alike (`record`, from `images.likeness`), unless their cameras' clocks differ: then they are two
shots of one scene. Photos that the user told apart are never in one group, nor are those that are
stacked, as a burst or a raw photo and its JPEG (`library.stacks`).
"""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from types import MappingProxyType

from facesorter.desktop.trash import removable
from facesorter.domain import Photo, PhotoId, PhotoStatus
from facesorter.images.dates import DateSource
from facesorter.library.transaction import Transaction
from facesorter.storage import fingerprints, photos, stacks
from facesorter.storage.fingerprints import Fingerprint, Member

ENLARGED = 1.02
"""Factor of the number of pixels from which one photo is larger than another."""
_LOSSLESS = {".png", ".tif", ".tiff", ".bmp", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf"}
_DERIVED = re.compile(
    r"[ _-]?\(\d+\)$|[ _-](copy|kopie|copie|copia|edited|bearbeitet|small|klein|resized)\b"
    r"|-WA\d+$|^(thumb|preview|copy of|kopie von)|[ _-]\d{2,4}x\d{2,4}$",
    re.IGNORECASE,
)
"""Names that copies get from systems, messengers, and people."""


class Reason(StrEnum):
    """Why a photo is the best of its group."""

    PRESENT = "present"
    """The others are on drives that aren't connected."""
    PIXELS = "pixels"
    METADATA = "metadata"
    """It alone has the date from the camera."""
    FORMAT = "format"
    """It alone was saved without loss."""
    QUALITY = "quality"
    """With as many pixels, its file is the largest: less compressed."""
    NAME = "name"
    """The others have names of copies."""
    DECISIONS = "decisions"
    """It is a favorite, and the others aren't."""
    FIRST = "first"
    """Otherwise equal; it has been in the library longest."""


@dataclass(frozen=True, slots=True)
class Group:
    """Photos that are the same picture."""

    photos: tuple[Photo, ...]
    """The best one first."""
    exact: bool
    """Whether all have the same content."""
    reasons: tuple[Reason, ...]
    """Why the first is the best, the weightiest first."""

    @property
    def ids(self) -> tuple[PhotoId, ...]:
        """The ids of its photos, the best one first."""
        return tuple(photo.id for photo in self.photos)

    @property
    def spare(self) -> int:
        """Bytes that all but the best take."""
        return sum(photo.size for photo in self.photos[1:])


def groups(connection: sqlite3.Connection) -> list[Group]:
    """Return the groups of duplicates among shown photos, those that take most space first."""
    known = fingerprints.members(connection)
    stacked = {each: group[0] for group in stacks.groups(connection) for each in group}
    pairs = fingerprints.pairs(connection)
    together = _join(known, pairs, fingerprints.rejected(connection), stacked)
    ids = [photo_id for group in together for photo_id in group]
    found = {photo.id: photo for photo in photos.by_ids(connection, ids)}
    dates = {member.id: _original(member.dates) for member in known}
    made = [_group([found[each] for each in group], dates) for group in together]
    return sorted(made, key=lambda group: (-group.spare, group.ids))


def spare_copies(connection: sqlite3.Connection) -> list[tuple[Photo, list[Photo]]]:
    """Return the best photo of each group of identical files, with those that may go.

    Reads the state of each file: groups whose best file has moved or changed are left out.
    """
    exact = [group.photos for group in groups(connection) if group.exact]
    found = [(best, removable(best, others)) for best, *others in exact]
    return [(best, others) for best, others in found if others]


def record_prints(txn: Transaction, found: Sequence[Fingerprint]) -> None:
    """Store fingerprints, by which bursts may be found. Not a decision."""
    fingerprints.put(txn.connection, found)
    stacks.forget_searched(txn.connection)


def record_pairs(
    txn: Transaction, pairs: Sequence[tuple[str, str, float]], compared: Sequence[str]
) -> None:
    """Store which contents are alike, and which were compared with all others. Not a decision.

    Reports the photos found, so that views reload them.
    """
    fingerprints.put_pairs(txn.connection, pairs, compared)
    alike = sorted({content for pair in pairs for content in pair[:2]})
    txn.touch(photos=fingerprints.with_content(txn.connection, alike).values())


def record_copies(txn: Transaction) -> None:
    """Store which photos are exact copies, which count once. Not a decision."""
    txn.touch(persons=fingerprints.set_copies(txn.connection))


def _join(
    known: Sequence[Member],
    pairs: Iterable[tuple[str, str, float]],
    apart: set[tuple[PhotoId, PhotoId]],
    stacked: Mapping[PhotoId, PhotoId] = MappingProxyType({}),
) -> list[list[PhotoId]]:
    """Join photos into groups, the most alike first, never two that the user told apart.

    Nor two different files of a stack, such as a raw photo and its JPEG.
    """
    with_content: dict[str, list[Member]] = {}
    for member in known:
        with_content.setdefault(member.content_hash, []).append(member)
    group_of: dict[PhotoId, list[PhotoId]] = {member.id: [member.id] for member in known}
    told_apart: dict[PhotoId, set[PhotoId]] = {}
    for low, high in apart:
        told_apart.setdefault(low, set()).add(high)
        told_apart.setdefault(high, set()).add(low)

    def join(one: PhotoId, two: PhotoId) -> bool:
        a, b = group_of[one], group_of[two]
        if a is not b:
            if len(a) < len(b):
                a, b = b, a
            if any(group_of.get(far) is a for each in b for far in told_apart.get(each, ())):
                return False
            a += b
            group_of.update(dict.fromkeys(b, a))
        return True

    for same in with_content.values():
        for at, member in enumerate(same):
            # A group that refused it, refuses it for good: so no group is left to join afterwards.
            any(join(other.id, member.id) for other in itertools.islice(same, at))
    for content, like, _ in pairs:
        for member in with_content.get(content, ()):
            for other in with_content.get(like, ()):
                together = member.id in stacked and stacked[member.id] == stacked.get(other.id)
                if not together and not _two_shots(member, other):
                    join(member.id, other.id)
    distinct = {id(group): group for group in group_of.values() if len(group) > 1}
    return [sorted(group) for group in distinct.values()]


def _two_shots(one: Member, other: Member) -> bool:
    """Whether the camera's clock tells photos apart: frames of a burst, or of a tripod."""
    a, b = _original(one.dates), _original(other.dates)
    # One that begins with the other is only more precise.
    return bool(a and b) and not (a.startswith(b) or b.startswith(a))


def _original(dates: str | None) -> str:
    """Return when the camera says it took a photo; empty if unknown."""
    return str(json.loads(dates).get(DateSource.ORIGINAL, "")) if dates else ""


def _group(members: Sequence[Photo], dates: dict[PhotoId, str]) -> Group:
    criteria = _criteria(members, dates)

    def rank(photo: Photo) -> tuple[float, ...]:
        return (*(-worth(photo) for _, worth in criteria), photo.id)

    best, *others = sorted(members, key=rank)
    reasons = []
    for reason, worth in criteria:
        if all(worth(best) > worth(other) for other in others):
            reasons.append(reason)
    exact = len({photo.content_hash for photo in members}) == 1
    return Group((best, *others), exact, tuple(reasons) or (Reason.FIRST,))


def _criteria(
    members: Sequence[Photo], dates: dict[PhotoId, str]
) -> list[tuple[Reason, Callable[[Photo], float]]]:
    """Return what speaks for a photo, the weightiest first."""
    largest = max(_pixels(photo) for photo in members)

    def pixels(photo: Photo) -> float:
        # A cropped photo has fewer pixels; rounding must not count.
        return 1.0 if _pixels(photo) * ENLARGED >= largest else _pixels(photo) / largest

    return [
        (Reason.PRESENT, lambda photo: float(is_there(photo))),
        (Reason.PIXELS, pixels),
        (Reason.METADATA, lambda photo: float(bool(dates.get(photo.id)))),
        (Reason.FORMAT, lambda photo: float(PurePath(photo.path).suffix.lower() in _LOSSLESS)),
        (Reason.QUALITY, lambda photo: float(photo.size)),
        (Reason.NAME, lambda photo: float(not _DERIVED.search(PurePath(photo.path).stem))),
        (Reason.DECISIONS, lambda photo: float(photo.favourite)),
    ]


def is_there(photo: Photo) -> bool:
    """Return whether a photo's file can be reached, as far as known."""
    return not photo.unplugged and photo.status is not PhotoStatus.MISSING


def _pixels(photo: Photo) -> int:
    return (photo.width or 0) * (photo.height or 0)
