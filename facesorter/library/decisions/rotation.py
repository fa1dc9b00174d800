"""Decide how photos are rotated for viewing; stored in the library, never in photo files.

A turn is on top of the file's own orientation. It changes what the user sees: the photo, its
thumbnails, and copies that are re-encoded. Regions of faces stay those of the unturned photo.
"""

from __future__ import annotations

from collections.abc import Sequence

from facesorter.domain import PhotoId
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction
from facesorter.storage import photos


def rotate(txn: Transaction, photo_ids: Sequence[PhotoId], degrees: int) -> None:
    """Turn photos clockwise by a multiple of 90 degrees, each from how it is shown now."""
    by: dict[int, list[PhotoId]] = {}
    for photo_id, before in photos.turns(txn.connection, photo_ids).items():
        by.setdefault((before + degrees) % 360, []).append(photo_id)
    _set(txn, by)


def reset(txn: Transaction, photo_ids: Sequence[PhotoId]) -> None:
    """Show photos as their files have them again."""
    _set(txn, {0: list(photo_ids)})


def _set(txn: Transaction, by: dict[int, list[PhotoId]]) -> None:
    args = (("photos", sum(map(len, by.values()))),)
    with txn.decision(Kind.ROTATE, args):
        for degrees, photo_ids in by.items():
            txn.update("photo", photo_ids, {"turn": degrees or None})
