"""Local time at places, from universal time and back."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facesorter.geo.gazetteer import gazetteer
from facesorter.geo.local_time import at_place, utc_offset

ZONES = sorted({zone for zone in gazetteer()._zones if zone})


@pytest.mark.parametrize(
    ("utc", "zone", "local"),
    [
        ("2019-07-24T08:25:40", "Asia/Jerusalem", "2019-07-24T11:25:40"),
        ("2019-01-24T23:30:00", "Europe/Rome", "2019-01-25T00:30:00"),
        ("2019-07-24T23:30:00", "Asia/Kathmandu", "2019-07-25T05:15:00"),
        ("2019-07-24T02:00:00", "America/Los_Angeles", "2019-07-23T19:00:00"),
    ],
)
def test_time_at_a_place(utc: str, zone: str, local: str) -> None:
    assert at_place(utc, zone) == local
    apart = datetime.datetime.fromisoformat(local) - datetime.datetime.fromisoformat(utc)
    assert utc_offset(local, zone) == apart.total_seconds() / 60


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../../etc/passwd", "a\0b"])
def test_an_unknown_zone_tells_nothing(zone: str) -> None:
    assert at_place("2019-07-24T08:25:40", zone) is None
    assert utc_offset("2019-07-24T08:25:40", zone) is None


@given(st.sampled_from(ZONES), st.datetimes(datetime.datetime(1975, 1, 1)))
def test_every_zone_of_a_city_is_known(zone: str, moment: datetime.datetime) -> None:
    utc = moment.replace(microsecond=0)
    local = at_place(utc.isoformat(), zone)
    if utc.year < 9999:
        assert local is not None
        ahead = utc_offset(local, zone)
        assert ahead is not None
        back = datetime.datetime.fromisoformat(local) - datetime.timedelta(minutes=ahead)
        # An hour comes twice when summer time ends, and a few zones were ahead by seconds.
        assert abs(back - utc) <= datetime.timedelta(hours=2)


def test_the_ends_of_the_calendar_do_no_harm() -> None:
    assert at_place("9999-12-31T23:30:00", "Asia/Tokyo") is None
    assert at_place("0001-01-01T00:30:00", "America/New_York") is None
