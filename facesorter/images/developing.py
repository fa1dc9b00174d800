"""Raw photos developed from the sensor's data, for those without a large enough preview.

LibRaw does it, by rawpy, at half size: without interpolating colors that is eight times faster than
at full size, and 6 megapixels of a 24-megapixel camera are plenty for faces.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facesorter.errors import UnreadablePhoto
from facesorter.images import tiff
from facesorter.images.formats import MEGA

MAX_SENSOR = 64 * MEGA
"""Most pixels of a sensor, at 6 bytes each and 2 for the file: what a decoder process may take.
Beyond are medium-format backs, whose files have large previews."""

MAX_LINEAR = 30 * MEGA
"""Most pixels of data that have all colors already (ProRAW, Foveon): LibRaw keeps them at full
size, at 20 bytes a pixel. Phones with more pixels write large previews."""

_LINEAR_RAW = 34892
_FLIPS = (1, 2, 4, 3, 5, 8, 6, 7)
"""EXIF orientations by LibRaw's ``flip``: 1 mirrors, 2 turns by 180°, 4 swaps the axes first."""


@dataclass(frozen=True, slots=True, eq=False)
class Developed:
    """A picture made from a sensor's data."""

    pixels: NDArray[np.uint8]
    """(h, w, 3) uint8 sRGB, upright, C-contiguous; mostly half as wide and high as the photo."""
    width: int
    """Width of the full upright photo in pixels."""
    height: int
    orientation: int
    """EXIF orientation that was applied, as far as LibRaw knows it."""


def develop(data: bytes) -> Developed:
    """Make a picture of the sensor's data, upright. Thread: any; blocks for seconds.

    LibRaw has crashed on damaged files before: run it where that does no harm.

    Raises:
        UnreadablePhoto: Too large.
        Exception: Whatever LibRaw raises for damaged files and unknown cameras.
    """
    # Read when LibRaw is loaded; one photo a thread is enough.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import rawpy

    has_colours = any(part.one(tiff.PHOTOMETRIC) == _LINEAR_RAW for part in tiff.pictures(data))
    with rawpy.RawPy() as photo:
        photo.open_buffer(io.BytesIO(data))
        sizes = photo.sizes
        pixels = sizes.raw_width * sizes.raw_height
        if pixels > (MAX_LINEAR if has_colours else MAX_SENSOR):
            raise UnreadablePhoto(
                "The image is too large to open: {width} by {height} pixels.",
                width=sizes.raw_width,
                height=sizes.raw_height,
            )
        # From here on LibRaw has no bytes to read: asked for its preview now, it would crash.
        photo.unpack()
        made = photo.postprocess(half_size=True, use_camera_wb=True, output_bps=8)
    wide, high = sizes.width, sizes.height
    if sizes.flip & 4:
        wide, high = high, wide
    return Developed(np.ascontiguousarray(made), wide, high, _FLIPS[sizes.flip & 7])
