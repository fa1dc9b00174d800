"""Dates changed and checked in the window."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest

from facesorter.domain import PhotoId
from facesorter.gui.base.places import DATES, PHOTOS
from facesorter.gui.dialogs.change_date import ChangeDateDialog, Way
from facesorter.gui.i18n.typed_dates import typed_moment
from facesorter.gui.i18n.words import moment
from facesorter.gui.window.main_window import MainWindow
from facesorter.gui.window.sidebar_entries import BADGE
from facesorter.library import photo_dates, queries
from facesorter.library.date_checks import Check
from facesorter.library.transaction import Transaction
from tests.gui.conftest import World, ask, click, press

CTRL = Qt.KeyboardModifier.ControlModifier


def opened(qtbot: Any, window: MainWindow) -> ChangeDateDialog:
    qtbot.waitUntil(lambda: "date" in window.dialogs.opened)
    dialog = window.dialogs.opened["date"]
    assert isinstance(dialog, ChangeDateDialog)
    return dialog


def date(window: MainWindow, photo_id: int) -> str:
    (photo,) = ask(window.services, queries.photos, [PhotoId(photo_id)])
    return str(photo.taken_at)


def waits_for_dates(qtbot: Any, window: MainWindow, expected: dict[int, str]) -> None:
    qtbot.waitUntil(lambda: {each: date(window, each) for each in expected} == expected)


def test_the_date_of_a_single_photo_is_there_to_be_corrected(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    view = window.photos.view
    view.setFocus()
    view.select_row(0)
    (photo_id,) = view.selected_ids()
    before = date(window, photo_id)
    QTest.keyClick(view, Qt.Key.Key_D, CTRL)
    dialog = opened(qtbot, window)
    assert typed_moment(dialog.first.text()) == before.replace("T", " ")
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 1)
    assert not dialog.change.isEnabled(), "nothing differs yet"
    assert dialog.first.selectedText() == dialog.first.text(), "typing replaces it"
    QTest.keyClicks(dialog.first, "1950")
    qtbot.waitUntil(dialog.change.isEnabled)
    QTest.keyClick(dialog.first, Qt.Key.Key_Return)
    waits_for_dates(qtbot, window, {photo_id: "1950"})


def test_a_year_is_given_to_some_photos_and_taken_back(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    view = window.photos.view
    view.setFocus()
    view.select_row(0)
    click(view, 2, CTRL)
    chosen = view.selected_ids()
    before = {each: date(window, each) for each in chosen}
    QTest.keyClick(view, Qt.Key.Key_D, CTRL)
    dialog = opened(qtbot, window)
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 2)
    assert not dialog.change.isEnabled()
    assert dialog.first.hasFocus(), "a date can be typed at once"
    QTest.keyClicks(dialog.first, "yesterday")
    qtbot.waitUntil(lambda: "isn’t a valid date" in dialog.message.text())
    assert not dialog.change.isEnabled()
    dialog.first.clear()
    QTest.keyClicks(dialog.first, "1950")
    qtbot.waitUntil(dialog.change.isEnabled)
    assert [row.after for row in dialog.model.rows] == ["1950", "1950"]
    assert dialog.model.data(dialog.model.index(0, 2)) == "1950"
    assert {each: date(window, each) for each in chosen} == before, "only a preview"
    QTest.keyClick(dialog.first, Qt.Key.Key_Return)
    waits_for_dates(qtbot, window, dict.fromkeys(chosen, "1950"))
    qtbot.waitUntil(lambda: window.photos.model.ids[-2:] == sorted(chosen, reverse=True))
    qtbot.waitUntil(lambda: "changing the date of 2 photos" in window.actions_.undo_text())
    window.actions_.undo()
    waits_for_dates(qtbot, window, before)


def test_each_way_asks_for_what_it_needs(qtbot: Any, window: MainWindow, world: World) -> None:
    window.files.change_date(world.photo_ids[:2])
    dialog = opened(qtbot, window)
    fields = (dialog.first, dialog.last, dialog.offset)
    needed = {
        Way.SET: (True, False, False),
        Way.TRUE: (True, False, False),
        Way.SPREAD: (True, True, False),
        Way.SHIFT: (False, False, True),
    }
    for way in Way:
        dialog.use(way)
        shown = tuple(dialog.form.isRowVisible(field) for field in fields)
        assert shown == needed.get(way, (False, False, False)), way
    dialog.use(Way.SHIFT)
    dialog.offset.setText("+1d")
    qtbot.waitUntil(dialog.change.isEnabled)
    for row in dialog.model.rows:
        assert row.before[:7] == row.after[:7] and row.before != row.after
    dialog.use(Way.TRUE)
    qtbot.waitUntil(lambda: "Click a photo" in dialog.message.text())
    first, second = (row.photo_id for row in dialog.model.rows)
    assert dialog.known.text() == "photo 00.jpg"
    dialog.table.clicked.emit(dialog.model.index(1, 0))
    assert dialog.known.text() == "photo 01.jpg"
    dialog.first.setText("2018-01-01 12:00")
    qtbot.waitUntil(dialog.change.isEnabled)
    after = {row.photo_id: row.after for row in dialog.model.rows}
    assert after == {first: "2018-01-02T12:00:00", second: "2018-01-01T12:00:00"}
    dialog.use(Way.NAME)
    qtbot.waitUntil(lambda: "0 photos will change" in dialog.message.text())
    assert "no date in the file name" in dialog.model.data(dialog.model.index(0, 2))


@pytest.fixture
def undated(window: MainWindow, world: World) -> list[int]:
    """Photos of which only the file's time is known, and one whose clock had started over."""

    def lose(txn: Transaction) -> None:
        *files, reset = world.photo_ids[:3]
        for photo_id, dates in (
            *((each, "{}") for each in files),
            (reset, '{"exif-original": "2000-01-01T00:10:00"}'),
        ):
            txn.connection.execute(
                "UPDATE photo SET dates = ?, date_rule = 0 WHERE id = ?", (dates, photo_id)
            )
        found = photo_dates.decide_again(txn.connection, world.photo_ids[:3])
        txn.touch(photos=found.photos)

    window.services.writer.submit(lose).result(timeout=60)
    return world.photo_ids[:2]


