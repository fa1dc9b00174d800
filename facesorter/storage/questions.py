"""Rows of what the machine would ask, and of what the user does not want to be asked again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from facesorter.domain import FaceId, PersonId


class Pair(NamedTuple):
    """Two persons that might be one; ``a`` has the lower id."""

    a: PersonId
    b: PersonId
    similarity: float


def pairs(connection: sqlite3.Connection) -> list[Pair]:
    """Pairs that the last refresh found, likeliest first; both persons are there."""
    # Pairs are few and persons many: asking for each person of a pair takes 1 ms where walking
    # through all persons for each pair takes seconds.
    rows = connection.execute(
        "SELECT a, b, similarity FROM pair "
        "WHERE EXISTS (SELECT 1 FROM person WHERE person.id = pair.a) "
        "AND EXISTS (SELECT 1 FROM person WHERE person.id = pair.b) "
        "ORDER BY similarity DESC, a, b"
    )
    return [Pair(*row) for row in rows]


def set_pairs(connection: sqlite3.Connection, found: Sequence[Pair]) -> list[PersonId]:
    """Keep what a refresh found in place of what the last one found; the persons concerned."""
    before = {Pair(*row) for row in connection.execute("SELECT a, b, similarity FROM pair")}
    after = set(found)
    if before == after:
        return []
    connection.execute("DELETE FROM pair")
    connection.executemany("INSERT INTO pair (a, b, similarity) VALUES (?, ?, ?)", sorted(after))
    differing = {(pair.a, pair.b) for pair in before} ^ {(pair.a, pair.b) for pair in after}
    return sorted({person for pair in differing for person in pair})


def dismissed_groups(connection: sqlite3.Connection, kind: str) -> dict[PersonId, int]:
    """Persons about whom a question of this kind was dismissed; -1, or how many of their faces.

    A group that the machine has shaped anew since has another id, but the same faces.
    """
    found: dict[PersonId, int] = dict(
        connection.execute(
            "SELECT face.person_id, count(*) FROM dismissal JOIN face ON face.id = face_id "
            "WHERE kind = ? AND face.person_id IS NOT NULL GROUP BY face.person_id",
            (kind,),
        ).fetchall()
    )
    rows = connection.execute("SELECT DISTINCT person_id FROM dismissal WHERE kind = ?", (kind,))
    return found | {row[0]: -1 for row in rows}


def dismissed_pairs(connection: sqlite3.Connection, kind: str) -> set[tuple[PersonId, PersonId]]:
    """Pairs of persons that were dismissed, lower id first, by where the faces are now."""
    rows = connection.execute(
        "SELECT DISTINCT face.person_id, dismissal.person_id FROM dismissal "
        "JOIN face ON face.id = face_id WHERE kind = ? AND face.person_id IS NOT NULL",
        (kind,),
    )
    return {(min(row), max(row)) for row in rows}


def dismissed_faces(connection: sqlite3.Connection, kind: str, person_id: PersonId) -> set[FaceId]:
    """Faces of a question of this kind about a person that was dismissed."""
    rows = connection.execute(
        "SELECT face_id FROM dismissal WHERE kind = ? AND person_id = ?", (kind, person_id)
    )
    return {row[0] for row in rows}


def dismissed(connection: sqlite3.Connection, kind: str) -> set[FaceId]:
    """Faces of all questions of this kind that were dismissed, whoever they were about."""
    return {
        row[0]
        for row in connection.execute("SELECT face_id FROM dismissal WHERE kind = ?", (kind,))
    }


def suggestions(connection: sqlite3.Connection, kind: str) -> list[tuple[PersonId, FaceId, float]]:
    """Suggested faces of named persons to see, likeliest first for each; dismissed ones left out.

    ``kind`` is the kind of dismissal that counts.
    """
    return connection.execute(
        "SELECT face.person_id, face.id, coalesce(face.similarity, 0) FROM face "
        "JOIN person ON person.id = face.person_id "
        "WHERE face.state = 'suggested' AND person.name IS NOT NULL AND person.hidden = 0 "
        "AND face.photo_id NOT IN (SELECT id FROM photo WHERE status = 'missing') "
        "AND (person.birth_date IS NULL OR person.birth_date <= "
        "(SELECT taken_at FROM photo WHERE photo.id = face.photo_id)) "
        "AND NOT EXISTS (SELECT 1 FROM dismissal WHERE dismissal.face_id = face.id "
        "AND dismissal.kind = ? AND dismissal.person_id = face.person_id) "
        "ORDER BY face.person_id, face.similarity DESC, face.id",
        (kind,),
    ).fetchall()


def best_faces(connection: sqlite3.Connection, person_id: PersonId, count: int) -> list[FaceId]:
    """Those faces of a person that tell most: confirmed before suggested, by quality."""
    rows = connection.execute(
        "SELECT id FROM face WHERE person_id = ? "
        "AND photo_id NOT IN (SELECT id FROM photo WHERE status = 'missing') "
        "ORDER BY state = 'confirmed' DESC, quality DESC, id LIMIT ?",
        (person_id, count),
    )
    return [row[0] for row in rows]
