"""Rows of merge candidates and of dismissed questions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from facesorter.domain import FaceId, PersonId
from facesorter.storage.photos import chunks, is_before


class Pair(NamedTuple):
    """Two persons who may be the same; ``a`` has the lower id."""

    a: PersonId
    b: PersonId
    similarity: float


def pairs(connection: sqlite3.Connection) -> list[Pair]:
    """Return the pairs of the last refresh whose persons exist, likeliest first."""
    # Pairs are few and persons many: a lookup per person takes 1 ms, scanning all persons for
    # each pair takes seconds.
    rows = connection.execute(
        "SELECT a, b, similarity FROM pair "
        "WHERE EXISTS (SELECT 1 FROM person WHERE person.id = pair.a) "
        "AND EXISTS (SELECT 1 FROM person WHERE person.id = pair.b) "
        "ORDER BY similarity DESC, a, b"
    )
    return [Pair(*row) for row in rows]


def set_pairs(connection: sqlite3.Connection, found: Sequence[Pair]) -> list[PersonId]:
    """Replace the pairs of the last refresh; return the persons affected."""
    before = {Pair(*row) for row in connection.execute("SELECT a, b, similarity FROM pair")}
    after = set(found)
    if before == after:
        return []
    connection.execute("DELETE FROM pair")
    connection.executemany("INSERT INTO pair (a, b, similarity) VALUES (?, ?, ?)", sorted(after))
    differing = {(pair.a, pair.b) for pair in before} ^ {(pair.a, pair.b) for pair in after}
    return sorted({person for pair in differing for person in pair})


def dismissed_groups(connection: sqlite3.Connection, kind: str) -> dict[PersonId, int]:
    """Return persons with dismissed questions of this kind: -1, or the number of their faces.

    A group re-formed by a refresh has another id but the same faces.
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
    """Return dismissed pairs of persons, lower id first, by the faces' current persons."""
    rows = connection.execute(
        "SELECT DISTINCT face.person_id, dismissal.person_id FROM dismissal "
        "JOIN face ON face.id = face_id WHERE kind = ? AND face.person_id IS NOT NULL",
        (kind,),
    )
    return {(min(row), max(row)) for row in rows}


def dismissed_faces(connection: sqlite3.Connection, kind: str, person_id: PersonId) -> set[FaceId]:
    """Return the faces of dismissed questions of this kind about a person."""
    rows = connection.execute(
        "SELECT face_id FROM dismissal WHERE kind = ? AND person_id = ?", (kind, person_id)
    )
    return {row[0] for row in rows}


def dismissed(connection: sqlite3.Connection, kind: str) -> set[FaceId]:
    """Return the faces of all dismissed questions of this kind, about any person."""
    return {
        row[0]
        for row in connection.execute("SELECT face_id FROM dismissal WHERE kind = ?", (kind,))
    }


_PLACE = "coalesce(content_hash, photo.id), x, y, moment"
"""What exact copies of a photo have in common for a face, which is shown and asked about once."""


def copies(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> list[FaceId]:
    """Return faces, and the same in exact copies of their photos that nobody decided about.

    Only those that the machine takes for the same person, or nobody.
    """
    found = list(dict.fromkeys(face_ids))
    for marks, part in chunks(found):
        rows = connection.execute(
            "SELECT g.id FROM face f JOIN photo a ON a.id = f.photo_id "
            "JOIN photo b ON b.content_hash = a.content_hash AND b.id != a.id "
            "AND b.status != 'missing' JOIN face g ON g.photo_id = b.id "
            "AND (g.x, g.y, g.w, g.h) = (f.x, f.y, f.w, f.h) AND g.moment IS f.moment "
            "AND g.person_id IS f.person_id AND g.state IN ('suggested', 'unknown') "
            f"WHERE f.id IN ({marks}) ORDER BY f.id, g.id",
            part,
        )
        found += [row[0] for row in rows]
    return list(dict.fromkeys(found))


def suggestions(connection: sqlite3.Connection, kind: str) -> list[tuple[PersonId, FaceId, float]]:
    """Return suggested faces of visible named persons, likeliest first for each.

    Skips faces that the machine is sure of, and those dismissed for this ``kind`` of question. Of
    exact copies, one is returned.
    """
    rows = connection.execute(
        f"SELECT face.person_id, face.id, coalesce(face.similarity, 0), {_PLACE} FROM face "
        "JOIN person ON person.id = face.person_id JOIN photo ON photo.id = face.photo_id "
        "WHERE face.state = 'suggested' AND face.sure = 0 "
        "AND person.name IS NOT NULL AND person.hidden = 0 "
        "AND photo.status != 'missing' "
        f"AND NOT coalesce({is_before('photo.taken_at', 'person.birth_date')}, FALSE) "
        "AND NOT EXISTS (SELECT 1 FROM dismissal WHERE dismissal.face_id = face.id "
        "AND dismissal.kind = ? AND dismissal.person_id = face.person_id) "
        "ORDER BY face.person_id, face.similarity DESC, face.id",
        (kind,),
    )
    seen: set[tuple[object, ...]] = set()
    found: list[tuple[PersonId, FaceId, float]] = []
    for person, face, similarity, *place in rows:
        if (key := (person, *place)) not in seen:
            seen.add(key)
            found.append((person, face, similarity))
    return found


def best_faces_of_named(
    connection: sqlite3.Connection, count: int
) -> list[tuple[PersonId, FaceId]]:
    """Return the `best_faces` of all visible named persons at once, by person."""
    return connection.execute(
        "SELECT person_id, id FROM ("
        "SELECT person_id, id, row_number() OVER ("
        "PARTITION BY person_id ORDER BY state = 'confirmed' DESC, quality DESC, id) AS place "
        "FROM face WHERE person_id IN (SELECT id FROM person WHERE name IS NOT NULL AND hidden = 0)"
        " AND photo_id NOT IN (SELECT id FROM photo WHERE status = 'missing')) "
        "WHERE place <= ? ORDER BY person_id, place",
        (count,),
    ).fetchall()


def best_faces(connection: sqlite3.Connection, person_id: PersonId, count: int) -> list[FaceId]:
    """Return a person's most telling faces: confirmed before suggested, by quality.

    Args:
        connection: The library.
        person_id: The person.
        count: How many; of exact copies, one is returned. -1 for really all faces.
    """
    rows = connection.execute(
        f"SELECT face.id, {_PLACE} FROM face JOIN photo ON photo.id = face.photo_id "
        "WHERE person_id = ? AND photo.status != 'missing' "
        "ORDER BY face.state = 'confirmed' DESC, quality DESC, face.id",
        (person_id,),
    )
    if count < 0:
        return [row[0] for row in rows]
    found: dict[tuple[object, ...], FaceId] = {}
    for face, *place in rows:
        found.setdefault(tuple(place), face)
        if len(found) == count:
            break
    return list(found.values())
