"""Rows of persons checked for a second person among their faces; can be recomputed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from facesorter.domain import FaceId, PersonId


class MixedLook(NamedTuple):
    """The result of checking one person."""

    person_id: PersonId
    faces: int
    """Number of faces checked."""
    likeness: float
    """Mean cosine between the two least similar parts."""
    part: tuple[FaceId, ...]
    """The smaller part; empty if there is only one person."""


def every(connection: sqlite3.Connection) -> list[MixedLook]:
    """Return all results, by person."""
    rows = connection.execute(
        "SELECT person_id, faces, likeness, part FROM mixed ORDER BY person_id"
    )
    return [
        MixedLook(person, faces, like, tuple(json.loads(part)))
        for person, faces, like, part in rows
    ]


def put(connection: sqlite3.Connection, looks: Iterable[MixedLook]) -> None:
    """Store results, replacing earlier ones; delete those of deleted persons."""
    connection.executemany(
        "INSERT OR REPLACE INTO mixed (person_id, faces, likeness, part) VALUES (?, ?, ?, ?)",
        [(look.person_id, look.faces, look.likeness, json.dumps(look.part)) for look in looks],
    )
    connection.execute("DELETE FROM mixed WHERE person_id NOT IN (SELECT id FROM person)")
