"""The types of a parsed search, and the names known in a library. No Qt, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from facesorter.domain import Album
from facesorter.errors import UserError
from facesorter.names import Names


class UnknownTerm(UserError):  # noqa: N818 - a question to the user rather than a fault
    """A word that isn't a person, tag, album, place, folder, or date; with a similar known name.

    Callers that show the error should offer that name.
    """

    def __init__(self, term: str, nearest: str | None) -> None:
        super().__init__("No person, tag, album, place, or folder is named “{term}”.", term=term)
        self.term, self.nearest = term, nearest


@dataclass(frozen=True, slots=True)
class People:
    """Any of these persons is in the photo."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Aged:
    """Any of these persons is in the photo, ``first`` to ``last`` years old, both included."""

    ids: tuple[int, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Taken from ``first`` to before ``until``, both prefixes of ISO dates."""

    first: str
    until: str


@dataclass(frozen=True, slots=True)
class Month:
    """Taken in this month (1 to 12) of any year."""

    number: int


@dataclass(frozen=True, slots=True)
class Places:
    """In any of these folders or below: watched folder and path in it, "" or ending with "/"."""

    roots: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Faces:
    """The number of faces, not counting ignored ones, compares like this."""

    sign: str
    count: int


@dataclass(frozen=True, slots=True)
class Flag:
    """One of `FLAGS`."""

    name: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these photos."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """The photo, or a person in it, has any of these tags."""

    tags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InAlbum:
    """In any of these albums, or matching any of these searches of smart albums."""

    albums: tuple[int, ...] = ()
    searches: tuple[Search, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Taken in any of these cities."""

    cities: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A text stands in one of `FIELDS`, or in any of them if that is ""."""

    field: str
    text: str
    """Folded, see `names.fold`."""


@dataclass(frozen=True, slots=True)
class OfFormat:
    """The file name ends in one of these, in lower case."""

    suffixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """One of `MEASURES` compares like this: stars, bytes of the file, pixels, or milliseconds."""

    measure: str
    sign: str
    amount: int


Condition = (
    People
    | Aged
    | Taken
    | Month
    | Places
    | Faces
    | Flag
    | OneOf
    | Tagged
    | InAlbum
    | TakenIn
    | Words
    | OfFormat
    | Measured
)

FIELDS = {
    "file": "name",
    "title": "title",
    "caption": "caption",
    "keyword": "keywords",
    "camera": "camera",
    "lens": "lens",
}
"""Keywords before a colon, and the column of ``photo_search`` that they look through."""
MEASURES = ("rating", "size", "pixels", "length")
"""Keywords before a sign and a number, besides ``faces``."""

ON_THIS_DAY = "on this day"
DOUBTFUL = "doubtful"
STACKED = "stacked"
FLAGS = {
    "video": "video",
    "videos": "video",
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
    "dated": "dated",
    "date": "dated",
    "undated": "undated",
    "date:none": "undated",
    "doubtful": DOUBTFUL,
    "date:doubtful": DOUBTFUL,
    "no date": "undated",
    "stacked": STACKED,
    "stacks": STACKED,
    "is:stack": STACKED,
    ON_THIS_DAY: "this day",
}
"""Keywords that don't depend on the library, and their conditions."""


@dataclass(frozen=True, slots=True)
class Term:
    """Any of the ``choices`` matches, or none of them if negated."""

    choices: tuple[Condition, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed search."""

    terms: tuple[Term, ...]
    only: bool = False
    """Whether photos must not contain faces of anyone but the `wanted` persons."""

    @property
    def wanted(self) -> tuple[int, ...]:
        """The persons in terms that aren't negated."""
        found = [
            person
            for term in self.terms
            if not term.negated
            for choice in term.choices
            if isinstance(choice, People | Aged)
            for person in choice.ids
        ]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Vocabulary:
    """The names known in a library. Folders are read only if a word is nothing else."""

    names: Sequence[tuple[str, int]]
    """Names and ids of persons."""
    folders: Callable[[], Sequence[tuple[str, tuple[int, str]]]] = field(default=lambda: ())
    """Names of folders at any depth, and their locations: watched folder and path in it."""
    spoken: Mapping[str, int | str] = field(default_factory=dict)
    """Words of the user's language: names of months with their numbers, others with the English
    keyword they translate.

    Weekdays map to "weekday"; "/" maps to "month" if the month is first in 5/31/2019."""
    tags: Sequence[tuple[str, int]] = ()
    """Names and ids of tags."""
    albums: Sequence[Album] = ()
    places: Callable[[], Names[int]] = field(default=lambda: Names(()))
    """Names of cities, regions and countries where photos were taken, each with a city; read only
    if a word is no person, tag or album."""
    in_words: Callable[[str], bool] = field(default=lambda _: False)
    """Whether a folded text stands in a photo's name, title, caption, keywords, camera or lens."""
    born: Callable[[int], bool] = field(default=lambda person: True)
    """Whether a person's date of birth is known."""
    doubtful: Callable[[], Sequence[int]] = field(default=lambda: ())
    """The photos whose date is to be checked."""
    stacked: Callable[[], Sequence[int]] = field(default=lambda: ())
    """The photos in stacks."""
