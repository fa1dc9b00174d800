"""Thumbnails of photos and faces, and their on-disk cache, which may be deleted at any time.

NumPy, OpenCV and Pillow are imported inside functions: the window needs keys and paths before its
first paint.
"""

from __future__ import annotations

import contextlib
import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from facesorter.domain import Region

    Landmarks = NDArray[np.float32] | Sequence[tuple[float, float]]

RENDERING = 2
"""Rendering version, part of every key. Raise it to have all thumbnails recreated."""

PHOTO_SIDE = 320
"""Longer side of a photo thumbnail in pixels: the largest grid cell, 160, on a 2x screen."""

FACE_SIDE = 256
"""Side of a face crop in pixels: a person's card of 128 on a 2x screen."""

FACE_MARGIN = 1.9
"""Side of a face crop relative to the longer side of its box: shows hair and chin, no neighbors."""

LEAST_MARGIN = 1.3
"""The same near the photo's edge, where hair may be cut off as in the photo."""

EYE_LINE = 0.44
"""Position of the eyes in a face crop, as a share from the top; the same on every card."""

EYES_IN_BOX = 0.38
"""Position of the eyes in a box without landmarks, as a share (median of 3,153 faces)."""

MAX_ENLARGING = 2.0
"""Largest magnification of a crop; beyond it, scaling on screen is just as good."""

_QUALITY = 85


class Kind(StrEnum):
    """Kind of a thumbnail; also the name of its folder."""

    PHOTO = "photo"
    FACE = "face"
    PORTRAIT = "portrait"
    """Large face with the eyes at a fixed position; made by `faces.portrait`, above this layer."""


def photo_key(photo_id: int, mtime_ns: int, size: int, turn: int = 0) -> str:
    """Return the key of a photo's thumbnail, unique per version of the file. Thread: any.

    ``turn`` is as in `Photo.turn`.
    """
    return _key(f"{RENDERING}:{photo_id}:{mtime_ns}:{size}" + (f":{turn}" if turn else ""))


def face_key(
    photo_id: int,
    mtime_ns: int,
    size: int,
    region: Region,
    turn: int = 0,
    moment: int | None = None,
) -> str:
    """Return the key of a face crop, unique per version of the file, moment, and region."""
    # Five digits are finer than a pixel and survive a round trip through the database.
    place = f"{region.x:.5f},{region.y:.5f},{region.w:.5f},{region.h:.5f}"
    place += f":{turn}" if turn else ""
    place += "" if moment is None else f"@{moment}"
    return _key(f"{RENDERING}:{photo_id}:{mtime_ns}:{size}:{place}")


def portrait_key(
    photo_id: int, mtime_ns: int, size: int, landmarks: Landmarks, moment: int | None = None
) -> str:
    """Return the key of a portrait, unique per version of the file and landmarks."""
    points = ",".join(f"{float(value):.5f}" for point in landmarks for value in point)
    points += "" if moment is None else f"@{moment}"
    return _key(f"{RENDERING}:{photo_id}:{mtime_ns}:{size}:{points}")


def _key(text: str) -> str:
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest()


class ThumbnailCache:
    """Cache of thumbnails as JPEG files, ``kind/ab/abcdef….jpg``. Thread: any, concurrently.

    Thumbnails can be recreated, so a full disk or missing permissions never raise.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @property
    def directory(self) -> Path:
        """The folder of the cache."""
        return self._directory

    def path(self, key: str, kind: Kind) -> Path:
        """Return the path of a thumbnail, whether or not it exists."""
        return self._directory.joinpath(kind, key[:2], f"{key}.jpg")

    def has(self, key: str, kind: Kind) -> bool:
        """Return whether the file exists; it may still be damaged."""
        return self.path(key, kind).exists()

    def read(self, key: str, kind: Kind) -> bytes | None:
        """Return a thumbnail's JPEG bytes or None; a damaged file is deleted."""
        path = self.path(key, kind)
        data = _whole(path)
        if data is None and path.exists():
            self.discard(key, kind)
        return data

    def discard(self, key: str, kind: Kind) -> None:
        """Delete a thumbnail, for instance one that fails to decode."""
        with contextlib.suppress(OSError):
            self.path(key, kind).unlink(missing_ok=True)

    def store_photo(self, key: str, pixels: NDArray[np.uint8]) -> bool:
        """Store a photo thumbnail, (h, w, 3) uint8 RGB; return False if writing fails."""
        return self._store(self.path(key, Kind.PHOTO), pixels)

    def store_face(self, key: str, pixels: NDArray[np.uint8]) -> bool:
        """Store a face crop, (h, w, 3) uint8 RGB; return False if writing fails."""
        return self._store(self.path(key, Kind.FACE), pixels)

    def store_portrait(self, key: str, pixels: NDArray[np.uint8]) -> bool:
        """Store a portrait, (h, w, 3) uint8 RGB; return False if writing fails."""
        return self._store(self.path(key, Kind.PORTRAIT), pixels)

    def _store(self, path: Path, pixels: NDArray[np.uint8]) -> bool:
        try:
            write_atomically(path, to_jpeg(pixels))
        except OSError:
            return False
        return True


def is_whole(path: Path) -> bool:
    """Return whether a thumbnail is there and complete: a power cut may have left it empty."""
    return _whole(path) is not None


