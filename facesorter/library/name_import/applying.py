"""Assign imported names to faces, batch by batch, as soon as the faces are known.

See [Note: one import] in `library.name_import`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Final

from facesorter import names
from facesorter.domain import Face, FaceId, FaceOrigin, FaceState, PersonId, PhotoId, Region
from facesorter.errors import UserError
from facesorter.library.decisions import boxes, corrections, counterparts
from facesorter.library.decisions.journal import Kind
from facesorter.library.name_import.judging import Outcome, People
from facesorter.library.name_import.photo_verdicts import (
    PhotoFaces,
    Verdict,
    judge_photo,
    taken_back,
)
from facesorter.library.transaction import Transaction
from facesorter.storage import decisions, faces, imported_names, persons, photos, stacks
from facesorter.storage.decisions import DecisionStamp
from facesorter.storage.imported_names import Given, Import, Placed, Waiting

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FoundFace

BATCH: Final = 200
"""Photos per transaction: some 500 faces, 50 ms."""


@dataclass(frozen=True, slots=True)
class ToDraw:
    """A named region where no face was found."""

    imported_id: int
    photo_id: PhotoId
    region: Region
    """Fractions of the upright photo."""


Drawn = Mapping[int, "FoundFace | None"]
"""Faces described for `ToDraw.imported_id`; None where the photo couldn't be read."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to become of the names that wait in some photos, as long as nothing is decided."""

    photo_ids: tuple[PhotoId, ...]
    parts: tuple[tuple[_Work, list[tuple[PhotoId, list[Verdict]]]], ...]
    """By import."""
    stamp: DecisionStamp
    """As of which decision."""

    def to_draw(self) -> list[ToDraw]:
        """Return the faces that have to be described before `apply` can name them."""
        return [
            ToDraw(each.waiting.id, photo_id, each.region)
            for _, photos_judged in self.parts
            for photo_id, verdicts in photos_judged
            for each in verdicts
            if each.outcome is None and each.region is not None
        ]


