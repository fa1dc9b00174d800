"""Rows of photos' metadata, and of the text that searches for words look through."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from facesorter.domain import Given, PhotoId
from facesorter.names import fold
from facesorter.storage import file_names
from facesorter.storage.photos import chunks

COLUMNS = (
    *("make", "model", "lens", "exposure_time", "f_number", "iso", "focal_length"),
    *("focal_length_35", "flash", "latitude", "longitude", "altitude", "utc_offset"),
    *("rating", "title", "caption", "keywords"),
)
"""As the fields of `images.photo_info.PhotoInfo`; keywords are separated by line feeds."""


def put(
    connection: sqlite3.Connection,
    photo_id: PhotoId,
    values: Sequence[object],
    *,
    inside: str | None,
    rule: int,
) -> None:
    """Store what is known of a photo.

    Args:
        connection: The library.
        photo_id: The photo.
        values: Of `COLUMNS`, sidecars included.
        inside: What the file itself says, so that the rest follows when a sidecar changes.
        rule: The version of the reader.
    """
    names = ("photo_id", "rule", "inside", *COLUMNS)
    connection.execute(
        f"INSERT OR REPLACE INTO photo_info ({', '.join(names)}) "
        f"VALUES ({', '.join('?' * len(names))})",
        [photo_id, rule, inside, *values],
    )
    refresh_search(connection, [photo_id])


def inside(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[PhotoId, tuple[int, str | None, str | None]]:
    """Return the rule, what the file says, and its sidecars, of photos that were read."""
    found = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT photo_id, rule, inside, photo.sidecars FROM photo_info "
            f"JOIN photo ON photo.id = photo_id WHERE photo_id IN ({marks})",
            part,
        )
        found.update({row[0]: (row[1], row[2], row[3]) for row in rows})
    return found


def rows(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[PhotoId, tuple[object, ...]]:
    """Return `COLUMNS` of the photos that were read."""
    found = {}
    for marks, part in chunks(photo_ids):
        for row in connection.execute(
            f"SELECT photo_id, {', '.join(COLUMNS)} FROM photo_info WHERE photo_id IN ({marks})",
            part,
        ):
            found[row[0]] = tuple(row[1:])
    return found


def pages(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[PhotoId, int]:
    """Return the number of pages of files that have several."""
    found: dict[PhotoId, int] = {}
    for marks, part in chunks(photo_ids):
        found.update(
            connection.execute(
                "SELECT photo_id, inside ->> 'pages' FROM photo_info "
                f"WHERE photo_id IN ({marks}) AND inside ->> 'pages' > 1",
                part,
            )
        )
    return found


def cameras(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[PhotoId, tuple[str | None, str | None]]:
    """Return make and model of the cameras that took photos, where one of them is known."""
    found = {}
    for marks, part in chunks(photo_ids):
        for photo_id, make, model in connection.execute(
            "SELECT photo_id, make, model FROM photo_info "
            f"WHERE photo_id IN ({marks}) AND coalesce(make, model) IS NOT NULL",
            part,
        ):
            found[photo_id] = (make, model)
    return found


def given(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[PhotoId, Given]:
    """Return what the user entered about photos."""
    found = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            f"SELECT id, rating, title, caption FROM photo WHERE id IN ({marks})", part
        )
        found.update({row[0]: Given(*row[1:]) for row in rows})
    return found


def refresh_search(connection: sqlite3.Connection, photo_ids: Iterable[PhotoId]) -> None:
    """Derive again what searches look through: names and words, folded, the user's first."""
    for marks, part in chunks(list(photo_ids)):
        found = connection.execute(
            "SELECT photo.id, relpath, coalesce(photo.title, info.title), "
            "coalesce(photo.caption, info.caption), info.keywords, make, model, lens, "
            "coalesce(photo.rating, info.rating, 0) FROM photo "
            f"LEFT JOIN photo_info info ON photo_id = photo.id WHERE photo.id IN ({marks})",
            part,
        ).fetchall()
        connection.executemany(
            "INSERT OR REPLACE INTO photo_search (photo_id, name, suffix, title, caption, "
            "keywords, camera, lens, rating) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    photo_id,
                    *named(relpath),
                    *map(_folded, (title, caption)),
                    _lines(keywords),
                    _folded(" ".join(filter(None, (make, model)))),
                    _folded(lens),
                    rating,
                )
                for photo_id, relpath, title, caption, keywords, make, model, lens, rating in found
            ],
        )


def named(relpath: str) -> tuple[str, str]:
    """Return the folded file name and its suffix, of a relative path as stored."""
    name = file_names.to_show(file_names.from_text(relpath)).rpartition("/")[2]
    return fold(name), name.rpartition(".")[2].lower()


def missing(connection: sqlite3.Connection) -> list[PhotoId]:
    """Return photos that searches for words don't know yet, as those of an older library."""
    rows = connection.execute("SELECT id FROM photo EXCEPT SELECT photo_id FROM photo_search")
    return [row[0] for row in rows]


def contains(connection: sqlite3.Connection, folded: str) -> bool:
    """Return whether a folded text stands in any column of `SEARCHED` of any photo."""
    row = connection.execute(
        f"SELECT 1 FROM photo_search WHERE {CONTAINS_ANY} LIMIT 1", [folded] * len(SEARCHED)
    ).fetchone()
    return row is not None


SEARCHED = ("name", "title", "caption", "keywords", "camera", "lens")
"""Columns of ``photo_search`` in which a plain word is looked for."""
CONTAINS_ANY = f"({' OR '.join(f'instr({column}, ?)' for column in SEARCHED)})"
"""Condition on ``photo_search``; takes the folded text once for each of `SEARCHED`."""


def _folded(text: str | None) -> str | None:
    return fold(text) or None if text else None


def _lines(keywords: str | None) -> str | None:
    return "\n".join(map(fold, keywords.split("\n"))) if keywords else None
