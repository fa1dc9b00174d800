"""Identify a face by comparing it with the library's faces. Reads only."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facesorter.domain import PersonId, is_before
from facesorter.errors import Remedy, UserError
from facesorter.library.scanning.record import MODEL_KEY
from facesorter.storage import embeddings, grouping_rows, library_settings, persons

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
        self._vectors = (
            embeddings.matrix(
                connection,
                [row.face_id for row in rows],
                grouping_rows.dimension(connection, model_id),
            )
            if rows
            else None
        )

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
        highest: dict[PersonId, list[float]] = {}
        for face in order.tolist():
            seen = highest.setdefault(PersonId(int(self._person[face])), [])
            # Copies of a photo speak once.
            if len(seen) < NEAREST and (not seen or seen[-1] - float(alike[face]) > SAME):
                seen.append(float(alike[face]))
        matches = [
            Match(person, self._names[person], sum(values) / len(values))
            for person, values in highest.items()
            if not is_before(taken_at, self._births.get(person))
        ]
        return sorted(matches, key=lambda match: -match.similarity)[:count]
