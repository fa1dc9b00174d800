"""Decoder from the bytes of a photo file to upright 8-bit RGB pixels, with readable errors.

The format is detected from the content; the file name plays no part.

[Note: bounded memory] A few kilobytes can claim a picture of gigabytes. So each format has a pixel
limit, checked by the file's header before a decoder sees the file, and again by the decoder's word
before it decodes; pictures decoded in one go are converted to RGB and shrunk band by band; and
large pictures are decoded one at a time, however many threads are running. Most formats are decoded
in processes with a limit of memory (`images.decoders`).
"""

from __future__ import annotations

import importlib
import io
import logging
import math
import os
import re
import threading
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from facesorter.errors import Message, UnreadablePhoto
from facesorter.images import (
    bmff,
    colour,
    convert,
    decoders,
    developing,
    dimensions,
    formats,
    large_webp,
    malloc_tuning,
    odd_tiff,
    raw,
    tiff,
    tiled,
)
from facesorter.images.formats import MEGA

MAX_FILE = 256 << 20
"""Largest file read, in bytes: above any camera's raw file, yet two of them fit in memory."""

MAX_PROGRESSIVE = 80 * MEGA
"""Most pixels of a progressive JPEG, which libjpeg keeps in memory at 6 bytes per pixel."""

MAX_DECODED = 100 * MEGA
"""Most pixels decoded in one go from a JPEG; larger ones are decoded at half size or less."""

MAX_IN_PARTS = 204 * MEGA
"""Most pixels decoded in one go from a JPEG whose parts are read one by one, at 4 bytes a pixel: up
to the largest phone photos, 16,384 x 12,288. Larger ones are decoded at half size."""

MAX_JPEG2000 = 32 * MEGA
"""Most pixels of a JPEG 2000 picture that is decoded in full: 20 bytes a pixel with 3 colors."""

MAX_TILED = 300 * MEGA
"""Most pixels of a picture that is decoded tile by tile: what takes a minute on a slow computer."""

MAX_SCANS = 600 * MEGA
"""Most pixels times scans of a progressive JPEG decoded in this process. A photo of 24 megapixels
has ten scans; a bomb has thousands, and decoding it takes hours."""

LARGE = 24 * MEGA
"""Pixels above which pictures are decoded one at a time; common phone photos stay below."""

LARGE_PREVIEW = 1600
"""Long side, in pixels, from which a raw file's preview goes before developing it: larger than
faces are searched at, and as the camera's maker meant it."""

MIN_PREVIEW = 480
"""Shortest long side, in pixels, of a raw file's preview that is worth showing."""

_BLOCK = 64 << 20
P = TypeVar("P")

_ORIENTATION = 0x0112
_SCAN, _END = b"\xff\xda", b"\xff\xd9"
"""Markers of JPEG."""
_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
_LARGE_RAW = 60 << 20
"""Bytes of a file above which it counts as large if its header doesn't tell its size."""
_BYTES = 20
"""Most bytes a pixel that a decoder takes, our copies included: four channels in floating point,
and RGB."""
_PER_SECOND = 10 * MEGA
"""Pixels that even a slow decoder on a slow computer reads in a second; HEIC takes a third of that
time on one of 2020."""
_SCANS_SECONDS = 8.0
"""Seconds for a progressive JPEG of suspiciously many scans, which is decoded several times."""
_LEAST_MEMORY = 200 << 20
"""Bytes that any photo may take: two of the parts that large ones consist of."""
_DECODERS = re.compile(r"(PIL|pi_heif)(\.|$)")

# Formats have limits of their own; Pillow's would refuse large scans.
Image.MAX_IMAGE_PIXELS = None

