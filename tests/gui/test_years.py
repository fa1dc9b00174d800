"""The strip of years beside all photos."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from facesorter.app.services import Services
from facesorter.gui.grid.year_bar import YearBar
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.transaction import Transaction
from facesorter.storage import photos
from tests.gui.conftest import move, press

YEARS = {2015: 40, 2016: 2, 2017: 60, 2018: 8}
"""Photos of each year, besides those of 2019."""


@pytest.fixture
def bar(services: Services, window: MainWindow, qtbot: Any) -> YearBar:
    def fill(txn: Transaction) -> None:
        (folder,) = queries.folders(txn.connection)
        made = []
        for year, count in YEARS.items():
            for n in range(count):
                photo_id = photos.insert(
                    txn.connection,
                    folder.id,
                    f"{year}/{n}.jpg",
                    n,
                    n,
                    f"{year}-06-01T12:00:{n % 60:02}",
                    "exif-original",
                )
                photos.set_analysed(
                    txn.connection,
                    photo_id,
                    content_hash=f"{year}{n}",
                    width=9,
                    height=9,
                    orientation=1,
                )
                made.append(photo_id)
        txn.touch(photos=made)

    services.submit(fill).result(60)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 14 + sum(YEARS.values()))
    qtbot.waitUntil(lambda: window.photos.years.isVisible())
    return window.photos.years


def test_years_are_where_the_scroll_bar_would_be(bar: YearBar) -> None:
    assert [year for _, year in bar.years] == ["2019", "2018", "2017", "2016", "2015"]
    tops = bar._tops()
    heights = [below - above for above, below in zip(tops, [*tops[1:], bar.height()], strict=True)]
    assert heights[2] > heights[4] > heights[1], "60 photos take more than 40, and those than 8"


def test_click_and_drag_and_keys(bar: YearBar, window: MainWindow, qtbot: Any) -> None:
    view = window.photos.view
    year_2017 = bar.years[2][0]
    QTest.mouseClick(
        bar,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(9, round(bar._tops()[2]) + 3),
    )
    qtbot.waitUntil(lambda: year_2017 in view.rows_in_sight())
    assert bar.current() == 2
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(9, 5))
    move(bar, QPoint(9, bar.height() - 1), Qt.MouseButton.LeftButton)
    scroll = view.verticalScrollBar()
    qtbot.waitUntil(lambda: scroll.value() > 0.95 * scroll.maximum())
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(9, bar.height() - 1))
    press(bar, Qt.Key.Key_Up)
    press(bar, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: bar.current() <= 2)


def test_results_of_one_year_need_no_strip(bar: YearBar, window: MainWindow, qtbot: Any) -> None:
    window.start_search()
    QTest.keyClicks(window.photos.field, "2016")
    press(window.photos.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 2)
    qtbot.waitUntil(lambda: not bar.isVisible())
