"""Identify a face by comparing it with the library's faces. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facesorter.domain import FaceId, PersonId, is_before
from facesorter.errors import Message, Remedy, UserError
from facesorter.faces.calibration import Calibration, Verdict
from facesorter.library.grouping import MODEL_KEY, THRESHOLDS_KEY
from facesorter.storage import embeddings, faces, grouping_rows, library_settings, persons

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.clustering.cohort import Cohort

NEAREST = 3
"""Faces of a person whose mean similarity speaks for the person, as in grouping: the best one alone
may be a mistake, and the mean of all would punish people who were photographed for decades."""


FAR_BETTER = 0.15
"""Cosine by which the first candidate must lead another who is similar enough, so that only the
first is the same person. Two groups of one person are nearer: a face is as like the one as the
other."""

VERDICTS = {
    Verdict.SAME: Message("the same person"),
    Verdict.UNSURE: Message("perhaps the same person"),
    Verdict.DIFFERENT: Message("different people"),
}
"""What a verdict means, in words."""

SAME = 1e-6
"""Difference of similarities up to which two faces are copies; different ones are never as near."""


@dataclass(frozen=True, slots=True)
class Match:
    """A person and how similar a face is to them."""

    person_id: PersonId
    name: str | None
    similarity: float
    adjusted: float
    """Similarity less what a crowd adds to it (`clustering.cohort`); verdicts are based on it."""


def verdict(match: Match, best: Match, known: Calibration) -> Verdict:
    """Return whether a candidate is the person, given the best candidate: a face is one person."""
    found = known.verdict(match.adjusted)
    beside = found is Verdict.SAME and best.similarity - match.similarity >= FAR_BETTER
    return Verdict.UNSURE if beside else found


@dataclass(frozen=True, slots=True)
class Comparison:
    """How similar two faces are, and what that means."""

    similarity: float
    adjusted: float
    """Similarity less what a crowd adds to it."""
    false_accepts: float
    """Share of pairs of different people that are as similar."""
    verdict: Verdict

    @property
    def one_in(self) -> int:
        """Of how many pairs of different people one is as similar."""
        return max(1, round(1 / self.false_accepts))


def compared(similarity: float, crowd: float, known: Calibration) -> Comparison:
    """Judge a similarity, of which a crowd of look-alikes adds ``crowd``."""
    adjusted = similarity - crowd
    share = known.false_accepts(adjusted)
    return Comparison(similarity, adjusted, share, known.verdict(adjusted))


def compare_faces(connection: sqlite3.Connection, a: FaceId, b: FaceId) -> Comparison:
    """Compare two faces of the library. Reads all embeddings; thread: any but the window's.

    Raises:
        UserError: one of the faces has no embedding.
    """
    import numpy as np

    from facesorter.library.models import calibrate

    vectors = embeddings.several(connection, [a, b])
    model_id = library_settings.get(connection, MODEL_KEY)
    if len(vectors) < 2 or len(vectors[a]) != len(vectors[b]) or model_id is None:
        raise UserError("These faces can’t be compared: they aren’t analyzed yet.")
    pack = embeddings.by_id(connection, model_id)
    name, sha256, dimension = str(pack["name"]), str(pack["sha256"]), int(pack["dimension"])
    known = calibrate.of_library(connection, name, sha256, dimension)
    own = [-1 if person is None else person for person in _persons(connection, a, b)]
    pair = np.stack([vectors[a], vectors[b]])
    crowd = float(Gallery(connection, sha256).crowding(pair, own).mean())
    return compared(float(vectors[a] @ vectors[b]), crowd, known)


def _persons(connection: sqlite3.Connection, *face_ids: FaceId) -> list[PersonId | None]:
    people = {face.id: face.person_id for face in faces.belongings(connection, face_ids)}
    return [people.get(face) for face in face_ids]


class Gallery:
    """Embeddings of all persons' faces in memory; half a kilobyte each."""

    def __init__(self, connection: sqlite3.Connection, sha256: str) -> None:
        """Read the embeddings.

        Args:
            connection: An open library.
            sha256: The pack that will analyze the faces to be identified.

        Raises:
            UserError: another pack analyzed the library's faces.
        """
        import numpy as np

        model_id = library_settings.get(connection, MODEL_KEY)
        if model_id is None:
            rows = []
        elif not embeddings.is_model(connection, model_id, sha256):
            raise UserError(
                "The photos in this library were analyzed with a different model pack.",
                remedy=Remedy.ANALYZE,
            )
        else:
            rows = [
                row
                for row in grouping_rows.faces_to_group(connection, model_id)
                if row.person_id is not None
            ]
        self._person = np.array([row.person_id for row in rows], np.int64)
        self._names = {
            p: persons.name_of(connection, p) for p in map(PersonId, set(self._person.tolist()))
        }
        self._births = persons.births(connection)
        self._cohort: Cohort | None = None
        self._vectors = (
            embeddings.matrix(
                connection,
                [row.face_id for row in rows],
                grouping_rows.dimension(connection, model_id),
            )
            if rows
            else None
        )
        thresholds = library_settings.get(connection, THRESHOLDS_KEY)
        if self._vectors is not None and thresholds is not None:
            from facesorter.clustering.cohort import Cohort

            self._cohort = Cohort.of(self._vectors, self._person, thresholds["ceiling"])

    def crowding(self, faces: NDArray[np.float32], own: Sequence[int]) -> NDArray[np.float64]:
        """Return by how much strangers of faces are more similar than usual; see `Cohort.crowding`.

        Args:
            faces: (k, d) float32, unit length.
            own: The person of each face, -1 for nobody known.
        """
        import numpy as np

        if self._cohort is None:
            return np.zeros(len(faces))
        return self._cohort.crowding(faces, np.array(own, np.int64))

    def best(
        self, embedding: NDArray[np.float32], count: int, taken_at: str | None = None
    ) -> list[Match]:
        """Return the persons most similar to a face, likeliest first.

        Skips persons not born yet at ``taken_at``.
        """
        import numpy as np

        if self._vectors is None:
            return []
        alike = self._vectors @ embedding
        order = np.argsort(-alike)
        nearest: dict[PersonId, list[int]] = {}
        for face in order.tolist():
            seen = nearest.setdefault(PersonId(int(self._person[face])), [])
            # Copies of a photo speak once.
            if len(seen) < NEAREST and (not seen or alike[seen[-1]] - alike[face] > SAME):
                seen.append(face)
        likeness = {
            person: float(alike[seen].mean())
            for person, seen in nearest.items()
            if not is_before(taken_at, self._births.get(person))
        }
        best = sorted(likeness, key=lambda person: -likeness[person])[:count]
        return [
            self._match(embedding, person, nearest[person], likeness[person]) for person in best
        ]

    def _match(
        self, embedding: NDArray[np.float32], person: PersonId, faces: list[int], likeness: float
    ) -> Match:
        import numpy as np

        assert self._vectors is not None
        compared = np.concatenate([embedding[None], self._vectors[faces]])
        crowd = self.crowding(compared, [person] * len(compared))
        adjusted = likeness - float(crowd[0] + crowd[1:].mean()) / 2
        return Match(person, self._names[person], likeness, adjusted)
