"""Export of photos: copies in a folder of the user's choice, as they are or smaller."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from facesorter.cancel import CancelToken
from facesorter.domain import PersonId, Photo, PhotoId
from facesorter.errors import Message, UnreadablePhoto, UserError
from facesorter.files import replacing
from facesorter.images import copying, decode
from facesorter.images.copying import CopyFormat, CopyOptions
from facesorter.library import queries
from facesorter.storage import file_names, folders

LONGEST = 120
"""Characters of a file's or folder's name: systems allow 255 bytes, and a number may follow."""
MOST_NAMES = 4
"""People in a file's name; of more, their number is given."""
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Layout(StrEnum):
    """Folders that copies are put in."""

    FLAT = "flat"
    PERSON = "person"
    """One per person; a photo of several people is in the folder of each."""
    MONTH = "month"
    """One per year, and in it one per month."""


class Naming(StrEnum):
    """Names of the copies."""

    KEPT = "kept"
    DATE = "date"
    """``2019-06-28 12.00.00``."""
    DATE_AND_PEOPLE = "people"
    """``2019-06-28 12.00.00 Anna, Tom``."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose."""

    copy: CopyOptions = field(default_factory=CopyOptions)
    layout: Layout = Layout.FLAT
    naming: Naming = Naming.KEPT
    person_ids: tuple[PersonId, ...] = ()
    """The people whose photos these are, for `Layout.PERSON`; empty means everybody named."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy to make."""

    photo: Photo
    folder: tuple[str, ...]
    """Folders below the destination."""
    stem: str


@dataclass(slots=True)
class Report:
    """What an export did."""

    written: list[Path] = field(default_factory=list)
    failed: list[tuple[str, Message]] = field(default_factory=list)
    """Path of each photo that wasn't copied, and why."""
    cancelled: bool = False


def plan(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], options: Options
) -> list[Copy]:
    """List the copies to make, in the order of ``photo_ids``."""
    people = _people(connection, photo_ids) if _needs_people(options) else {}
    chosen = set(options.person_ids)
    copies = []
    for photo in queries.photos(connection, photo_ids):
        shown = people.get(photo.id, [])
        stem = _stem(photo, [name for _, name in shown], options.naming)
        of = [name for person_id, name in shown if not chosen or person_id in chosen]
        copies += [Copy(photo, folder, stem) for folder in _folders(photo, of, options.layout)]
    return copies


def watched_folder(connection: sqlite3.Connection, destination: Path) -> str | None:
    """Return the watched folder that the destination is in, where copies would be scanned too."""
    wanted = os.path.realpath(destination)
    for folder in folders.every(connection, watched_only=True):
        root = os.path.realpath(folder.path)
        if wanted == root or wanted.startswith(os.path.join(root, "")):
            return folder.path
    return None


