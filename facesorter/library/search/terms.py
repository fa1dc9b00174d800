"""What a search says, as types, and the words that a library knows. No Qt, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from facesorter.domain import Album
from facesorter.errors import UserError


class UnknownTerm(UserError):  # noqa: N818 - a question to the user rather than a fault
    """A word that is nobody, no tag, album, folder or time; with the known name most like it.

    Whoever shows it offers that name in their own way.
    """

    def __init__(self, term: str, nearest: str | None) -> None:
        super().__init__("No person, tag, album, or folder is named “{term}”.", term=term)
        self.term, self.nearest = term, nearest


@dataclass(frozen=True, slots=True)
class People:
    """Somebody of these persons is on the photo."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """Taken from ``first`` to before ``until``, beginnings of ISO dates."""

    first: str
    until: str


@dataclass(frozen=True, slots=True)
class Month:
    """Taken in this month (1 to 12) of any year."""

    number: int


@dataclass(frozen=True, slots=True)
class Places:
    """In one of these folders or below: watched folder and path in it, "" or ending with "/"."""

    roots: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Faces:
    """The number of faces, those set aside not counted, compares so."""

    sign: str
    count: int


@dataclass(frozen=True, slots=True)
class Flag:
    """One of `FLAGS`."""

    name: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """One of these tags is on the photo, or on a person who is on it."""

    tags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InAlbum:
    """In one of these albums, or found by one of these searches of smart albums."""

    albums: tuple[int, ...] = ()
    searches: tuple[Search, ...] = ()


Condition = People | Taken | Month | Places | Faces | Flag | Tagged | InAlbum

FLAGS = {
    "unnamed": "unnamed",
    "unknown": "unnamed",
    "pending": "pending",
    "waiting": "pending",
    "failed": "failed",
    "broken": "failed",
    "offline": "unplugged",
    "unplugged": "unplugged",
    "favourite": "favourite",
    "favourites": "favourite",
    "favorite": "favourite",
    "favorites": "favourite",
    "starred": "favourite",
}
"""Words that need nothing of the library, and the condition they stand for."""


@dataclass(frozen=True, slots=True)
class Term:
    """One of the ``choices`` holds, or none of them where it is turned round."""

    choices: tuple[Condition, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for."""

    terms: tuple[Term, ...]
    only: bool = False
    """Nobody is on the photo but the persons of the terms that are not turned round."""

    @property
    def wanted(self) -> tuple[int, ...]:
        """The persons that are asked for."""
        found = [
            person
            for term in self.terms
            if not term.negated
            for choice in term.choices
            if isinstance(choice, People)
            for person in choice.ids
        ]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Vocabulary:
    """The names of a library. Folders are read only when a word is nothing else."""

    names: Sequence[tuple[str, int]]
    """Names and persons."""
    folders: Callable[[], Sequence[tuple[str, tuple[int, str]]]] = field(default=lambda: ())
    """Names of folders at any depth, and where: watched folder and path in it."""
    spoken: Mapping[str, int | str] = field(default_factory=dict)
    """Words of the user's language: months' numbers, and the English keyword that others stand for.

    Weekdays stand for "weekday"; "/" for "month" where 5/31/2019 begins with the month."""
    tags: Sequence[tuple[str, int]] = ()
    """Names and tags."""
    albums: Sequence[Album] = ()
