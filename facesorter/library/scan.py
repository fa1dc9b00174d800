"""Walk a watched folder and say how it differs from what the library knows.

Reads names, sizes and times; reads contents only of files that might be known photos under a new
name (same size as one) or that changed. Writes nothing: `library.record.found` takes the result.
"""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from facesorter.cancel import CancelToken
from facesorter.domain import Folder, FolderState, PhotoId
from facesorter.faces.analyzer import content_hash
from facesorter.images.formats import is_photo
from facesorter.images.metadata import date_from_name
from facesorter.storage import photos
from facesorter.storage.photos import Candidate, Known

BATCH = 500
"""Files in one batch: some 30 ms of writing, so a decision of the user is never long in waiting."""


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
    content_hash: str | None = None
    """Only where it was needed to tell a moved or copied photo."""


@dataclass(frozen=True, slots=True)
class Move:
    """A known photo under a new name."""

    photo_id: PhotoId
    file: FoundFile


@dataclass(frozen=True, slots=True)
class Copy:
    """A new file with the content of a photo that is still in its place."""

    source_id: PhotoId
    file: FoundFile


@dataclass(frozen=True, slots=True)
class ScanBatch:
    """Differences between the disk and the library, for one transaction."""

    folder_id: int
    new: tuple[FoundFile, ...] = ()
    changed: tuple[Move, ...] = ()
    """Known place, new content: to be analysed again."""
    touched: tuple[Move, ...] = ()
    """Known place, same content, another time or size on the disk."""
    moved: tuple[Move, ...] = ()
    copied: tuple[Copy, ...] = ()
    back: tuple[PhotoId, ...] = ()
    """Photos that were missing and lie in their place again, unchanged."""
    missing: tuple[PhotoId, ...] = ()
    state: FolderState = FolderState.PRESENT
    complete: bool = False
    """The last batch of a walk that saw everything."""

    @property
    def differences(self) -> int:
        """How many photos differ between the disk and the library."""
        lists = (
            self.new,
            self.changed,
            self.touched,
            self.moved,
            self.copied,
            self.back,
            self.missing,
        )
        return sum(len(found) for found in lists)

    def worth_writing(self, folder: Folder) -> bool:
        """Whether there is anything to write: differences, another state, the end of a walk."""
        return self.differences > 0 or self.complete or self.state is not folder.state


