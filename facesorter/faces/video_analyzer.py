"""Analysis of one video, from file to faces with their times; the counterpart of `analyzer`.

Frames are looked at as `images.video_frames.samples` gives them. What is held at a time is one
frame and a few crops, however long the video is.
"""

from __future__ import annotations

import contextlib
import math
import pickle
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

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
from facesorter.files import content_hash, sample_hash, write_atomically
from facesorter.images import convert, decoders, metadata, motion, videos
from facesorter.images import thumbnails as rendering
from facesorter.images.colour import Colour, to_srgb
from facesorter.images.thumbnails import ThumbnailCache
from facesorter.images.video_frames import SLACK, Ended, Opened, Part, Poster, Sample

KEEP_EVERY = 30.0
"""Seconds between writing down what was found: all that a crash can cost."""
RULE = 1
"""Raise it when what is written down changes."""

OnProgress = Callable[[float], None]


def analyse_video(
    path: Path,
    analyzer: FaceAnalyzer,
    *,
    known: KnownFaces | None = None,
    thumbnails: ThumbnailCache | None = None,
    version: tuple[int, int, int] = (0, 0, 0),
    notes: Path | None = None,
    token: CancelToken | None = None,
    progress: OnProgress = lambda share: None,
) -> PhotoFaces:
    """Read and analyze one video file. Thread: any; blocks for about a third of its length.

    Nobody is looked for in the moving part of a Live Photo, unless the user decided on a face in
    it.

    Args:
        path: The file; never written.
        analyzer: From `models.load_pack`.
        known: Faces to describe even if the detector misses them, as another pack may.
        thumbnails: Cache for the poster and the face crops, or None.
        version: The photo's id, modification time, and size, for the thumbnail keys.
        notes: Folder for what was found so far, so that a search that was interrupted goes on
            from there; None to start over.
        token: Polled between frames.
        progress: Called now and then with the share that is done, 0 to 1.

    Raises:
        Cancelled: By the token. An unreadable video is a result, not an exception.
    """
    digest, described = "", metadata.NO_METADATA
    try:
        header = videos.read_header(path)
        described = metadata.of_video(header)
        digest, sample = content_hash(path), sample_hash(path)
        if token is not None:
            token.check()
        wanted = () if known is None or known.content_hash != digest else known.placed()
        found = _Found(list(wanted), Tracker(analyzer.name, analyzer.dimension))
        kept = None if notes is None else notes / f"{digest}-{analyzer.sha256[:16]}"
        found = _read(kept, found)
        search = _Search(analyzer, thumbnails, version, token, progress, found, kept)
        search.only_poster = not found.wanted and motion.is_moving_part(path)

        def go_on() -> list[FoundFace]:
            moments = [moment for moment, _ in found.wanted]
            with videos.samples(path, header, moments, found.after) as parts:
                return search.run(parts)

        faces = decoders.persist(go_on)
    except UnreadablePhoto as error:
        return _unread(digest, described, error.message)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = Message("The file couldn’t be read from the disk ({error}).", error=reason)
        return _unread(digest, described, message)
    except MemoryError:
        return _unread(
            digest, described, Message("There isn’t enough memory to analyze this video.")
        )
    return PhotoFaces(
        digest,
        found.size[0],
        found.size[1],
        1,
        described.dates,
        tuple(faces),
        None,
        sample,
        searched=True,
        info=described.info,
        duration=search.duration,
    )


def _unread(digest: str, described: metadata.PhotoMetadata, error: Message) -> PhotoFaces:
    return PhotoFaces(digest, 0, 0, 1, described.dates, (), error, info=described.info, duration=0)


@dataclass(slots=True, eq=False)
class _Found:
    """What was found so far: all that an interrupted search needs to go on."""

    wanted: list[tuple[int, Region]]
    """Known faces by time, which are described whatever else is found."""
    tracker: Tracker
    faces: list[FoundFace] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    after: float = -1.0
    """Milliseconds of the last sample, negative before the first."""
    rule: int = RULE


