"""Queries for the window and the command line: ordered ids first, then rows by id.

No list has photos of unwatched folders or missing photos; photos of offline folders stay.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from facesorter.domain import (
    AlbumId,
    Face,
    FaceId,
    FaceState,
    Folder,
    FolderId,
    Person,
    PersonId,
    PersonOrder,
    Photo,
    PhotoId,
    TagId,
)
from facesorter.errors import Message
from facesorter.names import begins, fold
from facesorter.storage import faces as face_rows
from facesorter.storage import folders as folder_rows
from facesorter.storage import pending, versions
from facesorter.storage import persons as person_rows
from facesorter.storage import photos as photo_rows
from facesorter.storage.labels import TAGGED


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals of a library."""

    photos: int
    pending: int
    faces: int
    persons: int
    """Visible persons: named ones, and unnamed groups of two faces or more."""
    named: int
    problems: int
    unsearched: int = 0
    """Analyzed photos waiting for the search for small faces."""
    videos: int = 0
    """Those of the photos that are videos."""
    notes: int = 0
    """Analyzed photos with whose files something is wrong."""


@dataclass(frozen=True, slots=True)
class Cards:
    """The persons on the page of people."""

    seen: list[PersonId]
    named: int
    """How many, at the beginning, are named."""
    hidden: list[PersonId]


@dataclass(frozen=True, slots=True)
class Problem:
    """A photo that couldn't be analyzed, or only in part, and why."""

    photo_id: PhotoId
    path: str
    error: Message
    shown: bool = False
    """Whether the photo could be analyzed nevertheless."""


def photo_ids(
    connection: sqlite3.Connection,
    *,
    folder_id: FolderId | None = None,
    person_id: PersonId | None = None,
    album_id: AlbumId | None = None,
    tag_id: TagId | None = None,
    favourite: bool = False,
) -> list[PhotoId]:
    """Return visible photos, newest first; of one folder, person, album, or tag, or favorites."""
    where = ["photo.status != 'missing'", "folder.watched = 1"]
    values: list[int] = []
    if folder_id is not None:
        where.append("photo.folder_id = ?")
        values.append(folder_id)
    if person_id is not None:
        where.append("photo.id IN (SELECT photo_id FROM face WHERE person_id = ?)")
        values.append(person_id)
    if album_id is not None:
        where.append("photo.id IN (SELECT photo_id FROM album_photo WHERE album_id = ?)")
        values.append(album_id)
    if tag_id is not None:
        where.append(f"photo.id IN ({TAGGED})")
        values += [tag_id, tag_id]
    if favourite:
        # Uses the index of favorites alone; reading each row takes twenty times as long.
        where.append("photo.id IN (SELECT id FROM photo WHERE favourite = 1)")
    return photo_rows.newest_first(
        connection,
        "SELECT photo.id FROM photo JOIN folder ON folder.id = photo.folder_id "
        f"WHERE {' AND '.join(where)} ORDER BY photo.sort_at DESC, photo.id DESC",
        values,
    )


def oldest_first(connection: sqlite3.Connection, newest: Sequence[PhotoId]) -> list[PhotoId]:
    """Return photos listed newest first the other way round; those without a date stay last."""
    return photo_rows.oldest_first(connection, newest)


def photos(connection: sqlite3.Connection, ids: Sequence[PhotoId]) -> list[Photo]:
    """Return photos in the order of ``ids``."""
    return photo_rows.by_ids(connection, ids)


def months(connection: sqlite3.Connection, ids: Sequence[PhotoId]) -> list[tuple[int, str]]:
    """Return where each month begins in a list of photos by date: row, and month as "2019-06".

    A binary search, a few lookups a month: 20 ms for 20 years, however many photos they have.
    """
    found: list[tuple[int, str]] = []
    at = 0
    while at < len(ids):
        month = _month_of(connection, ids[at])
        found.append((at, month or ""))
        at = bisect_left(
            ids,
            True,
            at + 1,
            key=lambda photo: _month_of(connection, photo) != month,
        )
    return found


