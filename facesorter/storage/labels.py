"""Rows of tags and albums, and of the photos and persons in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from facesorter.domain import Album, AlbumId, PersonId, PhotoId, Tag, TagId
from facesorter.storage.photos import chunks

_VISIBLE = (
    "JOIN photo ON photo.id = held.photo_id AND photo.status != 'missing' "
    "JOIN folder ON folder.id = photo.folder_id AND folder.watched = 1"
)
TAGGED = (
    "SELECT photo_id FROM photo_tag WHERE tag_id = ? UNION ALL SELECT photo_id FROM face "
    "WHERE person_id IN (SELECT person_id FROM person_tag WHERE tag_id = ?)"
)
"""Photos that have a tag or show a person who has it; takes the tag's id twice."""


def tags(connection: sqlite3.Connection) -> list[Tag]:
    """Return all tags by name."""
    rows = connection.execute("SELECT id, name FROM tag")
    return sorted((Tag(*row) for row in rows), key=lambda tag: (tag.name.casefold(), tag.id))


def albums(connection: sqlite3.Connection) -> list[Album]:
    """Return all albums by name, including smart ones."""
    rows = connection.execute("SELECT id, name, search FROM album")
    found = (Album(*row) for row in rows)
    return sorted(found, key=lambda album: (album.name.casefold(), album.id))


def tag(connection: sqlite3.Connection, tag_id: TagId) -> Tag | None:
    """Return a tag, or None."""
    row = connection.execute("SELECT id, name FROM tag WHERE id = ?", (tag_id,)).fetchone()
    return Tag(*row) if row else None


def album(connection: sqlite3.Connection, album_id: AlbumId) -> Album | None:
    """Return an album, or None."""
    row = connection.execute(
        "SELECT id, name, search FROM album WHERE id = ?", (album_id,)
    ).fetchone()
    return Album(*row) if row else None


def tag_counts(connection: sqlite3.Connection) -> dict[TagId, int]:
    """Count the visible photos of each tag, their own or through a person on them."""
    rows = connection.execute(
        "SELECT held.tag_id, count(*) FROM (SELECT tag_id, photo_id FROM photo_tag UNION "
        "SELECT person_tag.tag_id, face.photo_id FROM person_tag "
        f"JOIN face ON face.person_id = person_tag.person_id) held {_VISIBLE} "
        "GROUP BY held.tag_id"
    )
    return dict(rows.fetchall())


def album_counts(connection: sqlite3.Connection) -> dict[AlbumId, int]:
    """Count the visible photos of each album, except smart ones."""
    rows = connection.execute(
        f"SELECT held.album_id, count(*) FROM album_photo held {_VISIBLE} GROUP BY held.album_id"
    )
    return dict(rows.fetchall())


def favourites(connection: sqlite3.Connection) -> int:
    """Count the visible favorites."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM (SELECT id AS photo_id FROM photo WHERE favourite = 1) held "
        f"{_VISIBLE}"
    ).fetchone()
    return int(count)


def favourites_among(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> int:
    """Count the favorites among these photos."""
    found = 0
    for marks, part in chunks(sorted(set(photo_ids))):
        (count,) = connection.execute(
            f"SELECT count(*) FROM photo WHERE favourite = 1 AND id IN ({marks})", part
        ).fetchone()
        found += count
    return found


def holders(
    connection: sqlite3.Connection, table: str, label_id: int, ids: Iterable[int] | None = None
) -> list[int]:
    """Return the photos or persons with one label, by id; all, or those among ``ids``.

    ``table`` is ``photo_tag``, ``person_tag`` or ``album_photo``.
    """
    what, label = _COLUMNS[table]
    found: list[int] = []
    if ids is None:
        rows = connection.execute(
            f"SELECT {what} FROM {table} WHERE {label} = ? ORDER BY 1", (label_id,)
        )
        return [row[0] for row in rows]
    for marks, part in chunks(sorted(set(ids))):
        rows = connection.execute(
            f"SELECT {what} FROM {table} WHERE {label} = ? AND {what} IN ({marks})",
            [label_id, *part],
        )
        found += [row[0] for row in rows]
    return found


def on(connection: sqlite3.Connection, table: str, ids: Sequence[int]) -> dict[int, int]:
    """Count how many of these photos or persons have each label, by label id."""
    what, label = _COLUMNS[table]
    found: dict[int, int] = {}
    for marks, part in chunks(sorted(set(ids))):
        rows = connection.execute(
            f"SELECT {label}, count(*) FROM {table} WHERE {what} IN ({marks}) GROUP BY {label}",
            part,
        )
        for label_id, count in rows:
            found[label_id] = found.get(label_id, 0) + count
    return found


def tags_of_person(connection: sqlite3.Connection, person_id: PersonId) -> list[TagId]:
    """Return a person's tags."""
    rows = connection.execute(
        "SELECT tag_id FROM person_tag WHERE person_id = ? ORDER BY 1", (person_id,)
    )
    return [row[0] for row in rows]


def names_on(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[int, list[str]]:
    """Return the names of the photos' own tags, by photo."""
    found: dict[int, list[str]] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT photo_id, name FROM photo_tag JOIN tag ON tag.id = tag_id "
            f"WHERE photo_id IN ({marks}) ORDER BY name",
            part,
        )
        for photo_id, name in rows:
            found.setdefault(photo_id, []).append(name)
    return found


_COLUMNS = {
    "photo_tag": ("photo_id", "tag_id"),
    "person_tag": ("person_id", "tag_id"),
    "album_photo": ("photo_id", "album_id"),
}
