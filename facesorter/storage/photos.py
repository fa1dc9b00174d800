"""Rows of photos: their files and what is known about them."""

from __future__ import annotations

import functools
import json
import os
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from facesorter import names
from facesorter.domain import FolderId, PersonId, Photo, PhotoId, PhotoStatus
from facesorter.errors import Message
from facesorter.storage import file_names
from facesorter.storage.folders import PLACE

CHUNK = 500
"""Ids per statement. SQLite allows 32,766 parameters, but short statements stay in its cache."""


class KnownFile(NamedTuple):
    """What a scan needs to know about a known photo."""

    id: PhotoId
    size: int
    mtime_ns: int
    status: str
    analysed: bool
    """Whether its content is known: analyzed, and unchanged since."""
    dates_read: bool
    """Whether the dates in the file are known."""
    sidecars: str | None
    taken_doubt: str | None
    date_rule: int
    changed_ns: int | None = None
    """See `library.scanning.listing.change_time`; None if unknown."""
    sample: str | None = None
    """See `files.sample_hash`; None if unknown."""
    info_rule: int | None = None
    """Rule by which what the file says was read; None if it wasn't."""


class Candidate(NamedTuple):
    """A known photo that a new file of the same size might be."""

    id: PhotoId
    folder_id: FolderId
    path: str
    relpath: str
    size: int
    mtime_ns: int
    content_hash: str | None
    status: str


PARSED: Final = 150_000
"""Characters of a text of ids that are parsed in one go."""


def is_before(taken_at: str, date: str) -> str:
    """Return `domain.is_before` as an SQL condition on two expressions.

    "~" sorts after all that follows in a longer date. The first half can use an index.
    """
    return f"({taken_at} < {date} AND {taken_at} || '~' < {date})"