def years(connection: sqlite3.Connection, ids: Sequence[FaceId]) -> list[tuple[int, str]]:
    """Return where each year begins in a list of faces by date: row, and year as "2019"."""
    taken = face_rows.taken(connection, ids)
    found: list[tuple[int, str]] = []
    for row, face in enumerate(ids):
        year = taken.get(face, "")[:4]
        if not found or found[-1][1] != year:
            found.append((row, year))
    return found


def sure_faces(connection: sqlite3.Connection, person_id: PersonId) -> set[FaceId]:
    """Return a person's suggested faces that need no confirmation."""
    return face_rows.sure_ids(connection, person_id)


def best_first(connection: sqlite3.Connection, person_id: PersonId) -> list[FaceId]:
    """Return a person's faces by quality, best first."""
    ids = face_rows.ids(connection, person_id=person_id)
    quality = face_rows.qualities(connection, person_id)
    return sorted(ids, key=lambda face: -quality.get(face, 0.0))


def _month_of(connection: sqlite3.Connection, photo_id: PhotoId) -> str | None:
    row = connection.execute("SELECT taken_at FROM photo WHERE id = ?", (photo_id,)).fetchone()
    return str(row[0])[:7] if row else None


def cards(
    connection: sqlite3.Connection,
    *,
    smallest: int = 2,
    order: PersonOrder = PersonOrder.FACES,
    matching: str = "",
) -> Cards:
    """Return the persons to show as cards, in one pass over names and face counts.

    Named ones, then unnamed groups of at least ``smallest``, which are always ordered by size. With
    50,000 persons, seven times as fast as reading their rows.

    Args:
        connection: A reader.
        smallest: Fewest faces of an unnamed group.
        order: Of those with names; favorites come before all others.
        matching: Beginning of a name or of a word in it, compared by `names.begins`; then only
            named persons are returned.
    """
    people = person_rows.sizes(connection)
    if matching.strip():
        people = [p for p in people if p.name is not None and begins(p.name, matching)]
    latest = person_rows.latest(connection) if order is PersonOrder.NEWEST else {}

    def key(p: person_rows.Size) -> tuple[bool, bool, str, int, int]:
        text, faces = "", -p.faces
        if order is PersonOrder.NAME and p.name is not None:
            text, faces = fold(p.name), 0
        return p.name is None, not p.favourite, text, faces, p.id

    people.sort(key=key)
    if order is PersonOrder.NEWEST:
        named = sum(p.name is not None for p in people)
        people[:named] = sorted(people[:named], key=lambda p: latest.get(p.id, ""), reverse=True)
        people[:named] = sorted(people[:named], key=lambda p: not p.favourite)
    seen = [p for p in people if not p.hidden and (p.name is not None or p.faces >= smallest)]
    hidden = sorted((p for p in people if p.hidden), key=lambda p: (p.name is None, -p.faces, p.id))
    return Cards(
        [p.id for p in seen], sum(p.name is not None for p in seen), [p.id for p in hidden]
    )


def person_ids(connection: sqlite3.Connection, *, smallest: int = 2) -> list[PersonId]:
    """Return visible persons in the order of `cards`, without hidden ones."""
    return cards(connection, smallest=smallest).seen


def hidden_ids(connection: sqlite3.Connection) -> list[PersonId]:
    """Return hidden persons, named ones first, then the largest."""
    return cards(connection).hidden


def persons(
    connection: sqlite3.Connection, ids: Sequence[PersonId], *, dated: bool = True
) -> list[Person]:
    """Return persons in the order of ``ids``; without ``dated``, faster and without dates."""
    found = {person.id: person for person in person_rows.summaries(connection, ids, dated=dated)}
    return [found[identity] for identity in ids if identity in found]


def person_dates(connection: sqlite3.Connection, person_id: PersonId) -> tuple[str, str] | None:
    """Return when a person's first and last photo were taken."""
    return person_rows.dates(connection, [person_id]).get(person_id)


def all_persons(connection: sqlite3.Connection) -> list[Person]:
    """Return every person with a visible face or a name, including hidden ones, by id."""
    return person_rows.summaries(connection)


def face_ids(
    connection: sqlite3.Connection,
    *,
    person_id: PersonId | None = None,
    photo_id: PhotoId | None = None,
    state: FaceState | None = None,
) -> list[FaceId]:
    """Return faces by person, photo, and state; newest photo first."""
    return face_rows.ids(connection, person_id=person_id, photo_id=photo_id, state=state)


