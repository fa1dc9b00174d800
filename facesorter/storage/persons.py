"""Rows of persons and of rejections ("not this person")."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from facesorter.domain import FaceId, Person, PersonId
from facesorter.names import Names
from facesorter.storage.photos import chunks

# Faces of missing photos aren't shown. There are few such photos, so selecting them once is
# cheaper than looking up the photo of every face.
_SHOWN = "face.photo_id NOT IN (SELECT id FROM photo WHERE status = 'missing')"
# One pass gives counts and cover: with a single max(), SQLite takes the bare column face.id from
# the row that holds the maximum. Confirmed faces come before suggested ones.
_SUMMARY = f"""
SELECT face.person_id, count(*), sum(face.state = 'confirmed'),
  sum(face.state = 'suggested' AND face.sure),
  count(DISTINCT coalesce(photo_copy.first_id, face.photo_id)),
  face.id, max((face.state = 'confirmed') * 2 + face.quality)
FROM face LEFT JOIN photo_copy ON photo_copy.photo_id = face.photo_id
WHERE face.person_id {{which}} AND {_SHOWN} GROUP BY face.person_id
"""
_BEST = f"""
SELECT face.id FROM face WHERE face.person_id = person.id AND {_SHOWN}
ORDER BY (face.state = 'confirmed') * 2 + face.quality DESC, face.id LIMIT 1
"""
_FIRST = f"""
SELECT face.id FROM face
WHERE face.id = person.first_cover_id AND face.person_id = person.id AND {_SHOWN}
"""
_DATES = f"""
SELECT face.person_id, min(nullif(photo.taken_at, '')), max(nullif(photo.taken_at, ''))
FROM face JOIN photo ON photo.id = face.photo_id
WHERE face.person_id {{which}} AND {_SHOWN} GROUP BY face.person_id
"""
COLUMNS = ("name", "cover_face_id", "hidden", "birth_date", "death_date", "notes", "favourite")
"""Columns of a person that decisions change and undo restores."""
_TRAITS = tuple(column for column in COLUMNS if column != "hidden")
_SUMMED = tuple(column for column in COLUMNS if column in Person.__dataclass_fields__)
_Count = tuple[int, int, int, int, int | None]


class Size(NamedTuple):
    """A person and the number of their visible faces."""

    id: PersonId
    name: str | None
    hidden: bool
    faces: int
    favourite: bool = False


def insert(connection: sqlite3.Connection, created_at: str) -> PersonId:
    """Add an unnamed person; return the id."""
    cursor = connection.execute("INSERT INTO person (created_at) VALUES (?)", (created_at,))
    assert cursor.lastrowid is not None
    return PersonId(cursor.lastrowid)


def pin(connection: sqlite3.Connection, person_ids: Iterable[PersonId]) -> None:
    """Mark persons that a decision mentions: the machine must not delete them."""
    connection.executemany(
        "UPDATE person SET pinned = 1 WHERE id = ?", [(identity,) for identity in person_ids]
    )


def is_decided(connection: sqlite3.Connection, person_id: PersonId) -> bool:
    """Return whether any decision mentions a person."""
    row = connection.execute("SELECT pinned FROM person WHERE id = ?", (person_id,)).fetchone()
    return row is not None and bool(row[0])


def empty(connection: sqlite3.Connection, person_id: PersonId) -> list[FaceId]:
    """Unassign a person's suggested faces; return them."""
    rows = connection.execute(
        "UPDATE face SET person_id = NULL, state = 'unknown', similarity = NULL "
        "WHERE person_id = ? AND state = 'suggested' RETURNING id",
        (person_id,),
    )
    return [row[0] for row in rows.fetchall()]


def ages(connection: sqlite3.Connection) -> dict[PersonId, str]:
    """Return when each person was created."""
    return dict(connection.execute("SELECT id, created_at FROM person").fetchall())


def insert_as(connection: sqlite3.Connection, person_id: PersonId, created_at: str) -> None:
    """Add an undecided person under a given id, or set when it was created."""
    connection.execute(
        "INSERT INTO person (id, created_at) VALUES (?, ?) "
        "ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at",
        (person_id, created_at),
    )


def delete_empty(connection: sqlite3.Connection) -> list[PersonId]:
    """Delete all persons without faces, name, or decisions; return them."""
    rows = connection.execute(
        "DELETE FROM person WHERE name IS NULL AND pinned = 0 AND hidden = 0 "
        "AND NOT EXISTS (SELECT 1 FROM face WHERE person_id = person.id) "
        "AND NOT EXISTS (SELECT 1 FROM rejection WHERE person_id = person.id) RETURNING id"
    ).fetchall()
    return [row[0] for row in rows]


def owned(connection: sqlite3.Connection) -> list[PersonId]:
    """Return the persons that the user owns: named, or with a confirmed face."""
    rows = connection.execute(
        "SELECT id FROM person WHERE name IS NOT NULL "
        "UNION SELECT person_id FROM face WHERE state = 'confirmed' ORDER BY 1"
    )
    return [row[0] for row in rows]


