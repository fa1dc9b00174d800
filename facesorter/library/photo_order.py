"""The order of photos by date, also on a day of several time zones.

Every list by date is sorted by ``photo.sort_at``, then by id; ``taken_at`` is shown. The rule:

1. A photo belongs to the local date on which it was taken, so years, months and days stay whole.
   A less precise date precedes the times within it, and a photo without a date all others.
2. Within a date, photos are sorted by the moment: local time less the offset from universal time.
3. The offset is ``photo.utc_offset``, that of the photo's own date, if it is known. If not, that of
   a photo of the same date for which it is known. All photos dated by the clock of one camera get
   the same, because clocks aren't set between two photos: that of the photo nearest in time to
   their first, among those of the camera, or else of the folder, or else of all. A photo dated
   otherwise, such as by hand, is taken alone, and by its folder.

This is a total order: each photo has one key, a text, and only keys are compared, so nothing
depends on which two photos meet. (If two photos with offsets were compared by the moment and others
by local time, the order would run in a circle.) Offsets are assumed from known ones only, and the
keys of photos whose offsets are known depend on no assumption: a photo without an offset never
moves those past each other.

The key is the time in the easternmost offset of the date, as if clocks went on after midnight, so
it begins with the local date: 17:00 in New York is "2019-07-24T23:00:00" among photos from Paris,
and 08:00 in Honolulu "2019-07-24T27:00:00" among photos from Tokyo. Where a date has one offset,
it is ``taken_at``, as it is for all less precise dates, and nothing is computed.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from facesorter.domain import PhotoId
from facesorter.images.dates import BY_CLOCK
from facesorter.storage import photo_order as rows
from facesorter.storage.photo_order import Timed

TO_THE_SECOND = len("2019-05-31T14:30:00")
DAY = len("2019-05-31")
ALL = "all"
"""Instead of a camera or folder: wherever a photo is from."""


def day(taken_at: str) -> str:
    """Return the date within which a photo is sorted by moment; "" if its time is unknown."""
    return taken_at[:DAY] if len(taken_at) == TO_THE_SECOND else ""


def arrange(
    connection: sqlite3.Connection, days: Mapping[str, Iterable[int | None]]
) -> list[PhotoId]:
    """Sort the photos of some dates again; return those that got another key.

    Call after dates, offsets, cameras or folders of photos changed. Thread: writer.

    Args:
        connection: The library.
        days: Dates to and from which photos came, as `day` returns them, each with the offsets that
            photos had there before.
    """
    changed: list[PhotoId] = []
    for one, before in days.items():
        if not one or len(rows.offsets(connection, one).union(before) - {None}) < 2:
            continue
        photos = rows.of_day(connection, one)
        wanted = keys(photos)
        new = {each.id: wanted[each.id] for each in photos if wanted[each.id] != each.sort_at}
        rows.put(connection, new)
        changed += new
    return changed


def keys(photos: Sequence[Timed]) -> dict[PhotoId, str]:
    """Return the keys of all photos of one date, which are known to the second."""
    known = [each for each in photos if each.utc_offset is not None]
    if not known:
        return {each.id: each.taken_at for each in photos}
    ahead = {each.id: each.utc_offset or 0 for each in known}
    around = _Known(known)
    for some in _by_clock(photos):
        ahead |= dict.fromkeys((each.id for each in some), around.offset(some))
    east = max(ahead.values())
    return {each.id: _later(each.taken_at, east - ahead[each.id]) for each in photos}


def camera(photo: Timed) -> tuple[str, str] | None:
    """Return the make and model of the camera by whose clock a photo is dated, or None."""
    return (photo.make or "", photo.model) if photo.taken_from in BY_CLOCK and photo.model else None


def _by_clock(photos: Iterable[Timed]) -> Iterable[list[Timed]]:
    """Group the photos without an offset that must get the same."""
    found: dict[object, list[Timed]] = defaultdict(list)
    for each in photos:
        if each.utc_offset is None:
            found[camera(each) or each.id].append(each)
    return found.values()


class _Known:
    """The photos of a date with known offsets, by camera and by folder."""

    def __init__(self, photos: Sequence[Timed]) -> None:
        self._some: dict[object, list[tuple[int, int]]] = defaultdict(list)
        for each in photos:
            assert each.utc_offset is not None
            for key in (camera(each), each.folder, ALL):
                self._some[key].append((_seconds(each.taken_at), each.utc_offset))
        for times in self._some.values():
            times.sort()

    def offset(self, photos: Sequence[Timed]) -> int:
        """Return the offset to assume for photos by one clock."""
        first = min(photos, key=lambda each: (each.taken_at, each.folder))
        near = (camera(first) or first.folder, first.folder, ALL)
        times = next(self._some[key] for key in near if key in self._some)
        seconds = _seconds(first.taken_at)
        at = bisect_left(times, (seconds,))
        beside = times[max(at - 1, 0) : at + 1]
        return min(beside, key=lambda each: abs(each[0] - seconds))[1]


def _seconds(taken_at: str) -> int:
    hours, minutes, seconds = taken_at[DAY + 1 :].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _later(taken_at: str, minutes: int) -> str:
    if not minutes:
        return taken_at
    left, seconds = divmod(_seconds(taken_at) + 60 * minutes, 60)
    return f"{taken_at[:DAY]}T{left // 60:02}:{left % 60:02}:{seconds:02}"
