"""Bring in the decisions of another library: of another computer, or a copy that went its own way.

Where both say something about the same, what was said later counts; if both were said at the same
time, the value that sorts last. So whichever library takes in the other, the result is the same.
Two statements contradict each other only if neither library knew the other's: a copy's journal
begins with the decisions that both share.

Photos are matched by content, faces by their place in them, people by their origin (in copies),
else by name, else, if one of the two has none, by the faces they share.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from facesorter.domain import FaceId, PhotoId, Region
from facesorter.errors import UserError
from facesorter.library.decisions.journal import Kind
from facesorter.library.decisions.statements import (
    LABELS,
    PLACE,
    PLACE_COLUMNS,
    STACK,
    UNSAID,
    Row,
    Said,
    Statement,
    read,
)
from facesorter.library.transaction import LINKS, UPDATED_COLUMNS, Transaction
from facesorter.names import caseless, clean
from facesorter.storage import decisions, erasing, faces, stacks
from facesorter.storage.decisions import Change, Image

Key = tuple[Any, ...]
LARGEST = 1e12
LONGEST_NAME = 1_000
LONGEST = {"notes": 1_000_000, "caption": 10_000, "search": 10_000}
"""Characters; what is longer was not written by this program."""
DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d)?)?)?)?")
NOTHING = Statement("", None)
TAKEN_BACK = (None, None)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values that were said of the same by two people, neither knowing of the other."""

    about: str
    """``face``, or the name of a column or link, such as ``birth_date``."""
    photo_id: PhotoId | None
    person: str | None
    """Name of the person it is about."""
    here: str
    there: str
    here_counts: bool
    """What was said here is later, and stays."""


@dataclass
class Preview:
    """What bringing in another library's decisions would do."""

    photos: int = 0
    """Photos in both libraries."""
    only_there: int = 0
    """Photos that this library doesn't have; what was said of them is left out."""
    faces: int = 0
    people: int = 0
    """People whose details change."""
    new_people: list[str] = field(default_factory=list)
    facts: int = 0
    """Details of photos, tags, albums, relationships, and answers that change."""
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.faces or self.people or self.new_people or self.facts)


def preview(connection: sqlite3.Connection, source: sqlite3.Connection) -> Preview:
    """Return what `merge` would do, and where the two contradict each other. Reads only."""
    return _Plan(connection, source).preview()


def merge(txn: Transaction, source: sqlite3.Connection, name: str) -> Preview:
    """Bring in the decisions of another library in one decision; return what was done.

    ``name`` says where they are from. Thread: writer.

    Raises:
        UserError: the other library is damaged, or holds what can't be.
    """
    plan = _Plan(txn.connection, source)
    done = plan.preview()
    plan.apply(txn, source, name)
    return done


