"""Reader for digiKam's database ``digikam4.db``, of versions 5 to 8.

Facts from digiKam's source: the schema of ``core/data/database/dbconfig.xml.cmake.in``; in
``core/libs/database``, ``tags/facetags.cpp`` (tags with the property "person" are people, its value
their full name; "unknownPerson", "unconfirmedPerson" and "ignoredPerson" mark the rest),
``tags/facetagsiface.cpp`` ("tagRegion" is a confirmed face, "autodetectedFace" one that digiKam
only proposes), ``tagregion.cpp`` (``<rect x= y= width= height=/>``, pixels) and
``item/scanner/itemscanner_database.cpp``: the pixels are of the upright picture, while width and
height in the database are those of the file. A database that digiKam 7.9 made of photos with
regions in several orientations is read so.

Where a photo's MWG and Microsoft regions disagree about orientation, digiKam keeps both: the same
person twice. Whoever matches the regions to faces leaves one out.

Faces that digiKam proposes a name for are read as nameless: nobody confirmed them.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from facesorter.errors import UserError
from facesorter.exchange.names import (
    Frame,
    ImportedRegion,
    PhotoNames,
    Source,
    given_name,
    without_repetition,
)
from facesorter.exchange.reading import Found, Reading

FILE_NAME: Final = "digikam4.db"

_TABLES: Final = {
    *("AlbumRoots", "Albums", "Images", "ImageInformation"),
    *("Tags", "ImageTags", "TagProperties", "ImageTagProperties"),
}
_LONGEST: Final = 1 << 20
"""Bytes of a value that SQLite may return."""
_MOST_TAGS: Final = 200_000
_MOST_OF_PHOTO: Final = 5000
"""Tags, and faces, of a photo that are read."""
_PATIENCE: Final = 0.5
"""Seconds to wait for a program that writes; then the file is read as it is on the disk."""
_STEPS: Final = 10_000
"""Virtual instructions between two looks at the token."""
_PROBED: Final = 20
"""Albums by which the folder of a collection is recognized."""
_SIGNATURE: Final = b"SQLite format 3\x00"
_RECT = re.compile(r"<rect\s[^<>]{0,200}>")
_NUMBER = re.compile(r'\b(x|y|width|height)="(-?\d{1,7})"')

_PHOTOS: Final = """
    SELECT Images.id, Albums.albumRoot, Albums.relativePath, Images.name,
        ImageInformation.width, ImageInformation.height, ImageInformation.orientation
    FROM Images
    JOIN Albums ON Albums.id = Images.album
    LEFT JOIN ImageInformation ON ImageInformation.imageid = Images.id
    WHERE Images.status = 1 AND (
        Images.id IN (SELECT imageid FROM ImageTagProperties)
        OR Images.id IN (
            SELECT imageid FROM ImageTags
            WHERE tagid IN (SELECT tagid FROM TagProperties WHERE property = 'person')
        )
    )
    ORDER BY Images.id
"""
"""Visible photos that have a face, or a person's tag."""


def looks_like(path: Path) -> bool:
    """Return whether a file is an SQLite database, by its first bytes; False if unreadable."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


def read_database(path: Path, reading: Reading) -> Iterator[Found]:
    """Yield the photos of a digiKam database and who is in them. Blocks.

    The file is opened for reading only. One photo at a time is in memory.

    Args:
        path: The database.
        reading: Told of each photo.

    Raises:
        UserError: The file isn't a digiKam database, or is damaged.
        Cancelled: The token of ``reading`` was cancelled.
    """
    try:
        with contextlib.closing(_open(path)) as connection:
            connection.set_progress_handler(lambda: reading.cancelled, _STEPS)
            _check(connection)
            people, others = _people(connection)
            roots = _roots(connection, path)
            for photo in connection.execute(_PHOTOS):
                reading.step()
                names = _photo(connection, photo, people, others)
                place = _place(roots.get(photo[1]), photo[2], photo[3])
                if names and place is not None:
                    yield Found(place, PhotoNames(*names, program="digiKam", origin=path))
    except (sqlite3.Error, OverflowError, UnicodeError, TypeError) as error:
        reading.check()
        raise UserError("The file isn’t a digiKam database, or it is damaged.") from error


def _open(path: Path) -> sqlite3.Connection:
    """Open a database without changing it or its folder."""
    for options in ("mode=ro", "mode=ro&immutable=1"):
        # A database in use can't be read without its lock file; one on a read-only medium has none.
        uri = f"{path.absolute().as_uri()}?{options}"
        connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, check_same_thread=False)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            continue
        except BaseException:
            connection.close()
            raise
        return connection
    raise UserError("The database can’t be opened: another program is using it, or it is damaged.")


def _check(connection: sqlite3.Connection) -> None:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    # Views, which could compute for ever, don't count.
    if not _TABLES.issubset(row[0] for row in rows.fetchmany(1000)):
        raise UserError("The file isn’t a digiKam database, or it is damaged.")


def _people(connection: sqlite3.Connection) -> tuple[dict[int, str], set[int]]:
    """Return names by tag, and tags of faces that are nobody's."""
    query = """
        SELECT Tags.id, Tags.name, TagProperties.property, TagProperties.value
        FROM Tags JOIN TagProperties ON TagProperties.tagid = Tags.id
        WHERE TagProperties.property IN
            ('person', 'unknownPerson', 'unconfirmedPerson', 'ignoredPerson')
    """
    people: dict[int, str] = {}
    nameless: set[int] = set()
    ignored: set[int] = set()
    for _, row in zip(range(_MOST_TAGS), connection.execute(query), strict=False):
        tag, name, kind, value = row
        if kind == "person":
            people[tag] = given_name(str(value or "")) or given_name(str(name or ""))
        elif kind == "ignoredPerson":
            ignored.add(tag)
        else:
            nameless.add(tag)
    for tag in nameless | ignored:
        people.pop(tag, None)
    return people, ignored