def run(
    copies: Sequence[Copy],
    destination: Path,
    options: Options,
    *,
    token: CancelToken | None = None,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Report:
    """Make the copies. Thread: any; blocks.

    Originals are only read, and nothing in the destination is replaced: a name that is taken gets
    "(2)". A copy appears when it is complete. What can't be copied is reported, and the others
    are copied.

    Args:
        copies: From `plan`.
        destination: Made if missing.
        options: As for `plan`.
        token: Stops between two copies; what was copied stays.
        progress: Called after each copy with the number done and the total.

    Raises:
        UserError: The destination can't be written, or is full.
    """
    report, taken = Report(), _Names(destination)
    for done, copy in enumerate(copies):
        if token is not None and token.cancelled:
            report.cancelled = True
            break
        try:
            report.written.append(_make(copy, destination, options.copy, taken))
        except UnreadablePhoto as error:
            report.failed.append((copy.photo.path, error.message))
        progress(done + 1, len(copies))
    return report


def _make(copy: Copy, destination: Path, options: CopyOptions, taken: _Names) -> Path:
    source = Path(copy.photo.path)
    original = options.format is CopyFormat.ORIGINAL
    if copy.photo.unplugged:
        raise UnreadablePhoto("The drive isn’t connected.")
    # Read before anything is written: what can't be read leaves no empty folder.
    content = b"" if original else _converted(source, options, copy.photo)
    if original and not source.is_file():
        raise UnreadablePhoto("The file no longer exists.")
    folder = destination.joinpath(*copy.folder)
    suffix = source.suffix if original else copying.SUFFIXES[options.format]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / taken.free(folder, copy.stem, suffix)
        with replacing(target) as partial:
            if original:
                _copy_file(source, partial)
            else:
                partial.write_bytes(content)
                shutil.copystat(source, partial)
    except OSError as error:
        raise _unwritable(destination, error) from error
    return target


def _copy_file(source: Path, partial: Path) -> None:
    try:
        reading = source.open("rb")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadablePhoto(
            "The file couldn’t be read from the disk ({error}).", error=reason
        ) from error
    with reading, partial.open("wb") as writing:
        shutil.copyfileobj(reading, writing, 1 << 20)
    shutil.copystat(source, partial)
    # A copy of a read-only file isn't read-only.
    partial.chmod(partial.stat().st_mode | 0o600)


def _converted(source: Path, options: CopyOptions, photo: Photo) -> bytes:
    taken_at = None if photo.taken_from in ("file", "none") else photo.taken_at
    return copying.converted(decode.read_bytes(source), options, taken_at)


def _unwritable(destination: Path, error: OSError) -> UserError:
    if error.errno in _FULL:
        return UserError("There isn’t enough space in {folder}.", folder=destination)
    reason = error.strerror or type(error).__name__
    return UserError("{folder} can’t be written ({error}).", folder=destination, error=reason)


class _Names:
    """Names in the destination, so that none is used twice, whatever the file system's case."""

    def __init__(self, destination: Path) -> None:
        self._destination = destination
        self._taken: dict[Path, set[str]] = {}

    def free(self, folder: Path, stem: str, suffix: str) -> str:
        """Return the name, or the first of "name (2)", "name (3)"… that is free, and take it."""
        taken = self._taken.get(folder)
        if taken is None:
            taken = self._taken[folder] = {name.casefold() for name in os.listdir(folder)}
        name, number = stem + suffix, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number}){suffix}"
        taken.add(name.casefold())
        return name


def _needs_people(options: Options) -> bool:
    return options.layout is Layout.PERSON or options.naming is Naming.DATE_AND_PEOPLE


def _people(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[PhotoId, list[tuple[PersonId, str]]]:
    """Return the named people in each photo, left to right."""
    found: dict[PhotoId, list[tuple[PersonId, str]]] = {}
    ids = set(photo_ids)
    for photo_id, person_id, name in connection.execute(
        "SELECT face.photo_id, person.id, person.name FROM face "
        "JOIN person ON person.id = face.person_id WHERE person.name IS NOT NULL "
        "ORDER BY face.photo_id, face.x"
    ):
        if photo_id in ids and (person_id, name) not in found.setdefault(photo_id, []):
            found[photo_id].append((person_id, name))
    return found


def _folders(photo: Photo, names: Sequence[str], layout: Layout) -> list[tuple[str, ...]]:
    if layout is Layout.PERSON:
        return [(safe(name),) for name in names] or [("Unnamed",)]
    if layout is Layout.MONTH:
        year, month = photo.taken_at[:4], photo.taken_at[5:7]
        return [(year, f"{year}-{month}") if month else (year,)]
    return [()]


def _stem(photo: Photo, names: Sequence[str], naming: Naming) -> str:
    kept = file_names.to_show(Path(photo.path).stem)
    if naming is Naming.KEPT:
        return safe(kept)
    stem = photo.taken_at.replace("T", " ").replace(":", ".")[:19] or kept
    if naming is Naming.DATE_AND_PEOPLE and names:
        some = ", ".join(names[:MOST_NAMES])
        more = len(names) - MOST_NAMES
        stem += f" {some}" + (f" +{more}" if more > 0 else "")
    return safe(stem)


def safe(name: str) -> str:
    """Return a name that is valid for files and folders of every system."""
    clean = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", name)[:LONGEST].strip(" .")
    return f"_{clean}" if _RESERVED.match(clean) or not clean else clean
