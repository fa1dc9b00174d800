"""Transactions: writes, the changes they report, and the journal images of decisions."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from facesorter.domain import Changes, DecisionId, FaceId, FolderId, PersonId, PhotoId
from facesorter.library import photo_dates
from facesorter.storage import decisions, persons, photo_info, places, relations
from facesorter.storage.decisions import Change, Image
from facesorter.storage.photos import chunks, is_before
from facesorter.storage.relations import Relation

STACKED = ("given_stack", "given_top")
"""Columns of a photo that say what is stacked."""
DATING = ("given_date", "given_place")
"""Columns of a photo that its date depends on."""
FIRST_COVER = "first_cover_id"
"""Column of a person that the machine writes: restored with a deleted row, so that an undone merge
brings back the same cover, but never compared."""
UPDATED_COLUMNS = {
    "face": ("person_id", "state"),
    "person": persons.COLUMNS,
    "photo": (
        *("favourite", "repeats", "given_date", "rating", "title", "caption", "turn"),
        *STACKED,
        *places.COLUMNS,
    ),
    "tag": ("name",),
    "album": ("name", "search"),
    "name_import": ("used",),
}
"""The columns that a decision may change; others (such as similarity) are the machine's."""
WHOLE_ROWS = {
    "person": (*persons.COLUMNS, FIRST_COVER, "created_at"),
    "tag": ("name", "created_at"),
    "album": ("name", "search", "created_at"),
}
"""The columns needed to restore a deleted row."""
LINKS = {
    "rejection": ("face_id", "face"),
    "dismissal": ("face_id", "face"),
    "photo_tag": ("photo_id", "photo"),
    "album_photo": ("photo_id", "photo"),
    "person_tag": ("person_id", "person"),
    "relation": ("a", "person"),
    "not_duplicate": ("photo_id", "photo"),
}
"""Tables whose rows link a face, photo, or person to something else: the column of its id, and its
table. That column replaces the row id, so that one image can describe many rows."""
COLLECTIONS = frozenset(
    ("photo", "tag", "photo_tag", "person_tag", "album", "album_photo"),
)
"""Tables changed by decisions about tags, albums, and favorite photos."""
SOFT_STATES = ("suggested", "unknown")
"""States of a face that the machine may change."""


