"""Find how watched folders differ from the library.

Reads names, sizes, and times, and the contents only of changed files and those that might be known
photos under a new name (same size). Writes nothing: `library.scanning.record.found` records it.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from facesorter.cancel import CancelToken
from facesorter.domain import Folder, FolderId, FolderState, PhotoId
from facesorter.files import sample_hash
from facesorter.library.scanning import dating, describing, matching
from facesorter.library.scanning.listing import (
    Extent,
    FoundFile,
    Place,
    Version,
    Walk,
    describe,
    full_path,
    place_of,
    sidecars_of,
    walk,
)
from facesorter.storage import folders, photo_info, photos
from facesorter.storage.photos import KnownFile

BATCH = 500
"""Files in one batch: some 30 ms of writing, so that the user's decisions never wait long."""
AT_REST = 0.5
"""Seconds without a change after which a known photo's file counts as fully written. Programs that
overwrite a file truncate it first, and then write many times a second."""

FULLY_READ = 500
"""Up to this many files of unchanged size and time are read in full if anything else about them
changed; of more (after a change of owner or permissions of everything) only samples are."""
SAMPLING = 20.0
"""Seconds that a scan spends on samples of files whose edits the system may not tell."""

Move = matching.Move
Copy = matching.Copy
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScanBatch:
    """Differences between disk and library in one folder, for one transaction."""

    folder_id: FolderId
    moved: tuple[Move, ...] = ()
    """Known photos in a new place, maybe in another folder."""
    displaced: tuple[PhotoId, ...] = ()
    """Photos whose place now holds another known photo and whose content wasn't found."""
    copied: tuple[Copy, ...] = ()
    touched: tuple[Move, ...] = ()
    """Known place, same content, new file time."""
    changed: tuple[Move, ...] = ()
    """Known place, new content: to be analyzed again."""
    back: tuple[PhotoId, ...] = ()
    """Missing photos that are back in their place, unchanged."""
    missing: tuple[PhotoId, ...] = ()
    unchanged: tuple[tuple[PhotoId, int | None], ...] = ()
    """Photos whose content is the same although their change time isn't, with that time."""
    sampled: tuple[tuple[PhotoId, str], ...] = ()
    """Photos of which no sample was known, with their sample."""
    new: tuple[FoundFile, ...] = ()
    redated: tuple[dating.Redating, ...] = ()
    """Unchanged photos whose date has to be decided again; no differences."""
    described: tuple[describing.Described, ...] = ()
    """Unchanged photos whose files were read for what they say; no differences."""
    unsearchable: tuple[PhotoId, ...] = ()
    """Photos of an older library whose names searches don't know; no differences."""
    state: FolderState = FolderState.PRESENT
    complete: bool = False
    """Whether this is the last batch of a complete walk."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Files that look like media and aren't read, by kind, if the walk was complete."""

    @property
    def differences(self) -> int:
        """Return how many photos differ between disk and library."""
        lists: tuple[Sequence[object], ...] = (
            *(self.moved, self.displaced, self.copied, self.touched),
            *(self.changed, self.back, self.missing, self.new),
        )
        return sum(map(len, lists))


