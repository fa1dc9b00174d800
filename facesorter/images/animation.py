"""Frames of animated pictures: GIF, WebP, AVIF, PNG. Other modules read only the first frame."""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from facesorter.images import colour, convert, decode, decoders, formats

SHORTEST = 20
"""Milliseconds; a frame that says less is shown for `DEFAULT_DURATION`, as browsers do."""
DEFAULT_DURATION = 100
MOST_FRAMES = 10_000
"""Frames that are shown; minutes of them."""

_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of an animation."""

    pixels: NDArray[np.uint8]
    """(h, w, 3) uint8 sRGB, upright, C-contiguous."""
    milliseconds: int
    """How long it is shown."""


def is_animated(data: bytes) -> bool:
    """Return whether a file has several frames, by its header; GIFs may have one all the same."""
    if data.startswith(b"GIF8"):
        return True
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X":
        return len(data) > 20 and bool(data[20] & 2)
    if data[4:8] == b"ftyp":
        return b"avis" in data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    return data.startswith(b"\x89PNG") and _precedes_pixels(data, b"acTL")


def _precedes_pixels(data: bytes, kind: bytes) -> bool:
    at = 8
    while at + 8 <= len(data) and data[at + 4 : at + 8] != b"IDAT":
        if data[at + 4 : at + 8] == kind:
            return True
        at += 12 + int(struct.unpack_from(">I", data, at)[0])
    return False


@contextmanager
def frames(data: bytes, side: int) -> Iterator[Iterator[Frame]]:
    """Open an animation, for the time of a ``with``; give its frames, each decoded when asked for.

    Thread: any; blocks. A file with a single frame gives none. Frames may raise whatever a decoder
    raises, `UnreadablePhoto` included.

    Args:
        data: Content of the whole file.
        side: Longest side of the frames in pixels.
    """
    if decode.opens_here(data):
        yield _frames(data, side)
        return
    with decoders.stream(_frames, data, side) as made:
        yield made


def _frames(data: bytes, side: int) -> Generator[Frame, None, None]:
    with decode.open_image(data) as image:
        if getattr(image, "n_frames", 1) < 2:
            return
        if image.width * image.height > formats.BY_PILLOW[image.format or ""].max_pixels:
            return
        described = colour.find(data, image.info.get("icc_profile"))
        turned = 1
        for number, frame in enumerate(ImageSequence.Iterator(image)):
            if number >= MOST_FRAMES:
                return
            frame.load()
            if number == 0:
                turned = image.getexif().get(_ORIENTATION) or 1
            pixels = convert.to_rgb(_plain(frame), side, described)
            if not described.hdr:
                pixels = colour.to_srgb(pixels, described)
            duration = int(frame.info.get("duration") or 0)
            if isinstance(turned, int) and 2 <= turned <= 8:
                pixels = convert.turn(pixels, turned)
            yield Frame(
                np.ascontiguousarray(pixels), duration if duration >= SHORTEST else DEFAULT_DURATION
            )


def _plain(frame: Image.Image) -> Image.Image:
    return frame if frame.mode in ("RGB", "RGBA", "L") else frame.convert("RGBA")