@dataclass(slots=True)
class _Walk:
    """What a walk gathered, and which folders it could not read."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def scan_folder(
    connection: sqlite3.Connection, folder: Folder, token: CancelToken
) -> Iterator[ScanBatch]:
    """Yield how ``folder`` differs from the library, at most `BATCH` files at a time.

    New files come as they are met; what depends on the whole (moves, copies, missing files) comes
    last. A folder that is absent, or empty where photos were, yields one batch with the state
    *unplugged* and nothing else. Thread: scan.

    Raises:
        Cancelled: between two files.
    """
    known = photos.known(connection, folder.id)
    if not os.path.isdir(folder.path):
        yield ScanBatch(folder.id, state=FolderState.UNPLUGGED)
        return
    sizes = _known_sizes(connection)
    walk = _Walk()
    fresh: list[FoundFile] = []
    unclear: list[FoundFile] = []
    for relpath, stat in _files(folder.path, walk, token):
        walk.files[relpath] = stat
        if relpath in known:
            continue
        file = _found(relpath, stat)
        if stat.st_size in sizes:
            unclear.append(file)
            continue
        fresh.append(file)
        if len(fresh) == BATCH:
            yield ScanBatch(folder.id, new=tuple(fresh))
            fresh = []
    if not walk.files and any(photo.status != "missing" for photo in known.values()):
        yield ScanBatch(folder.id, state=FolderState.UNPLUGGED)
        return
    if fresh:
        yield ScanBatch(folder.id, new=tuple(fresh))
    yield from _resolve(connection, folder, known, walk, unclear, token)


def _resolve(
    connection: sqlite3.Connection,
    folder: Folder,
    known: dict[str, Known],
    walk: _Walk,
    unclear: list[FoundFile],
    token: CancelToken,
) -> Iterator[ScanBatch]:
    differing = [
        _found(relpath, walk.files[relpath])
        for relpath, photo in known.items()
        if relpath in walk.files and _differs(photo, walk.files[relpath])
    ]
    same_size = photos.candidates(
        connection, {file.size for file in unclear} | {file.size for file in differing}
    )
    gone = _Gone(folder, walk, {photo.id: relpath for relpath, photo in known.items()})
    new, moved, copied, changed, touched = [], [], [], [], []
    taken: set[PhotoId] = set()
    # A file renamed onto another's old name: its place is known, its content is another photo's.
    for file in differing:
        token.check()
        here = known[file.relpath]
        digest = _hash(folder, file)
        old = _hash_of(same_size.get(file.size, []), here.id)
        if digest is not None and digest == old:
            touched.append(Move(here.id, file))
            taken.add(here.id)
            continue
        source = _pick(file, digest, same_size, gone, taken)
        if source is not None:
            moved.append(Move(source, _with_hash(file, digest)))
            taken.add(source)
        else:
            changed.append(Move(here.id, file))
    moved_here = {move.file.relpath for move in moved}
    for file in unclear:
        token.check()
        digest = _hash(folder, file) if _worth_hashing(file, same_size) else None
        source = _pick(file, digest, same_size, gone, taken)
        twin = _twin(digest, file, same_size)
        if source is not None:
            moved.append(Move(source, _with_hash(file, digest)))
            taken.add(source)
        elif twin is not None:
            copied.append(Copy(twin, _with_hash(file, digest)))
        else:
            new.append(file)
    missing = [
        photo.id
        for relpath, photo in known.items()
        if (relpath not in walk.files or relpath in moved_here)
        and photo.id not in taken
        and photo.status != "missing"
        and not any(relpath.startswith(prefix) for prefix in walk.unread)
    ]
    back = [
        photo.id
        for relpath, photo in known.items()
        if photo.status == "missing"
        and relpath in walk.files
        and not _differs(photo, walk.files[relpath])
    ]
    # Missing first and moves together: a chain of renames only resolves as a whole.
    yield ScanBatch(
        folder.id,
        changed=tuple(changed),
        touched=tuple(touched),
        moved=tuple(moved),
        missing=tuple(missing),
        back=tuple(back),
    )
    for start in range(0, len(new), BATCH):
        yield ScanBatch(folder.id, new=tuple(new[start : start + BATCH]))
    for start in range(0, len(copied), BATCH):
        yield ScanBatch(folder.id, copied=tuple(copied[start : start + BATCH]))
    yield ScanBatch(folder.id, complete=not walk.unread)


class _Gone:
    """Whether a known photo has left its place, as far as this walk or the disk can tell."""

    def __init__(self, folder: Folder, walk: _Walk, places: dict[PhotoId, str]) -> None:
        self._folder = folder
        self._walk = walk
        self._places = places

    def __call__(self, photo: Candidate) -> bool:
        if photo.folder_id == self._folder.id:
            relpath = self._places.get(photo.id)
            if relpath is None or any(relpath.startswith(p) for p in self._walk.unread):
                return False
            stat = self._walk.files.get(relpath)
        else:
            # Names are compared as the folder lists them: on a disk that ignores case, a file
            # renamed from a.jpg to A.jpg would otherwise seem to be in both places.
            stat = _stat_exactly(photo.path)
        return stat is None or (stat.st_size, stat.st_mtime_ns) != (photo.size, photo.mtime_ns)


def _pick(
    file: FoundFile,
    digest: str | None,
    same_size: dict[int, list[Candidate]],
    gone: _Gone,
    taken: set[PhotoId],
) -> PhotoId | None:
    """The known photo that this file is, moved: same content, and no longer in its place."""
    name = file.relpath.rsplit("/", 1)[-1]
    best: tuple[bool, PhotoId] | None = None
    for photo in same_size.get(file.size, ()):
        if photo.id in taken or not _alike(photo, file, digest) or not gone(photo):
            continue
        rank = (os.path.basename(photo.path) != name, photo.id)
        if best is None or rank < best:
            best = rank
    return best[1] if best else None


def _alike(photo: Candidate, file: FoundFile, digest: str | None) -> bool:
    if photo.content_hash is not None and digest is not None:
        return photo.content_hash == digest
    # Never analysed, so there is no hash yet: size and time to the nanosecond must do.
    return photo.content_hash is None and photo.mtime_ns == file.mtime_ns


def _twin(
    digest: str | None, file: FoundFile, same_size: dict[int, list[Candidate]]
) -> PhotoId | None:
    if digest is None:
        return None
    for photo in same_size.get(file.size, ()):
        if photo.content_hash == digest and photo.status in ("analysed", "missing"):
            return photo.id
    return None


def _worth_hashing(file: FoundFile, same_size: dict[int, list[Candidate]]) -> bool:
    return any(photo.content_hash is not None for photo in same_size.get(file.size, ()))


def _hash_of(known_of_size: list[Candidate], photo_id: PhotoId) -> str | None:
    return next((p.content_hash for p in known_of_size if p.id == photo_id), None)


def _hash(folder: Folder, file: FoundFile) -> str | None:
    try:
        return content_hash(Path(folder.path, *file.relpath.split("/")))
    except OSError:
        return None


def _with_hash(file: FoundFile, digest: str | None) -> FoundFile:
    return FoundFile(file.relpath, file.size, file.mtime_ns, file.taken_at, file.taken_from, digest)


def _known_sizes(connection: sqlite3.Connection) -> set[int]:
    return {row[0] for row in connection.execute("SELECT DISTINCT size FROM photo")}


def _differs(photo: Known, stat: os.stat_result) -> bool:
    return (photo.size, photo.mtime_ns) != (stat.st_size, stat.st_mtime_ns)


def _files(root: str, walk: _Walk, token: CancelToken) -> Iterator[tuple[str, os.stat_result]]:
    """Photo files below ``root`` with their stat; folder links are not followed (they may loop)."""
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        token.check()
        try:
            with os.scandir(os.path.join(root, *prefix.split("/"))) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            walk.unread.append(prefix)
            continue
        for entry in entries:
            relpath = f"{prefix}{entry.name}"
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        waiting.append(f"{relpath}/")
                elif is_photo(entry.name) and entry.is_file():
                    yield relpath, os.stat(entry.path)
            except OSError:
                walk.unread.append(relpath)


def _stat_exactly(path: str) -> os.stat_result | None:
    try:
        if os.path.basename(path) in os.listdir(os.path.dirname(path)):
            return os.stat(path)
    except OSError:
        pass
    return None


def _found(relpath: str, stat: os.stat_result) -> FoundFile:
    named = date_from_name(relpath.rsplit("/", 1)[-1])
    if named is not None:
        return FoundFile(relpath, stat.st_size, stat.st_mtime_ns, named, "name")
    try:
        taken = datetime.datetime.fromtimestamp(stat.st_mtime).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        taken = "1970-01-01T00:00:00"
    return FoundFile(relpath, stat.st_size, stat.st_mtime_ns, taken, "file")
