"""Rows of the journal: decisions and the changes they made."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from facesorter.domain import DecisionId, FaceId

Image = dict[str, Any]
"""A row's values by column name, or None if the row did not exist."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision by the user."""

    id: DecisionId
    kind: str
    args: tuple[tuple[str, str | int], ...]
    made_at: str
    undone: bool
    superseded: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of one table that a decision changed in the same way."""

    table: str
    row_ids: tuple[Any, ...]
    before: Image | None
    after: Image | None


def insert(
    connection: sqlite3.Connection,
    kind: str,
    args: tuple[tuple[str, str | int], ...],
    made_at: str,
    changes: list[Change],
) -> DecisionId:
    """Append a decision and discard the decisions that could be redone."""
    connection.execute(
        "UPDATE decision SET superseded = 1 WHERE undone_at IS NOT NULL AND superseded = 0"
    )
    cursor = connection.execute(
        "INSERT INTO decision (kind, args, made_at) VALUES (?, ?, ?)",
        (kind, json.dumps(args), made_at),
    )
    assert cursor.lastrowid is not None
    decision_id = DecisionId(cursor.lastrowid)
    insert_changes(connection, decision_id, changes)
    return decision_id


DecisionStamp = tuple[int, int, int]
"""Changes with every decision, undo and redo."""


def stamp(connection: sqlite3.Connection) -> DecisionStamp:
    """Return what tells whether anything was decided, undone or redone in between."""
    newest, undone, superseded = connection.execute(
        "SELECT coalesce(max(id), 0), count(undone_at), total(superseded) FROM decision"
    ).fetchone()
    return int(newest), int(undone), int(superseded)


def add_changes(
    connection: sqlite3.Connection, decision_id: DecisionId, changes: list[Change]
) -> None:
    """Append changes to a decision.

    Faces that change as others did before in it share their entry, so that what is done in many
    parts is undone as quickly as if it had been done at once; not a face that changed otherwise
    since, or its changes would be undone in another order.
    """
    alike = {}
    latest: dict[int, int] = {}
    wanted = {each for change in changes if change.table == "face" for each in change.row_ids}
    for seq, row_ids, before, after in connection.execute(
        "SELECT seq, row_ids, before, after FROM decision_change "
        "WHERE decision_id = ? AND table_name = 'face' ORDER BY seq",
        (decision_id,),
    ):
        alike[before, after] = seq, json.loads(row_ids)
        latest |= dict.fromkeys(wanted.intersection(alike[before, after][1]), seq)
    new = []
    for change in changes:
        known = alike.get((_text(change.before), _text(change.after)))
        if (
            change.table != "face"
            or known is None
            or any(latest.get(face_id, -1) >= known[0] for face_id in change.row_ids)
        ):
            new.append(change)
            latest |= dict.fromkeys(change.row_ids if change.table == "face" else (), 1 << 62)
            continue
        known[1].extend(change.row_ids)
        connection.execute(
            "UPDATE decision_change SET row_ids = ? WHERE decision_id = ? AND seq = ?",
            (json.dumps(known[1]), decision_id, known[0]),
        )
    changes = new
    (last,) = connection.execute(
        "SELECT coalesce(max(seq), -1) FROM decision_change WHERE decision_id = ?", (decision_id,)
    ).fetchone()
    insert_changes(connection, decision_id, changes, last + 1)


def _text(image: Image | None) -> str | None:
    return None if image is None else json.dumps(image)


def insert_changes(
    connection: sqlite3.Connection,
    decision_id: DecisionId,
    changes: Sequence[Change],
    first: int = 0,
) -> None:
    """Add changes to a decision, numbered from ``first`` on."""
    connection.executemany(
        "INSERT INTO decision_change (decision_id, seq, table_name, row_ids, before, after) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                decision_id,
                seq,
                change.table,
                json.dumps(change.row_ids),
                _text(change.before),
                _text(change.after),
            )
            for seq, change in enumerate(changes, first)
        ],
    )


def changes(connection: sqlite3.Connection, decision_id: DecisionId) -> list[Change]:
    """Return a decision's changes, in the order they were made."""
    rows = connection.execute(
        "SELECT table_name, row_ids, before, after FROM decision_change "
        "WHERE decision_id = ? ORDER BY seq",
        (decision_id,),
    )
    return [
        Change(
            table,
            tuple(json.loads(row_ids)),
            None if before is None else json.loads(before),
            None if after is None else json.loads(after),
        )
        for table, row_ids, before, after in rows
    ]


def faces_decided_since(connection: sqlite3.Connection, decision_id: DecisionId) -> set[FaceId]:
    """Return the faces that decisions in effect newer than this one are about."""
    rows = connection.execute(
        "SELECT DISTINCT each.value FROM decision "
        "JOIN decision_change ON decision_id = decision.id, json_each(row_ids) each "
        "WHERE decision.id > ? AND undone_at IS NULL AND table_name IN ('face', 'rejection')",
        (decision_id,),
    )
    return {row[0] for row in rows}


def first_kind(connection: sqlite3.Connection, face_id: FaceId) -> str | None:
    """Return the kind of the first decision about a face: of a drawn one, that which drew it."""
    row = connection.execute(
        "SELECT kind FROM decision JOIN decision_change ON decision_id = decision.id, "
        "json_each(row_ids) each WHERE table_name = 'face' AND each.value = ? "
        "ORDER BY decision.id LIMIT 1",
        (face_id,),
    ).fetchone()
    return row[0] if row else None


def every(connection: sqlite3.Connection) -> Iterator[Decision]:
    """Return all decisions, oldest first, including undone ones."""
    return map(_decision, connection.execute(f"{_SELECT} ORDER BY id"))


def newest_done(connection: sqlite3.Connection) -> Decision | None:
    """Return the decision that Undo reverses next."""
    return _one(connection, "undone_at IS NULL ORDER BY id DESC LIMIT 1")


def oldest_undone(connection: sqlite3.Connection) -> Decision | None:
    """Return the decision that Redo repeats next."""
    return _one(connection, "undone_at IS NOT NULL AND superseded = 0 ORDER BY id LIMIT 1")


def newest(connection: sqlite3.Connection, count: int) -> list[Decision]:
    """Return the latest decisions, newest first, including undone ones."""
    rows = connection.execute(f"{_SELECT} ORDER BY id DESC LIMIT ?", (count,))
    return [_decision(row) for row in rows]


def set_undone(connection: sqlite3.Connection, decision_id: DecisionId, at: str | None) -> None:
    """Mark a decision as undone at a time, or as in effect (None)."""
    connection.execute("UPDATE decision SET undone_at = ? WHERE id = ?", (at, decision_id))


_SELECT = "SELECT id, kind, args, made_at, undone_at, superseded FROM decision"


def _one(connection: sqlite3.Connection, where: str) -> Decision | None:
    row = connection.execute(f"{_SELECT} WHERE {where}").fetchone()
    return _decision(row) if row else None


def _decision(row: tuple[int, str, str, str, str | None, int]) -> Decision:
    args = tuple((key, value) for key, value in json.loads(row[2]))
    return Decision(DecisionId(row[0]), row[1], args, row[3], row[4] is not None, bool(row[5]))
