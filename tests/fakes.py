"""Drawn photos whose persons a fake analyzer can read: for tests that need people and no weights.

A person is a number. On a photo they are a square of two strong colours on a grey ground, which
survives JPEG; the analyzer finds the squares and turns each number into a direction of its own.
"""

from __future__ import annotations

import hashlib
import threading
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from facesorter.cancel import CancelToken
from facesorter.domain import Region
from facesorter.faces.analyzer import FoundFace
from facesorter.faces.following import KnownFace

HUES = 24
"""Colours that are told apart after JPEG; two of them make a person."""
MOST_PEOPLE = HUES * HUES
SIDE, GAP = 96, 32
"""Pixels of a face and between faces."""
COLOURED = 60
"""Difference of the largest and the smallest channel from which a pixel is no grey."""
POINTS = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.75), (0.65, 0.75))
"""Where landmarks are in a face: eyes, nose, mouth corners."""


def draw_photo(
    path: Path, people: Sequence[int] = (), *, number: int = 0, taken: str | None = None
) -> Path:
    """Draw a photo of some people and save it in the format that the suffix names.

    Args:
        path: Where to; folders are made.
        people: Numbers below `MOST_PEOPLE`; one may stand there twice.
        number: Makes photos of the same people differ.
        taken: EXIF date, as ``2019:06:12 10:00:00``.
    """
    columns = max(2, int(np.ceil(np.sqrt(len(people) or 1))))
    rows = max(2, -(-len(people) // columns))
    size = (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + GAP))
    image = Image.new("RGB", size, (120, 120, 120))
    draw = ImageDraw.Draw(image)
    for bit in range(16):
        if number >> bit & 1:
            draw.rectangle((8 * bit, 4, 8 * bit + 7, 15), (220, 220, 220))
    for place, person in enumerate(people):
        row, column = divmod(place, columns)
        x, y = GAP + column * (SIDE + GAP), GAP + row * (SIDE + GAP)
        upper, lower = divmod(person, HUES)
        draw.rectangle((x, y, x + SIDE - 1, y + SIDE // 2 - 1), _colour(upper))
        draw.rectangle((x, y + SIDE // 2, x + SIDE - 1, y + SIDE - 1), _colour(lower))
    exif = Image.Exif()
    if taken is not None:
        exif.get_ifd(0x8769)[0x9003] = taken
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, exif=exif)
    return path


class FakeAnalyzer:
    """Fulfils `faces.analyzer.FaceAnalyzer` on drawn photos. Thread: any.

    Two faces of one person have a cosine of about ``1 / (1 + noise**2)``, strangers one near zero.
    """

    def __init__(
        self,
        *,
        name: str = "fake",
        dimension: int = 128,
        noise: float = 0.5,
        seconds: float = 0.0,
    ) -> None:
        self.name = name
        self.dimension = dimension
        self.sha256 = hashlib.sha256(f"{name} {dimension}".encode()).hexdigest()
        self.noise = noise
        self.seconds = seconds
        """How long a photo takes."""
        self.covered = 100_000
        """Longest side of photos that need no closer search."""
        self._lock = threading.Lock()
        self.photos = 0
        """Photos looked at so far."""

    def analyse(
        self, pixels: NDArray[np.uint8], token: CancelToken | None = None, scale: float = 1.0
    ) -> list[FoundFace]:
        """See `faces.analyzer.FaceAnalyzer.analyse`."""
        with self._lock:
            self.photos += 1
        if self.seconds and token is not None:
            token.wait(self.seconds)
            token.check()
        elif self.seconds:
            time.sleep(self.seconds)
        height, width = pixels.shape[:2]
        spread = pixels.max(axis=2).astype(np.int16) - pixels.min(axis=2)
        labels, _ = ndimage.label(spread > COLOURED)
        regions = []
        for rows, columns in ndimage.find_objects(labels):
            w, h = columns.stop - columns.start, rows.stop - rows.start
            if min(w, h) >= SIDE // 2:
                regions.append(
                    Region(columns.start / width, rows.start / height, w / width, h / height)
                )
        return self.analyse_regions(pixels, regions)

    def covers(self, width: int, height: int) -> bool:
        """See `faces.analyzer.FaceAnalyzer.covers`."""
        return max(width, height) <= self.covered

    def search(
        self,
        pixels: NDArray[np.uint8],
        known: Sequence[Region],
        longest: int,
        token: CancelToken | None = None,
    ) -> list[FoundFace]:
        """See `faces.analyzer.FaceAnalyzer.search`; finds what `analyse` does."""
        return [
            face
            for face in self.analyse(pixels, token)
            if not any(region.is_at(face.region) for region in known)
        ]

    def analyse_regions(
        self, pixels: NDArray[np.uint8], regions: Sequence[Region]
    ) -> list[FoundFace]:
        """See `faces.analyzer.FaceAnalyzer.analyse_regions`."""
        height, width = pixels.shape[:2]
        content = zlib.crc32(pixels.tobytes())
        faces = []
        for place, region in enumerate(regions):
            upper, lower = (
                _hue_at(
                    pixels,
                    round((region.x + region.w / 2) * width),
                    round((region.y + region.h * part) * height),
                )
                for part in (0.25, 0.75)
            )
            marks = [(region.x + x * region.w, region.y + y * region.h) for x, y in POINTS]
            faces.append(
                FoundFace(
                    region=region,
                    landmarks=np.array(marks, np.float32),
                    detection_score=0.9,
                    quality=0.8,
                    embedding=self.embedding(upper * HUES + lower, content + place),
                )
            )
        return faces

    def analyse_landmarks(
        self, pixels: NDArray[np.uint8], faces: Sequence[KnownFace]
    ) -> list[FoundFace]:
        """See `faces.analyzer.FaceAnalyzer.analyse_landmarks`."""
        height, width = pixels.shape[:2]
        found = []
        for place, face in enumerate(faces):
            eyes, mouth = face.landmarks[:2].mean(0), face.landmarks[3:].mean(0)
            middles = (eyes + 0.4 * (eyes - mouth), mouth)
            upper, lower = (
                _hue_at(pixels, round(x * width), round(y * height)) for x, y in middles
            )
            person, look = upper * HUES + lower, zlib.crc32(pixels.tobytes()) + place
            look_now = self.embedding(person, look)
            found.append(FoundFace(face.region, face.landmarks, face.score, 0.8, look_now))
        return found

    def embedding(self, person: int, look: int) -> NDArray[np.float32]:
        """A person's direction, a little off in a way of this look's own; unit length."""
        own = np.random.default_rng([person, self.dimension]).normal(size=self.dimension)
        off = np.random.default_rng([person, look]).normal(size=self.dimension)
        mixed = own / np.linalg.norm(own) + self.noise * off / np.linalg.norm(off)
        unit: NDArray[np.float32] = (mixed / np.linalg.norm(mixed)).astype(np.float32)
        return unit


def _colour(index: int) -> tuple[int, int, int]:
    red, green, blue = (
        np.clip(2 - abs((index * 6 / HUES - turn) % 6 - 3), 0, 1) for turn in (3, 5, 1)
    )
    return round(230 * red) + 20, round(230 * green) + 20, round(230 * blue) + 20


_PALETTE = np.array([_colour(index) for index in range(HUES)], np.float64)


def _hue_at(pixels: NDArray[np.uint8], x: int, y: int) -> int:
    """The colour around a point, as the nearest of the palette."""
    patch = pixels[max(0, y - 6) : y + 7, max(0, x - 6) : x + 7].reshape(-1, 3)
    distances: NDArray[np.float64] = np.abs(_PALETTE - patch.mean(axis=0)).sum(axis=1)
    return int(distances.argmin())


def draw_video(
    path: Path,
    shots: Sequence[tuple[Sequence[int], float]],
    *,
    rate: float = 10.0,
    before: float = 0.0,
) -> Path:
    """Draw a video of shots of some people one after another.

    Args:
        path: Where to; .avi, .mp4 and others that OpenCV writes.
        shots: People, as for `draw_photo`, and for how many seconds they are in sight.
        rate: Frames per second.
        before: Seconds of black at the beginning.
    """
    import cv2

    side = GAP + 2 * (SIDE + GAP)
    codec = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
    writer = cv2.VideoWriter(str(path), codec, rate, (side, side))
    assert writer.isOpened(), path
    for _ in range(round(before * rate)):
        writer.write(np.zeros((side, side, 3), np.uint8))
    for people, seconds in shots:
        drawn = draw_photo(path.with_name("frame.png"), people)
        with Image.open(drawn) as image:
            frame = np.asarray(image.convert("RGB"))[..., ::-1].copy()
        drawn.unlink()
        for _ in range(round(seconds * rate)):
            writer.write(frame)
    writer.release()
    return path
