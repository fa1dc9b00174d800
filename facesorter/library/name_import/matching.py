"""Match other programs' regions to faces: pure geometry, no database.

Programs differ in what a region is a fraction of: the picture as it is stored, or as it is shown.
One file may hold both, and tell neither. So every reading is tried, and the one under which the
regions lie on the faces found in the pixels is taken. What the file says only decides where the
faces don't: without faces, or where two readings fit equally well.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from facesorter import names
from facesorter.domain import SAME_PLACE, Region
from facesorter.exchange.names import Frame, ImportedRegion

CLEAR: Final = 0.1
"""By how much overlap per region one reading must be better than another to decide by itself. Boxes
of programs differ from ours by more than that, but in the same way under each reading."""

LARGEST_RATIO: Final = 4.0
"""Of the areas of two boxes on one head: programs frame the face or the whole head, twice as high
and wide at most."""

SURE_ALONE: Final = 0.7
"""Overlap from which a single region proves a turn that the file doesn't tell of: such turns are
rare, and a box in the middle of a picture fits roughly under each."""

_SIDEWAYS: Final = {90: 6, 270: 8}
"""EXIF orientations by the degrees clockwise that they turn a picture."""

SAME_SCALE: Final = 0.15
"""Relative difference of a box's size up to which a crop kept it as it was."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where regions are on the upright picture, and which of its faces they are."""

    regions: tuple[Region | None, ...]
    """Fractions of the upright picture; None where it is outside, after a crop."""
    faces: dict[int, int]
    """Index of the face for each region that is on one."""
    evidence: Frame | None = None
    """The reading that the faces found spoke for, where they did."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo as far as its regions are concerned."""

    faces: Sequence[Region]
    orientation: int = 1
    """Of EXIF, 1 to 8, as applied to the file's pixels."""
    width: int = 0
    """Of the upright picture, px; 0 if unknown."""
    height: int = 0


def upright(region: Region, orientation: int) -> Region:
    """Return a region of the stored picture in the upright one, by EXIF orientation 1 to 8."""
    x, y, w, h = region.x, region.y, region.w, region.h
    if orientation in (2, 3, 7, 8):
        x = 1 - x - w
    if orientation in (3, 4, 6, 7):
        y = 1 - y - h
    if orientation >= 5:
        x, y, w, h = y, x, h, w
    return Region(x, y, w, h)


def place(
    regions: Sequence[ImportedRegion],
    seen: Seen,
    rotation: int | None = None,
    usual: Frame | None = None,
) -> Placement:
    """Find where regions are, and on which faces.

    Args:
        regions: Regions of one source in one photo; all are in the same frame.
        seen: The photo.
        rotation: See `PhotoNames.rotation`.
        usual: The frame of the same program's regions in other photos, where faces rotated it.
    """
    boxes = [Region(each.x, each.y, each.w, each.h) for each in regions]
    prior = _prior(regions, seen, usual)
    other = Frame.UPRIGHT if prior is Frame.STORED else Frame.STORED
    turn = {Frame.UPRIGHT: 1, Frame.STORED: seen.orientation}
    first = _read(boxes, turn[prior], seen.faces)
    same = seen.orientation == 1
    readings = {prior: first, other: first if same else _read(boxes, turn[other], seen.faces)}
    best = prior
    if readings[other].score > readings[prior].score + CLEAR * len(readings[other].faces):
        best = other
    found = readings[best]
    most = min(len(boxes), len(seen.faces))
    if len(found.faces) < most:
        # Some of several may be where they are by chance.
        turned = _turned(boxes, seen, rotation, found)
        if turned is not None:
            return turned
    if len(found.faces) == 1 < most:
        # One of several may be where it is by chance.
        cut = _cropped(regions, boxes, seen)
        if cut is not None and len(cut.faces) > 1:
            return cut
    if found.faces:
        differ = seen.orientation != 1
        clear = abs(readings[prior].score - readings[other].score) > CLEAR * len(found.faces)
        return found.placement(best if differ and clear else None)
    cut = _cropped(regions, boxes, seen)
    if cut is None and _is_of_stored(regions, seen, rotation):
        return _read(boxes, _SIDEWAYS[rotation or 0], seen.faces).placement(None)
    return cut or found.placement(None)


