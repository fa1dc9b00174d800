"""The search field above the photos: results while typing, completion, and ways out."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from facesorter.gui.base.places import MAP, PEOPLE
from facesorter.gui.photos.page import PhotosPage
from facesorter.gui.widgets.search_field import Offer, completed, offers
from facesorter.gui.window.main_window import MainWindow
from facesorter.library.decisions import corrections
from facesorter.library.search.search import Suggestions
from tests.gui.conftest import World, press

Key, Modifier = Qt.Key, Qt.KeyboardModifier
KNOWN = Suggestions(
    ("Anna", "Anna Smith", "Øyvind", "June"),
    ("2019 Italy", "Annecy"),
    ("2019", "2018"),
    ("Anna", "beach", "Beach house"),
    ("Best of 2019", "beach"),
)


@pytest.fixture
def page(qtbot: Any, window: MainWindow, world: World) -> PhotosPage:
    window.services.submit(corrections.name, world.large, "Tom").result(60)
    press(window, Key.Key_F, Modifier.ControlModifier)
    found = window.photos
    qtbot.waitUntil(found.field.hasFocus)
    qtbot.waitUntil(lambda: found.field._known.names == ("Anna", "Tom"))
    return found


def search(qtbot: Any, page: PhotosPage, text: str, count: int) -> None:
    page.field.clear()
    QTest.keyClicks(page.field, text)
    qtbot.waitUntil(lambda: page.model.rowCount() == count and page.field._searched == text)


def test_results_come_while_typing(qtbot: Any, page: PhotosPage, world: World) -> None:
    search(qtbot, page, "Anna", 5)
    assert page.header.title.text() == "Search" and page.header.note.text() == "5"
    assert list(page.model.ids) == [*world.photo_ids[0:3], *world.photo_ids[12:14]]
    search(qtbot, page, "To", 5)
    search(qtbot, page, "Anna or Tom", 10)


def test_what_is_found_begins_at_the_top(qtbot: Any, page: PhotosPage, window: MainWindow) -> None:
    window.resize(640, 420)
    QApplication.processEvents()
    bar = page.view.verticalScrollBar()
    # The last one is current, and not among those that are found.
    page.view.select_row(page.model.rowCount() - 1)
    assert bar.value() > 0
    search(qtbot, page, "Tom", 5)
    assert bar.maximum() > 0 and bar.value() == 0


def test_escape_shows_everything_again(qtbot: Any, page: PhotosPage, window: MainWindow) -> None:
    search(qtbot, page, "Tom", 5)
    press(page.field, Key.Key_Return)
    assert page.view.hasFocus() and page.view.current_id() == page.model.ids[0]
    press(page.view, Key.Key_Return)
    assert window.stack.currentWidget() is window.photo
    press(window, Key.Key_Escape)
    assert window.stack.currentWidget() is page and page.model.rowCount() == 5
    press(page.view, Key.Key_Escape)
    qtbot.waitUntil(lambda: page.model.rowCount() == 14)
    assert page.header.title.text() == "Photos" and not page.field.text()


def test_enter_selects_a_photo_in_every_search(qtbot: Any, page: PhotosPage) -> None:
    search(qtbot, page, "Tom", 5)
    page.view.select_row(2)
    for _ in range(2):
        # As after a change of the list: one has the focus frame, none is selected.
        page.view.clearSelection()
        page.field.setFocus()
        press(page.field, Key.Key_Return)
        assert page.view.selected_ids() == [page.view.current_id()]


def test_escape_in_the_field(qtbot: Any, page: PhotosPage) -> None:
    search(qtbot, page, "Tom", 5)
    if page.field._list is not None:
        page.field.hide_offers()
    press(page.field, Key.Key_Escape)
    qtbot.waitUntil(lambda: page.model.rowCount() == 14)
    assert page.field.hasFocus()
    press(page.field, Key.Key_Escape)
    assert page.view.hasFocus()


def test_nothing_found_is_a_sentence(qtbot: Any, page: PhotosPage) -> None:
    search(qtbot, page, "Anna Tom", 0)
    qtbot.waitUntil(lambda: page.body.currentWidget() is page.nothing)
    assert page.nothing.sentence.text() == "No photos match “Anna Tom”."
    assert not page.nothing.button.isVisible()
    # Lines end after a dot, and never within an example.
    assert "\u00a0· only\u00a0Anna\u00a0· " in page.nothing.hint.text()


def test_an_unknown_name_offers_the_nearest(qtbot: Any, page: PhotosPage) -> None:
    search(qtbot, page, "Anmna 2019", 0)
    qtbot.waitUntil(lambda: page.nothing.button.isVisible())
    assert "Anmna" in page.nothing.sentence.text()
    assert not page.save.isEnabled(), "an album that never shows anything"
    assert page.nothing.button.text() == "Search for Anna"
    page.nothing.button.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 5)
    assert page.field.text() == "Anna 2019" and page.body.currentWidget() is page.view
    assert page.save.isEnabled()


def test_names_are_completed(qtbot: Any, page: PhotosPage) -> None:
    QTest.keyClicks(page.field, "not an")
    assert page.field._list is not None and page.field._list.isVisible()
    press(page.field, Key.Key_Down)
    press(page.field, Key.Key_Return)
    assert page.field.text() == "not Anna " and page.field.hasFocus()
    qtbot.waitUntil(lambda: page.model.rowCount() == 9)
    assert not page.field._list.isVisible()


def test_the_offers_stay_below_the_field(qtbot: Any, page: PhotosPage) -> None:
    field = page.field
    field.setFocus()
    QTest.keyClicks(field, "ann")
    qtbot.waitUntil(lambda: field.offering and page.searching)
    qtbot.waitUntil(page.save.isVisible)  # which makes the field move

    def is_below() -> bool:
        at = field.mapTo(field.window(), QPoint(0, field.height()))
        shown = field._list
        return shown is not None and shown.pos() == at and shown.width() == field.width()

    qtbot.waitUntil(is_below)


def test_other_pages_end_a_search(qtbot: Any, page: PhotosPage, window: MainWindow) -> None:
    search(qtbot, page, "Tom", 5)
    window.go_to(MAP)
    press(window, Key.Key_F, Modifier.ControlModifier)
    assert window.stack.currentWidget() is page and page.field.text() == "Tom"
    window.go_to(PEOPLE)
    press(window, Key.Key_F, Modifier.ControlModifier)
    assert window.stack.currentWidget() is window.people and window.people.field.hasFocus()
    window.go_to("photos")
    qtbot.waitUntil(lambda: page.model.rowCount() == 14)
    assert not page.field.text()


def test_a_search_follows_the_library(
    qtbot: Any, page: PhotosPage, window: MainWindow, world: World
) -> None:
    search(qtbot, page, "Tom", 5)
    window.actions_.merge(world.large, [world.small])
    qtbot.waitUntil(lambda: page.model.rowCount() == 8)


def test_months_stand_above_their_photos(page: PhotosPage) -> None:
    assert [section.title for section in page.view._sections] == ["June 2019"]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("ann", ["Anna", "Anna Smith", "Anna", "Annecy"]),
        ("tag:be", ["beach", "Beach house"]),
        ("Tom album:be", ["Best of 2019", "beach"]),
        ('tag:"be', ["beach", "Beach house"]),
        ("Tom and anna s", ["Anna Smith"]),
        ("smi", ["Anna Smith"]),
        ("-oy", ["Øyvind"]),
        ("-øy", ["Øyvind"]),
        ("20", ["2019", "2018", "Best of 2019", "2019 Italy"]),
        ("Anna 201", ["2019", "2018", "Best of 2019", "2019 Italy"]),
        ("ital", ["2019 Italy"]),
        ("", []),
        ("Anna Smith", []),
        ("Anna ", ["Anna Smith"]),
    ],
)
def test_what_is_offered(typed: str, texts: list[str]) -> None:
    assert [offer.text for offer in offers(typed, KNOWN)] == texts


@pytest.mark.parametrize(
    ("typed", "offer", "line"),
    [
        ("Tom and ann", Offer("person", "Anna", 8), "Tom and Anna "),
        ("-sm", Offer("person", "Anna Smith", 1), "-Anna Smith "),
        ("ju", Offer("person", "June", 0), "June "),
        ("it", Offer("folder", "2019 Italy", 0), '"2019 Italy" '),
        ('"it', Offer("folder", "2019 Italy", 1), '"2019 Italy" '),
        ("on", Offer("person", "Only", 0), '"Only" '),
        ("be", Offer("tag", "beach", 0), "beach "),
        ("tag:be", Offer("tag", "beach", 0), "beach "),
        ("Tom an", Offer("tag", "Anna", 4), "Tom tag:Anna "),
        ("be", Offer("album", "Beach house", 0), 'album:"Beach house" '),
        ("be", Offer("album", "beach", 0), "album:beach "),
        ("be", Offer("album", "Best of 2019", 0), "Best of 2019 "),
    ],
)
def test_an_offer_is_taken(typed: str, offer: Offer, line: str) -> None:
    assert completed(typed, offer, KNOWN) == line
