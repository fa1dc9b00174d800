"""Statements: a library's decisions with their times, in terms that another library understands.

A statement has a subject (a face in a photo, a photo, a person…) and a value. Its time is that of
the last decision about it, or of its undo. Rows of a library have ids that mean nothing elsewhere,
so a photo is its content, and a face is a place in a photo.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from facesorter.domain import Region, in_video
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import LINKS, UPDATED_COLUMNS
from facesorter.storage import decisions
from facesorter.storage.decisions import Change, Decision

PLACE = "place"
"""Stands for the columns of a photo's given place, which are set together."""
PLACE_COLUMNS = ("given_place", "given_latitude", "given_longitude")
PHOTO_COLUMNS = tuple(c for c in UPDATED_COLUMNS["photo"] if c not in PLACE_COLUMNS)
STACK = "given_stack"
"""Its value is the first content in the stack: numbers of stacks mean nothing elsewhere."""
LABELS = ("tag", "album")
DEFAULTS = {"favourite": 0, "repeats": 0, "hidden": 0}
"""Values of undecided columns, where that isn't None."""


class Statement(NamedTuple):
    """A value and when it was set, "" if the journal doesn't say."""

    at: str
    value: Any


class Place(NamedTuple):
    """A face, as another library can find it."""

    photo_id: int
    region: Region


@dataclass
class Row:
    """A person, tag, or album."""

    id: int
    created_at: str
    columns: dict[str, Any]


@dataclass
class Statements:
    """All statements of a library, by its own ids."""

    photos: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Photos by content."""
    content: dict[int, str] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    faces: dict[int, Statement] = field(default_factory=dict)
    """By face: (state, person), both None where a decision was undone. A drawn face is a
    statement too, even without a person."""
    persons: dict[int, Row] = field(default_factory=dict)
    labels: dict[str, dict[int, Row]] = field(default_factory=dict)
    columns: dict[tuple[str, int, str], Statement] = field(default_factory=dict)
    """By table, id, and column; of persons, photos, tags, and albums."""
    links: dict[tuple[str, int, tuple[tuple[str, Any], ...]], Statement] = field(
        default_factory=dict
    )
    """By table, subject, and the rest of the row: whether there is such a row."""
    deleted: dict[tuple[str, int, str], str] = field(default_factory=dict)
    """When a person, tag, or album was deleted, by table, id, and time of creation."""
    stacks: dict[int, str] = field(default_factory=dict)
    """The first content in stacks made by hand, by their number."""
    decisions: list[tuple[int, str, str]] = field(default_factory=list)
    """Id, kind, and time of each."""


def read(connection: sqlite3.Connection, contents: Collection[str] | None = None) -> Statements:
    """Read all statements, or only those about photos with the given contents."""
    statements = Statements()
    for photo, content in connection.execute(
        "SELECT id, content_hash FROM photo WHERE content_hash IS NOT NULL ORDER BY id"
    ):
        if contents is None or content in contents:
            statements.photos[content].append(photo)
            statements.content[photo] = content
    times = _times(connection, statements)
    _read_faces(connection, statements, times)
    for table, kept in (("person", statements.persons), *((t, {}) for t in LABELS)):
        if table != "person":
            statements.labels[table] = kept
        _read_rows(connection, statements, table, kept, times)
    _read_photos(connection, statements, times)
    _read_links(connection, statements, times)
    return statements


def when(decision: Decision, undone_at: str | None, count: int) -> list[str]:
    """Return when each of a decision's changes was made: here, or in a library it came from."""
    if undone_at is not None:
        return [undone_at] * count
    if decision.kind == Kind.MERGE_LIBRARY:
        times = json.loads(str(dict(decision.args).get("times", "[]")))
        if isinstance(times, list) and len(times) == count:
            return [str(each) for each in times]
    return [decision.made_at] * count


def args_of(decision: Decision, stays: Sequence[bool]) -> tuple[tuple[str, str | int], ...]:
    """Return a decision's arguments once only some of its changes are left; see `when`."""
    if decision.kind != Kind.MERGE_LIBRARY or all(stays):
        return decision.args
    moments = when(decision, None, len(stays))
    left = json.dumps([at for at, stay in zip(moments, stays, strict=True) if stay])
    return tuple((key, left if key == "times" else value) for key, value in decision.args)


_Times = dict[tuple[Any, ...], str]


