"""Walk a watched folder for the names, sizes, and times of its photo files.

Reads no file, apart from how those begin that have no suffix. `library.scanning.matching`
interprets differences from the library.
"""

from __future__ import annotations

import errno
import json
import os
import stat as modes
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from facesorter.cancel import CancelToken
from facesorter.domain import Folder
from facesorter.files import modified_ns, stored_ns
from facesorter.images import unsupported
from facesorter.images.dates import Taken
from facesorter.images.formats import is_photo, is_sidecar
from facesorter.images.sidecars import Sidecars, read_sidecars
from facesorter.library.scanning import dating
from facesorter.library.scanning.exclusions import is_excluded, is_marked

MOST_HEADS = 300
"""Files without a suffix whose beginning is read in one walk: enough to tell that they are photos,
and on a network drive a second."""

COARSE_CLOCK = 10_000_000
"""Nanoseconds: the finest step of the times that exFAT stores; FAT's is 2 s."""
_MOUNT_POINT = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT of the Windows headers


class Version(NamedTuple):
    """Identifies a state of a file without reading it."""

    size: int
    mtime_ns: int
    changed_ns: int | None = None
    """When anything about the file last changed; None if the system doesn't tell."""

    @classmethod
    def of(cls, stat: os.stat_result) -> Version:
        """Return the state that a stat call describes."""
        return cls(stat.st_size, modified_ns(stat), change_time(stat))


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A photo file on disk."""

    relpath: str
    """Relative to the watched folder, with '/'."""
    size: int
    mtime_ns: int
    taken: Taken
    """Decided without reading the file; analysis does it again."""
    sidecars: str | None
    """The sidecars beside it and what they say, as stored; None without any."""
    changed_ns: int | None = None

    @property
    def name(self) -> str:
        """File name without folders."""
        return self.relpath.rpartition("/")[2]


@dataclass(slots=True)
class Walk:
    """Result of walking one folder."""

    folder: Folder
    files: dict[str, Version] = field(default_factory=dict)
    """Files by relative path."""
    unread: list[str] = field(default_factory=list)
    """Relative paths that couldn't be read; folders end in '/', the watched folder itself is ''."""
    left_out: list[str] = field(default_factory=list)
    """Relative paths of folders that hold no photos of the user; see `exclusions`. End in '/'."""
    root: tuple[int, int] | None = None
    """Device and inode of the folder itself; None if it was absent."""
    sidecars: dict[str, dict[str, Version]] = field(default_factory=dict)
    """Sidecars by folder, which is '' or ends in '/', and name."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Files that look like media and aren't read, by kind; see `images.unsupported`."""
    _heads: int = 0
    _owners: dict[str, Sidecars] = field(default_factory=dict)
    _names: dict[str, list[str]] = field(default_factory=dict)

    def unseen(self, relpath: str) -> bool:
        """Return whether a path is in a part that couldn't be read, so that it may exist."""
        return any(
            relpath == place or ((place == "" or place.endswith("/")) and relpath.startswith(place))
            for place in self.unread
        )

    def leaves_out(self, relpath: str) -> bool:
        """Return whether a path is in a folder that was left out."""
        return any(relpath.startswith(place) for place in self.left_out)

    def beside(self, relpath: str) -> list[tuple[str, int, int]]:
        """Return name, size and time of the sidecars of a photo."""
        folder, slash, name = relpath.rpartition("/")
        there = self.sidecars.get(folder + slash)
        if there is None:
            return []
        if folder not in self._owners:
            self._owners[folder] = Sidecars(there, self._names_in(folder + slash))
        found = self._owners[folder].of(name)
        return [(each, there[each].size, there[each].mtime_ns) for each in found]

    def _names_in(self, place: str) -> list[str]:
        if not self._names:
            for relpath in self.files:
                folder, slash, name = relpath.rpartition("/")
                self._names.setdefault(folder + slash, []).append(name)
        return self._names.get(place, [])

    def skip(self, entry: os.DirEntry[str]) -> None:
        """Count a file that isn't read, if it looks like media."""
        kind = unsupported.by_name(entry.name)
        if kind is None and unsupported.is_nameless(entry.name) and self._heads < MOST_HEADS:
            self._heads += 1
            kind = _kind_inside(entry)
        if kind is not None:
            self.skipped[kind] += 1

    def look_again(self, relpath: str) -> None:
        """Update the size and time of a file of the walk."""
        try:
            stat = os.stat(full_path(self.folder, relpath))
        except OSError:
            del self.files[relpath]
            self.unread.append(relpath)
        else:
            self.files[relpath] = Version.of(stat)


def change_time(stat: os.stat_result) -> int | None:
    """Return when anything about a file last changed, in ns; None if its system doesn't tell.

    Edits can keep a file's size and modification time, but not this time. Windows gives the time
    of creation in its place, and FAT and exFAT, whose clocks are coarse, the modification time.
    The inode would add nothing: network drives and FAT make up a new one at every mount.
    """
    if os.name == "nt":
        return None
    if stat.st_ctime_ns == stat.st_mtime_ns and stat.st_mtime_ns % COARSE_CLOCK == 0:
        return None
    return stored_ns(stat.st_ctime_ns)