def hidden(connection: sqlite3.Connection) -> set[PersonId]:
    """Return the hidden persons."""
    return {row[0] for row in connection.execute("SELECT id FROM person WHERE hidden = 1")}


def named(connection: sqlite3.Connection) -> list[PersonId]:
    """Return the named persons who aren't hidden, by id."""
    rows = connection.execute(
        "SELECT id FROM person WHERE name IS NOT NULL AND hidden = 0 ORDER BY id"
    )
    return [row[0] for row in rows]


def is_owned(connection: sqlite3.Connection, person_id: PersonId) -> bool:
    """Return whether a person is among `owned`."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM person WHERE id = ? AND name IS NOT NULL) "
        "OR EXISTS (SELECT 1 FROM face WHERE person_id = ? AND state = 'confirmed')",
        (person_id, person_id),
    ).fetchone()
    return bool(found)


def every_id(connection: sqlite3.Connection) -> set[PersonId]:
    """Return the ids of all persons."""
    return {row[0] for row in connection.execute("SELECT id FROM person")}


def name_of(connection: sqlite3.Connection, person_id: PersonId) -> str | None:
    """Return a person's name; None if unnamed or unknown."""
    row = connection.execute("SELECT name FROM person WHERE id = ?", (person_id,)).fetchone()
    return row[0] if row else None


def traits(connection: sqlite3.Connection, person_id: PersonId) -> dict[str, Any]:
    """Return a person's details by column, None where unset."""
    row = connection.execute(
        f"SELECT {', '.join(_TRAITS)} FROM person WHERE id = ?", (person_id,)
    ).fetchone()
    return dict(zip(_TRAITS, row, strict=True))


def births(connection: sqlite3.Connection) -> dict[PersonId, str]:
    """Return the known dates of birth."""
    return dict(
        connection.execute(
            "SELECT id, birth_date FROM person WHERE birth_date IS NOT NULL ORDER BY id"
        ).fetchall()
    )


def exists(connection: sqlite3.Connection, person_id: PersonId) -> bool:
    """Return whether a person exists."""
    found = connection.execute("SELECT 1 FROM person WHERE id = ?", (person_id,)).fetchone()
    return found is not None


def with_name(connection: sqlite3.Connection, name: str) -> list[PersonId]:
    """Return the persons with a name, accents exact if possible; see `names.Names.whole`."""
    rows = connection.execute("SELECT name, id FROM person WHERE name IS NOT NULL ORDER BY id")
    return list(Names[PersonId](rows).whole(name))


def spelled(connection: sqlite3.Connection) -> list[tuple[str, PersonId]]:
    """Return all names with their persons, by id."""
    return connection.execute(
        "SELECT name, id FROM person WHERE name IS NOT NULL ORDER BY id"
    ).fetchall()


def count_faces(
    connection: sqlite3.Connection, person_ids: Sequence[PersonId]
) -> dict[PersonId, int]:
    """Return how many faces persons have, those of missing photos too."""
    found: dict[PersonId, int] = {}
    for marks, part in chunks(person_ids):
        rows = connection.execute(
            f"SELECT person_id, count(*) FROM face WHERE person_id IN ({marks}) GROUP BY 1", part
        )
        found.update(rows.fetchall())
    return found


def keep_covers(connection: sqlite3.Connection, person_ids: Iterable[PersonId]) -> None:
    """Remember with which face each person is first shown, so that no better one replaces it.

    Another one is taken only when that face is no longer the person's. Not a decision: the machine
    writes it, and undo doesn't restore it.
    """
    for marks, part in chunks(sorted(person_ids)):
        connection.execute(
            f"UPDATE person SET first_cover_id = ({_BEST}) WHERE id IN ({marks}) AND NOT EXISTS "
            "(SELECT 1 FROM face WHERE face.id = first_cover_id AND face.person_id = person.id)",
            part,
        )


