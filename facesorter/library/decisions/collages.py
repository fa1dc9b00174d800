"""Decide that photos are collages: contact sheets, mirrors, anything that shows somebody twice.

Two faces of such a photo may be one person. The program finds most by itself
(`clustering.collages`); the others are the user's to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from facesorter.domain import PhotoId
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction


def set_collage(txn: Transaction, photo_ids: Sequence[PhotoId], repeats: bool = True) -> None:
    """Say that photos show somebody more than once, or that they don't."""
    args = (("photos", len(set(photo_ids))), ("repeats", int(repeats)))
    with txn.decision(Kind.COLLAGE, args):
        txn.update("photo", photo_ids, {"repeats": int(repeats)})
