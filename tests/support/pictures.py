"""Tiny JPEG files with a date or a camera in them, and a library of such."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image

from facesorter.cancel import CancelToken
from facesorter.images.metadata import read_metadata
from facesorter.library.library import Library
from facesorter.library.scanning import dating, describing, folders, record
from facesorter.library.scanning.scan import Scan
from facesorter.library.transaction import Transaction
from facesorter.storage import pending, photos


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
    Image.new("RGB", (16, 12), (shade % 256, shade // 256, 90)).save(
        out, "JPEG", exif=exif, comment=str(shade)
    )
    return out.getvalue()


def scanned(library: Library, folder: Path) -> None:
    """Watch a folder and record its photos as analyzed, without faces and pixels."""
    library.transact(folders.add, str(folder))
    for batch in Scan(library.connection, CancelToken()).run(None):
        library.transact(record.found, batch)

    def analyse(txn: Transaction) -> None:
        while waiting := pending.newest(txn.connection, 500):
            for photo in waiting:
                content = Path(photo.path).read_bytes()
                seen = read_metadata(content)
                digest = hashlib.blake2b(content, digest_size=16).hexdigest()
                photos.set_dates(txn.connection, photo.id, dating.stored(seen.dates))
                describing.record(txn, photo.id, seen.info)
                photos.set_analysed(
                    txn.connection,
                    photo.id,
                    content_hash=digest,
                    width=16,
                    height=12,
                    orientation=1,
                )
            dating.date(txn, [photo.id for photo in waiting])

    library.transact(analyse)
