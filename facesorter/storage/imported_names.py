"""Rows of imported names: people in photos, as other programs named them; see the schema."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from facesorter.domain import DecisionId, FaceId, PersonId, PhotoId
from facesorter.storage.photos import chunks


class ImportedName(NamedTuple):
    """One region or name, as it was imported."""

    photo_id: PhotoId
    name: str
    source: str
    program: str | None = None
    x: float | None = None
    y: float | None = None
    w: float | None = None
    h: float | None = None
    frame: str | None = None
    applied_w: int | None = None
    applied_h: int | None = None
    rotation: int | None = None


class Waiting(NamedTuple):
    """An imported name that waits for the faces of its photo."""

    id: int
    import_id: int
    person_id: PersonId | None
    imported: ImportedName


class Placed(NamedTuple):
    """What was found out about an imported name."""

    id: int
    outcome: str
    face_id: FaceId | None = None
    person_id: PersonId | None = None
    evidence: str | None = None


class Import(NamedTuple):
    """One import of names."""

    id: int
    source: str
    made_at: str
    theirs: frozenset[str]
    """Kinds of conflict in which the import goes first."""
    decision_id: DecisionId


class Given(NamedTuple):
    """What an import in effect named a face."""

    face_id: FaceId
    name: str
    source: str
    program: str | None
    person_id: PersonId | None
    made_at: str
    outcome: str


_COLUMNS = ", ".join(ImportedName._fields)
# Nothing waits, most of the time: not all analyzed photos are asked whether something does.
_TO_PLACE = (
    "FROM imported_name INDEXED BY imported_name_waiting CROSS JOIN photo ON photo.id = photo_id "
    "CROSS JOIN name_import ON name_import.id = import_id "
    "WHERE outcome IS NULL AND used = 1 AND status = 'analysed'"
)


def insert_import(
    connection: sqlite3.Connection, source: str, made_at: str, theirs: Iterable[str]
) -> int:
    """Add an import that isn't in effect yet; return its id."""
    cursor = connection.execute(
        "INSERT INTO name_import (source, made_at, theirs) VALUES (?, ?, ?)",
        (source, made_at, json.dumps(sorted(theirs))),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def set_decision(connection: sqlite3.Connection, import_id: int, decision_id: DecisionId) -> None:
    """Remember which decision an import is."""
    connection.execute(
        "UPDATE name_import SET decision_id = ? WHERE id = ?", (decision_id, import_id)
    )


def insert(connection: sqlite3.Connection, import_id: int, rows: Iterable[ImportedName]) -> None:
    """Add imported names, to wait for faces; skip photos that are gone."""
    marks = ", ".join("?" * len(ImportedName._fields))
    connection.executemany(
        f"INSERT INTO imported_name (import_id, {_COLUMNS}) SELECT ?, {marks} "
        "WHERE EXISTS (SELECT 1 FROM photo WHERE id = ?)",
        ((import_id, *each, each.photo_id) for each in rows),
    )


def delete_undecided(connection: sqlite3.Connection, count: int) -> int:
    """Delete some rows of imports that aren't a decision, then those; return how many."""
    undecided = "SELECT id FROM name_import WHERE decision_id IS NULL"
    deleted = connection.execute(
        "DELETE FROM imported_name WHERE id IN "
        f"(SELECT id FROM imported_name WHERE import_id IN ({undecided}) LIMIT ?)",
        (count,),
    ).rowcount
    if not deleted:
        deleted = connection.execute("DELETE FROM name_import WHERE decision_id IS NULL").rowcount
    return deleted


def copy(source: sqlite3.Connection, target: sqlite3.Connection, import_ids: Iterable[int]) -> None:
    """Copy imports from another copy of a library, as not in effect; skip those known."""
    columns = f"id, import_id, {_COLUMNS}, evidence, face_id, person_id, outcome"
    marks = ", ".join("?" * (columns.count(",") + 1))
    for import_id in import_ids:
        head = source.execute(
            "SELECT id, source, made_at, theirs FROM name_import WHERE id = ?", (import_id,)
        ).fetchone()
        if head is None:
            continue
        cursor = target.execute(
            "INSERT OR IGNORE INTO name_import (id, source, made_at, theirs) VALUES (?, ?, ?, ?)",
            head,
        )
        if cursor.rowcount:
            rows = source.execute(
                f"SELECT {columns}, photo_id FROM imported_name WHERE import_id = ?", (import_id,)
            )
            target.executemany(
                f"INSERT OR IGNORE INTO imported_name ({columns}) SELECT {marks} "
                "WHERE EXISTS (SELECT 1 FROM photo WHERE id = ?)",
                rows,
            )


def imports(connection: sqlite3.Connection, import_ids: Iterable[int]) -> dict[int, Import]:
    """Return imports by id."""
    found = {}
    for import_id in dict.fromkeys(import_ids):
        row = connection.execute(
            "SELECT id, source, made_at, theirs, decision_id FROM name_import WHERE id = ?",
            (import_id,),
        ).fetchone()
        if row is not None:
            found[import_id] = Import(row[0], row[1], row[2], frozenset(json.loads(row[3])), row[4])
    return found


def photos_to_place(
    connection: sqlite3.Connection, count: int, after: PhotoId | int = 0
) -> list[PhotoId]:
    """Return analyzed photos with names that wait, of imports in effect, by id."""
    rows = connection.execute(
        f"SELECT DISTINCT photo_id {_TO_PLACE} AND photo_id > ? ORDER BY photo_id LIMIT ?",
        (after, count),
    )
    return [row[0] for row in rows]


def count_to_place(connection: sqlite3.Connection) -> int:
    """Return the number of `photos_to_place`."""
    row = connection.execute(f"SELECT count(DISTINCT photo_id) {_TO_PLACE}").fetchone()
    return int(row[0])


def waiting(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> list[Waiting]:
    """Return what waits in photos, of imports in effect: oldest import first."""
    found: list[Waiting] = []
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            f"SELECT s.id, s.import_id, s.person_id, {_of('s')} FROM imported_name s "
            "JOIN name_import i ON i.id = s.import_id "
            f"WHERE s.outcome IS NULL AND i.used = 1 AND s.photo_id IN ({marks}) "
            "ORDER BY s.import_id, s.id",
            part,
        )
        found += [Waiting(row[0], row[1], row[2], ImportedName(*row[3:])) for row in rows]
    return found


def set_placed(connection: sqlite3.Connection, placed: Iterable[Placed]) -> None:
    """Record what was found out."""
    connection.executemany(
        "UPDATE imported_name SET outcome = ?, face_id = ?, person_id = coalesce(?, person_id), "
        "evidence = ? WHERE id = ?",
        ((each.outcome, each.face_id, each.person_id, each.evidence, each.id) for each in placed),
    )


def usual_frames(connection: sqlite3.Connection) -> dict[tuple[str, str | None], str]:
    """Return the frame that faces spoke for most, by source and program."""
    rows = connection.execute(
        "SELECT source, program, evidence, count(*) FROM imported_name WHERE evidence IS NOT NULL "
        "GROUP BY source, program, evidence ORDER BY count(*), evidence"
    )
    return {(source, program): frame for source, program, frame, _ in rows}


def given(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> list[Given]:
    """Return the names that imports in effect gave to faces, newest first."""
    found: list[Given] = []
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            "SELECT s.face_id, s.name, s.source, s.program, s.person_id, i.made_at, s.outcome "
            "FROM imported_name s JOIN name_import i ON i.id = s.import_id "
            f"WHERE i.used = 1 AND s.outcome = 'named' AND s.face_id IN ({marks}) "
            "ORDER BY s.import_id DESC, s.id DESC",
            part,
        )
        found += [Given(*row) for row in rows]
    return found


def on_photos(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> list[tuple[PhotoId, str, str, str | None, str]]:
    """Return people who are on photos, nobody knows where: photo, name, source, program, time."""
    found: list[tuple[PhotoId, str, str, str | None, str]] = []
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT s.photo_id, s.name, s.source, s.program, i.made_at "
            "FROM imported_name s JOIN name_import i ON i.id = s.import_id "
            f"WHERE i.used = 1 AND s.outcome = 'on-photo' AND s.photo_id IN ({marks}) "
            "ORDER BY s.import_id DESC, s.id",
            part,
        )
        found += rows.fetchall()
    return found


def suggested_on_photos(connection: sqlite3.Connection, count: int) -> list[Waiting]:
    """Return people imported for a photo without a place and suggested for a face of it by now."""
    rows = connection.execute(
        f"SELECT s.id, s.import_id, f.person_id, {_of('s')} "
        "FROM imported_name s INDEXED BY imported_name_unplaced "
        "JOIN name_import i ON i.id = s.import_id "
        "JOIN face f ON f.photo_id = s.photo_id AND f.person_id = s.person_id "
        "WHERE s.outcome = 'on-photo' AND s.person_id IS NOT NULL AND i.used = 1 "
        "AND f.state = 'suggested' GROUP BY s.id ORDER BY s.import_id, s.id LIMIT ?",
        (count,),
    )
    return [Waiting(row[0], row[1], row[2], ImportedName(*row[3:])) for row in rows]


def recognizable(connection: sqlite3.Connection, after: int, count: int) -> list[Waiting]:
    """Return people of the library imported for photos with nobody's faces, by id.

    Args:
        connection: Any.
        after: The id after which to begin.
        count: At most so many.
    """
    rows = connection.execute(
        f"SELECT s.id, s.import_id, s.person_id, {_of('s')} FROM imported_name s "
        "JOIN name_import i ON i.id = s.import_id "
        "WHERE s.outcome = 'on-photo' AND s.person_id IS NOT NULL AND i.used = 1 AND s.id > ? "
        "AND EXISTS (SELECT 1 FROM face f WHERE f.photo_id = s.photo_id AND f.state = 'unknown') "
        "ORDER BY s.id LIMIT ?",
        (after, count),
    )
    return [Waiting(row[0], row[1], row[2], ImportedName(*row[3:])) for row in rows]


def still_on_photos(connection: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Return which imported names still have no place in their photo, by imports in effect."""
    found: set[int] = set()
    for marks, part in chunks(list(ids)):
        rows = connection.execute(
            "SELECT s.id FROM imported_name s JOIN name_import i ON i.id = s.import_id "
            f"WHERE s.outcome = 'on-photo' AND i.used = 1 AND s.id IN ({marks})",
            part,
        )
        found.update(row[0] for row in rows)
    return found


def any_on_photos(connection: sqlite3.Connection) -> bool:
    """Return whether any imported names have no place in their photo."""
    query = "SELECT EXISTS (SELECT 1 FROM imported_name WHERE outcome = 'on-photo')"
    return bool(connection.execute(query).fetchone()[0])


def unresolved(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Return ids and names of people on photos who match nobody in the library yet."""
    return connection.execute(
        "SELECT s.id, s.name FROM imported_name s JOIN name_import i ON i.id = s.import_id "
        "WHERE s.outcome = 'on-photo' AND s.person_id IS NULL AND i.used = 1"
    ).fetchall()


def set_person(connection: sqlite3.Connection, persons: Iterable[tuple[int, PersonId]]) -> None:
    """Record whom the names mean."""
    connection.executemany(
        "UPDATE imported_name SET person_id = ? WHERE id = ?",
        ((who, each) for each, who in persons),
    )


def owner(connection: sqlite3.Connection, import_id: int, name: str) -> PersonId | None:
    """Return to whom most of the latest faces that an import named so belong now."""
    row = connection.execute(
        "SELECT f.person_id FROM (SELECT face_id FROM imported_name "
        "WHERE import_id = ? AND name = ? AND outcome = 'named' ORDER BY id DESC LIMIT 25) "
        "JOIN face f ON f.id = face_id "
        "WHERE f.state = 'confirmed' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
        (import_id, name),
    ).fetchone()
    return row[0] if row else None


def earlier(
    connection: sqlite3.Connection, import_id: int | None, photo_ids: Sequence[PhotoId]
) -> list[tuple[PhotoId, Given]]:
    """Return the names that imports in effect have for faces in photos, newest first.

    Only those before ``import_id``, if it is given.
    """
    found: list[tuple[PhotoId, Given]] = []
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT s.photo_id, s.face_id, s.name, s.source, s.program, s.person_id, i.made_at, "
            "s.outcome "
            "FROM imported_name s JOIN name_import i ON i.id = s.import_id "
            "WHERE i.used = 1 AND s.face_id IS NOT NULL AND s.outcome != 'none' "
            f"AND s.import_id < coalesce(?, 9e15) AND s.photo_id IN ({marks}) "
            "ORDER BY s.import_id DESC, s.id DESC",
            [import_id, *part],
        )
        found += [(row[0], Given(*row[1:])) for row in rows]
    return found


def _of(table: str) -> str:
    return ", ".join(f"{table}.{field}" for field in ImportedName._fields)
