"""Decoding of videos: runs in a decoder process, called by `images.videos`.

OpenCV decodes: with FFmpeg on Linux and Windows, with the system on macOS. Both turn frames upright
by themselves. Frames are reached by reading forward, since seeking takes seconds in files with few
key frames, and one thread decodes each video, so that several can be searched at once.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facesorter.errors import Message, UnreadablePhoto
from facesorter.images import colour, convert
from facesorter.images.formats import MEGA
from facesorter.images.video_headers import VideoHeader

MAX_PIXELS = 36 * MEGA
"""Most pixels of a frame, 8K: decoders hold some ten at 1.5 to 3 bytes a pixel."""

LONGEST = 8 * 3600.0
"""Seconds of a video that are read at most."""

INTERVAL = 500
"""Milliseconds between samples: who is in sight for a second is seen twice."""
LONG_INTERVAL = 1_000
"""The same in long videos."""
FULL_RATE = 600
"""Samples up to which `INTERVAL` is kept: five minutes, searched in about two."""

LOOK = 250
"""Milliseconds between frames that are compared to notice a cut."""
CUT = 18.0
"""Mean difference of two such frames, 0 to 255, from which one is after a cut, and a sample: 25 or
more from person to person before one wall, 4 to 12 in pans. A wrong one costs a sample."""

POSTER_STEP = 500
"""Milliseconds between frames that may become the poster."""
POSTER_WITHIN = 15_000
"""Milliseconds in which a poster is looked for: titles that fade in take up to ten seconds."""
POSTER_FROM = 1_000
"""Milliseconds before which a frame is the poster only of a shorter video or if it is the only one:
hands are still on the camera."""
LIVELY = 28.0
"""Standard deviation of brightness, 0 to 255, from which a frame shows something: black, white, and
faded ones have less than 20, ordinary ones 40 to 80."""

BEFORE = 2_000.0
"""Milliseconds before a moment to which is sought: decoders land up to a second late."""
SLACK = 1.0
"""Milliseconds by which a frame's time may differ from the stored one, which is rounded."""

UNREADABLE = Message("This video is damaged or its format isn’t supported.")
_QUALITY = 92
_TINY = (16, 9)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Opened:
    """A video, before its frames; the first that `samples` gives."""

    duration: int
    """Milliseconds; 0 if unknown."""
    colour: colour.Colour
    """Of the frames."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A frame."""

    at: float
    """Milliseconds."""
    pixels: Pixels
    """(H, W, 3) uint8 RGB, upright, as decoded; see `Opened.colour`."""
    wanted: bool
    """Whether a wanted moment is at or just before it."""
    regular: bool
    """Whether it is a sample in any case."""


@dataclass(frozen=True, slots=True, eq=False)
class Poster:
    """The frame that stands for a video."""

    pixels: Pixels
    """(H, W, 3) uint8 sRGB, upright, to be shown."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a video; the last that `samples` gives."""

    at: float
    """Milliseconds of the last frame."""


Part = Opened | Sample | Poster | Ended


def still(path: str, header: VideoHeader, moment: int | None) -> bytes:
    """Return the frame at a time in milliseconds, or the poster, as JPEG bytes.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    with _opened(path, header) as video:
        pixels = _poster(video) if moment is None else _at(video, moment)
        out = io.BytesIO()
        shown = colour.to_srgb(pixels, video.colour)
        Image.fromarray(shown).save(out, "JPEG", quality=_QUALITY)
        return out.getvalue()


def samples(
    path: str, header: VideoHeader, moments: Sequence[int], after: float = -1.0
) -> Generator[Part, None, None]:
    """Read a video: `Opened`, a `Sample` twice a second, after cuts and at wanted times, `Ended`.

    Also its `Poster`, unless it begins later.

    Args:
        path: The file.
        header: What it says about itself.
        moments: Milliseconds of which the frames are wanted, too.
        after: Milliseconds of the last sample that is known; those after it are given.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    with _opened(path, header) as video:
        yield Opened(video.duration, video.colour)
        poster: _PosterSearch | None = _PosterSearch(video.duration)
        cuts = _Cuts()
        interval = min(max(video.duration / FULL_RATE, INTERVAL), LONG_INTERVAL)
        due = look = show = last = 0.0
        waiting = sorted(moments)
        if after >= 0:
            video.seek(after)
            due, poster = after + interval, None
        while (at := video.step()) is not None:
            last = at
            if at <= after:
                continue
            regular, compared = at >= due, at >= look
            posed = poster is not None and at >= show and poster.wants(at)
            wanted = bool(waiting) and waiting[0] <= at + SLACK
            if not (regular or compared or posed or wanted):
                continue
            pixels = video.pixels()
            if pixels is None:
                continue
            if compared:
                look = at + LOOK
                regular |= cuts.add(pixels)
            if posed and poster is not None:
                show = at + POSTER_STEP
                poster.offer(at, pixels)
                if poster.done:
                    yield Poster(colour.to_srgb(pixels, video.colour))
            if regular:
                due = at + interval
            if regular or wanted:
                waiting = [moment for moment in waiting if moment > at + SLACK]
                yield Sample(at, pixels, wanted, regular)
            del pixels
        if poster is not None and not poster.done:
            yield Poster(colour.to_srgb(_or_fail(poster.pixels), video.colour))
        yield Ended(last)


