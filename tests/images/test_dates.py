"""Which of a photo's dates counts."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facesorter.images.dates import (
    ORDER,
    RESET_DAYS,
    DateSource,
    Doubt,
    Taken,
    decide,
    earliest,
    exif_date,
    iso_date,
    parse_date,
)

NOW = "2026-11-28T12:00:00"
LENGTHS = st.sampled_from([4, 7, 10, 19])
moments = st.datetimes(datetime.datetime(1826, 1, 1), datetime.datetime(2200, 1, 1)).map(
    lambda moment: moment.isoformat(timespec="seconds")
)
dates = st.builds(lambda moment, length: moment[:length], moments, LENGTHS)
GUESSED = [source for source in ORDER if source is not DateSource.GIVEN]
candidates = st.dictionaries(st.sampled_from(GUESSED), dates)


def test_every_source_has_its_place_and_a_reason() -> None:
    assert {*ORDER, DateSource.NONE} == set(DateSource)
    assert all(ORDER.values())


def test_the_table_in_the_help_is_the_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "faq.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    assert [source for source, *_ in rows] == [source.value for source in ORDER]
    assert all(what.strip() and why.strip() for _, what, why in rows)


@given(candidates)
def test_the_most_trusted_date_counts(known: dict[DateSource, str]) -> None:
    taken = decide(known, NOW)
    if not known:
        assert taken.source is DateSource.NONE
        return
    assert known[taken.source] == taken.at
    if taken.at > NOW:
        assert all(at > NOW for at in known.values())
        assert taken.doubt is Doubt.FUTURE
    for at in (known[source] for source in ORDER if source in known):
        if taken.at.startswith(at):
            break
        # A better source is passed over for a reason alone.
        assert at > NOW or at.startswith(RESET_DAYS)
        assert taken.doubt is Doubt.FUTURE or not at > NOW


@given(candidates, dates)
def test_what_the_user_said_is_never_overruled(known: dict[DateSource, str], given: str) -> None:
    assert decide(known | {DateSource.GIVEN: given}, NOW) == Taken(given, DateSource.GIVEN)


@given(candidates, moments)
def test_a_corrected_clock_gives_what_a_right_one_had_given(
    known: dict[DateSource, str], wrong: str
) -> None:
    """What decides again is the doubt; without it, the date doesn't depend on a slow clock."""
    first = decide(known, min(wrong, NOW))
    if first.doubt is not Doubt.FUTURE:
        assert first == decide(known, NOW)


@given(candidates)
def test_the_file_time_is_last(known: dict[DateSource, str]) -> None:
    with_file = decide({**known, DateSource.FILE: "2001-02-03T04:05:06"}, NOW)
    told = [at for source, at in known.items() if source is not DateSource.FILE and at <= NOW]
    assert (with_file.source is DateSource.FILE) == (not told)


def test_a_vague_date_is_made_precise_by_a_source_that_agrees() -> None:
    known = {DateSource.ORIGINAL: "1956", DateSource.NAME: "1956-08", DateSource.GPS: "1957-01-01"}
    taken = decide(known, NOW)
    assert (taken.at, taken.source) == ("1956-08", DateSource.NAME)
    known[DateSource.FILE] = "1956-08-13T10:00:00"
    assert decide(known, NOW) == taken
    midnight = {DateSource.XMP: "2003-08-30", DateSource.IPTC: "2003-08-30T00:00:00"}
    assert decide(midnight, NOW).at == "2003-08-30"


def test_a_clock_that_was_reset_gives_way_to_a_name() -> None:
    reset = {DateSource.ORIGINAL: "2000-01-01T00:03:12", DateSource.FILE: "2024-01-01T10:00:00"}
    taken = decide(reset, NOW)
    assert (taken.at, taken.doubt) == ("2000-01-01T00:03:12", Doubt.RESET)
    taken = decide({DateSource.FILE: "2024-01-01T10:00:00"}, NOW)
    assert (taken.source, taken.doubt) == (DateSource.FILE, Doubt.FILE)
    taken = decide({**reset, DateSource.NAME: "2019-07-05"}, NOW)
    assert (taken.at, taken.doubt) == ("2019-07-05", None)
    scan = {DateSource.XMP: "1970-01-01T00:00:00", DateSource.SCANNED: "2019-05-05T10:00:00"}
    taken = decide(scan, NOW)
    assert (taken.at, taken.doubt) == ("1970-01-01T00:00:00", Doubt.RESET)
    taken = decide({DateSource.IPTC: "1970-01-01", DateSource.NAME: "2019-07-05"}, NOW)
    assert (taken.at, taken.doubt) == ("1970-01-01", None)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2019:07:05 12:34:56", "2019-07-05T12:34:56"),
        ("2019:07:05 12:34:56\0", "2019-07-05T12:34:56"),
        ("2019-07-05T12:34:56.789+09:00", "2019-07-05T12:34:56"),
        ("2019-07-05T12:34:56Z", "2019-07-05T12:34:56"),
        ("2019-07-05T12:34", "2019-07-05T12:34:00"),
        ("2019-07-05", "2019-07-05"),
        ("2004: 8: 4  9: 5: 6", "2004-08-04T09:05:06"),
        ("1956:  :     :  :  ", "1956"),
        ("1956:00:00 00:00:00", "1956"),
        ("1956:07:00 00:00:00", "1956-07"),
        ("1956-07", "1956-07"),
        ("1956", "1956"),
        ("19500000", "1950"),
        ("19560704 100000", "1956-07-04T10:00:00"),
        ("2015:02:01 24:00:00", "2015-02-02T00:00:00"),
        ("2015:12:31 24:00:00", "2016-01-01T00:00:00"),
        ("2016:12:31 23:59:60", "2016-12-31T23:59:59"),
        ("2019:07:05 99:99:99", "2019-07-05"),
        ("2019:07:05   :  :  ", "2019-07-05"),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2019:13:45 99:99:99", None),
        ("2019:02:30 10:00:00", None),
        ("9999:12:31 24:00:00", None),
        ("1825:12:31 00:00:00", None),
        ("12345678901234567", None),
        ("soon", None),
        ("", None),
        (None, None),
        (20190705, None),
    ],
)
def test_dates_as_programs_write_them(text: object, date: str | None) -> None:
    assert parse_date(text) == date


@given(dates)
def test_a_date_is_read_back(date: str) -> None:
    assert parse_date(date) == date
    assert parse_date(date.replace("-", ":").replace("T", " ")) == date
    assert parse_date(date.encode()) == date
    assert parse_date(exif_date(date)) == date and len(exif_date(date)) == 19
    assert earliest(date).startswith(date) and len(earliest(date)) == 19
    assert parse_date(earliest(date)) == earliest(date)


@given(st.text(max_size=40))
def test_nonsense_never_fails(text: str) -> None:
    found = parse_date(text)
    assert found is None or len(found) in (4, 7, 10, 19)


numbers = st.none() | st.integers(-5, 99)


@given(st.tuples(st.none() | st.integers(-5, 99999), *[numbers] * 5))
def test_only_days_that_exist(parts: tuple[int | None, ...]) -> None:
    found = iso_date(*parts)
    if found is not None:
        assert datetime.datetime.fromisoformat(earliest(found)).year == int(found[:4])
