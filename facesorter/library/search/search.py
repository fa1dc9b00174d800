"""Search queries: photos by people, date, folder, and more, in one SQL query per search."""

from __future__ import annotations

import json
import operator
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.library import date_checks, places
from facesorter.library.search.parser import KINDS, NAME_WORDS, needs_quotes, parse
from facesorter.library.search.terms import (
    Aged,
    Condition,
    Faces,
    Flag,
    InAlbum,
    Measured,
    Month,
    OfFormat,
    OneOf,
    People,
    Places,
    Search,
    Tagged,
    Taken,
    TakenIn,
    UnknownTerm,
    Vocabulary,
    Words,
)
from facesorter.storage import file_names, labels, photo_info, stacks
from facesorter.storage import folders as folder_rows
from facesorter.storage import photos as photo_rows
from facesorter.storage.places import AT_PLACE

__all__ = [
    "KINDS",
    "NAME_WORDS",
    "Suggestions",
    "UnknownTerm",
    "conditions",
    "count",
    "needs_quotes",
    "photo_ids",
    "suggestions",
    "vocabulary",
]

MOST = 500
"""Conditions of a search, with those of its smart albums: a pasted list of names may be long, and
SQLite allows expressions a depth of 1,000."""

_SEEN = "SELECT photo_id FROM face WHERE person_id"
_ONE_OF = "IN (SELECT value FROM json_each(?))"
# The index of faces by photo covers all of these queries.
_FLAGS = {
    "unnamed": (
        "photo.id IN (SELECT photo_id FROM face WHERE state != 'ignored' AND (person_id IS NULL "
        "OR person_id NOT IN (SELECT id FROM person WHERE name IS NOT NULL)))"
    ),
    # By an index of the videos alone: else each photo is read.
    "video": "photo.id IN (SELECT id FROM photo INDEXED BY photo_video WHERE duration IS NOT NULL)",
    "pending": "photo.status = 'pending'",
    "failed": "photo.status = 'failed'",
    "unplugged": "folder.state = 'unplugged'",
    "this day": (
        "(substr(photo.sort_at, 6, 5) = strftime('%m-%d', 'now', 'localtime') "
        "AND photo.sort_at < strftime('%Y', 'now', 'localtime'))"
    ),
    "favourite": "photo.id IN (SELECT id FROM photo WHERE favourite = 1)",
    "dated": "photo.sort_at != ''",
    "undated": "photo.sort_at = ''",
}
# Dates compare as texts, so a birthday in another year has that year before its month and day.
_AGED = (
    "SELECT face.photo_id FROM json_each(?) wanted JOIN person ON person.id = wanted.value "
    "JOIN face ON face.person_id = person.id JOIN photo p ON p.id = face.photo_id "
    "WHERE p.taken_at >= printf('%04d', substr(person.birth_date, 1, 4) + ?) "
    "|| substr(person.birth_date, 5) AND p.taken_at < "
    "printf('%04d', substr(person.birth_date, 1, 4) + 1 + ?) || substr(person.birth_date, 5)"
)
_COMPARE = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Completions for a search field."""

    names: tuple[str, ...]
    """Names of persons, in alphabetical order."""
    folders: tuple[str, ...]
    years: tuple[str, ...]
    """Years of photos, newest first."""
    tags: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Cities, regions and countries where photos were taken, in alphabetical order."""


def photo_ids(
    connection: sqlite3.Connection, text: str, spoken: Mapping[str, int | str] | None = None
) -> list[PhotoId]:
    """Return the photos that match a search, newest first; all visible ones for an empty search.

    ``spoken`` are words of the user's language, see `Vocabulary.spoken`. Suggested faces count as
    their person's.

    Raises:
        UnknownTerm: a word is unknown; the error has the most similar known one.
        UserError: the search is invalid for another reason.
    """
    where, values = conditions(parse(text, vocabulary(connection, spoken)))
    return photo_rows.newest_first(
        connection,
        "SELECT photo.id FROM photo JOIN folder ON folder.id = photo.folder_id "
        f"WHERE {' AND '.join(where)} ORDER BY photo.sort_at DESC, photo.id DESC",
        values,
    )


def count(
    connection: sqlite3.Connection, text: str, spoken: Mapping[str, int | str] | None = None
) -> int | None:
    """Return the number of photos that match a search; None if it is no longer valid."""
    try:
        where, values = conditions(parse(text, vocabulary(connection, spoken)))
    except UserError:
        return None
    (found,) = connection.execute(
        "SELECT count(*) FROM photo JOIN folder ON folder.id = photo.folder_id "
        f"WHERE {' AND '.join(where)}",
        values,
    ).fetchone()
    return int(found)


