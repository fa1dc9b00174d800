"""Keep the dates of photos in line with their files, names, folders and sidecars.

A photo's date follows from what is stored of it and its place: so a renamed
file, a copy with another name, a new sidecar, a corrected clock or a better rule changes the date,
and no file is read twice for it. `library.photo_dates` decides.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.domain import PhotoId
from facesorter.images.dates import (
    REREAD,
    REREAD_VIDEOS,
    RULE,
    DateSource,
    Doubt,
    Taken,
    decide,
    latest_now,
)
from facesorter.images.formats import is_video
from facesorter.library import photo_dates, places
from facesorter.library.scanning import describing
from facesorter.library.transaction import Transaction
from facesorter.storage import photos
from facesorter.storage import places as place_rows

if TYPE_CHECKING:
    from facesorter.images.photo_info import PhotoInfo
    from facesorter.storage.photos import KnownFile


@dataclass(frozen=True, slots=True)
class Redating:
    """A photo to be dated again."""

    photo_id: PhotoId
    size: int
    mtime_ns: int
    dates: str | None
    """The dates in the file, as stored; None if they were not read again."""
    sidecars: str | None
    """As stored."""
    info: PhotoInfo | None = None
    """What the file says otherwise; None if that wasn't read again."""


def stored(dates: Mapping[DateSource, str]) -> str:
    """Return dates by source as they are stored."""
    return json.dumps({str(source): at for source, at in dates.items()})


def of_file(folder: str, relpath: str, mtime_ns: int, sidecars: str | None) -> Taken:
    """Decide the date of a file in a watched folder that wasn't read yet."""
    known = photo_dates.around(folder, relpath, mtime_ns) | photo_dates.beside(sidecars)
    return decide(known, latest_now())


def is_due(photo: KnownFile, files: Sequence[Sequence[object]]) -> bool:
    """Return whether a photo is to be dated again.

    Args:
        photo: An unchanged photo.
        files: The sidecars beside it now, as `Walk.beside` returns them.
    """
    return (
        photo.date_rule < RULE
        or photo.taken_doubt == Doubt.FUTURE
        or [list(file) for file in files]
        != (json.loads(photo.sidecars)["files"] if photo.sidecars else [])
    )


def prepare(connection: sqlite3.Connection) -> None:
    """Read the cities if a time zone may be needed, so that `record` doesn't keep the writer.

    Call before `look_again`. Thread: scan; blocks.
    """
    if place_rows.cities(connection):
        places.warm()


def look_again(photo: KnownFile, path: Path, sidecars: str | None) -> Redating:
    """Read what is needed to date a photo again. Thread: scan; blocks, and decodes no pixels."""
    from facesorter.images import metadata

    dates = info = None
    # Not of one that failed: reading it may have crashed the program.
    least = REREAD_VIDEOS if is_video(path.name) else REREAD
    if photo.status == "analysed" and (not photo.dates_read or photo.date_rule < least):
        try:
            found = metadata.read_file(path)
            dates, info = stored(found.dates), found.info
            if info.latitude is not None:
                places.warm()
        except OSError:
            dates = info = None  # the next scan tries again
    return Redating(photo.id, photo.size, photo.mtime_ns, dates, sidecars, info)


def record(txn: Transaction, found: Iterable[Redating]) -> None:
    """Record what was read again, and date these photos by it."""
    due = []
    for photo in found:
        version = photos.file_version(txn.connection, photo.photo_id)
        if version is None or version[:2] != (photo.size, photo.mtime_ns):
            continue
        if photo.dates is not None:
            photos.set_dates(txn.connection, photo.photo_id, photo.dates)
        photos.set_sidecars(txn.connection, photo.photo_id, photo.sidecars)
        if photo.info is not None:
            describing.record(txn, photo.photo_id, photo.info)
        else:
            describing.derive(txn, [photo.photo_id])
        due.append(photo.photo_id)
    date(txn, due)


def date(txn: Transaction, photo_ids: Sequence[PhotoId]) -> None:
    """Decide the dates of photos from what is stored."""
    found = photo_dates.decide_again(txn.connection, photo_ids)
    txn.touch(photos=found.photos, faces=found.faces)
