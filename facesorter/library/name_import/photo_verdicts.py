"""Match the imported names of one photo to its faces; shared by the preview and the import."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from facesorter import names
from facesorter.domain import Face, FaceId, FaceState, PersonId, Region
from facesorter.exchange.names import Frame, SaidRegion, Source
from facesorter.library.name_import.judging import (
    Conflict,
    Outcome,
    is_as_brought,
    judge,
    nameable,
)
from facesorter.library.name_import.matching import Placement, Seen, doubled, match, place
from facesorter.library.transaction import SOFT_STATES
from facesorter.storage.said_names import Given, SaidName, Waiting

DOMINANT: Final = 2.0
"""By how much the face that a reference photo is of is larger than all others, as an area."""

LARGEST: Final = 0.95
"""Of a photo, the largest area of a box that is drawn: more is the whole photo, not a face."""

Frames = Mapping[tuple[str, str | None], str]
"""The usual frame by source and program."""


@dataclass(frozen=True, slots=True)
class PhotoFaces:
    """One photo with its faces, and all that judging needs to know of them."""

    faces: Sequence[Face]
    orientation: int = 1
    width: int = 0
    """Of the upright picture, px."""
    height: int = 0
    before: Sequence[Given] = ()
    """Names that earlier imports gave its faces, newest first."""
    rejections: frozenset[tuple[FaceId, PersonId]] = frozenset()
    later: frozenset[FaceId] = frozenset()
    """Faces that were decided after the import, which the user's answers to it don't cover."""

    def brought(self, face: Face) -> Given | None:
        """Return by what import a face was named last."""
        return next(
            (b for b in self.before if b.face_id == face.id and b.outcome == Outcome.NAMED), None
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one said name."""

    said: Waiting
    outcome: Outcome | None
    """None: a face is to be drawn at `region`."""
    face: Face | None = None
    region: Region | None = None
    meant: PersonId | None = None
    """The person; None for a new one, or none at all."""
    conflict: Conflict | None = None
    evidence: Frame | None = None


@dataclass
class _Photo:
    known: PhotoFaces
    meant: Callable[[Waiting], Sequence[PersonId]]
    theirs: frozenset[str]
    verdicts: list[Verdict] = field(default_factory=list)
    taken: dict[FaceId, str] = field(default_factory=dict)
    """Names that faces have by this import."""
    asked: set[tuple[FaceId, str]] = field(default_factory=set)
    """Folded names in conflict: two sources that say the same are one conflict."""

    def before(self, face: Face, source: str) -> Given | None:
        """The name that the same source gave a face the last time."""
        said = self.known.before
        return next((b for b in said if b.face_id == face.id and b.source == source), None)

    def name(self, said: Waiting, face: Face, evidence: Frame | None = None) -> None:
        """Judge a name for a face."""
        people = self.meant(said)
        meant = people[0] if people else None
        if face.person_id in people:
            meant = face.person_id
        elif len(people) > 1 and Conflict.NAMESAKES not in self.theirs:
            self.add(said, Outcome.KEPT, face, conflict=Conflict.NAMESAKES, evidence=evidence)
            return
        rejected = meant is not None and (face.id, meant) in self.known.rejections
        before = self.before(face, said.said.source)
        outcome, conflict = judge(
            face,
            said.said.name,
            meant,
            before,
            as_brought=is_as_brought(face, self.known.brought(face)),
            rejected=rejected,
        )
        asked = face.id, names.fold(said.said.name)
        if conflict is not None and asked in self.asked:
            self.add(said, Outcome.KEPT, face, evidence=evidence)
            return
        if conflict is not None:
            self.asked.add(asked)
        if conflict in self.theirs and face.id not in self.known.later:
            outcome = Outcome.NAMED
        if outcome is not Outcome.KEPT:
            self.taken[face.id] = said.said.name
        self.add(said, outcome, face, meant=meant, conflict=conflict, evidence=evidence)

    def add(
        self,
        said: Waiting,
        outcome: Outcome | None,
        face: Face | None = None,
        *,
        region: Region | None = None,
        meant: PersonId | None = None,
        conflict: Conflict | None = None,
        evidence: Frame | None = None,
    ) -> None:
        self.verdicts.append(Verdict(said, outcome, face, region, meant, conflict, evidence))


