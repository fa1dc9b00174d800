"""Rows of stacks: photos shown as one, and faces that are the same in the files of a picture.

What the machine found is in ``stack_photo`` and ``face_counterpart``. What the user decided is in
two columns of the photo and takes precedence.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from facesorter.domain import FaceId, FolderId, PersonId, PhotoId, Region
from facesorter.storage import file_names, library_settings
from facesorter.storage.photos import chunks

RULE = 1
"""Raised when a search would find other stacks than before, so that all folders are searched."""
# Photos that the user stacked or unstacked are left out of the machine's stacks.
_MACHINE = """
SELECT photo_id, stack_id, place, picture_id, role, reason FROM stack_photo
WHERE photo_id NOT IN
  (SELECT id FROM photo INDEXED BY photo_given_stack WHERE given_stack IS NOT NULL)
"""
# A stack made by hand has a negative number here, so that it is none of the machine's; files of a
# picture stay together in it.
_BY_HAND = """
SELECT id, -given_stack, coalesce(picture_id, id) * 10 + min(coalesce(place, 0), 9),
  coalesce(picture_id, id), coalesce(role, ''), coalesce(reason, '')
FROM photo INDEXED BY photo_given_stack LEFT JOIN stack_photo ON photo_id = id
WHERE given_stack > 0
"""
_PLACE = "rtrim(relpath, replace(relpath, '/', ''))"
"""The folder in a watched folder, as in the index photo_place."""
_IN_PLACE = f"photo INDEXED BY photo_place WHERE folder_id = ? AND {_PLACE} = ?"
# By no index: of a few photos, SQLite would look through all of their folders.
_THERE = "photo.status != 'missing' AND +folder_id IN (SELECT id FROM folder WHERE watched = 1)"


class Place(NamedTuple):
    """A folder: stacks never extend beyond one unless they are made by hand."""

    folder_id: FolderId
    inner: str
    """Path in the watched folder, "" or ending with "/", in the stored form of names."""


class File(NamedTuple):
    """A photo as the search for stacks sees it."""

    id: PhotoId
    folder_id: FolderId
    name: str
    """File name without folders."""
    taken: str | None
    """When the camera says that it took the photo."""
    make: str | None
    model: str | None
    content_hash: str | None
    size: int
    subsecond: int | None = None
    """Milliseconds by which it was taken after that second."""


class Row(NamedTuple):
    """A photo in a stack that the machine found."""

    photo_id: PhotoId
    stack_id: int
    place: int
    """0 on top."""
    picture_id: PhotoId
    """The same for files of one picture, as a raw photo and its JPEG."""
    role: str
    reason: str
    """Why the top is there."""


class Member(NamedTuple):
    """A photo in a stack as it is shown."""

    photo_id: PhotoId
    stack: int
    """Negative if made by hand."""
    picture_id: PhotoId
    role: str
    reason: str


def groups(connection: sqlite3.Connection) -> list[tuple[PhotoId, ...]]:
    """Return all stacks, the top of each first.

    Members may be missing, or the only one left. Read as one text in the order of an index, as by
    `storage.photos.ids_in_order`.
    """
    (text,) = connection.execute(
        "SELECT group_concat(members, ';') FROM (SELECT group_concat(photo_id) AS members FROM "
        "(SELECT photo_id, stack_id FROM stack_photo INDEXED BY stack_photo_stack "
        "ORDER BY stack_id, place, photo_id) GROUP BY stack_id)"
    ).fetchone()
    found: list[tuple[PhotoId, ...]] = [
        tuple(map(int, stack.split(",")))  # type: ignore[arg-type] # ids
        for stack in (text.split(";") if text else ())
    ]
    decided = connection.execute(
        "SELECT id FROM photo INDEXED BY photo_given_stack WHERE given_stack IS NOT NULL"
    ).fetchall()
    top = on_top(connection)
    if not decided and not top:
        return found
    given = {row[0] for row in decided}
    found = [
        stack if given.isdisjoint(stack) else tuple(each for each in stack if each not in given)
        for stack in found
    ]
    by_hand = sorted(
        (Row(*row) for row in connection.execute(_BY_HAND)),
        key=lambda row: (row.stack_id, row.place, row.photo_id),
    )
    for _, rows in itertools.groupby(by_hand, lambda row: row.stack_id):
        found.append(tuple(row.photo_id for row in rows))
    return [
        stack if top.isdisjoint(stack) else tuple(sorted(stack, key=lambda each: each not in top))
        for stack in found
    ]


def members(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId] | None = None
) -> list[Member]:
    """Return the photos in stacks that are shown, stack by stack, the top first.

    Args:
        connection: The library.
        photo_ids: Only the stacks of these; None for all.
    """
    found = _rows(connection, photo_ids)
    there: set[PhotoId] = set()
    for marks, part in chunks([row.photo_id for row in found]):
        rows = connection.execute(f"SELECT id FROM photo WHERE id IN ({marks}) AND {_THERE}", part)
        there.update(row[0] for row in rows)
    top = on_top(connection)
    found.sort(key=lambda row: (row.stack_id, row.photo_id not in top, row.place, row.photo_id))
    return [
        Member(row.photo_id, row.stack_id, row.picture_id, row.role, row.reason)
        for row in found
        if row.photo_id in there
    ]


def shown(connection: sqlite3.Connection) -> list[tuple[PhotoId, ...]]:
    """Return the stacks of which two or more photos are shown, the top of each first."""
    every = itertools.groupby(members(connection), lambda member: member.stack)
    found = (tuple(member.photo_id for member in group) for _, group in every)
    return [stack for stack in found if len(stack) > 1]


def _rows(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId] | None) -> list[Row]:
    if photo_ids is None:
        both = (*connection.execute(_MACHINE), *connection.execute(_BY_HAND))
        return [Row(*row) for row in both]
    found: dict[PhotoId, Row] = {}
    for marks, part in chunks(photo_ids):
        machine = f"SELECT stack_id FROM stack_photo WHERE photo_id IN ({marks})"
        by_hand = f"SELECT given_stack FROM photo WHERE id IN ({marks})"
        # A photo that the user took out still has its row of the machine.
        out = f"SELECT id FROM photo WHERE given_stack IS NOT NULL AND id IN ({marks})"
        machine += f" AND photo_id NOT IN ({out})"
        for row in (
            *connection.execute(f"{_MACHINE} AND stack_id IN ({machine})", [*part, *part]),
            *connection.execute(f"{_BY_HAND} AND given_stack IN ({by_hand})", part),
        ):
            found[row[0]] = Row(*row)
    return list(found.values())


def on_top(connection: sqlite3.Connection) -> set[PhotoId]:
    """Return the photos that the user put on top."""
    query = "SELECT id FROM photo INDEXED BY photo_given_top WHERE given_top = 1"
    return {row[0] for row in connection.execute(query)}


def next_number(connection: sqlite3.Connection) -> int:
    """Return a number for a new stack made by hand."""
    query = "SELECT coalesce(max(given_stack), 0) + 1 FROM photo WHERE given_stack IS NOT NULL"
    return int(connection.execute(query).fetchone()[0])


# What the machine finds.


def files(
    connection: sqlite3.Connection, place: Place | None = None, *, moving_ms: float = 0
) -> Iterator[list[File]]:
    """Yield the photos of each folder, or those of one, without missing ones.

    Of videos, only those that last up to ``moving_ms``: they may be moving parts of photos.
    """
    values: Sequence[object] = (moving_ms,) if place is None else (moving_ms, *place)
    which = "" if place is None else f"AND photo.folder_id = ? AND {_PLACE} = ?"
    rows = connection.execute(
        f"SELECT {_PLACE}, photo.id, photo.folder_id, relpath, "
        "json_extract(dates, '$.\"exif-original\"'), make, model, content_hash, size, "
        "json_extract(inside, '$.subsecond') FROM photo "
        f"LEFT JOIN photo_info ON photo_id = photo.id WHERE {_THERE} "
        f"AND (duration IS NULL OR duration <= ?) {which} "
        f"ORDER BY photo.folder_id, {_PLACE}, photo.id",
        values,
    )
    here: list[File] = []
    last: tuple[int, str] | None = None
    for inner, photo_id, folder_id, relpath, *rest in rows:
        if last != (folder_id, inner):
            if here:
                yield here
            here, last = [], (folder_id, inner)
        name = file_names.from_text(relpath[len(inner) :])
        here.append(File(photo_id, folder_id, name, *rest))
    if here:
        yield here


def places_of(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> set[Place]:
    """Return the folders of photos, and of those that the machine stacked with them."""
    found: set[Place] = set()
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            f"SELECT DISTINCT folder_id, {_PLACE} FROM photo WHERE id IN ({marks}) "
            "OR id IN (SELECT photo_id FROM stack_photo WHERE stack_id IN "
            f"(SELECT stack_id FROM stack_photo WHERE photo_id IN ({marks})))",
            [*part, *part],
        )
        found.update(Place(*row) for row in rows)
    return found


def rows(connection: sqlite3.Connection, place: Place | None = None) -> list[Row]:
    """Return what the machine found, of all folders or of one."""
    query = "SELECT photo_id, stack_id, place, picture_id, role, reason FROM stack_photo"
    if place is None:
        return [Row(*row) for row in connection.execute(query)]
    which = f"SELECT id FROM {_IN_PLACE}"
    return [Row(*row) for row in connection.execute(f"{query} WHERE photo_id IN ({which})", place)]


def replace(connection: sqlite3.Connection, gone: Iterable[Row], new: Iterable[Row]) -> None:
    """Replace rows of what the machine found. Photos deleted meanwhile are left out."""
    connection.executemany(
        "DELETE FROM stack_photo WHERE photo_id = ?", [(row.photo_id,) for row in gone]
    )
    connection.executemany(
        "INSERT OR REPLACE INTO stack_photo (photo_id, stack_id, place, picture_id, role, reason) "
        "SELECT id, ?, ?, ?, ?, ? FROM photo WHERE id = ?",
        [(*row[1:], row.photo_id) for row in new],
    )


def clear(connection: sqlite3.Connection) -> None:
    """Delete all that the machine found, at once: row by row takes seconds."""
    connection.execute("DELETE FROM stack_photo")
    connection.execute("DELETE FROM face_counterpart")
    forget_searched(connection)


def searched(connection: sqlite3.Connection) -> frozenset[FolderId]:
    """Return the watched folders in which all stacks are found, so that no start searches them.

    Empty if photos have changed since, as before the first search.
    """
    found = library_settings.get(connection, library_settings.STACKS)
    return frozenset(found["folders"] if found and found["rule"] == RULE else ())


def set_searched(connection: sqlite3.Connection, folder_ids: Iterable[FolderId]) -> None:
    """Store that all stacks are found in these folders, which are all that are watched."""
    found = {"rule": RULE, "folders": sorted(folder_ids)}
    library_settings.put(connection, library_settings.STACKS, found)


def forget_searched(connection: sqlite3.Connection) -> None:
    """Store that stacks may differ, as after each change of photos."""
    library_settings.remove(connection, library_settings.STACKS)


def face_quality(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[PhotoId, float]:
    """Return the sum of the quality of the faces in each photo that has any."""
    found: dict[PhotoId, float] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT photo_id, sum(quality) FROM face WHERE state != 'ignored' "
            f"AND photo_id IN ({marks}) GROUP BY photo_id",
            part,
        )
        found.update(rows.fetchall())
    return found


# Faces that are the same in the files of a picture.


class PictureFace(NamedTuple):
    """A face in a picture of several files."""

    id: FaceId
    photo_id: PhotoId
    region: Region


def faces_of_pictures(
    connection: sqlite3.Connection, place: Place | None = None
) -> Iterator[list[PictureFace]]:
    """Yield the faces of each picture that several files show, of all folders or of one.

    Without faces in videos: the same place at another moment may be somebody else.
    """
    whole = "SELECT picture_id FROM stack_photo GROUP BY picture_id HAVING count(*) > 1"
    if place is not None:
        whole = (
            f"SELECT picture_id FROM stack_photo WHERE photo_id IN (SELECT id FROM {_IN_PLACE}) "
            "GROUP BY picture_id HAVING count(*) > 1"
        )
    rows = connection.execute(
        "SELECT picture_id, face.id, face.photo_id, x, y, w, h FROM stack_photo "
        "CROSS JOIN face INDEXED BY face_photo ON face.photo_id = stack_photo.photo_id "
        f"WHERE picture_id IN ({whole}) AND moment IS NULL "
        "ORDER BY picture_id, stack_photo.place, face.id",
        () if place is None else place,
    )
    here: list[PictureFace] = []
    last = None
    for picture, face_id, photo_id, *box in rows:
        if picture != last and here:
            yield here
            here = []
        last = picture
        here.append(PictureFace(face_id, photo_id, Region(*box)))
    if here:
        yield here


def counterpart_rows(
    connection: sqlite3.Connection, place: Place | None = None
) -> dict[FaceId, FaceId]:
    """Return the number of each face that is the same as others, of all folders or of one."""
    query = "SELECT face_id, group_id FROM face_counterpart"
    if place is None:
        return dict(connection.execute(query).fetchall())
    which = f"SELECT face.id FROM face WHERE photo_id IN (SELECT id FROM {_IN_PLACE})"
    return dict(connection.execute(f"{query} WHERE face_id IN ({which})", place).fetchall())


def set_counterparts(
    connection: sqlite3.Connection, gone: Iterable[FaceId], new: Iterable[tuple[FaceId, FaceId]]
) -> None:
    """Replace which faces are the same. Faces deleted meanwhile are left out."""
    connection.executemany(
        "DELETE FROM face_counterpart WHERE face_id = ?", [(each,) for each in gone]
    )
    connection.executemany(
        "INSERT OR REPLACE INTO face_counterpart (face_id, group_id) "
        "SELECT id, ? FROM face WHERE id = ?",
        [(group_id, face_id) for face_id, group_id in new],
    )


_TOGETHER = "a.given_stack IS b.given_stack AND a.given_stack IS NOT 0"
"""Condition on two photos of a picture: the user didn't take them apart."""


