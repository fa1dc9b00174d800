"""Export of photos: copies in a folder of the user's choice, as they are or smaller."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from facesorter.cancel import CancelToken
from facesorter.domain import Given, NamedRegion, PersonId, Photo, PhotoId, Region
from facesorter.errors import Message, UnreadablePhoto, UserError
from facesorter.files import replacing
from facesorter.images.copy_options import SUFFIXES, CopyFormat, CopyOptions
from facesorter.images.dates import DateSource
from facesorter.library import queries
from facesorter.storage import file_names, folders, photo_info, places
from facesorter.storage.photos import chunks
from facesorter.storage.places import GivenPlace

LONGEST = 180
"""Bytes of a file's or folder's name. Systems allow 255, and a number, a suffix, and the ending of
a file that isn't complete may follow."""
MOST_NAMES = 4
"""People in a file's name; of more, their number is given."""
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NOT_TAKEN = (DateSource.SCANNED, DateSource.FILE, DateSource.NONE)
"""Sources whose date isn't written into copies as that of the exposure."""
FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a full disk."""


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
    people: tuple[NamedRegion, ...] = ()
    """Who is where in it, to write into the copy."""
    given: Given = field(default_factory=Given)
    """The user's rating, title and caption, to write into the copy."""
    place: GivenPlace | None = None
    """The place that the user set; None if the file's GPS data counts."""


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
    """List the copies to make, in the order of ``photo_ids``, which may come twice."""
    people = _people(connection, photo_ids) if _needs_people(options) else {}
    regions = named_regions(connection, photo_ids) if options.copy.names else {}
    given = photo_info.given(connection, photo_ids)
    located = places.given(connection, photo_ids)
    chosen = set(options.person_ids)
    copies = []
    for photo in queries.photos(connection, list(dict.fromkeys(photo_ids))):
        shown = people.get(photo.id, [])
        stem = _stem(photo, [name for _, name in shown], options.naming)
        of = [name for person_id, name in shown if not chosen or person_id in chosen]
        of = of or [name for _, name in shown]
        named = tuple(regions.get(photo.id, ()))
        copies += [
            Copy(photo, folder, stem, named, given[photo.id], located.get(photo.id))
            for folder in _folders(photo, of, options.layout)
        ]
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
    report, taken = Report(), _Names()
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
    # A video isn't converted; nor may a place that was to be left out go along in it.
    original = options.format is CopyFormat.ORIGINAL or copy.photo.is_video
    if copy.photo.is_video and options.format is not CopyFormat.ORIGINAL and not options.location:
        raise UnreadablePhoto("Videos can only be exported unchanged, including their location.")
    if copy.photo.unplugged:
        raise UnreadablePhoto("The drive isn’t connected.")
    # Read before anything is written: what can't be read leaves no empty folder.
    content = b"" if original else _converted(source, options, copy)
    if original and not source.is_file():
        raise UnreadablePhoto("The file no longer exists.")
    folder = destination.joinpath(*copy.folder)
    suffix = source.suffix if original else SUFFIXES[options.format]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / taken.free(folder, copy.stem, suffix)
        with replacing(target) as partial:
            if original:
                _copy_file(source, partial)
            else:
                partial.write_bytes(content)
            with contextlib.suppress(OSError):  # times are kept where the drive can
                shutil.copystat(source, partial)
                # A copy of a read-only file isn't read-only.
                partial.chmod(partial.stat().st_mode | 0o600)
    except OSError as error:
        raise unwritable(destination, error) from error
    return target


def _copy_file(source: Path, partial: Path) -> None:
    try:
        reading = source.open("rb")
    except OSError as error:
        raise _unreadable(error) from error
    with reading, partial.open("wb") as writing:
        shutil.copyfileobj(_Reading(reading), writing, 1 << 20)


class _Reading:
    """Tells errors of the original from those of the copy."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Read as a file does.

        Raises:
            UnreadablePhoto: With a reason for the user.
        """
        try:
            return self._file.read(size)
        except OSError as error:
            raise _unreadable(error) from error


