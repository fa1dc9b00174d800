"""Questions for the user, most valuable first, and their answers.

[Note: settled] Each question is asked only once. Its answer is a decision like any other, even "not
sure" and "no", and is stored by faces as well as persons: a refresh that gives a group another id
or other members must not repeat the question.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from facesorter.domain import FaceId, PersonId
from facesorter.errors import UserError
from facesorter.library.decisions import corrections, details
from facesorter.library.decisions.journal import Kind as DecisionKind
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, mixed, persons, questions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_WORTH_NAMING = 3
"""Minimum faces for an unnamed group to be worth a name: two may well be a coincidence."""
BATCH = 12
"""Faces per question: as many as can be judged at a glance, at arm's length."""
STRIP = 6
"""Faces shown of each person when comparing two."""
CANDIDATES = 9
"""Names offered for a group: one for each digit key."""
LIKELY = 0.3
"""Cosine of two persons' mean embeddings from which a name is offered. Among 70 people of a labeled
set, 99 of 100 pairs of strangers are below 0.32; the halves of one person's faces are above 0.76,
which leaves room for children and poor photos."""
SAMPLE = 8
"""Number of a named person's best faces to compare when looking for candidates."""
STRANGER = 0.1
"""Cosine by which a group may be more similar to a named person than to a hidden one and still
count as the hidden one's, so that strangers cause no questions."""


class Kind(StrEnum):
    """The kinds of question; the values are stored with dismissals."""

    NAME = "name"
    """Who is this group?"""
    FACES = "faces"
    """Are these faces the named person they are suggested for?"""
    SAME = "same"
    """Are these two the same person?"""
    MIXED = "mixed"
    """Is this one person or two?"""


@dataclass(frozen=True, slots=True)
class Question:
    """A question for the user."""

    kind: Kind
    person_id: PersonId
    """For `Kind.SAME`, the one that remains after a merge: a named one, else the larger."""
    other_id: PersonId | None = None
    face_ids: tuple[FaceId, ...] = ()
    """The faces in question; for `Kind.MIXED`, those that may be another person's."""
    worth: int = 0
    """The number of faces that the answer settles."""

    @property
    def key(self) -> tuple[str, int, int]:
        """The identity of this question."""
        last = self.other_id if self.other_id is not None else min(self.face_ids, default=0)
        return self.kind, self.person_id, last


@dataclass(frozen=True, slots=True)
class Card:
    """The faces and names shown for a question."""

    question: Question
    faces: tuple[FaceId, ...]
    """Faces of ``person_id``; for `Kind.FACES`, those in question."""
    others: tuple[FaceId, ...] = ()
    """Faces of ``other_id``; for `Kind.MIXED`, those that may be another person's."""
    candidates: tuple[PersonId, ...] = ()
    """Named persons that a group might be, likeliest first."""


def questions_open(connection: sqlite3.Connection) -> list[Question]:
    """Return all open questions, most valuable first. Thread: any."""
    sizes = {size.id: size for size in persons.sizes(connection)}
    found = [
        *_mixed(connection, sizes),
        *_groups(connection, sizes),
        *_suggested(connection),
        *_pairs(connection, sizes),
    ]
    # If equally valuable: never name a mixed group, and names make other questions easier.
    rank = {Kind.MIXED: 0, Kind.NAME: 1, Kind.SAME: 2, Kind.FACES: 3}
    return sorted(found, key=lambda q: (-q.worth, rank[q.kind], q.key))


def card(connection: sqlite3.Connection, question: Question) -> Card:
    """Return what to show for a question. Thread: any but the window's."""
    if question.kind is Kind.FACES:
        return Card(question, question.face_ids)
    if question.kind is Kind.SAME and question.other_id is not None:
        faces = questions.best_faces(connection, question.person_id, STRIP)
        others = questions.best_faces(connection, question.other_id, STRIP)
        return Card(question, tuple(faces), tuple(others))
    if question.kind is Kind.MIXED:
        every = questions.best_faces(connection, question.person_id, -1)
        part = set(question.face_ids)
        others = [face for face in every if face in part][:STRIP]
        return Card(question, tuple([f for f in every if f not in part][:STRIP]), tuple(others))
    faces = questions.best_faces(connection, question.person_id, BATCH)
    return Card(question, tuple(faces), candidates=tuple(_candidates(connection, question)))


