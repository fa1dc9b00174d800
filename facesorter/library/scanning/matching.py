"""Match files to known photos that were moved, copied, replaced, or only touched.

A photo is its content: its faces, names, and decisions follow the content.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facesorter.cancel import CancelToken
from facesorter.domain import FolderId, PhotoId
from facesorter.files import content_hash
from facesorter.library.scanning.listing import FoundFile, Listings, Walk, full_path
from facesorter.storage import photos, versions
from facesorter.storage.photos import Candidate, KnownFile


@dataclass(frozen=True, slots=True)
class Move:
    """A known photo and the file that has its content now."""

    photo_id: PhotoId
    file: FoundFile


@dataclass(frozen=True, slots=True)
class Copy:
    """A file with the content of a photo that also exists elsewhere."""

    source_id: PhotoId
    content_hash: str
    file: FoundFile
    photo_id: PhotoId | None = None
    """The photo known in that place, if it was never analyzed."""


@dataclass(slots=True)
class Place:
    """A file to be matched: in a new place, or changed in a known one."""

    walk: Walk
    file: FoundFile
    known: KnownFile | None
    """The photo known in that place."""
    digest: str | None = ""
    """Hash of the content; empty if no known photo can match, None if it can't be read."""


@dataclass(slots=True)
class Matches:
    """The results of matching, by folder."""

    moved: dict[FolderId, list[Move]] = field(default_factory=dict)
    displaced: dict[FolderId, list[PhotoId]] = field(default_factory=dict)
    copied: dict[FolderId, list[Copy]] = field(default_factory=dict)
    touched: dict[FolderId, list[Move]] = field(default_factory=dict)
    changed: dict[FolderId, list[Move]] = field(default_factory=dict)
    new: dict[FolderId, list[FoundFile]] = field(default_factory=dict)
    claimed: set[PhotoId] = field(default_factory=set)
    """Photos whose content was found."""


def match(
    connection: sqlite3.Connection,
    walks: Sequence[Walk],
    places: Sequence[Place],
    settled: Collection[PhotoId],
    token: CancelToken,
) -> Matches:
    """Match each place. Reads files of sizes known to the library. Thread: scan.

    ``settled`` photos are in their place and aren't candidates.

    Raises:
        Cancelled: between two files.
    """
    found = Matches(claimed=set(settled))
    by_size = photos.candidates(connection, {place.file.size for place in places})
    open_places = []
    for place in places:
        token.check()
        alike = by_size.get(place.file.size, [])
        if any(photo.content_hash for photo in alike):
            place.digest = _hash(place)
        own = next((p for p in alike if place.known and p.id == place.known.id), None)
        if place.digest and own is not None and own.content_hash == place.digest:
            _put(found.touched, place, Move(own.id, place.file))
            found.claimed.add(own.id)
        elif place.digest is not None or place.known is None:
            open_places.append(place)
        # The rest can't be read now and stays unchanged until it can.
        else:
            found.claimed.add(place.known.id)
    left = _follow(open_places, by_size, _Whereabouts(walks, open_places, by_size), found)
    earlier = versions.hashes(connection)
    for index, place in enumerate(open_places):
        if index not in left:
            continue
        known = place.known
        if known is not None and place.digest and (known.id, place.digest) in earlier:
            # Its own earlier version is back, even if there are copies of that elsewhere.
            _settle(place, (), found)
        else:
            _settle(place, by_size.get(place.file.size, []), found)
    for index, place in enumerate(open_places):
        known = place.known
        if index not in left and known is not None and known.id not in found.claimed:
            _put(found.displaced, place, known.id)
    return found


def _settle(place: Place, alike: Iterable[Candidate], found: Matches) -> None:
    """Match a place without a moved photo: a copy, a changed photo, or a new one."""
    known = place.known
    vacated = known is None or known.id in found.claimed
    original = next(
        (p for p in alike if place.digest and p.content_hash == place.digest and _has_faces(p)),
        None,
    )
    if original is not None and place.digest:
        own = None
        if known is not None and not vacated:
            if known.analysed:
                _put(found.displaced, place, known.id)
            else:
                own = known.id
                found.claimed.add(own)
        _put(found.copied, place, Copy(original.id, place.digest, place.file, own))
    elif known is None or vacated:
        _put(found.new, place, place.file)
    elif known.status == "missing":
        # Not an edit: the photo was missing, and its names must not appear on another picture.
        _put(found.displaced, place, known.id)
        _put(found.new, place, place.file)
    else:
        _put(found.changed, place, Move(known.id, place.file))
        found.claimed.add(known.id)


