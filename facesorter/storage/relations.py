"""Rows of relationships between persons: parent, sibling, partner, twin."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from facesorter.domain import PersonId


class Relation(NamedTuple):
    """How two persons are related; ``a`` is the parent of ``b``, or else ``a < b``."""

    a: PersonId
    b: PersonId
    kind: str


def of(connection: sqlite3.Connection, person_id: PersonId) -> list[Relation]:
    """Return the relations of a person."""
    rows = connection.execute(
        "SELECT a, b, kind FROM relation WHERE a = ?1 UNION "
        "SELECT a, b, kind FROM relation WHERE b = ?1 ORDER BY 3, 1, 2",
        (person_id,),
    )
    return [Relation(*row) for row in rows]


def of_kind(connection: sqlite3.Connection, *kinds: str) -> list[Relation]:
    """Return all relations of some kinds."""
    marks = ", ".join("?" * len(kinds))
    rows = connection.execute(
        f"SELECT a, b, kind FROM relation WHERE kind IN ({marks}) ORDER BY a, b, kind", kinds
    )
    return [Relation(*row) for row in rows]
