"""Which of two libraries' statements count, and what that would change here."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.library.decisions.statements import DEFAULTS, STACK, Statement, Statements, read
from facesorter.library.merging.matching import Key, Matching, box, later, people_in
from facesorter.names import clean

LARGEST = 1e12
LONGEST_NAME = 1_000
LONGEST = {"notes": 1_000_000, "caption": 10_000, "search": 10_000}
"""Characters; what is longer was not written by this program."""
DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d)?)?)?)?")
NOTHING = Statement("", None)
TAKEN_BACK = (None, None)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values entered for the same field in two libraries, neither aware of the other."""

    about: str
    """``face``, or the name of a column or link, such as ``birth_date``."""
    photo_id: PhotoId | None
    person: str | None
    """Name of the person it is about."""
    here: str
    there: str
    here_counts: bool
    """This library's value is newer, and is kept."""


@dataclass
class Preview:
    """What importing another library's decisions would do."""

    photos: int = 0
    """Photos in both libraries."""
    only_there: int = 0
    """Photos that this library doesn't have; decisions about them are skipped."""
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


class Plan:
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
        self.matching = Matching(self.here, self.there, mine)
        self.mine = self.matching.translated(self.here, 0)
        self.theirs = self.matching.translated(self.there, 1)
        self.final = {
            key: later(self.mine.get(key), self.theirs.get(key))
            for key in {**self.mine, **self.theirs}
        }
        _settle(self.final)

    def changed(self) -> Iterator[tuple[Key, Any]]:
        """Yield the keys whose value isn't that of this library, and their new values."""
        for key in sorted(self.final, key=repr):
            value = self.final[key].value
            if value != self.mine.get(key, _default(key)).value:
                yield key, value

    def preview(self) -> Preview:
        """Count what would change."""
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
                    if self.matching.local(key[1]) is not None:
                        people.add(key[1])
                case _:
                    found.facts += self.matching.is_known(key, new)
        found.people = len(people)
        found.new_people = [str(self.value(("person", each, "name")) or "") for each in new]
        found.conflicts = list(self.conflicts())
        return found

    def value(self, key: Key) -> Any:
        """Return the value that counts; None without a statement."""
        return self.final.get(key, NOTHING).value

    def new_persons(self) -> list[str]:
        """Return the keys of persons to add: those with a statement about them."""
        wanted = {
            statement.value[1]
            for key, statement in self.final.items()
            if key[0] == "face" and statement.value[0] == "confirmed"
        }
        for key, statement in self.final.items():
            if key[0] == "link" and statement.value and key[1] != "dismissal":
                # A group of the machine's that nobody named means nothing elsewhere.
                people = people_in(key)
                wanted.update(
                    person
                    for person in people
                    if self.value(("person", person, "name")) is not None
                    and not self.matching.deletedlater(person, self.final)
                )
        wanted |= self.matching.revived(self.final)
        return sorted(each for each in wanted if self.matching.local(each) is None)

    def conflicts(self) -> Iterator[Conflict]:
        """Yield where both decided something since the decisions that they share, and differ."""
        for key in sorted(self.mine.keys() & self.theirs.keys(), key=repr):
            here, there = self.mine[key], self.theirs[key]
            if here.value == there.value or min(here.at, there.at) <= self.fork:
                continue
            kind, about = key[0], str(key[-1] if key[0] in ("person", "photo", "label") else key[0])
            photo = name = None
            if kind == "face":
                photo = self.matching.photo_of(key[1])
            elif kind == "photo":
                photo = PhotoId(self.here.photos[key[1]][0])
            elif kind == "person":
                name = str(self.mine.get(("person", key[1], "name"), NOTHING).value or "")
            yield Conflict(
                about if kind != "link" else key[1],
                photo,
                name,
                self._as_text(key, here),
                self._as_text(key, there),
                self.final[key].value == here.value,
            )

    def _as_text(self, key: Key, statement: Statement) -> str:
        """Return a value as text: a person's name for a face."""
        if key[0] != "face":
            unprintable = (
                statement.value is None or key[-1] == STACK
            )  # of photos, which has no text
            return "" if unprintable else str(statement.value)
        state, person = statement.value
        if state != "confirmed":
            return state or ""
        sides = (self.mine, self.theirs)
        names = [side[k].value for side in sides if (k := ("person", person, "name")) in side]
        return str(next((name for name in names if name), ""))


def _settle(final: dict[Key, Statement]) -> None:
    """Let the later count where a face is confirmed as somebody and rejected for them."""
    for key, statement in list(final.items()):
        if key[:2] != ("link", "rejection") or not statement.value:
            continue
        face, person = ("face", key[2]), dict(key[3])["person_id"]
        confirmed = final.get(face)
        if confirmed is None or confirmed.value != ("confirmed", person):
            continue
        if statement.at > confirmed.at:
            final[face] = Statement(statement.at, TAKEN_BACK)
        else:
            final[key] = Statement(confirmed.at, False)
    for key, statement in list(final.items()):
        if key[0] == "person" and key[2] == "cover_face_id" and statement.value is not None:
            face = final.get(("face", statement.value), NOTHING).value
            if face is None or face != ("confirmed", key[1]):
                final[key] = Statement(statement.at, None)


def _default(key: Key) -> Statement:
    if key[0] == "face":
        return Statement("", TAKEN_BACK)
    if key[0] == "link":
        return Statement("", False)
    return Statement("", DEFAULTS.get(key[-1]))


def _refuse_nonsense(statements: Statements) -> None:
    """Refuse values that this program never writes.

    Raises:
        ValueError: there is one; the text says where.
    """
    for place in statements.places.values():
        # Faces of a video are moved to the right by their moment.
        if not all(isinstance(v, float) and -1 <= v <= LARGEST for v in box(place.region)):
            raise ValueError("a face is outside its photo")
    for table, rows in (("person", statements.persons), *statements.labels.items()):
        for row in rows.values():
            name = row.columns["name"]
            if name is not None and (len(name) > LONGEST_NAME or clean(name) != name):
                raise ValueError(f"a name in {table}")
            if len(row.created_at) > LONGEST_NAME:
                raise ValueError(f"a date in {table}")
    for (table, _, column), statement in statements.columns.items():
        value, most = statement.value, LONGEST.get(column, LONGEST_NAME)
        if isinstance(value, bytes) or (isinstance(value, str) and len(value) > most):
            raise ValueError(f"{column} of {table}")
        if column.endswith("_date") and value and not DATE.fullmatch(value):
            raise ValueError(f"{column} of {table}")


def _fork(here: Statements, there: Statements) -> str:
    """Return the time of the last decision that both libraries share, "" if there is none."""
    at = ""
    for mine, theirs in zip(here.decisions, there.decisions, strict=False):
        if mine != theirs:
            break
        at = mine[2]
    return at