class _Video:
    """An open video, read forward."""

    def __init__(self, capture: cv2.VideoCapture, header: VideoHeader) -> None:
        self._capture = capture
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        _check_size(width, int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        seconds = header.duration
        if not seconds:
            frames, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
            seconds = frames / rate if frames > 0 and rate > 0 else 0.0
        self.duration = round(seconds * 1000) if 0 <= seconds < 1e7 else 0
        self.colour = colour.Colour(primaries=header.primaries, transfer=header.transfer)
        self._last = -1.0

    def step(self) -> float | None:
        """Go to the next frame; return its time in milliseconds, or None at the end."""
        if not self._capture.grab():
            return None
        at = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        # Damaged files have times that don't grow; theirs is that of the last frame.
        self._last = max(self._last, at if np.isfinite(at) else 0.0, 0.0)
        return self._last if self._last < LONGEST * 1000 else None

    def pixels(self) -> Pixels | None:
        """Return the frame, (H, W, 3) uint8 RGB, upright, as decoded; None if it is damaged."""
        done, frame = self._capture.retrieve()
        if not done or frame is None or frame.ndim != 3 or frame.size == 0:
            return None
        return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)

    def seek(self, moment: float) -> None:
        """Go to somewhere before a time in milliseconds, as near as the file allows."""
        before = BEFORE
        while True:
            target = max(0.0, moment - before)
            self._capture.set(cv2.CAP_PROP_POS_MSEC, target)
            self._last = -1.0
            if target == 0.0 or self._capture.get(cv2.CAP_PROP_POS_MSEC) <= moment:
                return
            before *= 4


@contextmanager
def _opened(path: str, header: VideoHeader) -> Iterator[_Video]:
    _check_size(header.width, header.height)
    backend = cv2.CAP_AVFOUNDATION if sys.platform == "darwin" else cv2.CAP_FFMPEG
    capture = cv2.VideoCapture(path, backend, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened():
            raise UnreadablePhoto(UNREADABLE)
        yield _Video(capture, header)
    finally:
        capture.release()


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UnreadablePhoto(
            "The video is too large to open: {width} by {height} pixels.",
            width=width,
            height=height,
        )


class _PosterSearch:
    """Chooses the poster among frames that are offered in the order of time."""

    def __init__(self, duration: int) -> None:
        self._from = min(POSTER_FROM, duration // 3)
        self._best = -1.0
        self.done = False
        self.pixels: Pixels | None = None

    def wants(self, at: float) -> bool:
        """Whether a frame at that time is to be offered."""
        return not self.done and (at <= POSTER_WITHIN or self.pixels is None)

    def offer(self, at: float, pixels: Pixels) -> None:
        """Consider a frame."""
        small = convert.shrink(pixels, min(64, pixels.shape[1]), min(64, pixels.shape[0]))
        worth = float(small.std())
        self.done = at >= self._from and worth >= LIVELY
        if worth > self._best or self.done:
            self._best, self.pixels = worth, pixels


class _Cuts:
    """Notices where a frame has nothing to do with the one before."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None

    def add(self, pixels: Pixels) -> bool:
        """Return whether there was a cut since the last frame."""
        tiny = cv2.resize(pixels, _TINY, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._before = self._before, tiny
        return before is not None and float(np.abs(tiny - before).mean()) >= CUT


def _poster(video: _Video) -> Pixels:
    search = _PosterSearch(video.duration)
    due = 0.0
    while (at := video.step()) is not None and search.wants(at):
        if at >= due and (pixels := video.pixels()) is not None:
            search.offer(at, pixels)
            due = at + POSTER_STEP
    return _or_fail(search.pixels)


def _at(video: _Video, moment: int) -> Pixels:
    """Return the frame at a moment, or the last one before the end."""
    moment = min(moment, video.duration or moment)
    if moment > BEFORE:
        video.seek(moment)
    pixels = None
    while (at := video.step()) is not None:
        if at >= moment - SLACK:
            found = video.pixels()
            return _or_fail(pixels if found is None else found)
        if at >= moment - 2 * POSTER_STEP:
            pixels = video.pixels()
    return _or_fail(pixels)


def _or_fail(pixels: Pixels | None) -> Pixels:
    if pixels is None:
        raise UnreadablePhoto(UNREADABLE)
    return pixels
