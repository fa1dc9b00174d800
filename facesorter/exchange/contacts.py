"""Reader for contacts: names and birthdays, from CSV files and vCards.

vCard by RFC 2426 and 6350, and 2.1 as old phones write it. Columns of CSV as Google Contacts and
Outlook export them.
"""

from __future__ import annotations

import csv
import datetime
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from facesorter.errors import UserError
from facesorter.exchange.names import given_name

SUFFIXES: Final = frozenset((".csv", ".vcf", ".vcard"))

_LONGEST_LINE: Final = 8 << 20
"""Characters of a line: a vCard may have a photo in one."""
_MOST: Final = 100_000
_NO_YEAR: Final = 1604
"""What Apple's Contacts writes for a birthday without a year."""
_FULL = ("name", "display name", "full name", "file as", "fn")
_PARTS = (
    ("first name", "given name"),
    ("middle name", "additional name"),
    ("last name", "family name", "surname"),
)
_BIRTHDAY = ("birthday", "date of birth", "born", "bday")


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of an address book."""

    name: str
    birthday: str | None = None
    """As "1956-05-31"; None without a year."""


def read_contacts(path: Path) -> Iterator[Contact]:
    """Yield the contacts of a CSV file or vCard that have a name. Blocks.

    Raises:
        UserError: The file is neither.
        OSError: It can't be read.
    """
    lines = _lines(path)
    first = next(lines, "")
    found = (
        _vcards(_unfolded(_with(first, lines)))
        if first.strip().upper() == "BEGIN:VCARD"
        else _rows(_with(first, lines))
    )
    for _, contact in zip(range(_MOST), found, strict=False):
        yield contact


def _with(first: str, lines: Iterable[str]) -> Iterator[str]:
    yield first
    yield from lines


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        head = file.read(3)
        file.seek(0)
        wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
        if wide:
            text = file.read(_LONGEST_LINE).decode("utf-16", "replace")
            yield from text.splitlines(keepends=True)
            return
        while data := file.readline(_LONGEST_LINE + 1):
            if len(data) > _LONGEST_LINE:
                raise _not_contacts()
            try:
                yield data.decode("utf-8-sig")
            except UnicodeDecodeError:
                yield data.decode("cp1252", "replace")


def _not_contacts() -> UserError:
    return UserError("The file isn’t a vCard or a table of contacts.")


def _rows(lines: Iterable[str]) -> Iterator[Contact]:
    iterator = iter(lines)
    header = next(iterator, "")
    separator = max(",;\t", key=header.count)
    try:
        named = next(csv.reader([header], delimiter=separator), [])
        columns = [each.strip().casefold() for each in named]
        known = {*_FULL, *(name for part in _PARTS for name in part)}
        if known.isdisjoint(columns):
            raise _not_contacts()
        for row in csv.reader(iterator, delimiter=separator):
            values = dict(zip(columns, row, strict=False))
            name = given_name(_first(values, _FULL)) or given_name(
                " ".join(_first(values, part) for part in _PARTS)
            )
            if name:
                yield Contact(name, birthday_of(_first(values, _BIRTHDAY)))
    except csv.Error as error:
        raise _not_contacts() from error


def _first(values: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((values[key].strip() for key in keys if values.get(key, "").strip()), "")


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Join the lines of a vCard that belong together."""
    whole = ""
    for line in lines:
        text = line.rstrip("\r\n")
        if text.startswith((" ", "\t")):
            whole += text[1:]
        elif whole.endswith("=") and "QUOTED-PRINTABLE" in whole.upper():
            whole = whole[:-1] + text
        else:
            yield whole
            whole = text
        if len(whole) > _LONGEST_LINE:
            raise _not_contacts()
    yield whole


def _vcards(lines: Iterable[str]) -> Iterator[Contact]:
    properties: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(":")
        key, *options = key.upper().split(";")
        key = key.rpartition(".")[2]
        if key == "BEGIN":
            properties = {}
        elif key == "END":
            parts = [*re.split(r"(?<!\\);", properties.get("N", "")), "", "", ""]
            name = given_name(_plain(properties.get("FN", ""))) or given_name(
                " ".join(_plain(parts[at]) for at in (1, 2, 0))
            )
            if name:
                yield Contact(name, birthday_of(properties.get("BDAY", "")))
            properties = {}
        elif key in ("FN", "N", "BDAY"):
            properties.setdefault(key, _decoded(value, options))


def _decoded(value: str, options: Iterable[str]) -> str:
    if not any("QUOTED-PRINTABLE" in option for option in options):
        return value
    data = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _plain(text: str) -> str:
    return re.sub(r"\\([,;\\])", r"\1", re.sub(r"\\[nN]", " ", text))


def birthday_of(text: str) -> str | None:
    """Return a date with its year; None without one, and for dates that could be two days.

    Outlook writes dates as in the user's country: "5/31/1956" and "31.5.1956", of which those with
    a slash are read only where the day is past 12.
    """
    text = text.strip()
    if match := re.match(r"(\d{4})-?(\d\d)-?(\d\d)(?!\d)", text):
        year, month, day = map(int, match.groups())
    elif match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
        day, month, year = map(int, match.groups())
    elif match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        month, day, year = map(int, match.groups())
        if month > 12:
            day, month = month, day
        elif day <= 12 and day != month:
            return None
    else:
        return None
    if year == _NO_YEAR:
        return None
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