def judge(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> Judged:
    """Find whose the names are that wait in photos. Thread: any, so that the writer needn't."""
    stamp = decisions.stamp(connection)
    parts = []
    for import_id, rows in _by_import(connection, photo_ids):
        work = _Work(connection, import_id, photo_ids)
        parts.append((work, work.judge(rows)))
    return Judged(tuple(photo_ids), tuple(parts), stamp)


def apply(txn: Transaction, judged: Judged, drawn: Drawn, sha256: str | None = None) -> int:
    """Give the names that wait in photos to their faces; return how many faces were named.

    Part of the decision to use the names. Photos of which a face is missing in ``drawn`` go on
    waiting. If anything was decided since, the names are judged again first. Thread: writer.

    Args:
        txn: The transaction.
        judged: From `judge`.
        drawn: Faces to add where none was found.
        sha256: The pack that described them.
    """
    if decisions.stamp(txn.connection) != judged.stamp:
        judged = judge(txn.connection, judged.photo_ids)
    named = 0
    for work, photos_judged in judged.parts:
        with txn.addition(work.about.decision_id):
            for _, verdicts in photos_judged:
                _name_persons(txn, work, verdicts)
            placed = []
            for photo_id, verdicts in photos_judged:
                if any(v.outcome is None and v.waiting.id not in drawn for v in verdicts):
                    continue
                placed += [_give(txn, work, each, drawn, sha256) for each in verdicts]
                for face in taken_back(work.known[photo_id], verdicts):
                    _clear(txn, face)
                    work.touched.add(photo_id)
            imported_names.set_placed(txn.connection, placed)
            named += _confirm(txn, work)
            txn.touch(photos=sorted(work.touched))
    return named


def newly_resolved(connection: sqlite3.Connection) -> list[tuple[int, PersonId]]:
    """Return people of photos whom nobody matched at import, and somebody does now. Thread: any."""
    unresolved = imported_names.unresolved(connection)
    people = People(connection) if unresolved else None
    candidates = [(imported_id, people.named(name)) for imported_id, name in unresolved if people]
    return [(imported_id, who[0]) for imported_id, who in candidates if len(who) == 1]


def set_resolved(txn: Transaction, resolved: Sequence[tuple[int, PersonId]]) -> None:
    """Store what `newly_resolved` found. Thread: writer."""
    imported_names.set_person(txn.connection, resolved)


def suggested(connection: sqlite3.Connection, count: int = BATCH) -> list[Waiting]:
    """Return people imported for a photo that suggests them by now. Thread: any."""
    return imported_names.suggested_on_photos(connection, count)


def follow_suggestions(txn: Transaction, ready: Sequence[Waiting]) -> int:
    """Confirm suggestions of people who were imported for that very photo; return how many.

    As with `apply`, part of the decision to use the names. Thread: writer.

    Args:
        txn: The transaction.
        ready: From `suggested`; what no longer holds is left out.
    """
    connection = txn.connection
    named = 0
    still = imported_names.still_on_photos(connection, [each.id for each in ready])
    ready = [each for each in ready if each.id in still]
    for import_id, group in groupby(ready, key=lambda each: each.import_id):
        about = imported_names.imports(connection, [import_id])[import_id]
        with txn.addition(about.decision_id):
            for each in group:
                there = [
                    face
                    for face in faces.of_photo(connection, each.imported.photo_id)
                    if face.person_id == each.person_id and face.state is FaceState.SUGGESTED
                ]
                if not there or each.person_id is None:
                    continue
                best = max(there, key=lambda face: face.similarity or 0.0)
                corrections.confirm_faces(txn, [best.id], each.person_id)
                found = Placed(each.id, Outcome.NAMED, best.id, each.person_id)
                imported_names.set_placed(connection, [found])
                named += 1
    return named


def _by_import(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> list[tuple[int, list[Waiting]]]:
    rows = imported_names.waiting(connection, photo_ids)
    rows.sort(key=lambda each: (each.import_id, each.imported.photo_id, each.id))
    return [(key, list(group)) for key, group in groupby(rows, key=lambda each: each.import_id)]


class _Work:
    """One import in a batch of photos."""

    def __init__(
        self, connection: sqlite3.Connection, import_id: int, photo_ids: Sequence[PhotoId]
    ) -> None:
        self.about: Import = imported_names.imports(connection, [import_id])[import_id]
        self.given: dict[PersonId, list[FaceId]] = {}
        self.touched: set[PhotoId] = set()
        self.made: dict[str, PersonId] = {}
        self._connection = connection
        self._people = People(connection)
        self._usual = imported_names.usual_frames(connection)
        self._owners: dict[str, PersonId | None] = {}
        self.known = photo_faces(connection, photo_ids, self.about)

    def judge(self, rows: Sequence[Waiting]) -> list[tuple[PhotoId, list[Verdict]]]:
        found = []
        for photo_id, group in groupby(rows, key=lambda each: each.imported.photo_id):
            known = self.known.get(photo_id)
            if known is not None:
                theirs, usual = self.about.theirs, self._usual
                verdicts = judge_photo(list(group), known, self.candidates, theirs, usual)
                found.append((photo_id, verdicts))
        return found

    def candidates(self, waiting: Waiting) -> Sequence[PersonId]:
        """Return who is meant: who has the import's faces of that name, whatever became of them."""
        name = waiting.imported.name
        if name not in self._owners:
            self._owners[name] = imported_names.owner(self._connection, waiting.import_id, name)
        owner = self._owners[name]
        return (owner,) if owner is not None else self._people.named(name)


def photo_faces(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], about: Import | None = None
) -> dict[PhotoId, PhotoFaces]:
    """Return analyzed photos with their faces, as `photo_verdicts.judge_photo` needs them.

    Args:
        connection: Any.
        photo_ids: The photos; those that aren't analyzed are left out.
        about: Only imports before this one count as earlier ones.
    """
    import_id = about.id if about is not None else None
    before: dict[PhotoId, list[Given]] = {}
    for photo_id, each in imported_names.earlier(connection, import_id, photo_ids):
        before.setdefault(photo_id, []).append(each)
    known = faces.of_photos(connection, photo_ids)
    every = [face.id for own in known.values() for face in own]
    rejected: dict[FaceId, set[tuple[FaceId, PersonId]]] = {}
    for pair in persons.rejections_of_faces(connection, every):
        rejected.setdefault(pair[0], set()).add(pair)
    since: set[FaceId] = set()
    if about is not None and about.theirs:
        since = decisions.faces_decided_since(connection, about.decision_id)
    found = {}
    for photo_id, orientation, width, height in photos.frames(connection, photo_ids):
        own = known.get(photo_id, [])
        pairs = frozenset(pair for face in own for pair in rejected.get(face.id, ()))
        earlier = before.get(photo_id, ())
        later = frozenset(face.id for face in own if face.id in since)
        found[photo_id] = PhotoFaces(own, orientation, width, height, earlier, pairs, later)
    return found


def _confirm(txn: Transaction, work: _Work) -> int:
    """Confirm all faces of a batch; as `corrections.confirm_faces`, with few questions asked."""
    every = {face_id for face_ids in work.given.values() for face_id in face_ids}
    given: dict[PersonId, list[FaceId]] = work.given
    if stacks.counterparts(txn.connection, sorted(every)):
        given = {
            person_id: counterparts.with_counterparts(txn, face_ids, person_id, but=every)
            for person_id, face_ids in work.given.items()
        }
    covers = bool(persons.covered_by(txn.connection, list(chain.from_iterable(given.values()))))
    refused = {pair for known in work.known.values() for pair in known.rejections}
    for person_id, face_ids in given.items():
        if covers or any((face_id, person_id) in refused for face_id in face_ids):
            corrections.confirm_faces(txn, face_ids, person_id, but=every)
        else:
            image = {"person_id": person_id, "state": FaceState.CONFIRMED.value}
            txn.update("face", face_ids, image)
    return len(every)


def _give(
    txn: Transaction, work: _Work, verdict: Verdict, drawn: Drawn, sha256: str | None
) -> Placed:
    """Carry out one verdict; return what to remember of it."""
    outcome, face_id = verdict.outcome, verdict.face.id if verdict.face else None
    waiting = verdict.waiting
    if outcome is None:
        face_id = _draw(txn, waiting, drawn[waiting.id], sha256)
        outcome = Outcome.NAMED if face_id is not None else Outcome.NONE
    person_id = verdict.person_id
    unnamed = _unnamed_person(verdict)
    if unnamed is not None and work.made.get(names.fold(waiting.imported.name)) != unnamed:
        outcome = Outcome.KEPT  # two groups of the user's, of which only one can be meant
    if outcome is Outcome.NAMED:
        assert face_id is not None
        person_id = _person(txn, work, verdict)
        work.given.setdefault(person_id, []).append(face_id)
        work.touched.add(waiting.imported.photo_id)
    elif outcome is Outcome.ON_PHOTO:
        work.touched.add(waiting.imported.photo_id)
    return Placed(waiting.id, outcome, face_id, person_id, verdict.evidence)


def _draw(
    txn: Transaction, waiting: Waiting, seen: FoundFace | None, sha256: str | None
) -> FaceId | None:
    if seen is None or sha256 is None:
        return None
    try:
        return boxes.add_unseen(txn, waiting.imported.photo_id, seen, sha256)
    except UserError:  # there is one by now, or the pack was changed: nothing to add
        return None


def _person(txn: Transaction, work: _Work, verdict: Verdict) -> PersonId:
    """Return the person to give, made if nobody has the name yet."""
    if verdict.person_id is not None:
        return verdict.person_id
    name = verdict.waiting.imported.name
    key = names.fold(name)
    if key not in work.made:
        work.made[key] = txn.insert_person(corrections.clean_name(name))
    return work.made[key]


def _unnamed_person(verdict: Verdict) -> PersonId | None:
    """Return the person to name instead of a face: one that the user made without a name."""
    face = verdict.face
    if verdict.outcome is not Outcome.NAMED or verdict.person_id is not None or face is None:
        return None
    own = face.state is FaceState.CONFIRMED and face.name is None
    return face.person_id if own else None


def _name_persons(txn: Transaction, work: _Work, verdicts: Sequence[Verdict]) -> None:
    """Name the persons that the user made without a name, before others are made."""
    for each in verdicts:
        person_id, key = _unnamed_person(each), names.fold(each.waiting.imported.name)
        if person_id is None or key in work.made or person_id in work.made.values():
            continue
        txn.update(
            "person", [person_id], {"name": corrections.clean_name(each.waiting.imported.name)}
        )
        work.made[key] = person_id


def _clear(txn: Transaction, face: Face) -> None:
    """Take back a name from a face, and from counterparts that no source named so themselves.

    A face that an import drew goes with its name; one that the user drew stays.
    """
    ids = counterparts.with_counterparts(txn, [face.id])
    named_elsewhere = {given.face_id for given in imported_names.given(txn.connection, ids)} - {
        face.id
    }
    ids = [each for each in ids if each not in named_elsewhere]
    corrections.clear_covers(txn, ids)
    for each in faces.by_ids(txn.connection, ids):
        drawn = (
            each.origin is FaceOrigin.DRAWN
            and decisions.first_kind(txn.connection, each.id) == Kind.IMPORT_NAMES
        )
        state = FaceState.IGNORED if drawn else FaceState.UNKNOWN
        txn.update("face", [each.id], {"person_id": None, "state": state.value})