def coverage(connection: sqlite3.Connection) -> tuple[int, float]:
    """Return the number of named persons, and their share of all faces, 0 to 1."""
    named = [size for size in persons.sizes(connection) if size.name is not None]
    (faces,) = connection.execute(
        "SELECT count(*) FROM face WHERE state != 'ignored' "
        "AND photo_id NOT IN (SELECT id FROM photo WHERE status = 'missing')"
    ).fetchone()
    return len(named), sum(size.faces for size in named) / faces if faces else 0.0


# Answers. Naming, merging, hiding, and ignoring are in `corrections`; they hold for `copies`, too.


def copies(txn: Transaction, shown: Sequence[FaceId]) -> list[FaceId]:
    """Return the faces shown, and the same in exact copies of their photos, which aren't shown."""
    return questions.copies(txn.connection, shown)


def unsure(txn: Transaction, *shown: Card) -> None:
    """Answer "not sure": never ask this again, and change nothing else."""
    with txn.decision(DecisionKind.UNSURE, ()):
        for each in shown:
            _require(txn, each.question)
            _dismiss(txn, each)


def one_person(txn: Transaction, shown: Card) -> None:
    """Confirm that a group that looks mixed is one person; never ask about these faces again."""
    name = persons.name_of(txn.connection, shown.question.person_id) or ""
    with txn.decision(DecisionKind.ONE_PERSON, (("name", name),)):
        _require(txn, shown.question)
        _dismiss(txn, shown)


def mark_different(txn: Transaction, shown: Card) -> None:
    """Keep two persons apart: never ask about them again, and never join them.

    If the machine formed a group, the faces shown of it are confirmed, and define it from now on
    ([Note: adopting] in `library.decisions.corrections`).
    """
    question = shown.question
    if question.other_id is None:
        raise UserError("Choose exactly two people to keep apart. Nothing was changed.")
    with txn.decision(DecisionKind.DIFFERENT, ()):
        _require(txn, question)
        _dismiss(txn, shown)
        for person, other, faces in (
            (question.person_id, question.other_id, shown.faces),
            (question.other_id, question.person_id, shown.others),
        ):
            if not persons.is_owned(txn.connection, person):
                corrections.confirm_faces(txn, _still(txn, faces, person), person)
                txn.reject(_still(txn, faces, person), other)


def _dismiss(txn: Transaction, shown: Card) -> None:
    question = shown.question
    if question.kind is Kind.SAME and question.other_id is not None:
        txn.dismiss(shown.faces, Kind.SAME, question.other_id)
        txn.dismiss(shown.others, Kind.SAME, question.person_id)
    elif question.kind is Kind.NAME:
        faces = questions.best_faces(txn.connection, question.person_id, -1)
        txn.dismiss(faces, Kind.NAME, question.person_id)
    elif question.kind is Kind.MIXED:
        txn.dismiss(question.face_ids, Kind.MIXED, question.person_id)
    else:
        faces = questions.copies(txn.connection, shown.faces)
        txn.dismiss(faces, question.kind, question.person_id)


def _require(txn: Transaction, question: Question) -> None:
    for person in (question.person_id, question.other_id):
        if person is not None and not persons.exists(txn.connection, person):
            raise UserError("This person was merged with another. Nothing was changed.")


def _still(txn: Transaction, faces: Sequence[FaceId], person_id: PersonId) -> list[FaceId]:
    """Those faces that the machine hasn't moved since they were shown."""
    there = set(questions.best_faces(txn.connection, person_id, -1))
    return [face for face in faces if face in there]


# Finding questions.


def _groups(
    connection: sqlite3.Connection, sizes: dict[PersonId, persons.Size]
) -> Iterator[Question]:
    settled = questions.dismissed_groups(connection, Kind.NAME)
    quiet = _like_hidden(connection, sizes)
    for size in sizes.values():
        if (
            size.name is not None
            or size.hidden
            or size.faces < LEAST_WORTH_NAMING
            or size.id in quiet
        ):
            continue
        dismissed = settled.get(size.id, 0)
        if dismissed >= 0 and 2 * dismissed < size.faces:
            yield Question(Kind.NAME, size.id, worth=size.faces)


