"""Integrity checks of a library: the file, all invariants, and the original photos.

Each finding is a message. `repair` fixes those that need no decision by the user.
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from facesorter.cancel import CancelToken
from facesorter.domain import PhotoId
from facesorter.errors import Message
from facesorter.files import modified_ns
from facesorter.library.transaction import Transaction
from facesorter.storage import faces, photos, wal
from facesorter.storage.database import DATABASE_NAME, integrity_problems
from facesorter.storage.file_names import to_show
from facesorter.storage.photos import CHUNK

_INSIDE = "x >= -0.001 AND y >= -0.001 AND w > 0 AND h > 0 AND x + w <= 1.001 AND y + h <= 1.001"
"""With 0.001 of tolerance for rounding: drawn and imported regions come from whole pixels."""
UNIT_SLACK = 0.001
"""Tolerance for the squared length of an embedding, which should be 1: float32 sums of 512 squares
stay within a hundredth of this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem found by a check."""

    kind: str
    message: Message
    repairable: bool = False
    photo_id: PhotoId | None = None
    """The photo whose original it is about."""


class _Rule(NamedTuple):
    kind: str
    text: str
    """Message with placeholders named after the columns of ``query``."""
    query: str
    mend: str | None = None


# In the order of repair: a broken embedding is removed, and then found missing.
_RULES = (
    _Rule(
        "rejected",
        "face {face} is suggested for person {person}, although it was rejected there",
        "SELECT face.id AS face, face.person_id AS person FROM face JOIN rejection "
        "ON rejection.face_id = face.id AND rejection.person_id = face.person_id "
        "WHERE state = 'suggested'",
        "UPDATE face SET person_id = NULL, state = 'unknown' WHERE state = 'suggested' AND EXISTS "
        "(SELECT 1 FROM rejection WHERE face_id = face.id AND person_id = face.person_id)",
    ),
    _Rule(
        "rejected",
        "face {face} is both confirmed and rejected as person {person}; confirm or reject it again",
        "SELECT face.id AS face, face.person_id AS person FROM face JOIN rejection "
        "ON rejection.face_id = face.id AND rejection.person_id = face.person_id "
        "WHERE state = 'confirmed'",
    ),
    _Rule(
        "unborn",
        "face {face} is suggested for person {person}, who wasn’t born yet",
        f"SELECT face.id AS face, face.person_id AS person FROM face WHERE {faces.UNBORN}",
        f"UPDATE face SET person_id = NULL, state = 'unknown' WHERE {faces.UNBORN}",
    ),
    _Rule(
        "embedding",
        "the embedding of face {face} isn’t from its recognizer",
        "SELECT face_id AS face FROM embedding JOIN model ON model.id = model_id "
        "WHERE NOT whole(vector, dimension)",
        "DELETE FROM embedding WHERE NOT whole(vector, "
        "(SELECT dimension FROM model WHERE model.id = model_id))",
    ),
    _Rule(
        "embedding",
        "the embedding of face {face} by the model pack being tested isn’t from its recognizer",
        "SELECT face_id AS face FROM trial_embedding JOIN model ON model.id = model_id "
        "WHERE NOT whole(vector, dimension)",
        "DELETE FROM trial_embedding WHERE NOT whole(vector, "
        "(SELECT dimension FROM model WHERE model.id = model_id))",
    ),
    _Rule(
        "embedding",
        "face {face} has no embedding, so it’s never grouped",
        "SELECT face.id AS face FROM face JOIN photo ON photo.id = face.photo_id "
        "WHERE photo.status = 'analysed' "
        "AND NOT EXISTS (SELECT 1 FROM embedding WHERE face_id = face.id)",
        "UPDATE photo SET status = 'pending' WHERE status = 'analysed' AND EXISTS "
        "(SELECT 1 FROM face WHERE photo_id = photo.id "
        "AND NOT EXISTS (SELECT 1 FROM embedding WHERE face_id = face.id))",
    ),
    _Rule(
        "region",
        "the region of face {face} isn’t inside its photo",
        f"SELECT face.id AS face FROM face JOIN photo ON photo.id = photo_id WHERE NOT ({_INSIDE}) "
        "AND photo.status = 'analysed'",
        "UPDATE photo SET status = 'pending' WHERE status = 'analysed' AND EXISTS "
        f"(SELECT 1 FROM face WHERE photo_id = photo.id AND NOT ({_INSIDE}))",
    ),
    _Rule(
        "photo",
        "photo {photo} is marked as analyzed but has no size",
        "SELECT id AS photo FROM photo WHERE status = 'analysed' "
        "AND (width IS NULL OR height IS NULL)",
        "UPDATE photo SET status = 'pending' "
        "WHERE status = 'analysed' AND (width IS NULL OR height IS NULL)",
    ),
    _Rule(
        "cover",
        "the cover of person {person} isn’t one of their faces",
        "SELECT person.id AS person FROM person LEFT JOIN face ON face.id = cover_face_id "
        "WHERE cover_face_id IS NOT NULL AND face.person_id IS NOT person.id",
        "UPDATE person SET cover_face_id = NULL WHERE cover_face_id IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM face WHERE face.id = cover_face_id AND face.person_id = person.id)",
    ),
)
_JOURNAL = (
    "SELECT id, args FROM decision UNION ALL SELECT decision_id, row_ids FROM decision_change "
    "UNION ALL SELECT decision_id, before FROM decision_change WHERE before IS NOT NULL "
    "UNION ALL SELECT decision_id, after FROM decision_change WHERE after IS NOT NULL"
)


def log_findings(directory: Path) -> Iterator[Finding]:
    """Check the log next to the library file. Only reads files."""
    path = directory / DATABASE_NAME
    if wal.is_foreign(path):
        yield Finding(
            "log",
            Message(
                "{file} belongs to another library file; it isn’t read, and the next start sets "
                "it aside",
                file=wal.log_path(path).name,
            ),
        )
    if wal.is_missing(path):
        yield Finding(
            "log",
            Message(
                "{file} is missing, although facesorter didn’t quit properly; the last changes "
                "may be lost",
                file=wal.log_path(path).name,
            ),
        )


def library_findings(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Check the contents of the library file."""
    problems = integrity_problems(connection)
    yield from (Finding("file", Message(problem)) for problem in problems)
    if problems:
        return
    _teach(connection)
    for rule in _RULES:
        cursor = connection.execute(rule.query)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            values = dict(zip(names, map(str, row), strict=True))
            yield Finding(rule.kind, Message(rule.text, **values), rule.mend is not None)
    unreadable = {entry for entry, text in connection.execute(_JOURNAL) if not _is_json(text)}
    for decision_id in sorted(unreadable):
        message = Message(
            "decision {decision} can’t be read, so it can’t be undone", decision=str(decision_id)
        )
        yield Finding("journal", message)