def _times(connection: sqlite3.Connection, statements: Statements) -> _Times:
    """Return when each value was last decided or undone, by what it is about."""
    undone = dict(connection.execute("SELECT id, undone_at FROM decision").fetchall())
    times: _Times = {}
    for decision in decisions.every(connection):
        statements.decisions.append((int(decision.id), decision.kind, decision.made_at))
        changes = decisions.changes(connection, decision.id)
        moments = when(decision, undone[decision.id], len(changes))
        for change, at in zip(changes, moments, strict=True):
            if undone[decision.id] is not None:
                change = Change(change.table, change.row_ids, change.after, change.before)
            for key in _keys(change):
                times[key] = max(times.get(key, ""), at)
            if change.table in ("person", *LABELS) and change.before and change.after is None:
                made = str(change.before.get("created_at", ""))
                for each in change.row_ids:
                    statements.deleted[change.table, each, made] = at
    return times


def _keys(change: Change) -> list[tuple[Any, ...]]:
    before, after = change.before or {}, change.after or {}
    if change.table in LINKS:
        image = tuple(sorted((before or after).items()))
        return [(change.table, each, image) for each in change.row_ids]
    if change.table == "face":
        return [("face", each) for each in change.row_ids]
    changed = [c for c in {**before, **after} if before.get(c) != after.get(c)]
    names = {PLACE if column in PLACE_COLUMNS else column for column in changed}
    return [(change.table, each, name) for each in change.row_ids for name in names]


def _read_faces(connection: sqlite3.Connection, statements: Statements, times: _Times) -> None:
    for face, photo, x, y, w, h, moment, state, person, origin in connection.execute(
        "SELECT id, photo_id, x, y, w, h, moment, state, person_id, origin FROM face ORDER BY id"
    ):
        if photo not in statements.content:
            continue
        statements.places[face] = Place(photo, in_video(Region(x, y, w, h), moment))
        at = times.get(("face", face))
        if state in ("confirmed", "ignored"):
            statements.faces[face] = Statement(at or "", (state, person))
        elif origin == "drawn":
            statements.faces[face] = Statement(at or "", ("unknown", None))
        elif at is not None:
            statements.faces[face] = Statement(at, (None, None))


def _read_rows(
    connection: sqlite3.Connection,
    statements: Statements,
    table: str,
    kept: dict[int, Row],
    times: _Times,
) -> None:
    columns = UPDATED_COLUMNS[table]
    for identity, made, *values in connection.execute(
        f"SELECT id, created_at, {', '.join(columns)} FROM {table} ORDER BY id"
    ):
        row = Row(identity, made, dict(zip(columns, values, strict=True)))
        kept[identity] = row
        _add(statements, table, identity, row.columns, times)


def _read_photos(connection: sqlite3.Connection, statements: Statements, times: _Times) -> None:
    wanted = (*PHOTO_COLUMNS, *PLACE_COLUMNS)
    for identity, number in connection.execute(
        "SELECT id, given_stack FROM photo WHERE given_stack > 0"
    ):
        if identity in statements.content:
            content = statements.content[identity]
            statements.stacks[number] = min(statements.stacks.get(number, content), content)
    for identity, *values in connection.execute(f"SELECT id, {', '.join(wanted)} FROM photo"):
        if identity in statements.content:
            columns = dict(zip(PHOTO_COLUMNS, values, strict=False))
            place = tuple(values[len(PHOTO_COLUMNS) :])
            columns[PLACE] = place if any(each is not None for each in place) else None
            number = columns[STACK]
            columns[STACK] = statements.stacks.get(number, number)
            _add(statements, "photo", identity, columns, times)


def _add(
    statements: Statements, table: str, identity: int, columns: dict[str, Any], times: _Times
) -> None:
    for column, value in columns.items():
        at = times.get((table, identity, column))
        if at is not None or value != DEFAULTS.get(column):
            statements.columns[table, identity, column] = Statement(at or "", value)


def _read_links(connection: sqlite3.Connection, statements: Statements, times: _Times) -> None:
    for table, (key, _) in LINKS.items():
        found = connection.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in found.description]
        for row in found:
            values = dict(zip(names, row, strict=True))
            subject = values.pop(key)
            link = (table, subject, tuple(sorted(values.items())))
            statements.links[link] = Statement(times.get(link, ""), True)
    for link, at in times.items():
        if link[0] in LINKS and link not in statements.links:
            statements.links[link] = Statement(at, False)