def _follow(
    places: list[Place],
    by_size: dict[int, list[Candidate]],
    whereabouts: _Whereabouts,
    found: Matches,
) -> set[int]:
    """Find the places that photos moved to; return the indices of the others.

    Analyzed photos are matched by content, others by size and time.
    """
    left = set(range(len(places)))

    def pair(
        kind: Callable[[Candidate], Hashable],
        wanted: Callable[[Place], Hashable],
        keys: Sequence[tuple[Callable[[Any], Hashable], bool]],
    ) -> None:
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for index in left:
            if (value := wanted(places[index])) is not None:
                waiting[value].append(index)
        sizes = {places[index].file.size for index in left}
        lost: dict[Hashable, list[Candidate]] = defaultdict(list)
        for size in sizes:
            for photo in by_size.get(size, ()):
                value = kind(photo)
                if value in waiting and photo.id not in found.claimed:
                    lost[value].append(photo)
        for value, group in lost.items():
            for photo, index in _pairs(group, waiting[value], places, keys, whereabouts):
                _put(found.moved, places[index], Move(photo.id, places[index].file))
                found.claimed.add(photo.id)
                left.discard(index)

    pair(
        lambda photo: photo.content_hash or None,
        lambda place: place.digest or None,
        [(_name_and_time, True), (_time, True), (_name, False), (lambda _: None, False)],
    )
    pair(
        lambda photo: None if photo.content_hash else (photo.size, photo.mtime_ns),
        lambda place: (place.file.size, place.file.mtime_ns),
        [(_name, True), (lambda _: None, True)],
    )
    return left


def _pairs(
    group: list[Candidate],
    indices: list[int],
    places: list[Place],
    keys: Sequence[tuple[Callable[[Any], Hashable], bool]],
    whereabouts: _Whereabouts,
) -> list[tuple[Candidate, int]]:
    """Pair photos that left their place with files of their content, likeliest first.

    Each key says what must be equal, and whether photos count whose old place holds an unknown
    file. Those match only files with their own time, since renaming keeps the time. A file with
    another time is a copy, made before the original was edited.
    """
    found = []
    free = sorted(indices)
    gone = [(photo, whereabouts(photo)) for photo in group]
    waiting = [(photo, where) for photo, where in gone if where != "there"]
    for key, also_replaced in keys:
        by_key: dict[Hashable, list[int]] = defaultdict(list)
        for index in reversed(free):
            by_key[key(places[index].file)].append(index)
        still = []
        for photo, where in waiting:
            fitting = by_key.get(key(photo))
            if fitting and (also_replaced or where == "gone"):
                index = fitting.pop()
                free.remove(index)
                found.append((photo, index))
            else:
                still.append((photo, where))
        waiting = still
    return found


class _Whereabouts:
    """Tells whether a known photo is 'there', 'gone', or its place holds an unknown file."""

    def __init__(
        self, walks: Sequence[Walk], places: Iterable[Place], by_size: dict[int, list[Candidate]]
    ) -> None:
        self._walks = {seen.folder.id: seen for seen in walks}
        self._listings = Listings()
        self._known_contents = {
            (place.walk.folder.id, place.file.relpath)
            for place in places
            if place.digest
            and any(photo.content_hash == place.digest for photo in by_size[place.file.size])
        }

    def __call__(self, photo: Candidate) -> str:
        if photo.status == "missing":
            return "gone"
        seen = self._walks.get(photo.folder_id)
        if seen is not None and seen.root is not None:
            version = seen.files.get(photo.relpath)
            if version is None and seen.unseen(photo.relpath):
                return "there"
        else:
            try:
                version = self._listings.version_of(photo.path)
            except OSError:
                return "there"
        if version is not None and version[:2] == (photo.size, photo.mtime_ns):
            return "there"
        if version is None or (photo.folder_id, photo.relpath) in self._known_contents:
            return "gone"
        return "edited"


def _has_faces(photo: Candidate) -> bool:
    """Return whether the faces in its content are known."""
    return photo.status in ("analysed", "missing")


def _name(file: FoundFile | Candidate) -> str:
    return file.relpath.rpartition("/")[2]


def _time(file: FoundFile | Candidate) -> int:
    return file.mtime_ns


def _name_and_time(file: FoundFile | Candidate) -> tuple[str, int]:
    return _name(file), file.mtime_ns


def _hash(place: Place) -> str | None:
    try:
        return content_hash(Path(full_path(place.walk.folder, place.file.relpath)))
    except OSError:
        return None


def _put(lists: dict[FolderId, list[Any]], place: Place, item: object) -> None:
    lists.setdefault(place.walk.folder.id, []).append(item)