def judge_photo(
    said: Sequence[Waiting],
    known: PhotoFaces,
    meant: Callable[[Waiting], Sequence[PersonId]],
    theirs: frozenset[str] = frozenset(),
    usual: Frames | None = None,
) -> list[Verdict]:
    """Judge all that one import says of one photo.

    Args:
        said: Of one import, in its order.
        known: The photo with its faces.
        meant: Returns the persons that a said name may mean, the likeliest first.
        theirs: Values of `Conflict` in which what is said goes first.
        usual: Frames of other photos, see `matching.place`.
    """
    photo = _Photo(known, meant, theirs)
    _judge_regions(photo, [each for each in said if each.said.x is not None], usual or {})
    _judge_people(photo, [each for each in said if each.said.x is None])
    return photo.verdicts


def taken_back(known: PhotoFaces, verdicts: Sequence[Verdict]) -> list[Face]:
    """Return the faces whose name their source no longer says, and nobody changed since.

    Only where the source still says something about the photo's regions: a sidecar that is gone
    takes no names with it.
    """
    said = {each.said.said.source for each in verdicts if each.said.said.x is not None}
    there = {each.face.id for each in verdicts if each.face and each.outcome is not Outcome.NONE}
    found = []
    for face in known.faces:
        brought = known.brought(face)
        if brought is None or brought.source not in said or face.id in there:
            continue
        if is_as_brought(face, brought):
            found.append(face)
    return found


def as_region(said: SaidName) -> SaidRegion:
    """Return a stored region as readers give it."""
    assert said.x is not None and said.y is not None and said.w is not None and said.h is not None
    applied = (said.applied_w, said.applied_h) if said.applied_w and said.applied_h else None
    box = (said.x, said.y, said.w, said.h)
    frame = Frame(said.frame) if said.frame else Frame.UNKNOWN
    return SaidRegion(said.name, *box, Source(said.source), frame, applied)


def _judge_regions(photo: _Photo, said: Sequence[Waiting], usual: Frames) -> None:
    known = photo.known
    candidates = nameable(known.faces)
    shown = [face for face in candidates if face.state is not FaceState.IGNORED]
    found: list[tuple[Waiting, Region | None, Face | None, Frame | None]] = []
    seen = Seen([face.region for face in shown], known.orientation, known.width, known.height)
    for (source, program), group in groupby(sorted(said, key=_writer), key=_writer):
        frame = usual.get((source, program or None))
        part, placed = _place(photo, list(group), seen, Frame(frame) if frame else None)
        on = {at: shown[number] for at, number in placed.faces.items()}
        left = [at for at in range(len(part)) if at not in on and placed.regions[at] is not None]
        # A face that the user ignored is no evidence, but may well be meant.
        ignored = candidates[len(shown) :]
        regions = [r for at in left if (r := placed.regions[at]) is not None]
        more, _ = match(regions, [face.region for face in ignored])
        on |= {left[at]: ignored[number] for at, number in more.items()}
        found += [
            (each, placed.regions[at], on.get(at), placed.evidence) for at, each in enumerate(part)
        ]
    found.sort(key=lambda each: each[0].id)
    disputed = _disputed(found)
    for each, region, face, evidence in found:
        if not each.said.name:
            photo.add(each, Outcome.NONE, face, evidence=evidence)
        elif face is None:
            _draw(photo, each, region, shown, evidence)
        elif face.id in photo.taken:
            same = names.same(photo.taken[face.id], each.said.name)
            outcome = Outcome.SAME if same else Outcome.KEPT
            photo.add(each, outcome, face, evidence=evidence)
        elif face.id in disputed and Conflict.SOURCES not in photo.theirs:
            _dispute(photo, each, face, evidence)
        else:
            photo.name(each, face, evidence)


def _place(
    photo: _Photo, said: list[Waiting], seen: Seen, usual: Frame | None
) -> tuple[list[Waiting], Placement]:
    """Find where the regions of one program are, and leave out people that it has twice."""
    regions = [as_region(each.said) for each in said]
    placed = place(regions, seen, said[0].said.rotation, usual)
    again, unknown = doubled(regions, placed, seen)
    if not again and not unknown:
        return said, placed
    told: set[str] = set()
    for at in sorted(unknown):
        key = names.fold(said[at].said.name)
        people = photo.meant(said[at])
        outcome = Outcome.SAME if key in told else Outcome.ON_PHOTO
        photo.add(said[at], outcome, meant=people[0] if people else None)
        told.add(key)
    for at in again:
        photo.add(said[at], Outcome.SAME)
    left = [each for at, each in enumerate(said) if at not in again | unknown]
    # The others may fit a face that a double was on.
    kept = [as_region(each.said) for each in left]
    return left, place(kept, seen, said[0].said.rotation, usual)


