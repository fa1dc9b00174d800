"""Rows of fingerprints, near duplicates, and pairs that the user marked as not duplicates."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from facesorter.domain import PersonId, PhotoId
from facesorter.storage import stacks
from facesorter.storage.photos import chunks

# With "+", SQLite doesn't use the index of the status, which nearly all photos share, but that of
# contents: for 300,000 photos a tenth of a second instead of two.
_SHOWN = (
    "+photo.status = 'analysed' AND photo.content_hash IS NOT NULL "
    "AND +photo.folder_id IN (SELECT id FROM folder WHERE watched = 1)"
)
_SHARED = (
    "SELECT content_hash FROM photo WHERE content_hash IS NOT NULL "
    "GROUP BY content_hash HAVING count(*) > 1"
)


class Fingerprint(NamedTuple):
    """A content and its small picture."""

    content_hash: str
    pixels: bytes


class Member(NamedTuple):
    """A shown photo whose content another photo has, too, or nearly has."""

    id: PhotoId
    content_hash: str
    dates: str | None
    """Dates in the file by source, as JSON; None if they were never read."""


def without(
    connection: sqlite3.Connection, count: int, after: str = ""
) -> list[tuple[PhotoId, str]]:
    """Return analyzed photos whose content has no fingerprint, one of each, with that content.

    Not of videos, which are more than a picture: two of them begin alike.

    In the order of their contents, from that which follows ``after``, so that a pass over the
    library in parts reads no part twice.
    """
    return connection.execute(
        f"SELECT min(photo.id), photo.content_hash FROM photo WHERE {_SHOWN} "
        # With NOT EXISTS, SQLite reads each photo before it looks for the fingerprint: for 300,000
        # photos 0.9 s of the processor instead of 0.1 s.
        "AND photo.duration IS NULL AND photo.content_hash > ? "
        "AND photo.content_hash NOT IN (SELECT content_hash FROM fingerprint) "
        "GROUP BY photo.content_hash ORDER BY photo.content_hash LIMIT ?",
        (after, count),
    ).fetchall()


def put(connection: sqlite3.Connection, found: Iterable[Fingerprint]) -> None:
    """Store fingerprints that wait for comparison."""
    connection.executemany(
        "INSERT OR IGNORE INTO fingerprint (content_hash, pixels) VALUES (?, ?)", found
    )


def every(connection: sqlite3.Connection, *, compared: bool) -> list[Fingerprint]:
    """Return the fingerprints that were compared with all others, or those that wait for it."""
    # Written out, so that the index of those that wait is used: the table has 58 MB per 100,000.
    rows = connection.execute(
        f"SELECT content_hash, pixels FROM fingerprint WHERE compared = {int(compared)} ORDER BY id"
    )
    return [Fingerprint(*row) for row in rows]


def pixels(connection: sqlite3.Connection, content_hashes: Sequence[str]) -> dict[str, bytes]:
    """Return the fingerprints of contents that have one."""
    found: dict[str, bytes] = {}
    for start in range(0, len(content_hashes), 500):
        part = list(content_hashes[start : start + 500])
        marks = ",".join("?" * len(part))
        query = f"SELECT content_hash, pixels FROM fingerprint WHERE content_hash IN ({marks})"
        found.update(connection.execute(query, part).fetchall())
    return found


def put_pairs(
    connection: sqlite3.Connection,
    pairs: Iterable[tuple[str, str, float]],
    compared: Iterable[str],
) -> None:
    """Store pairs of contents with their likeness, and that contents were compared."""
    connection.executemany(
        "INSERT OR REPLACE INTO near_duplicate (a, b, likeness) VALUES (?, ?, ?)",
        [(min(a, b), max(a, b), likeness) for a, b, likeness in pairs],
    )
    connection.executemany(
        "UPDATE fingerprint SET compared = 1 WHERE content_hash = ?", [(h,) for h in compared]
    )


def pairs(connection: sqlite3.Connection) -> list[tuple[str, str, float]]:
    """Return the pairs of contents that are nearly the same picture, the most alike first."""
    return connection.execute(
        "SELECT a, b, likeness FROM near_duplicate ORDER BY likeness DESC, a, b"
    ).fetchall()


def near_duplicates(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return the pairs of contents that are nearly the same picture, the lower first."""
    return set(connection.execute("SELECT a, b FROM near_duplicate").fetchall())


