"""Match the imported names of one photo to its faces; shared by the preview and the import."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from facesorter import names
from facesorter.domain import Face, FaceId, FaceState, PersonId, Region
from facesorter.exchange.names import Frame, ImportedRegion, Source
from facesorter.library.name_import.judging import (
    Conflict,
    Outcome,
    is_as_imported,
    judge,
    nameable,
)
from facesorter.library.name_import.matching import Placement, Seen, doubled, match, place
from facesorter.library.transaction import SOFT_STATES
from facesorter.storage.imported_names import Given, ImportedName, Waiting

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

    def last_given(self, face: Face) -> Given | None:
        """Return by what import a face was named last."""
        return next(
            (b for b in self.before if b.face_id == face.id and b.outcome == Outcome.NAMED), None
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one imported name."""

    waiting: Waiting
    outcome: Outcome | None
    """None: a face is to be drawn at `region`."""
    face: Face | None = None
    region: Region | None = None
    person_id: PersonId | None = None
    """The person; None for a new one, or none at all."""
    conflict: Conflict | None = None
    evidence: Frame | None = None


@dataclass
class _Photo:
    known: PhotoFaces
    candidates: Callable[[Waiting], Sequence[PersonId]]
    theirs: frozenset[str]
    verdicts: list[Verdict] = field(default_factory=list)
    taken: dict[FaceId, str] = field(default_factory=dict)
    """Names that faces have by this import."""
    asked: set[tuple[FaceId, str]] = field(default_factory=set)
    """Folded names in conflict: two sources that say the same are one conflict."""

    def before(self, face: Face, source: str) -> Given | None:
        """The name that the same source gave a face the last time."""
        earlier = self.known.before
        return next((b for b in earlier if b.face_id == face.id and b.source == source), None)

    def name(self, waiting: Waiting, face: Face, evidence: Frame | None = None) -> None:
        """Judge a name for a face."""
        people = self.candidates(waiting)
        person_id = people[0] if people else None
        if face.person_id in people:
            person_id = face.person_id
        elif len(people) > 1 and Conflict.NAMESAKES not in self.theirs:
            self.add(waiting, Outcome.KEPT, face, conflict=Conflict.NAMESAKES, evidence=evidence)
            return
        rejected = person_id is not None and (face.id, person_id) in self.known.rejections
        before = self.before(face, waiting.imported.source)
        outcome, conflict = judge(
            face,
            waiting.imported.name,
            person_id,
            before,
            as_imported=is_as_imported(face, self.known.last_given(face)),
            rejected=rejected,
        )
        asked = face.id, names.fold(waiting.imported.name)
        if conflict is not None and asked in self.asked:
            self.add(waiting, Outcome.KEPT, face, evidence=evidence)
            return
        if conflict is not None:
            self.asked.add(asked)
        if conflict in self.theirs and face.id not in self.known.later:
            outcome = Outcome.NAMED
        if outcome is not Outcome.KEPT:
            self.taken[face.id] = waiting.imported.name
        self.add(waiting, outcome, face, person_id=person_id, conflict=conflict, evidence=evidence)

    def add(
        self,
        waiting: Waiting,
        outcome: Outcome | None,
        face: Face | None = None,
        *,
        region: Region | None = None,
        person_id: PersonId | None = None,
        conflict: Conflict | None = None,
        evidence: Frame | None = None,
    ) -> None:
        self.verdicts.append(Verdict(waiting, outcome, face, region, person_id, conflict, evidence))


def judge_photo(
    rows: Sequence[Waiting],
    known: PhotoFaces,
    candidates: Callable[[Waiting], Sequence[PersonId]],
    theirs: frozenset[str] = frozenset(),
    usual: Frames | None = None,
) -> list[Verdict]:
    """Judge all that one import says of one photo.

    Args:
        rows: Of one import, in its order.
        known: The photo with its faces.
        candidates: Returns the persons that an imported name may mean, the likeliest first.
        theirs: Values of `Conflict` in which the import goes first.
        usual: Frames of other photos, see `matching.place`.
    """
    photo = _Photo(known, candidates, theirs)
    _judge_regions(photo, [each for each in rows if each.imported.x is not None], usual or {})
    _judge_people(photo, [each for each in rows if each.imported.x is None])
    return photo.verdicts


def taken_back(known: PhotoFaces, verdicts: Sequence[Verdict]) -> list[Face]:
    """Return the faces whose name their source no longer says, and nobody changed since.

    Only where the source still says something about the photo's regions: a sidecar that is gone
    takes no names with it.
    """
    sources = {
        each.waiting.imported.source for each in verdicts if each.waiting.imported.x is not None
    }
    there = {each.face.id for each in verdicts if each.face and each.outcome is not Outcome.NONE}
    found = []
    for face in known.faces:
        given = known.last_given(face)
        if given is None or given.source not in sources or face.id in there:
            continue
        if is_as_imported(face, given):
            found.append(face)
    return found


def as_region(row: ImportedName) -> ImportedRegion:
    """Return a stored region as readers give it."""
    assert row.x is not None and row.y is not None and row.w is not None and row.h is not None
    applied = (row.applied_w, row.applied_h) if row.applied_w and row.applied_h else None
    box = (row.x, row.y, row.w, row.h)
    frame = Frame(row.frame) if row.frame else Frame.UNKNOWN
    return ImportedRegion(row.name, *box, Source(row.source), frame, applied)


