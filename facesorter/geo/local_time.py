"""Local time at a place.

By the IANA time zone database of the system, or of the package tzdata where the system has none
(Windows).
"""

from __future__ import annotations

import datetime
import functools
import zoneinfo


def at_place(utc: str, zone: str) -> str | None:
    """Convert universal time to a zone's local time; None if the zone is unknown.

    Args:
        utc: As ``2019-07-24T08:25:40``.
        zone: As "Europe/Rome".
    """
    known = _zone(zone)
    if known is None:
        return None
    moment = datetime.datetime.fromisoformat(utc).replace(tzinfo=datetime.UTC)
    try:
        local = moment.astimezone(known)
    except OverflowError:
        return None
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


def utc_offset(local: str, zone: str) -> int | None:
    """Return the minutes by which a zone is ahead of universal time; None if it is unknown.

    Of an hour that comes twice, when summer time ends, the first is meant.

    Args:
        local: Local time, as ``2019-07-24T10:25:40``.
        zone: As "Europe/Rome".
    """
    known = _zone(zone)
    if known is None:
        return None
    try:
        ahead = datetime.datetime.fromisoformat(local).replace(tzinfo=known).utcoffset()
    except OverflowError:
        return None
    return None if ahead is None else round(ahead.total_seconds() / 60)


@functools.cache
def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return None
