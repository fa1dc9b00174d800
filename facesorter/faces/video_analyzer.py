"""Analysis of one video, from file to faces, each with its time; as `analyzer` does for photos.

Frames are looked at twice a second, more rarely in long videos, and after each cut. What is held at
a time is one frame and a few crops, however long the video is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facesorter.cancel import CancelToken
from facesorter.domain import Region
from facesorter.errors import Message, UnreadablePhoto
from facesorter.faces.analyzer import (
    ANALYSIS_SIDE,
    FaceAnalyzer,
    FoundFace,
    KnownFaces,
    PhotoFaces,
)
from facesorter.faces.tracking import Sighting, Tracker
from facesorter.files import content_hash, sample_hash
from facesorter.images import convert, metadata, videos
from facesorter.images import thumbnails as rendering
from facesorter.images.thumbnails import ThumbnailCache

if TYPE_CHECKING:
    from facesorter.images.videos import Video

INTERVAL = 500
"""Milliseconds between samples: who is in sight for a second is seen twice."""
LONG_INTERVAL = 1_000
"""The same in long videos."""
FULL_RATE = 600
"""Samples up to which `INTERVAL` is kept: five minutes, searched in about one."""
LOOK = 250
"""Milliseconds between frames that are compared to notice a cut."""
CUT = 18.0
"""Mean difference of two such frames, 0 to 255, from which one is after a cut, and looked at: 25 or
more from person to person before one wall, 4 to 12 in pans. Where it is wrong, it costs a sample."""
_TINY = (16, 9)

Progress = Callable[[float], None]


def analyse_video(
    path: Path,
    analyzer: FaceAnalyzer,
    *,
    known: KnownFaces | None = None,
    thumbnails: ThumbnailCache | None = None,
    version: tuple[int, int, int] = (0, 0, 0),
    token: CancelToken | None = None,
    progress: Progress = lambda share: None,
) -> PhotoFaces:
    """Read and analyze one video file. Thread: any; blocks for about a third of its length.

    Args:
        path: The file; never written.
        analyzer: From `models.load_pack`.
        known: Faces to describe even if the detector misses them, as another pack may.
        thumbnails: Cache for the poster and the face crops, or None.
        version: The photo's id, modification time, and size, for the thumbnail keys.
        token: Polled between frames.
        progress: Called now and then with the share that is done, 0 to 1.

    Raises:
        Cancelled: By the token. An unreadable video is a result, not an exception.
    """
    digest, said = "", metadata.NO_METADATA
    try:
        header = videos.read_header(path)
        said = metadata.of_video(header)
        digest, sample = content_hash(path), sample_hash(path)
        if token is not None:
            token.check()
        with videos.open_video(path) as video:
            wanted = () if known is None or known.content_hash != digest else known.placed()
            search = _Search(video, analyzer, thumbnails, version, token, progress, list(wanted))
            faces = search.run()
    except UnreadablePhoto as error:
        return _unread(digest, said, error.message)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = Message("The file couldn’t be read from the disk ({error}).", error=reason)
        return _unread(digest, said, message)
    except MemoryError:
        return _unread(digest, said, Message("There isn’t enough memory to analyze this video."))
    return PhotoFaces(
        digest,
        search.size[0],
        search.size[1],
        1,
        said.dates,
        tuple(faces),
        None,
        sample,
        searched=True,
        info=said.info,
        duration=search.duration,
    )


def _unread(digest: str, said: metadata.PhotoMetadata, error: Message) -> PhotoFaces:
    return PhotoFaces(digest, 0, 0, 1, said.dates, (), error, info=said.info, duration=0)


@dataclass(slots=True, eq=False)
class _Search:
    """One pass through a video."""

    video: Video
    analyzer: FaceAnalyzer
    thumbnails: ThumbnailCache | None
    version: tuple[int, int, int]
    token: CancelToken | None
    progress: Progress
    wanted: list[tuple[int, Region]]
    """Known faces by time, which are described whatever else is found."""
    faces: list[FoundFace] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    duration: int = 0
    last: float = 0.0

    def run(self) -> list[FoundFace]:
        """Return the faces by time."""
        facts = self.video.facts
        tracker = Tracker(self.analyzer.name, self.analyzer.dimension)
        poster = videos.PosterSearch(facts.duration)
        cuts = _Cuts()
        interval = _interval(facts.duration)
        due = look = show = 0.0
        self.wanted.sort(key=lambda each: each[0])
        while (at := self.video.step()) is not None:
            if self.token is not None:
                self.token.check()
            self.last = at
            sampled, compared = at >= due, at >= look
            posed = at >= show and poster.wants(at)
            known = self._due(at)
            if not (sampled or compared or posed or known):
                continue
            pixels = self.video.pixels()
            if pixels is None:
                continue
            self.size = (pixels.shape[1], pixels.shape[0])
            if compared:
                look = at + LOOK
                sampled |= cuts.add(pixels)
            if posed:
                show = at + videos.POSTER_STEP
                poster.offer(at, pixels)
            if known:
                self._describe(at, known, pixels)
            if sampled:
                due = at + interval
                self._keep(self._sample(tracker, round(at), pixels))
                self.progress(min(1.0, at / max(facts.duration, at, 1.0)))
        self._keep(tracker.end())
        if poster.pixels is None:
            raise UnreadablePhoto("This video is damaged or its format isn’t supported.")
        if self.thumbnails is not None:
            small = self.video.shown(rendering.photo_thumbnail(poster.pixels))
            self.thumbnails.store_photo(rendering.photo_key(*self.version), small)
        self.duration = facts.duration or math.ceil(self.last)
        return sorted(self.faces, key=lambda face: (face.moment or 0, face.region.x))

    def _sample(self, tracker: Tracker, at: int, pixels: NDArray[np.uint8]) -> list[Sighting]:
        pixels, scale = _bounded(pixels)
        found = self.analyzer.analyse(pixels, self.token, scale)
        return tracker.add(at, found, lambda face: self._crop(face, pixels))

    def _crop(self, face: FoundFace, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return self.video.shown(rendering.face_crop(pixels, face.region, face.landmarks))

    def _keep(self, found: Sequence[Sighting]) -> None:
        for each in found:
            if any(_same_place(each.face, face) for face in self.faces):
                continue
            self.faces.append(each.face)
            self._store(each.face, each.crop)

    def _due(self, at: float) -> list[tuple[int, Region]]:
        due = [each for each in self.wanted if each[0] <= at + videos.SLACK]
        self.wanted = self.wanted[len(due) :]
        return due

    def _describe(
        self, at: float, known: Sequence[tuple[int, Region]], pixels: NDArray[np.uint8]
    ) -> None:
        """Describe known faces of this frame, as the detector finds them or where they were."""
        pixels, scale = _bounded(pixels)
        found = self.analyzer.analyse(pixels, self.token, scale)
        missed = []
        for moment, region in known:
            there = next((face for face in found if region.is_at(face.region)), None)
            if there is None:
                missed.append((moment, region))
            else:
                self.faces.append(replace(there, moment=moment))
        described = self.analyzer.analyse_regions(pixels, [region for _, region in missed])
        for (moment, _), face in zip(missed, described, strict=True):
            self.faces.append(replace(face, moment=moment))

    def _store(self, face: FoundFace, crop: NDArray[np.uint8]) -> None:
        if self.thumbnails is not None:
            key = rendering.face_key(*self.version, face.region, moment=face.moment)
            self.thumbnails.store_face(key, crop)


def _same_place(one: FoundFace, other: FoundFace) -> bool:
    return one.moment == other.moment and one.region.is_at(other.region)


def _bounded(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Return a frame no larger than photos are analyzed, and how much smaller it is."""
    scale = ANALYSIS_SIDE / max(pixels.shape[:2])
    if scale >= 1:
        return pixels, 1.0
    height, width = pixels.shape[:2]
    return convert.shrink(pixels, round(width * scale), round(height * scale)), scale


def _interval(duration: int) -> float:
    """Return the time between samples of a video of that length, both in milliseconds."""
    return min(max(duration / FULL_RATE, INTERVAL), LONG_INTERVAL)


class _Cuts:
    """Notices where a frame has nothing to do with the one before."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None

    def add(self, pixels: NDArray[np.uint8]) -> bool:
        """Return whether there was a cut since the last frame."""
        import cv2

        tiny = cv2.resize(pixels, _TINY, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._before = self._before, tiny
        return before is not None and float(np.abs(tiny - before).mean()) >= CUT
