"""Decide the dates of photos from stored metadata and from where they are.

`images.dates.decide` is the rule. A photo that was read and of which only the file's time is known
has no date. One still to be read keeps that time until then, so that the newest come first.
"""

from __future__ import annotations

import datetime
import functools
import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from facesorter.domain import FaceId, PhotoId
from facesorter.geo import local_time
from facesorter.images.camera_years import first_year
from facesorter.images.dates import (
    BY_CAMERA,
    BY_CLOCK,
    IN_UTC,
    NO_DATE,
    ORDER,
    REREAD,
    REREAD_VIDEOS,
    RULE,
    UTC_MARK,
    DateSource,
    Doubt,
    Taken,
    at_time,
    decide,
    latest_now,
)
from facesorter.images.name_dates import date_in_folders, date_in_name, is_in_utc
from facesorter.library import photo_order
from facesorter.library.photo_order import TO_THE_SECOND
from facesorter.storage import faces, photos

if TYPE_CHECKING:
    from facesorter.storage.photos import Dating

LOCAL = (*BY_CLOCK, DateSource.GIVEN, DateSource.IPTC, DateSource.SIDECAR, DateSource.NAME)
"""Sources in local time where the photo was taken, rather than where a computer was."""
GUESSED = (DateSource.FILE, DateSource.NONE)
"""Sources that say nothing about when a photo was taken."""


class Redated(NamedTuple):
    """What `decide_again` changed."""

    photos: list[PhotoId]
    """Those with another date, or another place in the order."""
    faces: list[FaceId]
    """Faces that were suggested for people who were born later."""


