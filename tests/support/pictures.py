"""Tiny JPEG files with a date or a camera in them."""

from __future__ import annotations

import io

from PIL import Image


def picture(shade: int = 0, original: str | None = None, camera: str | None = None) -> bytes:
    """Return a JPEG; each ``shade`` and date is another content.

    Args:
        shade: 0 to 255 times 256.
        original: EXIF DateTimeOriginal, "2019:05:31 14:30:00".
        camera: EXIF Model.
    """
    exif = Image.Exif()
    if camera is not None:
        exif[0x0110] = camera
    if original is not None:
        exif.get_ifd(0x8769)[0x9003] = original
    out = io.BytesIO()
    Image.new("RGB", (16, 12), (shade % 256, shade // 256, 90)).save(out, "JPEG", exif=exif)
    return out.getvalue()