def counterparts(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> dict[FaceId, list[FaceId]]:
    """Return the other faces that are the same as these, in other files of their pictures."""
    found: dict[FaceId, list[FaceId]] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            "SELECT one.face_id, other.face_id FROM face_counterpart one "
            "JOIN face_counterpart other ON other.group_id = one.group_id "
            "AND other.face_id != one.face_id "
            "JOIN face f ON f.id = one.face_id JOIN photo a ON a.id = f.photo_id "
            "JOIN face g ON g.id = other.face_id JOIN photo b ON b.id = g.photo_id "
            f"WHERE {_TOGETHER} AND one.face_id IN ({marks}) ORDER BY 1, 2",
            part,
        )
        for face_id, other in rows:
            found.setdefault(face_id, []).append(other)
    return found


def counterpart_numbers(connection: sqlite3.Connection) -> list[tuple[FaceId, FaceId]]:
    """Return faces with the number that those share which are the same, for grouping.

    Faces of photos that the user took apart are left out.
    """
    return connection.execute(
        "SELECT face_id, group_id FROM face_counterpart "
        "WHERE face_id NOT IN (SELECT face.id FROM photo "
        "INDEXED BY photo_given_stack JOIN face ON face.photo_id = photo.id "
        "WHERE given_stack IS NOT NULL) ORDER BY face_id"
    ).fetchall()


def persons_in(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> set[PersonId]:
    """Return the people in photos."""
    found: set[PersonId] = set()
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT DISTINCT person_id FROM face WHERE person_id IS NOT NULL "
            f"AND photo_id IN ({marks})",
            part,
        )
        found.update(row[0] for row in rows)
    return found
