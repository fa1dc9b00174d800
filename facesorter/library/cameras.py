"""Which camera took which photo."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from facesorter.domain import PhotoId
from facesorter.storage import photos


def of(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[PhotoId, str]:
    """Return make and model of the cameras that took photos, where a camera is known.

    Reads the headers of the files: about a millisecond a photo. Thread: any but the window's.
    """
    from facesorter.images import metadata

    found: dict[PhotoId, str] = {}
    for photo_id, path in photos.paths(connection, photo_ids).items():
        try:
            camera = metadata.read_file(Path(path)).camera
        except OSError:
            continue
        if camera:
            found[photo_id] = camera
    return found


def named(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], name: str) -> list[PhotoId]:
    """Return those of the photos whose camera has a name, or a name that contains it."""
    wanted = name.casefold()
    known = of(connection, photo_ids)
    exact = [each for each in photo_ids if known.get(each, "").casefold() == wanted]
    return exact or [each for each in photo_ids if wanted in known.get(each, "").casefold()]
