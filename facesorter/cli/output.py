"""Output of commands: JSON lines for programs, tables for people, exit codes; parsing of ids."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from facesorter.domain import FaceId, PersonId, PhotoId
from facesorter.errors import UserError
from facesorter.library import listings
from facesorter.library.library import Library
from facesorter.storage import persons
from facesorter.storage.database import DATABASE_NAME, is_older, open_reader, plain_words
from facesorter.storage.file_names import to_show

EXIT_DONE = 0
EXIT_SOME_FAILED = 1
"""Some of the photos failed, or a check found something."""
EXIT_WRONG = 2
"""The command or its arguments were wrong, and nothing was done; argparse uses it, too."""
EXIT_INTERRUPTED = 130

WIDEST = 60
"""Maximum characters of a table cell; longer ones are cut at the start, the least useful part of a
path."""
LARGEST_ID = 2**63 - 1
"""The largest number that SQLite can hold."""


@contextmanager
def reader(args: Namespace) -> Iterator[sqlite3.Connection]:
    """Open the library given on the command line, read-only; upgrade it first if it's older.

    Raises:
        LibraryError: it can't be opened, or turns out to be damaged while being read.
    """
    connection = open_reader(args.library)
    if is_older(connection):
        connection.close()
        Library(args.library).close(snapshot=False)
        connection = open_reader(args.library)
    try:
        with plain_words(args.library / DATABASE_NAME):
            yield connection
    finally:
        connection.close()


def rows(args: Namespace, found: Iterable[Mapping[str, Any]]) -> None:
    """Print a list: a table on a terminal, JSON lines elsewhere or with ``--json``."""
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


def ask(question: str) -> str:
    """Ask on the terminal; return the answer, which is empty if there is none (Ctrl+D)."""
    try:
        return input(question).strip()
    except EOFError:
        print()
        return ""


def person_id(connection: sqlite3.Connection, text: str) -> PersonId:
    """Return the person with the id or name ``text``.

    Raises:
        UserError: no person, or several, have that name.
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
    """Return the library's photo at a path.

    Raises:
        UserError: there is none.
    """
    found = listings.photo_at(connection, os.path.abspath(path))
    if found is None and os.path.isdir(path):
        raise UserError("{file} is a folder. Name photos, such as those in it.", file=path)
    if found is None:
        raise UserError("{file} isn’t in the library. 'facesorter scan' adds it.", file=path)
    return found


def file_path(text: str) -> Path:
    """Parse the path of a file or folder; an argparse type.

    Raises:
        ArgumentTypeError: it is empty, as a script's variable that isn't set. It would mean the
            present folder.
    """
    if not text:
        raise ArgumentTypeError("the path is empty")
    return Path(text)


def at_least_one(text: str) -> int:
    """Parse a number of steps, at most what SQLite can hold; an argparse type.

    Raises:
        ArgumentTypeError: it isn't a number, or is less than one.
    """
    if text.isdecimal() and int(text) > 0:
        return min(int(text), LARGEST_ID)
    raise ArgumentTypeError(f"{text} is not a number of 1 or more")


def face_id(text: str) -> FaceId:
    """Parse the id of a face; an argparse type.

    Raises:
        ArgumentTypeError: it isn't a valid id.
    """
    if text.isdecimal() and int(text) <= LARGEST_ID:
        return FaceId(int(text))
    raise ArgumentTypeError(f"{text} is not the id of a face")


def count(number: int, one: str, many: str | None = None) -> str:
    """Format a number with its noun: ``1 photo``, ``2,787 photos``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    text = to_show(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= WIDEST else "…" + text[1 - WIDEST :]
