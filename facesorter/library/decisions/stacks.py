"""Decide what is stacked: stack photos, unstack them, or choose the top one.

What the user says of a photo goes before what the machine finds, and stays when more is found.
"""

from __future__ import annotations

from collections.abc import Sequence

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.library import stacks
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction
from facesorter.storage import photos
from facesorter.storage import stacks as rows

ALONE = 0
"""In ``given_stack``: the photo stands alone."""


def stack(txn: Transaction, photo_ids: Sequence[PhotoId]) -> None:
    """Stack photos by hand, together with all that they are stacked with; the best is on top.

    Raises:
        UserError: there are fewer than two, or one isn't in the library.
    """
    ids = _existing(txn, photo_ids)
    whole = dict.fromkeys(ids)
    whole.update(dict.fromkeys(m.photo_id for m in rows.members(txn.connection, ids)))
    if len(whole) < 2:
        raise UserError("Choose two or more photos to stack. Nothing was changed.")
    chosen = [each for each in whole if each in rows.on_top(txn.connection)]
    top = chosen[0] if len(chosen) == 1 else stacks.best(txn.connection, list(whole))
    number = rows.next_number(txn.connection)
    with txn.decision(Kind.STACK, (("photos", len(whole)),)):
        others = [each for each in whole if each != top]
        txn.update("photo", others, {"given_stack": number, "given_top": None})
        txn.update("photo", [top], {"given_stack": number, "given_top": 1})


def unstack(txn: Transaction, photo_ids: Sequence[PhotoId]) -> None:
    """Take photos out of their stacks; none of them is stacked again unless the user does."""
    ids = _existing(txn, photo_ids)
    with txn.decision(Kind.UNSTACK, (("photos", len(ids)),)):
        txn.update("photo", ids, {"given_stack": ALONE, "given_top": None})


def put_on_top(txn: Transaction, photo_id: PhotoId) -> None:
    """Put a photo on top of its stack.

    Raises:
        UserError: it isn't stacked.
    """
    (photo_id,) = _existing(txn, [photo_id])
    members = [member.photo_id for member in rows.members(txn.connection, [photo_id])]
    if len(members) < 2:
        raise UserError("This photo isn’t in a stack. Nothing was changed.")
    with txn.decision(Kind.STACK_TOP, (("photos", len(members)),)):
        txn.update("photo", [m for m in members if m != photo_id], {"given_top": None})
        txn.update("photo", [photo_id], {"given_top": 1})


def _existing(txn: Transaction, photo_ids: Sequence[PhotoId]) -> list[PhotoId]:
    ids = list(dict.fromkeys(photo_ids))
    if len(photos.by_ids(txn.connection, ids)) < len(ids):
        raise UserError("One of these photos is no longer in the library. Nothing was changed.")
    return ids