def decide_again(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> Redated:
    """Decide the dates of photos from what is stored, and store them.

    Suggestions of people who were born later are taken back, and the photos of the same days are
    sorted again.
    """
    latest, changed = latest_now(), []
    days: dict[str, set[int | None]] = defaultdict(set)
    for row in photos.dating(connection, photo_ids):
        # Of an older library: the file has to be read first, and still has to be after a decision.
        unread = row.dates is None and row.date_rule < REREAD
        unread = unread and row.status in ("analysed", "missing")
        if unread and row.given_date is None and row.taken_from != DateSource.GIVEN:
            continue
        taken = decided(row, latest)
        offset = _utc_offset(row, taken)
        days[photo_order.day(row.taken_at)].add(row.utc_offset)
        days[photo_order.day(taken.at)].add(offset)
        was = (row.taken_at, row.taken_from, row.taken_doubt)
        if (taken.at, taken.source, taken.doubt) != was:
            changed.append(row.id)
        elif row.date_rule == RULE and offset == row.utc_offset:
            continue
        doubt, rule = as_stored(taken)
        dated = (doubt, row.date_rule if unread or _is_by_computer(row) else rule)
        photos.set_taken(connection, row.id, taken.at, taken.source.value, dated, offset)
    released = faces.release_unborn(connection, changed)
    return Redated(changed + photo_order.arrange(connection, days), released)


def as_stored(taken: Taken) -> tuple[str | None, int]:
    """Return the doubt and the rule of a date as they are stored."""
    return (taken.doubt.value if taken.doubt else None), RULE


def decided(row: Dating, latest: str) -> Taken:
    """Return the date of a photo by what is stored; ``latest`` as in `images.dates.decide`."""
    taken = decide(candidates(row), latest)
    if taken.doubt is None and taken.source in BY_CAMERA:
        made = first_year(row.model)
        if made is not None and taken.at < str(made):
            taken = replace(taken, doubt=Doubt.EARLY)
    is_read = row.dates is not None or row.status == "failed"
    return replace(taken, at=NO_DATE) if taken.source in GUESSED and is_read else taken


def known(connection: sqlite3.Connection, photo_id: PhotoId) -> dict[DateSource, str]:
    """Return all that is known of a photo's date, most trusted source first."""
    found: dict[DateSource, str] = {}
    for row in photos.dating(connection, [photo_id]):
        found = candidates(row)
    return {source: found[source] for source in ORDER if source in found}


def candidates(photo: Dating) -> dict[DateSource, str]:
    """Return all dates of a photo, by source."""
    found = around(photo.folder, photo.relpath, photo.mtime_ns)
    found |= beside(photo.sidecars)
    found |= _by_source(json.loads(photo.dates)) if photo.dates else {}
    if DateSource.VIDEO in found and is_in_utc(os.path.basename(photo.relpath)):
        found.pop(DateSource.NAME, None)  # The same moment, but not in local time.
    for source in IN_UTC:
        if source in found:
            found[source] = _local(found[source], source, photo.place)
    return found | ({DateSource.GIVEN: photo.given_date} if photo.given_date else {})


def utc_offset(taken_at: str, taken_from: str, camera_offset: int | None, zone: str) -> int | None:
    """Return the minutes by which a photo's date is ahead of universal time, or None.

    What the file says holds for the clock's date alone: not for one that the user gave instead.

    Args:
        taken_at: The date.
        taken_from: Its source.
        camera_offset: What the file says of its camera's clock.
        zone: The time zone of the place, or "".
    """
    if len(taken_at) != TO_THE_SECOND or taken_from not in (*LOCAL, *IN_UTC):
        return None
    if taken_from in BY_CLOCK and camera_offset is not None:
        return camera_offset
    by_place = local_time.utc_offset(taken_at, zone) if zone else None
    return 0 if by_place is None and taken_from == DateSource.GPS else by_place


@functools.lru_cache(maxsize=1024)
def zone(place: int) -> str:
    """Return the time zone of a city by its number in GeoNames; "" if unknown.

    The first call reads the cities for half a second; see `library.places.warm`.
    """
    if not place:
        return ""
    from facesorter.geo.gazetteer import gazetteer

    city = gazetteer().city(place)
    return city.zone if city is not None else ""


def beside(sidecars: str | None) -> dict[DateSource, str]:
    """Return the dates in the files beside a photo, from what is stored of these."""
    return _by_source(json.loads(sidecars)["dates"]) if sidecars else {}


def around(folder: str, relpath: str, mtime_ns: int) -> dict[DateSource, str]:
    """Return the dates in the names and the time of a file in a watched folder."""
    *inner, name = relpath.split("/")
    found = {
        DateSource.NAME: date_in_name(name),
        # The watched folder itself may be "2019 Italy"; those around it are not the photos'.
        DateSource.FOLDER: _of_folder(os.path.basename(folder), *inner),
        DateSource.FILE: at_time(mtime_ns / 1e9),
    }
    return {source: at for source, at in found.items() if at}


def _is_by_computer(row: Dating) -> bool:
    """Return whether a video's date was stored in the computer's time zone: by an earlier rule."""
    if row.date_rule >= REREAD_VIDEOS or not row.dates:
        return False
    return not json.loads(row.dates).get(DateSource.VIDEO, UTC_MARK).endswith(UTC_MARK)


def _utc_offset(row: Dating, taken: Taken) -> int | None:
    """Return `utc_offset` of a photo; also of a video whose place is unknown."""
    dates = json.loads(row.dates) if taken.source in IN_UTC and row.dates else {}
    utc = _utc(dates.get(taken.source, ""), taken.source)
    if utc is not None and len(taken.at) == TO_THE_SECOND:
        moment, local = map(datetime.datetime.fromisoformat, (utc, taken.at))
        return round((local - moment).total_seconds() / 60)
    by_clock = row.clock_offset is not None and taken.source in BY_CLOCK
    by_place = not by_clock and taken.source in LOCAL and len(taken.at) == TO_THE_SECOND
    there = zone(row.place) if by_place else ""
    return utc_offset(taken.at, taken.source, row.clock_offset, there)


def _utc(at: str, source: DateSource) -> str | None:
    """Return a date of a source `IN_UTC`, if it is."""
    marked = at.endswith(UTC_MARK)
    if len(at) != TO_THE_SECOND + marked or not (marked or source is DateSource.GPS):
        return None
    return at.removesuffix(UTC_MARK)


def _local(at: str, source: DateSource, place: int) -> str:
    """Return local time where a photo was taken, else on this computer if it is a video."""
    utc = _utc(at, source)
    if utc is None:
        return at
    there = local_time.at_place(utc, zone(place)) if place else None
    if there is None and source is DateSource.VIDEO:
        moment = datetime.datetime.fromisoformat(utc).replace(tzinfo=datetime.UTC)
        there = at_time(moment.timestamp())
    return there or utc


def _by_source(dates: dict[str, str]) -> dict[DateSource, str]:
    return {DateSource(source): at for source, at in dates.items()}


@functools.lru_cache(maxsize=1024)
def _of_folder(*folders: str) -> str | None:
    """Return the date of a folder, which a scan asks for each of its photos."""
    return date_in_folders(folders)