def covered_by(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> list[PersonId]:
    """Return the persons whose chosen cover is among the faces."""
    found: list[PersonId] = []
    for marks, part in chunks(face_ids):
        rows = connection.execute(f"SELECT id FROM person WHERE cover_face_id IN ({marks})", part)
        found += [row[0] for row in rows]
    return sorted(found)


def sizes(connection: sqlite3.Connection) -> list[Size]:
    """Return named persons and those with visible faces, by id; much faster than `summaries`."""
    counts = dict(
        connection.execute(
            "SELECT person_id, count(*) FROM face WHERE person_id IS NOT NULL GROUP BY person_id"
        ).fetchall()
    )
    missing = connection.execute(
        "SELECT face.person_id, count(*) FROM photo JOIN face ON face.photo_id = photo.id "
        "WHERE photo.status = 'missing' AND face.person_id IS NOT NULL GROUP BY face.person_id"
    )
    for identity, count in missing:
        counts[identity] = counts.get(identity, 0) - count
    rows = connection.execute("SELECT id, name, hidden, favourite FROM person ORDER BY id")
    return [
        Size(identity, name, bool(hidden), max(0, counts.get(identity, 0)), bool(favourite))
        for identity, name, hidden, favourite in rows
        if name is not None or counts.get(identity, 0) > 0
    ]


def latest(connection: sqlite3.Connection) -> dict[PersonId, str]:
    """Return the date of each named person's latest photo, as it is sorted by."""
    return dict(
        connection.execute(
            "SELECT face.person_id, max(photo.sort_at) FROM face "
            "JOIN photo ON photo.id = face.photo_id WHERE photo.status != 'missing' "
            "AND face.person_id IN (SELECT id FROM person WHERE name IS NOT NULL) "
            "GROUP BY face.person_id"
        ).fetchall()
    )


def rejections(connection: sqlite3.Connection) -> list[tuple[FaceId, PersonId]]:
    """Return all rejected pairs of face and person."""
    return connection.execute(
        "SELECT face_id, person_id FROM rejection ORDER BY face_id, person_id"
    ).fetchall()


def rejected_by(connection: sqlite3.Connection, face_id: FaceId) -> list[PersonId]:
    """Return the persons that a face was rejected for."""
    rows = connection.execute(
        "SELECT person_id FROM rejection WHERE face_id = ? ORDER BY 1", (face_id,)
    )
    return [row[0] for row in rows]


def rejections_of_faces(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> list[tuple[FaceId, PersonId]]:
    """Return the pairs of these faces and persons that the user rejected."""
    found: list[tuple[FaceId, PersonId]] = []
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            f"SELECT face_id, person_id FROM rejection WHERE face_id IN ({marks})", part
        )
        found += rows.fetchall()
    return found


def rejections_of(
    connection: sqlite3.Connection, person_id: PersonId
) -> list[tuple[FaceId, PersonId]]:
    """Return a person's rejected faces, as pairs."""
    return connection.execute(
        "SELECT face_id, person_id FROM rejection WHERE person_id = ? ORDER BY face_id",
        (person_id,),
    ).fetchall()


def dates(
    connection: sqlite3.Connection, person_ids: Sequence[PersonId]
) -> dict[PersonId, tuple[str, str]]:
    """Return when the first and the last of each person's photos were taken."""
    found: dict[PersonId, tuple[str, str]] = {}
    for marks, part in chunks(sorted(set(person_ids))):
        for identity, first, last in connection.execute(_DATES.format(which=f"IN ({marks})"), part):
            found[identity] = (first, last)
    return found


def summaries(
    connection: sqlite3.Connection,
    person_ids: Sequence[PersonId] | None = None,
    *,
    dated: bool = True,
) -> list[Person]:
    """Return persons with counts and cover by id: all, or those requested.

    Skips unnamed persons without visible faces. The cover is the chosen face, else the one that was
    shown first, else the best. Without ``dated``, ``first`` and ``last`` are None, which takes a
    third of the time: dates are those of photos.
    """
    counts: dict[int, _Count] = {}
    taken: dict[PersonId, tuple[str, str]] = {}
    people: list[tuple[Any, ...]] = []
    wanted = ", ".join(("id", f"({_FIRST})", *_SUMMED))
    if person_ids is None:
        _count(connection, "IS NOT NULL", [], counts)
        if dated:
            for identity, first, last in connection.execute(_DATES.format(which="IS NOT NULL")):
                taken[identity] = (first, last)
        people = connection.execute(f"SELECT {wanted} FROM person ORDER BY id").fetchall()
    else:
        for marks, part in chunks(sorted(set(person_ids))):
            _count(connection, f"IN ({marks})", part, counts)
            people += connection.execute(
                f"SELECT {wanted} FROM person WHERE id IN ({marks}) ORDER BY id", part
            ).fetchall()
        if dated:
            taken = dates(connection, person_ids)
    found = []
    for identity, first_cover, *values in people:
        columns = dict(zip(_SUMMED, values, strict=True))
        faces, confirmed, sure, photos, best = counts.get(identity, (0, 0, 0, 0, None))
        first, last = taken.get(identity, (None, None))
        if not faces and columns["name"] is None:
            continue
        # SQLite has no booleans.
        columns |= {"hidden": bool(columns["hidden"]), "favourite": bool(columns["favourite"])}
        columns["cover_face_id"] = columns["cover_face_id"] or first_cover or best
        found.append(
            Person(
                id=identity,
                faces=faces,
                confirmed=confirmed,
                suggested=faces - confirmed,
                sure=sure,
                photos=photos,
                first=first,
                last=last,
                **columns,
            )
        )
    return found


def _count(
    connection: sqlite3.Connection,
    which: str,
    values: Sequence[int],
    counts: dict[int, _Count],
) -> None:
    for identity, faces, confirmed, sure, photos, best, _ in connection.execute(
        _SUMMARY.format(which=which), values
    ):
        counts[identity] = (faces, confirmed, sure, photos, best)