def _mixed(
    connection: sqlite3.Connection, sizes: dict[PersonId, persons.Size]
) -> Iterator[Question]:
    looks = [look for look in mixed.every(connection) if look.part]
    settled = questions.dismissed(connection, Kind.MIXED) if looks else set()
    for look in looks:
        size = sizes.get(look.person_id)
        if size is None or size.hidden:
            continue
        own = set(questions.best_faces(connection, size.id, -1))
        part = own.intersection(look.part)
        # Identified by faces only: another group of the same faces is the same question.
        if LEAST_WORTH_NAMING <= len(part) < len(own) and 2 * len(part & settled) < len(part):
            worth = len(part) if size.name is not None else size.faces
            yield Question(Kind.MIXED, size.id, face_ids=tuple(sorted(part)), worth=worth)


def _like_hidden(
    connection: sqlite3.Connection, sizes: dict[PersonId, persons.Size]
) -> set[PersonId]:
    """Unnamed groups more similar to a hidden person than to a named one, or nearly so."""
    hidden: dict[PersonId, float] = {}
    named: dict[PersonId, float] = {}
    for pair in questions.pairs(connection):
        for person, other in ((pair.a, pair.b), (pair.b, pair.a)):
            size = sizes.get(other)
            if size is not None and size.hidden:
                hidden[person] = max(hidden.get(person, -1.0), pair.similarity)
            elif size is not None and size.name is not None:
                named[person] = max(named.get(person, -1.0), pair.similarity)
    return {p for p, like in hidden.items() if like + STRANGER >= named.get(p, -1.0)}


def _suggested(connection: sqlite3.Connection) -> Iterator[Question]:
    batch: list[FaceId] = []
    owner = PersonId(0)
    for person, face, _ in [
        *questions.suggestions(connection, Kind.FACES),
        (PersonId(0), FaceId(0), 0.0),
    ]:
        if batch and (person != owner or len(batch) == BATCH):
            yield Question(Kind.FACES, owner, face_ids=tuple(batch), worth=len(batch))
            batch = []
        owner = person
        batch.append(face)


def _pairs(
    connection: sqlite3.Connection, sizes: dict[PersonId, persons.Size]
) -> Iterator[Question]:
    settled = questions.dismissed_pairs(connection, Kind.SAME)
    births = persons.births(connection)
    for pair in questions.pairs(connection):
        a, b = sizes.get(pair.a), sizes.get(pair.b)
        if a is None or b is None or a.hidden or b.hidden or (pair.a, pair.b) in settled:
            continue
        if any(
            one in births and one in details.born_later(connection, other)
            for one, other in ((pair.a, pair.b), (pair.b, pair.a))
        ):
            continue
        # Merging two tiny unnamed groups isn't worth a question; named persons always are.
        if a.name is None and b.name is None and min(a.faces, b.faces) < LEAST_WORTH_NAMING:
            continue
        first, second = sorted((a, b), key=lambda s: (s.name is None, -s.faces, s.id))
        if second.faces:
            yield Question(Kind.SAME, first.id, second.id, worth=second.faces)


def _candidates(connection: sqlite3.Connection, question: Question) -> list[PersonId]:
    own = _look(connection, questions.best_faces(connection, question.person_id, SAMPLE))
    if own is None:
        return []
    faces: dict[PersonId, list[FaceId]] = {}
    for person, face in questions.best_faces_of_named(connection, SAMPLE):
        faces.setdefault(person, []).append(face)
    for person in details.born_later(connection, question.person_id):
        faces.pop(person, None)
    known = embeddings.several(connection, [face for some in faces.values() for face in some])
    alike: dict[PersonId, float] = {}
    for person, some in faces.items():
        look = _mean([known[face] for face in some if face in known])
        if look is not None and look.shape == own.shape:
            alike[person] = float(look @ own)
    ranked = sorted(alike, key=lambda person: (-alike[person], person))
    return [person for person in ranked if alike[person] >= LIKELY][:CANDIDATES]


def _look(connection: sqlite3.Connection, faces: list[FaceId]) -> NDArray[np.float32] | None:
    return _mean(list(embeddings.several(connection, faces).values()))


def _mean(known: list[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    """The mean of a person's best faces, unit length."""
    import numpy as np

    if not known or len({each.shape for each in known}) > 1:
        return None
    total = np.sum(known, axis=0)
    unit: NDArray[np.float32] = total / max(float(np.linalg.norm(total)), 1e-6)
    return unit