def _judge_regions(photo: _Photo, rows: Sequence[Waiting], usual: Frames) -> None:
    known = photo.known
    candidates = nameable(known.faces)
    shown = [face for face in candidates if face.state is not FaceState.IGNORED]
    found: list[tuple[Waiting, Region | None, Face | None, Frame | None]] = []
    seen = Seen([face.region for face in shown], known.orientation, known.width, known.height)
    for (source, program), group in groupby(sorted(rows, key=_writer), key=_writer):
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
        if not each.imported.name:
            photo.add(each, Outcome.NONE, face, evidence=evidence)
        elif face is None:
            _draw(photo, each, region, shown, evidence)
        elif face.id in photo.taken:
            same = names.same(photo.taken[face.id], each.imported.name)
            outcome = Outcome.SAME if same else Outcome.KEPT
            photo.add(each, outcome, face, evidence=evidence)
        elif face.id in disputed and Conflict.SOURCES not in photo.theirs:
            _dispute(photo, each, face, evidence)
        else:
            photo.name(each, face, evidence)


def _place(
    photo: _Photo, rows: list[Waiting], seen: Seen, usual: Frame | None
) -> tuple[list[Waiting], Placement]:
    """Find where the regions of one program are, and leave out people that it has twice."""
    regions = [as_region(each.imported) for each in rows]
    placed = place(regions, seen, rows[0].imported.rotation, usual)
    again, unknown = doubled(regions, placed, seen)
    if not again and not unknown:
        return rows, placed
    added: set[str] = set()
    for at in sorted(unknown):
        key = names.fold(rows[at].imported.name)
        people = photo.candidates(rows[at])
        outcome = Outcome.SAME if key in added else Outcome.ON_PHOTO
        photo.add(rows[at], outcome, person_id=people[0] if people else None)
        added.add(key)
    for at in again:
        photo.add(rows[at], Outcome.SAME)
    left = [each for at, each in enumerate(rows) if at not in again | unknown]
    # The others may fit a face that a double was on.
    kept = [as_region(each.imported) for each in left]
    return left, place(kept, seen, rows[0].imported.rotation, usual)


def _writer(waiting: Waiting) -> tuple[str, str]:
    return waiting.imported.source, waiting.imported.program or ""


def _disputed(
    found: Sequence[tuple[Waiting, Region | None, Face | None, Frame | None]],
) -> set[FaceId]:
    """Return the faces that are named differently within one import."""
    names_of: dict[FaceId, set[str]] = {}
    for each, _, face, _ in found:
        if face is not None and each.imported.name:
            names_of.setdefault(face.id, set()).add(names.fold(each.imported.name))
    return {face_id for face_id, folded in names_of.items() if len(folded) > 1}


def _dispute(photo: _Photo, waiting: Waiting, face: Face, evidence: Frame | None) -> None:
    own = face.state is FaceState.CONFIRMED and face.name is not None
    if own and names.same(face.name or "", waiting.imported.name):
        photo.add(waiting, Outcome.SAME, face, evidence=evidence)
        return
    if own:
        # The user decides against each of them, as if it were alone.
        photo.name(waiting, face, evidence)
        return
    before = photo.before(face, waiting.imported.source)
    news = before is None or not names.same(before.name, waiting.imported.name)
    conflict = Conflict.SOURCES if news else None
    photo.add(waiting, Outcome.KEPT, face, conflict=conflict, evidence=evidence)


def _draw(
    photo: _Photo,
    waiting: Waiting,
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
        photo.add(waiting, Outcome.NONE, evidence=evidence)
        return
    people = photo.candidates(waiting)
    if len(people) > 1 and Conflict.NAMESAKES not in photo.theirs:
        photo.add(waiting, Outcome.NONE, conflict=Conflict.NAMESAKES, evidence=evidence)
        return
    person_id = people[0] if people else None
    photo.add(waiting, None, region=region, person_id=person_id, evidence=evidence)


def _judge_people(photo: _Photo, rows: Sequence[Waiting]) -> None:
    """Use names without a place where it is clear whose they are."""
    faces = [face for face in photo.known.faces if face.state is not FaceState.IGNORED]
    left: list[Waiting] = []
    for each in rows:
        holder = _holder(photo, each, faces)
        if holder is not None:
            photo.add(each, Outcome.SAME, holder)
        elif not _is_drawn(photo, each):
            left.append(each)
        else:
            photo.add(each, Outcome.SAME)
    free = [f for f in faces if f.state in SOFT_STATES and f.id not in photo.taken]
    for each in list(left):
        people = photo.candidates(each)
        likely = [face for face in free if face.person_id is not None and face.person_id in people]
        if likely:
            best = max(likely, key=lambda face: face.similarity or 0.0)
            photo.name(each, best)
            free.remove(best)
            left.remove(each)
    only = _only(free) if len(left) == 1 else None
    if left and left[0].imported.source == Source.REFERENCES:
        only = only or _dominant(faces, free)
    for each in left:
        people = photo.candidates(each)
        person_id = people[0] if people else None
        if only is None or (
            person_id is not None and (only.id, person_id) in photo.known.rejections
        ):
            photo.add(each, Outcome.ON_PHOTO, person_id=person_id)
        else:
            photo.name(each, only)
            only = None


def _holder(photo: _Photo, waiting: Waiting, faces: Sequence[Face]) -> Face | None:
    """Return the face that has a name already, from here or before."""
    people, name = photo.candidates(waiting), waiting.imported.name
    for face in faces:
        own = face.state is FaceState.CONFIRMED and (
            face.person_id in people or (face.name is not None and names.same(face.name, name))
        )
        if own or (face.id in photo.taken and names.same(photo.taken[face.id], name)):
            return face
    return None


def _is_drawn(photo: _Photo, waiting: Waiting) -> bool:
    return any(
        v.outcome is None and names.same(v.waiting.imported.name, waiting.imported.name)
        for v in photo.verdicts
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
