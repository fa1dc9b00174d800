"""Stacks: photos that are shown as one, the best on top.

Files of one picture (raw and JPEG, an edited copy, the moving part of a Live Photo) and bursts,
found folder by folder from names, cameras, clocks and fingerprints. No other videos are stacked by
the machine. What the user stacked, took apart,
or put on top goes first (`library.decisions.stacks`).
"""

from __future__ import annotations

import datetime
import itertools
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from facesorter.cancel import CancelToken
from facesorter.domain import FaceId, Photo, PhotoId, match_regions
from facesorter.images import motion
from facesorter.images.picture_names import RANK, PictureName, Role, are_frames, picture_name
from facesorter.library.transaction import Transaction
from facesorter.storage import fingerprints, photos, stacks
from facesorter.storage.stacks import File, PictureFace, Place, Row

BURST_SECONDS = 2
"""Time between two frames of a burst, by the camera's clock: a press of the button each, with
children who move. Longer, and every photo of a party would be in one."""
BURST_ALIKE = 0.8
"""Correlation of the fingerprints of two frames of a burst. Of frames made from 150 photos by
moving them by up to 6 %, all have more; of strangers' photos, 1 in 2,700, and those are not taken
within seconds of each other."""
FEW = 1_000
"""Photos whose stacks are looked up, in 5 ms; to read those of the whole library takes 40 ms for
40,000 photos in stacks."""
ONE_EXPOSURE_SECONDS = 2
"""Time by which the clocks in files of one picture may differ: programs that edit round it."""


class Reason(StrEnum):
    """Why a photo is on top of its stack."""

    CHOSEN = "chosen"
    """By the user."""
    EDITED = "edited"
    """It is the edited copy."""
    PICTURE = "picture"
    """It is the camera's own picture; the others are its raw file or exports."""
    FACES = "faces"
    """Of a burst: its faces are the sharpest and clearest."""
    DETAIL = "detail"
    """Of a burst without faces: its file holds the most detail."""
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Stack:
    """Photos that are shown as one."""

    photos: tuple[Photo, ...]
    """The one on top first."""
    by_hand: bool
    """Whether the user stacked them."""
    roles: tuple[str, ...]
    """A `Role` of each photo, or "" if the machine knows none."""
    reason: Reason

    @property
    def ids(self) -> tuple[PhotoId, ...]:
        """The ids of its photos, the one on top first."""
        return tuple(photo.id for photo in self.photos)


class Folded(NamedTuple):
    """A list of photos in which each stack is one."""

    ids: list[PhotoId]
    """The list without photos stacked under another one in it."""
    stacks: dict[PhotoId, tuple[PhotoId, ...]]
    """For each photo that stands for several, those in the list, itself first."""


def fold(connection: sqlite3.Connection, ids: list[PhotoId]) -> Folded:
    """Remove photos from a list that are stacked under another one in it.

    Of a stack that is only partly in the list, the best that is stands for the others.
    """
    if len(ids) <= FEW:
        members_of = itertools.groupby(stacks.members(connection, ids), lambda each: each.stack)
        groups = [tuple(member.photo_id for member in group) for _, group in members_of]
    else:
        groups = stacks.groups(connection)
    if not groups:
        return Folded(ids, {})
    there = set(ids)
    found: dict[PhotoId, tuple[PhotoId, ...]] = {}
    for group in groups:
        members = group
        if not there.issuperset(group):
            members = tuple(each for each in group if each in there)
        if len(members) > 1:
            found[members[0]] = members
            there.difference_update(members[1:])
    return Folded([each for each in ids if each in there] if found else ids, found)


def every(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId] | None = None
) -> list[Stack]:
    """Return the stacks of two or more photos: all, or those of some photos."""
    members = stacks.members(connection, photo_ids)
    rows = photos.by_ids(connection, [member.photo_id for member in members])
    found = {photo.id: photo for photo in rows}
    chosen = stacks.on_top(connection)
    made = []
    for number, group in itertools.groupby(members, lambda member: member.stack):
        there = [member for member in group if member.photo_id in found]
        if len(there) < 2:
            continue
        reason = Reason(there[0].reason or Reason.FIRST)
        if there[0].photo_id in chosen:
            reason = Reason.CHOSEN
        photos_of = tuple(found[member.photo_id] for member in there)
        roles = tuple(member.role for member in there)
        made.append(Stack(photos_of, number < 0, roles, reason))
    return made


def of(connection: sqlite3.Connection, photo_id: PhotoId) -> Stack | None:
    """Return the stack of a photo, or None."""
    return next(iter(every(connection, [photo_id])), None)


