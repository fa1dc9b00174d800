"""Dates as people type them: in figures or words, in the order of their locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QDate, QLocale, Qt

from facesorter.names import fold

_PARTS: Final = re.compile(r"\d+|[^\W\d_]+")
_PATTERN: Final = frozenset("dMyE")
"""Letters of Qt's date formats; others in a format are words of the language."""
_LITERALS: Final = re.compile(r"[^\W\d_dMyE]+")
_ORDINALS: Final = frozenset(("st", "nd", "rd", "th", "er", "of"))
_SHORTEST: Final = 3
"""Letters from which the beginning of a month's name is understood."""


def typed_date(text: str) -> str:
    """Parse a typed date to "2019-05-31", "2019-05" or "2019"; other texts are unchanged.

    Years have four digits: the century of 12/6/26 can't be known.
    """
    written = QLocale().toDate(text.strip(), QLocale.FormatType.LongFormat)
    if written.isValid():
        return written.toString(Qt.DateFormat.ISODate)
    parts = [str(part) for part in _PARTS.findall(text)]
    numbers = [part for part in parts if part.isdecimal()]
    words = [part for part in parts if not part.isdecimal() and part.lower() not in _fillers()]
    years = [part for part in numbers if len(part) == 4]
    others = [int(part) for part in numbers if len(part) <= 2]
    text = text.strip()
    if text.startswith("-") or len(years) != 1 or len(years) + len(others) != len(numbers):
        return text
    if words:
        month = _month(words[0]) if len(words) == 1 and len(others) <= 1 else None
        return text if month is None else _stored(int(years[0]), month, *others) or text
    match others:
        case []:
            return years[0]
        case [month]:
            return _stored(int(years[0]), month) or text
        case [first, second]:
            day_first = _day_first(text) and numbers[0] != years[0]
            day, month = (first, second) if day_first else (second, first)
            found = _stored(int(years[0]), month, day)
            if found is None and numbers[0] != years[0]:
                # Not in this order, but in the other one: nobody's 31st month.
                found = _stored(int(years[0]), day, month)
            return found or text
    return text


def typed_moment(text: str) -> str:
    """Parse a typed date with or without a time to "2019-05-31 14:30"; see `typed_date`."""
    match = _WITH_TIME.fullmatch(text.strip())
    if match is None:
        return typed_date(text)
    hour = int(match["hour"])
    if half := match["half"]:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    seconds = match["second"] or "00"
    return f"{typed_date(match['date'])} {hour:02}:{match['minute']}:{seconds}"


_WITH_TIME: Final = re.compile(
    r"(?P<date>.*\d.*?)[\s,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?",
    re.IGNORECASE,
)


def _stored(year: int, month: int, day: int | None = None) -> str | None:
    if not QDate.isValid(year, month, 1 if day is None else day):
        return None
    return f"{year:04}-{month:02}" if day is None else f"{year:04}-{month:02}-{day:02}"


def _day_first(text: str) -> bool:
    """Whether the day precedes the month: with points always, else unless the locale says not."""
    return "." in text or not QLocale().dateFormat(QLocale.FormatType.ShortFormat).startswith("M")


def _fillers() -> set[str]:
    """Return the words of a date that mean nothing: those in the locale's own, and ordinals."""
    form = QLocale().dateFormat(QLocale.FormatType.LongFormat)
    # With and without spaces around them: "d 'de' MMMM", "yyyy年M月d日".
    found = (*_PARTS.findall(form), *_LITERALS.findall(form))
    return {word.lower() for word in found if not set(word) <= _PATTERN} | _ORDINALS


def _month(word: str) -> int | None:
    """Return the month whose name in the locale or in English begins so, if only one does."""
    typed = fold(word)
    names = {number: set(_names(number)) for number in range(1, 13)}
    exact = [number for number, known in names.items() if typed in known]
    found = exact
    if not exact and len(typed) >= _SHORTEST:
        found = [n for n, known in names.items() if any(name.startswith(typed) for name in known)]
    return found[0] if len(found) == 1 else None


def _names(month: int) -> Iterator[str]:
    english = QLocale(QLocale.Language.English)
    for locale in (QLocale(), english):
        for length in (QLocale.FormatType.LongFormat, QLocale.FormatType.ShortFormat):
            yield fold(locale.monthName(month, length)).strip(".")
            yield fold(locale.standaloneMonthName(month, length)).strip(".")
