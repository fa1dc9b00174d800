"""Find photos with doubtful dates, by reason.

Some reasons are stored with a photo (`images.dates.Doubt`); others show only in comparison with
other photos. A date that the user gave is never among them.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from enum import StrEnum

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
    EARLY = "early"
    """Before the camera came out."""
    FAR = "far"
    """Far from the dates of the other photos in its folder."""
    SAME = "same"
    """Many photos have the same second."""
    FILE = "file"
    """There is none but the file's time."""


def find(connection: sqlite3.Connection) -> dict[Check, list[PhotoId]]:
    """Return the photos to check by reason, newest first; each for one reason, and no empty ones.

    Takes 0.15 s of processor time for 100,000 photos in folders of one event each, and twice that
    in folders of many years. Thread: one for slow queries.
    """
    why: dict[PhotoId, Check] = {}
    for photo_id, doubt in photos.doubts(connection):
        why[photo_id] = Check(Doubt(doubt).value)
    for check, some in ((Check.SAME, _same_second(connection)), (Check.FAR, _far(connection))):
        for photo_id in some:
            why.setdefault(photo_id, check)
    found: dict[Check, list[PhotoId]] = {check: [] for check in Check}
    for photo_id in photos.without_given_date(connection, list(why)):
        found[why[photo_id]].append(photo_id)
    return {check: ids for check, ids in found.items() if ids}


def _same_second(connection: sqlite3.Connection) -> list[PhotoId]:
    at: defaultdict[str, list[tuple[PhotoId, str]]] = defaultdict(list)
    for photo_id, taken_at, content in photos.of_same_second(connection, MANY):
        # Midnight is a day without a time.
        if len(taken_at) == 19 and not taken_at.endswith("T00:00:00"):
            at[taken_at].append((photo_id, content))
    return [
        photo_id
        for some in at.values()
        if len({content for _, content in some}) >= MANY
        for photo_id, _ in some
    ]


def _far(connection: sqlite3.Connection) -> list[PhotoId]:
    import numpy as np

    found: list[PhotoId] = []
    for dated in photos.days_by_folder(connection, COMPANY, FAR_DAYS // 365):
        days = np.array(dated, "U10").astype("datetime64[D]").astype(np.int64)
        low, high = np.sort(days)[[len(days) // 4, -1 - len(days) // 4]]
        room = max(FAR_DAYS, FAR_SPANS * (high - low))
        far = (days < low - room) | (days > high + room)
        found += [PhotoId(int(dated[row][10:])) for row in np.flatnonzero(far)]
    return found
