"""Keep the dates of photos in line with their files, names, folders and sidecars.

A photo's date follows from what is stored of it and its place: so a renamed
file, a copy with another name, a new sidecar, a corrected clock or a better rule changes the date,
and no file is read twice for it. `images.dates.decide` is the rule.
"""

from __future__ import annotations

import functools
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.domain import PhotoId
from facesorter.images.dates import (
    ORDER,
    REREAD,
    RULE,
    DateSource,
    Doubt,
    Taken,
    at_time,
    decide,
    latest_now,
)
from facesorter.images.name_dates import date_in_folders, date_in_name
from facesorter.library.scanning import describing
from facesorter.library.transaction import Transaction
from facesorter.storage import faces, photos

if TYPE_CHECKING:
    from facesorter.images.photo_info import PhotoInfo
    from facesorter.storage.photos import Dating, KnownFile


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
    return decide(_around(folder, relpath, mtime_ns) | _beside(sidecars), latest_now())


def dated(taken: Taken) -> tuple[str | None, int]:
    """Return the doubt and the rule of a date as they are stored."""
    return (taken.doubt.value if taken.doubt else None), RULE


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


def look_again(photo: KnownFile, path: Path, sidecars: str | None) -> Redating:
    """Read what is needed to date a photo again. Thread: scan; blocks, and decodes no pixels."""
    from facesorter.images import metadata

    dates = info = None
    # Not of one that failed: reading it may have crashed the program.
    if photo.status == "analysed" and (not photo.dates_read or photo.date_rule < REREAD):
        try:
            found = metadata.read_file(path)
            dates, info = stored(found.dates), found.info
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
    """Decide the dates of photos from what is stored.

    Suggestions of people who were born later are taken back.
    """
    connection, latest, changed = txn.connection, latest_now(), []
    for row in photos.dating(connection, photo_ids):
        unread = row.dates is None and row.date_rule < REREAD
        if unread and row.status in ("analysed", "missing"):
            continue  # of an older library: the file has to be read first
        taken = decide(_candidates(row), latest)
        was = (row.taken_at, row.taken_from, row.taken_doubt)
        if (taken.at, taken.source, taken.doubt) != was:
            changed.append(row.id)
        elif row.date_rule == RULE:
            continue
        photos.set_taken(connection, row.id, taken.at, taken.source.value, dated(taken))
    txn.touch(photos=changed, faces=faces.release_unborn(connection, changed))


def known(connection: sqlite3.Connection, photo_id: PhotoId) -> dict[DateSource, str]:
    """Return all that is known of a photo's date, most trusted source first."""
    found: dict[DateSource, str] = {}
    for row in photos.dating(connection, [photo_id]):
        found = _candidates(row)
    return {source: found[source] for source in ORDER if source in found}


def _candidates(photo: Dating) -> dict[DateSource, str]:
    """Return all dates of a photo, by source."""
    around = _around(photo.folder, photo.relpath, photo.mtime_ns)
    inside = _by_source(json.loads(photo.dates)) if photo.dates else {}
    return around | _beside(photo.sidecars) | inside


def _beside(sidecars: str | None) -> dict[DateSource, str]:
    return _by_source(json.loads(sidecars)["dates"]) if sidecars else {}


def _by_source(dates: dict[str, str]) -> dict[DateSource, str]:
    return {DateSource(source): at for source, at in dates.items()}


@functools.lru_cache(maxsize=1024)
def _of_folder(*folders: str) -> str | None:
    """Return the date of a folder, which a scan asks for each of its photos."""
    return date_in_folders(folders)


def _around(folder: str, relpath: str, mtime_ns: int) -> dict[DateSource, str]:
    """Return the dates of names and times of a file."""
    *inner, name = relpath.split("/")
    found = {
        DateSource.NAME: date_in_name(name),
        # The watched folder itself may be "2019 Italy"; those around it are not the photos'.
        DateSource.FOLDER: _of_folder(os.path.basename(folder), *inner),
        DateSource.FILE: at_time(mtime_ns / 1e9),
    }
    return {source: at for source, at in found.items() if at}