def now() -> str:
    """Return the current time as ISO 8601 text in UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


class OpenDatabase(Protocol):
    """A library open for writing, as far as a transaction uses it."""

    conn: sqlite3.Connection


class Transaction:
    """The argument of functions that write to the library. Thread: writer."""

    def __init__(self, database: OpenDatabase) -> None:
        self.connection: sqlite3.Connection = database.conn
        self._folders: set[FolderId] = set()
        self._photos: set[PhotoId] = set()
        self._faces: set[FaceId] = set()
        self._persons: set[PersonId] = set()
        self._marked: set[PhotoId] = set()
        self._unscanned: set[FolderId] = set()
        self._shelves = self._stacks = False
        self._facts: list[tuple[str, int]] = []
        self._decided = False
        self._journal: list[Change] | None = None

    def touch(
        self,
        *,
        folders: Iterable[FolderId] = (),
        photos: Iterable[PhotoId] = (),
        faces: Iterable[FaceId] = (),
        persons: Iterable[PersonId | None] = (),
    ) -> None:
        """Report changed rows, so that views can reload them."""
        self._folders.update(folders)
        self._photos.update(photos)
        self._faces.update(faces)
        self._persons.update(person for person in persons if person is not None)

    def request_scan(self, folder_id: FolderId) -> None:
        """Request a scan of a folder after the commit."""
        self._folders.add(folder_id)
        self._unscanned.add(folder_id)

    def touch_stacks(self) -> None:
        """Report that photos were stacked or unstacked."""
        self._stacks = True

    def report(self, fact: str, count: int) -> None:
        """Report a count to the user."""
        self._facts.append((fact, count))

    def changes(self) -> Changes:
        """Return everything reported so far."""
        return Changes(
            frozenset(self._folders),
            frozenset(self._photos),
            frozenset(self._faces),
            frozenset(self._persons),
            self._decided,
            tuple(self._facts),
            frozenset(self._marked),
            self._shelves,
            frozenset(self._unscanned),
            self._stacks,
        )

    @contextmanager
    def decision(self, kind: str, args: tuple[tuple[str, str | int], ...]) -> Iterator[None]:
        """Record all changes inside as one decision; record none if nothing changes."""
        assert self._journal is None, "decisions don't nest"
        self._journal = []
        try:
            yield
            if self._journal:
                decisions.insert(self.connection, kind, args, now(), self._journal)
                self._pin(self._journal)
                self._decided = True
        finally:
            self._journal = None

    @contextmanager
    def addition(self, decision_id: DecisionId) -> Iterator[None]:
        """Record all changes inside as part of an earlier decision, so that its undo covers them.

        For what was decided then, and is done only now.
        """
        assert self._journal is None, "decisions don't nest"
        self._journal = []
        try:
            yield
            if self._journal:
                decisions.add_changes(self.connection, decision_id, self._journal)
                self._pin(self._journal)
                self._decided = True
        finally:
            self._journal = None

    @property
    def decided(self) -> bool:
        """Whether a decision was made, undone, or redone so far."""
        return self._decided

    def note_decided(self) -> None:
        """Report that a decision was undone or redone."""
        self._decided = True

    def update(self, table: str, ids: Sequence[int], values: Image) -> int:
        """Set journaled columns of rows; return the number of rows that changed."""
        changed = 0
        for before, alike in self._images(table, ids).items():
            image = dict(zip(UPDATED_COLUMNS[table], before, strict=True))
            after = image | values
            if after != image:
                changed += self.replace(Change(table, tuple(alike), image, after))
        return changed

    def insert_person(self, name: str | None) -> PersonId:
        """Add a person in a decision; return the id."""
        made = now()
        identity = persons.insert(self.connection, made)
        if name is not None:
            self.connection.execute("UPDATE person SET name = ? WHERE id = ?", (name, identity))
        self._record(Change("person", (identity,), None, self._whole("person", identity)))
        return identity

    def insert(self, table: str, values: Image) -> int:
        """Add a tag or album in a decision; return the id."""
        image = {**values, "created_at": now()}
        cursor = self.connection.execute(
            f"INSERT INTO {table} ({', '.join(image)}) VALUES ({', '.join('?' * len(image))})",
            list(image.values()),
        )
        assert cursor.lastrowid is not None
        whole = self._whole(table, cursor.lastrowid)
        self._record(Change(table, (cursor.lastrowid,), None, whole))
        return cursor.lastrowid

    def delete(self, table: str, identity: int) -> None:
        """Remove a tag or album without any links, in a decision."""
        self.replace(Change(table, (identity,), self._whole(table, identity), None))

    def delete_person(self, person_id: PersonId) -> None:
        """Remove a person without faces, in a decision."""
        self.delete("person", person_id)

    def link(self, table: str, ids: Sequence[int], image: Image) -> int:
        """Link rows to something in a decision; return the number of new links."""
        there, known = self._linked(table, ids, image), self._known(LINKS[table][1], ids)
        new = tuple(each for each in dict.fromkeys(ids) if each in known and each not in there)
        return self.replace(Change(table, new, None, image)) if new else 0

    def unlink(self, table: str, ids: Sequence[int], image: Image) -> int:
        """Unlink rows from something in a decision; return the number of links removed."""
        there = tuple(sorted(self._linked(table, ids, image)))
        return self.replace(Change(table, there, image, None)) if there else 0

    def reject(self, face_ids: Sequence[FaceId], person_id: PersonId) -> None:
        """Record, in a decision, that faces are not this person."""
        self.link("rejection", face_ids, {"person_id": person_id})

    def unreject(self, face_ids: Sequence[FaceId], person_id: PersonId) -> None:
        """Remove, in a decision, the record that faces are not this person."""
        self.unlink("rejection", face_ids, {"person_id": person_id})

    def dismiss(self, face_ids: Sequence[FaceId], kind: str, person_id: PersonId) -> None:
        """Record, in a decision, not to ask a question about faces and a person again.

        ``kind`` is the kind of question.
        """
        self.link("dismissal", face_ids, {"kind": kind, "person_id": person_id})

    def relate(self, relation: Relation) -> None:
        """Record, in a decision, how two persons are related."""
        if relation not in relations.of(self.connection, relation.a):
            image = {"b": relation.b, "kind": relation.kind}
            self.replace(Change("relation", (relation.a,), None, image))

    def unrelate(self, relation: Relation) -> None:
        """Remove, in a decision, the record of how two persons are related."""
        image = {"b": relation.b, "kind": relation.kind}
        self.replace(Change("relation", (relation.a,), image, None))

    def replace(self, change: Change) -> int:
        """Change rows from the before image to the after image if they still match the former.

        The single primitive for deciding, undoing, and redoing. Returns the number of rows changed.
        """
        self.touch(faces=_let_go(self.connection, change))
        turned = _replace(self.connection, change)
        if change.table == "photo":
            photo_info.refresh_search(self.connection, change.row_ids)
        if change.table == "photo" and any(_differs(change, each) for each in DATING):
            redated = photo_dates.decide_again(self.connection, change.row_ids)
            self.touch(photos=redated.photos, faces=redated.faces)
        if change.table == "photo" and any(_differs(change, each) for each in STACKED):
            self.touch_stacks()
        self._record(change)
        return turned

    def _record(self, change: Change) -> None:
        what = _subject(change.table)
        if what == "person":
            self.touch(persons=change.row_ids)
        elif what == "face":
            self.touch(faces=change.row_ids)
        elif what == "photo":
            self._marked.update(change.row_ids)
        self._shelves = self._shelves or change.table in COLLECTIONS
        for image in (change.before, change.after):
            if image is not None:
                self.touch(persons=(image.get("person_id"), image.get("b")))
        if self._journal is not None:
            self._journal.append(change)

    def _pin(self, journal: list[Change]) -> None:
        spoken_of: set[PersonId] = set()
        for change in journal:
            if _subject(change.table) == "person":
                spoken_of.update(change.row_ids)
            for image in (change.before, change.after):
                both = (image.get("person_id"), image.get("b")) if image is not None else ()
                spoken_of.update(person for person in both if person is not None)
        persons.pin(self.connection, sorted(spoken_of))

    def _images(self, table: str, ids: Sequence[int]) -> dict[tuple[Any, ...], list[int]]:
        columns = ", ".join(UPDATED_COLUMNS[table])
        alike: dict[tuple[Any, ...], list[int]] = {}
        for marks, part in chunks(sorted(set(ids))):
            rows = self.connection.execute(
                f"SELECT id, {columns} FROM {table} WHERE id IN ({marks}) ORDER BY id", part
            )
            for row in rows:
                alike.setdefault(tuple(row[1:]), []).append(row[0])
        return alike

    def _whole(self, table: str, identity: int) -> Image:
        columns = WHOLE_ROWS[table]
        row = self.connection.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE id = ?", (identity,)
        ).fetchone()
        return dict(zip(columns, row, strict=True))

    def _known(self, table: str, ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for marks, part in chunks(ids):
            rows = self.connection.execute(f"SELECT id FROM {table} WHERE id IN ({marks})", part)
            found.update(row[0] for row in rows)
        return found

    def _linked(self, table: str, ids: Sequence[int], image: Image) -> set[int]:
        key = LINKS[table][0]
        same = " AND ".join(f"{column} = ?" for column in image)
        found: set[int] = set()
        for marks, part in chunks(ids):
            rows = self.connection.execute(
                f"SELECT {key} FROM {table} WHERE {same} AND {key} IN ({marks})",
                [*image.values(), *part],
            )
            found.update(row[0] for row in rows)
        return found


def _differs(change: Change, column: str) -> bool:
    return (change.before or {}).get(column) != (change.after or {}).get(column)


def _subject(table: str) -> str:
    """Return the table that the ids in changes to ``table`` refer to."""
    return LINKS[table][1] if table in LINKS else table


def _replace(connection: sqlite3.Connection, change: Change) -> int:
    key = LINKS[change.table][0] if change.table in LINKS else "id"
    if change.before is None:
        assert change.after is not None
        return _insert(connection, change, change.after)
    if change.table == "face" and change.before["state"] in SOFT_STATES:
        # Ignore where the machine has put the face meanwhile: a decision takes precedence.
        same, expected = "state IN ('suggested', 'unknown')", []
    else:
        before = {each: value for each, value in change.before.items() if each != FIRST_COVER}
        same = " AND ".join(f"{column} IS ?" for column in before)
        expected = list(before.values())
    if change.after is None:
        if change.table == "person":
            same += " AND NOT EXISTS (SELECT 1 FROM face WHERE person_id = person.id)"
        cursor = connection.executemany(
            f"DELETE FROM {change.table} WHERE {key} = ? AND {same}",
            [(identity, *expected) for identity in change.row_ids],
        )
        return cursor.rowcount
    setting = ", ".join(f"{column} = ?" for column in change.after)
    cursor = connection.executemany(
        f"UPDATE {change.table} SET {setting} WHERE {key} = ? AND {same}",
        [(*change.after.values(), identity, *expected) for identity in change.row_ids],
    )
    return cursor.rowcount


def _insert(connection: sqlite3.Connection, change: Change, image: Image) -> int:
    table = change.table
    marks = ", ".join("?" * len(image))
    if table == "relation":
        # The other end of the link may be gone as well.
        there = "EXISTS (SELECT 1 FROM person WHERE id = ?)"
        cursor = connection.executemany(
            "INSERT OR IGNORE INTO relation (b, kind, a) "
            f"SELECT ?, ?, id FROM person WHERE id = ? AND {there}",
            [(image["b"], image["kind"], one, image["b"]) for one in change.row_ids],
        )
        return cursor.rowcount
    if table in LINKS:
        # A face may be gone: it was undecided when its photo was analyzed again.
        key, subject = LINKS[table]
        cursor = connection.executemany(
            f"INSERT OR IGNORE INTO {table} ({', '.join(image)}, {key}) "
            f"SELECT {marks}, id FROM {subject} WHERE id = ?",
            [(*image.values(), identity) for identity in change.row_ids],
        )
        return cursor.rowcount
    image = {**image, "pinned": 1} if table == "person" else image
    marks = ", ".join("?" * len(image))
    cursor = connection.executemany(
        f"INSERT OR IGNORE INTO {table} (id, {', '.join(image)}) VALUES (?, {marks})",
        [(identity, *image.values()) for identity in change.row_ids],
    )
    return cursor.rowcount


def _let_go(connection: sqlite3.Connection, change: Change) -> list[FaceId]:
    """Remove the machine's suggestions that conflict with a change; return their faces.

    Not part of the decision: the machine made them before or after it, and will make others.
    """
    which: list[tuple[str, tuple[Any, ...]]]
    if change.table == "person" and change.after is None:
        which = [("person_id = ?", (identity,)) for identity in change.row_ids]
    elif change.table == "person" and change.after is not None and change.after.get("birth_date"):
        born = change.after["birth_date"]
        early = f"photo_id IN (SELECT id FROM photo WHERE {is_before('sort_at', '?2')})"
        which = [(f"person_id = ?1 AND {early}", (each, born)) for each in change.row_ids]
    elif change.table == "rejection" and change.after is not None:
        person = change.after["person_id"]
        which = [("id = ? AND person_id = ?", (face, person)) for face in change.row_ids]
    else:
        return []
    freed: list[FaceId] = []
    for where, values in which:
        rows = connection.execute(
            "UPDATE face SET person_id = NULL, state = 'unknown' "
            f"WHERE {where} AND state = 'suggested' RETURNING id",
            values,
        ).fetchall()
        freed += [row[0] for row in rows]
    return freed
