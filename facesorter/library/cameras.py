"""Cameras of photos."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from facesorter.domain import PhotoId
from facesorter.images.photo_info import camera_name
from facesorter.storage import photo_info


def of(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> dict[PhotoId, str]:
    """Return make and model of the cameras that took photos, where a camera is known."""
    known = photo_info.cameras(connection, photo_ids)
    named = (
        (photo_id, camera_name(*known[photo_id])) for photo_id in photo_ids if photo_id in known
    )
    return {photo_id: camera for photo_id, camera in named if camera}


def named(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], name: str) -> list[PhotoId]:
    """Return those of the photos whose camera has a name, or a name that contains it."""
    wanted = name.casefold()
    known = of(connection, photo_ids)
    exact = [each for each in photo_ids if known.get(each, "").casefold() == wanted]
    return exact or [each for each in photo_ids if wanted in known.get(each, "").casefold()]
