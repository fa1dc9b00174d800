"""Apply a plan: add, change, and delete rows, each with the time of the original decision."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from facesorter.domain import FaceId, PhotoId
from facesorter.library.decisions.statements import DEFAULTS, LABELS, PLACE, PLACE_COLUMNS, STACK
from facesorter.library.merging.matching import Key
from facesorter.library.merging.plan import NOTHING, TAKEN_BACK, Plan
from facesorter.library.transaction import LINKS, UPDATED_COLUMNS, Transaction
from facesorter.storage import faces, stacks
from facesorter.storage.decisions import Change, Image


class Applier:
    """Carries out a plan: equal changes of rows made at the same time are one entry."""

    def __init__(self, txn: Transaction, plan: Plan) -> None:
        self._txn, self._plan, self._matching = txn, plan, plan.matching
        self._waiting: dict[str, tuple[str, Image | None, Image | None, str, list[int]]] = {}
        self.times: list[str] = []
        self._stacks = {content: number for number, content in plan.here.stacks.items()}

    def copy_faces(self, source: sqlite3.Connection) -> list[FaceId]:
        """Copy faces that were decided there and aren't known here, ignored until they are."""
        made: list[FaceId] = []
        for key, (mine, theirs) in self._matching.faces.items():
            if mine or self._plan.final.get(("face", key), NOTHING).value in (None, TAKEN_BACK):
                continue
            for photo in self._plan.here.photos[key[0]]:
                face = faces.copy_face(
                    source, self._txn.connection, FaceId(theirs[0]), PhotoId(photo)
                )
                mine.append(face)
                made.append(face)
        return made

    def add_rows(self) -> None:
        """Add persons, tags, and albums that only the other library has."""
        for key in self._plan.new_persons():
            name = self._plan.final.get(("person", key, "name"), NOTHING)
            self._record(name.at)
            origin = self._plan.there.persons[self._matching.remote(key) or 0].created_at
            # Of the same origin, so that both are known as one person the next time.
            self._matching.learn("person", key, self._insert_person(name.value, origin))
        for table in LABELS:
            here, there = self._plan.here, self._plan.there
            for key, identity in self._matching.remote_rows(table):
                row = there.labels[table][identity]
                gone = here.deleted.get((table, identity, row.created_at))
                last = self._last("label", table, key)
                if self._matching.local(key, table) is None and (gone is None or last > gone):
                    columns = {
                        column: self._plan.value(("label", table, key, column))
                        for column in row.columns
                    }
                    self._record(last)
                    self._matching.learn(table, key, self._txn.insert(table, columns))

    def _insert_person(self, name: str | None, created_at: str) -> int:
        (identity,) = self._txn.connection.execute(
            "SELECT 1 + max(coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = ?), 0), "
            "coalesce((SELECT max(id) FROM person), 0))",
            ("person",),
        ).fetchone()
        image: Image = {column: DEFAULTS.get(column) for column in UPDATED_COLUMNS["person"]}
        image |= {"name": name, "created_at": created_at}
        self._txn.replace(Change("person", (identity,), None, image))
        return int(identity)

    def _last(self, *key: str) -> str:
        """Return the time of the last statement about a row or its links."""
        about = [s.at for k, s in self._plan.final.items() if k[: len(key)] == key]
        return max(about, default="")

    def set(self, key: Key, value: Any) -> None:
        """Give what a common key stands for its new value; `write` writes what still waits."""
        at = self._plan.final[key].at
        match key:
            case ("face", face):
                for each in self._matching.faces[face][0]:
                    self._set_face(each, value, at)
            case ("photo", content, column):
                for photo in self._plan.here.photos[content]:
                    columns = _unpacked(column, self._number(value) if column == STACK else value)
                    self._set_columns("photo", photo, columns, at)
            case ("person", person, column):
                identity = self._matching.local(person)
                if identity is not None:
                    if column == "cover_face_id":
                        value = self._cover(value, identity)
                    self._set_columns("person", identity, {column: value}, at)
            case ("label", table, label, column):
                identity = self._matching.local(label, table)
                if identity is not None:
                    self._set_columns(table, identity, {column: value}, at)
            case ("link", table, subject, image):
                for one, row in self._local_links(table, subject, dict(image)):
                    self._set_link(table, one, row, bool(value), at)

    def _number(self, stack: str | int | None) -> int | None:
        """Return the number here of a stack made by hand; a new one if there is none."""
        if not isinstance(stack, str):
            return stack
        if stack not in self._stacks:
            new = stacks.next_number(self._txn.connection)
            self._stacks[stack] = max([new, *(n + 1 for n in self._stacks.values())])
        return self._stacks[stack]

    def _cover(self, face: Key | None, person: int) -> int | None:
        state = self._plan.final.get(("face", face), NOTHING).value if face else None
        if state is None or state[0] != "confirmed" or self._matching.local(state[1]) != person:
            return None
        assert face is not None
        return next(iter(self._matching.faces[face][0]), None)

    def _set_face(self, face: int, value: tuple[str | None, str | None], at: str) -> None:
        row = self._txn.connection.execute(
            "SELECT person_id, state FROM face WHERE id = ?", (face,)
        ).fetchone()
        before = {"person_id": row[0], "state": row[1]}
        state, who = value
        person = None if who is None else self._matching.local(who)
        after: Image = {"person_id": person, "state": state or "unknown"}
        decided = row[1] in ("confirmed", "ignored")
        if after != before and (state in ("confirmed", "ignored") or decided):
            self._wait("face", face, before, after, at)

    def _set_columns(self, table: str, identity: int, values: Image, at: str) -> None:
        # All columns of the row, as decisions write them.
        columns = UPDATED_COLUMNS[table]
        row = self._txn.connection.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE id = ?", (identity,)
        ).fetchone()
        before = dict(zip(columns, row, strict=True))
        if before | values != before:
            self._wait(table, identity, before, before | values, at)
            self.write()  # the next column's image begins with this one's

    def _set_link(self, table: str, subject: int, image: Image, there: bool, at: str) -> None:
        same = " AND ".join(f"{column} = ?" for column in (LINKS[table][0], *image))
        linked = self._txn.connection.execute(
            f"SELECT 1 FROM {table} WHERE {same}", (subject, *image.values())
        ).fetchone()
        if bool(linked) != there:
            self._wait(table, subject, None if there else image, image if there else None, at)

    def _local_links(self, table: str, subject: Any, image: Image) -> Iterator[tuple[int, Image]]:
        here, of = self._plan.here, LINKS[table][1]
        row: Image = {}
        for column, value in image.items():
            match column:
                case "person_id" | "b":
                    row[column] = self._matching.local(value)
                case "tag_id" | "album_id":
                    row[column] = self._matching.local(value, column.removesuffix("_id"))
                case "other_id":
                    row[column] = here.photos[value][0]
                case _:
                    row[column] = value
        if None in row.values():
            return
        subjects: list[int | None] = []
        if of == "face":
            subjects = (
                list(self._matching.faces[subject][0]) if subject in self._matching.faces else []
            )
        elif of == "photo":
            subjects = list(here.photos[subject])
        else:
            subjects = [self._matching.local(subject)]
        for one in subjects:
            if one is None:
                continue
            found = dict(row)
            if table == "relation" and image["kind"] != "parent" and one > row["b"]:
                one, found["b"] = row["b"], one
            if table == "not_duplicate" and one > row["other_id"]:
                one, found["other_id"] = row["other_id"], one
            yield one, found

    def _wait(
        self, table: str, row: int, before: Image | None, after: Image | None, at: str
    ) -> None:
        key = json.dumps((table, before, after, at), sort_keys=True)
        self._waiting.setdefault(key, (table, before, after, at, []))[4].append(row)

    def write(self) -> None:
        """Write what waits; rejections are taken back before faces are confirmed."""
        every = sorted(self._waiting.values(), key=lambda it: it[2] is not None)
        self._waiting = {}
        for table, before, after, at, ids in every:
            self._record(at)
            self._txn.replace(Change(table, tuple(sorted(ids)), before, after))

    def remove_rows(self) -> None:
        """Delete persons, tags, and albums deleted there after the last statement about them."""
        plan = self._plan
        for table, rows in (("person", plan.here.persons), *plan.here.labels.items()):
            for identity, row in rows.items():
                at = plan.there.deleted.get((table, identity, row.created_at))
                key = self._matching.key(table, identity)
                if at is None or self._matching.remote(key, table) is not None:
                    continue
                last = (
                    self._last("person", key)
                    if table == "person"
                    else self._last("label", table, key)
                )
                if last < at:
                    self._remove(table, identity, at)

    def _remove(self, table: str, identity: int, at: str) -> None:
        faces_left = "SELECT 1 FROM face WHERE person_id = ? AND state = 'confirmed'"
        if table == "person" and self._txn.connection.execute(faces_left, (identity,)).fetchone():
            return  # in photos that the other library doesn't have
        for change in _links_of(self._txn.connection, table, identity):
            self._record(at)
            self._txn.replace(change)
        self._record(at)
        self._txn.delete(table, identity)

    def _record(self, at: str) -> None:
        self.times.append(at)


def _links_of(connection: sqlite3.Connection, table: str, identity: int) -> list[Change]:
    """Return the changes that take away all links of a person, tag, or album."""
    found = []
    for link, (key, of) in LINKS.items():
        names = [
            row[0] for row in connection.execute(f"SELECT name FROM pragma_table_info('{link}')")
        ]
        columns = [key] if of == table else []
        columns += [
            c for c in names if c in {"person": ("person_id", "b")}.get(table, (f"{table}_id",))
        ]
        where = " OR ".join(f"{column} = ?1" for column in dict.fromkeys(columns))
        for row in connection.execute(
            f"SELECT * FROM {link} WHERE {where}" if where else "SELECT 1 WHERE 0",
            (identity,) if where else (),
        ).fetchall():
            image = dict(zip(names, row, strict=True))
            subject = image.pop(key)
            found.append(Change(link, (subject,), image, None))
    return found


def _unpacked(column: str, value: Any) -> Image:
    if column != PLACE:
        return {column: value}
    return dict(zip(PLACE_COLUMNS, value or (None,) * len(PLACE_COLUMNS), strict=True))
