"""Dates that phones, messengers, scanners and people write into names of files and folders."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facesorter.images.name_dates import date_in_folders, date_in_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_20190612_153000.jpg", "2019-06-12T15:30:00"),
        ("IMG_20190612_153000(1).jpg", "2019-06-12T15:30:00"),
        ("IMG_20190612_153000-edited.jpg", "2019-06-12T15:30:00"),
        ("IMG20190612153000.jpg", "2019-06-12T15:30:00"),
        ("00000IMG_00000_BURST20190612153000789_COVER.jpg", "2019-06-12T15:30:00"),
        ("PXL_20210101_123456789.MP.jpg", "2021-01-01T12:34:56"),
        ("WP_20190612_15_30_00_Pro.jpg", "2019-06-12T15:30:00"),
        ("WP_20190612_001.jpg", "2019-06-12"),
        ("2019-06-12 15.30.00.jpg", "2019-06-12T15:30:00"),
        ("2019-06-12 15.30.00-1.jpg", "2019-06-12T15:30:00"),
        ("2019-06-12-15h30m00.jpg", "2019-06-12T15:30:00"),
        ("2019-06-12 99.99.99.jpg", "2019-06-12"),
        ("2019-06-12 0001.jpg", "2019-06-12"),
        ("Screenshot_2019-06-12-15-30-00.png", "2019-06-12T15:30:00"),
        ("Foto 2019-06-12 at 15.30.00.jpeg", "2019-06-12T15:30:00"),
        ("WhatsApp Bild 2019-06-12 um 15.41.14.jpg", "2019-06-12T15:41:14"),
        ("Capture d’écran 2019-06-12 à 15.30.00.png", "2019-06-12T15:30:00"),
        ("Captura 2019-06-12 a las 15.30.00.png", "2019-06-12T15:30:00"),
        ("Screen Shot 2019-06-12 at 3.30.00 PM.png", "2019-06-12T15:30:00"),
        ("Screenshot 2019-06-12 at 3.30.00\u202fAM.png", "2019-06-12T03:30:00"),
        ("Screenshot 2019-06-12 at 12.05.00 AM.png", "2019-06-12T00:05:00"),
        ("Screenshot 2019-06-12 at 12.05.00 p.m..png", "2019-06-12T12:05:00"),
        ("IMG-20190612-WA0001.jpg", "2019-06-12"),
        ("IMG_20190612.jpg", "2019-06-12"),
        ("signal-2021-03-04-123456.jpg", "2021-03-04T12:34:56"),
        ("Telegram 2021.03.04 12:34:56.jpg", "2021-03-04T12:34:56"),
        ("photo_5@04-03-2021_12-34-56.jpg", "2021-03-04T12:34:56"),
        ("04.03.2021 12-34.jpg", "2021-03-04T12:34:00"),
        ("4.3.2021 snow.jpg", "2021-03-04"),
        ("Foto 12.06.19, 15 30 00.jpg", "2019-06-12T15:30:00"),
        ("25-12-2021 tree.jpg", "2021-12-25"),
        ("12-25-2021 tree.jpg", "2021-12-25"),
        ("04-03-2021 snow.jpg", "2021"),
        ("20190612153000.jpg", "2019-06-12T15:30:00"),
        ("190612-153000.jpg", "2019-06-12T15:30:00"),
        ("IMG_190612_153000.jpg", "2019-06-12T15:30:00"),
        ("1931-08-15 Babička.tif", "1931-08-15"),
        ("1931-08 Babička.tif", "1931-08"),
        ("scan_1931-08.tif", "1931-08"),
        ("1931 Babička.tif", "1931"),
        ("Babička (1931).tif", "1931"),
        # Numbers that aren't dates
        ("18921105_1382934811751234_7738_n.jpg", None),
        ("20121105_1382934811751234_7738_n.jpg", None),
        ("img 19870101123.jpg", None),
        ("received_1562330096789123.jpeg", None),
        ("DSC20011231.jpg", None),
        ("DSC01234.jpg", None),
        ("IMG_1234.jpg", None),
        ("IMG_1968.jpg", None),
        ("1968.jpg", None),
        ("DSC 2001.jpg", None),
        ("2019-2020 season.jpg", None),
        ("1968 to 1970.jpg", None),
        ("1920 x 1080.jpg", None),
        ("2560x1440 wallpaper.jpg", None),
        ("4006381333931.jpg", None),
        ("99999999_123456.jpg", None),
        ("12345678901234567.jpg", None),
        ("20191345_000000.jpg", None),
        ("190612-999999.jpg", None),
        ("report-2019-1-2.jpg", None),
        ("Photo Jul 05, 12 34 56 PM.jpg", None),
    ],
)
def test_dates_in_names(name: str, expected: str | None) -> None:
    assert date_in_name(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "1562330096789.jpg",
        "FB_IMG_1562330096789.jpg",
        "mmexport1562330096789.jpg",
        "wx_camera_1562330096789.jpg",
        "Snapchat-1562330096.jpg",
    ],
)
def test_seconds_since_1970(name: str) -> None:
    expected = datetime.datetime.fromtimestamp(1562330096)
    assert date_in_name(name) == expected.isoformat()


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ("2019-07-05 Beach", "2019-07-05"),
        ("2019_07_05", "2019-07-05"),
        ("20190705 Beach", "2019-07-05"),
        ("05.07.2019", "2019-07-05"),
        ("2019-07", "2019-07"),
        ("2019", "2019"),
        ("2019/07", "2019-07"),
        ("2019/07 July", "2019-07"),
        ("2019/07/05", "2019-07-05"),
        ("2019/2019-07-05", "2019-07-05"),
        ("2019/Italy", "2019"),
        ("Photos from 2019", "2019"),
        ("Summer 1987/Best", "1987"),
        ("2012, Italy", "2012"),
        ("2019-07-05 - 2019-07-12 Italy", "2019-07"),
        ("2019-12-30 - 2020-01-02 Rome", None),
        ("1990-1999", None),
        ("2019/13", None),
        ("Backup 2021-03-05", None),
        ("Scans 2021", None),
        ("1956/Scans 2021", "1956"),
        ("DCIM/100CANON", None),
        ("", None),
    ],
)
def test_dates_in_folders(folders: str, expected: str | None) -> None:
    assert date_in_folders(folders.split("/")) == expected


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=4))
def test_odd_names_never_fail(name: str, folders: list[str]) -> None:
    date_in_name(name)
    date_in_folders(folders)


@given(
    st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2099, 12, 31)),
    st.sampled_from(["IMG_", "", "Screenshot ", "PXL_", "signal-"]),
    st.sampled_from(
        [
            *("%Y%m%d_%H%M%S", "%Y-%m-%d %H.%M.%S", "%Y-%m-%d-%H-%M-%S", "%Y%m%d%H%M%S"),
            *("%Y-%m-%d at %I.%M.%S %p", "%d.%m.%Y %H-%M-%S"),
        ]
    ),
    st.sampled_from(["", "(1)", "-edited", "_1", " copy"]),
)
def test_every_moment_in_every_form(
    moment: datetime.datetime, before: str, form: str, after: str
) -> None:
    moment = moment.replace(microsecond=0)
    name = f"{before}{moment.strftime(form)}{after}.jpg"
    assert date_in_name(name) == moment.isoformat()