def original_findings(
    connection: sqlite3.Connection, token: CancelToken | None = None
) -> Iterator[Finding]:
    """Find photos whose content changed without a change of size and date that a scan would see.

    Reads every original in full. Missing and edited files are not findings; the next scan handles
    them.
    """
    from facesorter.files import content_hash

    ids = photos.ids(connection, status="analysed")
    for start in range(0, len(ids), CHUNK):
        for photo in photos.by_ids(connection, ids[start : start + CHUNK]):
            if token is not None:
                token.check()
            try:
                stat = os.stat(photo.path)
                if (stat.st_size, modified_ns(stat)) != (photo.size, photo.mtime_ns):
                    continue
                digest = content_hash(Path(photo.path))
            except OSError:
                continue
            if digest != photo.content_hash:
                message = Message(
                    "the content of {file} changed, although its size and date didn’t",
                    file=to_show(photo.path),
                )
                yield Finding("original", message, repairable=True, photo_id=photo.id)


def repair(txn: Transaction, edited: Collection[PhotoId] = ()) -> int:
    """Fix problems that need no decision by the user; return the number of rows changed.

    Photos to analyze again become pending for the next scan, ``edited`` ones among them.
    """
    _teach(txn.connection)
    for photo_id in edited:
        photos.set_pending(txn.connection, photo_id)
    txn.touch(photos=edited)
    mended = sum(txn.connection.execute(rule.mend).rowcount for rule in _RULES if rule.mend)
    return mended + len(edited)


def _teach(connection: sqlite3.Connection) -> None:
    connection.create_function("whole", 2, _is_whole, deterministic=True)


def _is_whole(vector: bytes, dimension: int) -> bool:
    """Whether a blob is an embedding: float32, ``dimension`` long, of unit length."""
    if len(vector) != 4 * dimension:
        return False
    values = struct.unpack(f"<{dimension}f", vector)
    length: float = sum(value * value for value in values)
    return abs(length - 1) < UNIT_SLACK


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
