"""Doubtful faces of a person, and explanations of why a face is with its person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from facesorter.domain import FaceId, FaceState, PersonId
from facesorter.errors import UserError
from facesorter.library import grouping
from facesorter.library.decisions.journal import Kind
from facesorter.library.review import Kind as QuestionKind
from facesorter.library.transaction import Transaction
from facesorter.storage import (
    embeddings,
    faces,
    grouping_rows,
    library_settings,
    mixed,
    persons,
    photos,
    questions,
)
from facesorter.storage.grouping_rows import MOMENTS

if TYPE_CHECKING:
    from facesorter.clustering.outliers import OutlierScores, PersonFaces
    from facesorter.clustering.proposal import Ints, Singles

SHOWN = 3
"""Faces shown to explain one."""
UNLIKE = 0.35
"""Similarity to its own person below which a face is unlike the others."""
HARDLY_SEEN = 0.2
"""Quality below which a face is hardly visible: recognized once in five times."""
LONG = 10.0
"""Distance in years to the nearest other faces from which the date is odd."""


OF_APART = 0.3
"""Weight in a face's doubt of being `Reason.APART`; as `clustering.outliers.OF_PHOTO`."""
MULTIPLICATIONS = 10_000_000_000
"""Multiplications to find who else faces are like: a quarter of a second. With 250,000 faces of
others and 128 dimensions, enough for 300 faces of a person, those least like the others. Of 60
planted among 8,000, of a sibling whose mean has a cosine of 0.7 to theirs, 42 are then among the
first 120; with 200 faces 32."""
MOST_DOUBTFUL = 200
"""Faces for which rivals are sought in any case."""
BLOCK = 4_096
"""Embeddings read at a time: 2 to 8 MB, a fifth quicker than 16 MB."""
MANY = 60_000
"""Maximum faces in a library to search for doubtful ones automatically: about a second, 30 MB."""
DOUBT = "doubt"
"""Kind of a dismissal: the user declared a doubtful face to be right."""


class Reason(StrEnum):
    """The strongest reason to doubt a face."""

    RIVAL = "rival"
    """It is more similar to another person."""
    PHOTO = "photo"
    """The person is already in this photo."""
    APART = "apart"
    """It is one of a few that are more like each other than like the rest: perhaps a brother's."""
    UNLIKE = "unlike"
    TIME = "time"
    """It is from long before or after the others."""
    POOR = "poor"
    """It is hardly visible."""
    NONE = "none"
    """No reason."""


CLEAR = (Reason.RIVAL, Reason.PHOTO, Reason.UNLIKE)
"""Reasons to doubt a confirmed face; the others apply to many good photos."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A face of a person, and how doubtful it is."""

    face_id: FaceId
    doubt: float
    reason: Reason
    likeness: float
    """Cosine to the nearest of the person's other faces."""
    rival_id: PersonId | None
    rival_likeness: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why a face is with its person."""

    suspect: Suspect
    nearest: tuple[tuple[FaceId, float], ...]
    """The person's most similar faces with cosines; only confirmed ones if there are any."""

    @property
    def margin(self) -> float:
        """How much more similar it is to its own person than to the next; negative: less."""
        return self.suspect.likeness - max(self.suspect.rival_likeness, 0.0)


def suspects(connection: sqlite3.Connection, person_id: PersonId) -> list[Suspect]:
    """Return a person's visible faces, most doubtful first. Thread: any but the window's."""
    import numpy as np

    own = _Own.read(connection, person_id)
    if own is None:
        return []
    scores = own.scores()
    found = [_suspect(*each) for each in zip(own.rows, *_columns(scores), strict=True)]
    # Rows come by id, so that of equally doubtful faces the oldest is first.
    order = np.argsort(-scores.score, kind="stable").tolist()
    # Faces of missing photos, and of earlier versions, can't be looked at.
    there = [found[at] for at in order if own.rows[at].shown]
    return sorted(_tell_apart(connection, person_id, there), key=lambda suspect: -suspect.doubt)


def doubtful(connection: sqlite3.Connection, person_id: PersonId) -> list[Suspect]:
    """Return confirmed faces that there is a `CLEAR` reason to doubt, most doubtful first.

    Excludes faces that the user declared to be right. Empty in libraries of more than `MANY` faces,
    where doubtful faces are only found on request (`suspects`).
    """
    model = library_settings.get(connection, grouping.MODEL_KEY)
    if model is None or grouping_rows.count(connection, model) > MANY:
        return []
    confirmed = set(faces.ids_in_state(connection, person_id, FaceState.CONFIRMED))
    if not confirmed:
        return []
    settled = questions.dismissed_faces(connection, DOUBT, person_id)
    return [
        each
        for each in suspects(connection, person_id)
        if each.reason in CLEAR and each.face_id in confirmed - settled
    ]