_one_large = threading.RLock()  # taken again where no process could be started
_one_in_parts = threading.RLock()
_setup = threading.Lock()
_registered = False


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded photo."""

    pixels: NDArray[np.uint8]
    """(H, W, 3) uint8 RGB, C-contiguous, upright."""
    width: int
    """Width of the full upright photo in pixels; ``pixels`` may be a smaller copy."""
    height: int
    orientation: int
    """EXIF orientation of the file, 1 to 8, already applied; 1 if the format has its own."""
    format: str
    """``JPEG``, ``PNG``, ``HEIF``, ... or ``RAW`` for a raw file."""
    colour: colour.Colour
    """Color description to pass to `colour.to_srgb` for exact colors."""
    note: Message | None = None
    """What is wrong with the file, although it could be decoded."""


@dataclass(frozen=True, slots=True, eq=False)
class FullPicture:
    """A photo at full size, whose parts are read one by one."""

    read: Callable[[int, int, int, int], NDArray[np.uint8]]
    """Returns (height, width, 3) uint8 RGB of the upright picture's part: left, top, width, height
    in pixels."""
    width: int
    """Width of the upright picture that is read from, in pixels."""
    height: int
    scale: float
    """Pixels per pixel of the photo: 1, or 1/2 for pictures beyond `MAX_IN_PARTS`."""
    colour: colour.Colour
    """Color description to pass to `colour.to_srgb` for exact colors."""


def read_bytes(path: Path) -> bytes:
    """Read a whole photo file into memory. Thread: any; blocks.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MAX_FILE + 1) if size <= MAX_FILE else b""
    except FileNotFoundError as error:
        raise UnreadablePhoto("The file no longer exists.") from error
    except PermissionError as error:
        raise UnreadablePhoto("You don’t have permission to read this file.") from error
    except IsADirectoryError as error:
        raise UnreadablePhoto("This is a folder, not a photo.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadablePhoto(
            "The file couldn’t be read from the disk ({error}).", error=reason
        ) from error
    if max(size, len(data)) > MAX_FILE:
        raise UnreadablePhoto("The file is larger than {size} MB.", size=MAX_FILE >> 20)
    if not data:
        raise UnreadablePhoto("The file is empty.")
    return data