def _read(kept: Path | None, new: _Found) -> _Found:
    """Return what an interrupted search found, or ``new``."""
    if kept is None or new.wanted:
        return new  # known faces may have been decided on since
    try:
        found = pickle.loads(kept.read_bytes())  # written by us, in a folder of our own
    except Exception:  # there is none, or one of another version
        return new
    return found if isinstance(found, _Found) and found.rule == RULE else new


@dataclass(slots=True, eq=False)
class _Search:
    """One pass through a video."""

    analyzer: FaceAnalyzer
    thumbnails: ThumbnailCache | None
    version: tuple[int, int, int]
    token: CancelToken | None
    progress: OnProgress
    found: _Found
    kept: Path | None
    """Where to keep what was found so far."""
    only_poster: bool = False
    """Whether nobody is looked for."""
    duration: int = 0
    colour: Colour = field(default_factory=Colour)

    def run(self, parts: Iterable[Part]) -> list[FoundFace]:
        """Return the faces by time."""
        found, due = self.found, time.monotonic() + KEEP_EVERY
        found.wanted.sort(key=lambda each: each[0])
        for part in parts:
            if self.token is not None and self.token.cancelled:
                self._write()
                self.token.check()
            match part:
                case Opened(duration, colours):
                    self.duration, self.colour = duration, colours
                case Sample():
                    self._look(part)
                case Poster(pixels):
                    self._keep_poster(pixels)
                case Ended(at):
                    self.duration = self.duration or math.ceil(at)
            if time.monotonic() >= due:
                self._write()
                due = time.monotonic() + KEEP_EVERY
        self._keep(found.tracker.end())
        if self.kept is not None:
            self.kept.unlink(missing_ok=True)
        return sorted(found.faces, key=lambda face: (face.moment or 0, face.region.x))

    def _write(self) -> None:
        if self.kept is not None and self.found.after >= 0:
            with contextlib.suppress(OSError):  # as thumbnails: it can be found again
                write_atomically(self.kept, pickle.dumps(self.found), private=True)

    def _look(self, frame: Sample) -> None:
        self.found.size = (frame.pixels.shape[1], frame.pixels.shape[0])
        if self.only_poster:
            return
        pixels, scale = _bounded(frame.pixels)
        found = self.analyzer.analyse(pixels, self.token, scale)
        if frame.wanted:
            self._describe(frame.at, found, pixels)
        if frame.regular:
            at, tracker = round(frame.at), self.found.tracker
            self._keep(tracker.add(at, found, lambda face: self._crop(face, pixels)))
            self.found.after = frame.at
            self.progress(min(1.0, frame.at / max(self.duration, frame.at, 1.0)))

    def _crop(self, face: FoundFace, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        crop = rendering.face_crop(pixels, face.region, face.landmarks)
        return to_srgb(crop, self.colour)

    def _keep_poster(self, poster: NDArray[np.uint8]) -> None:
        if self.thumbnails is not None:
            small = rendering.photo_thumbnail(poster)
            self.thumbnails.store_photo(rendering.photo_key(*self.version), small)

    def _keep(self, found: Sequence[Sighting]) -> None:
        for each in found:
            if any(_same_place(each.face, face) for face in self.found.faces):
                continue
            self.found.faces.append(each.face)
            self._store(each.face, each.crop)

    def _describe(self, at: float, found: Sequence[FoundFace], pixels: NDArray[np.uint8]) -> None:
        """Describe known faces of this frame, as the detector finds them or where they were."""
        known = [each for each in self.found.wanted if each[0] <= at + SLACK]
        self.found.wanted = self.found.wanted[len(known) :]
        missed = []
        for moment, region in known:
            there = next((face for face in found if region.is_at(face.region)), None)
            if there is None:
                missed.append((moment, region))
            else:
                self.found.faces.append(replace(there, moment=moment))
        described = self.analyzer.analyse_regions(pixels, [region for _, region in missed])
        for (moment, _), face in zip(missed, described, strict=True):
            self.found.faces.append(replace(face, moment=moment))

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