def vocabulary(
    connection: sqlite3.Connection, spoken: Mapping[str, int | str] | None = None
) -> Vocabulary:
    """Return the names that a search of this library can use."""
    rows = connection.execute("SELECT name, id FROM person WHERE name IS NOT NULL ORDER BY id")
    return Vocabulary(
        rows.fetchall(),
        lambda: _folders(connection),
        spoken or {},
        [(tag.name, tag.id) for tag in labels.tags(connection)],
        labels.albums(connection),
        places=lambda: places.names(connection),
        in_words=lambda text: photo_info.contains(connection, text),
        born=lambda person: (
            connection.execute(
                "SELECT 1 FROM person WHERE id = ? AND birth_date IS NOT NULL", [person]
            ).fetchone()
            is not None
        ),
        doubtful=lambda: [
            photo_id for some in date_checks.find(connection).values() for photo_id in some
        ],
        stacked=lambda: [photo_id for stack in stacks.shown(connection) for photo_id in stack],
    )


def suggestions(connection: sqlite3.Connection, language: str = "en") -> Suggestions:
    """Return the completions to offer while typing a search.

    ``language`` is that of the countries' names, as in `geo.gazetteer.LANGUAGES`.
    """
    named = vocabulary(connection)
    # By an index that has all of it. SQLite would take the one by name, and read every row.
    years = connection.execute(
        "SELECT DISTINCT substr(sort_at, 1, 4) FROM photo INDEXED BY photo_shown "
        "WHERE status != 'missing' "
        "AND sort_at != '' ORDER BY 1 DESC"
    )
    return Suggestions(
        tuple(sorted({name for name, _ in named.names}, key=str.casefold)),
        tuple(sorted({name for name, _ in named.folders()}, key=str.casefold)),
        tuple(row[0] for row in years),
        tuple(name for name, _ in named.tags),
        tuple(album.name for album in named.albums),
        places.suggested(connection, language),
    )


def conditions(search: Search) -> tuple[list[str], list[object]]:
    """Convert a search to SQL conditions on ``photo`` joined with ``folder``, and parameters.

    Raises:
        UserError: there are too many.
    """
    if _size(search) > MOST:
        raise UserError("This search is too long. Use at most {count} conditions.", count=MOST)
    where, values = _terms(search)
    return ["photo.status != 'missing'", "folder.watched = 1", *where], values


def _size(search: Search) -> int:
    inner = (
        sum(map(_size, choice.searches))
        for term in search.terms
        for choice in term.choices
        if isinstance(choice, InAlbum)
    )
    return sum(len(term.choices) for term in search.terms) + sum(inner)


def _terms(search: Search) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    for term in search.terms:
        choices = []
        for choice in term.choices:
            sql, needed = _condition(choice)
            choices.append(sql)
            values += needed
        any_of = f"({' OR '.join(choices)})"
        where.append(f"NOT {any_of}" if term.negated else any_of)
    if search.only and search.wanted:
        where.append(
            "NOT EXISTS (SELECT 1 FROM face WHERE face.photo_id = photo.id "
            "AND face.state != 'ignored' AND (face.person_id IS NULL "
            "OR face.person_id NOT IN (SELECT value FROM json_each(?))))"
        )
        values.append(json.dumps(search.wanted))
    return where, values


def _condition(choice: Condition) -> tuple[str, list[object]]:
    match choice:
        case People(ids):
            return f"photo.id IN ({_SEEN} IN (SELECT value FROM json_each(?)))", [json.dumps(ids)]
        case Aged(ids, youngest, oldest):
            return f"photo.id IN ({_AGED})", [json.dumps(ids), youngest, oldest]
        case Taken(first, until):
            # Photos without a date are before nothing.
            return "(photo.sort_at >= ? AND photo.sort_at < ?)", [first or "0", until]
        case Month(number):
            return "substr(photo.sort_at, 6, 2) = ?", [f"{number:02}"]
        case Places(roots):
            return _places(roots)
        case Faces(sign, count):
            return _faces(sign, count)
        case Flag(name):
            return _FLAGS[name], []
        case OneOf(ids):
            return f"photo.id {_ONE_OF}", [json.dumps(ids)]
        case Tagged(tags):
            wanted = json.dumps(tags)
            return f"photo.id IN ({labels.TAGGED.replace('= ?', _ONE_OF)})", [wanted, wanted]
        case InAlbum(albums, searches):
            return _albums(albums, searches)
        case TakenIn(cities):
            wanted = json.dumps(cities)
            return f"photo.id IN ({AT_PLACE})", [wanted, wanted]
        case Words(field, text):
            there = f"instr({field}, ?)" if field else photo_info.CONTAINS_ANY
            sql = f"photo.id IN (SELECT photo_id FROM photo_search WHERE {there})"
            return sql, [text] * there.count("?")
        case OfFormat(suffixes):
            some = f"suffix {_ONE_OF}"
            sql = f"photo.id IN (SELECT photo_id FROM photo_search WHERE {some})"
            return sql, [json.dumps(suffixes)]
        case Measured(measure, sign, amount):
            return _measured(measure, sign, amount)