class _Plan:
    """Both libraries' statements under common keys, and which of them count."""

    def __init__(self, mine: sqlite3.Connection, theirs: sqlite3.Connection) -> None:
        self._connection = mine
        every = {
            row[0]
            for row in mine.execute("SELECT content_hash FROM photo WHERE content_hash IS NOT NULL")
        }
        try:
            (count,) = theirs.execute(
                "SELECT count(*) FROM photo WHERE version_of IS NULL"
            ).fetchone()
            self.there = read(theirs, every)
            _refuse_nonsense(self.there)
        except (sqlite3.Error, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise UserError(
                "The other library is damaged, or isn’t a facesorter library ({error}). Nothing "
                "was changed.",
                error=str(error)[:200],
            ) from error
        self.here = read(mine, self.there.photos.keys())
        self.shared = sorted(self.here.photos)
        self.only_there = max(0, count - sum(len(v) for v in self.there.photos.values()))
        self.fork = _fork(self.here, self.there)
        self.names = _Names(self.here, self.there, mine)
        self.mine = self.names.translated(self.here, 0)
        self.theirs = self.names.translated(self.there, 1)
        self.final = {
            key: _later(self.mine.get(key), self.theirs.get(key))
            for key in {**self.mine, **self.theirs}
        }
        _settle(self.final)

    def changed(self) -> Iterator[tuple[Key, Any]]:
        """Yield the keys whose value isn't that of this library, and their new values."""
        for key in sorted(self.final, key=repr):
            value = self.final[key].value
            if value != self.mine.get(key, _unsaid(key)).value:
                yield key, value

    def preview(self) -> Preview:
        found = Preview(
            photos=sum(len(self.here.photos[each]) for each in self.shared),
            only_there=self.only_there,
        )
        people = set()
        new = self.new_persons()
        for key, _ in self.changed():
            match key[0]:
                case "face":
                    found.faces += 1
                case "person":
                    if self.names.local(key[1]) is not None:
                        people.add(key[1])
                case _:
                    found.facts += self.names.is_known(key, new)
        found.people = len(people)
        found.new_people = [str(self.value(("person", each, "name")) or "") for each in new]
        found.conflicts = list(self.conflicts())
        return found

    def value(self, key: Key) -> Any:
        return self.final.get(key, NOTHING).value

    def new_persons(self) -> list[str]:
        """Return the keys of persons to add: those that something was said about."""
        wanted = {
            said.value[1]
            for key, said in self.final.items()
            if key[0] == "face" and said.value[0] == "confirmed"
        }
        for key, said in self.final.items():
            if key[0] == "link" and said.value and key[1] != "dismissal":
                # A group of the machine's that nobody named means nothing elsewhere.
                people = _people_in(key)
                wanted.update(
                    person
                    for person in people
                    if self.value(("person", person, "name")) is not None
                    and not self.names.deleted_later(person, self.final)
                )
        wanted |= self.names.revived(self.final)
        return sorted(each for each in wanted if self.names.local(each) is None)

    def conflicts(self) -> Iterator[Conflict]:
        for key in sorted(self.mine.keys() & self.theirs.keys(), key=repr):
            here, there = self.mine[key], self.theirs[key]
            if here.value == there.value or min(here.at, there.at) <= self.fork:
                continue
            kind, about = key[0], str(key[-1] if key[0] in ("person", "photo", "label") else key[0])
            photo = name = None
            if kind == "face":
                photo = self.names.photo_of(key[1])
            elif kind == "photo":
                photo = PhotoId(self.here.photos[key[1]][0])
            elif kind == "person":
                name = str(self.mine.get(("person", key[1], "name"), NOTHING).value or "")
            yield Conflict(
                about if kind != "link" else key[1],
                photo,
                name,
                self.said(key, here),
                self.said(key, there),
                self.final[key].value == here.value,
            )

    def said(self, key: Key, statement: Statement) -> str:
        """Return a value as text: a person's name for a face."""
        if key[0] != "face":
            untold = statement.value is None or key[-1] == STACK  # which photos, no word says
            return "" if untold else str(statement.value)
        state, person = statement.value
        if state != "confirmed":
            return state or ""
        sides = (self.mine, self.theirs)
        names = [side[k].value for side in sides if (k := ("person", person, "name")) in side]
        return str(next((name for name in names if name), ""))

    def apply(self, txn: Transaction, source: sqlite3.Connection, name: str) -> None:
        work = _Work(txn, self)
        copied = work.copy_faces(source)
        txn.touch(faces=copied)
        with txn.decision(Kind.MERGE_LIBRARY, ()):
            work.add_rows()
            for key, value in self.changed():
                work.set(key, value)
            work.write()
            work.remove_rows()
        if txn.decided and work.times:
            newest = decisions.newest_done(txn.connection)
            assert newest is not None
            args = (
                ("library", name),
                ("faces", sum(key[0] == "face" for key, _ in self.changed())),
                ("times", json.dumps(work.times)),
            )
            txn.connection.execute(
                "UPDATE decision SET args = ? WHERE id = ?", (json.dumps(args), newest.id)
            )


class _Names:
    """Common keys of what two libraries have, by content, place, origin, and name."""

    def __init__(self, here: Said, there: Said, connection: sqlite3.Connection) -> None:
        self._sides = (here, there)
        self._key_of_face: tuple[dict[int, Key], dict[int, Key]] = ({}, {})
        self.faces: dict[Key, tuple[list[int], list[int]]] = {}
        self._spoken_of = [_faces_spoken_of(said) for said in (here, there)]
        for content in sorted(here.photos.keys() & there.photos.keys()):
            self._pair_faces(content, connection)
        self._ids: dict[str, tuple[dict[int, str], dict[int, str]]] = {}
        self._local: dict[str, dict[str, int]] = {}
        self._remote: dict[str, dict[str, int]] = {}
        self._pair_rows("person", here.persons, there.persons, self._shared_faces())
        for table in LABELS:
            self._pair_rows(table, here.labels[table], there.labels[table], ())

    def local(self, person: str, table: str = "person") -> int | None:
        return self._local[table].get(person)

    def remote(self, key: str, table: str = "person") -> int | None:
        return self._remote[table].get(key)

    def learn(self, table: str, key: str, identity: int) -> None:
        self._local[table][key] = identity

    def photo_of(self, face: Key) -> PhotoId:
        return PhotoId(self._sides[0].photos[face[0]][0])

    def is_known(self, key: Key, new: Iterable[str]) -> bool:
        """Whether the persons of a key exist here, or will."""
        if key[0] != "link":
            return True
        known = self._local["person"].keys() | set(new)
        return all(each in known for each in _people_in(key))

    def deleted_later(self, person: str, final: dict[Key, Statement]) -> bool:
        """Whether a person was deleted here after all that was said of them there."""
        here, there = self._sides
        identity = self._remote["person"].get(person)
        if identity is None:
            return False
        at = here.deleted.get(("person", identity, there.persons[identity].created_at))
        said = [s.at for k, s in final.items() if k[:2] == ("person", person)]
        return at is not None and max(said, default="") <= at

    def revived(self, final: dict[Key, Statement]) -> set[str]:
        """Return persons deleted here before something was said of them there."""
        here, there = self._sides
        found = set()
        for key, identity in self._remote["person"].items():
            at = here.deleted.get(("person", identity, there.persons[identity].created_at))
            last = max((s.at for k, s in final.items() if k[:2] == ("person", key)), default="")
            if at is not None and key not in self._local["person"] and last > at:
                found.add(key)
        return found

    def _pair_faces(self, content: str, connection: sqlite3.Connection) -> None:
        pool = [
            (side, photo, face, said.places[face].region)
            for side, said in enumerate(self._sides)
            for photo in said.photos[content]
            for face in self._faces_of(side).get(photo, ())
        ]
        erased = [
            place
            for photo in self._sides[0].photos[content]
            for place in erasing.places(connection, PhotoId(photo))
        ]
        if not any(face in self._spoken_of[side] for side, _, face, _ in pool):
            return
        parent = list(range(len(pool)))
        members = [{(side, photo)} for side, photo, _, _ in pool]

        def root(at: int) -> int:
            while parent[at] != at:
                at = parent[at]
            return at

        pairs: list[tuple[Any, ...]] = sorted(
            (-pool[i][3].overlap(pool[j][3]), *sorted((_box(pool[i][3]), _box(pool[j][3]))), i, j)
            for i in range(len(pool))
            for j in range(i)
            if pool[i][:2] != pool[j][:2] and pool[i][3].is_at(pool[j][3])
        )
        for *_, i, j in pairs:
            a, b = root(i), root(j)
            if a != b and not members[a] & members[b]:
                parent[b] = a
                members[a] |= members[b]
        groups: dict[int, list[int]] = defaultdict(list)
        for at in range(len(pool)):
            groups[root(at)].append(at)
        for group in groups.values():
            key = (content, min(_box(pool[at][3]) for at in group))
            ids: tuple[list[int], list[int]] = ([], [])
            for at in group:
                side, _, face, _ = pool[at]
                ids[side].append(face)
                self._key_of_face[side][face] = key
            gone = not ids[0] and any(p.is_at(pool[at][3]) for p in erased for at in group)
            if gone:  # what the user erased here doesn't come back
                for face in ids[1]:
                    del self._key_of_face[1][face]
                continue
            mine, theirs = self.faces.setdefault(key, ([], []))
            mine += ids[0]
            theirs += ids[1]

    def _faces_of(self, side: int) -> dict[int, list[int]]:
        cached: dict[int, list[int]] | None = getattr(self, f"_by_photo_{side}", None)
        if cached is None:
            cached = defaultdict(list)
            for face, place in self._sides[side].places.items():
                cached[place.photo_id].append(face)
            setattr(self, f"_by_photo_{side}", cached)
        return cached

    def _shared_faces(self) -> list[tuple[int, int, Key]]:
        """Return the confirmed persons of each face that both libraries know."""
        found = []
        for key, ids in self.faces.items():
            persons = [
                [
                    said.faces[face].value[1]
                    for face in own
                    if face in said.faces and said.faces[face].value[0] == "confirmed"
                ]
                for said, own in zip(self._sides, ids, strict=True)
            ]
            found += [(a, b, key) for a in persons[0] for b in persons[1]]
        return found

    def _pair_rows(
        self,
        table: str,
        here: dict[int, Row],
        there: dict[int, Row],
        shared: Iterable[tuple[int, int, Key]],
    ) -> None:
        pairs: dict[int, int] = {}
        for identity, row in there.items():
            same = here.get(identity)
            if same is not None and same.created_at == row.created_at:
                pairs[identity] = identity
        made = [_once(rows, "", taken) for rows, taken in ((here, pairs.values()), (there, pairs))]
        for moment in sorted(made[0].keys() & made[1].keys()):
            pairs[made[1][moment]] = made[0][moment]
        named = [
            _once(rows, "name", taken) for rows, taken in ((here, pairs.values()), (there, pairs))
        ]
        for name in sorted(named[0].keys() & named[1].keys()):
            pairs[named[1][name]] = named[0][name]
        votes: Counter[tuple[int, int]] = Counter()
        first: dict[tuple[int, int], Key] = {}
        for a, b, key in shared:
            names = [rows[at].columns["name"] for rows, at in ((here, a), (there, b))]
            alike = None in names or caseless(names[0]) == caseless(names[1])
            if alike and b not in pairs and a not in pairs.values():
                votes[a, b] += 1
                first[a, b] = min(first.get((a, b), key), key)
        for a, b in sorted(votes, key=lambda pair: (-votes[pair], first[pair])):
            if b not in pairs and a not in pairs.values():
                pairs[b] = a
        keys: tuple[dict[int, str], dict[int, str]] = ({}, {})
        back = {a: b for b, a in pairs.items()}
        for a, row in here.items():
            origins = [_origin(row), *([_origin(there[back[a]])] if a in back else [])]
            keys[0][a] = min(origins)
        for b, row in there.items():
            keys[1][b] = keys[0][pairs[b]] if b in pairs else _origin(row)
        self._ids[table] = keys
        self._local[table] = {key: a for a, key in keys[0].items()}
        self._remote[table] = {key: b for b, key in keys[1].items()}

    def translated(self, said: Said, side: int) -> dict[Key, Statement]:
        """Return statements about what both libraries have, by common keys."""
        found: dict[Key, Statement] = {}

        def say(key: Key, statement: Statement) -> None:
            known = found.get(key)
            found[key] = statement if known is None else _later(known, statement)

        people, labels = self._ids["person"][side], {t: self._ids[t][side] for t in LABELS}
        for face, statement in said.faces.items():
            key = self._key_of_face[side].get(face)
            state, person = statement.value
            if key is not None and (person is None or person in people):
                who = None if person is None else people[person]
                say(("face", key), Statement(statement.at, (state, who)))
        for (table, identity, column), statement in said.columns.items():
            if table == "photo":
                content = said.content.get(identity)
                if content in self._sides[0].photos and content in self._sides[1].photos:
                    say(("photo", content, column), statement)
            elif table == "person" and identity in people:
                if column == "cover_face_id":
                    cover = self._key_of_face[side].get(statement.value)
                    if statement.value is not None and cover is None:
                        continue
                    statement = Statement(statement.at, cover)
                say(("person", people[identity], column), statement)
            elif table in LABELS and identity in labels[table]:
                say(("label", table, labels[table][identity], column), statement)
        for (table, subject, image), statement in said.links.items():
            link = self._link(said, side, table, subject, dict(image))
            if link is not None:
                say(link, statement)
        return found

    def _link(self, said: Said, side: int, table: str, subject: int, image: Image) -> Key | None:
        people = self._ids["person"][side]
        of = LINKS[table][1]
        subjects: dict[str, dict[int, Any]] = {
            "face": self._key_of_face[side],
            "photo": said.content,
            "person": people,
        }
        first = subjects[of].get(subject)
        rest: dict[str, Any] = {}
        for column, value in image.items():
            match column:
                case "person_id" | "b":
                    rest[column] = people.get(value)
                case "tag_id" | "album_id":
                    rest[column] = self._ids[column.removesuffix("_id")][side].get(value)
                case "other_id":
                    rest[column] = said.content.get(value)
                case _:
                    rest[column] = value
        if first is None or None in rest.values():
            return None
        both = self._sides[0].photos.keys() & self._sides[1].photos.keys()
        if of == "photo" and not ({first, rest.get("other_id", first)} <= both):
            return None
        if table == "relation" and rest["kind"] != "parent":
            first, rest["b"] = sorted((first, rest["b"]))
        if table == "not_duplicate":
            first, rest["other_id"] = sorted((first, rest["other_id"]))
        return ("link", table, first, tuple(sorted(rest.items())))


class _Work:
    """Carries out a plan: changes of rows alike and said at the same time are one entry."""

    def __init__(self, txn: Transaction, plan: _Plan) -> None:
        self._txn, self._plan, self._names = txn, plan, plan.names
        self._waiting: dict[str, tuple[str, Image | None, Image | None, str, list[int]]] = {}
        self.times: list[str] = []
        self._stacks = {content: number for number, content in plan.here.stacks.items()}

    def copy_faces(self, source: sqlite3.Connection) -> list[FaceId]:
        """Copy faces that were decided there and aren't known here, ignored until they are."""
        made: list[FaceId] = []
        for key, (mine, theirs) in self._names.faces.items():
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
        for key in self._plan.new_persons():
            said = self._plan.final.get(("person", key, "name"), NOTHING)
            self._record(said.at)
            origin = self._plan.there.persons[self._names.remote(key) or 0].created_at
            # Of the same origin, so that both are known as one person the next time.
            self._names.learn("person", key, self._insert_person(said.value, origin))
        for table in LABELS:
            here, there = self._plan.here, self._plan.there
            for key, identity in sorted(self._names._remote[table].items()):
                row = there.labels[table][identity]
                gone = here.deleted.get((table, identity, row.created_at))
                last = self._last("label", table, key)
                if self._names.local(key, table) is None and (gone is None or last > gone):
                    columns = {
                        column: self._plan.value(("label", table, key, column))
                        for column in row.columns
                    }
                    self._record(last)
                    self._names.learn(table, key, self._txn.insert(table, columns))

    def _insert_person(self, name: str | None, created_at: str) -> int:
        (identity,) = self._txn.connection.execute(
            "SELECT 1 + max(coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = ?), 0), "
            "coalesce((SELECT max(id) FROM person), 0))",
            ("person",),
        ).fetchone()
        image: Image = {column: UNSAID.get(column) for column in UPDATED_COLUMNS["person"]}
        image |= {"name": name, "created_at": created_at}
        self._txn.replace(Change("person", (identity,), None, image))
        return int(identity)

    def _last(self, *key: str) -> str:
        """Return when something was last said about a row or its links."""
        about = [s.at for k, s in self._plan.final.items() if k[: len(key)] == key]
        return max(about, default="")

    def set(self, key: Key, value: Any) -> None:
        at = self._plan.final[key].at
        match key:
            case ("face", face):
                for each in self._names.faces[face][0]:
                    self._set_face(each, value, at)
            case ("photo", content, column):
                for photo in self._plan.here.photos[content]:
                    columns = _unpacked(column, self._number(value) if column == STACK else value)
                    self._set_columns("photo", photo, columns, at)
            case ("person", person, column):
                identity = self._names.local(person)
                if identity is not None:
                    if column == "cover_face_id":
                        value = self._cover(value, identity)
                    self._set_columns("person", identity, {column: value}, at)
            case ("label", table, label, column):
                identity = self._names.local(label, table)
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
        said = self._plan.final.get(("face", face), NOTHING).value if face else None
        if said is None or said[0] != "confirmed" or self._names.local(said[1]) != person:
            return None
        assert face is not None
        return next(iter(self._names.faces[face][0]), None)

    def _set_face(self, face: int, value: tuple[str | None, str | None], at: str) -> None:
        row = self._txn.connection.execute(
            "SELECT person_id, state FROM face WHERE id = ?", (face,)
        ).fetchone()
        before = {"person_id": row[0], "state": row[1]}
        state, who = value
        person = None if who is None else self._names.local(who)
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
                    row[column] = self._names.local(value)
                case "tag_id" | "album_id":
                    row[column] = self._names.local(value, column.removesuffix("_id"))
                case "other_id":
                    row[column] = here.photos[value][0]
                case _:
                    row[column] = value
        if None in row.values():
            return
        subjects: list[int | None] = []
        if of == "face":
            subjects = list(self._names.faces[subject][0]) if subject in self._names.faces else []
        elif of == "photo":
            subjects = list(here.photos[subject])
        else:
            subjects = [self._names.local(subject)]
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
        """Delete persons, tags, and albums that were deleted there later than anything was said."""
        plan = self._plan
        for table, rows in (("person", plan.here.persons), *plan.here.labels.items()):
            for identity, row in rows.items():
                at = plan.there.deleted.get((table, identity, row.created_at))
                key = self._names._ids[table][0][identity]
                if at is None or self._names.remote(key, table) is not None:
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


def _faces_spoken_of(said: Said) -> set[int]:
    found = set(said.faces)
    found |= {subject for table, subject, _ in said.links if LINKS[table][1] == "face"}
    return found | {row.columns["cover_face_id"] for row in said.persons.values()}


def _people_in(link: Key) -> list[str]:
    """Return the persons that a link is about."""
    people = [value for name, value in link[3] if name in ("person_id", "b")]
    return people + ([link[2]] if LINKS[link[1]][1] == "person" else [])


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


def _later(one: Statement | None, other: Statement | None) -> Statement:
    """Return what counts of two statements."""
    if one is None or other is None:
        found = one or other
        assert found is not None
        return found
    return max(one, other, key=lambda said: (said.at, json.dumps(said.value, sort_keys=True)))


def _settle(final: dict[Key, Statement]) -> None:
    """Let the later count where a face is confirmed as somebody and rejected for them."""
    for key, said in list(final.items()):
        if key[:2] != ("link", "rejection") or not said.value:
            continue
        face, person = ("face", key[2]), dict(key[3])["person_id"]
        confirmed = final.get(face)
        if confirmed is None or confirmed.value != ("confirmed", person):
            continue
        if said.at > confirmed.at:
            final[face] = Statement(said.at, TAKEN_BACK)
        else:
            final[key] = Statement(confirmed.at, False)
    for key, said in list(final.items()):
        if key[0] == "person" and key[2] == "cover_face_id" and said.value is not None:
            face = final.get(("face", said.value), NOTHING).value
            if face is None or face != ("confirmed", key[1]):
                final[key] = Statement(said.at, None)


def _unsaid(key: Key) -> Statement:
    if key[0] == "face":
        return Statement("", TAKEN_BACK)
    if key[0] == "link":
        return Statement("", False)
    return Statement("", UNSAID.get(key[-1]))


def _unpacked(column: str, value: Any) -> Image:
    if column != PLACE:
        return {column: value}
    return dict(zip(PLACE_COLUMNS, value or (None,) * len(PLACE_COLUMNS), strict=True))


def _once(rows: dict[int, Row], column: str, taken: Iterable[int]) -> dict[str, int]:
    """Return rows by name, or by when they were made, where it is one row's alone.

    Except those already paired.
    """
    found: dict[str, list[int]] = defaultdict(list)
    gone = set(taken)
    for identity, row in rows.items():
        value = caseless(row.columns["name"] or "") if column else row.created_at
        if value and identity not in gone:
            found[value].append(identity)
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


def _origin(row: Row) -> str:
    return f"{row.created_at}/{row.id:012}"


def _box(region: Region) -> tuple[float, float, float, float]:
    return region.x, region.y, region.w, region.h


def _refuse_nonsense(said: Said) -> None:
    """Refuse values that this program never writes.

    Raises:
        ValueError: there is one; the text says where.
    """
    for place in said.places.values():
        # Faces of a video are moved to the right by their moment.
        if not all(isinstance(v, float) and -1 <= v <= LARGEST for v in _box(place.region)):
            raise ValueError("a face is outside its photo")
    for table, rows in (("person", said.persons), *said.labels.items()):
        for row in rows.values():
            name = row.columns["name"]
            if name is not None and (len(name) > LONGEST_NAME or clean(name) != name):
                raise ValueError(f"a name in {table}")
            if len(row.created_at) > LONGEST_NAME:
                raise ValueError(f"a date in {table}")
    for (table, _, column), statement in said.columns.items():
        value, most = statement.value, LONGEST.get(column, LONGEST_NAME)
        if isinstance(value, bytes) or (isinstance(value, str) and len(value) > most):
            raise ValueError(f"{column} of {table}")
        if column.endswith("_date") and value and not DATE.fullmatch(value):
            raise ValueError(f"{column} of {table}")


def _fork(here: Said, there: Said) -> str:
    """Return the time of the last decision that both libraries share, "" if there is none."""
    at = ""
    for mine, theirs in zip(here.decisions, there.decisions, strict=False):
        if mine != theirs:
            break
        at = mine[2]
    return at
