"""Frames of videos: the poster, the frame at a moment, and samples from beginning to end.

Decoders of videos are large and old, so they run in decoder processes (`images.decoders`);
`images.video_frames` is what runs there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.errors import UnreadablePhoto
from facesorter.images import decoders, video_frames, video_headers
from facesorter.images.decoders import Limits

if TYPE_CHECKING:
    from facesorter.images.video_frames import Part
    from facesorter.images.video_headers import VideoHeader

LIMITS = Limits(seconds=60.0, memory=1 << 30)
"""For one frame: a second of 4K is decoded in 3 s, and 8K takes 100 MB for each of ten frames."""


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
    header = read_header(path)
    return decoders.run_within(LIMITS, video_frames.still, str(path), header, moment)


@contextmanager
def samples(
    path: Path, header: VideoHeader, moments: Sequence[int] = (), after: float = -1.0
) -> Iterator[Iterator[Part]]:
    """Read a video from beginning to end, for the time of a ``with``. Thread: any; blocks.

    Gives what `video_frames.samples` does.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    with decoders.read_ahead(
        LIMITS, video_frames.samples, str(path), header, tuple(moments), after
    ) as values:
        yield values