def faces(connection: sqlite3.Connection, ids: Sequence[FaceId]) -> list[Face]:
    """Return faces in the order of ``ids``."""
    return face_rows.by_ids(connection, ids)


def absent_names(connection: sqlite3.Connection, photo_id: PhotoId) -> list[str]:
    """Return the names of people that only earlier versions of an edited photo show."""
    there = {
        face.person_id
        for face in face_rows.of_photo(connection, photo_id)
        if face.state is FaceState.CONFIRMED
    }
    absent = face_rows.by_ids(connection, versions.absent_faces(connection, photo_id))
    named = {face.name: None for face in absent if face.name and face.person_id not in there}
    return list(named)


def names(connection: sqlite3.Connection) -> list[tuple[str, PersonId, int]]:
    """Return names for completion: name, person, number of faces; most faces first."""
    people = [p for p in person_rows.sizes(connection) if p.name is not None]
    people.sort(key=lambda person: (-person.faces, person.name or ""))
    return [(person.name or "", person.id, person.faces) for person in people]


def counts(connection: sqlite3.Connection) -> Counts:
    """Return totals for the status bar and the sidebar, which poll twice a second."""
    # Each part uses an index alone; exceptions are rare and counted separately.
    photos = dict(
        connection.execute("SELECT status, count(*) FROM photo GROUP BY status").fetchall()
    )
    unwatched = connection.execute(
        "SELECT status, count(*) FROM photo "
        "WHERE folder_id IN (SELECT id FROM folder WHERE watched = 0) GROUP BY status"
    )
    for status, count in unwatched:
        photos[status] = photos.get(status, 0) - count
    (face_count,) = connection.execute(
        "SELECT (SELECT count(*) FROM face) "
        "- (SELECT count(*) FROM face WHERE person_id IS NULL AND state = 'ignored') "
        "- (SELECT count(*) FROM photo JOIN face ON face.photo_id = photo.id "
        "   WHERE photo.status = 'missing' AND face.state != 'ignored')"
    ).fetchone()
    # By an index of the videos alone, which SQLite doesn't choose by itself.
    (videos,) = connection.execute(
        "SELECT count(*) FROM photo INDEXED BY photo_video "
        "WHERE duration IS NOT NULL AND status != 'missing' "
        "AND folder_id IN (SELECT id FROM folder WHERE watched = 1)"
    ).fetchone()
    people = person_rows.sizes(connection)
    return Counts(
        photos=sum(count for status, count in photos.items() if status != "missing"),
        pending=photos.get("pending", 0),
        faces=face_count,
        persons=sum(not p.hidden and (p.name is not None or p.faces > 1) for p in people),
        named=sum(p.name is not None for p in people),
        problems=photos.get("failed", 0),
        unsearched=pending.count_unsearched(connection),
        videos=videos,
        notes=photo_rows.count_notes(connection),
    )


def problems(connection: sqlite3.Connection) -> list[Problem]:
    """Return photos that couldn't be analyzed, or only in part, with the reason in plain words."""
    which = (
        "SELECT photo.id, folder.path, photo.relpath, {0}, {1} FROM photo {3} "
        "JOIN folder ON folder.id = photo.folder_id AND folder.watched = 1 WHERE {2}"
    )
    rows = connection.execute(
        which.format(0, "error", "photo.status = 'failed'", "")
        + " UNION ALL "
        + which.format(
            *(1, "note", "note IS NOT NULL AND photo.status = 'analysed'"), "INDEXED BY photo_note"
        )
        + " ORDER BY 2, 3"
    )
    return [
        Problem(
            row[0], photo_rows.full_path(row[1], row[2]), Message.read(row[4] or ""), bool(row[3])
        )
        for row in rows
    ]


def skipped(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many files look like media and aren't read, by kind, the most frequent first."""
    return folder_rows.skipped(connection)


def folders(connection: sqlite3.Connection) -> list[Folder]:
    """Return the watched folders."""
    return folder_rows.every(connection, watched_only=True)
