"""Prove that the library is whole: the file, every invariant, the originals.

Each finding is a sentence. `repair` mends what can be mended without deciding for the user.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from facesorter.cancel import CancelToken
from facesorter.library.transaction import Transaction
from facesorter.storage import photos
from facesorter.storage.database import integrity_problems
from facesorter.storage.photos import CHUNK


@dataclass(frozen=True, slots=True)
class Finding:
    """Something broken."""

    kind: str
    text: str
    repairable: bool = False


_RULES: tuple[tuple[str, str, str, str | None], ...] = (
    (
        "rejected",
        "face {0} is with person {1}, although it was rejected from there",
        "SELECT face.id, face.person_id FROM face JOIN rejection "
        "ON rejection.face_id = face.id AND rejection.person_id = face.person_id",
        "UPDATE face SET person_id = NULL, state = 'unknown' WHERE state = 'suggested' AND EXISTS "
        "(SELECT 1 FROM rejection WHERE face_id = face.id AND person_id = face.person_id)",
    ),
    (
        "embedding",
        "face {0} has no embedding, so it is never grouped",
        "SELECT face.id FROM face JOIN photo ON photo.id = face.photo_id "
        "WHERE photo.status = 'analysed' "
        "AND NOT EXISTS (SELECT 1 FROM embedding WHERE face_id = face.id)",
        "UPDATE photo SET status = 'pending' WHERE status = 'analysed' AND EXISTS "
        "(SELECT 1 FROM face WHERE photo_id = photo.id "
        "AND NOT EXISTS (SELECT 1 FROM embedding WHERE face_id = face.id))",
    ),
    (
        "embedding",
        "the embedding of face {0} has the wrong length",
        "SELECT face_id FROM embedding JOIN model ON model.id = embedding.model_id "
        "WHERE length(vector) != 4 * dimension",
        None,
    ),
    (
        "region",
        "the region of face {0} is not inside its photo",
        "SELECT id FROM face WHERE NOT (x >= -0.001 AND y >= -0.001 AND w > 0 AND h > 0 "
        "AND x + w <= 1.001 AND y + h <= 1.001)",
        None,
    ),
    (
        "cover",
        "the cover of person {0} is not one of their faces",
        "SELECT person.id FROM person JOIN face ON face.id = person.cover_face_id "
        "WHERE face.person_id IS NOT person.id",
        None,
    ),
    (
        "photo",
        "photo {0} counts as analysed but has no size",
        "SELECT id FROM photo WHERE status = 'analysed' AND (width IS NULL OR height IS NULL)",
        "UPDATE photo SET status = 'pending' "
        "WHERE status = 'analysed' AND (width IS NULL OR height IS NULL)",
    ),
)


def library_findings(connection: sqlite3.Connection) -> Iterator[Finding]:
    """What is broken inside the library file."""
    problems = integrity_problems(connection)
    yield from (Finding("file", problem) for problem in problems)
    if problems:
        return
    for kind, text, query, mend in _RULES:
        for row in connection.execute(query):
            yield Finding(kind, text.format(*row), mend is not None)
    for decision_id, before, after in connection.execute(
        "SELECT decision_id, before, after FROM decision_change"
    ):
        try:
            json.loads(before or "null"), json.loads(after or "null")
        except ValueError:
            yield Finding("journal", f"decision {decision_id} can't be read")


def original_findings(
    connection: sqlite3.Connection, token: CancelToken | None = None
) -> Iterator[Finding]:
    """Photos whose bytes changed although size and date did not: nobody edits a photo like that.

    Reads every original in full. Files that are gone or were edited are not findings; the next
    scan sees to them.
    """
    from facesorter.faces.analyzer import content_hash

    ids = photos.ids(connection, status="analysed")
    for start in range(0, len(ids), CHUNK):
        for photo in photos.by_ids(connection, ids[start : start + CHUNK]):
            if token is not None:
                token.check()
            try:
                stat = os.stat(photo.path)
                if (stat.st_size, stat.st_mtime_ns) != (photo.size, photo.mtime_ns):
                    continue
                digest = content_hash(Path(photo.path))
            except OSError:
                continue
            if digest != photo.content_hash:
                yield Finding(
                    "original",
                    f"the content of photo {photo.id} changed while its size and date did not",
                )


def repair(txn: Transaction) -> int:
    """Mend what can be mended without deciding for the user; returns how many rows changed."""
    mended = 0
    for *_, mend in _RULES:
        if mend is not None:
            mended += txn.connection.execute(mend).rowcount
    return mended
