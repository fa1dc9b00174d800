"""EXIF and XMP that Pillow ignores: in Photoshop and JPEG 2000 files."""

from __future__ import annotations

from PIL import ImageFile

_PSD_EXIF, _PSD_XMP = 1058, 1060
_JP2_EXIF = (b"JpgTiffExif->JP2", bytes.fromhex("0537cdab9d0c4431a72afa561f2a113e"))
_JP2_XMP = (bytes.fromhex("be7acfcb97a942e89c71999491e3afac"),)
_MOST_BOXES = 1_000


def find(image: ImageFile.ImageFile, data: bytes) -> tuple[bytes, bytes]:
    """Return the EXIF block (a TIFF) and XMP packet of an opened file; empty where missing."""
    if image.format == "PSD":
        resources = {number: content for number, _, content in getattr(image, "resources", ())}
        return resources.get(_PSD_EXIF, b""), resources.get(_PSD_XMP, b"")
    if image.format == "JPEG2000":
        return _of_boxes(data)
    return b"", b""


def _of_boxes(data: bytes) -> tuple[bytes, bytes]:
    exif = xmp = b""
    at = 0
    for _ in range(_MOST_BOXES):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = len(data) if size == 0 else at + size
        if kind == b"uuid":
            name, content = data[at + 8 : at + 24], data[at + 24 : end]
            if name in _JP2_EXIF:
                # Some write EXIF's own beginning before the TIFF.
                exif = content.removeprefix(b"Exif\x00\x00")
            elif name in _JP2_XMP:
                xmp = content
        if size < 8:  # the last one, one of more than 4 GB, or damage
            break
        at = end
    return exif, xmp
