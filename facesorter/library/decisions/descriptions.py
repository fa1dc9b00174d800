"""Decisions about a photo's stars, title and caption; stored in the library, never in photo files.

They take precedence over the file's. Zero stars and an empty text are values, too: none, whatever
the file has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.images.photo_info import MOST_STARS
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction

LONGEST_TITLE = 500
LONGEST_CAPTION = 10_000
"""Characters: more than any program that shows them has room for."""


def rate(txn: Transaction, photo_ids: Sequence[PhotoId], stars: int) -> int:
    """Give photos 0 to 5 stars, in one decision; return how many changed.

    Raises:
        UserError: there is no such number of stars.
    """
    if not 0 <= stars <= MOST_STARS:
        raise UserError("A rating has 0 to 5 stars. Nothing was changed.")
    with txn.decision(Kind.RATE, (("photos", len(set(photo_ids))), ("stars", stars))):
        return txn.update("photo", photo_ids, {"rating": stars})


def describe(
    txn: Transaction,
    photo_ids: Sequence[PhotoId],
    *,
    title: str | None = None,
    caption: str | None = None,
) -> int:
    """Set the title or caption of photos, or both, in one decision; return how many changed.

    Args:
        txn: The transaction.
        photo_ids: The photos.
        title: A line, "" for none, or None to leave it.
        caption: A text, "" for none, or None to leave it.

    Raises:
        UserError: a text is too long, or holds bytes that aren't text.
    """
    columns: dict[str, Any] = {}
    if title is not None:
        columns["title"] = clean(" ".join(title.split()), LONGEST_TITLE)
    if caption is not None:
        columns["caption"] = clean(caption.strip(), LONGEST_CAPTION)
    args = (("photos", len(set(photo_ids))), *((name, 1) for name in columns))
    with txn.decision(Kind.DESCRIBE, args):
        return txn.update("photo", photo_ids, columns)


def clean(text: str, longest: int = LONGEST_CAPTION) -> str:
    """Return a text as stored.

    Raises:
        UserError: it is too long, or holds bytes that aren't text.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError("This text contains invalid characters. Nothing was changed.") from error
    if len(text) > longest:
        raise UserError(
            "This text is too long: there’s room for {longest} characters. Nothing was changed.",
            longest=longest,
        )
    return text