def _whole(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9") else None


def to_jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (h, w, 3) uint8 RGB as JPEG bytes."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def photo_thumbnail(pixels: NDArray[np.uint8], side: int = PHOTO_SIDE) -> NDArray[np.uint8]:
    """Scale a whole photo to fit inside a square; small photos are not enlarged.

    Args:
        pixels: (H, W, 3) uint8 RGB, upright.
        side: Side of the square in pixels.
    """
    from facesorter.images.convert import shrink

    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    return shrink(pixels, max(1, round(width * scale)), max(1, round(height * scale)))


def face_crop(
    pixels: NDArray[np.uint8],
    region: Region,
    landmarks: Landmarks | None = None,
    side: int = FACE_SIDE,
) -> NDArray[np.uint8]:
    """Crop a square around a face with hair and chin, the eyes at a fixed height.

    Near the photo's edge the square is shrunk and shifted to stay inside; any part still outside
    the photo is filled with its blurred edge.

    Args:
        pixels: (H, W, 3) uint8 RGB of the upright photo, at any scale.
        region: The face's box.
        landmarks: Five points as fractions of the photo, or None.
        side: Side of the crop in pixels.

    Returns:
        (s, s, 3) uint8 RGB; s is ``side``, or less if that would enlarge beyond `MAX_ENLARGING`.
    """
    import cv2
    import numpy as np

    from facesorter.images.convert import shrink

    height, width = pixels.shape[:2]
    left, top, across = _square(region, landmarks, width, height)
    inner = pixels[max(top, 0) : max(top + across, 0), max(left, 0) : max(left + across, 0)]
    if inner.size == 0:
        inner = np.zeros((1, 1, 3), np.uint8)  # a region drawn outside the photo
    scale = min(side / across, MAX_ENLARGING)
    size = max(1, round(across * scale))
    # Scaled before padding, so that no seam is blurred into it.
    part = (
        min(size, max(1, round(inner.shape[1] * scale))),
        min(size, max(1, round(inner.shape[0] * scale))),
    )
    if scale < 1:
        inner = shrink(inner, *part)
    else:
        inner = np.asarray(cv2.resize(inner, part, interpolation=cv2.INTER_CUBIC), np.uint8)
    x = min(max(round(-left * scale), 0), size - part[0])
    y = min(max(round(-top * scale), 0), size - part[1])
    if part == (size, size):
        return np.ascontiguousarray(inner)
    square = cv2.copyMakeBorder(
        inner, y, size - y - part[1], x, size - x - part[0], cv2.BORDER_REPLICATE
    )
    square = cv2.GaussianBlur(square, (0, 0), max(size / 16, 0.5))
    square[y : y + part[1], x : x + part[0]] = inner
    return np.asarray(square, np.uint8)


def _square(
    region: Region, landmarks: Landmarks | None, width: int, height: int
) -> tuple[int, int, int]:
    """Return left, top and side of a face's square in pixels; it may extend beyond the photo."""
    box_w, box_h = region.w * width, region.h * height
    box = max(box_w, box_h)
    x = (region.x + region.w / 2) * width
    eyes = region.y * height + EYES_IN_BOX * box_h
    if landmarks is not None and len(landmarks) == 5:
        found = (float(landmarks[0][1]) + float(landmarks[1][1])) / 2 * height
        # The landmarks of a face lying on its side don't give the height of its eyes.
        if region.y * height < found < (region.y + 0.7 * region.h) * height:
            eyes = found
    room = min(eyes / EYE_LINE, (height - eyes) / (1 - EYE_LINE), width)
    across = max(2, round(min(FACE_MARGIN * box, max(room, LEAST_MARGIN * box))))
    left = x - across / 2
    # Shift into the photo as far as the face stays well inside the square.
    slack = max(0.0, (across - 1.1 * box_w) / 2)
    left += min(max(-left, 0), slack) - min(max(left + across - width, 0), slack)
    return round(left), round(eyes - EYE_LINE * across), across


def make_face(
    source: bytes | Path,
    region: Region,
    landmarks: Landmarks | None = None,
    side: int = FACE_SIDE,
    turn: int = 0,
    moment: int | None = None,
) -> NDArray[np.uint8]:
    """Crop one face from a photo file, decoded no larger than the crop needs. Blocks.

    Region and landmarks are those of the unturned photo; ``turn`` is as in `Photo.turn`, and
    ``moment`` as in `Face.moment`.

    Raises:
        UnreadablePhoto: The photo can't be read.
    """
    from facesorter.domain import turned_points
    from facesorter.images import convert, decode

    data = source if isinstance(source, bytes) else decode.read_picture(source, moment)
    # The square is FACE_MARGIN times the box, which takes at least this share of the long side.
    share = max(min(region.w, region.h), 1e-3) * FACE_MARGIN
    picture = decode.load_upright(data, long_side=max(640, round(side / share)))
    if turn == 0:
        return face_crop(picture.pixels, region, landmarks, side)
    if landmarks is not None:
        landmarks = turned_points([(float(x), float(y)) for x, y in landmarks], turn)
    pixels = convert.turn(picture.pixels, convert.TURNED[turn])
    return face_crop(pixels, region.turned(turn), landmarks, side)


def make_photo(source: bytes | Path, side: int = PHOTO_SIDE, turn: int = 0) -> NDArray[np.uint8]:
    """Make the thumbnail of a photo file, decoded no larger than needed. Blocks.

    ``turn`` is as in `Photo.turn`.

    Raises:
        UnreadablePhoto: The photo can't be read.
    """
    from facesorter.images import convert, decode

    data = source if isinstance(source, bytes) else decode.read_picture(source)
    small = photo_thumbnail(decode.load_upright(data, long_side=side).pixels, side)
    return convert.turn(small, convert.TURNED[turn])