def read_picture(path: Path, moment: int | None = None) -> bytes:
    """Read a photo, or a frame of a video as a JPEG. Thread: any; blocks.

    Args:
        path: The file.
        moment: Time in a video in milliseconds, as a face's; None for its poster.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    if not formats.is_video(path.name):
        return read_bytes(path)
    from facesorter.images import videos

    return videos.still(path, moment)


def load_upright(
    data: bytes,
    *,
    long_side: int | None,
    at_least: int = 0,
    exact_colours: bool = True,
) -> Picture:
    """Decode a photo to upright RGB of bounded size. Thread: any; blocks, mostly without the GIL.

    Args:
        data: Content of the whole file.
        long_side: Longest side of the result in pixels; None for the full size (up to
            `MAX_DECODED` pixels). Never enlarges.
        at_least: Number of pixels that the result may have even if that makes its side longer, for
            panoramas.
        exact_colours: If False, leave wide-gamut pixels unconverted. That is good enough for
            recognition; apply `colour.to_srgb` before display.

    Raises:
        UnreadablePhoto: With a reason for the user; the technical cause is its ``__cause__``.
    """
    prepare()
    _check_declared(data)
    _make_room(data)
    if _is_apart(data):
        with _one_large if _is_large(data) else nullcontext():
            return decoders.run_within(
                _limits(data),
                load_upright,
                data,
                long_side=long_side,
                at_least=at_least,
                exact_colours=exact_colours,
            )
    picture = _explained(data, lambda: _load(data, _Limit(long_side, at_least)))
    if exact_colours:
        pixels = colour.to_srgb(picture.pixels, picture.colour)
        picture = replace(picture, pixels=pixels, colour=colour.Colour())
    return picture


@contextmanager
def open_full(data: bytes) -> Iterator[FullPicture]:
    """Open a photo at full size, to read parts of it. Thread: any; blocks as `load_upright` does.

    Colors are left unconverted. Of pictures of more than `LARGE` pixels, one is open at a time.

    Raises:
        UnreadablePhoto: With a reason for the user.
    """
    prepare()
    _check_declared(data)
    _make_room(data)
    with ExitStack() as stack:
        large = _is_large(data)
        if large:
            stack.enter_context(_one_in_parts)
        if _is_apart(data):
            parts = stack.enter_context(decoders.stream_within(_limits(data), _parts, data))
            width, height, scale, described = next(parts)
            yield FullPicture(lambda *box: parts.send(box), width, height, scale, described)
            return
        opened = _explained(data, lambda: _opened(data, stack)) if large else None
        yield opened or _whole(data)


def _parts(data: bytes) -> Generator[Any, tuple[int, int, int, int], None]:
    """Open a photo at full size in a decoder process: give what it is, then parts as asked for."""
    with open_full(data) as full:
        box = yield full.width, full.height, full.scale, full.colour
        while True:
            box = yield full.read(*box)


def _whole(data: bytes) -> FullPicture:
    whole = load_upright(data, long_side=None, exact_colours=False)
    height, width = whole.pixels.shape[:2]
    return FullPicture(
        lambda left, top, wide, high: whole.pixels[top : top + high, left : left + wide],
        width,
        height,
        max(width, height) / max(whole.width, whole.height, 1),
        whole.colour,
    )


def opens_here(data: bytes) -> bool:
    """Return whether a photo may be opened in this process, and not only in one of its own."""
    return decoders.decodes_here() or _opens_in_program(data)


def _opens_in_program(data: bytes) -> bool:
    form = formats.by_magic(data)
    return form is not None and form.in_process


def _is_apart(data: bytes) -> bool:
    """Return whether a photo is to be decoded in a process of its own."""
    if decoders.decodes_here() or not opens_here(data):
        return not decoders.decodes_here()
    declared = dimensions.declared(data)
    if declared is None or not declared.progressive:
        return False
    return declared.pixels * data.count(_SCAN) > MAX_SCANS


def _make_room(data: bytes) -> None:
    """Give back the buffers kept for the next photo, before one that is too large for them.

    They would add to the peak of the very photos that take the most memory.
    """
    declared = dimensions.declared(data)
    if declared is not None and declared.pixels > malloc_tuning.LARGEST_PIXELS:
        malloc_tuning.release()


def _is_large(data: bytes) -> bool:
    declared = dimensions.declared(data)
    return len(data) > _LARGE_RAW if declared is None else declared.pixels > LARGE


def _limits(data: bytes) -> decoders.Limits:
    """Return what decoding a photo may take, estimated from its header."""
    most, declared = decoders.DEFAULT_LIMITS, dimensions.declared(data)
    if declared is None:
        return most
    seconds = _SCANS_SECONDS if declared.progressive else most.seconds
    return decoders.Limits(
        seconds + declared.pixels / _PER_SECOND,
        min(most.memory, _LEAST_MEMORY + _BYTES * declared.pixels),
    )


def open_image(data: bytes) -> ImageFile.ImageFile:
    """Open a photo with Pillow for its metadata, without decoding pixels.

    May raise whatever a decoder raises.
    """
    prepare()
    form = formats.by_magic(data)
    if form is not None and not form.in_process:
        _check_declared(data)  # such decoders may begin with taking memory
    return Image.open(io.BytesIO(data), formats=[form.pillow[0] for form in formats.READABLE])


def prepare() -> None:
    """Register all formats with Pillow and silence its warnings about odd files. Thread: any."""
    global _registered
    with _setup:
        if not _registered:
            for form in formats.READABLE:
                modules = [importlib.import_module(plugin) for plugin in form.plugins]
                if form.register is not None:
                    form.register(modules[0])
            # Blocks of this size are returned to the system after each picture; Pillow's default
            # of 16 MB stays with the thread that decoded last.
            Image.core.set_block_size(_BLOCK)  # type: ignore[attr-defined]
            _registered = True
        # Pillow's exceptions contain all that it logs about damaged files.
        logging.getLogger("PIL").setLevel(logging.CRITICAL)
        # Checked every time, since code that restores the filters drops ours. catch_warnings
        # around each decoding is no alternative: it changes the filters of all threads.
        if not any(known[3] == _DECODERS for known in warnings.filters):
            warnings.filterwarnings("ignore", module=_DECODERS.pattern)


@dataclass(frozen=True, slots=True)
class _Limit:
    """The size of a result; see `load_upright`."""

    long_side: int | None
    at_least: int = 0

    def side(self, width: int, height: int) -> int | None:
        """Return the longest side for a picture of that size, or None for any."""
        if self.long_side is None:
            return None
        longest = max(width, height)
        return max(self.long_side, int(longest * math.sqrt(self.at_least / (width * height))))


def _opened(data: bytes, stack: ExitStack) -> FullPicture | None:
    """Decode a large JPEG, and leave it to the stack to close it; None for what isn't one."""
    image: Image.Image | tiled.TiledImage
    image = opened = stack.enter_context(open_image(data))
    wide = opened.width
    if opened.format == "HEIF":
        _check_size(opened, data)
        by_tiles = tiled.open_tiled(data)
        if by_tiles is None:
            return None
        image, orientation, wide = by_tiles, by_tiles.orientation, by_tiles.size[0]
    elif opened.format in ("JPEG", "MPO"):
        _check_size(opened, data)
        orientation = _orientation(opened)
        if opened.width * opened.height > MAX_IN_PARTS:
            opened.draft("RGB", (-(-opened.width // 2), -(-opened.height // 2)))
        with _one_large:
            image, _ = _loaded(opened, data)
    else:
        return None
    described = colour.find(data, opened.info.get("icc_profile"))
    width, height = image.size

    def read(left: int, top: int, across: int, down: int) -> NDArray[np.uint8]:
        box = convert.turn_back(
            (left, top, left + across, top + down), (width, height), orientation
        )
        return convert.turn(convert.to_rgb(image.crop(box), None, described), orientation)

    upright = (height, width) if orientation >= 5 else (width, height)
    described_after = colour.Colour() if image.mode == "CMYK" or described.hdr else described
    return FullPicture(read, *upright, width / wide, described_after)


def _load(data: bytes, limit: _Limit) -> Picture:
    if raw.looks_raw(data):
        return _load_raw(data, limit)
    if _is_cut_short(data):
        raise UnreadablePhoto(_CUT_SHORT)
    try:
        image = open_image(data)
    except Exception:  # re-raised unless another reader knows more
        if data.startswith(tiff.MAGIC):
            return _load_odd_tiff(data, limit)
        raise
    with image:
        return _upright(data, image, limit)


def _load_odd_tiff(data: bytes, limit: _Limit) -> Picture:
    """Decode a TIFF that Pillow can't read, or the raw file that it may be."""
    page = odd_tiff.load(data)
    if page is None:
        return _load_raw(data, limit)
    image = Image.fromarray(page.pixels)
    pixels = convert.to_rgb(image, limit.side(*image.size), colour.Colour())
    described = colour.Colour(page.icc)
    return Picture(pixels, *image.size, page.orientation, "TIFF", described)


def _load_raw(data: bytes, limit: _Limit) -> Picture:
    """Decode the camera's own preview if it is large, else develop the photo."""
    previews, failure = raw.previews(data), None
    for least in (LARGE_PREVIEW, MIN_PREVIEW):
        for preview in previews:
            try:
                with open_image(preview) as image:
                    if max(image.size) < least:
                        break
                    turned = raw.exif(data).get(_ORIENTATION)
                    picture = _upright(preview, image, limit, turned)
            except Exception as error:  # the next smaller preview may be intact
                failure = error
                continue
            return replace(picture, format="RAW")
        if least == LARGE_PREVIEW:
            try:
                return _developed(data, limit)
            except Exception as error:  # a small preview is better than nothing
                failure = error
    if isinstance(failure, UnreadablePhoto):
        raise failure
    if raw.is_cut_short(data):
        raise UnreadablePhoto(_CUT_SHORT) from failure
    raise UnreadablePhoto(_raw_reason(failure)) from failure


def _developed(data: bytes, limit: _Limit) -> Picture:
    """Make a picture of the sensor's data."""
    if raw.is_cut_short(data):
        raise UnreadablePhoto(_CUT_SHORT)
    made = developing.develop(data)
    image = Image.fromarray(made.pixels)
    pixels = convert.to_rgb(image, limit.side(*image.size), colour.Colour())
    turned = raw.exif(data).get(_ORIENTATION)
    orientation = turned if isinstance(turned, int) and 1 <= turned <= 8 else made.orientation
    return Picture(pixels, made.width, made.height, orientation, "RAW", colour.Colour())


def _raw_reason(failure: Exception | None) -> Message:
    kind, text = type(failure).__name__, str(failure).lower()
    if "input/output" in text:
        return _CUT_SHORT
    if kind == "LibRawDataError":
        return Message("The image data is damaged.")
    return Message(
        "Raw photos from this camera aren’t supported yet: the file has no large enough preview."
    )


def _upright(
    data: bytes, image: ImageFile.ImageFile, limit: _Limit, turned: int | None = None
) -> Picture:
    """Decode an opened photo; ``turned`` is the orientation of a raw file whose preview it is."""
    form = image.format or ""
    width, height = image.size
    _check_size(image, data)
    long_side = limit.side(width, height)
    if form == "HEIF" and width * height > LARGE:
        by_tiles = tiled.open_tiled(data)
        if by_tiles is not None:
            return _by_tiles(data, image, by_tiles, long_side)
    orientation = 1
    if turned is not None:
        orientation = turned if isinstance(turned, int) and 1 <= turned <= 8 else 1
    elif form != "PNG":
        orientation = _orientation(image)
    _draft(image, long_side)
    waiting: AbstractContextManager[object] = nullcontext()
    held = width * height if image.info.get("progressive") else image.width * image.height
    if held > LARGE:
        waiting = _one_large
    note = None
    with waiting:
        whole = _whole_jpeg(image, data) if image.size == (width, height) else None
        if whole is None:
            loaded, note = _loaded(image, data, cut=turned is None)
            if form == "PNG" and turned is None:
                orientation = _orientation(loaded)  # it may follow the pixels
        described = colour.find(data, image.info.get("icc_profile"))
        if whole is None:
            pixels = convert.to_rgb(loaded, long_side, described)
        else:
            pixels = convert.fit(whole, long_side)
    if image.mode in ("CMYK", "LAB") or described.hdr:
        described = colour.Colour()
    if form == "TIFF":
        # Pillow turns TIFF files itself, and reports their upright size from the start.
        return Picture(pixels, width, height, orientation, form, described)
    if orientation >= 5:
        width, height = height, width
    pixels = convert.turn(pixels, orientation)
    return Picture(pixels, width, height, orientation, form, described, note)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if there is none."""
    try:
        turned = image.getexif().get(_ORIENTATION)
    except Exception:  # broken tags don't make a broken picture
        return 1
    return turned if isinstance(turned, int) and 1 <= turned <= 8 else 1


def _whole_jpeg(image: Image.Image, data: bytes) -> NDArray[np.uint8] | None:
    """Decode an opened JPEG at full size with OpenCV; None for Pillow to do it or tell why not.

    Both use libjpeg-turbo and give the same pixels, but Pillow's have four bytes: 12 megapixels
    take 25 ms and 36 MB more to become RGB.
    """
    if image.format not in ("JPEG", "MPO") or image.mode not in ("L", "RGB"):
        return None
    how = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    return None if pixels is None else np.asarray(pixels, np.uint8)


def _loaded(
    image: ImageFile.ImageFile, data: bytes, *, cut: bool = True
) -> tuple[Image.Image, Message | None]:
    """Decode an opened photo; return it with a note on what is missing.

    Args:
        image: The photo, of which a smaller size may have been asked for.
        data: Content of the file.
        cut: Whether a JPEG file that lacks its end is decoded as far as it goes.
    """
    drafted = image.size
    if image.format == "WEBP" and image.width * image.height > LARGE:
        whole = large_webp.load(data, image)
        if whole is not None:
            return whole, None
        image = open_image(data)
    try:
        image.load()
    except (OSError, SyntaxError) as error:
        mended = _with_end(data) if cut and "truncated" in str(error).lower() else None
        if mended is None:
            raise
        again = open_image(mended)
        again.draft("RGB", drafted)
        again.load()
        return again, CUT_SHORT
    return image, None


def _with_end(data: bytes) -> bytes | None:
    """Return a file that lacks its end with one; None if that doesn't help."""
    if data.startswith(b"\xff\xd8"):
        # An end that comes too early, unlike none, makes libjpeg fill in what is missing.
        return data + _END
    if not data.startswith(_PNG):
        return None
    at = len(_PNG)
    while (size := int.from_bytes(data[at : at + 4], "big") + 12) <= len(data) - at:
        at += size
    return data[:at] + _PNG_END


def _by_tiles(
    data: bytes, image: Image.Image, by_tiles: tiled.TiledImage, long_side: int | None
) -> Picture:
    described = colour.find(data, image.info.get("icc_profile"))
    pixels = convert.turn(convert.to_rgb(by_tiles, long_side, described), by_tiles.orientation)
    if described.hdr:
        described = colour.Colour()
    return Picture(pixels, *image.size, 1, "HEIF", described)


def _check_declared(data: bytes) -> None:
    """Raise `UnreadablePhoto` if by its header a picture takes too much memory."""
    form, declared = formats.by_magic(data), dimensions.declared(data)
    if form is not None and declared is not None and form.max_pixels:
        _check_pixels(form, data, declared.width, declared.height)


def _check_size(image: Image.Image, data: bytes) -> None:
    """Raise `UnreadablePhoto` for a picture that takes too much memory; [Note: bounded memory]."""
    width, height = image.size
    _check_pixels(formats.BY_PILLOW[image.format or ""], data, width, height)
    if image.info.get("progressive") and width * height > MAX_PROGRESSIVE:
        raise UnreadablePhoto(
            "The image is too large to open: {width} by {height} pixels, progressive JPEG.",
            width=width,
            height=height,
        )


def _check_pixels(form: formats.Format, data: bytes, width: int, height: int) -> None:
    most = form.max_pixels
    if most < width * height <= MAX_TILED and form.name == "HEIC":
        most = MAX_TILED if tiled.open_tiled(data) is not None else most
    if width * height > most:
        raise UnreadablePhoto(
            "The image is too large to open: {width} by {height} pixels.",
            width=width,
            height=height,
        )


def _draft(image: Image.Image, long_side: int | None) -> None:
    """Have libjpeg decode at 1/2, 1/4 or 1/8 size if that is still large enough.

    Also a JPEG 2000 file at half size that takes too much memory in full.
    """
    width, height = image.size
    if image.format == "JPEG2000" and long_side is not None:
        image.reduce = int(width * height > MAX_JPEG2000)  # type: ignore[assignment, method-assign]
    if image.format not in ("JPEG", "MPO"):
        return
    scale = 1.0 if long_side is None else min(1.0, long_side / max(width, height))
    if width * height * scale * scale > MAX_DECODED:
        scale = math.sqrt(MAX_DECODED / (width * height)) / 2
    image.draft("RGB", (max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale))))


def _explained(data: bytes, work: Callable[[], P]) -> P:
    try:
        return work()
    except UnreadablePhoto:
        raise
    except Exception as error:  # damaged files make decoders raise anything
        raise UnreadablePhoto(_reason(data, error)) from error


def _reason(data: bytes, error: Exception) -> Message:
    """Return the reason for a failure in the user's words."""
    text = str(error).lower()
    if isinstance(error, MemoryError):
        return Message("There isn’t enough memory to open this photo.")
    form = formats.by_magic(data)
    if name := _unsupported(data):
        return Message("{format} photos aren’t supported yet.", format=name)
    if not data.strip(b"\x00"):
        return Message(
            "The file contains only zeros. It may not have been copied or recovered correctly."
        )
    if (
        "truncated" in text
        or "end of file" in text
        or "eof" in text
        or "too short" in text
        or (data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 8 > len(data))
    ):
        return _CUT_SHORT
    if isinstance(error, UnidentifiedImageError):
        if data[4:8] == b"ftyp":
            return Message("This HEIC or AVIF photo is damaged or isn’t supported yet.")
        if form is None:
            return Message("This isn’t a photo, despite its file name.")
        return Message("The file looks like a {format} photo but is damaged.", format=form.name)
    if "unsupported" in text or "not supported" in text or "no decoder" in text:
        return Message("This image format isn’t supported yet.")
    declared = dimensions.declared(data)
    if declared is not None and declared.pixels > LARGE and not _opens_in_program(data):
        # Decoders that run out of memory often say the same as about damaged files.
        return Message("The image data is damaged, or takes too much memory to open.")
    return Message("The image data is damaged.")


def _unsupported(data: bytes) -> str:
    """Return the name of a kind of file that no reader of ours knows; empty for all others."""
    if _is_deep_jpeg(data):
        return "12-bit JPEG"
    if data.startswith(b"8BPS"):
        version, depth = data[5], int.from_bytes(data[22:24], "big")
        if version == 2:
            return "Large Photoshop"
        return f"{depth}-bit Photoshop" if depth in (16, 32) else ""
    items = bmff.read_items(data) if data[4:8] == b"ftyp" else None
    if items is not None and items.primary is not None:
        return _HEIF_CODECS.get(items.kinds.get(items.primary, b""), "")
    return ""


_HEIF_CODECS = {b"unci": "Uncompressed HEIF", b"j2k1": "JPEG 2000 HEIF", b"vvc1": "VVC HEIF"}
"""What the pictures of HEIF files that libheif isn't built to read are called, by their kind."""


def _is_deep_jpeg(data: bytes) -> bool:
    """Return whether a JPEG has 12 bits a sample, as medical and old scanned ones do."""
    at = 2
    while data.startswith(b"\xff\xd8\xff") and at + 4 < len(data) and data[at] == 0xFF:
        if data[at + 1] in _FRAMES:
            return data[at + 4] == 12
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Second bytes of the JPEG markers that begin a picture's description."""


def _is_cut_short(data: bytes) -> bool:
    """Return whether a HEIC or AVIF file ends inside one of its boxes.

    libheif silently fills missing parts with gray.
    """
    if data[4:8] != b"ftyp":
        return False
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0 or not data[at + 4 : at + 8].isalnum():
            return False  # the last box, or no box at all: leave it to the decoder
        at += max(size, 8)
    return at > len(data)


_CUT_SHORT = Message("The file is incomplete: part of the image is missing.")
CUT_SHORT = Message("The end of this file is missing.")
"""The note on a photo that is shown as far as it goes."""
