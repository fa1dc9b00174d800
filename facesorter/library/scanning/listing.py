"""Walk a watched folder: names, sizes and times of the photo files in it, as they lie on the disk.

Reads no file. What the differences to the library mean is for `library.scanning.matching`.
"""

from __future__ import annotations

import datetime
import errno
import os
import stat as modes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from facesorter.cancel import CancelToken
from facesorter.domain import Folder
from facesorter.images.formats import is_photo
from facesorter.images.metadata import date_from_name

_MOUNT_POINT = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT of the Windows headers


class Version(NamedTuple):
    """What tells one state of a file from another, short of reading it."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A photo file as it lies on the disk."""

    relpath: str
    """Relative to the watched folder, with '/'."""
    size: int
    mtime_ns: int
    taken_at: str
    """A first guess from the name or the file's time; analysis corrects it."""
    taken_from: str

    @property
    def name(self) -> str:
        """Without its folders."""
        return self.relpath.rpartition("/")[2]


@dataclass(slots=True)
class Walk:
    """What a walk of one folder saw."""

    folder: Folder
    files: dict[str, Version] = field(default_factory=dict)
    """By relative path."""
    unread: list[str] = field(default_factory=list)
    """Relative paths of what could not be looked at; folders end in '/', the whole one is ''."""
    root: tuple[int, int] | None = None
    """Device and number of the folder itself; None when it was not there."""

    def unseen(self, relpath: str) -> bool:
        """Whether a path lies where the walk could not look, so that it may well be there."""
        return any(
            relpath == place or ((place == "" or place.endswith("/")) and relpath.startswith(place))
            for place in self.unread
        )

    def look_again(self, relpath: str) -> None:
        """Take the size and time that a file of the walk has now."""
        try:
            stat = os.stat(full_path(self.folder, relpath))
        except OSError:
            del self.files[relpath]
            self.unread.append(relpath)
        else:
            self.files[relpath] = Version(stat.st_size, stat.st_mtime_ns)


def walk(folder: Folder, token: CancelToken) -> Iterator[tuple[Walk, str]]:
    """Yield the walk as it grows and each relative path that it met; the walk is whole at the end.

    A folder that went away meanwhile (its drive was pulled) ends up as one that was never there.
    Links to folders are not followed: they may loop, and what they show lies elsewhere.

    Raises:
        Cancelled: between two folders.
    """
    found = Walk(folder, root=_identity(folder.path))
    if found.root is not None:
        for relpath, version in _files(found, token):
            found.files[relpath] = version
            yield found, relpath
        if _identity(folder.path) != found.root:
            found.root = None
    if found.root is None:
        found.files.clear()
        found.unread = [""]
    yield found, ""


def describe(relpath: str, version: Version) -> FoundFile:
    """A file with a first guess of when the photo was taken."""
    named = date_from_name(relpath.rpartition("/")[2])
    if named is not None:
        return FoundFile(relpath, *version, named, "name")
    try:
        moment = datetime.datetime.fromtimestamp(version.mtime_ns / 1e9)
        taken = moment.isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        taken = "1970-01-01T00:00:00"
    return FoundFile(relpath, *version, taken, "file")


class Listings:
    """Looks up files by their exact names, reading each folder once."""

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}

    def version_of(self, path: str) -> Version | None:
        """Size and time of the file of exactly this name; None when it is not there.

        On a disk that ignores case, a file renamed from a.jpg to A.jpg would otherwise seem to be
        in both places.

        Raises:
            OSError: nobody can tell, as when the folder may not be read.
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
        return Version(stat.st_size, stat.st_mtime_ns)


def full_path(folder: Folder, relpath: str) -> str:
    """The absolute path of a file in a watched folder."""
    return os.path.join(folder.path, *relpath.split("/"))


def _files(found: Walk, token: CancelToken) -> Iterator[tuple[str, Version]]:
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
        for entry in entries:
            relpath = f"{prefix}{entry.name}"
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(".") and not _is_junction(entry):
                        waiting.append(f"{relpath}/")
                elif is_photo(entry.name):
                    stat = os.stat(entry.path)
                    if modes.S_ISREG(stat.st_mode):
                        yield relpath, Version(stat.st_size, stat.st_mtime_ns)
            except OSError as error:
                # A link that points nowhere or to itself is no photo. A file that has gone since
                # it was listed may be back at the next look: its drive may have been pulled.
                if error.errno in (errno.ENOENT, errno.ELOOP) and entry.is_symlink():
                    continue
                found.unread.append(relpath)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether it is Windows' other kind of folder link, which does not count as a symbolic one."""
    if os.name != "nt":
        return False
    tag: int = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return tag == _MOUNT_POINT


def _identity(path: str) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino) if modes.S_ISDIR(stat.st_mode) else None
