"""Open another computer's library: read-only, upgraded in a copy, and untrusted.

The file may be damaged or made to harm, so what is read at once is limited, and only plain tables
are read: a view or a virtual table could go on forever.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from facesorter.errors import Message, UserError
from facesorter.storage.database import (
    DATABASE_NAME,
    LibraryError,
    is_older,
    open_reader,
    plain_words,
    quick_verdict,
    refuse_empty,
    refuse_foreign,
)

LONGEST_VALUE = 16_000_000
"""Bytes of one value. The largest of ours, the rows that a decision about a million faces changed,
takes 8 MB; one made to fill the memory may have a billion."""
MOST_ROWS = 3_000_000
"""Rows of one table; more were never met, and would fill the memory."""


@contextlib.contextmanager
def open_foreign(path: Path) -> Iterator[sqlite3.Connection]:
    """Open another library, given by its file or its folder.

    Raises:
        LibraryError: there is none, it is damaged, from a newer version, or not what it seems.
    """
    file = path / DATABASE_NAME if path.is_dir() else path
    if not file.is_file():
        raise LibraryError("There’s no library at {path}.", path=path)
    with plain_words(file), contextlib.ExitStack() as stack:
        refuse_empty(file)
        connection = _open(file, stack)
        _limit(connection, file)
        refuse_foreign(connection, file)
        verdict = quick_verdict(connection)
        if verdict != "ok":
            raise _distrusted(file, Message(verdict[:200]))
        if is_older(connection):
            connection = _upgraded(connection, stack)
            _limit(connection, file)
        yield connection


def _open(file: Path, stack: contextlib.ExitStack) -> sqlite3.Connection:
    if file.name == DATABASE_NAME:
        connection = open_reader(file.parent)
    else:
        # A backup: a file without a log.
        uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    stack.callback(connection.close)
    return connection


def _limit(connection: sqlite3.Connection, file: Path) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = off")
    connection.execute("PRAGMA query_only = on")
    rows = connection.execute(
        "SELECT name, type, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    ).fetchmany(1_000)
    for name, kind, sql in rows:
        if kind not in ("table", "index") or "VIRTUAL" in (sql or "").upper().split()[:3]:
            raise _distrusted(file, Message("unexpected {name}", name=str(name)[:50]))
    for name, kind, _ in rows:
        quoted = str(name).replace('"', '""')
        if kind == "table":
            query = f'SELECT count(*) FROM (SELECT 1 FROM "{quoted}" LIMIT {MOST_ROWS + 1})'
            (count,) = connection.execute(query).fetchone()
            if count > MOST_ROWS:
                raise _distrusted(file, Message("too many rows in {name}", name=str(name)[:50]))


def _upgraded(connection: sqlite3.Connection, stack: contextlib.ExitStack) -> sqlite3.Connection:
    """Return a copy in a temporary folder, upgraded to the present schema."""
    from facesorter.storage.opening import open_writer

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="facesorter-")))
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = delete")
    open_writer(folder).conn.close()
    upgraded = open_reader(folder)
    stack.callback(upgraded.close)
    return upgraded


def _distrusted(file: Path, reason: Message) -> UserError:
    return LibraryError(
        "{file} is damaged or isn’t a facesorter library ({reason}). Nothing was changed.",
        file=file,
        reason=reason,
    )