def _writer(said: Waiting) -> tuple[str, str]:
    return said.said.source, said.said.program or ""


def _disputed(
    found: Sequence[tuple[Waiting, Region | None, Face | None, Frame | None]],
) -> set[FaceId]:
    """Return the faces that are named differently within one import."""
    said: dict[FaceId, set[str]] = {}
    for each, _, face, _ in found:
        if face is not None and each.said.name:
            said.setdefault(face.id, set()).add(names.fold(each.said.name))
    return {face_id for face_id, folded in said.items() if len(folded) > 1}


def _dispute(photo: _Photo, said: Waiting, face: Face, evidence: Frame | None) -> None:
    own = face.state is FaceState.CONFIRMED and face.name is not None
    if own and names.same(face.name or "", said.said.name):
        photo.add(said, Outcome.SAME, face, evidence=evidence)
        return
    if own:
        # The user decides against each of them, as if it were alone.
        photo.name(said, face, evidence)
        return
    before = photo.before(face, said.said.source)
    news = before is None or not names.same(before.name, said.said.name)
    conflict = Conflict.SOURCES if news else None
    photo.add(said, Outcome.KEPT, face, conflict=conflict, evidence=evidence)


def _draw(
    photo: _Photo,
    said: Waiting,
    region: Region | None,
    shown: Sequence[Face],
    evidence: Frame | None,
) -> None:
    """Ask for a face to be drawn where none was found, unless another region asked already."""
    drawn = [v.region for v in photo.verdicts if v.outcome is None and v.region is not None]
    there = [*drawn, *(face.region for face in shown)]
    if (
        region is None
        or region.w * region.h > LARGEST
        or any(region.is_at(other) for other in there)
    ):
        photo.add(said, Outcome.NONE, evidence=evidence)
        return
    people = photo.meant(said)
    if len(people) > 1 and Conflict.NAMESAKES not in photo.theirs:
        photo.add(said, Outcome.NONE, conflict=Conflict.NAMESAKES, evidence=evidence)
        return
    meant = people[0] if people else None
    photo.add(said, None, region=region, meant=meant, evidence=evidence)


def _judge_people(photo: _Photo, said: Sequence[Waiting]) -> None:
    """Use names without a place where it is clear whose they are."""
    faces = [face for face in photo.known.faces if face.state is not FaceState.IGNORED]
    left: list[Waiting] = []
    for each in said:
        holder = _holder(photo, each, faces)
        if holder is not None:
            photo.add(each, Outcome.SAME, holder)
        elif not _is_drawn(photo, each):
            left.append(each)
        else:
            photo.add(each, Outcome.SAME)
    free = [f for f in faces if f.state in SOFT_STATES and f.id not in photo.taken]
    for each in list(left):
        people = photo.meant(each)
        likely = [face for face in free if face.person_id is not None and face.person_id in people]
        if likely:
            best = max(likely, key=lambda face: face.similarity or 0.0)
            photo.name(each, best)
            free.remove(best)
            left.remove(each)
    only = _only(free) if len(left) == 1 else None
    if left and left[0].said.source == Source.REFERENCES:
        only = only or _dominant(faces, free)
    for each in left:
        people = photo.meant(each)
        meant = people[0] if people else None
        if only is None or (meant is not None and (only.id, meant) in photo.known.rejections):
            photo.add(each, Outcome.ON_PHOTO, meant=meant)
        else:
            photo.name(each, only)
            only = None


def _holder(photo: _Photo, said: Waiting, faces: Sequence[Face]) -> Face | None:
    """Return the face that has a name already, from here or before."""
    people, name = photo.meant(said), said.said.name
    for face in faces:
        own = face.state is FaceState.CONFIRMED and (
            face.person_id in people or (face.name is not None and names.same(face.name, name))
        )
        if own or (face.id in photo.taken and names.same(photo.taken[face.id], name)):
            return face
    return None


def _is_drawn(photo: _Photo, said: Waiting) -> bool:
    return any(
        v.outcome is None and names.same(v.said.said.name, said.said.name) for v in photo.verdicts
    )


def _only(free: Sequence[Face]) -> Face | None:
    return free[0] if len(free) == 1 else None


def _dominant(faces: Sequence[Face], free: Sequence[Face]) -> Face | None:
    """Return the face that a photo of one person is of."""
    by_area = sorted(faces, key=lambda face: face.region.w * face.region.h, reverse=True)
    if len(by_area) < 2 or by_area[0] not in free:
        return None
    first, second = (face.region.w * face.region.h for face in by_area[:2])
    return by_area[0] if first >= DOMINANT * second else None