class Place(NamedTuple):
    """Tells a folder from all others."""

    identity: tuple[int, int]
    """Device and inode; not enough, since some drives have no inodes."""
    path: str
    """Without links and in lower case; not enough, since case may or may not matter."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Which folders a walk enters."""

    everything: bool = False
    """Whether trash, thumbnails, and other programs' folders count as the user's photos."""
    apart: frozenset[Place] = frozenset()
    """Folders that are watched by themselves: no file is ever two photos."""


USUAL = Extent()


def walk(folder: Folder, token: CancelToken, extent: Extent = USUAL) -> Iterator[tuple[Walk, str]]:
    """Yield the growing walk with each relative path found; it is complete at the end.

    A folder that vanishes meanwhile (its drive was pulled) ends up like one that was absent.
    Links to folders aren't followed: they may loop or lead elsewhere.

    Raises:
        Cancelled: between two folders.
    """
    found = Walk(folder, root=identity(folder.path))
    if found.root is not None:
        for relpath, version in _files(found, token, extent):
            found.files[relpath] = version
            yield found, relpath
        if identity(folder.path) != found.root:
            found.root = None
    if found.root is None:
        found.files.clear()
        found.unread = [""]
    yield found, ""


def describe(seen: Walk, relpath: str) -> FoundFile:
    """Return a file of a walk with its date, as far as names and sidecars tell. Blocks."""
    version, sidecars = seen.files[relpath], sidecars_of(seen, relpath)
    taken = dating.of_file(seen.folder.path, relpath, version.mtime_ns, sidecars)
    return FoundFile(relpath, version.size, version.mtime_ns, taken, sidecars, version.changed_ns)


def sidecars_of(seen: Walk, relpath: str) -> str | None:
    """Read the sidecars of a photo; return them as stored, or None without any. Blocks."""
    files = seen.beside(relpath)
    if not files:
        return None
    folder = Path(full_path(seen.folder, relpath)).parent
    found = read_sidecars([folder / name for name, *_ in files])
    return json.dumps(
        {"files": files, "dates": found.dates, "info": json.loads(found.info.stored())}
    )


class Listings:
    """Looks up files by their exact names, reading each folder once."""

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}

    def version_of(self, path: str) -> Version | None:
        """Return size and time of the file with exactly this name; None if there is none.

        On a disk that ignores case, a file renamed from a.jpg to A.jpg would otherwise seem to be
        in both places.

        Raises:
            OSError: unknown, for example because the folder can't be read.
        """
        folder, name = os.path.split(path)
        try:
            if folder not in self._names:
                self._names[folder] = frozenset(os.listdir(folder))
            if name not in self._names[folder]:
                return None
            stat = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Version.of(stat)


def full_path(folder: Folder, relpath: str) -> str:
    """Return the absolute path of a file in a watched folder."""
    return os.path.join(folder.path, *relpath.split("/"))


def _files(found: Walk, token: CancelToken, extent: Extent) -> Iterator[tuple[str, Version]]:
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        token.check()
        try:
            with os.scandir(full_path(found.folder, prefix)) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            found.unread.append(prefix)
            continue
        if prefix and not extent.everything and is_marked({entry.name for entry in entries}):
            found.left_out.append(prefix)
            continue
        if there := _sidecars(entries):
            found.sidecars[prefix] = there
        for entry in entries:
            relpath = f"{prefix}{entry.name}"
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name.startswith(".") or _is_junction(entry):
                        continue
                    if f"{relpath}/" in found.folder.left_out or _is_left_out(entry, extent):
                        found.left_out.append(f"{relpath}/")
                    else:
                        waiting.append(f"{relpath}/")
                elif is_photo(entry.name):
                    stat = os.stat(entry.path)
                    if modes.S_ISREG(stat.st_mode):
                        yield relpath, Version.of(stat)
                elif entry.is_file():
                    found.skip(entry)
            except OSError as error:
                # A broken or circular link isn't a photo. A file that vanished since it was listed
                # may be back at the next scan: its drive may have been pulled.
                if error.errno in (errno.ENOENT, errno.ELOOP) and entry.is_symlink():
                    continue
                found.unread.append(relpath)


def _kind_inside(entry: os.DirEntry[str]) -> str | None:
    """Return the kind of a file without a suffix that is media by its content."""
    try:
        with open(entry.path, "rb") as file:
            kind = unsupported.by_content(file.read(unsupported.HEAD))
    except OSError:
        return None
    return None if kind is None else unsupported.WITHOUT_SUFFIX.format(kind=kind)


def _is_left_out(entry: os.DirEntry[str], extent: Extent) -> bool:
    if extent.apart and place_of(entry.path) in extent.apart:
        return True
    return not extent.everything and is_excluded(entry.path)


def _sidecars(entries: list[os.DirEntry[str]]) -> dict[str, Version]:
    found = {}
    for entry in entries:
        if is_sidecar(entry.name):
            try:
                stat = os.stat(entry.path)
            except OSError:
                continue
            if modes.S_ISREG(stat.st_mode):
                found[entry.name] = Version(stat.st_size, modified_ns(stat))
    return found


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a Windows junction, which isn't a symbolic link."""
    if os.name != "nt":
        return False
    tag: int = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return tag == _MOUNT_POINT


def identity(path: str) -> tuple[int, int] | None:
    """Return device and inode of a folder, or None if it is absent."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino) if modes.S_ISDIR(stat.st_mode) else None


def place_of(path: str) -> Place | None:
    """Return which folder is at a path, or None if it is absent."""
    there = identity(path)
    return None if there is None else Place(there, os.path.realpath(path).casefold())
