"""Repair the dates of many photos at once, after a preview of each way.

A repair changes the library, never a file. `preview` says what becomes of each photo, and
`repair` makes it one decision.
"""

from __future__ import annotations

import datetime
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.images.dates import FIRST_YEAR, DateSource, earliest, latest_now
from facesorter.library import photo_dates
from facesorter.library.decisions import dates
from facesorter.library.transaction import Transaction
from facesorter.names import sort_key
from facesorter.storage import photos
from facesorter.storage.photos import Dating


@dataclass(frozen=True, slots=True)
class SetTo:
    """All photos get this date, which may be a year or a month alone."""

    date: str


@dataclass(frozen=True, slots=True)
class Shift:
    """The clock was wrong by this much; a positive number makes dates later."""

    seconds: int


@dataclass(frozen=True, slots=True)
class FromName:
    """The date in each file's name."""


@dataclass(frozen=True, slots=True)
class FromFolder:
    """The date in the names of each file's folders."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Evenly from the first to the last date, by file name; as precise as the coarser of both."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class FromNeighbours:
    """What the sound dates before and after each photo in its folder, by file name, share.

    With a sound date on one side only, or none in common, the nearer one's day.
    """


@dataclass(frozen=True, slots=True)
class Keep:
    """The date that is shown, of which there is no doubt from then on."""


@dataclass(frozen=True, slots=True)
class Original:
    """The date that follows from the file again."""


Repair = SetTo | Shift | FromName | FromFolder | Spread | FromNeighbours | Keep | Original


class Why(StrEnum):
    """Why a repair leaves a photo as it is."""

    SAME = "same"
    """It has this date already."""
    NO_DATE = "no-date"
    """There is no date to shift or keep."""
    NO_TIME = "no-time"
    """Its date has no time of day, or no day, that could be shifted by so little."""
    NOT_IN_NAME = "not-in-name"
    NOT_IN_FOLDER = "not-in-folder"
    NO_NEIGHBOURS = "no-neighbours"
    """No photo of the folder has a date that isn't in doubt."""
    FUTURE = "future"
    """It would be in the future, or before there was photography."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a repair makes of one photo."""

    photo_id: PhotoId
    path: str
    before: str
    """The date now, as in `domain.Photo.taken_at`."""
    source: str
    """Where that comes from."""
    after: str
    """The date then; equal to `before` if nothing changes."""
    given: str | None
    """What the repair would store: None for the original date."""
    why: Why | None = None
    """Why nothing changes, or None."""


def preview(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], how: Repair
) -> list[Proposed]:
    """Return what a repair would make of photos, in their order; unknown ones are skipped.

    Raises:
        UserError: the dates of the repair aren't valid.
    """
    rows = photos.dating(connection, list(dict.fromkeys(photo_ids)))
    for place in {row.place for row in rows}:
        photo_dates.zone(place)  # reads the cities here, so that they don't keep the writer
    latest = latest_now()
    given = _given(connection, rows, how, latest)
    found = {row.id: _proposed(row, given[row.id], latest) for row in rows}
    return [found[each] for each in dict.fromkeys(photo_ids) if each in found]


def repair(txn: Transaction, photo_ids: Sequence[PhotoId], how: Repair) -> int:
    """Repair the dates of photos in one decision; return how many got another one.

    Raises:
        UserError: the dates of the repair aren't valid.
    """
    proposed = [each for each in preview(txn.connection, photo_ids, how) if each.why is None]
    if proposed:
        dates.give(txn, {each.photo_id: each.given for each in proposed})
    return len(proposed)


def offset_between(shown: str, true: str) -> int:
    """Return the seconds by which a clock that showed one date was behind the true one.

    Raises:
        UserError: one of them has no time of day.
    """
    if min(len(shown), len(true)) < len("2019-05-31T14:30:00"):
        raise UserError("To calculate the difference, both dates need a time of day.")
    return round((_moment(true) - _moment(shown)).total_seconds())


def really_taken(connection: sqlite3.Connection, photo_id: PhotoId, true: str) -> Shift:
    """Return the shift that corrects the clock by which one photo is known to be wrong.

    Raises:
        UserError: the date isn't valid, or one of the two has no time of day.
    """
    return Shift(offset_between(clock(connection, photo_id), dates.clean(true)))


def clock(connection: sqlite3.Connection, photo_id: PhotoId) -> str:
    """Return what the camera's clock showed, right or wrong: the date that a shift starts from."""
    (row,) = photos.dating(connection, [photo_id])
    return _clock(row, latest_now())


def seconds_of(text: str) -> int:
    """Convert an offset such as ``-7:30``, ``+1:00:05`` or ``+12d 3:00`` to seconds.

    Raises:
        UserError: it is none.
    """
    match = _OFFSET.fullmatch(text.strip())
    if match is None or not (match["days"] or match["hours"]):
        raise UserError(
            "{text} isn’t a time difference. Use the form +1:00, -0:02:30, or +365d 2:00.",
            text=text,
        )
    part = {name: int(value or 0) for name, value in match.groupdict().items() if name != "sign"}
    seconds = part["days"] * 86_400 + part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
    return -seconds if match["sign"] in ("-", "−") else seconds


