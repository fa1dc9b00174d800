"""Identify a face by comparing it with the library's faces. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facesorter.domain import PersonId, is_before
from facesorter.errors import Remedy, UserError
from facesorter.library.grouping import THRESHOLDS_KEY
from facesorter.library.scanning.record import MODEL_KEY
from facesorter.storage import embeddings, grouping_rows, library_settings, persons

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.clustering.cohort import Cohort

NEAREST = 3
"""Faces of a person whose mean similarity speaks for the person, as in grouping: the best one alone
may be a mistake, and the mean of all would punish people who were photographed for decades."""


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