def _measured(measure: str, sign: str, amount: int) -> tuple[str, list[object]]:
    """Select photos by stars, bytes, pixels or length. The sign comes from the parser, as above."""
    assert sign in _COMPARE
    # Each has an index of its own, which SQLite uses in a query of its own only.
    if measure == "size":
        return f"photo.id IN (SELECT id FROM photo WHERE size {sign} ?)", [amount]
    if measure == "pixels":
        return f"photo.id IN (SELECT id FROM photo WHERE width * height {sign} ?)", [amount]
    if measure == "length":
        # As it is shown, in whole seconds: a video of 0:30 has 30.4 seconds.
        shown = "duration / 1000 * 1000"
        found = f"SELECT id FROM photo WHERE duration > 0 AND {shown} {sign} ?"
        return f"photo.id IN ({found})", [amount]
    if not _COMPARE[sign](0, amount):
        # Few photos have stars: the index holds only these.
        found = f"SELECT photo_id FROM photo_search WHERE rating > 0 AND rating {sign} ?"
        return f"photo.id IN ({found})", [amount]
    opposite = f"SELECT photo_id FROM photo_search WHERE rating > 0 AND NOT rating {sign} ?"
    return f"photo.id NOT IN ({opposite})", [amount]


def _faces(sign: str, count: int) -> tuple[str, list[object]]:
    """Select photos by number of faces; grouping is four times as fast as a count per photo."""
    # Photos without faces are in no group, so if they match, exclude those that don't. The sign
    # comes from the parser, never from the user's text.
    none, turned = ("NOT ", "NOT ") if _COMPARE[sign](0, count) else ("", "")
    return (
        f"photo.id {none}IN (SELECT photo_id FROM face WHERE state != 'ignored' "
        f"GROUP BY photo_id HAVING {turned}count(*) {sign} ?)"
    ), [count]


def _albums(albums: tuple[int, ...], searches: tuple[Search, ...]) -> tuple[str, list[object]]:
    any_of = [
        "photo.id IN (SELECT photo_id FROM album_photo "
        "WHERE album_id IN (SELECT value FROM json_each(?)))"
    ]
    values: list[object] = [json.dumps(albums)]
    for search in searches:
        where, needed = _terms(search)
        any_of.append(f"({' AND '.join(where or ['1'])})")
        values += needed
    return f"({' OR '.join(any_of if albums else any_of[1:])})", values[not albums :]


def _places(roots: tuple[tuple[int, str], ...]) -> tuple[str, list[object]]:
    whole = [folder for folder, path in roots if not path]
    # Everything that begins with "a/b/" sorts between it and "a/b0", because "0" follows "/".
    parts = [[folder, path, path[:-1] + "0"] for folder, path in roots if path]
    return (
        "(photo.folder_id IN (SELECT value FROM json_each(?)) OR photo.id IN ("
        "SELECT p.id FROM json_each(?) part JOIN photo p ON p.folder_id = part.value ->> 0 "
        "AND p.relpath >= part.value ->> 1 AND p.relpath < part.value ->> 2))"
    ), [json.dumps(whole), json.dumps(parts)]


def _folders(connection: sqlite3.Connection) -> list[tuple[str, tuple[int, str]]]:
    """Watched folders and all folders in them that contain photos: name and location."""
    watched = folder_rows.every(connection, watched_only=True)
    found = {
        (folder.id, ""): file_names.to_show(
            folder.path.replace("\\", "/").rstrip("/").rpartition("/")[2]
        )
        for folder in watched
    }
    for folder_id, path in folder_rows.subfolders(connection):
        parts = path.split("/")[:-1]
        for depth, part in enumerate(parts, 1):
            found.setdefault((folder_id, "/".join(parts[:depth]) + "/"), part)
    known = {folder.id for folder in watched}
    return [(name, place) for place, name in found.items() if place[0] in known and name]