class Scan:
    """One scan of some or all folders. Thread: scan."""

    def __init__(
        self, connection: sqlite3.Connection, token: CancelToken, *, everything: bool = False
    ) -> None:
        """Read nothing yet; ``everything`` includes the folders of `exclusions`."""
        self._connection = connection
        self._token = token
        self._everything = everything
        self._apart: dict[FolderId, Place | None] = {}
        self._known: dict[FolderId, dict[str, KnownFile]] = {}
        self._walks: dict[FolderId, Walk] = {}
        self._unclear: dict[FolderId, list[str]] = {}
        self._unchanged: dict[FolderId, list[tuple[PhotoId, int | None]]] = defaultdict(list)
        # Only photos of the same size can match; other files are surely new.
        self._sizes = {row[0] for row in connection.execute("SELECT DISTINCT size FROM photo")}

    @property
    def folder_ids(self) -> list[FolderId]:
        """The folders that were walked."""
        return list(self._walks)

    def run(
        self, wanted: Collection[FolderId] | None, *, sampling: float = 0.0
    ) -> Iterator[ScanBatch]:
        """Yield differences from the library, at most `BATCH` photos at a time.

        ``wanted`` is None for all folders but paused ones, which are walked only when wanted.

        New files come as they are found. Moves, copies, and missing files come last, for all
        folders together, since photos move between folders. If a known place has new content, the
        remaining folders are walked too, as the old content may be there now; if that file is
        still being written, it gets `AT_REST` to be complete. A folder that is absent, or empty
        where photos were, is *unplugged*: none of its photos counts as missing. For up to
        ``sampling`` seconds at the end, samples of files are read whose edits the system may not
        tell, in random order, so that several scans reach all of them.

        Raises:
            Cancelled: between two files.
        """
        watched = folders.every(self._connection, watched_only=True)
        self._apart = {folder.id: place_of(folder.path) for folder in watched}
        chosen = [f for f in watched if (not f.paused if wanted is None else f.id in wanted)]
        for folder in chosen:
            yield from self._walk(folder)
        if any(self._has_replaced(walk) for walk in self._walks.values()):
            for folder in watched:
                if folder.id not in self._walks and not folder.paused:
                    yield from self._walk(folder)
        self._let_writers_finish()
        yield from self._conclude()
        yield from self._make_searchable()
        for folder_id in self._walks:
            yield from self._describe(folder_id)
        for folder_id in list(self._unchanged):
            yield from self._take_unchanged(folder_id)
        if sampling:
            yield from self._sample(sampling)

    def _walk(self, folder: Folder) -> Iterator[ScanBatch]:
        known = photos.known(self._connection, folder.id)
        fresh: list[FoundFile] = []
        unclear: list[str] = []
        others = {place for other, place in self._apart.items() if place and other != folder.id}
        extent = Extent(self._everything, frozenset(others))
        for seen, relpath in walk(folder, self._token, extent):
            if not relpath or relpath in known:
                continue
            version = seen.files[relpath]
            if version.size in self._sizes:
                unclear.append(relpath)
                continue
            fresh.append(describe(seen, relpath))
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

        Half a file has other content: the photo would be analyzed in vain, and again when the file
        is complete.
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
        retouched: dict[FolderId, list[str]] = defaultdict(list)
        yield from self._find_retouched(retouched)
        for folder_id, seen in self._walks.items():
            known = self._known[folder_id]
            differing = [p for p, v in seen.files.items() if p in known and _differs(known[p], v)]
            differing += retouched[folder_id]
            places += [
                matching.Place(seen, describe(seen, path), known.get(path))
                for path in differing + self._unclear[folder_id]
            ]
        back = {folder_id: self._back(folder_id) for folder_id in self._walks}
        settled = {photo_id for ids in back.values() for photo_id in ids}
        found = matching.match(
            self._connection, list(self._walks.values()), places, settled, self._token
        )
        # Moves first, to free places; copies before changes, while their source still has the
        # faces of the shared content.
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
                yield ScanBatch(folder_id, state=state, complete=whole, skipped=seen.skipped)
        for folder_id in self._walks:
            yield from self._redate(folder_id)

    def _redate(self, folder_id: FolderId) -> Iterator[ScanBatch]:
        """Yield the photos to be dated again, last: after a new rule, all files are read."""
        seen, redated = self._walks[folder_id], list[dating.Redating]()
        for relpath, photo in self._known[folder_id].items():
            if relpath not in seen.files or _differs(photo, seen.files[relpath]):
                continue
            if not dating.is_due(photo, seen.beside(relpath)):
                continue
            self._token.check()
            if not redated:
                dating.prepare(self._connection)
            path = Path(full_path(seen.folder, relpath))
            redated.append(dating.look_again(photo, path, sidecars_of(seen, relpath)))
            if len(redated) == BATCH:
                yield ScanBatch(folder_id, redated=tuple(redated))
                redated = []
        if redated:
            yield ScanBatch(folder_id, redated=tuple(redated))

    def _make_searchable(self) -> Iterator[ScanBatch]:
        """Yield the photos of an older library whose names searches don't know, in parts."""
        for folder_id in list(self._walks)[:1]:
            for part in _parts(photo_info.missing(self._connection)):
                self._token.check()
                yield ScanBatch(folder_id, unsearchable=part)

    def _describe(self, folder_id: FolderId) -> Iterator[ScanBatch]:
        """Yield photos of an older library with what their files say, as many as time allows."""
        seen, found = self._walks[folder_id], list[describing.Described]()
        until = time.monotonic() + describing.READING
        for relpath, photo in self._known[folder_id].items():
            if not describing.is_due(photo) or relpath not in seen.files:
                continue
            if _differs(photo, seen.files[relpath]) or time.monotonic() > until:
                continue
            self._token.check()
            path = Path(full_path(seen.folder, relpath))
            if described := describing.look(photo, path, sidecars_of(seen, relpath)):
                found.append(described)
            if len(found) == BATCH:
                yield ScanBatch(folder_id, described=tuple(found))
                found = []
        if found:
            yield ScanBatch(folder_id, described=tuple(found))

    def _find_retouched(self, found: dict[FolderId, list[str]]) -> Iterator[ScanBatch]:
        """Add to ``found`` the files of known size and time that may have been edited, by folder.

        Yields those that weren't, as they are read: a scan that is cancelled reads none in vain.
        """
        suspected = []
        for folder_id, seen in self._walks.items():
            for relpath, photo in self._known[folder_id].items():
                version = seen.files.get(relpath)
                if version is None or _differs(photo, version):
                    continue
                if photo.changed_ns == version.changed_ns or photo.status in ("missing", "pending"):
                    continue
                if version.changed_ns is None or (photo.changed_ns is None and not photo.sample):
                    self._unchanged[folder_id].append((photo.id, version.changed_ns))
                else:
                    suspected.append((folder_id, relpath, photo, version))
        for folder_id, relpath, photo, version in suspected:
            self._token.check()
            in_part = len(suspected) > FULLY_READ and photo.sample
            if in_part and self._sample_of(folder_id, relpath) == photo.sample:
                self._unchanged[folder_id].append((photo.id, version.changed_ns))
                if len(self._unchanged[folder_id]) >= BATCH:
                    yield from self._take_unchanged(folder_id)
            else:
                found[folder_id].append(relpath)

    def _take_unchanged(self, folder_id: FolderId) -> Iterator[ScanBatch]:
        for part in _parts(self._unchanged.pop(folder_id, [])):
            yield ScanBatch(folder_id, unchanged=part)

    def _sample(self, seconds: float) -> Iterator[ScanBatch]:
        """Look for edits that the system may not tell; see `listing.change_time`."""
        unversioned = [
            (folder_id, relpath, photo)
            for folder_id, seen in self._walks.items()
            for relpath, photo in self._known[folder_id].items()
            if photo.analysed
            and photo.status == "analysed"
            and (version := seen.files.get(relpath)) is not None
            and version.changed_ns is None
            and not _differs(photo, version)
        ]
        random.shuffle(unversioned)
        until = time.monotonic() + seconds
        for folder_id, relpath, photo in unversioned:
            self._token.check()
            if time.monotonic() > until:
                return
            sample = self._sample_of(folder_id, relpath)
            if sample is None or sample == photo.sample:
                continue
            if photo.sample is None:
                yield ScanBatch(folder_id, sampled=((photo.id, sample),))
            else:
                file = describe(self._walks[folder_id], relpath)
                yield ScanBatch(folder_id, changed=(Move(photo.id, file),))

    def _sample_of(self, folder_id: FolderId, relpath: str) -> str | None:
        try:
            return sample_hash(Path(full_path(self._walks[folder_id].folder, relpath)))
        except OSError:
            return None

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
        left = {
            relpath: photo.id
            for relpath, photo in self._known[folder_id].items()
            if photo.status != "missing"
            and relpath not in seen.files
            and photo.id not in claimed
            and not seen.unseen(relpath)
        }
        if seen.root is None:
            return FolderState.UNPLUGGED, []
        # Photos in folders that are left out now may be gone although the folder is there.
        empty = not seen.files and not all(map(seen.leaves_out, left))
        if empty or (not seen.files and "" in seen.unread):
            return FolderState.UNPLUGGED, []
        return FolderState.PRESENT, list(left.values())


def _parts(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(items), BATCH):
        yield tuple(items[start : start + BATCH])


def _differs(photo: KnownFile, version: Version) -> bool:
    return (photo.size, photo.mtime_ns) != version[:2]
