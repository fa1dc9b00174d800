"""Entry point of the readers: finds the sources of names in a folder or file, and reads them.

All readers are lazy: one folder's list of files and one photo's names are in memory at a time. No
path that a file names is opened, or even looked for, outside of the folder that the user gave.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import Final

from facesorter.errors import UserError
from facesorter.exchange import contacts as address_books
from facesorter.exchange import digikam, json_people, photo_files, picasa, references, tonfotos
from facesorter.exchange.contacts import Contact
from facesorter.exchange.json_items import LARGEST_ITEM, read_items, read_object
from facesorter.exchange.names import PhotoNames
from facesorter.exchange.reading import Found, Reading, read_limited
from facesorter.images.formats import is_photo
from facesorter.images.sidecars import Sidecars


class Kind(StrEnum):
    """A way in which names are kept."""

    PHOTOS = "photos"
    """Inside photo files and in XMP sidecars."""
    PICASA = "picasa"
    DIGIKAM = "digikam"
    JSON = "json"
    """Takeout, osxphotos, ExifTool, Immich."""
    TONFOTOS = "tonfotos"
    REFERENCES = "references"
    """Folders, or files, named after people. Read only when asked for: most folders are not."""
    CONTACTS = "contacts"
    """Names and birthdays, for `read_contacts`."""


USUAL: Final = frozenset((Kind.PHOTOS, Kind.PICASA, Kind.DIGIKAM, Kind.JSON, Kind.TONFOTOS))
"""Kinds that are read unless told otherwise."""

_PEEK: Final = 1 << 16
"""Bytes in which a JSON file of unknown name must say what it is."""
_MARKS: Final = (b'"face_info"', b'"originalFileName"', b'"SourceFile"', b'"original_filename"')
_FEW: Final = 2
"""Subfolders from which on a folder may be one of references."""


@dataclass(slots=True)
class Inventory:
    """What there is in a folder, by the names of its files alone."""

    photos: int = 0
    files: Counter[Kind] = field(default_factory=Counter)
    """Files of each kind; of `Kind.PHOTOS` those that are XMP sidecars, since photos would have to
    be read."""
    labelled: int = 0
    """Subfolders that have photos, if all photos are in such or directly in the folder."""

    @property
    def may_be_references(self) -> bool:
        """Return whether to ask if the folder's names are people's."""
        return self.labelled >= _FEW


def look(path: Path, reading: Reading) -> Inventory:
    """Tell what there is in a folder, or what a file is. Reads no file but the given one. Blocks.

    Raises:
        Cancelled: The token of ``reading`` was cancelled.
    """
    found = Inventory()
    if not path.is_dir():
        kind = kind_of(path)
        if kind is not None:
            found.files[kind] += 1
            found.photos = int(kind is Kind.PHOTOS and is_photo(path.name))
        return found
    deep = False
    for folder, names in _folders(path, reading):
        photos = sum(map(is_photo, names))
        found.photos += photos
        depth = len(folder.relative_to(path).parts)
        found.labelled += depth == 1 and photos > 0
        deep = deep or (depth > 1 and photos > 0)
        for name in names:
            kind = _kind_by_name(name)
            if kind is not None and not is_photo(name):
                found.files[kind] += 1
    if deep:
        found.labelled = 0
    return found


def kind_of(path: Path) -> Kind | None:
    """Tell what kind of source a file is, by its name and first bytes; None if unknown."""
    kind = _kind_by_name(path.name)
    if kind is None and digikam.looks_like(path):
        return Kind.DIGIKAM
    return kind


def _kind_by_name(name: str) -> Kind | None:
    lower = name.lower()
    suffix = os.path.splitext(lower)[1]
    if lower in picasa.INI_NAMES or lower == "contacts.xml":
        return Kind.PICASA
    if lower == tonfotos.INI_NAME:
        return Kind.TONFOTOS
    if lower == digikam.FILE_NAME:
        return Kind.DIGIKAM
    if suffix == ".xmp" or is_photo(name):
        return Kind.PHOTOS
    if suffix in (".json", ".jsonl", ".ndjson"):
        return Kind.JSON
    return Kind.CONTACTS if suffix in address_books.SUFFIXES else None


def read(path: Path, reading: Reading, kinds: Collection[Kind] = USUAL) -> Iterator[Found]:
    """Yield who is in which photo, by everything in a folder, or by one file. Blocks.

    A photo may come several times, once by each source, and sources may disagree. What can't be
    read is noted in ``reading``.

    Args:
        path: Folder, read with its subfolders but without hidden ones; or a file, read whatever
            its kind.
        reading: Told of each file; cancels.
        kinds: Kinds to read in a folder.

    Raises:
        Cancelled: The token of ``reading`` was cancelled.
    """
    if path.is_dir():
        yield from _read_folders(path, reading, kinds)
    else:
        yield from _kept(path, reading, lambda: _read_file(path, reading))


def read_contacts(path: Path, reading: Reading) -> Iterator[Contact]:
    """Yield the contacts of a file, or of all such files in a folder. Blocks.

    Raises:
        Cancelled: The token of ``reading`` was cancelled.
    """
    files = [path]
    if path.is_dir():
        folders = _folders(path, reading)
        files = [
            folder / name
            for folder, names in folders
            for name in names
            if _kind_by_name(name) is Kind.CONTACTS
        ]
    for file in files:
        reading.step()
        try:
            yield from address_books.read_contacts(file)
        except (UserError, OSError) as error:
            reading.skip(file, error)


def _kept(path: Path, reading: Reading, read: Callable[[], Iterator[Found]]) -> Iterator[Found]:
    """Yield from a reader until it fails, and note why."""
    try:
        yield from read()
    except (UserError, OSError) as error:
        reading.skip(path, error)


def _folders(root: Path, reading: Reading) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder with the sorted names of its files; links to folders are not followed.

    Pipes, devices and links that lead nowhere aren't files: reading a pipe could last forever.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        reading.check()
        names, inside = [], []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):  # a link that leads to itself
                        if entry.is_file():
                            names.append(entry.name)
                        elif entry.is_dir(follow_symlinks=False) and entry.name[0] != ".":
                            inside.append(folder / entry.name)
        except OSError as error:
            reading.skip(folder, error)
            continue
        waiting += sorted(inside, reverse=True)
        yield folder, sorted(names)


def _read_folders(root: Path, reading: Reading, kinds: Collection[Kind]) -> Iterator[Found]:
    known = _picasa_contacts(root, reading) if Kind.PICASA in kinds else {}
    for folder, names in _folders(root, reading):
        photos = [name for name in names if is_photo(name)]
        beside = Sidecars(
            (name for name in names if name.lower().endswith((".xmp", ".json"))), photos
        )
        used: set[str] = set()
        for name in photos:
            of_photo = beside.of(name)
            used.update(of_photo)
            reading.step()
            yield from _of_photo(folder / name, of_photo, root, reading, kinds)
        by_name = {name.casefold(): name for name in photos}
        for name in names:
            kind = _kind_by_name(name)
            if is_photo(name) or name in used or kind not in kinds:
                continue
            reading.step()
            read = _beside(folder / name, kind, by_name, known, reading)
            yield from _kept(folder / name, reading, read)


def _of_photo(
    photo: Path, beside: list[str], root: Path, reading: Reading, kinds: Collection[Kind]
) -> Iterator[Found]:
    paths = [photo.with_name(name) for name in beside]
    if Kind.PHOTOS in kinds:
        sidecars = [path for path in paths if path.suffix.lower() == ".xmp"]
        yield from photo_files.read_photo(photo, sidecars, reading)
    if Kind.JSON in kinds:
        for path in paths:
            if path.suffix.lower() == ".json":
                yield from _kept(path, reading, partial(_json_sidecar, path, photo))
    if Kind.REFERENCES in kinds and (names := references.of_photo(photo, root)):
        yield Found(photo, names)


def _beside(
    path: Path,
    kind: Kind | None,
    photos: Mapping[str, str],
    known: Mapping[str, str],
    reading: Reading,
) -> Callable[[], Iterator[Found]]:
    """Return the reader of a file that is about other files."""
    match kind:
        case Kind.PICASA if path.name.lower() in picasa.INI_NAMES:
            return lambda: _in_folder(path, picasa.read_ini(path, known), photos)
        case Kind.TONFOTOS:
            return lambda: _in_folder(path, tonfotos.read_ini(path), photos)
        case Kind.DIGIKAM:
            return lambda: digikam.read_database(path, reading)
        case Kind.JSON:
            return lambda: _json_list(path, reading, photos) if _says_people(path) else iter(())
        case Kind.PHOTOS:
            return lambda: _lone_sidecar(path)
    return lambda: iter(())


def _lone_sidecar(path: Path) -> Iterator[Found]:
    """Yield a sidecar whose photo is elsewhere, as in a folder of its own for sidecars."""
    if is_photo(path.stem) and (photo_names := photo_files.of_sidecar(path)):
        yield Found(path.with_suffix(""), replace(photo_names, origin=path))


def _in_folder(
    path: Path, named: Iterator[tuple[str, PhotoNames]], photos: Mapping[str, str]
) -> Iterator[Found]:
    # Windows' programs don't mind the case of a name.
    for name, names in named:
        yield Found(path.with_name(photos.get(name.casefold(), name)), names)


def _picasa_contacts(root: Path, reading: Reading) -> picasa.Contacts:
    """Return the names by all files in a folder: some have only the ids of those in others."""
    found: picasa.Contacts = {}
    files = picasa.address_books(root)
    for folder, names in _folders(root, reading):
        files += [
            folder / name
            for name in names
            if name.lower() in picasa.INI_NAMES or name.lower() == "contacts.xml"
        ]
    for path in dict.fromkeys(files):
        reading.check()
        read = picasa.read_contacts if path.suffix.lower() == ".xml" else picasa.read_ini_contacts
        try:
            for identity, name in read(path).items():
                found.setdefault(identity, name)
        except (UserError, OSError) as error:
            # An .ini is read again, and then noted.
            if path.suffix.lower() == ".xml":
                reading.skip(path, error)
    return found


def _json_sidecar(path: Path, photo: Path) -> Iterator[Found]:
    content = read_object(read_limited(path, LARGEST_ITEM))
    for each in content if isinstance(content, list) else [content]:
        found = json_people.of_object(each) if isinstance(each, dict) else None
        if found is not None and found.names:
            yield Found(photo, replace(found.names, origin=path))


def _says_people(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_PEEK)
    return any(mark in head for mark in _MARKS)


def _json_list(path: Path, reading: Reading, photos: Mapping[str, str]) -> Iterator[Found]:
    for item in read_items(path):
        for each in json_people.photos_within(item):
            reading.step()
            found = json_people.of_object(each)
            if found is not None and found.names and found.paths:
                photo = _there(found.paths, path.parent, photos)
                yield Found(photo, replace(found.names, origin=path))


def _there(paths: tuple[str, ...], folder: Path, photos: Mapping[str, str]) -> Path:
    """Return where a photo is that a list names: beside the list if there is one of that name.

    Else as the list says, which is not looked for: it could be a server's.
    """
    for path in paths:
        # Takes both kinds of separators.
        name = PureWindowsPath(path).name
        if name.casefold() in photos:
            return folder / photos[name.casefold()]
    return Path(paths[0].replace("\x00", ""))


def _read_file(path: Path, reading: Reading) -> Iterator[Found]:
    reading.step()
    kind = kind_of(path)
    names = sorted(each.name for each in path.parent.iterdir()) if path.parent.is_dir() else []
    photos = [name for name in names if is_photo(name)]
    if kind is Kind.PHOTOS:
        beside = Sidecars((name for name in names if name.lower().endswith(".xmp")), photos)
        if is_photo(path.name):
            sidecars = [path.with_name(each) for each in beside.of(path.name)]
            yield from photo_files.read_photo(path, sidecars, reading)
            return
        of = [name for name in photos if path.name in beside.of(name)]
        photo_names = photo_files.of_sidecar(path)
        for name in of or [path.stem]:
            if photo_names:
                yield Found(path.with_name(name), replace(photo_names, origin=path))
        return
    by_name = {name.casefold(): name for name in photos}
    if kind is Kind.PICASA:
        known = _picasa_contacts(path.parent, reading)
        yield from _beside(path, kind, by_name, known, reading)()
    elif kind is Kind.JSON:
        yield from _json_file(path, reading, photos, by_name)
    elif kind in (Kind.DIGIKAM, Kind.TONFOTOS):
        yield from _beside(path, kind, by_name, {}, reading)()
    else:
        raise UserError("This file contains no names of people.")


def _json_file(
    path: Path, reading: Reading, photos: list[str], by_name: Mapping[str, str]
) -> Iterator[Found]:
    beside = Sidecars([path.name])
    of = [name for name in photos if beside.of(name)]
    for name in of:
        yield from _json_sidecar(path, path.with_name(name))
    if not of:
        yield from _json_list(path, reading, by_name)