def offset_text(seconds: int) -> str:
    """Write an offset as `seconds_of` reads it."""
    days, rest = divmod(abs(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    day_part = f"{days}d " if days else ""
    return f"{'-' if seconds < 0 else '+'}{day_part}{hours}:{rest // 60:02}:{rest % 60:02}"


_OFFSET = re.compile(
    r"(?P<sign>[-−+])?\s*(?:(?P<days>\d{1,6})\s*d)?\s*"
    r"(?:(?P<hours>\d{1,5}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?)?"
)


def _given(
    connection: sqlite3.Connection, rows: Sequence[Dating], how: Repair, latest: str
) -> dict[PhotoId, str | Why | None]:
    match how:
        case SetTo(date):
            wanted = dates.clean(date)
            return {row.id: wanted for row in rows}
        case Shift(seconds):
            return {row.id: _shifted(_clock(row, latest), seconds, latest) for row in rows}
        case FromName():
            return {row.id: _told(row, DateSource.NAME, Why.NOT_IN_NAME) for row in rows}
        case FromFolder():
            return {row.id: _told(row, DateSource.FOLDER, Why.NOT_IN_FOLDER) for row in rows}
        case Spread(first, last):
            return _spread(rows, dates.clean(first), dates.clean(last))
        case FromNeighbours():
            return _from_neighbours(connection, rows)
        case Keep():
            return {row.id: row.taken_at or Why.NO_DATE for row in rows}
        case Original():
            return dict.fromkeys((row.id for row in rows), None)


def _proposed(row: Dating, given: str | Why | None, latest: str) -> Proposed:
    path = photos.full_path(row.folder, row.relpath)
    if isinstance(given, Why):
        return Proposed(
            row.id, path, row.taken_at, row.taken_from, row.taken_at, row.given_date, given
        )
    after = given
    if after is None:
        after = photo_dates.decided(row._replace(given_date=None), latest).at
    why = Why.SAME if given == row.given_date else None
    return Proposed(row.id, path, row.taken_at, row.taken_from, after, given, why)


def _told(row: Dating, source: DateSource, why: Why) -> str | Why:
    return photo_dates.around(row.folder, row.relpath, row.mtime_ns).get(source, why)


def _clock(row: Dating, latest: str) -> str:
    """Return the date that a wrong clock gave, even if the program doesn't believe it."""
    if row.given_date is not None:
        return row.given_date
    original = photo_dates.candidates(row).get(DateSource.ORIGINAL, "")
    is_exact = len(original) == len("2019-05-31T14:30:00")
    return original if is_exact else photo_dates.decided(row, latest).at


def _shifted(date: str, seconds: int, latest: str) -> str | Why:
    if not date:
        return Why.NO_DATE
    if len(date) < len("2019-05-31") or (len(date) == len("2019-05-31") and seconds % 86_400):
        return Why.NO_TIME
    try:
        moment = _moment(date) + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return Why.FUTURE
    found = moment.isoformat(timespec="seconds")[: len(date)]
    return found if str(FIRST_YEAR) <= found <= latest else Why.FUTURE


def _spread(rows: Sequence[Dating], first: str, last: str) -> dict[PhotoId, str | Why | None]:
    start, end = sorted((_moment(first), _moment(last)))
    length = min(len(first), len(last))
    found: dict[PhotoId, str | Why | None] = {}
    ordered = sorted(rows, key=lambda row: (row.folder, sort_key(row.relpath)))
    for at, row in enumerate(ordered):
        moment = start + (end - start) * at / max(1, len(ordered) - 1)
        found[row.id] = moment.isoformat(timespec="seconds")[:length]
    return found


def _from_neighbours(
    connection: sqlite3.Connection, rows: Sequence[Dating]
) -> dict[PhotoId, str | Why | None]:
    chosen = {row.id for row in rows}
    found: dict[PhotoId, str | Why | None] = {}
    for (folder, inner), some in _by_folder(rows).items():
        around = photos.sound_dates(connection, folder, inner)
        sound = sorted(
            (sort_key(relpath), date) for photo, relpath, date in around if photo not in chosen
        )
        names = [name for name, _ in sound]
        for row in some:
            at = bisect_left(names, sort_key(row.relpath))
            found[row.id] = _between(
                sound[at - 1][1] if at else None, sound[at][1] if at < len(sound) else None
            )
    return found


def _between(before: str | None, after: str | None) -> str | Why:
    if before is None or after is None:
        one = before or after
        return one[:10] if one else Why.NO_NEIGHBOURS
    shared = (before[:n] for n in (10, 7, 4) if before[:n] == after[:n])
    return next(shared, before[:10])


def _by_folder(rows: Iterable[Dating]) -> dict[tuple[str, str], list[Dating]]:
    found: dict[tuple[str, str], list[Dating]] = {}
    for row in rows:
        inner, slash, _ = row.relpath.rpartition("/")
        found.setdefault((row.folder, inner + slash), []).append(row)
    return found


def _moment(date: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(earliest(date))