def test_photos_without_a_date_stand_under_that_heading(
    qtbot: Any, window: MainWindow, undated: list[int]
) -> None:
    qtbot.waitUntil(lambda: [s.title for s in window.photos.view._sections][-1] == "No date")
    assert set(window.photos.model.ids[-2:]) == set(undated)


def test_dates_to_check_are_repaired_where_they_are_listed(
    qtbot: Any, window: MainWindow, undated: list[int], world: World
) -> None:
    page = window.dates
    window.commands.dates.trigger()
    qtbot.waitUntil(lambda: set(page.found) >= {Check.RESET, Check.FILE})
    qtbot.waitUntil(lambda: window.navigator.page is page)
    side = window.sidebar
    assert side.current_key() == DATES
    total = sum(map(len, page.found.values()))
    qtbot.waitUntil(lambda: side._dates.data(BADGE) == str(total))
    page.reasons.setCurrentIndex(page.reasons.findData(Check.RESET))
    qtbot.waitUntil(lambda: page.model.ids == [world.photo_ids[2]])
    assert page.right.text() == "All Are Right"
    page.change.click()
    assert opened(qtbot, window).way.currentData() == Way.TRUE, "the usual cure of a wrong clock"
    window.dialogs.opened["date"].close()
    qtbot.waitUntil(lambda: "date" not in window.dialogs.opened)
    page.right.click()
    qtbot.waitUntil(lambda: Check.RESET not in page.found)
    assert date(window, world.photo_ids[2]) == "2000-01-01T00:10:00"
    page.reasons.setCurrentIndex(page.reasons.findData(Check.FILE))
    qtbot.waitUntil(lambda: set(page.model.ids) >= set(undated))
    press(page.view, Qt.Key.Key_I)
    page.view.select_row(0)
    qtbot.waitUntil(lambda: page.details.known is not None and page.details.known.one is not None)
    assert page.details.isVisible()
    assert "Tags…\tT" in [action.text() for action in page.grid.menu().actions()]
    page.view.clearSelection()
    press(page.view, Qt.Key.Key_I)
    assert not page.details.isVisible()
    assert page.right.isHidden(), "there is no date that could be right"
    page.change.click()
    dialog = opened(qtbot, window)
    dialog.first.setText("July 2019")
    qtbot.waitUntil(dialog.change.isEnabled)
    dialog.change.click()
    qtbot.waitUntil(lambda: page.found == {})
    assert "All dates look right" in page.none.text()
    assert page.body.currentWidget() is page.none
    qtbot.waitUntil(lambda: "No dates to check" in side._dates.toolTip())
    assert side._dates.data(BADGE) == ""
    window.go_to(PHOTOS)
    assert window.photos.place == PHOTOS and page.place == DATES


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2019-05-31 14:30", "2019-05-31 14:30:00"),
        ("May 31, 2019 2:30 pm", "2019-05-31 14:30:00"),
        ("31.5.2019, 14:30:15", "2019-05-31 14:30:15"),
        ("2019-05-31T14:30:00", "2019-05-31 14:30:00"),
        ("July 2019", "2019-07"),
        ("1950", "1950"),
        ("14:30", "14:30"),
    ],
)
def test_moments_as_people_type_them(qtbot: Any, typed: str, found: str) -> None:
    assert typed_moment(typed) == found


def test_times_have_twelve_hours_where_people_count_so(qtbot: Any) -> None:
    before = QLocale()
    try:
        QLocale.setDefault(QLocale("en_US"))
        shown = [moment(f"2019-05-31T{at}") for at in ("14:30:00", "00:05:07")]
        assert shown == ["5/31/2019 2:30 PM", "5/31/2019 12:05:07 AM"]
        assert typed_moment(shown[1]) == "2019-05-31 00:05:07"
        QLocale.setDefault(QLocale("de_DE"))
        assert moment("2019-05-31T14:30:00") == "31.05.2019 14:30"
    finally:
        QLocale.setDefault(before)


def test_moments_are_shown_as_precisely_as_they_are_known(qtbot: Any) -> None:
    shown = [moment(at) for at in ("", "1950", "1950-07", "2019-05-31T14:30:00")]
    assert shown[:3] == ["No date", "1950", "July 1950"]
    assert shown[3].endswith(" 14:30")
