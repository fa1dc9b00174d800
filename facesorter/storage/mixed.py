"""Rows of groups that were looked at for a second person: machine-made, and may vanish."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from facesorter.domain import FaceId, PersonId


class MixedLook(NamedTuple):
    """What was seen of a person."""

    person_id: PersonId
    faces: int
    """How many there were."""
    likeness: float
    """Mean cosine between the two parts that are least alike."""
    part: tuple[FaceId, ...]
    """The smaller of them; empty where the person is one."""


def every(connection: sqlite3.Connection) -> list[MixedLook]:
    """All looks, by person."""
    rows = connection.execute(
        "SELECT person_id, faces, likeness, part FROM mixed ORDER BY person_id"
    )
    return [
        MixedLook(person, faces, like, tuple(json.loads(part)))
        for person, faces, like, part in rows
    ]


def put(connection: sqlite3.Connection, looks: Iterable[MixedLook]) -> None:
    """Keep looks in place of earlier ones at the same persons; drop those at persons gone."""
    connection.executemany(
        "INSERT OR REPLACE INTO mixed (person_id, faces, likeness, part) VALUES (?, ?, ?, ?)",
        [(look.person_id, look.faces, look.likeness, json.dumps(look.part)) for look in looks],
    )
    connection.execute("DELETE FROM mixed WHERE person_id NOT IN (SELECT id FROM person)")
