"""Find the photos whose date is doubtful, by reason.

Some reasons are stored with a photo (`images.dates.Doubt`); others show only in comparison with
other photos. A date that the user gave is never among them.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from facesorter.domain import PhotoId
from facesorter.images.dates import Doubt
from facesorter.storage import photos

MANY = 20
"""Different photos of one second from which they have the date of a copy or an export. Bursts of
phones and cameras stay below: most take ten a second."""
COMPANY = 8
"""Dated photos in a folder from which one can be far from the others."""
FAR_DAYS = 730
"""Days from the middle half of its folder from which a date is far from it, at least: holidays and
school years stay below; a clock that lost its year doesn't."""
FAR_SPANS = 4
"""The same in lengths of that middle half, so that a folder of many years has no odd ones."""


class Check(StrEnum):
    """Why a date is to be checked, most serious first."""

    FUTURE = "future"
    RESET = "reset"
    FAR = "far"
    """Far from the dates of the other photos in its folder."""
    SAME = "same"
    """Many photos have the same second."""
    FILE = "file"
    """There is none but the file's time."""


class _Row(NamedTuple):
    id: PhotoId
    folder: tuple[int, str]
    taken_at: str
    doubt: str | None
    is_given: bool
    content: str


def find(connection: sqlite3.Connection) -> dict[Check, list[PhotoId]]:
    """Return the photos to check by reason, newest first; each for one reason, and no empty ones.

    Reads all photos: a second of processor time for 100,000. Thread: one for slow queries.
    """
    rows = [_Row(row[0], (row[1], row[2]), *row[3:]) for row in photos.rows_to_check(connection)]
    why: dict[PhotoId, Check] = {}
    for row in rows:
        if row.doubt is not None:
            why[row.id] = Check(Doubt(row.doubt).value)
    for check, some in ((Check.SAME, _same_second(rows)), (Check.FAR, _far(rows))):
        for photo_id in some:
            why.setdefault(photo_id, check)
    found: dict[Check, list[PhotoId]] = {check: [] for check in Check}
    for row in rows:
        if row.id in why and not row.is_given:
            found[why[row.id]].append(row.id)
    return {check: ids for check, ids in found.items() if ids}


def _same_second(rows: Iterable[_Row]) -> list[PhotoId]:
    at: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        # Midnight is a day without a time.
        if len(row.taken_at) == 19 and not row.taken_at.endswith("T00:00:00") and not row.is_given:
            at[row.taken_at].append(row)
    return [
        row.id
        for some in at.values()
        if len(some) >= MANY and len({row.content for row in some}) >= MANY
        for row in some
    ]


def _far(rows: Iterable[_Row]) -> list[PhotoId]:
    inside: defaultdict[tuple[int, str], list[tuple[int, _Row]]] = defaultdict(list)
    for row in rows:
        if len(row.taken_at) >= len("2019-05-31") and row.doubt is None:
            day = datetime.date.fromisoformat(row.taken_at[:10]).toordinal()
            inside[row.folder].append((day, row))
    found = []
    for some in inside.values():
        if len(some) < COMPANY:
            continue
        days = sorted(day for day, _ in some)
        low, high = days[len(days) // 4], days[-1 - len(days) // 4]
        room = max(FAR_DAYS, FAR_SPANS * (high - low))
        found += [row.id for day, row in some if not low - room <= day <= high + room]
    return found
