"""JPEG XL for Pillow, which has no reader of its own; pixels by pylibjxl.

Pictures arrive upright, whatever their EXIF says about it: libjxl turns them itself. So the
orientation is taken out of the EXIF here, as pi-heif does for HEIC, and nobody turns them again.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageFile

FORMAT = "JXL"
_CODESTREAM = b"\xff\x0a"
_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_ORIENTATION = 0x0112
_MOST_METADATA = 8 << 20
"""Bytes of metadata boxes that are read; photos have kilobytes."""


def register(_module: object = None) -> None:
    """Register the format with Pillow."""
    Image.register_open(FORMAT, _JxlFile, accepts)
    Image.register_mime(FORMAT, "image/jxl")


def accepts(start: bytes) -> bool:
    """Return whether a file that begins so is JPEG XL."""
    return start.startswith((_CODESTREAM, _CONTAINER))


class _JxlFile(ImageFile.ImageFile):
    """A JPEG XL file: opened by its header, decoded when loaded. Only the first frame of several.

    May raise whatever libjxl raises for damaged files, as RuntimeError.
    """

    format = FORMAT
    format_description = "JPEG XL"

    def _open(self) -> None:
        import pylibjxl

        assert self.fp is not None
        self._data = self.fp.read()
        try:
            header = pylibjxl.probe(self._data)
        except RuntimeError as error:
            raise SyntaxError("not a JPEG XL header") from error
        self._size = header["width"], header["height"]
        colours = "RGB" if header["color_channels"] >= 3 else "L"
        self._mode = colours + "A" * bool(header["has_alpha"])
        self.is_animated = bool(header["have_animation"])
        self.info.update(_metadata(self._data))

    def load(self) -> Any:
        """Decode the pixels, on this thread alone."""
        if self._im is None:
            import pylibjxl

            with pylibjxl.JXL(threads=1, pool_size=1) as codec:
                pixels, metadata = codec.decode(self._data, metadata=True)
            if metadata.get("icc"):
                self.info["icc_profile"] = metadata["icc"]
            if pixels.ndim == 3 and pixels.shape[2] == 1:
                pixels = pixels[:, :, 0]
            image = Image.fromarray(np.ascontiguousarray(pixels))
            self._mode, self.im = image.mode, image.im
            self._data = b""
        return Image.Image.load(self)


def _metadata(data: bytes) -> dict[str, bytes]:
    """Return EXIF (without the orientation) and XMP, without decoding the picture.

    They may be compressed by Brotli, which only libjxl's decoder undoes. So it gets the boxes with
    a picture of one pixel in place of the real one.
    """
    import pylibjxl

    boxes = [box for kind, box in _boxes(data) if kind in (b"Exif", b"xml ", b"brob")]
    if not boxes or sum(map(len, boxes)) > _MOST_METADATA:
        return {}
    try:
        _, metadata = pylibjxl.decode(_one_pixel() + b"".join(boxes), metadata=True)
    except RuntimeError:
        return {}
    found = {}
    if exif := _upright(metadata.get("exif", b"")):
        found["exif"] = exif
    if metadata.get("xmp"):
        found["xmp"] = metadata["xmp"]
    return found


def _upright(exif: bytes) -> bytes:
    """Return EXIF without its orientation; empty if it can't be read."""
    tags = Image.Exif()
    try:
        tags.load(exif if exif.startswith(b"Exif\x00\x00") else b"Exif\x00\x00" + exif)
        turned = tags.pop(_ORIENTATION, None)
        return exif if turned in (None, 1) else tags.tobytes()
    except Exception:  # damaged tags make the parser raise anything; the picture is shown without
        return b""


@functools.cache
def _one_pixel() -> bytes:
    """Return a container's beginning that ends with a picture of one pixel."""
    import pylibjxl

    picture = pylibjxl.encode(np.zeros((1, 1, 3), np.uint8), lossless=True)
    kind = b"\x00\x00\x00\x14ftypjxl \x00\x00\x00\x00jxl "
    return _CONTAINER + kind + (len(picture) + 8).to_bytes(4, "big") + b"jxlc" + picture


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and whole content of each box of a container; nothing for a bare codestream."""
    at = 0
    while data.startswith(_CONTAINER) and at + 8 <= len(data):
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size == 0:  # the last one
            yield data[at + 4 : at + 8], _box(data[at + 4 : at + 8], data[at + head :])
            return
        if size < head:
            return
        yield data[at + 4 : at + 8], _box(data[at + 4 : at + 8], data[at + head : at + size])
        at += size


def _box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content
