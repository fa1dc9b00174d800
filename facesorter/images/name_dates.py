"""Find the date that a phone, messenger, scanner or person put in a file or folder name.

Only what is surely meant as a date counts: with a digit too many around it, a number is taken for a
running number or an id.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from facesorter.images.dates import at_time, iso_date

_BETWEEN = r"(?:[-_.\sT]+|\s+[^\W\d]{1,3}\.?(?:\s[^\W\d]{1,3})?\s+)"
"""Between date and time: signs, or "at", "um", "à", "a las" in any language."""
_TIME = (
    rf"(?:{_BETWEEN}(?:(?P<hour>\d{{1,2}})[-_.:h\s](?P<minute>\d{{2}})(?:[-_.:m](?P<second>\d{{2}}))?"
    r"(?!\d)(?:\s*(?P<half>[ap])\.?m(?![^\W_]))?"
    r"|(?P<hour2>\d{2})(?P<minute2>\d{2})(?P<second2>\d{2})(?:\d{3})?(?!\d)))?"
)

# 2019-06-12 15.30.00, 2019_06_12T15-30-00, Screenshot 2019-06-12 at 3.30.00 PM
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?P<sign>[-_.])(?P<month>\d{2})(?P=sign)(?P<day>\d{2})(?!\d)" + _TIME,
    re.IGNORECASE,
)
# 12.06.2019 15-30, photo_5@12-06-2019_15-30-00
_DAY_FIRST = re.compile(
    r"(?:(?P<sure>@)|(?<!\d)(?<!\d[-.]))(?P<day>\d{1,2})(?P<sign>[-.])(?P<month>\d{1,2})"
    r"(?P=sign)(?P<year>\d{4})(?!\d)" + _TIME,
    re.IGNORECASE,
)
# IMG_20190612_153000, PXL_20190612_153000123, WP_20190612_15_30_00, 20190612153000
_RUN_WITH_TIME = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})"
    r"[-_.\sT]?(?P<hour>\d{2})(?P<sign>[-_.]?)(?P<minute>\d{2})(?P=sign)(?P<second>\d{2})(?:\d{3})?"
    r"(?!\d)",
    re.IGNORECASE,
)
# 190612-153000, IMG_190612_153000: cameras' and phones', so of this century
_SHORT_YEAR = re.compile(
    r"(?:[a-z]+[-_])?(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})[-_]"
    r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?!\d)",
    re.IGNORECASE,
)
# Foto 12.06.19, 15 30 00: iPhones'
_SHORT_DAY_FIRST = re.compile(
    r"(?<![\d.])(?P<day>\d{2})\.(?P<month>\d{2})\.(?P<year>\d{2}),? "
    r"(?P<hour>\d{2})[ .](?P<minute>\d{2})[ .](?P<second>\d{2})(?!\d)"
)
# IMG-20190612-WA0001, WP_20190612_001; but neither DSC20190612 nor 20190612_1382934811751234
_RUN = re.compile(
    r"(?<![^\W_])(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?![^\W_])(?![-_.]\d{7})"
)
_MONTH = re.compile(r"(?<![^\W_])(?P<year>(?:18|19|20)\d{2})-(?P<month>\d{2})(?![^\W_]|-\d)")
# 1968 Grandma, (1968): a name of nothing else is a running number
_YEAR = re.compile(
    r"(?:^(?P<year>(?:18|19|20)\d{2})(?=[-_\s]+[^\W\d_]{2})|\((?P<year2>(?:18|19|20)\d{2})\))"
)
_ANY_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d{2}(?!\d)")
# FB_IMG_1560353400000, mmexport1560353400000: milliseconds since 1970, from 2001 to 2033
_MILLISECONDS = re.compile(r"[^\d]*(1\d{12})(?!\d)")
_SNAPCHAT = re.compile(r"snapchat-(1\d{9})(?!\d)", re.IGNORECASE)
_PIXEL = re.compile(r"PXL_\d{8}_\d{6}")


def is_in_utc(name: str) -> bool:
    """Return whether a file name has universal time, as those of Google's Pixel phones.

    Seen in reports of their owners: https://github.com/photostructure/exiftool-vendored.js/issues/113
    """
    return _PIXEL.match(name) is not None


def date_in_name(name: str) -> str | None:
    """Return the date in a file name, as precise as it is written there, or None."""
    stem = os.path.splitext(name)[0]
    for pattern in (_YEAR_FIRST, _RUN_WITH_TIME, _DAY_FIRST):
        if found := next(_dates(pattern, stem), None):
            return found
    for match in (_SHORT_YEAR.match(stem), _SHORT_DAY_FIRST.search(stem)):
        if match and "T" in (found := _iso(match, 2000) or ""):
            return found
    for pattern, unit in ((_MILLISECONDS, 1000), (_SNAPCHAT, 1)):
        if match := pattern.match(stem):
            return at_time(int(match[1]) / unit)
    for pattern in (_RUN, _MONTH):
        if found := next(_dates(pattern, stem), None):
            return found
    match = _YEAR.search(stem)
    if match is None or len(set(_ANY_YEAR.findall(stem))) > 1:
        return None
    return iso_date(int(match["year"] or match["year2"]))


_NOT_TAKEN = re.compile(
    r"(?<![^\W_])(?:back-?ups?|cop(?:y|ies)|exports?|imports?|imported|downloads?|uploads?|scans?|"
    r"scanned|scanning|digiti[sz]ed|whatsapp|sicherung|kopien?|eingescannt|gescannt|"
    r"sauvegardes?|copies?|numéris\w*|copii|scanate|scanări|копи[яи]|резерв\w*|скан\w*)(?![^\W_])",
    re.IGNORECASE,
)
"""Words of folders whose date is that of a copy or scan."""
_FOLDER_YEAR = re.compile(
    r"(?:^|[^\W\d][-_\s]+)((?:18|19|20)\d{2})(?=$|[-_,\s]+[^\W\d])|^((?:18|19|20)\d{2})$"
)
_PLAIN_YEAR = re.compile(r"(?:18|19|20)\d{2}")
_NUMBER = re.compile(r"(\d{1,2})(?=$|[-_.\s]+[^\W\d])")


def date_in_folders(folders: Sequence[str]) -> str | None:
    """Return the date in the names of the folders around a photo, or None.

    Understands "2019-07-05 Beach", "2019-07", "Summer 2019" and "2019/07/05". The innermost wins.

    Args:
        folders: Names from the outermost to the innermost.
    """
    for at in range(len(folders) - 1, -1, -1):
        numbers: list[str] = []
        outer = at
        while outer >= 0 and len(numbers) < 2 and (number := _NUMBER.match(folders[outer])):
            numbers.insert(0, number[1])
            outer -= 1
        if numbers and outer >= 0 and _PLAIN_YEAR.fullmatch(folders[outer]):
            return iso_date(int(folders[outer]), *map(int, numbers))
        if found := _date_in_folder(folders[at]):
            return found
    return None


def _date_in_folder(name: str) -> str | None:
    if _NOT_TAKEN.search(name):
        return None
    for pattern in (_YEAR_FIRST, _DAY_FIRST, _RUN, _MONTH):
        if found := [date[:10] for date in _dates(pattern, name)]:
            return _within_both(found[0], found[-1])
    match = _FOLDER_YEAR.search(name)
    return iso_date(int(match[1] or match[2])) if match else None


def _within_both(first: str, last: str) -> str | None:
    """Return the day, month or year that two dates share, the ends of a journey."""
    return next((first[:n] for n in (10, 7, 4) if first[:n] == last[:n]), None)


def _dates(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        if found := _iso(match):
            yield found


def _iso(match: re.Match[str], century: int = 0) -> str | None:
    parts = match.groupdict()
    year, month = century + int(parts["year"]), int(parts["month"])
    day = int(parts["day"]) if parts.get("day") else None
    if "day" in parts and not (month and day):
        return None
    if "sure" in parts and parts["sign"] == "-" and not parts["sure"]:
        assert day is not None
        if month > 12:
            month, day = day, month
        elif day <= 12 and day != month:
            return iso_date(year)  # the 5th of July in Europe is the 7th of May in America
    hour, minute, second = (
        int(found) if (found := parts.get(name) or parts.get(f"{name}2")) else None
        for name in ("hour", "minute", "second")
    )
    if hour is not None and (half := parts.get("half")):
        hour = hour % 12 + (12 if half.lower() == "p" else 0) if 1 <= hour <= 12 else hour
    return iso_date(year, month, day, hour, minute, second)
