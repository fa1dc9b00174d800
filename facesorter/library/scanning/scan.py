"""Say how watched folders differ from what the library knows.

Reads names, sizes and times; reads contents only of files that might be known photos under a new
name (same size as one) or that changed. Writes nothing: `library.scanning.record.found` takes the
result.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from facesorter.cancel import CancelToken
from facesorter.domain import Folder, FolderId, FolderState, PhotoId
from facesorter.library.scanning import matching
from facesorter.library.scanning.listing import FoundFile, Version, Walk, describe, walk
from facesorter.storage import folders, photos
from facesorter.storage.photos import KnownFile

BATCH = 500
"""Files in one batch: some 30 ms of writing, so a decision of the user is never long in waiting."""
AT_REST = 0.5
"""Seconds without a change after which a known photo's file counts as written. Programs that write
a file in its place empty it first, and then write many times a second."""

Move = matching.Move
Copy = matching.Copy
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScanBatch:
    """Differences between the disk and the library in one folder, for one transaction."""

    folder_id: FolderId
    moved: tuple[Move, ...] = ()
    """Known photos in a place where they were not before, maybe of another folder."""
    displaced: tuple[PhotoId, ...] = ()
    """Photos whose place now holds another known content, and whose own is nowhere to be found."""
    copied: tuple[Copy, ...] = ()
    touched: tuple[Move, ...] = ()
    """Known place, same content, another time on the disk."""
    changed: tuple[Move, ...] = ()
    """Known place, new content: to be analysed again."""
    back: tuple[PhotoId, ...] = ()
    """Photos that were missing and lie in their place again, unchanged."""
    missing: tuple[PhotoId, ...] = ()
    new: tuple[FoundFile, ...] = ()
    state: FolderState = FolderState.PRESENT
    complete: bool = False
    """The last batch of a walk that saw everything."""

    @property
    def differences(self) -> int:
        """How many photos differ between the disk and the library."""
        lists: tuple[Sequence[object], ...] = (
            *(self.moved, self.displaced, self.copied, self.touched),
            *(self.changed, self.back, self.missing, self.new),
        )
        return sum(map(len, lists))


class Scan:
    """One round through some folders, or all. Thread: scan."""

    def __init__(self, connection: sqlite3.Connection, token: CancelToken) -> None:
        self._connection = connection
        self._token = token
        self._known: dict[FolderId, dict[str, KnownFile]] = {}
        self._walks: dict[FolderId, Walk] = {}
        self._unclear: dict[FolderId, list[str]] = {}
        # Whatever is found is compared with photos of the same size; the others are surely new.
        self._sizes = {row[0] for row in connection.execute("SELECT DISTINCT size FROM photo")}

    @property
    def folder_ids(self) -> list[FolderId]:
        """The folders that were walked."""
        return list(self._walks)

    def run(self, wanted: Collection[FolderId] | None) -> Iterator[ScanBatch]:
        """Yield how folders differ from the library, at most `BATCH` photos at a time.

        New files come as they are met; what depends on the whole (moves, copies, missing files)
        comes last and is judged for all folders together, since photos are moved from one to the
        other. A file with another content in a known place has the remaining folders walked too:
        the old content may lie there now. Where such a file changed this very moment, it is given
        `AT_REST` to be whole. A folder that is absent, or empty where photos were, is
        *unplugged*: nothing is concluded from what it lacks.

        Raises:
            Cancelled: between two files.
        """
        watched = folders.every(self._connection, watched_only=True)
        chosen = [f for f in watched if wanted is None or f.id in wanted]
        for folder in chosen:
            yield from self._walk(folder)
        if any(self._has_replaced(walk) for walk in self._walks.values()):
            for folder in watched:
                if folder.id not in self._walks:
                    yield from self._walk(folder)
        self._let_writers_finish()
        yield from self._conclude()

    def _walk(self, folder: Folder) -> Iterator[ScanBatch]:
        known = photos.known(self._connection, folder.id)
        fresh: list[FoundFile] = []
        unclear: list[str] = []
        for seen, relpath in walk(folder, self._token):
            if not relpath or relpath in known:
                continue
            version = seen.files[relpath]
            if version.size in self._sizes:
                unclear.append(relpath)
                continue
            fresh.append(describe(relpath, version))
            if len(fresh) == BATCH:
                yield ScanBatch(folder.id, new=tuple(fresh))
                fresh = []
        if fresh and seen.root is not None:
            yield ScanBatch(folder.id, new=tuple(fresh))
        self._known[folder.id] = known
        self._walks[folder.id] = seen
        self._unclear[folder.id] = unclear if seen.root is not None else []

    def _has_replaced(self, seen: Walk) -> bool:
        known = self._known[seen.folder.id]
        return any(
            relpath in known and _differs(known[relpath], version)
            for relpath, version in seen.files.items()
        )

    def _let_writers_finish(self) -> None:
        """Wait once for files that are being written in the places of known photos.

        Half a file is another content: the photo would be analysed for nothing, and again when the
        file is whole.
        """
        ages = {
            (folder_id, relpath): time.time() - version.mtime_ns / 1e9
            for folder_id, seen in self._walks.items()
            for relpath, version in seen.files.items()
            if (known := self._known[folder_id].get(relpath)) and _differs(known, version)
        }
        fresh = {place: age for place, age in ages.items() if 0 <= age < AT_REST}
        if not fresh:
            return
        self._token.wait(AT_REST - min(fresh.values()))
        self._token.check()
        for folder_id, relpath in fresh:
            self._walks[folder_id].look_again(relpath)

    def _conclude(self) -> Iterator[ScanBatch]:
        places = []
        for folder_id, seen in self._walks.items():
            known = self._known[folder_id]
            differing = [p for p, v in seen.files.items() if p in known and _differs(known[p], v)]
            places += [
                matching.Place(seen, describe(path, seen.files[path]), known.get(path))
                for path in differing + self._unclear[folder_id]
            ]
        back = {folder_id: self._back(folder_id) for folder_id in self._walks}
        settled = {photo_id for ids in back.values() for photo_id in ids}
        found = matching.match(
            self._connection, list(self._walks.values()), places, settled, self._token
        )
        # Moves first, so that places are free; copies before changes, while their source still
        # has the faces of the content they share.
        for folder_id in self._walks:
            for moved in _parts(found.moved.get(folder_id, [])):
                yield ScanBatch(folder_id, moved=moved)
            for displaced in _parts(found.displaced.get(folder_id, [])):
                yield ScanBatch(folder_id, displaced=displaced)
        for folder_id in self._walks:
            for copied in _parts(found.copied.get(folder_id, [])):
                yield ScanBatch(folder_id, copied=copied)
        for folder_id, seen in self._walks.items():
            state, missing = self._missing(folder_id, found.claimed)
            for touched in _parts(found.touched.get(folder_id, [])):
                yield ScanBatch(folder_id, touched=touched)
            for changed in _parts(found.changed.get(folder_id, [])):
                yield ScanBatch(folder_id, changed=changed)
            for ids in _parts(back[folder_id]):
                yield ScanBatch(folder_id, back=ids)
            for ids in _parts(missing):
                yield ScanBatch(folder_id, missing=ids)
            for new in _parts(found.new.get(folder_id, [])):
                yield ScanBatch(folder_id, new=new)
            whole = state is FolderState.PRESENT and not seen.unread
            if whole or state is not seen.folder.state:
                yield ScanBatch(folder_id, state=state, complete=whole)

    def _back(self, folder_id: FolderId) -> list[PhotoId]:
        files = self._walks[folder_id].files
        return [
            photo.id
            for relpath, photo in self._known[folder_id].items()
            if photo.status == "missing"
            and relpath in files
            and not _differs(photo, files[relpath])
        ]

    def _missing(
        self, folder_id: FolderId, claimed: Collection[PhotoId]
    ) -> tuple[FolderState, list[PhotoId]]:
        seen = self._walks[folder_id]
        left = [
            photo.id
            for relpath, photo in self._known[folder_id].items()
            if photo.status != "missing"
            and relpath not in seen.files
            and photo.id not in claimed
            and not seen.unseen(relpath)
        ]
        if seen.root is None:
            return FolderState.UNPLUGGED, []
        if not seen.files and (left or "" in seen.unread):
            return FolderState.UNPLUGGED, []
        return FolderState.PRESENT, left


def _parts(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(items), BATCH):
        yield tuple(items[start : start + BATCH])


def _differs(photo: KnownFile, version: Version) -> bool:
    return (photo.size, photo.mtime_ns) != version