def mark_correct(txn: Transaction, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
    """Declare doubtful faces to be right, so that they are no longer shown as doubtful."""
    name = persons.name_of(txn.connection, person_id) or ""
    with txn.decision(Kind.MARK_CORRECT, (("faces", len(face_ids)), ("name", name))):
        txn.dismiss(face_ids, DOUBT, person_id)


def why(connection: sqlite3.Connection, face_id: FaceId) -> Why:
    """Explain why a face is with its person. Thread: any but the window's.

    Raises:
        UserError: the face is unassigned.
    """
    import numpy as np

    from facesorter.clustering import outliers

    row = connection.execute("SELECT person_id FROM face WHERE id = ?", (face_id,)).fetchone()
    own = None if row is None or row[0] is None else _Own.read(connection, row[0])
    place = -1
    if own is not None:
        place = next((at for at, r in enumerate(own.rows) if r.face_id == face_id), -1)
    if own is None or place < 0:
        raise UserError("This face isn’t assigned to anyone, so there’s nothing to explain.")
    rows, cosines = outliers.nearest(own.faces, place, SHOWN)
    near = zip(rows.tolist(), cosines.tolist(), strict=True)
    beside = [at for at, r in enumerate(own.rows) if r.frame == own.rows[place].frame]
    scores = own.scores(np.array(beside, np.int64))
    at = beside.index(place)
    found = _suspect(own.rows[place], *(column[at] for column in _columns(scores)))
    (suspect,) = _tell_apart(connection, own.person_id, [found])
    return Why(
        suspect,
        tuple((own.rows[at].face_id, round(cosine, 4)) for at, cosine in near),
    )


@dataclass(frozen=True)
class _Own:
    """A person's faces, to compare with all others."""

    connection: sqlite3.Connection
    model: int
    person_id: PersonId
    rows: list[grouping_rows.PersonFace]
    faces: PersonFaces

    @classmethod
    def read(cls, connection: sqlite3.Connection, person_id: PersonId) -> _Own | None:
        import numpy as np

        from facesorter.clustering.outliers import PersonFaces

        model = library_settings.get(connection, grouping.MODEL_KEY)
        if model is None:
            return None
        rows, vectors = grouping_rows.faces_of(connection, model, person_id)
        if not rows:
            return None
        repeating = set(photos.repeating(connection))
        faces = PersonFaces(
            vectors,
            np.array([row.state == "confirmed" for row in rows], bool),
            # In a collage, each face is apart.
            np.array(
                [-r.face_id if r.frame % MOMENTS in repeating else r.frame for r in rows], np.int64
            ),
            grouping.days([row.taken_at for row in rows]),
            np.array([row.quality for row in rows], np.float32),
        )
        return cls(connection, model, person_id, rows, faces)

    def scores(self, rows: Ints | None = None) -> OutlierScores:
        """Score all faces, or some."""
        from facesorter.clustering import outliers

        ids, who = grouping_rows.persons_of_others(self.connection, self.person_id)
        size = max(1, len(ids)) * self.faces.embeddings.shape[1]
        sought = max(MOST_DOUBTFUL, MULTIPLICATIONS // size)
        return outliers.outlier_scores(self.faces, self._blocks(ids, who), rows=rows, sought=sought)

    def _blocks(self, ids: Ints, who: Ints) -> Iterator[tuple[Singles, Ints]]:
        """The embeddings of faces with these ids, ascending, and whose they are."""
        import numpy as np

        if not len(ids):
            return
        for found, vectors in embeddings.blocks(self.connection, self.model, BLOCK):
            at = np.minimum(np.searchsorted(ids, found), len(ids) - 1)
            theirs = ids[at] == found
            yield vectors[theirs], who[at[theirs]]


def _tell_apart(
    connection: sqlite3.Connection, person_id: PersonId, found: Sequence[Suspect]
) -> list[Suspect]:
    """Mark the faces that look like a second person, unless the user declared that they aren't."""
    part = next((set(m.part) for m in mixed.every(connection) if m.person_id == person_id), set())
    if part and 2 * len(part & questions.dismissed(connection, QuestionKind.MIXED)) >= len(part):
        part = set()
    result = []
    for each in found:
        if each.face_id in part:
            clear = each.reason in (Reason.RIVAL, Reason.PHOTO)
            each = replace(
                each,
                doubt=round(each.doubt + OF_APART, 4),
                reason=each.reason if clear else Reason.APART,
            )
        result.append(each)
    return result


def _columns(scores: OutlierScores) -> Iterator[list[Any]]:
    """What `_suspect` takes of each face: quicker as lists than one by one from arrays."""
    for column in (scores.score, scores.own, scores.rival, scores.rival_likeness):
        yield column.tolist()
    yield from (scores.crowded.tolist(), scores.years.tolist())


def _suspect(
    face: grouping_rows.PersonFace,
    score: float,
    likeness: float,
    rival: int,
    rival_likeness: float,
    crowded: bool,
    years: float,
) -> Suspect:
    if rival >= 0 and rival_likeness > likeness:
        reason = Reason.RIVAL
    elif crowded:
        reason = Reason.PHOTO
    elif likeness < UNLIKE:
        reason = Reason.POOR if face.quality < HARDLY_SEEN else Reason.UNLIKE
    elif years >= LONG:
        reason = Reason.TIME
    else:
        reason = Reason.POOR if face.quality < HARDLY_SEEN else Reason.NONE
    return Suspect(
        face.face_id,
        round(score, 4),
        reason,
        round(likeness, 4),
        PersonId(rival) if rival >= 0 else None,
        round(rival_likeness, 4),
    )
