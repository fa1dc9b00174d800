"""Erase rows of faces and persons, with everything that refers to them in any table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from facesorter.domain import DecisionId, FaceId, PersonId, PhotoId, Region
from facesorter.storage.decisions import Change, insert_changes
from facesorter.storage.photos import chunks

_READ_FROM_FILES = frozenset(
    (
        *("folder", "left_out", "photo_info", "photo_location", "photo_search", "fingerprint"),
        *("near_duplicate", "model", "setting", "_sqlite_migrations", "decision"),
        *("decision_change", "sqlite_sequence", "name_import", "imported_name"),
    )
)
"""Tables whose texts aren't the user's, or are treated apart (the journal, names brought in)."""
_USERS_TEXTS = {"photo": ("title", "caption")}
"""Columns with texts by the user, where a table has others as well."""
_NO_REFERENCE = {
    "dismissal": ("person_id",),
    "pair": ("a", "b"),
    "mixed": ("person_id",),
    "imported_name": ("person_id",),
}
"""Columns that name a person without a foreign key."""


_PLACE = "x + 2.0 * coalesce(moment + 1, 0), y, w, h"
"""A face's box as `domain.in_video` has it: those of other moments of a video are elsewhere."""


class Text(NamedTuple):
    """A text that the user wrote."""

    table: str
    column: str
    rowid: int
    text: str


def gone(connection: sqlite3.Connection, persons: Collection[int], faces: Collection[int]) -> None:
    """Name the persons and faces to erase, for the other functions of this module."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS gone_person (id INTEGER PRIMARY KEY)")
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS gone_face (id INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM gone_person")
    connection.execute("DELETE FROM gone_face")
    connection.executemany("INSERT INTO gone_person VALUES (?)", [(each,) for each in persons])
    connection.executemany("INSERT INTO gone_face VALUES (?)", [(each,) for each in faces])


def faces_of(connection: sqlite3.Connection, persons: Collection[int]) -> list[FaceId]:
    """Return all faces of persons, those of missing photos and earlier versions too."""
    found: list[FaceId] = []
    for person in persons:
        rows = connection.execute("SELECT id FROM face WHERE person_id = ?", (person,))
        found += [row[0] for row in rows]
    return found


def same_places(connection: sqlite3.Connection, faces: Collection[int]) -> set[FaceId]:
    """Return other faces at the places of these, in their photos or copies of them.

    A corrected box leaves the former one, ignored; a copy of a photo has faces of its own. Those
    that the user confirmed as somebody else are left out.
    """
    found: set[FaceId] = set()
    for face in faces:
        row = connection.execute(
            f"SELECT photo_id, {_PLACE}, content_hash FROM face "
            "JOIN photo ON photo.id = photo_id WHERE face.id = ?",
            (face,),
        ).fetchone()
        if row is None:
            continue
        region = Region(*row[1:5])
        others = connection.execute(
            f"SELECT face.id, {_PLACE} FROM face WHERE state != 'confirmed' AND (photo_id = ?1 "
            "OR photo_id IN (SELECT id FROM photo WHERE content_hash = ?2)) "
            "AND (state = 'ignored' OR photo_id != ?1)",
            (row[0], row[5]),
        )
        found.update(each[0] for each in others if region.is_at(Region(*each[1:])))
    return found - set(faces)


def counterparts(connection: sqlite3.Connection, faces: Collection[int]) -> set[FaceId]:
    """Return the same faces in other files of their pictures, but for those confirmed as others."""
    found: set[FaceId] = set()
    for marks, part in chunks(sorted(faces)):
        rows = connection.execute(
            "SELECT other.face_id FROM face_counterpart one "
            "JOIN face_counterpart other ON other.group_id = one.group_id "
            "JOIN face ON face.id = other.face_id "
            f"WHERE one.face_id IN ({marks}) AND state != 'confirmed'",
            part,
        )
        found.update(row[0] for row in rows)
    return found - set(faces)


def delete_imported_names(
    connection: sqlite3.Connection,
    mentions: Callable[[str], bool],
    means: Callable[[str], bool],
    *,
    everything: bool,
) -> None:
    """Delete imported names of what `gone` named, or equal to its names; or all of them.

    ``mentions`` tells names as they are written, ``means`` those in another spelling, which count
    where nobody else is known to be meant.
    """
    if everything:
        connection.execute("DELETE FROM name_import")
        return
    connection.create_function("mentions", 1, mentions, deterministic=True)
    connection.create_function("means", 1, means, deterministic=True)
    connection.execute(
        "DELETE FROM imported_name WHERE face_id IN (SELECT id FROM gone_face) OR mentions(name) "
        "OR (person_id IS NULL AND means(name))"
    )


def delete(connection: sqlite3.Connection) -> None:
    """Delete what `gone` named, and every row that refers to it; remember the faces' places."""
    connection.execute(
        f"INSERT INTO erased_face SELECT photo_id, {_PLACE} FROM face "
        "WHERE id IN (SELECT id FROM gone_face)"
    )
    for table in _tables(connection):
        if table == "face":
            continue
        for column, target in _references(connection, table):
            connection.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM gone_{target})"
            )
    for column in ("cover_face_id", "first_cover_id"):
        connection.execute(
            f"UPDATE person SET {column} = NULL WHERE {column} IN (SELECT id FROM gone_face)"
        )
    connection.execute("DELETE FROM face WHERE id IN (SELECT id FROM gone_face)")
    connection.execute("DELETE FROM person WHERE id IN (SELECT id FROM gone_person)")