_Row = tuple[int, int, object, object, object, object, object]


def _photo(
    connection: sqlite3.Connection, photo: _Row, people: dict[int, str], ignored: set[int]
) -> tuple[tuple[ImportedRegion, ...], tuple[tuple[str, Source], ...]] | None:
    identity, *_, width, height, orientation = photo
    size = _upright(width, height, orientation)
    regions, named = [], []
    faces = connection.execute(
        "SELECT tagid, property, value FROM ImageTagProperties"
        " WHERE imageid = ? AND property IN ('tagRegion', 'autodetectedFace')",
        (identity,),
    )
    for tag, kind, value in faces.fetchmany(_MOST_OF_PHOTO):
        if tag in ignored:
            continue
        name = people.get(tag, "") if kind == "tagRegion" else ""
        region = _region(name, str(value or ""), size)
        if region is not None:
            regions.append(region)
        elif name:
            named.append((name, Source.DIGIKAM))
    tags = connection.execute("SELECT tagid FROM ImageTags WHERE imageid = ?", (identity,))
    named += [
        (people[tag], Source.DIGIKAM)
        for (tag,) in tags.fetchmany(_MOST_OF_PHOTO)
        if people.get(tag)
    ]
    found = tuple(regions), without_repetition(regions, named)
    return found if any(found) else None


def _upright(width: object, height: object, orientation: object) -> tuple[int, int] | None:
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        return None
    return (height, width) if orientation in (5, 6, 7, 8) else (width, height)


def _region(name: str, value: str, size: tuple[int, int] | None) -> ImportedRegion | None:
    rect = _RECT.search(value[:1000])
    if rect is None or size is None:
        return None
    numbers = {key: int(number) for key, number in _NUMBER.findall(rect[0])}
    if numbers.keys() != {"x", "y", "width", "height"}:
        return None
    x, y, w, h = numbers["x"], numbers["y"], numbers["width"], numbers["height"]
    return ImportedRegion.within(
        name,
        x / size[0],
        y / size[1],
        w / size[0],
        h / size[1],
        source=Source.DIGIKAM,
        frame=Frame.UPRIGHT,
        applied_to=size,
    )


def _place(root: Path | None, album: object, name: object) -> Path | None:
    """Return where a photo is; None if its path leads out of its collection."""
    if root is None or not isinstance(album, str) or not isinstance(name, str):
        return None
    inside = PurePosixPath(album.strip("/")) / name
    if "/" in name or "\\" in name or ".." in inside.parts or "\x00" in f"{album}{name}":
        return None
    return root / inside


def _roots(connection: sqlite3.Connection, database: Path) -> dict[int, Path]:
    """Return the folder of each collection by its id.

    Those on volumes are relative to the volume, which may be mounted elsewhere or be that of
    another computer. So the first of some places counts that has albums of it.
    """
    found: dict[int, Path] = {}
    rows = connection.execute("SELECT id, identifier, specificPath FROM AlbumRoots")
    for root, identifier, specific in rows.fetchmany(1000):
        albums = [
            str(row[0]).strip("/")
            for row in connection.execute(
                "SELECT relativePath FROM Albums WHERE albumRoot = ? LIMIT ?", (root, _PROBED)
            )
        ]
        places = list(_places(str(identifier or ""), str(specific or ""), database))
        there = [place for place in places if _has_albums(place, albums)]
        found[root] = next(iter(there or places))
    return found


def _places(identifier: str, specific: str, database: Path) -> Iterator[Path]:
    inside = specific.strip("/")
    for part in identifier.partition(":?")[2].split("&"):
        key, _, path = part.partition("=")
        if key in ("path", "mountpath"):
            # Versions before 5 wrote it encoded.
            for place in dict.fromkeys((path, unquote(path))):
                if "\x00" not in place:
                    yield Path(place) / inside
    if "\x00" not in specific:
        yield Path("/") / inside
    yield database.parent / inside
    # digiKam proposes to keep the database in the folder of the photos.
    yield database.parent


def _has_albums(place: Path, albums: Iterable[str]) -> bool:
    if str(place).startswith(("//", "\\\\")):
        return False  # looking would connect to a server that the file chose
    try:
        return place.is_dir() and any((place / album).is_dir() for album in albums if album)
    except (OSError, ValueError):
        return False