def _is_of_stored(regions: Sequence[ImportedRegion], seen: Seen, rotation: int | None) -> bool:
    """Return whether regions are of the stored pixels of a picture that its format turns.

    Nothing but the applied size tells. Where it doesn't, they are taken as shown.
    """
    applied = next((each.applied_to for each in regions if each.applied_to), None)
    if seen.orientation != 1 or rotation not in _SIDEWAYS or applied is None:
        return False
    lying, shown_lying = applied[0] > applied[1], seen.width > seen.height
    return lying != shown_lying and applied[0] != applied[1] and seen.width != seen.height


@dataclass(frozen=True, slots=True)
class _Reading:
    regions: list[Region]
    faces: dict[int, int]
    score: float

    def placement(self, evidence: Frame | None) -> Placement:
        return Placement(tuple(map(_inside, self.regions)), self.faces, evidence)


def _prior(regions: Sequence[ImportedRegion], seen: Seen, usual: Frame | None) -> Frame:
    """Return the frame to assume where the faces don't decide."""
    if usual is not None:
        return usual
    frame = next((each.frame for each in regions if each.frame is not Frame.UNKNOWN), None)
    if frame is not None:
        return frame
    applied = next((each.applied_to for each in regions if each.applied_to), None)
    if applied and seen.orientation >= 5 and seen.width != seen.height and applied[0] != applied[1]:
        lying = applied[0] > applied[1]
        return Frame.UPRIGHT if lying == (seen.width > seen.height) else Frame.STORED
    # As the Metadata Working Group has it: orientation is applied to picture and regions alike.
    return Frame.STORED


def _read(boxes: Sequence[Region], orientation: int, faces: Sequence[Region]) -> _Reading:
    regions = [upright(box, orientation) for box in boxes]
    matched, score = match(regions, faces)
    return _Reading(regions, matched, score)


def match(regions: Sequence[Region], faces: Sequence[Region]) -> tuple[dict[int, int], float]:
    """Match regions to faces, best pair first; return them, and the sum of their overlaps.

    Boxes that overlap by `domain.SAME_PLACE` are the same, and so are those of which each has the
    other's center, since some programs frame the head and others the face.
    """
    pairs = []
    for (at, region), (number, face) in itertools.product(enumerate(regions), enumerate(faces)):
        overlap = region.overlap(face)
        if overlap >= SAME_PLACE or _on_one_head(region, face):
            pairs.append((-overlap, at, number))
    found: dict[int, int] = {}
    score = 0.0
    for overlap, at, number in sorted(pairs):
        if at not in found and number not in found.values():
            found[at] = number
            score -= overlap
    return found, score


def doubled(
    regions: Sequence[ImportedRegion], placed: Placement, seen: Seen
) -> tuple[set[int], set[int]]:
    """Find people that one program has twice in a photo: as the file stores it, and as it's shown.

    digiKam keeps both where a file's MWG and Microsoft regions disagree. A region is another's
    double if it has the same name and lies where that one would, were the picture turned. Two that
    are both on faces are doubles only under the file's own orientation: a person may well be on
    both sides of a collage.

    Returns:
        Indices of regions that say nothing new, and of those of which none is on a face, so that
        nobody knows which is right.
    """
    again: set[int] = set()
    unknown: set[int] = set()
    for at, other in itertools.combinations(range(len(regions)), 2):
        if not regions[at].name or not names.same(regions[at].name, regions[other].name):
            continue
        first, second = at in placed.faces, other in placed.faces
        turns = (seen.orientation,) if first and second else range(1, 9)
        if not any(_is_turned(regions[at], regions[other], turn) for turn in turns if turn != 1):
            continue
        if not first and not second:
            unknown |= {at, other}
        elif first and second:
            fits = [_fit(each, placed, seen) for each in (at, other)]
            again.add(other if fits[0] >= fits[1] else at)
        else:
            again.add(other if first else at)
    return again, unknown - again


def _is_turned(one: ImportedRegion, other: ImportedRegion, orientation: int) -> bool:
    a, b = (Region(each.x, each.y, each.w, each.h) for each in (one, other))
    if a.is_at(b):
        return False
    return upright(a, orientation).is_at(b) or upright(b, orientation).is_at(a)


