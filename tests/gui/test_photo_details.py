"""The details panel: what is known of the selected photos, and their stars, titles and captions."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from facesorter.domain import Given
from facesorter.gui.i18n import photo_words, words
from facesorter.gui.widgets.photo_details import PhotoDetailsPanel, rows
from facesorter.gui.window.main_window import MainWindow
from facesorter.images.dates import DateSource, Doubt
from facesorter.images.decode import CUT_SHORT
from facesorter.images.photo_info import PhotoInfo
from facesorter.library import photo_details, queries
from facesorter.library.decisions import descriptions, journal
from facesorter.library.photo_details import PhotoDetails
from facesorter.library.scanning import describing
from facesorter.storage import photos
from tests.gui.conftest import World, ask, click, press
from tests.support.windows import open_person

Key, Modifier = Qt.Key, Qt.KeyboardModifier
CANON = PhotoInfo(
    make="Canon",
    model="Canon EOS R6",
    lens="RF50mm F1.8 STM",
    exposure_time=0.004,
    f_number=8.0,
    iso=200,
    focal_length=50.0,
    latitude=-33.8568,
    longitude=151.2153,
    altitude=12.0,
    utc_offset=600,
    rating=2,
    caption="At the harbor",
    keywords=("Sydney", "harbor"),
)


@pytest.fixture
def described(window: MainWindow, world: World) -> list[int]:
    """The three newest photos: two say much, and differ in the caption; the third says nothing."""
    ids = list(world.photo_ids[:3])
    # A scan reads the files themselves, which say nothing.
    assert window.services.pipeline.wait_idle(60)

    def fill(txn: Any) -> None:
        describing.record(txn, ids[0], CANON)
        second = PhotoInfo(make="Canon", model="Canon EOS R6", caption="On the beach", rating=2)
        describing.record(txn, ids[1], second)

    window.services.submit(fill).result(60)
    return ids


def opened(qtbot: Any, window: MainWindow, *at: int) -> PhotoDetailsPanel:
    """The panel of the photos page, with these rows selected."""
    view = window.photos.view
    qtbot.waitUntil(lambda: window.photos.model.is_loaded and window.photos.model.rowCount() > 3)
    view.setFocus()
    view.select_row(at[0])
    for row in at[1:]:
        click(view, row, Modifier.ControlModifier)
    press(view, Key.Key_I)
    panel = window.photos.details
    assert panel.is_open
    qtbot.waitUntil(lambda: panel.known is not None and len(panel.known.ids) == len(at))
    return panel


def texts_of(panel: PhotoDetailsPanel) -> dict[str, str]:
    assert panel.known is not None
    return dict(rows(panel.known))


def details(window: MainWindow, photo: int) -> PhotoDetails:
    found: list[PhotoDetails] = ask(window.services, photo_details.of, [photo])
    return found[0]


def test_one_photo(qtbot: Any, window: MainWindow, described: list[int], world: World) -> None:
    panel = opened(qtbot, window, 0)
    shown = texts_of(panel)
    assert shown["File"] == "photo 00.jpg" and shown["Folder"] == str(world.folder)
    assert shown["Camera"] == "Canon EOS R6" and shown["Lens"] == "RF50mm F1.8 STM"
    assert shown["Exposure"] == "1/250 s · f/8 · ISO 200 · 50 mm"
    assert shown["Coordinates"] == "-33.85680, 151.21530"
    assert shown["Place"] == "Sydney, New South Wales, Australia"
    assert shown["People"] == "Anna" and shown["Keywords"] == "Sydney, harbor"
    date, source = shown["Date"].splitlines()[:2]
    assert date.endswith(", UTC+10") and source == "(from the camera)"
    assert panel.stars.rating == 2 and panel.caption.toPlainText() == "At the harbor"
    panel.copy()
    copied = QGuiApplication.clipboard().text()
    assert f"Folder: {world.folder}" in copied and "Caption: At the harbor" in copied
    # Another photo, which says nothing, shows nothing of the first.
    window.photos.view.select_row(2)
    qtbot.waitUntil(lambda: panel.known is not None and panel.known.ids == (described[2],))
    assert "Camera" not in texts_of(panel) and panel.caption.toPlainText() == ""
    press(window.photos.view, Key.Key_I)
    assert not panel.is_open and window.photos.view.hasFocus()


def test_several_photos_show_what_they_share(
    qtbot: Any, window: MainWindow, described: list[int]
) -> None:
    panel = opened(qtbot, window, 0, 1)
    shown = texts_of(panel)
    assert shown["Camera"] == "Canon EOS R6" and "Lens" not in shown and "File" not in shown
    assert panel.stars.rating == 2
    assert panel.caption.toPlainText() == "" and "Differs" in panel.caption.placeholderText()
    # Leaving the field untouched leaves the captions as they are.
    panel.caption.setFocus()
    window.photos.view.setFocus()
    assert details(window, described[0]).caption == "At the harbor"
    panel.caption.setFocus()
    QTest.keyClicks(panel.caption, "Sydney")
    window.photos.view.setFocus()
    qtbot.waitUntil(lambda: details(window, described[1]).caption == "Sydney")
    assert details(window, described[0]).caption == "Sydney"
    window.services.submit(journal.undo).result(60)
    assert details(window, described[0]).caption == "At the harbor"
    qtbot.waitUntil(lambda: panel.known is not None and panel.known.caption is None)


def test_stars_by_key_and_mouse(qtbot: Any, window: MainWindow, described: list[int]) -> None:
    panel = opened(qtbot, window, 0)
    press(window.photos.view, Key.Key_5, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: panel.stars.rating == 5)
    panel.stars.buttons[2].click()
    qtbot.waitUntil(lambda: panel.stars.rating == 3)
    # The star that is the rating takes it back, whatever the file says.
    panel.stars.buttons[2].click()
    qtbot.waitUntil(lambda: panel.stars.rating == 0)
    assert details(window, described[0]).rating == 0
    assert window.actions_.undo_text() == "Undo rating 1 photo"


def test_what_is_typed_for_one_photo_is_not_stored_with_the_next(
    qtbot: Any, window: MainWindow, described: list[int]
) -> None:
    panel = opened(qtbot, window, 0)
    panel.title.setFocus()
    QTest.keyClicks(panel.title, "Opera")
    # Without leaving the field.
    window.photos.view.select_row(1)
    qtbot.waitUntil(lambda: panel.known is not None and panel.known.ids == (described[1],))
    assert panel.title.text() == ""
    qtbot.waitUntil(lambda: details(window, described[0]).title == "Opera")
    assert details(window, described[1]).title == ""


def test_the_viewer_shows_the_photo_in_view(
    qtbot: Any, window: MainWindow, described: list[int]
) -> None:
    qtbot.waitUntil(lambda: window.photos.model.is_loaded)
    window.open_photo(described[0], described)
    press(window.photo, Key.Key_I)
    panel = window.photo.details
    qtbot.waitUntil(lambda: panel.known is not None and panel.known.ids == (described[0],))
    window.photo.step(1)
    qtbot.waitUntil(lambda: panel.known is not None and panel.known.ids == (described[1],))
    press(window.photo, Key.Key_4, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: details(window, described[1]).rating == 4)
    # It is open on the page of all photos, too.
    assert window.photos.details.is_open
    panel.close_panel()
    assert not window.photos.details.is_open


def test_details_opened_in_the_viewer_are_of_the_selected_photo_on_the_page_of_all(
    qtbot: Any, window: MainWindow, described: list[int]
) -> None:
    panel = opened(qtbot, window, 0)
    panel.close_panel()
    view = window.photos.view
    view.select_row(1)
    press(view, Key.Key_Return)
    qtbot.waitUntil(lambda: window.navigator.page is window.photo)
    press(window.photo, Key.Key_I)
    window._go_back()
    assert panel.is_open and view.selected_ids() == list(panel.ids) == [described[1]]
    qtbot.waitUntil(lambda: panel.known is not None and panel.known.ids == (described[1],))


def test_a_narrow_window_shows_the_photos(
    qtbot: Any, window: MainWindow, described: list[int]
) -> None:
    panel = opened(qtbot, window, 0)
    window.resize(560, 500)
    qtbot.waitUntil(lambda: not panel.is_open)
    page = window.photos
    assert page.body.isVisible()
    page.toggle_details()
    assert panel.is_open and not page.body.isVisible() and not page.years.isVisible()
    # With the photos gone the keyboard is in the panel: Escape leads back.
    qtbot.waitUntil(panel.closing.hasFocus)
    QTest.keyClick(panel.closing, Qt.Key.Key_Escape)
    assert not panel.is_open and page.body.isVisible()
    assert page.view.hasFocus()


def test_in_a_narrow_window_a_persons_photos_give_the_keyboard_to_their_details(
    qtbot: Any, window: MainWindow, world: World, described: list[int]
) -> None:
    window.resize(560, 500)
    page = open_person(qtbot, window, world.anna, 5)
    page.header.photos.setChecked(True)
    qtbot.waitUntil(lambda: page.photos.rowCount() > 0)
    page.photo_view.setFocus()
    page.photo_view.select_row(0)
    press(page.photo_view, Key.Key_I)
    qtbot.waitUntil(page.photo_details.closing.hasFocus)
    assert page.views.isHidden()
    QTest.keyClick(page.photo_details.closing, Qt.Key.Key_Escape)
    qtbot.waitUntil(page.photo_view.hasFocus)
    assert not page.photo_details.is_open


def test_nothing_selected(qtbot: Any, window: MainWindow, described: list[int]) -> None:
    panel = opened(qtbot, window, 0)
    window.photos.view.clearSelection()
    qtbot.waitUntil(lambda: not panel.none.isHidden())
    assert panel.fields.isHidden() and not panel.ids


def test_a_photo_that_is_gone(qtbot: Any, window: MainWindow, described: list[int]) -> None:
    window.photos.details.open_panel([987_654])
    qtbot.waitUntil(lambda: not window.photos.details.none.isHidden())


def test_ratings_are_checked(window: MainWindow, described: list[int]) -> None:
    with pytest.raises(Exception, match="0 to 5"):
        window.services.submit(descriptions.rate, described, 6).result(60)


@pytest.mark.parametrize(
    ("minutes", "shown"), [(0, "UTC"), (540, "UTC+9"), (-210, "UTC−3:30"), (345, "UTC+5:45")]
)
def test_time_zones_are_shown_as_hours_from_universal_time(minutes: int, shown: str) -> None:
    assert photo_words.zone(minutes) == shown


def test_only_a_time_of_day_has_a_zone(qtbot: Any) -> None:
    assert photo_words.moment("2019-05-31", 540) == words.moment("2019-05-31")
    assert photo_words.moment("2019-05-31T14:30:00", 540).endswith("14:30, UTC+9")


def test_a_problem_is_said(qtbot: Any, window: MainWindow, described: list[int]) -> None:
    window.services.submit(
        lambda txn: photos.set_note(txn.connection, described[0], CUT_SHORT)
    ).result(60)
    panel = opened(qtbot, window, 0)
    assert panel.known is not None
    assert ("Problem", words.sentence(CUT_SHORT)) in rows(panel.known)
    press(window.photos.view, Key.Key_Down)
    qtbot.waitUntil(lambda: panel.known is not None and panel.known.problem is None)
    assert "Problem" not in dict(rows(panel.known))


def test_a_date_in_the_future_is_shown_though_it_is_not_used(
    window: MainWindow, world: World
) -> None:
    (photo,) = ask(window.services, queries.photos, world.photo_ids[:1])
    ahead, file = "2099-01-01T00:00:00", "2019-05-31T12:00:00"
    doubtful = dataclasses.replace(photo, taken_at="", taken_doubt=Doubt.FUTURE)
    known = photo_details.Shared(
        (photo.id,),
        PhotoDetails(doubtful, PhotoInfo(), Given()),
        dates={DateSource.ORIGINAL: ahead, DateSource.FILE: file},
    )
    text = dict(rows(known))["Date"]
    assert text.splitlines()[-1] == f"Not used: {words.moment(ahead)}, from the camera"
    sure = dataclasses.replace(photo, taken_at="", taken_doubt=None)
    known = dataclasses.replace(known, one=PhotoDetails(sure, PhotoInfo(), Given()))
    assert "Not used" not in dict(rows(known))["Date"]
