"""Services at work on folders of tiny drawn photos, with an analyzer that counts."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facesorter.app.isolated import IsolatedAnalysis
from facesorter.app.services import Services
from facesorter.cancel import CancelToken
from facesorter.domain import Region
from facesorter.faces.analyzer import FaceAnalyzer, FoundFace
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from facesorter.storage import photos
from facesorter.storage.database import open_reader

SIDE = 16
POINTS = np.array([[0.4, 0.4], [0.6, 0.4], [0.5, 0.5], [0.42, 0.6], [0.58, 0.6]], np.float32)
"""Landmarks of the face in the middle of every photo."""


class CountingAnalyzer:
    """One face a photo, of the person that the first pixel names; counts how often it saw what."""

    name = "counting"
    sha256 = "counting"
    dimension = 32

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.seen: Counter[bytes] = Counter()
        self.order: list[int] = []
        """Numbers of the photos, as they came."""
        self.at_once = self.most_at_once = 0
        self.act: Callable[[int], Any] = lambda number: None
        """Called with the number of each photo, to raise or to dawdle."""
        self.small: list[Region] = []
        """Small faces of every photo, which only a closer search finds."""
        self.searched: Counter[int] = Counter()
        """Numbers of the photos that were searched closely."""
        self.act_searching: Callable[[int], Any] = lambda number: None
        """As ``act``, in a closer search."""
        self._lock = threading.Lock()

    @property
    def total(self) -> int:
        return sum(self.seen.values())

    def analyse(
        self, pixels: NDArray[np.uint8], token: CancelToken | None = None, scale: float = 1.0
    ) -> list[FoundFace]:
        number = number_of(pixels)
        with self._lock:
            self.seen[pixels.tobytes()] += 1
            self.order.append(number)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.seconds and token is not None:
                token.wait(self.seconds)
                token.check()
            self.act(number)
        finally:
            with self._lock:
                self.at_once -= 1
        return [self._face(pixels, number)]

    def covers(self, width: int, height: int) -> bool:
        return not self.small

    def search(
        self, pixels: NDArray[np.uint8], known: Any, longest: int, token: CancelToken | None = None
    ) -> list[FoundFace]:
        """The known face, which a search must not add again, and the small ones."""
        number = number_of(pixels)
        with self._lock:
            self.searched[number] += 1
        self.act_searching(number)
        if token is not None:
            token.check()
        known = self._face(pixels, number)
        return [known, *(_moved_to(region, known) for region in self.small)]

    def analyse_regions(self, pixels: Any, regions: Any) -> list[FoundFace]:
        raise AssertionError("not asked for here")

    def analyse_landmarks(self, pixels: Any, faces: Any) -> list[FoundFace]:
        """What is where the faces of an earlier version were."""
        return [self._face(pixels, number_of(pixels)) for _ in faces]

    def _face(self, pixels: Any, number: int) -> FoundFace:
        person = int(pixels[0, 0, 0])
        centre = np.random.default_rng(person).normal(size=self.dimension)
        own = np.random.default_rng(number).normal(size=self.dimension)
        vector = centre / np.linalg.norm(centre) + 0.3 * own / np.linalg.norm(own)
        return FoundFace(
            Region(0.25, 0.25, 0.5, 0.5),
            POINTS,
            0.9,
            0.8,
            (vector / np.linalg.norm(vector)).astype(np.float32),
        )


def _moved_to(region: Region, face: FoundFace) -> FoundFace:
    points = (POINTS - 0.25) * 2 * (region.w, region.h) + (region.x, region.y)
    return replace(face, region=region, landmarks=points.astype(np.float32))


def draw(path: Path, number: int, person: int = 0, *, day: int = 1) -> Path:
    """A photo of a person, with its number in the second row and a date in the file's time."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[0] = person
    for bit in range(SIDE):
        pixels[1, bit] = 255 * (number >> bit & 1)
    # Of differing lengths, as real photos are.
    noise = np.random.default_rng(number).integers(0, 256, (SIDE - 2, SIDE, 3))
    pixels[2 : 2 + number % (SIDE - 2)] = noise[: number % (SIDE - 2)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "PNG")
    moment = 1_500_000_000 + 86_400 * day
    os.utime(path, (moment, moment))
    return path


def number_of(pixels: NDArray[np.uint8]) -> int:
    """The number that `draw` wrote."""
    return sum(1 << bit for bit in range(SIDE) if pixels[1, bit, 0] > 127)


def pixels_of(path: Path) -> bytes:
    """What the analyzer counts a photo by."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).tobytes()


def fill(root: Path, count: int, *, people: int = 5, first: int = 0) -> list[Path]:
    """Draw photos in a few folders, the newest last."""
    return [
        draw(root / f"folder {n % 4}" / f"photo {n}.png", n, n % people, day=n)
        for n in range(first, first + count)
    ]


@contextmanager
def at_work(
    library: Path,
    analyzer: FaceAnalyzer,
    *roots: Path,
    watch: bool = False,
    workers: int = 2,
    refresh: bool = False,
    isolation: IsolatedAnalysis | None = None,
) -> Iterator[Services]:
    """Services on a library, with folders added; stopped at the end, and no thread is left."""
    before = set(threading.enumerate())
    services = Services(
        library,
        library / "cache",
        Settings(workers=workers),
        watch=watch,
        load=lambda: analyzer,
        isolation=isolation,
    )
    services.refresher.enabled = refresh
    services.start().result(30)
    try:
        for root in roots:
            services.submit(folders.add, str(root)).result(30)
        yield services
    finally:
        started = time.monotonic()
        assert services.stop(20)
        services.took_to_stop = time.monotonic() - started  # type: ignore[attr-defined]
        left = [
            thread.name
            for thread in set(threading.enumerate()) - before
            if thread.is_alive() and not thread.name.startswith("InotifyFD")
        ]
        # That of the decoder processes ends when these have been idle.
        assert not [n for n in left if not n.startswith(("Thread-", "decoders"))], left


def settle(services: Services, seconds: float = 30) -> None:
    """Scan everything and wait until all of it is analysed."""
    services.rescan()
    assert services.pipeline.wait_idle(seconds), services.current_progress()


def until(condition: Callable[[], bool], seconds: float = 60) -> float:
    """Wait until something holds; returns how long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it never came true"
        time.sleep(0.02)
    return time.monotonic() - started


def rows(library: Path, query: str, *values: Any) -> list[Any]:
    connection = open_reader(library)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def statuses(library: Path) -> dict[str, str]:
    """Status by absolute path, of every photo; no path may come twice."""
    connection = open_reader(library)
    try:
        found = dict(connection.execute("SELECT id, status FROM photo").fetchall())
        paths = photos.paths(connection, list(found))
    finally:
        connection.close()
    by_path = {paths[photo]: status for photo, status in found.items()}
    assert len(by_path) == len(found), "one file is two photos"
    return by_path


def shown(library: Path) -> dict[str, str]:
    """The same without missing photos."""
    return {path: status for path, status in statuses(library).items() if status != "missing"}


def on_disk(*roots: Path) -> set[str]:
    """Absolute paths of all files below some folders."""
    return {str(path) for root in roots for path in root.rglob("*") if path.is_file()}


def in_order(library: Path, *roots: Path) -> bool:
    """Whether the library equals the disk, everything analysed."""
    return shown(library) == dict.fromkeys(on_disk(*roots), "analysed")
