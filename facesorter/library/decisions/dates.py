"""Decisions about when photos were taken; stored in the library, never in photo files.

A photo's date follows at once: see `library.transaction.Transaction.replace`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.images.dates import iso_date, latest_now
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction


def give(txn: Transaction, given: Mapping[PhotoId, str | None]) -> None:
    """Give photos their dates, in one decision; None returns to the original date.

    Args:
        txn: The transaction.
        given: Dates as `images.dates` writes them, as long as they are precise.

    Raises:
        UserError: one isn't a date, is in the future, or before there was photography.
    """
    by_date: dict[str | None, list[PhotoId]] = {}
    for photo_id, date in given.items():
        by_date.setdefault(date, []).append(photo_id)
    for date in by_date:
        if date is not None:
            clean(date)
    args: list[tuple[str, str | int]] = [("photos", len(given))]
    if set(by_date) == {None}:
        args.append(("returned", 1))
    with txn.decision(Kind.DATE, tuple(args)):
        for date, photo_ids in by_date.items():
            txn.update("photo", photo_ids, {"given_date": date})


def clean(text: str) -> str:
    """Return a typed date as it is stored: "1956", "1956-07", "1956-07-04" or with the time.

    Raises:
        UserError: it isn't a date, is in the future, or before there was photography.
    """
    match = _TYPED.fullmatch(text.strip())
    numbers = [] if match is None else [int(part) for part in match.groups() if part is not None]
    date = iso_date(*numbers) if numbers else None
    # What doesn't exist is left out by `iso_date`: a time, or the month 0.
    if date is None or len(date) < (4, 7, 10, 10, 19, 19)[len(numbers) - 1]:
        raise UserError(
            "{date} isn’t a valid date. Use the form 2019-05-31 14:30, 2019-05-31, 2019-05, or "
            "2019. Nothing was changed.",
            date=text,
        )
    if date > latest_now():
        raise UserError("{date} is in the future. Nothing was changed.", date=text)
    return date


_TYPED = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2}))?)?)?)?", re.ASCII
)
