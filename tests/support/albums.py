"""Folders of photos that change at random, and what a scan should then know."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.domain import Region
from facesorter.faces.analyzer import FoundFace, PhotoFaces
from facesorter.files import sample_hash
from facesorter.images.dates import NO_DATE, DateSource, at_time, decide, latest_now
from facesorter.images.formats import is_photo, is_sidecar
from facesorter.images.metadata import read_metadata
from facesorter.images.name_dates import date_in_folders, date_in_name
from facesorter.images.sidecars import Sidecars, read_sidecars
from facesorter.library.decisions import corrections
from facesorter.library.scanning import folders, record
from facesorter.library.scanning.scan import Scan
from facesorter.storage import pending, photos
from tests.library.made import Bench

ROOTS = ("Photos", "Phone")


ANCHOR = "anchor.jpg"
"""Keeps each folder from being empty, which would mean *unplugged*."""


class Album:
    """Folders of tiny files, and a library that scans and analyses them without threads."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.bench = Bench()
        self.analyses: Counter[bytes] = Counter()
        self.clock = 1_600_000_000_000_000_000
        self.roots: dict[str, int] = {}
        for root in ROOTS:
            (base / root).mkdir()
            self.write(f"{root}/{ANCHOR}", f"anchor of {root}".encode())
            self.roots[root] = self.bench.do(folders.add, str(base / root)).id
        self.model = self.bench.do(record.use_model, "stub", "stub", 4)

    def write(self, place: str, content: bytes, *, mtime_ns: int | None = None) -> None:
        path = self.base / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.touch(place, mtime_ns)

    def touch(self, place: str, mtime_ns: int | None = None) -> None:
        self.clock += 1_000_000
        moment = mtime_ns or self.clock
        os.utime(self.base / place, ns=(moment, moment))

    def files(self) -> list[str]:
        found = (path for path in self.base.rglob("*") if path.is_file() and is_photo(path.name))
        return sorted(path.relative_to(self.base).as_posix() for path in found)

    def scan(self, roots: set[str] | None = None) -> int:
        wanted = None if roots is None else {self.roots[root] for root in roots}
        differences = 0
        for batch in Scan(self.bench.connection, CancelToken()).run(wanted):
            self.bench.do(record.found, batch)
            differences += batch.differences
        self.bench.do(record.relink)
        return differences

    def analyse(self) -> None:
        """As the pipeline does, with one face a photo whose look follows from the content."""
        connection = self.bench.connection
        while waiting := pending.newest(connection, 1):
            (photo,) = waiting
            content = Path(photo.path).read_bytes()
            digest = hashlib.blake2b(content, digest_size=16).hexdigest()
            version = (photo.id, photo.size, photo.mtime_ns)
            twin = photos.same_content(connection, photo.id, digest)
            if twin is not None:
                self.bench.do(record.analysed_before, *version, twin, digest)
                continue
            self.analyses[content] += 1
            self.bench.do(record.analysed, *version, seen(content, digest), self.model)

    def name_new(self) -> list[str]:
        """Give every content without a name its own; copies stay without. Returns the names."""
        made = []
        rows = self.bench.all(
            "SELECT min(face.id), content_hash FROM face JOIN photo ON photo.id = photo_id "
            "GROUP BY content_hash HAVING sum(person_id IS NOT NULL) = 0 "
            "AND content_hash NOT IN (SELECT name FROM person)"
        )
        for face_id, digest in rows:
            self.bench.do(corrections.move_to_new_person, [face_id], digest)
            made.append(digest)
        return made

    def shown(self) -> dict[str, tuple[str, str]]:
        """Place, with content and status, of all photos that are not missing."""
        rows = self.bench.all(
            "SELECT id, status, content_hash FROM photo WHERE status != 'missing'"
        )
        paths = photos.paths(self.bench.connection, [row[0] for row in rows])
        shown = {Path(paths[i]).relative_to(self.base).as_posix(): (h, s) for i, s, h in rows}
        assert len(shown) == len(rows), "one file is two photos"
        return shown

    def dates(self) -> dict[str, tuple[str, str, str | None]]:
        """Date, source and doubt in the library, by place."""
        rows = self.bench.all(
            "SELECT id, taken_at, taken_from, taken_doubt FROM photo WHERE status != 'missing'"
        )
        paths = photos.paths(self.bench.connection, [row[0] for row in rows])
        return {Path(paths[i]).relative_to(self.base).as_posix(): tuple(row) for i, *row in rows}

    def dates_on_disk(self) -> dict[str, tuple[str, str, str | None]]:
        """What a library that sees the files for the first time would make of their dates."""
        found = {}
        for place in self.files():
            path = self.base / place
            beside = [name for name in os.listdir(path.parent) if is_sidecar(name)]
            known = {
                DateSource.NAME: date_in_name(path.name),
                DateSource.FOLDER: date_in_folders(place.split("/")[:-1]),
                DateSource.FILE: at_time(path.stat().st_mtime_ns / 1e9),
                **read_sidecars(
                    [path.parent / name for name in Sidecars(beside).of(path.name)]
                ).dates,
                **read_metadata(path.read_bytes()).dates,
            }
            taken = decide({source: at for source, at in known.items() if at}, latest_now())
            at = NO_DATE if taken.source is DateSource.FILE else taken.at
            found[place] = (at, taken.source.value, taken.doubt and taken.doubt.value)
        return found

    def named(self) -> dict[str, list[tuple[str, str]]]:
        """Content and status of the photos that bear each name."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name, digest, status in self.bench.all(
            "SELECT person.name, content_hash, status FROM face "
            "JOIN photo ON photo.id = photo_id JOIN person ON person.id = person_id "
            "WHERE face.state = 'confirmed'"
        ):
            found.setdefault(name, []).append((digest, status))
        return found


def seen(content: bytes, digest: str) -> PhotoFaces:
    # Whatever the content, the face looks much the same: an edit doesn't make it somebody else.
    random = np.random.default_rng(list(content))
    vector = np.ones(4, np.float32) + 0.1 * random.normal(size=4).astype(np.float32)
    face = FoundFace(
        Region(0.3, 0.3, 0.2, 0.2),
        np.full((5, 2), 0.4, np.float32),
        0.9,
        0.8,
        vector / np.linalg.norm(vector),
    )
    found = read_metadata(content)
    sample = sample_hash(content)
    return PhotoFaces(
        digest, 100, 80, 1, found.dates, (face,), None, sample=sample, info=found.info
    )


def digest_of(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