def with_content(
    connection: sqlite3.Connection, content_hashes: Sequence[str]
) -> dict[str, PhotoId]:
    """Return a shown photo for each of these contents."""
    found: dict[str, PhotoId] = {}
    for start in range(0, len(content_hashes), 500):
        part = list(content_hashes[start : start + 500])
        marks = ",".join("?" * len(part))
        rows = connection.execute(
            f"SELECT content_hash, min(id) FROM photo WHERE {_SHOWN} "
            f"AND content_hash IN ({marks}) GROUP BY content_hash",
            part,
        )
        found.update(rows.fetchall())
    return found


def members(connection: sqlite3.Connection) -> list[Member]:
    """Return the shown photos that may have a duplicate, by id."""
    rows = connection.execute(
        f"SELECT id, content_hash, dates FROM photo WHERE {_SHOWN} AND content_hash IN ({_SHARED} "
        "UNION SELECT a FROM near_duplicate UNION SELECT b FROM near_duplicate) ORDER BY +id"
    )
    return [Member(*row) for row in rows]


_COPIES = (
    "SELECT id, first FROM (SELECT id, min(id) OVER (PARTITION BY content_hash) AS first "
    f"FROM photo WHERE {_SHOWN} AND content_hash IN ({_SHARED})) WHERE id != first"
)


def _counted(connection: sqlite3.Connection) -> set[tuple[PhotoId, PhotoId]]:
    """Return photos with the one that they count as: exact copies, and all of a stack."""
    joined: list[tuple[PhotoId, PhotoId]] = connection.execute(_COPIES).fetchall()
    for group in stacks.groups(connection):
        joined += [(group[0], other) for other in group[1:]]
    counts_as: dict[PhotoId, PhotoId] = {}

    def first(photo_id: PhotoId) -> PhotoId:
        while (lower := counts_as.get(photo_id, photo_id)) != photo_id:
            photo_id = lower
        return photo_id

    for pair in joined:
        low, high = sorted(map(first, pair))
        if low != high:
            counts_as[high] = low
    ids = {each for pair in joined for each in pair}
    return {(each, found) for each in ids if (found := first(each)) != each}


def copies_differ(connection: sqlite3.Connection) -> bool:
    """Return whether the photos that count as others are not those that are stored."""
    stored = connection.execute("SELECT photo_id, first_id FROM photo_copy").fetchall()
    return set(stored) != _counted(connection)


def set_copies(connection: sqlite3.Connection) -> list[PersonId]:
    """Store which photos count as which; return the people whose number of photos changed."""
    before = set(connection.execute("SELECT photo_id, first_id FROM photo_copy").fetchall())
    after = _counted(connection)
    connection.executemany(
        "DELETE FROM photo_copy WHERE photo_id = ?", [r[:1] for r in before - after]
    )
    connection.executemany("INSERT INTO photo_copy VALUES (?, ?)", after - before)
    changed = sorted({photo_id for photo_id, _ in before ^ after})
    return sorted(stacks.persons_in(connection, changed))


def rejected(connection: sqlite3.Connection) -> set[tuple[PhotoId, PhotoId]]:
    """Return the pairs that the user marked as not duplicates, the lower id first."""
    return set(connection.execute("SELECT photo_id, other_id FROM not_duplicate").fetchall())


def dates(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[PhotoId, str]:
    """Return the dates in the files of photos, as JSON."""
    found: dict[PhotoId, str] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            f"SELECT id, dates FROM photo WHERE dates IS NOT NULL AND id IN ({marks})", part
        )
        found.update(rows.fetchall())
    return found