def _fit(at: int, placed: Placement, seen: Seen) -> float:
    region = placed.regions[at]
    return region.overlap(seen.faces[placed.faces[at]]) if region is not None else 0.0


def _on_one_head(one: Region, other: Region) -> bool:
    if not one.w or not one.h or not other.w or not other.h:
        return False
    ratio = one.w * one.h / (other.w * other.h)
    if not 1 / LARGEST_RATIO <= ratio <= LARGEST_RATIO:
        return False
    return _holds(one, other) and _holds(other, one)


def _holds(box: Region, other: Region) -> bool:
    x, y = other.x + other.w / 2, other.y + other.h / 2
    return box.x < x < box.x + box.w and box.y < y < box.y + box.h


def _turned(
    boxes: Sequence[Region], seen: Seen, rotation: int | None, found: _Reading
) -> Placement | None:
    """Find regions of a picture that was turned since, or that the program shows turned.

    Without a word of a turn, all regions or faces must fit better then.
    """
    readings = [_read(boxes, orientation, seen.faces) for orientation in range(1, 9)]
    best = max(readings, key=lambda reading: reading.score)
    if best.score <= found.score + CLEAR * len(best.faces):
        return None
    rotated = rotation is not None and rotation % 360 != 0
    if rotated or not found.faces:
        sure = len(best.faces) >= 2 or bool(best.faces and (rotated or best.score >= SURE_ALONE))
    else:
        sure = len(best.faces) == min(len(boxes), len(seen.faces)) >= 2
    return best.placement(None) if sure else None


def _cropped(
    regions: Sequence[ImportedRegion], boxes: Sequence[Region], seen: Seen
) -> Placement | None:
    """Find regions of a larger picture that this one was cut from.

    One pair of region and face tells scale and place; either another region must fit then, or the
    box must have kept its size in pixels, as after a crop without resizing.
    """
    best: tuple[int, float, Placement] | None = None
    for orientation in dict.fromkeys((1, seen.orientation)):
        turned = [upright(box, orientation) for box in boxes]
        for box, face in itertools.product(turned, seen.faces):
            if not box.w or not box.h:
                continue
            moved = [_carried(each, box, face) for each in turned]
            faces, score = match(moved, seen.faces)
            if len(faces) < 2 and not _kept_size(regions[0], box, face, orientation, seen):
                continue
            if not _is_part(_carried(Region(0, 0, 1, 1), box, face)):
                continue
            if best is None or (len(faces), score) > best[:2]:
                best = len(faces), score, Placement(tuple(map(_inside, moved)), faces)
    return best[2] if best else None


def _carried(region: Region, box: Region, face: Region) -> Region:
    """Move and scale a region as ``box`` would have to be to lie on ``face``."""
    wide, high = face.w / box.w, face.h / box.h
    x, y = face.x + (region.x - box.x) * wide, face.y + (region.y - box.y) * high
    return Region(x, y, region.w * wide, region.h * high)


def _kept_size(
    region: ImportedRegion, box: Region, face: Region, orientation: int, seen: Seen
) -> bool:
    if region.applied_to is None or not seen.width or not seen.height:
        return False
    wide, high = region.applied_to if orientation < 5 else region.applied_to[::-1]
    if (wide, high) == (seen.width, seen.height):
        return False
    across, down = box.w * wide / (face.w * seen.width), box.h * high / (face.h * seen.height)
    return abs(across - 1) <= SAME_SCALE and abs(down - 1) <= SAME_SCALE


def _is_part(whole: Region) -> bool:
    """Return whether the picture lies within one that is at ``whole`` in its own fractions."""
    slack = 0.05
    return (
        whole.x <= slack
        and whole.y <= slack
        and whole.x + whole.w >= 1 - slack
        and whole.y + whole.h >= 1 - slack
    )


def _inside(region: Region) -> Region | None:
    """Cut a region to the picture; None if its center is outside."""
    x, y = region.x + region.w / 2, region.y + region.h / 2
    if not (0 <= x <= 1 and 0 <= y <= 1) or region.w <= 0 or region.h <= 0:
        return None
    left, top = max(0.0, region.x), max(0.0, region.y)
    right, bottom = min(1.0, region.x + region.w), min(1.0, region.y + region.h)
    return Region(left, top, right - left, bottom - top)
