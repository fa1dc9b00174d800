"""Frames of videos: the poster, the frame at a moment, and frames one after another.

Videos are decoded by OpenCV: with FFmpeg on Linux and Windows, with the system on macOS. Both turn
frames upright by themselves. Frames are reached by reading forward, since seeking takes seconds in
files with few key frames, and one thread decodes each video, so that several can be searched at
once. All decoding of videos is in this module.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facesorter.errors import UnreadablePhoto
from facesorter.images import colour, convert, video_headers
from facesorter.images.formats import MEGA

if TYPE_CHECKING:
    from facesorter.images.video_headers import VideoHeader

MAX_PIXELS = 36 * MEGA
"""Most pixels of a frame, 8K: decoders hold some ten at 1.5 to 3 bytes a pixel."""

LONGEST = 8 * 3600.0
"""Seconds of a video that are read at most."""

POSTER_STEP = 500
"""Milliseconds between frames that may become the poster."""
POSTER_WITHIN = 15_000
"""Milliseconds in which a poster is looked for: titles that fade in take up to ten seconds."""
POSTER_FROM = 1_000
"""Milliseconds before which a frame is the poster only of a shorter video, or for want of others:
hands are still on the camera."""
LIVELY = 28.0
"""Standard deviation of brightness, 0 to 255, from which a frame shows something: black, white, and
faded ones have less than 20, ordinary ones 40 to 80."""

BEFORE = 2_000.0
"""Milliseconds before a moment to which is sought: decoders land up to a second late."""
SLACK = 1.0
"""Milliseconds by which a frame's time may differ from the stored one, which is rounded."""

_QUALITY = 92
_UNREADABLE = "This video is damaged or its format isn’t supported."


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a video before its frames are read."""

    duration: int
    """Milliseconds; 0 if unknown."""
    width: int
    """Pixels, upright."""
    height: int
    header: VideoHeader


class Video:
    """An open video, read forward. Thread: one at a time."""

    def __init__(self, capture: cv2.VideoCapture, facts: Facts) -> None:
        self._capture = capture
        self.facts = facts
        header = facts.header
        self._colour = colour.Colour(primaries=header.primaries, transfer=header.transfer)
        self._last = -1.0

    def step(self) -> float | None:
        """Go to the next frame; return its time in milliseconds, or None at the end. Blocks."""
        if not self._capture.grab():
            return None
        at = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        # Damaged files have times that don't grow; theirs is that of the last frame.
        self._last = max(self._last, at if np.isfinite(at) else 0.0, 0.0)
        return self._last if self._last < LONGEST * 1000 else None

    def pixels(self) -> NDArray[np.uint8] | None:
        """Return the frame, (H, W, 3) uint8 RGB, upright, as decoded; None if it is damaged."""
        done, frame = self._capture.retrieve()
        if not done or frame is None or frame.ndim != 3 or frame.size == 0:
            return None
        return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)

    def shown(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return pixels of a frame as they are to be shown: HDR is toned down to sRGB."""
        return colour.to_srgb(pixels, self._colour)

    def seek(self, moment: float) -> None:
        """Go to somewhere before a time in milliseconds, as near as the file allows. Blocks."""
        before = BEFORE
        while True:
            target = max(0.0, moment - before)
            self._capture.set(cv2.CAP_PROP_POS_MSEC, target)
            self._last = -1.0
            if target == 0.0 or self._capture.get(cv2.CAP_PROP_POS_MSEC) <= moment:
                return
            before *= 4


@contextmanager
def open_video(path: Path) -> Iterator[Video]:
    """Open a video file. Thread: any; blocks.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    header = read_header(path)
    _check_size(header.width, header.height)
    capture = cv2.VideoCapture(str(path), _backend(), [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened():
            raise UnreadablePhoto(_UNREADABLE)
        yield Video(capture, _facts(capture, header))
    finally:
        capture.release()


def read_header(path: Path) -> VideoHeader:
    """Read what a video says about itself, without decoding. Thread: any; blocks.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    try:
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise UnreadablePhoto("The file is empty.")
            return video_headers.read(file)
    except FileNotFoundError as error:
        raise UnreadablePhoto("The file no longer exists.") from error
    except PermissionError as error:
        raise UnreadablePhoto("You don’t have permission to read this file.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadablePhoto(
            "The file couldn’t be read from the disk ({error}).", error=reason
        ) from error


def still(path: Path, moment: int | None = None) -> bytes:
    """Return a frame of a video as JPEG bytes: the one at a time, or the poster. Blocks.

    Args:
        path: The file.
        moment: Milliseconds, as a face's; None for the poster.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    with open_video(path) as video:
        pixels = _poster(video) if moment is None else _at(video, moment)
        out = io.BytesIO()
        Image.fromarray(video.shown(pixels)).save(out, "JPEG", quality=_QUALITY)
        return out.getvalue()


class PosterSearch:
    """Chooses the poster among frames that are offered in the order of time."""

    def __init__(self, duration: int) -> None:
        """Take the video's length in milliseconds; 0 if unknown."""
        self._from = min(POSTER_FROM, duration // 3 if duration else 0)
        self._best = -1.0
        self.pixels: NDArray[np.uint8] | None = None
        self.done = False

    def wants(self, at: float) -> bool:
        """Whether a frame at that time is to be offered."""
        return not self.done and (at <= POSTER_WITHIN or self.pixels is None)

    def offer(self, at: float, pixels: NDArray[np.uint8]) -> None:
        """Consider a frame."""
        small = convert.shrink(pixels, min(64, pixels.shape[1]), min(64, pixels.shape[0]))
        worth = float(small.std())
        self.done = at >= self._from and worth >= LIVELY
        if worth > self._best or self.done:
            self._best, self.pixels = worth, pixels


def _poster(video: Video) -> NDArray[np.uint8]:
    search = PosterSearch(video.facts.duration)
    due = 0.0
    while (at := video.step()) is not None and search.wants(at):
        if at >= due and (pixels := video.pixels()) is not None:
            search.offer(at, pixels)
            due = at + POSTER_STEP
    if search.pixels is None:
        raise UnreadablePhoto(_UNREADABLE)
    return search.pixels


def _at(video: Video, moment: int) -> NDArray[np.uint8]:
    """Return the frame at a moment, or the last one before the end."""
    moment = min(moment, video.facts.duration or moment)
    if moment > BEFORE:
        video.seek(moment)
    pixels = None
    while (at := video.step()) is not None:
        if at >= moment - SLACK:
            found = video.pixels()
            return found if found is not None else _or_fail(pixels)
        if at >= moment - 2 * POSTER_STEP:
            pixels = video.pixels()
    return _or_fail(pixels)


def _or_fail(pixels: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    if pixels is None:
        raise UnreadablePhoto(_UNREADABLE)
    return pixels


def _facts(capture: cv2.VideoCapture, header: VideoHeader) -> Facts:
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    _check_size(width, height)
    seconds = header.duration
    if not seconds:
        frames, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
        seconds = frames / rate if frames > 0 and rate > 0 else 0.0
    if not 0 <= seconds < 1e7:
        seconds = 0.0
    return Facts(round(seconds * 1000), width, height, replace(header, width=width, height=height))


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UnreadablePhoto(
            "The video is too large to open: {width} by {height} pixels.",
            width=width,
            height=height,
        )


def _backend() -> int:
    return cv2.CAP_AVFOUNDATION if sys.platform == "darwin" else cv2.CAP_FFMPEG