def chunks(ids: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
    """Yield pairs of a parameter list such as ``?,?,?`` and the ids for it."""
    for start in range(0, len(ids), CHUNK):
        part = list(ids[start : start + CHUNK])
        yield ",".join("?" * len(part)), part


def ids_in_order(
    connection: sqlite3.Connection, query: str, values: Sequence[object]
) -> list[PhotoId]:
    """Return the ids that a query selects, in its order.

    In one step: SQLite's module hands over the interpreter's lock at each row, so that while
    another thread works, as a scan at start does, 300,000 rows take 1.2 s rather than 0.2.
    """
    # SQLite keeps the order of a subquery below any aggregate but count, min, and max.
    (found,) = connection.execute(f"SELECT group_concat(id) FROM ({query})", values).fetchone()
    return ids_in(found or "")


def ids_in(text: str) -> list[PhotoId]:
    """Return the ids in a text such as ``3,1,2``.

    By JSON's parser, which is two to three times as fast as `int`. In parts, because while it is
    at work, no other thread gets the interpreter's lock: a part takes about 2 ms.
    """
    found: list[PhotoId] = []
    start = 0
    while start < len(text):
        end = text.find(",", start + PARSED)
        if end < 0:
            end = len(text)
        found += json.loads(f"[{text[start:end]}]")
        start = end + 1
    return found


def newest_first(
    connection: sqlite3.Connection, query: str, values: Sequence[object]
) -> list[PhotoId]:
    """Return the ids of photos that a query selects newest first, those without a date by name.

    Args:
        connection: The library.
        query: Ends with ``ORDER BY sort_at DESC, id DESC``, see `library.photo_order`.
        values: Its parameters.
    """
    ids = ids_in_order(connection, query, values)
    if not ids:
        return ids
    last = connection.execute("SELECT sort_at FROM photo WHERE id = ?", ids[-1:]).fetchone()
    if last is None or last[0]:
        return ids
    # The index has these alone, those of each folder in this order: 100,000 take 30 ms.
    rows = connection.execute(
        f"SELECT folder_id, {PLACE}, group_concat(id) FROM photo INDEXED BY photo_undated "
        "WHERE taken_at = '' GROUP BY 1, 2"
    )
    places = sorted(rows, key=lambda row: (row[0], place_key(row[1])))
    by_name = ids_in(",".join(row[2] for row in places))
    undated, first = set(by_name), len(ids)
    while first and ids[first - 1] in undated:
        first -= 1
    found = set(ids[first:])
    return ids[:first] + [photo_id for photo_id in by_name if photo_id in found]


def oldest_first(connection: sqlite3.Connection, newest: Sequence[PhotoId]) -> list[PhotoId]:
    """Return a list of `newest_first` the other way round; photos without a date stay last."""

    def is_undated(photo_id: PhotoId) -> bool:
        row = connection.execute("SELECT taken_at FROM photo WHERE id = ?", (photo_id,)).fetchone()
        return row is not None and not row[0]

    # A binary search: a few lookups, however many photos there are.
    dated = bisect_left(newest, True, key=is_undated)
    return [*newest[:dated][::-1], *newest[dated:]]


def known(connection: sqlite3.Connection, folder_id: FolderId) -> dict[str, KnownFile]:
    """Return the photos of a folder by relative path."""
    rows = connection.execute(
        "SELECT relpath, id, size, mtime_ns, status, content_hash IS NOT NULL AND error IS NULL, "
        "dates IS NOT NULL, sidecars, taken_doubt, date_rule, changed_ns, sample, rule "
        "FROM photo LEFT JOIN photo_info ON photo_id = id WHERE folder_id = ?",
        (folder_id,),
    )
    return {file_names.from_text(relpath): KnownFile(*row) for relpath, *row in rows}


def candidates(connection: sqlite3.Connection, sizes: Iterable[int]) -> dict[int, list[Candidate]]:
    """Return known photos of the given file sizes, by size."""
    found: dict[int, list[Candidate]] = {}
    for marks, part in chunks(sorted(set(sizes))):
        rows = connection.execute(
            "SELECT p.id, p.folder_id, f.path, p.relpath, p.size, p.mtime_ns, p.content_hash, "
            "p.status FROM photo p JOIN folder f ON f.id = p.folder_id "
            f"WHERE p.size IN ({marks}) ORDER BY p.id",
            part,
        )
        for identity, folder_id, folder, relpath, size, mtime_ns, digest, status in rows:
            path, relpath = full_path(folder, relpath), file_names.from_text(relpath)
            found.setdefault(size, []).append(
                Candidate(identity, folder_id, path, relpath, size, mtime_ns, digest, status)
            )
    return found


def full_path(folder: str, relpath: str) -> str:
    """Return a photo's absolute path from the stored forms of folder and relative path."""
    below = file_names.from_text(relpath).replace("/", os.sep)
    return os.path.join(file_names.from_text(folder), below)


def place_key(place: str) -> tuple[list[str], str]:
    """Return a key that sorts folders in a watched folder by name; ``place`` as `folders.PLACE`."""
    return [*map(_part_key, place.split("/")[:-1])], place


_part_key = functools.lru_cache(maxsize=names.CACHED)(names.sort_key)
"""Most folders share parts of their places with others."""


def sort_name(relpath: str) -> str:
    """Return the column ``sort_name``, which sorts a folder's photos by name."""
    return names.sort_key(relpath.rpartition("/")[2])


def insert(
    connection: sqlite3.Connection,
    folder_id: FolderId,
    relpath: str,
    size: int,
    mtime_ns: int,
    taken_at: str,
    taken_from: str,
    dated: tuple[str | None, int] = (None, 0),
) -> PhotoId:
    """Add a photo waiting for analysis; return its id. ``dated`` is the doubt and the rule."""
    stored = file_names.to_text(relpath)
    name = sort_name(stored)
    cursor = connection.execute(
        "INSERT INTO photo (folder_id, relpath, sort_name, size, mtime_ns, taken_at, sort_at, "
        "taken_from, taken_doubt, date_rule, status) "
        "VALUES (?, ?, ?, ?, ?, ?6, ?6, ?, ?, ?, 'pending')",
        (folder_id, stored, name, size, mtime_ns, taken_at, taken_from, *dated),
    )
    assert cursor.lastrowid is not None
    return PhotoId(cursor.lastrowid)


def set_duration(connection: sqlite3.Connection, photo_id: PhotoId, duration: int | None) -> None:
    """Store a video's length in milliseconds, 0 if it isn't known yet; None for a photo."""
    connection.execute("UPDATE photo SET duration = ? WHERE id = ?", (duration, photo_id))


class Dating(NamedTuple):
    """What is stored of a photo's date."""

    id: PhotoId
    folder: str
    relpath: str
    mtime_ns: int
    status: str
    dates: str | None
    """Dates in the file by source, as JSON; None if they were never read."""
    sidecars: str | None
    """Files beside the photo and what they say, as JSON; None without any."""
    taken_at: str
    taken_from: str
    taken_doubt: str | None
    date_rule: int
    """Rule by which the date was decided; 0 before there was any."""
    given_date: str | None = None
    """The user's own, or None."""
    model: str | None = None
    """Of the camera, as its file says."""
    place: int = 0
    """The city where it was taken, by its number in GeoNames; 0 if unknown."""
    clock_offset: int | None = None
    """Minutes by which its clock was ahead of universal time, as the file says, or None."""
    utc_offset: int | None = None
    """The same of `taken_at`, as it was decided; None if unknown."""


def dating(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> list[Dating]:
    """Return what is stored of the dates of photos; unknown ids are skipped."""
    found = []
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT p.id, f.path, p.relpath, p.mtime_ns, p.status, p.dates, p.sidecars, "
            "p.taken_at, p.taken_from, p.taken_doubt, p.date_rule, p.given_date, info.model, "
            "coalesce(p.given_place, l.place, 0), info.utc_offset, p.utc_offset "
            "FROM photo p JOIN folder f ON f.id = p.folder_id "
            "LEFT JOIN photo_info info ON info.photo_id = p.id "
            f"LEFT JOIN photo_location l ON l.photo_id = p.id WHERE p.id IN ({marks})",
            part,
        )
        for identity, folder, relpath, *row in rows:
            names = (file_names.from_text(folder), file_names.from_text(relpath))
            found.append(Dating(identity, *names, *row))
    return found


def sound_dates(
    connection: sqlite3.Connection, folder: str, inner: str
) -> list[tuple[PhotoId, str, str]]:
    """Return the photos in a folder that have a date without a doubt: id, path in it, and date.

    Args:
        connection: The library.
        folder: Path of the watched folder, as shown.
        inner: Path of the folder in it, "" or ending with "/". Those below don't count.
    """
    return connection.execute(
        "SELECT id, relpath, taken_at FROM photo "
        "WHERE folder_id = (SELECT id FROM folder WHERE path = ?) AND status != 'missing' "
        "AND rtrim(relpath, replace(relpath, '/', '')) = ? "
        "AND taken_doubt IS NULL AND taken_at != ''",
        (file_names.to_text(folder), file_names.to_text(inner)),
    ).fetchall()


_READ = "status NOT IN ('missing', 'pending')"
"""Condition: the photo is visible and was read, so that its date won't change by itself."""


def doubts(connection: sqlite3.Connection) -> list[tuple[PhotoId, str]]:
    """Return the photos that were read and whose date has a doubt, with that."""
    return connection.execute(
        f"SELECT id, taken_doubt FROM photo WHERE taken_doubt IS NOT NULL AND {_READ}"
    ).fetchall()


def of_same_second(connection: sqlite3.Connection, least: int) -> list[tuple[PhotoId, str, str]]:
    """Return read photos with a date that at least so many share: id, date, and content.

    Photos with a date given by the user are left out. Reads an index alone for the others.
    """
    return connection.execute(
        "SELECT id, taken_at, coalesce(content_hash, CAST(id AS TEXT)) FROM photo "
        f"WHERE given_date IS NULL AND {_READ} AND sort_at IN (SELECT sort_at FROM photo "
        "WHERE sort_at != '' GROUP BY sort_at HAVING count(*) >= ?)",
        (least,),
    ).fetchall()


def days_by_folder(connection: sqlite3.Connection, least: int, years: int) -> Iterator[list[str]]:
    """Yield the read photos in each folder that are known to the day, undoubted.

    Each is a text that begins with its day, as in "2019-05-31", and ends with its id.

    Args:
        connection: The library.
        least: Folders with fewer of them are left out.
        years: The same for those whose years differ by less.
    """
    place = "rtrim(relpath, replace(relpath, '/', ''))"
    known = f"length(taken_at) >= 10 AND taken_doubt IS NULL AND {_READ}"
    # Most folders are of one event, and texts are put together only for the others: by a subquery
    # each, since a join would be sorted again.
    rows = connection.execute(
        f"WITH wide AS (SELECT folder_id AS root, {place} AS place FROM photo WHERE {known} "
        f"GROUP BY folder_id, {place} HAVING count(*) >= ? "
        "AND substr(max(taken_at), 1, 4) - substr(min(taken_at), 1, 4) >= ?) "
        "SELECT (SELECT group_concat(substr(taken_at, 1, 10) || id) FROM photo "
        f"INDEXED BY photo_place WHERE folder_id = root AND {place} = place AND {known}) "
        "FROM wide",
        (least, years),
    )
    for (photos,) in rows:
        yield photos.split(",")


def without_given_date(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> list[PhotoId]:
    """Return those of the photos that are visible and have no date by the user, newest first."""
    return newest_first(
        connection,
        "SELECT p.id FROM json_each(?) wanted JOIN photo p ON p.id = wanted.value "
        "JOIN folder f ON f.id = p.folder_id "
        "WHERE p.given_date IS NULL AND p.status != 'missing' AND f.watched = 1 "
        "ORDER BY p.sort_at DESC, p.id DESC",
        [json.dumps(photo_ids)],
    )


def set_dates(connection: sqlite3.Connection, photo_id: PhotoId, dates: str | None) -> None:
    """Store the dates in a photo's file; None if they have to be read."""
    connection.execute("UPDATE photo SET dates = ? WHERE id = ?", (dates, photo_id))


def copy_dates(connection: sqlite3.Connection, source_id: PhotoId, photo_id: PhotoId) -> None:
    """Give a photo the dates in the file of another with the same content.

    If they were never read, neither were the copy's.
    """
    connection.execute(
        "UPDATE photo SET dates = source.dates, "
        "date_rule = CASE WHEN source.dates IS NULL THEN 0 ELSE photo.date_rule END "
        "FROM (SELECT dates FROM photo WHERE id = ?) source WHERE id = ?",
        (source_id, photo_id),
    )


def set_sidecars(connection: sqlite3.Connection, photo_id: PhotoId, sidecars: str | None) -> None:
    """Store the files beside a photo and what they say."""
    connection.execute("UPDATE photo SET sidecars = ? WHERE id = ?", (sidecars, photo_id))


def set_taken(
    connection: sqlite3.Connection,
    photo_id: PhotoId,
    taken_at: str,
    taken_from: str,
    dated: tuple[str | None, int],
    utc_offset: int | None,
) -> None:
    """Store the decided date of a photo; ``dated`` is the doubt and the rule.

    It is sorted by its new date alone until `library.photo_order.arrange`.
    """
    connection.execute(
        "UPDATE photo SET sort_at = CASE taken_at WHEN ?1 THEN sort_at ELSE ?1 END, "
        "taken_at = ?1, taken_from = ?2, taken_doubt = ?3, date_rule = ?4, utc_offset = ?5 "
        "WHERE id = ?6",
        (taken_at, taken_from, *dated, utc_offset, photo_id),
    )


def set_file(
    connection: sqlite3.Connection,
    photo_id: PhotoId,
    size: int,
    mtime_ns: int,
    changed_ns: int | None = None,
) -> None:
    """Update the size and times of a photo's file."""
    connection.execute(
        "UPDATE photo SET size = ?, mtime_ns = ?, changed_ns = ? WHERE id = ?",
        (size, mtime_ns, changed_ns, photo_id),
    )


def take_file(connection: sqlite3.Connection, photo_id: PhotoId, from_id: PhotoId) -> None:
    """Set the size and times of a photo's file to those of another photo's."""
    connection.execute(
        "UPDATE photo SET (size, mtime_ns, changed_ns) = "
        "(SELECT size, mtime_ns, changed_ns FROM photo WHERE id = ?) WHERE id = ?",
        (from_id, photo_id),
    )


def set_change_times(
    connection: sqlite3.Connection, times: Iterable[tuple[PhotoId, int | None]]
) -> None:
    """Update when the files of photos last changed in any way, in ns."""
    connection.executemany(
        "UPDATE photo SET changed_ns = ? WHERE id = ?",
        [(changed_ns, photo_id) for photo_id, changed_ns in times],
    )


def sample(connection: sqlite3.Connection, photo_id: PhotoId) -> str | None:
    """Return the hash of parts of a photo's file, or None."""
    row = connection.execute("SELECT sample FROM photo WHERE id = ?", (photo_id,)).fetchone()
    return row[0] if row else None


def set_sample(connection: sqlite3.Connection, photo_id: PhotoId, sample: str) -> None:
    """Store the hash of parts of a photo's file."""
    connection.execute("UPDATE photo SET sample = ? WHERE id = ?", (sample, photo_id))


def set_pending(connection: sqlite3.Connection, photo_id: PhotoId) -> None:
    """Queue a photo for analysis after its content changed."""
    connection.execute(
        "UPDATE photo SET status = 'pending', error = NULL, content_hash = NULL, sample = NULL "
        "WHERE id = ?",
        (photo_id,),
    )


def set_stale_pending(
    connection: sqlite3.Connection, model_id: int, photo_id: PhotoId | None = None
) -> list[PhotoId]:
    """Queue photos (or one) with embeddings of another recognizer for analysis."""
    which = "" if photo_id is None else "AND id = :photo"
    rows = connection.execute(
        f"""UPDATE photo SET status = 'pending' WHERE status = 'analysed' {which}
        AND EXISTS (SELECT 1 FROM face JOIN embedding ON embedding.face_id = face.id
          WHERE face.photo_id = photo.id AND embedding.model_id != :model) RETURNING id""",
        {"model": model_id, "photo": photo_id},
    ).fetchall()
    return [row[0] for row in rows]


def set_analysed_pending(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> None:
    """Queue analyzed photos for a new analysis; their faces stay until then."""
    for marks, part in chunks(photo_ids):
        connection.execute(
            f"UPDATE photo SET status = 'pending' WHERE status = 'analysed' AND id IN ({marks})",
            part,
        )


def count_pending(connection: sqlite3.Connection) -> int:
    """Count the photos waiting for analysis, in reachable folders or not."""
    query = "SELECT count(*) FROM photo WHERE status = 'pending'"
    return int(connection.execute(query).fetchone()[0])


def set_unread_pending(connection: sqlite3.Connection) -> list[PhotoId]:
    """Queue photos for analysis that failed before a byte of them was read."""
    rows = connection.execute(
        "UPDATE photo SET status = 'pending', error = NULL "
        "WHERE status = 'failed' AND content_hash IS NULL RETURNING id"
    ).fetchall()
    return [row[0] for row in rows]


def set_failed_pending(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> list[PhotoId]:
    """Queue photos for analysis that failed; return them."""
    found: list[PhotoId] = []
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "UPDATE photo SET status = 'pending', error = NULL, content_hash = NULL "
            f"WHERE status = 'failed' AND id IN ({marks}) RETURNING id",
            part,
        )
        found += [row[0] for row in rows]
    return found


def turns(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[PhotoId, int]:
    """Return how photos are turned for viewing, in degrees clockwise; 0 included."""
    found: dict[PhotoId, int] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(f"SELECT id, turn FROM photo WHERE id IN ({marks})", part)
        found.update((identity, turn or 0) for identity, turn in rows)
    return found


def orientation(connection: sqlite3.Connection, photo_id: PhotoId) -> int:
    """Return a photo's EXIF orientation, 1 to 8."""
    row = connection.execute("SELECT orientation FROM photo WHERE id = ?", (photo_id,)).fetchone()
    return int(row[0] or 1) if row else 1


def set_missing(connection: sqlite3.Connection, photo_id: PhotoId) -> None:
    """Mark a photo as missing; everything known about it stays."""
    connection.execute("UPDATE photo SET status = 'missing' WHERE id = ?", (photo_id,))


def set_back(connection: sqlite3.Connection, photo_id: PhotoId) -> None:
    """Restore the status of a photo that was missing, from its data."""
    connection.execute(
        "UPDATE photo SET status = CASE WHEN error IS NOT NULL THEN 'failed' "
        "WHEN content_hash IS NOT NULL THEN 'analysed' ELSE 'pending' END WHERE id = ?",
        (photo_id,),
    )


def set_place(
    connection: sqlite3.Connection, photo_id: PhotoId, folder_id: FolderId, relpath: str
) -> None:
    """Update a photo's folder and relative path."""
    stored = file_names.to_text(relpath)
    connection.execute(
        "UPDATE photo SET folder_id = ?, relpath = ?, sort_name = ? WHERE id = ?",
        (folder_id, stored, sort_name(stored), photo_id),
    )


def place(connection: sqlite3.Connection, photo_id: PhotoId) -> tuple[FolderId, str] | None:
    """Return a photo's folder and relative path, or None."""
    row = connection.execute(
        "SELECT folder_id, relpath FROM photo WHERE id = ?", (photo_id,)
    ).fetchone()
    return (row[0], file_names.from_text(row[1])) if row else None


def id_at(connection: sqlite3.Connection, folder_id: FolderId, relpath: str) -> PhotoId | None:
    """Return the photo at a place, or None."""
    row = connection.execute(
        "SELECT id FROM photo WHERE folder_id = ? AND relpath = ?",
        (folder_id, file_names.to_text(relpath)),
    ).fetchone()
    return row[0] if row else None


def same_size(connection: sqlite3.Connection, photo_id: PhotoId, size: int) -> bool:
    """Return whether another analyzed photo has that size, so it may have the same content."""
    row = connection.execute(
        "SELECT 1 FROM photo WHERE size = ? AND id != ? AND content_hash IS NOT NULL "
        "AND status IN ('analysed', 'missing') AND error IS NULL LIMIT 1",
        (size, photo_id),
    ).fetchone()
    return row is not None


def same_content(
    connection: sqlite3.Connection, photo_id: PhotoId, content_hash: str
) -> PhotoId | None:
    """Return another analyzed photo with that content, or None."""
    row = connection.execute(
        "SELECT id FROM photo WHERE content_hash = ? AND id != ? "
        "AND status IN ('analysed', 'missing') AND error IS NULL ORDER BY id LIMIT 1",
        (content_hash, photo_id),
    ).fetchone()
    return row[0] if row else None


def connected_copy(connection: sqlite3.Connection, photo_id: PhotoId) -> str | None:
    """Return the path of a photo with the same content whose drive is connected, or None."""
    row = connection.execute(
        "SELECT f.path, p.relpath FROM photo own "
        "JOIN photo p ON p.content_hash = own.content_hash AND p.id != own.id "
        "JOIN folder f ON f.id = p.folder_id "
        "WHERE own.id = ? AND own.error IS NULL AND p.status = 'analysed' AND p.error IS NULL "
        "AND f.state != 'unplugged' ORDER BY p.id LIMIT 1",
        (photo_id,),
    ).fetchone()
    return full_path(*row) if row else None


def orphaned_with_copy(connection: sqlite3.Connection) -> list[tuple[PhotoId, PhotoId]]:
    """Return missing photos with user decisions, paired with an undecided copy.

    The copy has the same content and is present in a watched folder.
    """
    decided = (
        "({0}.favourite OR {0}.repeats OR {0}.given_date IS NOT NULL "
        "OR {0}.given_place IS NOT NULL "
        "OR {0}.rating IS NOT NULL OR {0}.title IS NOT NULL OR {0}.caption IS NOT NULL "
        "OR {0}.turn IS NOT NULL OR {0}.given_stack IS NOT NULL OR {0}.given_top IS NOT NULL "
        "OR {0}.id IN (SELECT photo_id FROM not_duplicate) "
        "OR {0}.id IN (SELECT other_id FROM not_duplicate) "
        "OR EXISTS (SELECT 1 FROM photo earlier WHERE earlier.version_of = {0}.id) "
        "OR EXISTS (SELECT 1 FROM photo_tag WHERE photo_tag.photo_id = {0}.id) "
        "OR EXISTS (SELECT 1 FROM album_photo WHERE album_photo.photo_id = {0}.id) "
        "OR EXISTS (SELECT 1 FROM face WHERE face.photo_id = {0}.id AND (face.origin != 'detected' "
        "OR face.state IN ('confirmed', 'ignored') "
        "OR EXISTS (SELECT 1 FROM rejection WHERE rejection.face_id = face.id))))"
    )
    # In this order and by this index: SQLite would begin with all the photos that are there.
    rows = connection.execute(
        "SELECT gone.id, min(copy.id) FROM photo gone CROSS JOIN photo copy "
        "ON copy.content_hash = gone.content_hash AND +copy.status = 'analysed' "
        "JOIN folder ON folder.id = copy.folder_id AND folder.watched = 1 "
        f"WHERE gone.status = 'missing' AND {decided.format('gone')} "
        f"AND NOT {decided.format('copy')} GROUP BY gone.id"
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def set_analysed(
    connection: sqlite3.Connection,
    photo_id: PhotoId,
    *,
    content_hash: str,
    width: int,
    height: int,
    orientation: int,
    sample: str | None = None,
    searched: bool = True,
) -> None:
    """Store what analysis found out about the file; ``searched`` if it needs no closer search."""
    connection.execute(
        "UPDATE photo SET status = 'analysed', error = NULL, note = NULL, content_hash = :digest, "
        "seen_hash = :digest, width = :width, height = :height, orientation = :orientation, "
        "sample = :sample, searched = :searched WHERE id = :photo",
        {
            "digest": content_hash,
            "width": width,
            "height": height,
            "orientation": orientation,
            "sample": sample,
            "searched": int(searched),
            "photo": photo_id,
        },
    )


def set_note(connection: sqlite3.Connection, photo_id: PhotoId, note: Message | None) -> None:
    """Store what is wrong with a photo's file although it could be analyzed."""
    stored = None if note is None else note.stored()
    connection.execute("UPDATE photo SET note = ? WHERE id = ?", (stored, photo_id))


def note(connection: sqlite3.Connection, photo_id: PhotoId) -> Message | None:
    """Return what is wrong with a photo's file although it could be analyzed."""
    row = connection.execute("SELECT note FROM photo WHERE id = ?", (photo_id,)).fetchone()
    return Message.read(row[0]) if row and row[0] is not None else None


def count_notes(connection: sqlite3.Connection) -> int:
    """Return how many analyzed photos of watched folders have a note."""
    # By an index of those alone: with that of the status, nearly all photos would be read.
    (count,) = connection.execute(
        "SELECT count(*) FROM photo INDEXED BY photo_note "
        "JOIN folder ON folder.id = photo.folder_id "
        "WHERE note IS NOT NULL AND status = 'analysed' AND watched = 1"
    ).fetchone()
    return int(count)


def is_searched(connection: sqlite3.Connection, photo_id: PhotoId) -> bool:
    """Return whether a photo was searched closely, or needs no closer search."""
    row = connection.execute("SELECT searched > 0 FROM photo WHERE id = ?", (photo_id,)).fetchone()
    return bool(row and row[0])


def set_searched(connection: sqlite3.Connection, photo_id: PhotoId, searched: int) -> None:
    """Store that a photo was searched closely (1), or not (0)."""
    connection.execute("UPDATE photo SET searched = ? WHERE id = ?", (searched, photo_id))


def begin_search(connection: sqlite3.Connection, photo_id: PhotoId) -> None:
    """Count that a closer search was begun, until its end is stored."""
    connection.execute(
        "UPDATE photo SET searched = searched - 1 WHERE id = ? AND searched <= 0", (photo_id,)
    )


def set_failed(
    connection: sqlite3.Connection, photo_id: PhotoId, error: Message, content_hash: str | None
) -> None:
    """Mark a photo as failed, with the reason in words for the user.

    ``content_hash`` is None if the file couldn't be read at all; the known hash stays then.
    """
    connection.execute(
        "UPDATE photo SET status = 'failed', error = ?, content_hash = coalesce(?, content_hash) "
        "WHERE id = ?",
        (error.stored(), content_hash, photo_id),
    )


def file_version(connection: sqlite3.Connection, photo_id: PhotoId) -> tuple[int, int, str] | None:
    """Return a photo's known size, mtime_ns, and status, or None."""
    row = connection.execute(
        "SELECT size, mtime_ns, status FROM photo WHERE id = ?", (photo_id,)
    ).fetchone()
    return (row[0], row[1], row[2]) if row else None


def frames(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> list[tuple[PhotoId, int, int, int]]:
    """Return analyzed photos with EXIF orientation, and width and height of the upright picture."""
    found: list[tuple[PhotoId, int, int, int]] = []
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT id, coalesce(orientation, 1), coalesce(width, 0), coalesce(height, 0) "
            f"FROM photo WHERE status = 'analysed' AND id IN ({marks})",
            part,
        )
        found += rows.fetchall()
    return found


def repeating(connection: sqlite3.Connection) -> list[PhotoId]:
    """Return the photos that the user marked as collages."""
    return [row[0] for row in connection.execute("SELECT id FROM photo WHERE repeats = 1")]


_COLUMNS = (
    "p.id, p.folder_id, f.path, p.relpath, p.status, p.error, p.size, p.mtime_ns, p.content_hash, "
    "p.width, p.height, p.taken_at, p.taken_from, f.state, "
    "(SELECT count(*) FROM face WHERE face.photo_id = p.id AND face.state != 'ignored'), "
    "p.favourite, p.taken_doubt, p.repeats, p.searched > 0, p.turn, p.duration, p.sort_at"
)


def by_ids(connection: sqlite3.Connection, ids: Sequence[PhotoId]) -> list[Photo]:
    """Return photos in the order of ``ids``; unknown ids are skipped."""
    found: dict[int, Photo] = {}
    for marks, part in chunks(ids):
        rows = connection.execute(
            f"SELECT {_COLUMNS}, s.rating FROM photo p JOIN folder f ON f.id = p.folder_id "
            f"LEFT JOIN photo_search s ON s.photo_id = p.id WHERE p.id IN ({marks})",
            part,
        )
        for row in rows:
            found[row[0]] = Photo(
                id=row[0],
                folder_id=row[1],
                path=full_path(row[2], row[3]),
                status=PhotoStatus(row[4]),
                error=None if row[5] is None else Message.read(row[5]),
                size=row[6],
                mtime_ns=row[7],
                content_hash=row[8],
                width=row[9],
                height=row[10],
                taken_at=row[11],
                taken_from=row[12],
                unplugged=row[13] == "unplugged",
                faces=row[14],
                favourite=bool(row[15]),
                taken_doubt=row[16],
                repeats=bool(row[17]),
                searched=bool(row[18]),
                turn=row[19] or 0,
                duration=row[20],
                sort_at=row[21],
                rating=row[-1] or 0,
            )
    return [found[identity] for identity in ids if identity in found]


def ids(
    connection: sqlite3.Connection, *, person_id: PersonId | None = None, status: str | None = None
) -> list[PhotoId]:
    """Return photos by id, including missing ones; optionally of one person or status."""
    where, values = ["version_of IS NULL"], list[object]()
    if person_id is not None:
        where.append("id IN (SELECT photo_id FROM face WHERE person_id = ?)")
        values.append(person_id)
    if status is not None:
        where.append("status = ?")
        values.append(status)
    rows = connection.execute(
        f"SELECT id FROM photo WHERE {' AND '.join(where)} ORDER BY id", values
    )
    return [row[0] for row in rows]


def values(
    connection: sqlite3.Connection, ids: Sequence[PhotoId], columns: Sequence[str]
) -> list[dict[str, object]]:
    """Return some columns of photos in the order of ``ids``; unknown ids are skipped."""
    found: dict[int, dict[str, object]] = {}
    for marks, part in chunks(ids):
        rows = connection.execute(
            f"SELECT id, {', '.join(columns)} FROM photo WHERE id IN ({marks})", part
        )
        found.update((row[0], dict(zip(columns, row[1:], strict=True))) for row in rows)
    return [found[each] for each in ids if each in found]


def relpaths_in(connection: sqlite3.Connection, folder_id: FolderId, inner: str) -> list[str]:
    """Return the paths of the photos in one folder that aren't missing, as stored.

    ``inner`` is its path in the watched folder, "" or ending with "/", as stored.
    """
    rows = connection.execute(
        "SELECT relpath FROM photo INDEXED BY photo_place WHERE folder_id = ? "
        "AND rtrim(relpath, replace(relpath, '/', '')) = ? AND status != 'missing' "
        "ORDER BY relpath",
        (folder_id, inner),
    )
    return [row[0] for row in rows]


def paths(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[PhotoId, str]:
    """Return absolute paths by photo."""
    found: dict[PhotoId, str] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT p.id, f.path, p.relpath FROM photo p JOIN folder f ON f.id = p.folder_id "
            f"WHERE p.id IN ({marks})",
            part,
        )
        found.update((row[0], full_path(row[1], row[2])) for row in rows)
    return found