def _unreadable(error: OSError) -> UnreadablePhoto:
    reason = error.strerror or type(error).__name__
    return UnreadablePhoto("The file couldn’t be read from the disk ({error}).", error=reason)


def _converted(source: Path, options: CopyOptions, copy: Copy) -> bytes:
    from facesorter.images import copying, decode

    photo = copy.photo
    known = photo.taken_doubt is None and photo.taken_from not in _NOT_TAKEN
    taken_at = photo.taken_at if known else None
    corrected, turned = photo.taken_from == DateSource.GIVEN, photo.turn
    data, place = decode.read_bytes(source), None
    if copy.place is not None and options.location:
        place = copy.place.point
        # Of a photo that the user put nowhere, the file must not say otherwise.
        options = replace(options, location=place is not None)
    return copying.converted(
        data,
        options,
        taken_at,
        copy.people,
        corrected=corrected,
        turned=turned,
        given=copy.given,
        place=place,
    )


def unwritable(destination: Path, error: OSError) -> UserError:
    """Return what to tell the user of a folder that can't be written."""
    if error.errno in FULL:
        return UserError("There isn’t enough space in {folder}.", folder=destination)
    reason = error.strerror or type(error).__name__
    return UserError("{folder} can’t be written ({error}).", folder=destination, error=reason)


class _Names:
    """Names in the destination, so that none is used twice, whatever the file system's case."""

    def __init__(self) -> None:
        self._taken: dict[Path, set[str]] = {}

    def free(self, folder: Path, stem: str, suffix: str) -> str:
        """Return the name, or the first of "name (2)", "name (3)"… that is free, and take it."""
        taken = self._taken.get(folder)
        if taken is None:
            taken = self._taken[folder] = {name.casefold() for name in os.listdir(folder)}
        name, number = stem + suffix, 1
        # What came meanwhile, and names and folders that only this file system takes for equal.
        while name.casefold() in taken or os.path.lexists(folder / name):
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
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT face.photo_id, person.id, person.name FROM face "
            "JOIN person ON person.id = face.person_id WHERE person.name IS NOT NULL "
            f"AND face.photo_id IN ({marks}) ORDER BY face.photo_id, face.x",
            part,
        )
        for photo_id, person_id, name in rows:
            if (person_id, name) not in found.setdefault(photo_id, []):
                found[photo_id].append((person_id, name))
    return found


def named_regions(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], *, sure: bool = True
) -> dict[PhotoId, list[NamedRegion]]:
    """Return the named faces in each photo that are confirmed, or also sure, left to right."""
    states = "face.state = 'confirmed' OR face.sure = 1" if sure else "face.state = 'confirmed'"
    found: dict[PhotoId, list[NamedRegion]] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "SELECT face.photo_id, person.name, face.x, face.y, face.w, face.h FROM face "
            "JOIN person ON person.id = face.person_id WHERE person.name IS NOT NULL "
            f"AND ({states}) AND face.photo_id IN ({marks}) ORDER BY face.photo_id, face.x",
            part,
        )
        for photo_id, name, *box in rows:
            found.setdefault(photo_id, []).append(NamedRegion(name, Region(*box)))
    return found


def _folders(photo: Photo, names: Sequence[str], layout: Layout) -> list[tuple[str, ...]]:
    if layout is Layout.PERSON:
        return [(name,) for name in dict.fromkeys(map(safe, names))] or [("Unnamed",)]
    if layout is Layout.MONTH:
        year, month = photo.taken_at[:4], photo.taken_at[5:7]
        return [(year, f"{year}-{month}") if month else (year or "No date",)]
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
    clean = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", name)
    clean = clean.encode("utf-8", "ignore")[:LONGEST].decode("utf-8", "ignore").strip(" .")
    return f"_{clean}" if _RESERVED.match(clean) or not clean else clean