def texts(connection: sqlite3.Connection, mentions: Callable[[str], bool]) -> list[Text]:
    """Return the user's texts that mention something: captions, tags, albums, notes, and others."""
    connection.create_function(
        "mentions", 1, lambda text: isinstance(text, str) and mentions(text), deterministic=True
    )
    found: list[Text] = []
    for table in _tables(connection):
        if table in _READ_FROM_FILES:
            continue
        info = connection.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall()
        columns = _USERS_TEXTS.get(table) or [name for name, kind in info if kind == "TEXT"]
        without_rowid = not any(kind == "INTEGER" for _, kind in info) or _is_without_rowid(
            connection, table
        )
        for column in () if without_rowid else columns:
            rows = connection.execute(
                f"SELECT rowid, {column} FROM {table} "
                f"WHERE {column} IS NOT NULL AND mentions({column})"
            )
            found += [Text(table, column, *row) for row in rows]
    return found


def set_text(connection: sqlite3.Connection, place: Text, text: str | None) -> None:
    """Replace a text; where there must be one, None deletes the row with all that refers to it."""
    if text is not None or place.table == "photo":
        connection.execute(
            f"UPDATE {place.table} SET {place.column} = ? WHERE rowid = ?", (text, place.rowid)
        )
        return
    for table in _tables(connection):
        for row in connection.execute(f"PRAGMA foreign_key_list({table})").fetchall():
            if row[2] == place.table:
                connection.execute(f"DELETE FROM {table} WHERE {row[3]} = ?", (place.rowid,))
    connection.execute(f"DELETE FROM {place.table} WHERE rowid = ?", (place.rowid,))


def rewrite(
    connection: sqlite3.Connection,
    decision_id: int,
    args: tuple[tuple[str, str | int], ...],
    changes: Sequence[Change],
) -> None:
    """Replace a decision of the journal; without changes, delete it."""
    connection.execute("DELETE FROM decision_change WHERE decision_id = ?", (decision_id,))
    if not changes:
        connection.execute("DELETE FROM decision WHERE id = ?", (decision_id,))
        return
    connection.execute("UPDATE decision SET args = ? WHERE id = ?", (json.dumps(args), decision_id))
    insert_changes(connection, DecisionId(decision_id), changes)


def places(connection: sqlite3.Connection, photo_id: PhotoId) -> list[Region]:
    """Return where faces were in a photo that the user erased; see `domain.in_video`."""
    rows = connection.execute("SELECT x, y, w, h FROM erased_face WHERE photo_id = ?", (photo_id,))
    return [Region(*row) for row in rows]


def copy_places(connection: sqlite3.Connection, source: PhotoId, target: PhotoId) -> None:
    """Give a copy of a photo the places of its erased faces."""
    connection.execute(
        "INSERT INTO erased_face SELECT ?2, x, y, w, h FROM erased_face WHERE photo_id = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM erased_face WHERE photo_id = ?2)",
        (source, target),
    )


def forget_places(connection: sqlite3.Connection) -> None:
    """Forget where erased faces were, and take all photos for searched."""
    connection.execute("DELETE FROM erased_face")
    connection.execute("UPDATE photo SET searched = 1 WHERE searched <= 0")


def last_ids(connection: sqlite3.Connection) -> tuple[FaceId, PersonId]:
    """Return the last ids that were given to a face and to a person; they are never reused."""
    held = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    return FaceId(held.get("face", 0)), PersonId(held.get("person", 0))


def compact(connection: sqlite3.Connection) -> None:
    """Rewrite the file without free pages, which hold what was deleted. Outside a transaction.

    The log still has to be folded in (`storage.wal.fold`).
    """
    connection.execute("DROP TABLE IF EXISTS temp.gone_person")
    connection.execute("DROP TABLE IF EXISTS temp.gone_face")
    connection.execute("PRAGMA secure_delete = on")
    connection.execute("VACUUM")


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [row[0] for row in rows.fetchall()]


def _references(connection: sqlite3.Connection, table: str) -> Iterator[tuple[str, str]]:
    """Yield the columns of a table that name a face or person, and which of the two."""
    for row in connection.execute(f"PRAGMA foreign_key_list({table})").fetchall():
        if row[2] in ("face", "person"):
            yield row[3], row[2]
    for column in _NO_REFERENCE.get(table, ()):
        yield column, "person"


def _is_without_rowid(connection: sqlite3.Connection, table: str) -> bool:
    row = connection.execute("SELECT wr FROM pragma_table_list(?)", (table,)).fetchone()
    return bool(row[0])
