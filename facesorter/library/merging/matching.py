"""Match two libraries: photos by content, faces by place, people by origin or name.

Everything that both know gets a *common key*, in which statements of both can be compared:

- ``("face", (content, box))``, ``("photo", content, column)``, ``("person", key, column)``;
- ``("label", table, key, column)`` for tags and albums;
- ``("link", table, subject, image)`` for rows that join two of these.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from facesorter.domain import PhotoId, Region
from facesorter.library.decisions.statements import LABELS, Row, Statement, Statements
from facesorter.library.transaction import LINKS
from facesorter.names import caseless
from facesorter.storage import erasing
from facesorter.storage.decisions import Image

Key = tuple[Any, ...]


class Matching:
    """Common keys of what two libraries have, by content, place, origin, and name."""

    def __init__(self, here: Statements, there: Statements, connection: sqlite3.Connection) -> None:
        self._sides = (here, there)
        self._key_of_face: tuple[dict[int, Key], dict[int, Key]] = ({}, {})
        self.faces: dict[Key, tuple[list[int], list[int]]] = {}
        """The ids of a face, by its common key: here, and there. Copies of a photo share a key."""
        self._mentioned = [_faces_mentioned(side) for side in (here, there)]
        self._faces_of = [_by_photo(side) for side in (here, there)]
        for content in sorted(here.photos.keys() & there.photos.keys()):
            self._pair_faces(content, connection)
        self._ids: dict[str, tuple[dict[int, str], dict[int, str]]] = {}
        self._local: dict[str, dict[str, int]] = {}
        self._remote: dict[str, dict[str, int]] = {}
        self._pair_rows("person", here.persons, there.persons, self._shared_faces())
        for table in LABELS:
            self._pair_rows(table, here.labels[table], there.labels[table], ())

    def key(self, table: str, identity: int) -> str:
        """Return the common key of a person, tag, or album of this library."""
        return self._ids[table][0][identity]

    def remote_rows(self, table: str) -> list[tuple[str, int]]:
        """Return common keys and ids of the other library's persons, tags, or albums."""
        return sorted(self._remote[table].items())

    def local(self, person: str, table: str = "person") -> int | None:
        """Return the id here of a person, tag, or album by its common key; None if it isn't."""
        return self._local[table].get(person)

    def remote(self, key: str, table: str = "person") -> int | None:
        """Return the id in the other library, as `local` does that of this one."""
        return self._remote[table].get(key)

    def learn(self, table: str, key: str, identity: int) -> None:
        """Remember the id here of a row that was added."""
        self._local[table][key] = identity

    def photo_of(self, face: Key) -> PhotoId:
        """Return a photo here that shows a face."""
        return PhotoId(self._sides[0].photos[face[0]][0])

    def is_known(self, key: Key, new: Iterable[str]) -> bool:
        """Whether the persons of a key exist here, or will."""
        if key[0] != "link":
            return True
        known = self._local["person"].keys() | set(new)
        return all(each in known for each in people_in(key))

    def deletedlater(self, person: str, final: dict[Key, Statement]) -> bool:
        """Whether a person was deleted here after the last decision about them there."""
        here, there = self._sides
        identity = self._remote["person"].get(person)
        if identity is None:
            return False
        at = here.deleted.get(("person", identity, there.persons[identity].created_at))
        times = [s.at for k, s in final.items() if k[:2] == ("person", person)]
        return at is not None and max(times, default="") <= at

    def revived(self, final: dict[Key, Statement]) -> set[str]:
        """Return persons deleted here before a decision about them was made there."""
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
            (side, photo, face, statements.places[face].region)
            for side, statements in enumerate(self._sides)
            for photo in statements.photos[content]
            for face in self._faces_of[side].get(photo, ())
        ]
        erased = [
            place
            for photo in self._sides[0].photos[content]
            for place in erasing.places(connection, PhotoId(photo))
        ]
        if not any(face in self._mentioned[side] for side, _, face, _ in pool):
            return
        parent = list(range(len(pool)))
        members = [{(side, photo)} for side, photo, _, _ in pool]

        def root(at: int) -> int:
            while parent[at] != at:
                at = parent[at]
            return at

        pairs: list[tuple[Any, ...]] = sorted(
            (-pool[i][3].overlap(pool[j][3]), *sorted((box(pool[i][3]), box(pool[j][3]))), i, j)
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
            key = (content, min(box(pool[at][3]) for at in group))
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

    def _shared_faces(self) -> list[tuple[int, int, Key]]:
        """Return the confirmed persons of each face that both libraries know."""
        found = []
        for key, ids in self.faces.items():
            persons = [
                [
                    side.faces[face].value[1]
                    for face in own
                    if face in side.faces and side.faces[face].value[0] == "confirmed"
                ]
                for side, own in zip(self._sides, ids, strict=True)
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

    def translated(self, statements: Statements, side: int) -> dict[Key, Statement]:
        """Return statements about what both libraries have, by common keys."""
        found: dict[Key, Statement] = {}

        def put(key: Key, statement: Statement) -> None:
            known = found.get(key)
            found[key] = statement if known is None else later(known, statement)

        people, labels = self._ids["person"][side], {t: self._ids[t][side] for t in LABELS}
        for face, statement in statements.faces.items():
            key = self._key_of_face[side].get(face)
            state, person = statement.value
            if key is not None and (person is None or person in people):
                who = None if person is None else people[person]
                put(("face", key), Statement(statement.at, (state, who)))
        for (table, identity, column), statement in statements.columns.items():
            if table == "photo":
                content = statements.content.get(identity)
                if content in self._sides[0].photos and content in self._sides[1].photos:
                    put(("photo", content, column), statement)
            elif table == "person" and identity in people:
                if column == "cover_face_id":
                    cover = self._key_of_face[side].get(statement.value)
                    if statement.value is not None and cover is None:
                        continue
                    statement = Statement(statement.at, cover)
                put(("person", people[identity], column), statement)
            elif table in LABELS and identity in labels[table]:
                put(("label", table, labels[table][identity], column), statement)
        for (table, subject, image), statement in statements.links.items():
            link = self._link(statements, side, table, subject, dict(image))
            if link is not None:
                put(link, statement)
        return found

    def _link(
        self, statements: Statements, side: int, table: str, subject: int, image: Image
    ) -> Key | None:
        people = self._ids["person"][side]
        of = LINKS[table][1]
        subjects: dict[str, dict[int, Any]] = {
            "face": self._key_of_face[side],
            "photo": statements.content,
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
                    rest[column] = statements.content.get(value)
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


def later(one: Statement | None, other: Statement | None) -> Statement:
    """Return what counts of two statements."""
    if one is None or other is None:
        found = one or other
        assert found is not None
        return found
    return max(
        one,
        other,
        key=lambda statement: (statement.at, json.dumps(statement.value, sort_keys=True)),
    )


def people_in(link: Key) -> list[str]:
    """Return the persons that a link is about."""
    people = [value for name, value in link[3] if name in ("person_id", "b")]
    return people + ([link[2]] if LINKS[link[1]][1] == "person" else [])


def _faces_mentioned(statements: Statements) -> set[int]:
    found = set(statements.faces)
    found |= {subject for table, subject, _ in statements.links if LINKS[table][1] == "face"}
    return found | {row.columns["cover_face_id"] for row in statements.persons.values()}


def _by_photo(statements: Statements) -> dict[int, list[int]]:
    """Return the faces of each photo."""
    found: dict[int, list[int]] = defaultdict(list)
    for face, place in statements.places.items():
        found[place.photo_id].append(face)
    return found


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


def box(region: Region) -> tuple[float, float, float, float]:
    """Return a region as numbers that sort."""
    return region.x, region.y, region.w, region.h
