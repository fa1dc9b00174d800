"""Rows of tags and albums, and which photos and persons carry them."""

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
"""Photos with a tag, or with a person who has it; the tag's id stands in it twice."""


def tags(connection: sqlite3.Connection) -> list[Tag]:
    """All tags, by name."""
    rows = connection.execute("SELECT id, name FROM tag")
    return sorted((Tag(*row) for row in rows), key=lambda tag: (tag.name.casefold(), tag.id))


def albums(connection: sqlite3.Connection) -> list[Album]:
    """All albums, smart ones too, by name."""
    rows = connection.execute("SELECT id, name, search FROM album")
    found = (Album(*row) for row in rows)
    return sorted(found, key=lambda album: (album.name.casefold(), album.id))


def tag(connection: sqlite3.Connection, tag_id: TagId) -> Tag | None:
    """A tag, or None."""
    row = connection.execute("SELECT id, name FROM tag WHERE id = ?", (tag_id,)).fetchone()
    return Tag(*row) if row else None


def album(connection: sqlite3.Connection, album_id: AlbumId) -> Album | None:
    """An album, or None."""
    row = connection.execute(
        "SELECT id, name, search FROM album WHERE id = ?", (album_id,)
    ).fetchone()
    return Album(*row) if row else None


def tag_counts(connection: sqlite3.Connection) -> dict[TagId, int]:
    """How many photos to see each tag stands on, by themselves or by a person on them."""
    rows = connection.execute(
        "SELECT held.tag_id, count(*) FROM (SELECT tag_id, photo_id FROM photo_tag UNION "
        "SELECT person_tag.tag_id, face.photo_id FROM person_tag "
        f"JOIN face ON face.person_id = person_tag.person_id) held {_VISIBLE} "
        "GROUP BY held.tag_id"
    )
    return dict(rows.fetchall())


def album_counts(connection: sqlite3.Connection) -> dict[AlbumId, int]:
    """How many photos to see each album holds; smart ones are not among them."""
    rows = connection.execute(
        f"SELECT held.album_id, count(*) FROM album_photo held {_VISIBLE} GROUP BY held.album_id"
    )
    return dict(rows.fetchall())


def favourites(connection: sqlite3.Connection) -> int:
    """How many favourites there are to see."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM (SELECT id AS photo_id FROM photo WHERE favourite = 1) held "
        f"{_VISIBLE}"
    ).fetchone()
    return int(count)


def favourites_among(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> int:
    """How many of these photos are favourites."""
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
    """Photos or persons that one label is on, by id; all, or those among ``ids``.

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
    """On how many of these photos or persons each label is, by the label's id."""
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
    """The tags of a person."""
    rows = connection.execute(
        "SELECT tag_id FROM person_tag WHERE person_id = ? ORDER BY 1", (person_id,)
    )
    return [row[0] for row in rows]


def names_on(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[int, list[str]]:
    """The names of the tags that stand on photos themselves, by photo."""
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
