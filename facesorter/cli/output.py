"""What commands print: JSON lines for programs, tables for people."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from facesorter.domain import FaceId, PersonId, PhotoId
from facesorter.errors import UserError
from facesorter.library import listings
from facesorter.storage import persons
from facesorter.storage.database import DATABASE_NAME, open_reader, plain_words
from facesorter.storage.file_names import to_show

WIDEST = 60
"""Characters of a table cell; a longer one is cut at its start, where paths say least."""
LARGEST_ID = 2**63 - 1
"""The largest number that SQLite can hold."""


@contextmanager
def reader(args: Namespace) -> Iterator[sqlite3.Connection]:
    """The library named on the command line, read-only.

    Raises:
        LibraryError: it can't be opened, or turns out to be damaged while it is read.
    """
    connection = open_reader(args.library)
    try:
        with plain_words(args.library / DATABASE_NAME):
            yield connection
    finally:
        connection.close()


def rows(args: Namespace, found: Iterable[Mapping[str, Any]]) -> None:
    """Print a list: JSON lines, or a table when a person is looking."""
    if args.json or not sys.stdout.isatty():
        for row in found:
            print(json.dumps(row))
        return
    table = [{key: _cell(value) for key, value in row.items()} for row in found]
    if not table:
        print("Nothing to show.")
        return
    widths = {key: max(len(key), *(len(row[key]) for row in table)) for key in table[0]}
    print("  ".join(key.ljust(width) for key, width in widths.items()).rstrip())
    for row in table:
        print("  ".join(row[key].ljust(width) for key, width in widths.items()).rstrip())


def result(args: Namespace, found: Mapping[str, Any], sentence: str) -> None:
    """Print one result: a JSON object, or a sentence."""
    print(json.dumps(found) if args.json else sentence)


def person_id(connection: sqlite3.Connection, text: str) -> PersonId:
    """The person that ``text`` names, by id or by name.

    Raises:
        UserError: there is none, or several have that name.
    """
    if text.isdecimal() and int(text) <= LARGEST_ID:
        given = PersonId(int(text))
        if persons.exists(connection, given):
            return given
    named = persons.with_name(connection, text)
    if len(named) == 1:
        return named[0]
    if named:
        raise UserError(
            "More than one person is named {name}: say which by its id ({ids}).",
            name=text,
            ids=[str(each) for each in named],
        )
    raise UserError("There’s no person {name}. 'facesorter people' lists them.", name=text)


def photo_at(connection: sqlite3.Connection, path: str) -> PhotoId:
    """The photo of the library at a path.

    Raises:
        UserError: there is none.
    """
    found = listings.photo_at(connection, os.path.abspath(path))
    if found is None:
        raise UserError("{file} isn’t in the library. 'facesorter scan' adds it.", file=path)
    return found


def at_least_one(text: str) -> int:
    """A number of steps, as an argument's type.

    Raises:
        ArgumentTypeError: it is no number, or less than one.
    """
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise ArgumentTypeError(f"{text} is not a number of 1 or more")


def face_id(text: str) -> FaceId:
    """A face's id, as an argument's type.

    Raises:
        ArgumentTypeError: it can't be one.
    """
    if text.isdecimal() and int(text) <= LARGEST_ID:
        return FaceId(int(text))
    raise ArgumentTypeError(f"{text} is not the id of a face")


def count(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: ``1 photo``, ``2,787 photos``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    text = to_show(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= WIDEST else "…" + text[1 - WIDEST :]