def best(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> PhotoId:
    """Return which of some photos belongs on top, regardless of their stacks.

    An edited copy, then the camera's picture; among equals, the sharpest faces, then most detail.
    """
    quality = stacks.face_quality(connection, photo_ids)

    def rank(photo: Photo) -> tuple[int, float, int, int]:
        role = picture_name(os.path.basename(photo.path)).role
        return RANK[role], -quality.get(photo.id, 0.0), -photo.size, photo.id

    return min(photos.by_ids(connection, photo_ids), key=rank).id


# What the machine finds.


def derive(
    connection: sqlite3.Connection,
    place: Place | None = None,
    token: CancelToken | None = None,
) -> Iterator[Row]:
    """Find the stacks of all folders, or of one.

    Takes 2 s for 100,000 photos, and grows with their number: each is compared with the one taken
    before it.

    Raises:
        Cancelled: By the token.
    """
    alike = fingerprints.near_duplicates(connection)
    for files in stacks.files(connection, place, moving_ms=1000 * motion.SECONDS):
        if token is not None:
            token.check()
        if len(files) > 1:
            yield from _in_folder(connection, files, alike)


Named = tuple[File, PictureName]


def _in_folder(
    connection: sqlite3.Connection, files: Sequence[File], alike: set[tuple[str, str]]
) -> Iterator[Row]:
    by_base: dict[str, list[Named]] = defaultdict(list)
    for file in files:
        name = picture_name(file.name)
        by_base[name.base].append((file, name))
    pictures = [_picture(each) for group in by_base.values() for each in _exposures(group)]
    for burst in _bursts(connection, pictures, alike):
        if sum(len(picture) for picture in burst) < 2:
            continue
        order, reason = _ordered(connection, burst)
        role = {file.id: name.role for picture in burst for file, name in picture}
        picture_of = {
            file.id: min(each.id for each, _ in picture) for picture in burst for file, _ in picture
        }
        stack = min(order)
        for at, photo_id in enumerate(order):
            yield Row(photo_id, stack, at, picture_of[photo_id], role[photo_id], reason)


def _picture(files: Sequence[Named]) -> list[Named]:
    """Order the files of a picture, the one to show first; of edited copies the newest."""
    newest = sorted(files, key=lambda each: (each[1].edited, each[0].name), reverse=True)
    return sorted(newest, key=lambda each: RANK[each[1].role])


def _exposures(files: list[Named]) -> Iterator[list[Named]]:
    """Split files with the same base name into pictures: some are there by chance.

    A moving part belongs to the camera's picture of its name, whose clock may be in another zone.
    """
    moving = [each for each in files if each[1].role is Role.MOVING]
    if not moving:
        yield from _stills(files)
        return
    for picture in _stills([each for each in files if each[1].role is not Role.MOVING]):
        if moving and any(name.role is Role.PICTURE for _, name in picture):
            picture, moving = [*picture, *moving], []
        yield picture
    for each in moving:
        yield [each]


def _stills(files: list[Named]) -> Iterator[list[Named]]:
    """Split photos with the same base name into pictures.

    An edited copy or a raw file belongs to the picture of its name, unless their cameras
    or clocks differ. Two pictures do only if their clocks agree: of ``cat.jpg`` and ``cat.png``,
    nothing else says so.
    """
    if len(files) < 2:
        yield from [files] if files else []
        return
    first, *others = sorted(files, key=lambda each: (each[1].role is not Role.PICTURE, each[0].id))
    picture: list[Named] = [first]
    apart: list[Named] = []
    for each in others:
        plain = {Role.PICTURE, Role.LOSSLESS}
        surely = not {first[1].role, each[1].role} <= plain and each[1].role != first[1].role
        (picture if _one_exposure(first[0], each[0], surely) else apart).append(each)
    yield picture
    for each in apart:
        yield [each]


def _one_exposure(one: File, other: File, named: bool) -> bool:
    a, b = _seconds(one.taken), _seconds(other.taken)
    if one.model and other.model and one.model != other.model:
        return False
    if a is None or b is None:
        return named
    return abs(a - b) <= ONE_EXPOSURE_SECONDS


def _bursts(
    connection: sqlite3.Connection, pictures: list[list[Named]], alike: set[tuple[str, str]]
) -> Iterator[list[list[Named]]]:
    """Join pictures into bursts; those in none are bursts of one."""
    timed: dict[tuple[str | None, str], list[tuple[float, list[Named]]]] = defaultdict(list)
    for picture in pictures:
        file = _shot(picture)
        seconds = _seconds(file.taken)
        alone = picture[0][1].role is Role.MOVING
        if alone or seconds is None or not file.model or not file.content_hash:
            yield [picture]
        else:
            timed[file.make, file.model].append((seconds, picture))
    for shots in timed.values():
        shots.sort(key=lambda shot: (shot[0], _shot(shot[1]).subsecond or 0, _shot(shot[1]).name))
        yield from _runs(connection, shots, alike)


def _shot(picture: list[Named]) -> File:
    """Return the file that the camera wrote, whose clock and look count."""
    return min(picture, key=lambda each: (each[1].role is Role.EDITED, RANK[each[1].role]))[0]


def _runs(
    connection: sqlite3.Connection,
    shots: list[tuple[float, list[Named]]],
    alike: set[tuple[str, str]],
) -> Iterator[list[list[Named]]]:
    near = [b[0] - a[0] <= BURST_SECONDS for a, b in itertools.pairwise(shots)]
    wanted = {at for here, close in enumerate(near) if close for at in (here, here + 1)}
    contents = sorted({_shot(shots[at][1]).content_hash or "" for at in wanted})
    prints = fingerprints.pixels(connection, contents) if contents else {}
    burst = [shots[0][1]]
    for close, (_, picture) in zip(near, shots[1:], strict=True):
        if close and all(
            _frames(_shot(each), _shot(picture), prints, alike) for each in (burst[-1], burst[0])
        ):
            burst.append(picture)
        else:
            yield burst
            burst = [picture]
    yield burst


def _frames(one: File, other: File, prints: dict[str, bytes], alike: set[tuple[str, str]]) -> bool:
    """Whether two photos taken within seconds are alike, and not copies of each other."""
    from facesorter.images.fingerprint import correlation

    a, b = one.content_hash or "", other.content_hash or ""
    if a == b or a not in prints or b not in prints:
        return False
    copies = (min(a, b), max(a, b)) in alike and one.taken == other.taken
    if copies and not are_frames(one.name, other.name):
        return False
    return correlation(prints[a], prints[b]) >= BURST_ALIKE


def _ordered(
    connection: sqlite3.Connection, burst: list[list[Named]]
) -> tuple[list[PhotoId], Reason]:
    """Order a stack: the files of the best picture, then the others as they were taken."""
    if len(burst) == 1:
        top = burst[0][0][1].role
        reason = Reason.EDITED if top is Role.EDITED else Reason.PICTURE
        return [file.id for file, _ in burst[0]], reason
    quality = stacks.face_quality(connection, [picture[0][0].id for picture in burst])
    worth: Callable[[list[Named]], float]
    if quality:
        worth, reason = lambda picture: quality.get(picture[0][0].id, 0.0), Reason.FACES
    else:
        worth, reason = lambda picture: float(_shot(picture).size), Reason.DETAIL
    best = max(burst, key=worth)  # the first of equals
    order = [best, *(picture for picture in burst if picture is not best)]
    return [file.id for picture in order for file, _ in picture], reason


def _seconds(taken: str | None) -> float | None:
    """Return a camera's time in seconds; None if it is unknown or only a day."""
    if not taken or len(taken) < 19:
        return None
    try:
        return datetime.datetime.fromisoformat(taken[:19]).replace(tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return None


def counterparts(
    connection: sqlite3.Connection,
    place: Place | None = None,
    token: CancelToken | None = None,
) -> dict[FaceId, FaceId]:
    """Number the faces that are the same in the files of a picture, of all folders or of one.

    By place alone: an edited copy that was cropped or turned has none. Faces without another are
    left out.

    Raises:
        Cancelled: By the token.
    """
    found: dict[FaceId, FaceId] = {}
    for faces in stacks.faces_of_pictures(connection, place):
        if token is not None:
            token.check()
        found.update(_same(faces))
    return found


def _same(faces: list[PictureFace]) -> dict[FaceId, FaceId]:
    first, *others = (list(g) for _, g in itertools.groupby(faces, lambda face: face.photo_id))
    found: dict[FaceId, FaceId] = {}
    for there in others:
        regions = [face.region for face in there]
        for new, known in match_regions([face.region for face in first], regions).items():
            number = first[known].id
            found[number] = found[there[new].id] = number
    return found


# Writing it down.


def search(
    connection: sqlite3.Connection,
    place: Place | None = None,
    token: CancelToken | None = None,
) -> tuple[list[Row], list[Row]]:
    """Return which rows of stacks to delete, in all folders or in one, and which to insert.

    Raises:
        Cancelled: By the token.
    """
    before, after = set(stacks.rows(connection, place)), set(derive(connection, place, token))
    there = {row.photo_id for row in after}
    return [row for row in before if row.photo_id not in there], list(after - before)


def search_counterparts(
    connection: sqlite3.Connection,
    place: Place | None = None,
    token: CancelToken | None = None,
) -> tuple[list[FaceId], list[tuple[FaceId, FaceId]]]:
    """Return which faces are no longer the same as others, and which are, and as which.

    Raises:
        Cancelled: By the token.
    """
    before, after = (
        stacks.counterpart_rows(connection, place),
        counterparts(connection, place, token),
    )
    gone = [face_id for face_id in before if face_id not in after]
    return gone, [pair for pair in after.items() if before.get(pair[0]) != pair[1]]


def record(txn: Transaction, gone: Iterable[Row], new: Iterable[Row]) -> None:
    """Store what a search for stacks found. Not a decision."""
    stacks.replace(txn.connection, gone, new)
    txn.touch_stacks()


def record_counterparts(
    txn: Transaction, gone: Iterable[FaceId], new: Iterable[tuple[FaceId, FaceId]]
) -> None:
    """Store which faces are the same. Not a decision."""
    stacks.set_counterparts(txn.connection, gone, new)


def clear(txn: Transaction) -> None:
    """Delete all automatic stacks; those made by the user stay. Not a decision."""
    stacks.clear(txn.connection)
    txn.touch_stacks()
